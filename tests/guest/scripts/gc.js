let keep=[]; for(let i=0;i<3000000;i++){ let o={a:i,b:[i,i+1],c:'s'+i}; if(i%1000==0) keep.push(o); } console.log(keep.length, keep[1000].c, process.memoryUsage().heapUsed<3e8);
const ws=new WeakMap(); for(let i=0;i<100000;i++) ws.set({},i); const fr=new FinalizationRegistry(()=>{}); for(let i=0;i<10000;i++) fr.register({},i); 
function deopt(x){return x.v+1} let r=0; for(let i=0;i<100000;i++) r+=deopt({v:i}); for(let i=0;i<1000;i++) r+=deopt({q:1,v:i}).length||0; r+=deopt({v:'s'}).length; console.log(r);
try{ (function f(){f()})() }catch(e){console.log(e.message)}
console.log(new Intl.DateTimeFormat('en-US',{timeZone:'UTC'}).format(new Date(0)), (123456.789).toLocaleString('en-US'));
