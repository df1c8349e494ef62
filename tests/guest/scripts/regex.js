let text=''; for(let i=0;i<20000;i++) text+=`user${i}@host${i%97}.example.com some text ${i*i} 2024-0${i%9+1}-1${i%10}\n`;
console.log((text.match(/(\w+)@(\w+)\.example\.com/g)||[]).length);
let c=0; for(const m of text.matchAll(/(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)/g)) c+=+m.groups.d; console.log(c);
console.log(text.replace(/\b(\d+)\b/g,(x)=>x%2?'odd':'even').length, /(a+)+$/.test('aaaaaaaaaaaaaaaaaaaa!'));
console.log(text.split(/\s+/).length, /\p{Lu}/u.test('É'), 'aBc'.replace(/(?<=a)B/i,'-'));
