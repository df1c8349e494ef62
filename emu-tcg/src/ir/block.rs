//! The block: what one translation yields and the back ends consume.

use super::{Cond, Op, Opcode, Var};

/// A translation block in IR.
///
/// `insns[i].first_op` splits `ops` into the guest instructions; the instrumentation that
/// runs before instruction `i` stands first among its operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Guest address of the first instruction.
    pub pc: u64,
    /// Translation mode the block was made for.
    pub mode: u32,
    /// The guest instructions, in order; at least one, unless the first cannot be fetched.
    pub insns: Vec<InsnInfo>,
    /// The operations.
    pub ops: Vec<Op>,
    /// How control leaves.
    pub terminator: Terminator,
    /// Number of temps used.
    pub temp_count: u16,
    /// Inline additions, indexed by `ProbeAdd` operations.
    pub probe_adds: Vec<ProbeAdd>,
    /// Calls, indexed by `ProbeCall` operations.
    pub probe_calls: Vec<ProbeCall>,
}

/// One guest instruction of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InsnInfo {
    /// Guest address.
    pub pc: u64,
    /// Index of its first operation in [`Block::ops`] (`ops.len()` if it has none).
    pub first_op: u32,
}

/// How control leaves a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminator {
    /// Go to a constant address.
    Jump {
        /// Where.
        target: u64,
        /// What kind of transfer (for region shape and return prediction).
        kind: JumpKind,
    },
    /// Conditional: `a <cond> b` goes to `taken`, else to `fallthrough`.
    Branch {
        /// The comparison.
        cond: Cond,
        /// Left operand.
        a: Var,
        /// Right operand (a variable).
        b: Var,
        /// Target if true.
        taken: u64,
        /// Target if false.
        fallthrough: u64,
    },
    /// Go to the address in a variable (bit 0 already cleared).
    Indirect {
        /// Holds the address.
        target: Var,
        /// What kind of transfer.
        kind: JumpKind,
    },
    /// Return to the execution loop.
    Exit {
        /// Why.
        kind: ExitKind,
        /// Guest address to continue at (of the instruction itself for `Breakpoint` and
        /// `Illegal`, of the next one otherwise).
        pc: u64,
    },
}

impl Block {
    /// A block without instructions, to be filled in.
    #[must_use]
    pub const fn empty() -> Block {
        Block {
            pc: 0,
            mode: 0,
            insns: Vec::new(),
            ops: Vec::new(),
            terminator: Terminator::Exit {
                kind: ExitKind::FetchFault,
                pc: 0,
            },
            temp_count: 0,
            probe_adds: Vec::new(),
            probe_calls: Vec::new(),
        }
    }

    /// What must be subtracted from words of the plugin area, as (offset, value), when the block is
    /// left by a fault in the access of instruction `insn`.
    ///
    /// A [`ProbeAdd`] operation in front of the faulting one has added the shares of all its
    /// parts. Those of later instructions, and those of `insn` that are due after its access, have
    /// not come to pass. Operations behind the faulting one have added nothing and count for
    /// nothing here. A word may come up more than once.
    ///
    /// The accesses of one instruction are taken to fail together: the faulting operation is the
    /// first of the instruction's that may fault.
    pub fn uncompleted_adds(&self, insn: u16) -> impl Iterator<Item = (u32, u64)> {
        let executed = &self.ops[..self.faulting_op(insn)];
        executed
            .iter()
            .filter(|op| op.code == Opcode::ProbeAdd)
            .filter_map(move |op| {
                let add = self.probe_adds.get(op.imm as usize)?;
                let uncompleted = |part: &&ProbeAddPart| {
                    part.insn > insn || (part.insn == insn && part.after_access)
                };
                let value = add
                    .parts
                    .iter()
                    .filter(uncompleted)
                    .fold(0u64, |sum, part| sum.wrapping_add(part.value));
                (value != 0).then_some((add.offset, value))
            })
    }

    /// The additions in front of everything else.
    pub fn leading_adds(&self) -> impl Iterator<Item = &ProbeAdd> {
        self.ops
            .iter()
            .take_while(|op| op.code == Opcode::ProbeAdd)
            .filter_map(|op| self.probe_adds.get(op.imm as usize))
    }

