//! Programs of a Debian riscv64 root: starting them, where translation is most of the work, and large ones at work, with
//! thousands of blocks that are each a little warm.
//!
//! The inputs are this project's own: scripts of `tests/bench/loads`, and a C source that is generated here.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::Options;
use super::case::{self, Case, Results};
use super::contender::{self, Contender};
use crate::tools;

/// Name, program below the root, arguments.
type Command = (&'static str, &'static str, &'static [&'static str]);

const STARTUP: &[Command] = &[
    ("busybox true", "usr/bin/busybox", &["true"]),
    ("python3 -c pass", "usr/bin/python3", &["-c", "pass"]),
    (
        "python3, json and argparse",
        "usr/bin/python3",
        &["-c", "import json, argparse"],
    ),
    ("perl -e 1", "usr/bin/perl", &["-e", "1"]),
    ("gcc --version", "usr/bin/gcc", &["--version"]),
    ("sqlite3 script", "usr/bin/sqlite3", &[":memory:", SQL]),
    ("node -e 0", "usr/bin/node", &["-e", "0"]),
];

/// About 300 ms under QEMU.
const SQL: &str = "
create table t(a integer primary key, b text, c real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 8000)
  insert into t select i, printf('%08x', i * 2654435761 % 4294967296), i * 0.5 from n;
create index tb on t(b);
select count(*), sum(a), max(b), avg(c) from t where b > '4';
select substr(b, 1, 1) as k, count(*), sum(c) from t group by k order by k;
select count(*) from t x join t y on x.b = y.b where x.a % 7 = 0;
update t set c = c * 2 where a % 3 = 0;
select sum(c) from t;";

/// Name, program below the root, script.
const SCRIPTS: &[(&str, &str, &str)] = &[
    ("python3", "usr/bin/python3", "python.py"),
    ("ruby", "usr/bin/ruby", "ruby.rb"),
    ("node", "usr/bin/node", "node.js"),
];
const COMPILER: &str = "cc1";
const COMPILERS: &str = "usr/libexec/gcc/riscv64-linux-gnu";
/// Functions of the source that is compiled.
const FUNCTIONS: u32 = 12;

/// Measures those start-up commands whose programs the root has.
pub(super) fn startup(options: &Options) -> Result<Results> {
    run("Start-up", options, &startup_cases(options)?)
}

/// Measures those large programs that the root has.
pub(super) fn large(options: &Options) -> Result<Results> {
    run("Large code", options, &large_cases(options)?)
}

/// The start-up commands that are wanted and that the root has.
pub(super) fn startup_cases(options: &Options) -> Result<Vec<Case>> {
    let root = root(options)?;
    let case = |&(name, program, args): &Command| {
        case(
            name,
            root.join(program),
            args.iter().map(OsString::from).collect(),
        )
    };
    Ok(available(options, STARTUP.iter().map(case).collect()))
}

/// The large programs that are wanted and that the root has.
pub(super) fn large_cases(options: &Options) -> Result<Vec<Case>> {
    let root = root(options)?;
    let loads = tools::workspace().join("tests/bench/loads");
    let script = |&(name, program, script): &(&str, &str, &str)| {
        case(name, root.join(program), vec![loads.join(script).into()])
    };
    let mut cases: Vec<Case> = SCRIPTS.iter().map(script).collect();
    if let Some(compiler) = compiler(&root) {
        let source = tools::build_folder("bench")?.join("source.c");
        std::fs::write(&source, c_source())
            .with_context(|| format!("cannot write {}", source.display()))?;
        let mut args: Vec<OsString> = ["-quiet", "-O2", "-o", "-"].map(OsString::from).into();
        args.push(source.into());
        cases.push(case(COMPILER, compiler, args));
    }
    Ok(available(options, cases))
}

fn case(name: &str, guest: PathBuf, args: Vec<OsString>) -> Case {
    Case {
        name: name.to_owned(),
        group: None,
        guest,
        native: None,
        args,
    }
}

fn available(options: &Options, mut cases: Vec<Case>) -> Vec<Case> {
    cases.retain(|case| options.wants(&case.name) && case.guest.exists());
    cases
}

/// The names of all cases that a root has the programs for.
pub(super) fn names(root: &Path) -> Vec<&'static str> {
    let commands = STARTUP.iter().map(|&(name, program, _)| (name, program));
    let scripts = SCRIPTS.iter().map(|&(name, program, _)| (name, program));
    let mut names: Vec<&str> = commands
        .chain(scripts)
        .filter(|(_, program)| root.join(program).exists())
        .map(|(name, _)| name)
        .collect();
    names.extend(compiler(root).map(|_| COMPILER));
    names
}

fn root(options: &Options) -> Result<PathBuf> {
    let root = options
        .root
        .as_ref()
        .context("start-up and large code need a riscv64 root (-L), such as tests/scripts/riscv64-root makes")?;
    root.canonicalize()
        .with_context(|| format!("there is no riscv64 root {}", root.display()))
}

/// The C compiler proper of the newest gcc that the root has.
fn compiler(root: &Path) -> Option<PathBuf> {
    let versions = root.join(COMPILERS).read_dir().ok()?;
    let mut compilers: Vec<PathBuf> = versions
        .filter_map(|version| Some(version.ok()?.path().join("cc1")))
        .filter(|path| path.exists())
        .collect();
    compilers.sort();
    compilers.pop()
}

fn run(title: &str, options: &Options, cases: &[Case]) -> Result<Results> {
    let root = root(options)?;
    let contenders: Vec<Contender> = contender::all(options, false)
        .into_iter()
        .map(|contender| contender.over_root(&root))
        .collect();
    case::measure(title, options, cases, &contenders)
}

/// Loops, switches, calls, arithmetic on integers and floats: something for most passes of a compiler to do.
fn c_source() -> String {
    let mut text =
        String::from("typedef struct { int a, b; double c; } T;\nextern int g(int, T *);\n");
    let mut line = |arguments: std::fmt::Arguments<'_>| {
        writeln!(text, "{arguments}").expect("writing to a string");
    };
    for i in 0..FUNCTIONS {
        let (m, k) = (i % 7 + 2, i % 5);
        line(format_args!(
            "static int f{i}(int x, T *t, int *v, int n) {{"
        ));
        line(format_args!("  int s = x * {};", i + 3));
        line(format_args!("  for (int i = 0; i < n; i++) {{"));
        line(format_args!(
            "    if (v[i] % {m} == {k}) s += v[i] * {}; else s ^= v[(i + {k}) % n] >> {m};",
            i * 13 + 5
        ));
        line(format_args!("    switch ((s + i) & 7) {{"));
        line(format_args!("    case 0: s += t->a; break;"));
        line(format_args!("    case 1: t->c += s * 0.{}; break;", i + 1));
        line(format_args!("    case 2: s -= t->b << {k}; break;"));
        line(format_args!("    case 3: s = g(s, t); break;"));
        line(format_args!("    case 5: v[i] = s; break;"));
        line(format_args!("    default: s++;"));
        line(format_args!("    }}"));
        line(format_args!("  }}"));
        line(format_args!("  while (s > {}) s = s / 3 + t->a;", i + 100));
        match i % 4 {
            0 => line(format_args!("  return s;\n}}")),
            _ => line(format_args!("  return s + f{}(s, t, v, n - 1);\n}}", i - 1)),
        }
    }
    line(format_args!(
        "int all(T *t, int *v, int n) {{\n  int s = 0;"
    ));
    for i in 0..FUNCTIONS {
        line(format_args!("  s += f{i}(s, t, v, n);"));
    }
    line(format_args!("  return s;\n}}"));
    text
}
