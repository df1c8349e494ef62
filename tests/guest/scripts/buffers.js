const b=Buffer.alloc(1<<20); for(let i=0;i<b.length;i++) b[i]=(i*7+3)&255; console.log(b.toString('base64').length, b.indexOf(Buffer.from([10,17,24])), b.readDoubleLE(16), b.readInt32BE(100), b.swap32().readUInt16LE(6));
const f=new Float64Array(100000).map((_,i)=>Math.sin(i)); console.log(f.reduce((a,x)=>a+x,0).toFixed(9), new Float32Array([0.1,1e40,-0])); const dv=new DataView(new ArrayBuffer(16)); dv.setBigInt64(3,-5n); console.log(dv.getUint8(10), dv.getBigUint64(3));
console.log(Buffer.compare(Buffer.from('a'),Buffer.from('b')), structuredClone({a:new Uint8Array([1,2])}));
let h=0; for(let r=0;r<30;r++) for(let i=0;i<b.length;i++) h=(Math.imul(h,31)+b[i])|0; console.log(h);