    /// Whether additions to plugin words are all at the start, and nobody is called that could look
    /// at one later on.
    #[must_use]
    pub fn only_adds_first(&self) -> bool {
        self.probe_calls.is_empty() && self.leading_adds().count() == self.probe_adds.len()
    }

    /// Indices in [`Block::ops`] of the operations of instruction `insn`.
    #[must_use]
    pub fn ops_of(&self, insn: u16) -> std::ops::Range<usize> {
        let first_op = |n: usize| {
            self.insns
                .get(n)
                .map_or(self.ops.len(), |info| info.first_op as usize)
        };
        let (start, end) = (first_op(usize::from(insn)), first_op(usize::from(insn) + 1));
        start..end.max(start)
    }

    /// Index of the operation with which instruction `insn` faults, if it does.
    fn faulting_op(&self, insn: u16) -> usize {
        let range = self.ops_of(insn);
        let may_fault = |&index: &usize| self.ops[index].code.effects().may_fault;
        range.clone().find(may_fault).unwrap_or(range.end)
    }
}

/// What a jump is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JumpKind {
    /// Neither call nor return, or a block cut at its size limit.
    Plain,
    /// A call that will return to this address.
    Call {
        /// The address behind the call.
        return_to: u64,
    },
    /// A return from a call.
    Return,
}

/// Why a block returns to the execution loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitKind {
    /// A system call instruction.
    Syscall = 0,
    /// A breakpoint instruction.
    Breakpoint = 1,
    /// An illegal or unknown instruction.
    Illegal = 2,
    /// An instruction-cache synchronisation (`fence.i`).
    FenceI = 3,
    /// The translation mode may have changed; look it up again.
    ModeChange = 4,
    /// The next instruction cannot be fetched (not mapped or not executable).
    FetchFault = 5,
}

impl ExitKind {
    /// Decodes the number that `self as u8` gives; `None` for any other.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<ExitKind> {
        [
            ExitKind::Syscall,
            ExitKind::Breakpoint,
            ExitKind::Illegal,
            ExitKind::FenceI,
            ExitKind::ModeChange,
            ExitKind::FetchFault,
        ]
        .into_iter()
        .find(|&kind| kind as u8 == bits)
    }
}

/// An inline addition to a 64-bit word of the plugin area.
///
/// Additions of one block to one word may be coalesced at the block's start; `parts` then
/// says what each instruction contributes, so that a block left in its middle can be
/// compensated: a part counts if its instruction was reached (`after_access`: and its access
/// succeeded).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAdd {
    /// Byte offset of the word from the start of [`crate::state::CpuState`].
    pub offset: u32,
    /// What this operation adds: the sum of `parts`.
    pub value: u64,
    /// The contributions, ordered by instruction.
    pub parts: Vec<ProbeAddPart>,
}

/// One instruction's share of a [`ProbeAdd`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeAddPart {
    /// Index of the instruction in the block.
    pub insn: u16,
    /// Due only after the instruction's memory access succeeded.
    pub after_access: bool,
    /// The amount.
    pub value: u64,
}

/// A call of a plugin's function from generated code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProbeCall {
    /// Host address of the function.
    pub function: usize,
    /// The plugin's own pointer, passed as the first argument.
    pub plugin: usize,
    /// Byte offset of the plugin's per-vCPU state from the start of
    /// [`crate::state::CpuState`]; its address is the second argument.
    pub state_offset: u32,
    /// Passed as the third argument.
    pub userdata: u64,
    /// Which further arguments it takes.
    pub kind: ProbeCallKind,
    /// Dirty slots must be in the state struct during the call, and may be read by it.
    pub reads_registers: bool,
    /// The call may change slots.
    pub writes_registers: bool,
}

/// The arguments of a probe call. All are `extern "C"` with a `()` result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProbeCallKind {
    /// `fn(plugin, state, userdata)`.
    Exec,
    /// `fn(plugin, state, userdata, address, value, info)`; `info` is a constant
    /// (size in bits 0–1 as log2, bit 4 store, bit 5 atomic). Of `value` the low bytes count
    /// that were accessed: a load's is extended, a store's is the whole register.
    Memory {
        /// The constant.
        info: u32,
    },
}
