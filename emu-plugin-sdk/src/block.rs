//! A block of guest code that is being translated, and the points at which it can be instrumented.
//!
//! Unsafe rule: [`Block::new`] gets a view and a sink that are valid for `'b`, and nothing made
//! from a block outlives it.

use std::marker::PhantomData;

use crate::abi::{
    self, ACCESS_READ, ACCESS_WRITE, BlockView, INSN_BRANCH, INSN_CALL, INSN_RETURN, INSN_SYSCALL,
    InsnView, POINT_BLOCK, POINT_INSN, POINT_MEMORY, ProbeSink,
};
use crate::{Counter, Host, Plugin, Symbol, callback};

/// A block of guest code: instructions that run one after the other, entered at the first only.
///
/// Its span is final and no code has been generated for it yet. What is registered at its points
/// becomes part of its code.
#[derive(Debug)]
pub struct Block<'b, P> {
    view: BlockView<'b>,
    sink: *mut ProbeSink,
    host: &'b Host,
    plugin: PhantomData<fn() -> P>,
}

impl<'b, P: Plugin> Block<'b, P> {
    /// # Safety
    ///
    /// The view and the sink are the host's, valid for `'b`, and meant for this instance of `P`.
    pub(crate) unsafe fn new(
        view: BlockView<'b>,
        sink: *mut ProbeSink,
        host: &'b Host,
    ) -> Block<'b, P> {
        Block {
            view,
            sink,
            host,
            plugin: PhantomData,
        }
    }

    /// Guest address of the first instruction.
    #[must_use]
    pub fn pc(&self) -> u64 {
        self.view.pc
    }

    /// How many instructions there are; at least one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.view.insn_count as usize
    }

    /// Whether there are none, which does not happen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What lies at the block's address.
    #[must_use]
    pub fn symbol(&self) -> Option<Symbol> {
        self.host.symbol(self.pc())
    }

    /// The point on entry to the block.
    pub fn on_entry(&self) -> ExecPoint<'_, P> {
        ExecPoint {
            block: self,
            point: POINT_BLOCK,
            insn: 0,
            pc: self.pc(),
        }
    }

    /// The instructions in order.
    #[must_use]
    pub fn insns(&self) -> Insns<'_, P> {
        Insns {
            block: self,
            next: 0,
        }
    }

    /// The instruction at `index`.
    #[must_use]
    pub fn insn(&self, index: usize) -> Option<Insn<'_, P>> {
        if index >= self.len() {
            return None;
        }
        // SAFETY: the host wrote `insn_count` views, `insn_stride` bytes apart.
        let view = unsafe {
            abi::load(
                self.view
                    .insns
                    .byte_add(index * self.view.insn_stride as usize),
            )
        }?;
        Some(Insn {
            block: self,
            view,
            index: index as u32,
        })
    }
}

/// Iterates over the instructions of a block.
#[derive(Debug)]
pub struct Insns<'a, P> {
    block: &'a Block<'a, P>,
    next: usize,
}

impl<'a, P: Plugin> Iterator for Insns<'a, P> {
    type Item = Insn<'a, P>;

    fn next(&mut self) -> Option<Insn<'a, P>> {
        let insn = self.block.insn(self.next)?;
        self.next += 1;
        Some(insn)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.block.len() - self.next;
        (left, Some(left))
    }
}

impl<P: Plugin> ExactSizeIterator for Insns<'_, P> {}

/// Which accesses of an instruction to instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reads only.
    Read,
    /// Writes only.
    Write,
    /// Reads and writes.
    Any,
}

impl Access {
    fn bits(self) -> u32 {
        match self {
            Access::Read => ACCESS_READ,
            Access::Write => ACCESS_WRITE,
            Access::Any => ACCESS_READ | ACCESS_WRITE,
        }
    }
}

/// One instruction of a block.
#[derive(Debug)]
pub struct Insn<'a, P> {
    block: &'a Block<'a, P>,
    view: InsnView<'a>,
    index: u32,
}

