//! The `execlog` plugin: a log of every instruction executed, with its memory accesses.
//!
//! An instruction is written once the next one begins, because its accesses come after it has
//! begun. So the last instruction of a vCPU is written when that ends. Text is made at
//! translation; a callback passes the instruction's number.

#![forbid(unsafe_code)]

mod glob;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use emu_plugin_sdk::prelude::*;

/// Arguments of `execlog`.
#[derive(Debug, PluginArgs)]
struct Args {
    /// Log only code in these symbols, with `*` and `?` for any text and any character
    /// (repeatable).
    symbol: Vec<String>,
    /// Log only code in these ranges of addresses (repeatable).
    range: Vec<AddressRange>,
    /// End the log after this many instructions.
    limit: Option<u64>,
    /// Leave memory accesses out.
    no_memory: bool,
}

/// An instruction that was translated and is to be logged.
#[derive(Debug, PartialEq, Eq, Hash)]
struct LoggedInsn {
    pc: u64,
    symbol: String,
    disassembly: String,
}

/// Numbers instructions in the order of their first translation.
#[derive(Debug, Default)]
struct InsnTable {
    insns: Vec<Arc<LoggedInsn>>,
    numbers: HashMap<Arc<LoggedInsn>, u64>,
}

impl InsnTable {
    fn number(&mut self, insn: LoggedInsn) -> u64 {
        if let Some(number) = self.numbers.get(&insn) {
            return *number;
        }
        let (insn, number) = (Arc::new(insn), self.insns.len() as u64);
        self.insns.push(Arc::clone(&insn));
        self.numbers.insert(insn, number);
        number
    }
}

/// What is kept of each vCPU.
#[derive(Debug, Default, VcpuState)]
struct Pending {
    vcpu: Option<VcpuId>,
    /// The instruction that began last and is not written yet.
    insn: Option<Arc<LoggedInsn>>,
    accesses: String,
}

#[derive(Debug)]
struct ExecLog {
    args: Args,
    stream: Stream,
    table: RwLock<InsnTable>,
    logged: AtomicU64,
}

impl ExecLog {
    fn logs(&self, pc: u64, symbol: Option<&str>) -> bool {
        let Args {
            symbol: globs,
            range: ranges,
            ..
        } = &self.args;
        (ranges.is_empty() || ranges.iter().any(|range| range.contains(pc)))
            && (globs.is_empty()
                || symbol.is_some_and(|name| globs.iter().any(|glob| glob::matches(glob, name))))
    }

    fn begin(&self, pending: &mut Pending, number: u64) {
        self.write(pending);
        let limit = self.args.limit.unwrap_or(u64::MAX);
        if self.logged.load(Ordering::Relaxed) >= limit
            || self.logged.fetch_add(1, Ordering::Relaxed) >= limit
        {
            return;
        }
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        pending.insn = table.insns.get(number as usize).cloned();
    }

    fn write(&self, pending: &mut Pending) {
        if let Some(insn) = pending.insn.take() {
            let (symbol, text) = (insn.symbol.as_str(), insn.disassembly.as_str());
            let accesses = pending.accesses.as_str();
            self.stream
                .record((pending.vcpu, Address(insn.pc), symbol, text, accesses));
        }
        pending.accesses.clear();
    }
}

impl Pending {
    fn add(&mut self, access: MemoryAccess) {
        if self.insn.is_none() {
            return; // past the limit
        }
        let separator = if self.accesses.is_empty() { "" } else { " " };
        let kind = if access.is_write() { "w" } else { "r" };
        let (size, address, value) = (access.size(), access.address(), access.value());
        // Writing to a string cannot fail.
        let _ = write!(
            self.accesses,
            "{separator}{kind}{size}[{address:#x}]={value:#x}"
        );
    }
}

/// Logs each instruction executed, with its memory accesses.
#[emu_plugin(name = "execlog", requires(Streams))]
impl Plugin for ExecLog {
    type Args = Args;
    type Vcpu = Pending;

    fn new(args: Args, host: &Host) -> Result<Self> {
        let stream = host
            .stream("execlog")
            .number("vCPU")
            .address("pc")
            .text("symbol")
            .text("instruction")
            .text("accesses")
            .open()?;
        Ok(ExecLog {
            args,
            stream,
            table: RwLock::default(),
            logged: AtomicU64::new(0),
        })
    }

    fn on_vcpu_start(&self, pending: &mut Pending, vcpu: VcpuId) {
        pending.vcpu = Some(vcpu);
    }

    fn on_block(&self, block: &mut Block<'_, Self>) {
        for insn in block.insns() {
            let symbol = insn.symbol();
            if !self.logs(insn.pc(), symbol.as_ref().and_then(|symbol| symbol.name())) {
                continue;
            }
            let logged = LoggedInsn {
                pc: insn.pc(),
                symbol: symbol.map(|symbol| symbol.to_string()).unwrap_or_default(),
                disassembly: insn.disassembly(),
            };
            let number = self
                .table
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .number(logged);
            insn.before().call_with(number, ExecLog::begin);
            if !self.args.no_memory {
                insn.accesses(Access::Any)
                    .call(|_, pending, access| pending.add(access));
            }
        }
    }

    fn on_vcpu_exit(&self, pending: &mut Pending, _vcpu: VcpuId) {
        self.write(pending);
    }
}
