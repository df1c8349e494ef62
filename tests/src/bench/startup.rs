//! Start-up: short command lines over a riscv64 root, where translation is most of the work.

use std::path::Path;

use anyhow::{Result, ensure};

use super::contender::{self, Contender};
use super::{Options, Results, Series, measure};

/// What is run: the program below the root, and its arguments.
const COMMANDS: &[(&str, &[&str])] = &[
    ("usr/bin/busybox", &["true"]),
    (
        "usr/bin/busybox",
        &["sh", "-c", "for i in 1 2 3; do echo $i; done"],
    ),
    ("usr/bin/bash", &["-c", ":"]),
    ("usr/bin/ls", &["/"]),
    ("usr/bin/perl", &["-e", "print 1"]),
    ("usr/bin/lua5.4", &["-e", "print(1)"]),
    ("usr/bin/sqlite3", &[":memory:", "select 1"]),
    ("usr/bin/jq", &["-n", "1"]),
    ("usr/bin/python3", &["-c", "pass"]),
    ("usr/bin/python3", &["-c", "import json, re, hashlib"]),
    ("usr/bin/node", &["-e", "console.log(1)"]),
];

/// Measures those commands whose programs the root has.
pub(super) fn measure(options: &Options, root: &Path) -> Result<Results> {
    let root = root.canonicalize()?;
    let contenders: Vec<Contender> = contender::all(options, false)?
        .into_iter()
        .map(|contender| contender.over_root(&root))
        .collect();
    let mut results = Results {
        contenders: contenders
            .iter()
            .map(|contender| contender.name.clone())
            .collect(),
        ..Results::default()
    };
    for &(program, args) in COMMANDS {
        let path = root.join(program);
        if !path.exists() {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let title = format!("{name} {}", args.join(" "));
        let mut samples = vec![Vec::new(); contenders.len()];
        for _ in 0..options.rounds {
            for (contender, samples) in contenders.iter().zip(&mut samples) {
                let run = measure::run(contender.command(&path).args(args))?;
                ensure!(
                    run.success,
                    "{title} failed under {}: {}",
                    contender.name,
                    run.text()
                );
                samples.push(run.sample);
            }
        }
        results.series.extend(
            contenders
                .iter()
                .zip(samples)
                .map(|(contender, samples)| Series {
                    program: title.clone(),
                    contender: contender.name.clone(),
                    samples,
                }),
        );
    }
    Ok(results)
}
