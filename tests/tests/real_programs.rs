//! Real programs of a Debian riscv64 root: under `emu`, on both back ends, they do what they do under `qemu-riscv64`.
//!
//! Runs where `EMU_RISCV64_ROOT` names such a root; `tests/scripts/riscv64-root` makes one:
//!
//! ```sh
//! tests/scripts/riscv64-root target/riscv64-root busybox bash coreutils findutils python3 perl lua5.4 sqlite3 gzip \
//!     xz-utils zstd jq gawk openssl gcc libc6-dev tar sed grep dash \
//!     nodejs luajit ruby php-cli openjdk-21-jdk-headless golang-go ocaml-nox ripgrep fd-find gron
//! EMU_RISCV64_ROOT=$PWD/target/riscv64-root cargo test -p emu-tests --test real_programs
//! ```
//!
//! A command line that starts other guest programs cannot be compared with `qemu-riscv64`, which hands those to the host's
//! kernel, so that it states what it prints. Programs that the root lacks are skipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use emu_tests::run::{Backend, End, GuestRun, Outcome};
use emu_tests::{guest, tools};

/// One command line.
struct Case {
    /// The program, below the root's `usr/bin`.
    program: &'static str,
    args: &'static [&'static str],
    stdin: &'static str,
    expect: Expect,
}

