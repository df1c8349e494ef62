// Text, data, numbers and functions made at run time: thousands of blocks of the engine and of code that it generates.
const crypto = require('crypto');
const digest = crypto.createHash('sha256');
const rows = Array.from({length: 600}, (_, i) => ({id: i, name: 'n' + String(i * 7919 % 10007).padStart(5, '0'), tags: [2, 3, 4, 5, 6, 7, 8].map(k => String(i % k)), v: i / 7}));
for (let turn = 0; turn < 4; turn++) {
  const text = JSON.stringify(rows, null, 1);
  const back = JSON.parse(text).sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : b.id - a.id);
  const words = new Map();
  for (const [word] of text.matchAll(/[a-z]+|\d+/g)) words.set(word, (words.get(word) || 0) + 1);
  digest.update(JSON.stringify([...words].sort().slice(0, 200)));
  digest.update(back.map(r => r.name).join());
  let f = '';
  for (let i = 0; i < 80; i++) f += `function f${i}(a, b) { let s = ${i}; for (let x = 0; x < ${i}; x++) s += x % 3 ? a * x + b : b - x; return s; }\n`;
  f += 'return [' + Array.from({length: 80}, (_, i) => `f${i}(3, ${turn})`).join() + ']';
  digest.update(String(new Function(f)()));
  let a = 1n;
  for (let i = 1n; i < 150n; i++) a *= i;
  digest.update(a.toString(7));
  class Node { constructor(k) { this.k = k; this.l = this.r = null; } add(k) { const s = k < this.k ? 'l' : 'r'; if (this[s]) this[s].add(k); else this[s] = new Node(k); } sum() { return this.k + (this.l ? this.l.sum() : 0) + (this.r ? this.r.sum() : 0); } }
  const root = new Node(5000);
  for (let i = 0; i < 4000; i++) root.add(i * 7919 % 10007);
  digest.update(String(root.sum()));
  digest.update(text.split('\n').map(l => l.trim().toUpperCase()).reverse().join('').slice(0, 5000));
}
console.log(digest.digest('hex'));
