const {Worker,isMainThread,parentPort,workerData}=require('worker_threads');
if(isMainThread){ const sab=new SharedArrayBuffer(16); const a=new Int32Array(sab); let left=4;
 for(let i=0;i<4;i++){const w=new Worker(__filename,{workerData:{i,sab}}); w.on('message',m=>a[2]+=m); w.on('exit',()=>{ if(--left===0) console.log(a[0],a[2]); });} }
else { const a=new Int32Array(workerData.sab); for(let k=0;k<100000;k++) Atomics.add(a,0,1); let s=0; for(let k=0;k<1000000;k++) s=(s+k*workerData.i)%1000003; Atomics.wait(a,1,0,20); parentPort.postMessage(s); }
