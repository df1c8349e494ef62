//! `#!` lines.

use super::error::LoadErrorKind;

/// As much of a script's start as Linux looks at.
pub(crate) const LINE_LIMIT: usize = 256;
/// As many interpreters of interpreters as Linux follows.
pub(crate) const DEPTH_LIMIT: usize = 4;

/// What a `#!` line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// Path of the program to run.
    pub(crate) path: Vec<u8>,
    /// The rest of the line, one argument however many words it has.
    pub(crate) argument: Option<Vec<u8>>,
}

/// Reads the `#!` line from a file's start; `None` if there is none.
pub(crate) fn parse(start: &[u8]) -> Result<Option<Interpreter>, LoadErrorKind> {
    let Some(line) = start.strip_prefix(b"#!") else {
        return Ok(None);
    };
    let end = line.iter().position(|&byte| byte == b'\n');
    if end.is_none() && start.len() >= LINE_LIMIT && !line.iter().any(|&byte| is_blank(byte)) {
        return Err(LoadErrorKind::BadScript("it is too long"));
    }
    let line = trim(&line[..end.unwrap_or(line.len())]);
    let split = line
        .iter()
        .position(|&byte| is_blank(byte))
        .unwrap_or(line.len());
    let (path, rest) = line.split_at(split);
    if path.is_empty() {
        return Err(LoadErrorKind::BadScript("it names no interpreter"));
    }
    if path.contains(&0) {
        return Err(LoadErrorKind::BadScript("it holds a NUL byte"));
    }
    let rest = trim(rest);
    let rest = &rest[..rest
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(rest.len())];
    Ok(Some(Interpreter {
        path: path.to_vec(),
        argument: (!rest.is_empty()).then(|| rest.to_vec()),
    }))
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn trim(mut line: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = line
        && is_blank(*first)
    {
        line = rest;
    }
    while let [rest @ .., last] = line
        && is_blank(*last)
    {
        line = rest;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_split_into_path_and_one_argument() {
        type Expected = Option<(&'static str, Option<&'static str>)>;
        let cases: &[(&[u8], Expected)] = &[
            (b"#!/bin/sh\necho", Some(("/bin/sh", None))),
            (b"#! /bin/sh -e \n", Some(("/bin/sh", Some("-e")))),
            (
                b"#!/usr/bin/env\tpython3 -I\n",
                Some(("/usr/bin/env", Some("python3 -I"))),
            ),
            (b"#!/bin/sh", Some(("/bin/sh", None))),
            (b"\x7fELF", None),
            (b"", None),
        ];
        for (line, expected) in cases {
            let found = parse(line).expect("a good line");
            let found =
                found.map(|i| (String::from_utf8(i.path), i.argument.map(String::from_utf8)));
            let expected = expected
                .map(|(path, arg)| (Ok(path.to_owned()), arg.map(|arg| Ok(arg.to_owned()))));
            assert_eq!(found, expected, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn unusable_lines_are_errors() {
        let long = [b"#!".as_slice(), &[b'x'; LINE_LIMIT]].concat();
        for line in [b"#!\n".as_slice(), b"#!  \n", b"#!/bin\0/sh\n", &long] {
            assert!(
                matches!(parse(line), Err(LoadErrorKind::BadScript(_))),
                "{}",
                line.escape_ascii()
            );
        }
    }
}