impl<'a, P: Plugin> Insn<'a, P> {
    /// Guest address.
    #[must_use]
    pub fn pc(&self) -> u64 {
        self.view.pc
    }

    /// Position in the block, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index as usize
    }

    /// The encoding, in the low [`len`](Insn::len) bytes.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.view.bits
    }

    /// Length in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no instruction is empty")]
    pub fn len(&self) -> usize {
        self.view.length.into()
    }

    /// The mnemonic, such as `addi`.
    #[must_use]
    pub fn mnemonic(&self) -> &str {
        self.view.mnemonic.as_str()
    }

    /// The instruction as text; the mnemonic alone if the emulator has no disassembler.
    #[must_use]
    pub fn disassembly(&self) -> String {
        self.block
            .host
            .disassemble(self.view.pc, self.view.bits, self.view.length)
            .unwrap_or_else(|| self.mnemonic().to_owned())
    }

    /// What lies at the instruction's address.
    #[must_use]
    pub fn symbol(&self) -> Option<Symbol> {
        self.block.host.symbol(self.pc())
    }

    /// Whether it may read memory.
    #[must_use]
    pub fn reads_memory(&self) -> bool {
        u32::from(self.view.accesses) & ACCESS_READ != 0
    }

    /// Whether it may write memory.
    #[must_use]
    pub fn writes_memory(&self) -> bool {
        u32::from(self.view.accesses) & ACCESS_WRITE != 0
    }

    /// Whether it is a jump or conditional branch, and no call and no return.
    #[must_use]
    pub fn is_branch(&self) -> bool {
        self.view.flags & INSN_BRANCH != 0
    }

    /// Whether it is a call.
    #[must_use]
    pub fn is_call(&self) -> bool {
        self.view.flags & INSN_CALL != 0
    }

    /// Whether it is a return.
    #[must_use]
    pub fn is_return(&self) -> bool {
        self.view.flags & INSN_RETURN != 0
    }

    /// Whether it makes a system call.
    #[must_use]
    pub fn is_syscall(&self) -> bool {
        self.view.flags & INSN_SYSCALL != 0
    }

    /// The point before the instruction runs.
    pub fn before(&self) -> ExecPoint<'a, P> {
        ExecPoint {
            block: self.block,
            point: POINT_INSN,
            insn: self.index,
            pc: self.pc(),
        }
    }

    /// The point after each of the instruction's memory accesses that succeeds. On an instruction
    /// that performs no such access, whatever is registered there comes to nothing.
    pub fn accesses(&self, access: Access) -> MemoryPoint<'a, P> {
        MemoryPoint {
            block: self.block,
            insn: self.index,
            pc: self.pc(),
            accesses: access.bits() & u32::from(self.view.accesses),
        }
    }
}

/// A point that execution passes: on entry to a block or before an instruction.
///
/// What is registered at one point runs in the order of registration.
#[derive(Debug)]
#[must_use = "a point does nothing until something is registered at it"]
pub struct ExecPoint<'a, P> {
    block: &'a Block<'a, P>,
    point: u32,
    insn: u32,
    pc: u64,
}

impl<P: Plugin> ExecPoint<'_, P> {
    /// Adds `value` to a field of the per-vCPU state whenever the point is passed; no call is made.
    pub fn add(&self, counter: Counter<P::Vcpu>, value: u64) -> &Self {
        let table = self.block.host.table();
        // SAFETY: the sink is valid as long as the block; the counter lies in the state.
        unsafe {
            (table.probe_add)(
                table.context,
                self.block.sink,
                self.point,
                self.insn,
                0,
                counter.offset(),
                value,
            );
        }
        self
    }

    /// Calls `callback` whenever the point is passed.
    ///
    /// The closure must not capture variables: what it needs is in the plugin and in the per-vCPU
    /// state. Arithmetic on floating-point numbers in it rounds as the guest has chosen.
    pub fn call<F>(&self, callback: F) -> &Self
    where
        F: Fn(&P, &mut P::Vcpu, Point) + Copy + Send + Sync + 'static,
    {
        self.call_with(self.pc, move |plugin, cpu, pc| {
            callback(plugin, cpu, Point { pc })
        })
    }

    /// Calls `callback` with a number of the plugin's choice whenever the point is passed.
    /// Otherwise as [`call`](ExecPoint::call).
    pub fn call_with<F>(&self, userdata: u64, callback: F) -> &Self
    where
        F: Fn(&P, &mut P::Vcpu, u64) + Copy + Send + Sync + 'static,
    {
        let table = self.block.host.table();
        let function = callback::exec::<P, F>(callback);
        // SAFETY: the sink is valid as long as the block; the function is for this plugin.
        unsafe {
            (table.probe_call_exec)(
                table.context,
                self.block.sink,
                self.point,
                self.insn,
                function,
                userdata,
                0,
            );
        }
        self
    }
}

