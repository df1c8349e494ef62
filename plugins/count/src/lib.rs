//! The `count` plugin: how many instructions and blocks ran, and how many times memory was read
//! and written.
//!
//! All counts are inline additions, so the guest runs at nearly its usual speed, and they are
//! exact: an instruction that faults or never runs is not counted.

#![forbid(unsafe_code)]

use emu_plugin_sdk::prelude::*;

/// Arguments of `count`.
#[derive(Debug, PluginArgs)]
struct Args {
    /// Report each vCPU on its own, besides the total.
    per_vcpu: bool,
}

/// What is counted of each vCPU.
#[derive(Debug, Default, VcpuState)]
struct Counts {
    insns: u64,
    blocks: u64,
    reads: u64,
    writes: u64,
}

#[derive(Debug)]
struct Count {
    args: Args,
}

/// Counts instructions, blocks, and reads and writes of memory.
#[emu_plugin(name = "count")]
impl Plugin for Count {
    type Args = Args;
    type Vcpu = Counts;

    fn new(args: Args, _host: &Host) -> Result<Self> {
        Ok(Count { args })
    }

    fn on_block(&self, block: &mut Block<'_, Self>) {
        block.on_entry().add(Counts::BLOCKS, 1);
        for insn in block.insns() {
            insn.before().add(Counts::INSNS, 1);
            insn.accesses(Access::Read).add(Counts::READS, 1);
            insn.accesses(Access::Write).add(Counts::WRITES, 1);
        }
    }

    fn on_exit(&self, vcpus: &Vcpus<'_, Counts>, report: &mut Report<'_>) {
        let mut totals = report.table("Executed").text("what").number("count");
        totals.row(("instructions", vcpus.sum(|counts| counts.insns)));
        totals.row(("blocks", vcpus.sum(|counts| counts.blocks)));
        totals.row(("memory reads", vcpus.sum(|counts| counts.reads)));
        totals.row(("memory writes", vcpus.sum(|counts| counts.writes)));

        if self.args.per_vcpu {
            let mut table = report
                .table("By vCPU")
                .number("vCPU")
                .number("instructions")
                .number("blocks")
                .number("memory reads")
                .number("memory writes");
            for (vcpu, counts) in vcpus {
                table.row((
                    vcpu,
                    counts.insns,
                    counts.blocks,
                    counts.reads,
                    counts.writes,
                ));
            }
        }
    }
}
