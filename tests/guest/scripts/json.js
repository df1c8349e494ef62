const o=[]; for(let i=0;i<50000;i++) o.push({id:i,name:'n'+i,v:[i/3,i*i,null,true],n:{x:{y:i}}});
let s=JSON.stringify(o); let q=JSON.parse(s); console.log(s.length,q[49999].n.x.y,JSON.stringify(q)===s);
const crypto=require('crypto'); console.log(crypto.createHash('sha256').update(s).digest('hex'));
const z=require('zlib'); const g=z.gzipSync(s); console.log(z.gunzipSync(g).toString()===s);