/// The point after a memory access of an instruction. See [`Insn::accesses`].
#[derive(Debug)]
#[must_use = "a point does nothing until something is registered at it"]
pub struct MemoryPoint<'a, P> {
    block: &'a Block<'a, P>,
    insn: u32,
    pc: u64,
    accesses: u32,
}

impl<P: Plugin> MemoryPoint<'_, P> {
    /// Adds `value` to a field of the per-vCPU state at each access; no call is made.
    pub fn add(&self, counter: Counter<P::Vcpu>, value: u64) -> &Self {
        if self.accesses != 0 {
            let table = self.block.host.table();
            // SAFETY: the sink is valid as long as the block; the counter lies in the state.
            unsafe {
                (table.probe_add)(
                    table.context,
                    self.block.sink,
                    POINT_MEMORY,
                    self.insn,
                    self.accesses,
                    counter.offset(),
                    value,
                );
            }
        }
        self
    }

    /// Calls `callback` at each access. The closure must not capture variables; see
    /// [`ExecPoint::call`].
    pub fn call<F>(&self, callback: F) -> &Self
    where
        F: Fn(&P, &mut P::Vcpu, MemoryAccess) + Copy + Send + Sync + 'static,
    {
        self.call_with(self.pc, move |plugin, cpu, _, access| {
            callback(plugin, cpu, access)
        })
    }

    /// Calls `callback` with a number of the plugin's choice, such as the instruction's address,
    /// at each access.
    pub fn call_with<F>(&self, userdata: u64, callback: F) -> &Self
    where
        F: Fn(&P, &mut P::Vcpu, u64, MemoryAccess) + Copy + Send + Sync + 'static,
    {
        let function = callback::memory::<P, F>(callback);
        if self.accesses != 0 {
            let table = self.block.host.table();
            // SAFETY: the sink is valid as long as the block; the function is for this plugin.
            unsafe {
                (table.probe_call_memory)(
                    table.context,
                    self.block.sink,
                    self.insn,
                    self.accesses,
                    function,
                    userdata,
                    0,
                );
            }
        }
        self
    }
}

/// Where a callback was called from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    pc: u64,
}

impl Point {
    /// Guest address of the instruction, or of the block's first.
    #[must_use]
    pub fn pc(self) -> u64 {
        self.pc
    }
}

/// A memory access that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryAccess {
    pub(crate) address: u64,
    pub(crate) value: u64,
    pub(crate) size: u32,
    pub(crate) is_write: bool,
    pub(crate) is_atomic: bool,
}

impl MemoryAccess {
    /// Guest address.
    #[must_use]
    pub fn address(self) -> u64 {
        self.address
    }

    /// The value read or written, zero-extended.
    #[must_use]
    pub fn value(self) -> u64 {
        self.value
    }

    /// Size in bytes: 1, 2, 4 or 8.
    #[must_use]
    pub fn size(self) -> u32 {
        self.size
    }

    /// Whether it is a write.
    #[must_use]
    pub fn is_write(self) -> bool {
        self.is_write
    }

    /// Whether it belongs to an atomic operation, which may perform a read and a write.
    #[must_use]
    pub fn is_atomic(self) -> bool {
        self.is_atomic
    }
}