/// What is right.
enum Expect {
    /// What QEMU prints, on both streams, and its exit status.
    LikeQemu,
    /// This on standard output, and exit status 0.
    Prints(&'static str),
}

const fn like_qemu(program: &'static str, args: &'static [&'static str]) -> Case {
    Case {
        program,
        args,
        stdin: "",
        expect: Expect::LikeQemu,
    }
}

const fn filter(program: &'static str, args: &'static [&'static str], stdin: &'static str) -> Case {
    Case {
        program,
        args,
        stdin,
        expect: Expect::LikeQemu,
    }
}

const fn prints(
    program: &'static str,
    args: &'static [&'static str],
    stdout: &'static str,
) -> Case {
    Case {
        program,
        args,
        stdin: "",
        expect: Expect::Prints(stdout),
    }
}

const TEXT: &str = "the quick brown fox\njumps over\nthe lazy dog\n\nand 42 numbers: 7 8 9\n";

const CASES: &[Case] = &[
    // Busybox: one static-ish program, many applets.
    like_qemu("busybox", &["true"]),
    like_qemu("busybox", &["false"]),
    like_qemu("busybox", &["echo", "hello", "-n"]),
    like_qemu("busybox", &["no-such-applet"]),
    like_qemu(
        "busybox",
        &[
            "sh",
            "-c",
            "i=0; while [ $i -lt 200 ]; do i=$((i + 1)); done; echo $i ${#i} $((i * i % 7))",
        ],
    ),
    filter("busybox", &["awk", "{ n += NF } END { print NR, n }"], TEXT),
    filter("busybox", &["sort", "-r"], TEXT),
    filter("busybox", &["md5sum"], TEXT),
    filter("busybox", &["tr", "a-z", "A-Z"], TEXT),
    filter("busybox", &["sed", "-n", "s/the \\(.*\\)/[\\1]/p"], TEXT),
    like_qemu("busybox", &["ls", "-l", "data"]),
    like_qemu("busybox", &["expr", "6", "*", "7"]),
    like_qemu("busybox", &["tar", "-c", "-f", "-", "data"]),
    like_qemu("busybox", &["sort", "-k", "2", "data/text"]),
    like_qemu(
        "busybox",
        &[
            "awk",
            "{ for (i = 1; i <= NF; i++) n[$i]++ } END { for (w in n) if (n[w] > 580) print w, n[w] }",
            "data/text",
        ],
    ),
    prints(
        "busybox",
        &[
            "sh",
            "-c",
            "mkdir x && busybox tar -c data | busybox tar -x -C x && busybox cmp data/text x/data/text && busybox ls x/data",
        ],
        "empty\nnumbers\nsmall.txt\ntext\n",
    ),
    // Bash, alone and with other programs, pipes and job control.
    like_qemu(
        "bash",
        &[
            "-c",
            "echo $BASH_VERSION; declare -A m=([a]=1 [b]=2); echo ${!m[@]} ${m[b]}",
        ],
    ),
    like_qemu(
        "bash",
        &[
            "-c",
            "for i in {1..50}; do x+=$i; done; echo ${x:10:20} ${#x}; exit 3",
        ],
    ),
    like_qemu(
        "bash",
        &["-c", "trap 'echo caught' USR1; kill -USR1 $$; echo after"],
    ),
    like_qemu(
        "bash",
        &[
            "-c",
            "f() { local n=$1; (( n < 2 )) && echo $n || echo $(( $(f $((n-1))) + $(f $((n-2))) )); }; f 8",
        ],
    ),
    filter(
        "bash",
        &["-c", "while read -r line; do echo \"<$line>\"; done"],
        TEXT,
    ),
    prints(
        "bash",
        &["-c", "ls data | sort -r | head -n 2"],
        "text\nsmall.txt\n",
    ),
    prints(
        "bash",
        &[
            "-c",
            "(exit 5); echo $?; sleep 0.01 & wait $!; echo $?; (kill -9 $BASHPID); echo $?",
        ],
        "5\n0\n137\n",
    ),
    prints(
        "bash",
        &[
            "-c",
            "echo one | cat - data/small.txt | wc -l; echo $(uname -m)",
        ],
        "6\nriscv64\n",
    ),
    // Coreutils and friends.
    like_qemu("ls", &["-la", "--time-style=+%Y", "data"]),
    like_qemu("ls", &["/no/such/folder"]),
    like_qemu("cat", &["data/small.txt", "data/missing"]),
    like_qemu("wc", &["data/numbers"]),
    like_qemu("sort", &["-n", "-r", "data/numbers"]),
    like_qemu("sha256sum", &["data/numbers"]),
    like_qemu("md5sum", &["data/numbers"]),
    like_qemu("cksum", &["data/numbers"]),
    like_qemu("od", &["-A", "x", "-t", "x1z", "data/small.txt"]),
    like_qemu("base64", &["data/small.txt"]),
    like_qemu("seq", &["1", "0.5", "10"]),
    like_qemu("factor", &["123456789012345678", "9223372036854775783"]),
    like_qemu("date", &["-u", "-d", "@1000000000", "+%F %T %A"]),
    like_qemu("stat", &["-c", "%n %s %F", "data/small.txt", "data"]),
    like_qemu(
        "printf",
        &["%05d %x %s %.3f\\n", "42", "255", "text", "2.5"],
    ),
    like_qemu("printenv", &["HOME", "LC_ALL", "NOT_SET"]),
    like_qemu("pwd", &[]),
    like_qemu("id", &["-u"]),
    like_qemu("uname", &["-s", "-m"]),
    like_qemu("sort", &["data/text"]),
    like_qemu("wc", &["data/text"]),
    like_qemu("b2sum", &["data/text"]),
    like_qemu("tac", &["data/text"]),
    like_qemu("fmt", &["-w", "50", "data/text"]),
    prints(
        "bash",
        &[
            "-c",
            "tr ' ' '\\n' < data/text | sort | uniq -c | sort -k1,1nr -k2 | head -n 2 | tr -s ' '; \
             split -n 3 data/text part. && cat part.* | cmp - data/text && join data/small.txt data/small.txt 2>&1 | tail -n 1",
        ],
        " 566 word14\n 566 word18\nand 42 numbers: 7 8 9 42 numbers: 7 8 9\n",
    ),
    prints(
        "find",
        &["data", "-name", "*.txt", "-exec", "wc", "-l", "{}", ";"],
        "5 data/small.txt\n",
    ),
    prints(
        "bash",
        &["-c", "seq 12 | xargs -n 5 -P 2 echo | sort"],
        "1 2 3 4 5\n11 12\n6 7 8 9 10\n",
    ),
    like_qemu("df", &["--output=target", "/proc"]),
    like_qemu("realpath", &["data/../data/small.txt"]),
    like_qemu("find", &["data", "-type", "f", "-size", "+0"]),
    like_qemu(
        "grep",
        &["-n", "-E", "^(the|and).*[0-9x]$", "data/small.txt"],
    ),
    like_qemu("grep", &["-c", "nothing", "data/small.txt"]),
    filter(
        "sed",
        &["-e", "s/\\(\\w*\\) \\(\\w*\\)/\\2 \\1/", "-e", "/^$/d"],
        TEXT,
    ),
    like_qemu(
        "tar",
        &[
            "-c",
            "-f",
            "-",
            "--mtime=@0",
            "--owner=0",
            "--group=0",
            "--sort=name",
            "data",
        ],
    ),
    filter(
        "gawk",
        &[
            "{ for (i = 1; i <= NF; i++) n[$i]++ } END { print n[\"the\"], length(n), sqrt(2), sin(1) }",
        ],
        TEXT,
    ),
    // Compressors, forth; and back from what they wrote.
    like_qemu("gzip", &["-9", "-n", "-c", "data/numbers"]),
    like_qemu("xz", &["-T1", "-c", "data/numbers"]),
    like_qemu("zstd", &["-q", "-19", "-c", "data/numbers"]),
    like_qemu("gzip", &["-6", "-n", "-c", "data/text"]),
    like_qemu("xz", &["-T1", "-c", "data/text"]),
    like_qemu("zstd", &["-q", "-c", "data/text"]),
    prints(
        "bash",
        &[
            "-c",
            "for z in gzip xz zstd; do $z -c data/text | $z -dc | cmp - data/text && echo same; done",
        ],
        "same\nsame\nsame\n",
    ),
    prints(
        "bash",
        &[
            "-c",
            "gzip -c data/small.txt | gzip -dc | cmp - data/small.txt && echo same",
        ],
        "same\n",
    ),
    prints(
        "bash",
        &[
            "-c",
            "xz -T2 -c data/numbers | xz -dc | cmp - data/numbers && echo same",
        ],
        "same\n",
    ),
    prints(
        "bash",
        &[
            "-c",
            "zstd -q -T2 -c data/numbers | zstd -qdc | cmp - data/numbers && echo same",
        ],
        "same\n",
    ),
    // Interpreters.
    like_qemu(
        "python3",
        &[
            "-c",
            "print(sum(i * i for i in range(20000)), 2 ** 200, 1 / 3, float('nan'))",
        ],
    ),
    like_qemu(
        "python3",
        &[
            "-c",
            "import json; print(json.dumps({'a': [1, 2.5, None], 'b': {'c': 'd\\u00e9'}}, indent=1))",
        ],
    ),
    like_qemu(
        "python3",
        &[
            "-c",
            "import re; print(re.findall(r'(\\w+)@(\\w+)', 'a@b c@d' * 50)[-1])",
        ],
    ),
    like_qemu(
        "python3",
        &[
            "-c",
            "import hashlib; print(*(hashlib.new(n, b'x' * 9999).hexdigest() for n in ('md5', 'sha256', 'blake2b', 'sha3_256')))",
        ],
    ),
    like_qemu(
        "python3",
        &[
            "-c",
            "import os; print(sorted((d, sorted(f)) for d, _, f in os.walk('data')))",
        ],
    ),
    like_qemu(
        "python3",
        &[
            "-c",
            "import math, cmath; print(math.exp(1), math.gamma(5.5), cmath.sqrt(-1), math.fsum([.1] * 10))",
        ],
    ),
    like_qemu(
        "python3",
        &[
            "-c",
            "import decimal, fractions; print(decimal.Decimal(2).sqrt(), fractions.Fraction(0.1))",
        ],
    ),
    like_qemu(
        "python3",
        &[
            "-c",
            "import json, re, hashlib\nt = open('data/text').read()\nd = [{'k': w, 'n': [i, i / 7]} for i, w in enumerate(re.findall(r'w(\\w+)d\\d*', t))]\n\
             s = json.dumps(d)\nassert json.loads(s) == d\nprint(len(d), hashlib.sha256(s.encode()).hexdigest(), re.sub(r'(\\d)(?=\\d)', r'\\1-', t)[-40:])",
        ],
    ),
    like_qemu("python3", &["-c", "raise ValueError('on purpose')"]),
    like_qemu(
        "python3",
        &[
            "-c",
            "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        ],
    ),
    like_qemu(
        "python3",
        &[
            "-c",
            "import sqlite3; print(sqlite3.connect(':memory:').execute('select 1 + 1').fetchall())",
        ],
    ),
    like_qemu(
        "python3",
        &[
            "-c",
            "import zlib, bz2, lzma; d = b'abc' * 1000; print(*(len(m.compress(d)) for m in (zlib, bz2, lzma)))",
        ],
    ),
    like_qemu(
        "python3",
        &[
            "-c",
            "import threading\nn = []\nt = [threading.Thread(target=lambda k=k: n.append(sum(range(k)))) for k in range(20)]\n[x.start() for x in t]\n[x.join() for x in t]\nprint(sorted(n))",
        ],
    ),
    prints(
        "python3",
        &[
            "-c",
            "import subprocess as s; print(s.run(['/usr/bin/uname', '-m'], capture_output=True, text=True)); print(s.run('exit 9', shell=True).returncode)",
        ],
        "CompletedProcess(args=['/usr/bin/uname', '-m'], returncode=0, stdout='riscv64\\n', stderr='')\n9\n",
    ),
    prints(
        "python3",
        &[
            "-c",
            "import multiprocessing as m\nif __name__ == '__main__':\n    with m.get_context('fork').Pool(2) as p: print(p.map(abs, range(-5, 5)))",
        ],
        "[5, 4, 3, 2, 1, 0, 1, 2, 3, 4]\n",
    ),
    prints(
        "python3",
        &[
            "-c",
            "import socket, threading\na, b = socket.socketpair()\nthreading.Thread(target=lambda: b.sendall(b.recv(9)[::-1])).start()\na.sendall(b'abc')\nprint(a.recv(9))",
        ],
        "b'cba'\n",
    ),
    like_qemu(
        "perl",
        &[
            "-e",
            "my %h; $h{$_ % 7} .= chr(65 + $_ % 26) for 1..100; print join(',', map { \"$_=$h{$_}\" } sort keys %h), \"\\n\"",
        ],
    ),
    like_qemu(
        "perl",
        &[
            "-e",
            "$_ = 'a1b22c333'; print join('|', /(\\d+)/g), ' ', sprintf('%.10g %e', 1/3, 1e300), \"\\n\"; die \"end\\n\"",
        ],
    ),
    like_qemu(
        "perl",
        &[
            "-ne",
            "$n{$1}++ while /(\\w+)/g; END { print \"$_ $n{$_}\\n\" for (sort { $n{$b} <=> $n{$a} || $a cmp $b } keys %n)[0 .. 9] }",
            "data/text",
        ],
    ),
    like_qemu(
        "lua5.4",
        &[
            "-e",
            "local t = {} for i = 1, 1000 do t[#t + 1] = i * i % 97 end table.sort(t) print(#t, t[500], 7 // 2, 2^0.5, ('x'):rep(5))",
        ],
    ),
    like_qemu(
        "lua5.4",
        &[
            "-e",
            "local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) print(co(), co(), co()) error('x')",
        ],
    ),
    filter(
        "sqlite3",
        &[":memory:"],
        "create table t(a integer, b text);\nwith recursive n(i) as (select 1 union all select i + 1 from n where i < 500) \
         insert into t select i, hex(i * 7919 % 1000) from n;\nselect count(*), sum(a), max(b), avg(a * 1.5) from t;\n\
         select a, b from t where b like '%3%' order by b desc limit 3;\n",
    ),
    filter(
        "jq",
        &["-c", "[.[] | select(.n > 1) | {(.s): (.n * 2.5)}]"],
        r#"[{"s":"a","n":1},{"s":"b","n":2},{"s":"c","n":3}]"#,
    ),
    filter("jq", &["."], "{broken"),
    like_qemu(
        "jq",
        &[
            "-R",
            "-s",
            "-c",
            "split(\"\\n\") | map(length) | [length, add, max]",
            "data/text",
        ],
    ),
    like_qemu(
        "gawk",
        &[
            "{ n += length($0); s[NR % 7] = s[NR % 7] substr($1, 5, 2) } END { print n, length(s[3]), substr(s[3], 1, 60) }",
            "data/text",
        ],
    ),
    like_qemu("openssl", &["dgst", "-sha512", "data/numbers"]),
    like_qemu(
        "openssl",
        &[
            "enc",
            "-aes-256-cbc",
            "-K",
            "00",
            "-iv",
            "00",
            "-a",
            "-in",
            "data/small.txt",
        ],
    ),
    like_qemu(
        "openssl",
        &["prime", "170141183460469231731687303715884105727"],
    ),
    like_qemu("openssl", &["dgst", "-sha256", "-hmac", "key", "data/text"]),
    like_qemu(
        "openssl",
        &[
            "enc",
            "-chacha20",
            "-K",
            "0102",
            "-iv",
            "03",
            "-a",
            "-in",
            "data/text",
        ],
    ),
    prints(
        "bash",
        &[
            "-c",
            "for k in 'genrsa 1024' 'ecparam -name prime256v1 -genkey -noout' 'genpkey -algorithm ed25519'; do \
             openssl $k > key 2> messages && openssl pkey -in key -pubout -out public && \
             openssl pkeyutl -sign -inkey key -rawin -in data/numbers -out signature && \
             openssl pkeyutl -verify -pubin -inkey public -rawin -in data/numbers -sigfile signature; done",
        ],
        "Signature Verified Successfully\nSignature Verified Successfully\nSignature Verified Successfully\n",
    ),
    // A compiler: cc1, as, collect2 and ld are programs started by it, and so is what it made.
    prints(
        "bash",
        &["-c", "gcc -O2 -o program program.c && ./program 10"],
        "10! = 3628800, e = 2.718281801146385\n",
    ),
];

/// Language implementations with compilers, collectors and threads of their own: their programs are in
/// `tests/guest/scripts`.
const LANGUAGES: &[Case] = &[
    like_qemu("node", &["scripts/classes.js"]),
    like_qemu("node", &["scripts/regex.js"]),
    like_qemu("node", &["scripts/json.js"]),
    like_qemu("node", &["scripts/async.js"]),
    like_qemu("node", &["scripts/buffers.js"]),
    like_qemu("node", &["scripts/workers.js"]),
    like_qemu("node", &["scripts/wasm.js"]),
    like_qemu("node", &["scripts/gc.js"]),
    prints(
        "node",
        &[
            "-e",
            "console.log(require('child_process').execFileSync('/usr/bin/uname', ['-m']).toString())",
        ],
        "riscv64\n\n",
    ),
    like_qemu("luajit", &["scripts/numbers.lua"]),
    like_qemu("luajit", &["-joff", "scripts/numbers.lua"]),
    like_qemu("lua5.4", &["scripts/numbers.lua"]),
    like_qemu("ruby", &["scripts/values.rb"]),
    like_qemu("php8.4", &["scripts/values.php"]),
    prints(
        "bash",
        &[
            "-c",
            "j=/usr/lib/jvm/java-21-openjdk-riscv64/bin; cd scripts; $j/javac -d . Values.java Threads.java && \
             $j/java -cp . Values x y && $j/java -cp . Threads; echo $?",
        ],
        "hello x,y 832040\n42840659.656\n100 1000\n333328333350000\n30000\n/ by zero\nso\n\
         23998800000 320000\n160000\n19900\n200000 v777\nwoken\nint\nhook\n3\n",
    ),
    prints(
        "bash",
        &[
            "-c",
            "ocamlopt -I +unix -o values scripts/values.ml && ./values",
        ],
        "832040 1.414214\n1000\nE 3\ndz\nso\n0\n3\n5000\n",
    ),
    like_qemu("rg", &["-n", "-o", "word1[0-9]+ word2[0-9]+", "data/text"]),
    like_qemu("fdfind", &["-j", "2", "txt", "data"]),
    filter("gron", &["-s"], "{\"b\":[1,2,{\"c\":null}],\"a\":\"x\"}"),
    like_qemu("go", &["version"]),
];

const PROGRAM_C: &str = r#"
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 5;
    unsigned long f = 1;
    double e = 1, term = 1;
    for (int i = 1; i <= n; i++) { f *= i; term /= i; e += term; }
    printf("%d! = %lu, e = %.15f\n", n, f, e);
    return 0;
}
"#;

impl Case {
    fn run(&self, root: &Path, folder: &Path) -> GuestRun {
        GuestRun::new(root.join("usr/bin").join(self.program))
            .args(self.args)
            .stdin(self.stdin)
            .root(root)
            .folder(folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .limit(Duration::from_secs(300))
    }

    /// What is wrong on `backend`, with these options, if anything.
    fn check(
        &self,
        root: &Path,
        folder: &Path,
        backend: Backend,
        options: &[&str],
    ) -> Option<String> {
        let here = self.run(root, folder).emu_options(options).emu(backend);
        let (title, args) = (self.program, self.args.join(" "));
        match self.expect {
            Expect::Prints(stdout) => {
                let right = here.text() == stdout && here.end == End::Exited(0);
                (!right)
                    .then(|| format!("{title} {args} on {backend}:\n{here}\ninstead of\n{stdout}"))
            }
            Expect::LikeQemu => {
                let qemu = tools::qemus().first()?;
                let there = self.run(root, folder).qemu(qemu);
                let same = here.stdout == there.stdout
                    && here.guest_stderr() == there.guest_stderr()
                    && here.end == there.end;
                (!same).then(|| {
                    format!(
                        "{title} {args} on {backend}:\n{}\nunder QEMU\n{}",
                        short(&here),
                        short(&there)
                    )
                })
            }
        }
    }
}

fn short(outcome: &Outcome) -> String {
    outcome.to_string().chars().take(1500).collect()
}

/// A folder with the files that the command lines name.
fn prepare(folder: &Path) {
    let data = folder.join("data");
    fs::create_dir(&data).expect("the temporary folder is writable");
    let numbers: String = (0..3000u64)
        .map(|n| format!("{}\n", n * 7919 % 3001))
        .collect();
    fs::write(data.join("numbers"), numbers).expect("the temporary folder is writable");
    fs::write(data.join("small.txt"), TEXT).expect("the temporary folder is writable");
    fs::write(data.join("empty"), "").expect("the temporary folder is writable");
    let text: String = (0..15_000u64)
        .map(|n| format!("word{} word{} {n}\n", n * 7919 % 28, n * n % 1009))
        .collect();
    fs::write(data.join("text"), text).expect("the temporary folder is writable");
    fs::write(folder.join("program.c"), PROGRAM_C).expect("the temporary folder is writable");
    let scripts = folder.join("scripts");
    fs::create_dir(&scripts).expect("the temporary folder is writable");
    for script in fs::read_dir(guest::folder().join("scripts")).expect("the scripts are there") {
        let script = script.expect("the scripts are there");
        fs::copy(script.path(), scripts.join(script.file_name()))
            .expect("the temporary folder is writable");
    }
}

fn root() -> Option<PathBuf> {
    let root = tools::riscv64_root();
    if root.is_none() {
        tools::skipped(
            "real programs",
            "EMU_RISCV64_ROOT is not set; tests/scripts/riscv64-root makes such a root",
        );
    }
    root.map(|root| root.canonicalize().expect("EMU_RISCV64_ROOT exists"))
}

fn all_run(cases: &[Case], backend: Backend, options: &[&str]) {
    let Some(root) = root() else { return };
    if tools::qemus().is_empty() {
        tools::skipped("comparison of real programs", "no qemu-riscv64");
    }
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            if !root.join("usr/bin").join(case.program).exists() {
                tools::skipped(case.program, "not in the root");
                continue;
            }
            let folder = tempfile::tempdir().expect("a temporary folder");
            prepare(folder.path());
            wrong.extend(case.check(&root, folder.path(), backend, options));
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("the checks do not panic"))
            .collect()
    });
    assert!(
        wrong.is_empty(),
        "{} of {} command lines:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n\n")
    );
}

const COUNTED: &[&str] = &["--plugin", "count", "--report-file", "/dev/null"];

#[test]
fn real_programs_run_on_the_interpreter() {
    all_run(CASES, Backend::Interp, &[]);
}

#[test]
fn real_programs_run_on_the_jit() {
    all_run(CASES, Backend::Jit, &[]);
}

#[test]
fn real_programs_run_when_each_block_is_compiled_by_itself() {
    all_run(CASES, Backend::Baseline, &[]);
}

#[test]
fn real_programs_run_under_count() {
    all_run(CASES, Backend::Jit, COUNTED);
}

#[test]
fn languages_run_on_the_jit() {
    all_run(LANGUAGES, Backend::Jit, &[]);
}

#[test]
fn languages_run_under_count() {
    all_run(LANGUAGES, Backend::Jit, COUNTED);
}
