//! The `hotblocks` plugin: the blocks that ran most often.
//!
//! Each distinct block gets a number when it is first translated; a callback on its entry counts
//! under that number in a per-vCPU vector. The table of blocks is locked at translation only.

#![forbid(unsafe_code)]

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use emu_plugin_sdk::prelude::*;

/// Arguments of `hotblocks`.
#[derive(Debug, PluginArgs)]
struct Args {
    /// How many blocks to show.
    #[arg(default = 20)]
    limit: usize,
    /// What makes a block hot: how often it was entered, or how many instructions that makes.
    #[arg(default = "executions")]
    sort: Sort,
}

#[derive(Debug, Clone, Copy, PluginValue)]
enum Sort {
    Executions,
    Instructions,
}

/// Executions of each block, by the block's number.
#[derive(Debug, Default, VcpuState)]
struct Executions {
    by_block: Vec<u64>,
}

impl Executions {
    fn count(&mut self, block: usize) {
        if block >= self.by_block.len() {
            // New blocks come in bursts: grow in proportion.
            self.by_block.resize((block + 1).next_power_of_two(), 0);
        }
        self.by_block[block] += 1;
    }
}

/// A block that was translated at least once. Self-modifying code, and different ways into the
/// same code, make blocks that differ in one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct BlockKey {
    pc: u64,
    insns: u64,
}

/// Numbers the blocks in the order of their first translation.
#[derive(Debug, Default)]
struct BlockTable {
    blocks: Vec<BlockKey>,
    numbers: HashMap<BlockKey, usize>,
}

impl BlockTable {
    fn number(&mut self, key: BlockKey) -> usize {
        *self.numbers.entry(key).or_insert_with(|| {
            self.blocks.push(key);
            self.blocks.len() - 1
        })
    }
}

#[derive(Debug)]
struct HotBlocks {
    args: Args,
    host: Host,
    table: Mutex<BlockTable>,
}

/// Counts how often each block runs and shows the most frequent.
#[emu_plugin(name = "hotblocks", requires(Symbols))]
impl Plugin for HotBlocks {
    type Args = Args;
    type Vcpu = Executions;

    fn new(args: Args, host: &Host) -> Result<Self> {
        Ok(HotBlocks {
            args,
            host: host.clone(),
            table: Mutex::default(),
        })
    }

    fn on_block(&self, block: &mut Block<'_, Self>) {
        let key = BlockKey {
            pc: block.pc(),
            insns: block.len() as u64,
        };
        let number = self
            .table
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .number(key);
        block
            .on_entry()
            .call_with(number as u64, |_, executions, number| {
                executions.count(number as usize);
            });
    }

    fn on_exit(&self, vcpus: &Vcpus<'_, Executions>, report: &mut Report<'_>) {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let mut executions = vec![0; table.blocks.len()];
        for (_, vcpu) in vcpus {
            for (sum, count) in executions.iter_mut().zip(&vcpu.by_block) {
                *sum += count;
            }
        }
        let mut hot: Vec<(BlockKey, u64)> = table.blocks.iter().copied().zip(executions).collect();
        hot.retain(|(_, executions)| *executions > 0);
        let all_insns: u64 = hot
            .iter()
            .map(|(block, executions)| block.insns * executions)
            .sum();
        hot.sort_by_key(|(block, executions)| {
            let heat = match self.args.sort {
                Sort::Executions => *executions,
                Sort::Instructions => block.insns * executions,
            };
            (Reverse(heat), block.pc)
        });

        let mut rows = report
            .table("Hot blocks")
            .address("pc")
            .number("instructions")
            .number("executions")
            .number("of all instructions")
            .text("symbol");
        for (block, executions) in hot.iter().take(self.args.limit) {
            let share = Ratio::of(block.insns * executions, all_insns);
            let symbol = self.host.symbol(block.pc).map(|symbol| symbol.to_string());
            rows.row((Address(block.pc), block.insns, *executions, share, symbol));
        }
        if hot.len() > self.args.limit {
            rows.note(format!("{} of {} blocks shown", self.args.limit, hot.len()));
        }
    }
}
