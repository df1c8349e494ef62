//! What the host shows a plugin about blocks, system calls and vCPUs.

use std::ffi::c_void;

use abi_stable::std_types::{RSlice, RStr};

use super::extensible;

/// Bit of [`InsnView::accesses`] and of access filters: reads.
pub const ACCESS_READ: u32 = 1 << 0;
/// Bit of [`InsnView::accesses`] and of access filters: writes.
pub const ACCESS_WRITE: u32 = 1 << 1;

/// Bit of [`InsnView::flags`]: a jump or conditional branch that is no call and no return.
pub const INSN_BRANCH: u32 = 1 << 0;
/// Bit of [`InsnView::flags`]: a call.
pub const INSN_CALL: u32 = 1 << 1;
/// Bit of [`InsnView::flags`]: a return.
pub const INSN_RETURN: u32 = 1 << 2;
/// Bit of [`InsnView::flags`]: a system call.
pub const INSN_SYSCALL: u32 = 1 << 3;

/// A block that is being translated: its span is final, its code not yet generated.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct BlockView<'a> {
    /// Size of this structure as its writer knew it.
    pub size: u32,
    /// Bits about the block; none is defined yet.
    pub flags: u32,
    /// Guest address of its first instruction.
    pub pc: u64,
    /// Its first instruction.
    pub insns: *const InsnView<'a>,
    /// How many instructions it has.
    pub insn_count: u32,
    /// Distance in bytes from one instruction's view to the next's: [`InsnView`]'s size as the
    /// writer knew it.
    pub insn_stride: u32,
}

extensible!(BlockView<'a>);

/// One instruction of a block.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct InsnView<'a> {
    /// Size of this structure as its writer knew it.
    pub size: u32,
    /// The encoding: its `length` low bytes.
    pub bits: u32,
    /// Guest address.
    pub pc: u64,
    /// The mnemonic, such as `addi`.
    pub mnemonic: RStr<'a>,
    /// `INSN_*` bits. A host that does not classify instructions leaves them 0.
    pub flags: u32,
    /// Length in bytes.
    pub length: u8,
    /// Which kinds of memory access it may perform: `ACCESS_*` bits.
    pub accesses: u8,
    /// Zero.
    pub reserved: u16,
}

extensible!(InsnView<'a>);

/// A system call, at its entry or its return.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct SyscallView<'a> {
    /// Size of this structure as its writer knew it.
    pub size: u32,
    /// The vCPU that makes the call.
    pub vcpu: u32,
    /// Guest address of the instruction that makes it.
    pub pc: u64,
    /// The guest's number of the call.
    pub number: u64,
    /// Its raw arguments.
    pub arguments: [u64; 6],
    /// Its name; empty if the host has none.
    pub name: RStr<'a>,
    /// Its arguments as readable text, without parentheses: `1, "hi\n", 3`. What the call itself
    /// fills in is readable at the return only.
    pub text: RStr<'a>,
    /// Raw result; 0 at the entry.
    pub result: i64,
    /// Name of the error returned, such as `ENOENT`; empty at the entry and on success.
    pub error: RStr<'a>,
}

extensible!(SyscallView<'a>);

/// The states of a plugin's vCPUs.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct StatesView<'a> {
    /// Size of this structure as its writer knew it.
    pub size: u32,
    /// One for each vCPU that ever ran, ordered by number.
    pub states: RSlice<'a, StateRef>,
}

extensible!(StatesView<'a>);

/// The state of one vCPU. Frozen.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct StateRef {
    /// Number of the vCPU.
    pub vcpu: u32,
    /// Its state.
    pub state: *mut c_void,
}
