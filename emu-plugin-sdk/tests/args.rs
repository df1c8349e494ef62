//! What users may write as arguments, and what they are told.
#![allow(missing_docs)]

use std::path::PathBuf;

use emu_plugin_sdk::{AddressRange, Arguments, PluginArgs, PluginValue};

#[derive(Debug, Clone, Copy, PartialEq, PluginValue)]
enum Format {
    Text,
    ChromeTrace,
}

#[derive(Debug, PluginArgs)]
#[expect(dead_code, reason = "printed")]
struct Args {
    /// A flag.
    per_vcpu: bool,
    /// A flag that is set.
    #[arg(default = true)]
    color: bool,
    /// How many.
    #[arg(default = 20, range = 1..=1000)]
    limit: u16,
    #[arg(default = -1)]
    offset: i8,
    #[arg(default = 0x40)]
    mask: u64,
    #[arg(name = "sym")]
    symbol: Vec<String>,
    range: Option<AddressRange>,
    #[arg(default = "chrome-trace")]
    format: Format,
    #[arg(default = 0.5)]
    rate: f64,
    r#type: Option<PathBuf>,
}

#[derive(Debug, PluginArgs)]
#[expect(dead_code, reason = "printed")]
struct Needs {
    /// Where to write to.
    ///
    /// More about it.
    output: PathBuf,
}

fn parse<A: PluginArgs + std::fmt::Debug>(given: &str) -> String {
    let given = given
        .split_whitespace()
        .map(|argument| match argument.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (argument, None),
        });
    match Arguments::parse::<A>(given) {
        Ok(args) => format!("{args:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn defaults_hold_unless_something_is_given() {
    assert_eq!(
        parse::<Args>(""),
        "Args { per_vcpu: false, color: true, limit: 20, offset: -1, mask: 64, symbol: [], \
         range: None, format: ChromeTrace, rate: 0.5, type: None }"
    );
}

#[test]
fn accepted() {
    let table = [
        ("per_vcpu", "per_vcpu: true"),
        ("per-vcpu", "per_vcpu: true"),
        ("per_vcpu=on", "per_vcpu: true"),
        ("color=off", "color: false"),
        ("color=false", "color: false"),
        ("limit=0x10", "limit: 16"),
        ("limit=1_000", "limit: 1000"),
        ("offset=-128", "offset: -128"),
        ("mask=0xffffffffffffffff", "mask: 18446744073709551615"),
        ("sym=a sym=b=c", "symbol: [\"a\", \"b=c\"]"),
        (
            "range=0x1000-0x2000",
            "range: Some(AddressRange { start: 4096, end: 8192 })",
        ),
        (
            "range=16..32",
            "range: Some(AddressRange { start: 16, end: 32 })",
        ),
        ("format=text", "format: Text"),
        ("rate=2", "rate: 2.0"),
        ("type=/tmp/x", "type: Some(\"/tmp/x\")"),
    ];
    for (given, expected) in table {
        let parsed = parse::<Args>(given);
        assert!(parsed.contains(expected), "{given}: {parsed}");
    }
}

#[test]
fn refused() {
    let integer = "decimal or hexadecimal such as 0x10";
    let range = "a range of addresses FROM-TO, such as 0x1000-0x2000, with FROM below TO";
    let takes = "per_vcpu, color, limit, offset, mask, sym, range, format, rate, type";
    let table = [
        (
            "limt=3",
            format!("unknown argument `limt`: did you mean `limit`? (takes {takes})"),
        ),
        ("zzz", format!("unknown argument `zzz`: takes {takes}")),
        (
            "symbol=a",
            format!("unknown argument `symbol`: did you mean `sym`? (takes {takes})"),
        ),
        (
            "limit=3 limit=4",
            "argument `limit` is given twice".to_owned(),
        ),
        (
            "limit",
            "argument `limit` needs a value: limit=N".to_owned(),
        ),
        (
            "limit=x",
            format!("`limit=x`: `x` is not an integer from 0 to 65535, {integer}"),
        ),
        (
            "limit=",
            format!("`limit=`: `` is not an integer from 0 to 65535, {integer}"),
        ),
        (
            "limit=65536",
            format!("`limit=65536`: `65536` is not an integer from 0 to 65535, {integer}"),
        ),
        (
            "limit=1001",
            "`limit=1001`: `1001` is not an integer from 1 to 1000".to_owned(),
        ),
        (
            "offset=--1",
            format!("`offset=--1`: `--1` is not an integer from -128 to 127, {integer}"),
        ),
        (
            "mask=0x",
            format!(
                "`mask=0x`: `0x` is not an integer from 0 to {}, {integer}",
                u64::MAX
            ),
        ),
        (
            "color=yes",
            "`color=yes`: `yes` is not true, false, on or off".to_owned(),
        ),
        ("range=5", format!("`range=5`: `5` is not {range}")),
        ("range=9-3", format!("`range=9-3`: `9-3` is not {range}")),
        (
            "format=txt",
            "`format=txt`: `txt` is not one of text, chrome-trace; did you mean `text`?".to_owned(),
        ),
        (
            "rate=fast",
            "`rate=fast`: `fast` is not a number, such as 0.5".to_owned(),
        ),
        ("type=", "`type=`: `` is not a path".to_owned()),
    ];
    for (given, expected) in table {
        assert_eq!(parse::<Args>(given), expected, "{given}");
    }
    assert_eq!(
        parse::<Needs>(""),
        "missing argument `output=PATH`: Where to write to."
    );
    assert_eq!(
        parse::<emu_plugin_sdk::NoArgs>("x"),
        "unknown argument `x`: the plugin takes no arguments"
    );
}

#[test]
fn the_specification_is_what_help_shows() {
    let specs: Vec<String> = Args::SPECS
        .iter()
        .map(|spec| {
            let default = spec.default.map_or("", |default| default.as_str());
            format!(
                "{}={} [{default}] {}",
                spec.name, spec.value_name, spec.repeated
            )
        })
        .collect();
    assert_eq!(
        specs,
        [
            "per_vcpu=true|false [false] false",
            "color=true|false [true] false",
            "limit=N [20] false",
            "offset=N [-1] false",
            "mask=N [0x40] false",
            "sym=TEXT [] true",
            "range=FROM-TO [] false",
            "format=text|chrome-trace [chrome-trace] false",
            "rate=NUMBER [0.5] false",
            "type=PATH [] false",
        ]
    );
    assert!(Needs::SPECS[0].required && !Args::SPECS.iter().any(|spec| spec.required));
    assert_eq!(
        Needs::SPECS[0].help.as_str(),
        "Where to write to.\n\nMore about it."
    );
}
