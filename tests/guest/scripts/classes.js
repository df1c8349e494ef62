class Shape { #id; static n=0; constructor(){this.#id=++Shape.n;} get id(){return this.#id;} area(){return 0;} toString(){return `${this.constructor.name}#${this.id}:${this.area().toFixed(3)}`;} }
class Circle extends Shape { constructor(r){super();this.r=r;} area(){return Math.PI*this.r**2;} }
class Rect extends Shape { constructor(w,h){super();Object.assign(this,{w,h});} area(){return this.w*this.h;} }
let s=[]; for(let i=0;i<200000;i++) s.push(i%2?new Circle(i%17):new Rect(i%13,i%7));
let t=0; for(let k=0;k<20;k++) for(const x of s) t+=x.area();
console.log(t.toFixed(2), String(s[3]), String(s[10]));
const m=new Map(); for(let i=0;i<300000;i++){const k='k'+(i%5000); m.set(k,(m.get(k)||0)+i);} console.log(m.size,m.get('k42'));
function fib(n){return n<2?n:fib(n-1)+fib(n-2)} console.log(fib(30));
console.log([...'héllo wörld'].reverse().join(''), 2n**100n, [3,1,2].toSorted());
