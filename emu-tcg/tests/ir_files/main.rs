//! File tests of the IR: each `tests/ir/*.ir` holds blocks in text form and what is expected
//! of them.
//!
//! A file's first line names its test; directives follow the block they are about:
//!
//! - `; test roundtrip`: the block is valid, and printing it gives the text it was read from.
//! - `; test interp`: `; run inputs -> outputs` lines run the block, interpreted and compiled. Values are `name=number`, the
//!   number decimal, hexadecimal, or floating point with `f` (a boxed single) or `d` (a double)
//!   behind it. What is not an input is 0; what is not an output must not change. `exit`
//!   defaults to the block's own exit (`exit syscall`).
//! - `; test verify-error`, `; test parse-error`: one `; error message` line for each error.
//!
//! `EMU_BLESS=1` rewrites outputs and errors to what they are; outputs that are named stay named.

mod builder;
mod guest;
mod machine;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use emu_tcg::ir::{Block, Opcode, compact, parse, verify};

use guest::GUEST;
use machine::{Machine, Tier, Values};

/// A block and the directives behind it, as line numbers of the file.
struct Case {
    first_line: usize,
    text: String,
    directives: Vec<usize>,
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ir");
    let entries = std::fs::read_dir(&folder).expect("tests/ir exists");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "ir"));
    files.sort();
    files
}

fn cases(lines: &[String]) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut inside = false;
    for (n, line) in lines.iter().enumerate() {
        if line.starts_with("block") {
            cases.push(Case {
                first_line: n,
                text: String::new(),
                directives: Vec::new(),
            });
            inside = true;
        }
        let Some(case) = cases.last_mut() else {
            continue;
        };
        if inside {
            case.text.push_str(line);
            case.text.push('\n');
            inside = line != "}";
        } else if line.starts_with("; run ") || line.starts_with("; error") {
            case.directives.push(n);
        }
    }
    cases
}

/// Runs all cases of a file; returns its lines as they should be.
fn run_file(lines: &[String]) -> Result<Vec<String>, String> {
    let test = lines
        .first()
        .and_then(|line| line.strip_prefix("; test "))
        .unwrap_or_default();
    let cases = cases(lines);
    if cases.is_empty() {
        return Err("no block".into());
    }
    let mut output = Vec::new();
    let mut copied = 0;
    for case in &cases {
        let place = |message: String| format!("block at line {}: {message}", case.first_line + 1);
        let text_end = case.first_line + case.text.lines().count();
        let parsed = parse::parse(&case.text, &GUEST);
        let mut replace = |output: &mut Vec<String>, upto: usize, with: Vec<String>| {
            output.extend_from_slice(&lines[copied..upto]);
            output.extend(with);
            copied = case.directives.last().map_or(text_end, |last| last + 1);
        };
        match test {
            "roundtrip" => {
                let block = valid(&parsed).map_err(place)?;
                let printed = block.display(&GUEST).to_string();
                if parse::parse(&printed, &GUEST).as_ref() != Ok(&block) {
                    return Err(place(format!("reads back as another block:\n{printed}")));
                }
                replace(
                    &mut output,
                    case.first_line,
                    printed.lines().map(String::from).collect(),
                );
            }
            "interp" => {
                let block = valid(&parsed).map_err(place)?;
                if case.directives.is_empty() {
                    return Err(place("no '; run'".into()));
                }
                let last = case.directives[case.directives.len() - 1];
                let section = case.directives[0]..=last;
                let runs = section.map(|line| {
                    let is_run = case.directives.contains(&line);
                    if is_run {
                        run(&block, &lines[line])
                    } else {
                        Ok(lines[line].clone())
                    }
                });
                let runs = runs
                    .collect::<Result<Vec<String>, String>>()
                    .map_err(place)?;
                replace(&mut output, case.directives[0], runs);
            }
            "verify-error" => {
                let block = parsed.map_err(|error| place(error.to_string()))?;
                let errors = verify::verify(&block, &GUEST).err().unwrap_or_default();
                let errors = errors
                    .iter()
                    .map(|error| format!("; error {error}"))
                    .collect();
                replace(&mut output, text_end, errors);
            }
            "parse-error" => {
                let error = parsed.err().ok_or_else(|| place("is a block".into()))?;
                replace(&mut output, text_end, vec![format!("; error {error}")]);
            }
            _ => return Err(format!("no test '{test}'")),
        }
    }
    output.extend_from_slice(&lines[copied..]);
    Ok(output)
}

fn valid(parsed: &Result<Block, parse::ParseError>) -> Result<Block, String> {
    let block = parsed.clone().map_err(|error| error.to_string())?;
    verify::verify(&block, &GUEST).map_err(|errors| format!("{errors:?}"))?;
    let mut bytes = Vec::new();
    compact::compact(&block, &mut bytes);
    let mut expanded = Block::empty();
    let len = compact::expand(&bytes, block.pc, block.mode, &mut expanded);
    if (len, &expanded) != (Some(bytes.len()), &block) {
        return Err(format!("does not survive its compact form:\n{expanded}"));
    }
    Ok(block)
}

