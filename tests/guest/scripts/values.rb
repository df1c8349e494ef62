require 'set'; require 'json'; require 'digest'
class A; attr_accessor :x; def initialize(x); @x=x; end; def <=>(o); x<=>o.x; end; include Comparable; end
p (1..200000).map{|i| A.new(i*7919%10007)}.max.x, (1..30).reduce(:*), Set.new([1,2,2]).size
def fib(n) n<2 ? n : fib(n-1)+fib(n-2) end; p fib(24)
puts JSON.generate({a: [1,nil,2.5], b: "é"}), Digest::SHA256.hexdigest("x"*1000)
t=4.times.map{|i| Thread.new{ s=0; 50000.times{|k| s+=k*i}; s }}; p t.map(&:value)
p "the quick brown".scan(/\w+/).map(&:capitalize).join(' '), 10.0/3, 2**300
f=Fiber.new{ 3.times{|i| Fiber.yield i}; :done}; p 4.times.map{f.resume}
r,w=IO.pipe; if fork; w.close; puts r.read; Process.wait; p $?.exitstatus; else; r.close; w.write "child"; w.close; exit! 7; end
begin; def so(n) so(n+1) end; so(0); rescue SystemStackError; puts "sse"; end
trap("USR1"){ puts "usr1" }; Process.kill("USR1",Process.pid); sleep 0.05
GC.start; p ObjectSpace.count_objects[:TOTAL]>0
