# Text, data and numbers through the standard library: thousands of blocks of the interpreter and its modules, each a little warm.
import json, re, hashlib, decimal, collections, functools, textwrap, itertools, string, ast, difflib
rows = [{"id": i, "name": "n%05d" % (i * 7919 % 10007), "tags": [str(i % k) for k in range(2, 9)], "v": i / 7} for i in range(400)]
digest = hashlib.sha256()
for turn in range(3):
    text = json.dumps(rows, indent=1, sort_keys=True)
    back = json.loads(text)
    back.sort(key=lambda r: (r["name"], -r["id"]))
    words = collections.Counter(re.findall(r"[a-z]+|\d+", text))
    digest.update(repr(sorted(words.items())[:200]).encode())
    digest.update("\n".join(textwrap.wrap(text[:6000], 60)).encode())
    tree = ast.parse("\n".join("def f%d(a, b=%d):\n    return [a * x + b for x in range(%d) if x %% 3]" % (i, i, i) for i in range(60)))
    digest.update(ast.dump(tree).encode())
    digest.update(ast.unparse(tree).encode())
    with decimal.localcontext() as context:
        context.prec = 60
        total = sum((decimal.Decimal(r["id"] + 1).sqrt() for r in back[:100]), decimal.Decimal(0))
    digest.update(str(total).encode())
    matcher = difflib.SequenceMatcher(None, text[:1500], text[700:2200])
    digest.update(("%.6f" % matcher.ratio()).encode())
    digest.update("".join(map("".join, itertools.islice(itertools.permutations(string.ascii_lowercase[:7]), 3000))).encode())
    primes = functools.reduce(lambda found, n: found + [n] if all(n % p for p in found) else found, range(2, 500), [])
    digest.update(repr(primes).encode())
print(digest.hexdigest())
