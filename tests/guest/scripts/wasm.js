// A loop over linear memory, and accesses behind its end, which the engine catches as faults.
const body=[1,1,127, 3,64, 32,1,32,0,106,33,1, 32,0,65,4,112,65,2,116,32,1,54,2,0, 32,0,65,1,107,34,0,13,0, 11, 65,0,40,2,0,32,1,106,11];
const mod=new Uint8Array([0,97,115,109,1,0,0,0, 1,6,1,96,1,127,1,127, 3,2,1,0, 5,3,1,0,1, 7,9,2,1,102,0,0,1,109,2,0, 10,body.length+2,1,body.length,...body]);
try{ const m=new WebAssembly.Module(mod); const i=new WebAssembly.Instance(m); console.log(i.exports.f(10), i.exports.f(5000000), new Int32Array(i.exports.m.buffer)[1]); 
 try{ new Int32Array(i.exports.m.buffer); i.exports.m.grow(1); console.log(i.exports.m.buffer.byteLength);}catch(e){console.log(e.message)}
}catch(e){console.log(String(e))}
// out of bounds: trap handler
const b2=[0, 32,0,40,2,0,11]; const mod2=new Uint8Array([0,97,115,109,1,0,0,0, 1,6,1,96,1,127,1,127, 3,2,1,0, 5,3,1,0,1, 7,5,1,1,102,0,0, 10,b2.length+2,1,b2.length,...b2]);
const j=new WebAssembly.Instance(new WebAssembly.Module(mod2)); let c=0; for(let k=0;k<2000;k++) try{ j.exports.f(k*100) }catch(e){c++; if(c==1)console.log(e.message)} console.log(c);
WebAssembly.instantiate(mod).then(r=>console.log(r.instance.exports.f(3)));
