//! The `howvec` plugin: a histogram of the instructions that ran, by class or by mnemonic.
//!
//! Counting is inline: each class has a counter of its own, or each mnemonic, from its first
//! translation on; the fewer are told apart, the less is added. An instruction set with more
//! mnemonics than there are counters has the rest counted together.

#![forbid(unsafe_code)]

mod class;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use class::Class;
use emu_plugin_sdk::prelude::*;

/// How many kinds are told apart. The last counter is for all others.
const COUNTERS: usize = 1024;

/// Arguments of `howvec`.
#[derive(Debug, PluginArgs)]
struct Args {
    /// What to tell apart: classes of instructions, or each mnemonic.
    #[arg(default = "class")]
    by: By,
    /// Count only these classes (repeatable).
    class: Vec<Class>,
    /// How many rows to show; all unless given.
    limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, PluginValue)]
enum By {
    Class,
    Mnemonic,
}

/// Executions by the number of the kind.
#[derive(Debug, VcpuState)]
struct Histogram {
    executed: [u64; COUNTERS],
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram {
            executed: [0; COUNTERS],
        }
    }
}

/// Gives kinds their numbers.
#[derive(Debug, Default)]
struct Kinds {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Kinds {
    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len();
        if number == COUNTERS - 1 {
            return number;
        }
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

#[derive(Debug)]
struct HowVec {
    args: Args,
    kinds: Mutex<Kinds>,
}

/// Shows which kinds of instructions ran, and how often.
#[emu_plugin(name = "howvec")]
impl Plugin for HowVec {
    type Args = Args;
    type Vcpu = Histogram;

    fn new(args: Args, _host: &Host) -> Result<Self> {
        let mut kinds = Kinds::default();
        if args.by == By::Class {
            for class in Class::ALL {
                kinds.number(class.name());
            }
        }
        Ok(HowVec {
            args,
            kinds: Mutex::new(kinds),
        })
    }

    fn on_block(&self, block: &mut Block<'_, Self>) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        for insn in block.insns() {
            let class = Class::of(&insn);
            if self.args.class.is_empty() || self.args.class.contains(&class) {
                let number = kinds.number(match self.args.by {
                    By::Class => class.name(),
                    By::Mnemonic => insn.mnemonic(),
                });
                insn.before().add(Histogram::EXECUTED.at(number), 1);
            }
        }
    }

    fn on_exit(&self, vcpus: &Vcpus<'_, Histogram>, report: &mut Report<'_>) {
        let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let executed = |number: usize| vcpus.sum(|vcpu| vcpu.executed[number]);
        let names = kinds.names.iter().map(String::as_str).enumerate();
        let mut histogram: BTreeMap<&str, u64> = names
            .map(|(number, name)| (name, executed(number)))
            .collect();
        let others = executed(COUNTERS - 1);
        if others > 0 {
            histogram.insert("(others)", others);
        }
        let all = histogram.values().sum();
        let mut rows: Vec<(&str, u64)> = histogram.into_iter().filter(|row| row.1 > 0).collect();
        rows.sort_by_key(|(name, count)| (Reverse(*count), *name));

        let (title, column) = match self.args.by {
            By::Class => ("Instructions by class", "class"),
            By::Mnemonic => ("Instructions by mnemonic", "mnemonic"),
        };
        let mut table = report
            .table(title)
            .text(column)
            .number("executed")
            .number("share");
        let shown = self.args.limit.unwrap_or(rows.len()).min(rows.len());
        for (name, count) in &rows[..shown] {
            table.row((*name, *count, Ratio::of(*count, all)));
        }
        if shown < rows.len() {
            table.note(format!("{shown} of {} rows shown", rows.len()));
        }
    }
}