fn number(text: &str) -> Option<u64> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok();
    }
    if let Some(single) = text.strip_suffix('f') {
        return single
            .parse::<f32>()
            .ok()
            .map(|single| u64::from(single.to_bits()) | !0 << 32);
    }
    if let Some(double) = text.strip_suffix('d') {
        return double.parse::<f64>().ok().map(f64::to_bits);
    }
    text.parse::<u64>()
        .ok()
        .or_else(|| text.parse::<i64>().ok().map(|value| value as u64))
}

/// `name=number` words; `exit` apart.
fn values(text: &str) -> Result<(Values, Option<&str>), String> {
    let mut values = Values::new();
    let mut exit = None;
    for word in text.split_whitespace() {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| format!("'{word}' has no '='"))?;
        if name == "exit" {
            exit = Some(value);
        } else {
            let value = number(value).ok_or_else(|| format!("'{value}' is no number"))?;
            values.insert(name.into(), value);
        }
    }
    Ok((values, exit))
}

/// Executes a `; run` line; returns it as it should be.
fn run(block: &Block, line: &str) -> Result<String, String> {
    let text = line.strip_prefix("; run ").unwrap_or_default();
    let (inputs, outputs) = text.split_once("->").ok_or("'; run' without '->'")?;
    let (expected, exit) = values(outputs)?;
    let inputs = values(inputs)?.0;
    let outcome = Machine::new(&inputs)?.interpret(block);
    for tier in [Tier::Baseline, Tier::Region] {
        let compiled = Machine::new(&inputs)?.compile_and_run(block, tier)?;
        if let Some(difference) = outcome.difference(&compiled) {
            return Err(format!(
                "{line}: interpreter and generated code ({tier:?}) differ: {difference}"
            ));
        }
    }

    let same = expected
        .iter()
        .all(|(name, value)| outcome.all.get(name) == Some(value))
        && outcome
            .changed
            .keys()
            .all(|name| expected.contains_key(name))
        && exit.unwrap_or("syscall") == outcome.exit;
    if same {
        // Keeps the author's notation.
        return Ok(line.into());
    }
    let mut actual = outcome.changed;
    for name in expected.keys() {
        let value = outcome
            .all
            .get(name)
            .ok_or_else(|| format!("no value '{name}'"))?;
        actual.insert(name.clone(), *value);
    }
    let mut line = line
        .split_inclusive("->")
        .next()
        .unwrap_or_default()
        .to_owned();
    if outcome.exit != "syscall" {
        write!(line, " exit={}", outcome.exit).expect("strings take everything");
    }
    for (name, value) in actual {
        let small = value < 0x1_0000 && !matches!(name.as_str(), "pc" | "fault");
        let value = if small {
            format!("{value}")
        } else {
            format!("{value:#x}")
        };
        write!(line, " {name}={value}").expect("strings take everything");
    }
    Ok(line)
}

#[test]
fn files_hold() {
    let bless = std::env::var_os("EMU_BLESS").is_some_and(|value| value == "1");
    let mut failures = String::new();
    for path in files() {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(&path).expect("readable");
        let lines: Vec<String> = text.lines().map(String::from).collect();
        match run_file(&lines) {
            Ok(actual) if actual == lines => {}
            Ok(actual) if bless => {
                std::fs::write(&path, actual.join("\n") + "\n").expect("writable");
            }
            Ok(actual) => {
                failures += &format!(
                    "{name}: (EMU_BLESS=1 accepts what is)\n{}",
                    diff(&lines, &actual)
                );
            }
            Err(message) => failures += &format!("{name}: {message}\n"),
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

/// Lines of one side only.
fn diff(expected: &[String], actual: &[String]) -> String {
    let lacking = |from: &[String], line: &String| !from.contains(line);
    let mut text = String::new();
    for line in expected.iter().filter(|line| lacking(actual, line)) {
        text += &format!("  expected {line}\n");
    }
    for line in actual.iter().filter(|line| lacking(expected, line)) {
        text += &format!("  actual   {line}\n");
    }
    text
}

#[test]
fn every_opcode_is_interpreted_in_some_file() {
    let mut missing: BTreeSet<&str> = Opcode::ALL.iter().map(|code| code.text()).collect();
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("readable");
        if !text.starts_with("; test interp") {
            continue;
        }
        let lines: Vec<String> = text.lines().map(String::from).collect();
        for case in cases(&lines) {
            let block = parse::parse(&case.text, &GUEST).expect("files_hold checks it");
            for op in &block.ops {
                missing.remove(op.code.text());
            }
        }
    }
    assert!(missing.is_empty(), "never interpreted: {missing:?}");
}
