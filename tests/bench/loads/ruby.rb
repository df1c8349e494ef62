# Text, data and numbers through the standard library: thousands of blocks of the interpreter, each a little warm.
require 'json'
require 'digest'
require 'set'
rows = (0...300).map { |i| { "id" => i, "name" => format("n%05d", i * 7919 % 10007), "tags" => (2..8).map { |k| (i % k).to_s }, "v" => i / 7.0 } }
digest = Digest::SHA256.new
3.times do
  text = JSON.pretty_generate(rows)
  back = JSON.parse(text).sort_by { |row| [row["name"], -row["id"]] }
  words = text.scan(/[a-z]+|\d+/).tally.sort.first(200)
  digest << words.inspect
  digest << back.group_by { |row| row["id"] % 13 }.map { |k, v| [k, v.sum { |row| row["v"] }.round(6)] }.inspect
  digest << (2..600).select { |n| (2..Integer.sqrt(n)).none? { |d| (n % d).zero? } }.inspect
  digest << (1..60).inject(:*).to_s << (2**521 - 1).to_s(7)
  digest << text.lines.map { |line| line.strip.gsub(/(\w)(\d)/, '\2\1').tr('a-m', 'n-z') }.join.hash.class.to_s
  seen = Set.new
  text.each_char.each_cons(3) { |a| seen << a.join }
  digest << seen.size.to_s
  matrix = Array.new(24) { |i| Array.new(24) { |j| (i * j % 7) + 1 } }
  digest << matrix.map { |r| matrix.transpose.map { |c| r.zip(c).sum { |x, y| x * y } } }.inspect
  digest << eval((0...80).map { |i| "def f#{i}(a, b = #{i}) = (0...#{i}).map { |x| a * x + b }.sum" }.join("\n") + "; (0...80).sum { |i| send(\"f\#{i}\", 3) }").to_s
end
puts digest.hexdigest
