local function sieve(n) local f={} for i=2,n do f[i]=true end for i=2,n do if f[i] then for j=i*i,n,i do f[j]=false end end end local c=0 for i=2,n do if f[i] then c=c+1 end end return c end
print(sieve(2000000))
local function mandel(n) local c=0 for y=0,n-1 do for x=0,n-1 do local cr,ci=2*x/n-1.5,2*y/n-1 local zr,zi=0,0 local k=0 while k<50 and zr*zr+zi*zi<4 do zr,zi=zr*zr-zi*zi+cr,2*zr*zi+ci k=k+1 end c=c+k end end return c end
print(mandel(300))
local function nq(n) local cols,d1,d2,c={}, {}, {},0 local function place(r) if r>n then c=c+1 return end for i=1,n do if not cols[i] and not d1[r+i] and not d2[r-i+n] then cols[i],d1[r+i],d2[r-i+n]=true,true,true place(r+1) cols[i],d1[r+i],d2[r-i+n]=nil,nil,nil end end end place(1) return c end
print(nq(8))
local t={} for i=1,200000 do t[#t+1]=tostring(i%977) end table.sort(t) print(#table.concat(t,","), t[1], t[100000])
local s=0 for i=1,30000000 do s=s+i%7 end print(s)
local cnt=0 for w in (("abc def "):rep(50000)):gmatch("%a+") do cnt=cnt+1 end print(cnt)
if jit then local ffi=require("ffi") ffi.cdef[[typedef struct {double x,y;} P; int abs(int);]] local a=ffi.new("P[?]",1000) for k=1,1000 do for i=0,999 do a[i].x=a[i].x+i*k a[i].y=a[i].x*0.5 end end print(a[999].y, ffi.C.abs(-5)) print(jit.status()) end
local co=coroutine.wrap(function() for i=1,100000 do coroutine.yield(i) end return -1 end) local z=0 repeat local v=co() z=z+v until v==-1 print(z)
