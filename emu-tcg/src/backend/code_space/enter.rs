//! The way into generated code and back.
//!
//! A region is entered with the vCPU state in `r15`, clobbers every other register and returns
//! a code in `rax`: the low four bits say what, the rest is the operand. Regions jump to each
//! other and never return to each other, so whichever of them returns comes back here.
//!
//! Generated code runs under the guest's MXCSR: rounding mode of the guest, no exception flag set,
//! all masked. The flags that it accrued are taken out on the way back.
//!
//! Callbacks are free to raise exception flags, too. So MXCSR has an owner ([`FlagsOwner`]): code
//! makes it the callbacks' before it calls one, which saves the guest's, and the guest's before
//! the next operation that raises or reads flags. Between other operations it stays whose it is,
//! over any distance: reading MXCSR costs as much as several calls.
//!
//! Rules of the unsafe code: the assembly keeps all callee-saved registers of the System V
//! convention and the stack, also when it is left through the fault landing, which takes the
//! stack pointer from the state.

use std::arch::global_asm;
use std::mem::offset_of;

use super::exits::SLOT_TARGET;
use crate::ir::Opcode;
use crate::state::{CpuState, JUMP_CACHE_SIZE, JumpCacheEntry, VICTIM_SHIFT};

/// Bits 0–3 of what generated code returns. If they are 0, the value is the address of an unlinked
/// exit slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::backend) enum ReturnCode {
    /// An indirect jump whose target is not in the jump cache.
    IndirectMiss = 1,
    /// A poll saw the exit request.
    ExitRequested = 2,
    /// The block says so; bits 8–15 are the [`crate::ir::ExitKind`].
    Exit = 3,
    /// By the fault landing.
    Fault = 4,
    /// Code that counts its executions has reached its limit; bits 4 and up are its entry.
    Hot = 5,
}

/// Addresses of code that baseline code has in common.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct CommonExits {
    /// Jumped to: the code that starts at the host address in `rax` has reached its limit of executions.
    pub(in crate::backend) hot: usize,
    /// Jumped to: an exit is asked for before the exit slot in `rdi` is taken.
    pub(in crate::backend) requested: usize,
    /// Jumped to: the guest address in `rax` is not in the jump cache, or an exit is asked for.
    pub(in crate::backend) indirect: usize,
}

impl CommonExits {
    pub(crate) fn new() -> CommonExits {
        CommonExits {
            hot: emu_tcg_hot as *const () as usize,
            requested: emu_tcg_requested as *const () as usize,
            indirect: emu_tcg_indirect as *const () as usize,
        }
    }
}

/// Whose exception flags are in MXCSR: [`CpuState::mxcsr_saved`] is 0 if the guest's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend) enum FlagsOwner {
    /// The guest's, to be accrued further.
    Guest,
    /// Anybody's. The guest's are saved.
    Callbacks,
}

impl FlagsOwner {
    /// Who must own them when an operation is done; `None` if it does not matter.
    pub(in crate::backend) fn during(code: Opcode) -> Option<FlagsOwner> {
        if code == Opcode::ProbeCall {
            Some(FlagsOwner::Callbacks)
        } else {
            code.effects().fp_environment.then_some(FlagsOwner::Guest)
        }
    }
}

/// MXCSR with all exceptions masked, none raised, rounding to nearest.
const MXCSR_BASE: u32 = 0x1f80;
/// The exception flags of MXCSR.
pub(in crate::backend) const MXCSR_FLAGS: u32 = 0x3f;

global_asm!(
    ".pushsection .text.emu_enter,\"ax\",@progbits",
    ".hidden emu_tcg_enter",
    ".globl emu_tcg_enter",
    ".balign 16",
    "emu_tcg_enter:",
    "push rbp",
    "push rbx",
    "push r12",
    "push r13",
    "push r14",
    "push r15",
    "sub rsp, 8",
    "mov r15, rdi",
    "xor edi, edi",
    "mov [r15 + {host_stack}], rsp",
    "stmxcsr [r15 + {host_mxcsr}]",
    "ldmxcsr [r15 + {guest_mxcsr}]",
    "call rsi",
    "2:",
    "cmp eax, {indirect_miss}",
    "jne 6f",
    // Not in the jump cache: among its victims?
    "mov rcx, [r15 + {pc}]",
    "mov rdx, rcx",
    "mov rsi, rcx",
    "shr rdx, 1",
    "shr rsi, {victim_shift}",
    "xor edx, esi",
    "and edx, {jump_cache_mask}",
    "shl edx, 4",
    "cmp rcx, [r15 + rdx + {victims_pc}]",
    "jne 6f",
    "call [r15 + rdx + {victims_code}]",
    "jmp 2b",
    "6:",
    "cmp dword ptr [r15 + {saved}], 0",
    "jne 3f",
    "stmxcsr [r15 + {guest_mxcsr}]",
    "3:",
    "mov dword ptr [r15 + {saved}], 0",
    "ldmxcsr [r15 + {host_mxcsr}]",
    "add rsp, 8",
    "pop r15",
    "pop r14",
    "pop r13",
    "pop r12",
    "pop rbx",
    "pop rbp",
    "ret",
    // The fault handler continues here, with r15 as in generated code.
    ".hidden emu_tcg_fault_landing",
    ".globl emu_tcg_fault_landing",
    "emu_tcg_fault_landing:",
    "movups [r15 + {vectors} + 0], xmm0",
    "movups [r15 + {vectors} + 16], xmm1",
    "movups [r15 + {vectors} + 32], xmm2",
    "movups [r15 + {vectors} + 48], xmm3",
    "movups [r15 + {vectors} + 64], xmm4",
    "movups [r15 + {vectors} + 80], xmm5",
    "movups [r15 + {vectors} + 96], xmm6",
    "movups [r15 + {vectors} + 112], xmm7",
    "movups [r15 + {vectors} + 128], xmm8",
    "movups [r15 + {vectors} + 144], xmm9",
    "movups [r15 + {vectors} + 160], xmm10",
    "movups [r15 + {vectors} + 176], xmm11",
    "movups [r15 + {vectors} + 192], xmm12",
    "movups [r15 + {vectors} + 208], xmm13",
    "movups [r15 + {vectors} + 224], xmm14",
    "movups [r15 + {vectors} + 240], xmm15",
    "mov rsp, [r15 + {host_stack}]",
    "mov eax, {fault}",
    "cld",
    "jmp 2b",
    // Unlinked exits jump here, with the slot's address as their argument.
    ".hidden emu_tcg_unlinked",
    ".globl emu_tcg_unlinked",
    "emu_tcg_unlinked:",
    "mov rax, rdi",
    "ret",
    // The rest of `CommonExits`.
    ".hidden emu_tcg_hot",
    ".globl emu_tcg_hot",
    "emu_tcg_hot:",
    "shl rax, 4",
    "or rax, {hot}",
    "ret",
    ".hidden emu_tcg_requested",
    ".globl emu_tcg_requested",
    "emu_tcg_requested:",
    "mov rax, [rdi + {target}]",
    "mov [r15 + {pc}], rax",
    "mov eax, {requested}",
    "ret",
    ".hidden emu_tcg_indirect",
    ".globl emu_tcg_indirect",
    "emu_tcg_indirect:",
    "mov [r15 + {pc}], rax",
    "mov eax, {indirect_miss}",
    "cmp dword ptr [r15 + {exit_request}], 0",
    "je 4f",
    "mov eax, {requested}",
    "4:",
    "ret",
    // Called by generated code under a convention that preserves every register, so that what it
    // has in registers stays there: soft float, off the fast path. The result is left in memory.
    ".hidden emu_tcg_soft_fp",
    ".globl emu_tcg_soft_fp",
    "emu_tcg_soft_fp:",
    "push rbp",
    "mov rbp, rsp",
    "push rax",
    "push rcx",
    "push rdx",
    "push rsi",
    "push rdi",
    "push r8",
    "push r9",
    "push r10",
    "push r11",
    "sub rsp, 264",
    "movups [rsp + 0], xmm0",
    "movups [rsp + 16], xmm1",
    "movups [rsp + 32], xmm2",
    "movups [rsp + 48], xmm3",
    "movups [rsp + 64], xmm4",
    "movups [rsp + 80], xmm5",
    "movups [rsp + 96], xmm6",
    "movups [rsp + 112], xmm7",
    "movups [rsp + 128], xmm8",
    "movups [rsp + 144], xmm9",
    "movups [rsp + 160], xmm10",
    "movups [rsp + 176], xmm11",
    "movups [rsp + 192], xmm12",
    "movups [rsp + 208], xmm13",
    "movups [rsp + 224], xmm14",
    "movups [rsp + 240], xmm15",
    "call {soft_fp}",
    "mov [r15 + {result}], rax",
    "movups xmm0, [rsp + 0]",
    "movups xmm1, [rsp + 16]",
    "movups xmm2, [rsp + 32]",
    "movups xmm3, [rsp + 48]",
    "movups xmm4, [rsp + 64]",
    "movups xmm5, [rsp + 80]",
    "movups xmm6, [rsp + 96]",
    "movups xmm7, [rsp + 112]",
    "movups xmm8, [rsp + 128]",
    "movups xmm9, [rsp + 144]",
    "movups xmm10, [rsp + 160]",
    "movups xmm11, [rsp + 176]",
    "movups xmm12, [rsp + 192]",
    "movups xmm13, [rsp + 208]",
    "movups xmm14, [rsp + 224]",
    "movups xmm15, [rsp + 240]",
    "add rsp, 264",
    "pop r11",
    "pop r10",
    "pop r9",
    "pop r8",
    "pop rdi",
    "pop rsi",
    "pop rdx",
    "pop rcx",
    "pop rax",
    "pop rbp",
    "ret",
    // As above: leaves MXCSR in the state of the generated code that calls.
    ".hidden emu_tcg_store_mxcsr",
    ".globl emu_tcg_store_mxcsr",
    "emu_tcg_store_mxcsr:",
    "stmxcsr [r15 + {guest_mxcsr}]",
    "ret",
    // As above: makes MXCSR the callbacks'.
    ".hidden emu_tcg_save_flags",
    ".globl emu_tcg_save_flags",
    "emu_tcg_save_flags:",
    "stmxcsr [r15 + {guest_mxcsr}]",
    "mov dword ptr [r15 + {saved}], 1",
    "ret",
    // As above: makes MXCSR the guest's again.
    ".hidden emu_tcg_restore_flags",
    ".globl emu_tcg_restore_flags",
    "emu_tcg_restore_flags:",
    "ldmxcsr [r15 + {guest_mxcsr}]",
    "mov dword ptr [r15 + {saved}], 0",
    "ret",
    // As above: clears the exception flags of MXCSR.
    ".hidden emu_tcg_clear_flags",
    ".globl emu_tcg_clear_flags",
    "emu_tcg_clear_flags:",
    "stmxcsr [r15 + {guest_mxcsr}]",
    // And where the state has MXCSR.
    ".hidden emu_tcg_clear_stored_flags",
    ".globl emu_tcg_clear_stored_flags",
    "emu_tcg_clear_stored_flags:",
    "and dword ptr [r15 + {guest_mxcsr}], {keep}",
    "ldmxcsr [r15 + {guest_mxcsr}]",
    "ret",
    ".popsection",
    soft_fp = sym soft_fp,
    result = const SOFT_FP_RESULT,
    keep = const !MXCSR_FLAGS as i32,
    host_stack = const offset_of!(CpuState, host_stack),
    host_mxcsr = const offset_of!(CpuState, host_mxcsr),
    vectors = const offset_of!(CpuState, fault_vectors),
    guest_mxcsr = const offset_of!(CpuState, guest_mxcsr),
    saved = const offset_of!(CpuState, mxcsr_saved),
    fault = const ReturnCode::Fault as u64,
    hot = const ReturnCode::Hot as u64,
    requested = const ReturnCode::ExitRequested as u64,
    indirect_miss = const ReturnCode::IndirectMiss as u64,
    victim_shift = const VICTIM_SHIFT,
    jump_cache_mask = const JUMP_CACHE_SIZE - 1,
    victims_pc = const offset_of!(CpuState, jump_victims) + offset_of!(JumpCacheEntry, pc),
    victims_code = const offset_of!(CpuState, jump_victims) + offset_of!(JumpCacheEntry, code),
    exit_request = const offset_of!(CpuState, exit_request),
    pc = const offset_of!(CpuState, pc),
    target = const SLOT_TARGET,
);

unsafe extern "C" {
    fn emu_tcg_enter(state: *mut CpuState, entry: usize) -> u64;
    fn emu_tcg_fault_landing();
    fn emu_tcg_unlinked();
    fn emu_tcg_hot();
    fn emu_tcg_requested();
    fn emu_tcg_indirect();
    fn emu_tcg_soft_fp();
    fn emu_tcg_store_mxcsr();
    fn emu_tcg_save_flags();
    fn emu_tcg_restore_flags();
    fn emu_tcg_clear_flags();
    fn emu_tcg_clear_stored_flags();
}

/// Where [`soft_fp_preserving`] leaves its result.
pub(in crate::backend) const SOFT_FP_RESULT: i32 = offset_of!(CpuState, soft_fp_result) as i32;

/// Address of [`soft_fp`] behind a convention that preserves all registers.
pub(in crate::backend) fn soft_fp_preserving() -> usize {
    emu_tcg_soft_fp as *const () as usize
}

/// Address of a function that stores MXCSR in [`CpuState::guest_mxcsr`]; preserves all registers.
pub(in crate::backend) fn store_mxcsr() -> usize {
    emu_tcg_store_mxcsr as *const () as usize
}

/// Address of a function that makes MXCSR `owner`'s, whose it is not; preserves all registers.
pub(in crate::backend) fn change_owner(owner: FlagsOwner) -> usize {
    match owner {
        FlagsOwner::Guest => emu_tcg_restore_flags as *const () as usize,
        FlagsOwner::Callbacks => emu_tcg_save_flags as *const () as usize,
    }
}

/// Address of a function that clears the exception flags of MXCSR; preserves all registers.
pub(in crate::backend) fn clear_flags() -> usize {
    emu_tcg_clear_flags as *const () as usize
}

/// As [`clear_flags`], if [`CpuState::guest_mxcsr`] has MXCSR as it is.
pub(in crate::backend) fn clear_stored_flags() -> usize {
    emu_tcg_clear_stored_flags as *const () as usize
}

/// Where unlinked exits go.
pub(in crate::backend) fn unlinked_stub() -> usize {
    emu_tcg_unlinked as *const () as usize
}

/// Where the fault handler continues.
pub(in crate::backend) fn fault_landing() -> usize {
    emu_tcg_fault_landing as *const () as usize
}

/// MXCSR of a guest whose dynamic rounding mode is `mode` ([`crate::ir::RoundingMode`], 0–3).
fn guest_mxcsr(mode: u64) -> u32 {
    let rounding = match mode {
        1 => 3,
        2 => 1,
        3 => 2,
        _ => 0,
    };
    MXCSR_BASE | rounding << 13
}

/// The guest's accrued flags (NV 16, DZ 8, OF 4, UF 2, NX 1) for those of MXCSR
/// (IE 1, DE 2, ZE 4, OE 8, UE 16, PE 32).
pub(in crate::backend) static GUEST_FLAGS: [u8; MXCSR_FLAGS as usize + 1] = {
    let mut table = [0; MXCSR_FLAGS as usize + 1];
    let mut host = 0;
    while host < table.len() {
        table[host] = (host as u8 & 1) << 4
            | (host as u8 & 4) << 1
            | (host as u8 & 8) >> 1
            | (host as u8 & 16) >> 3
            | (host as u8 & 32) >> 5;
        host += 1;
    }
    table
};

fn guest_flags(mxcsr: u32) -> u64 {
    u64::from(GUEST_FLAGS[(mxcsr & MXCSR_FLAGS) as usize])
}

/// Runs generated code until it comes back; accrues its floating-point flags in the slot
/// `fp_flags`. Returns what the code returned.
///
/// # Safety
/// `state` is a valid vCPU state that nothing else accesses meanwhile, but for its atomics;
/// `entry` is the address of a region that was compiled for its guest.
pub(in crate::backend) unsafe fn enter(
    state: *mut CpuState,
    entry: usize,
    rounding_mode: usize,
    fp_flags: usize,
) -> u64 {
    // SAFETY: the caller guarantees the state, and the assembly keeps to its module's rules.
    unsafe {
        (*state).guest_mxcsr = guest_mxcsr((*state).file[rounding_mode]);
        let code = emu_tcg_enter(state, entry);
        (*state).file[fp_flags] |= guest_flags((*state).guest_mxcsr);
        code
    }
}

/// Called by generated code for floating-point operations that it does not do inline.
///
/// `what` packs opcode, `aux`, rounding-mode slot and flags slot, 8, 8, 16 and 16 bits from bit 0.
pub(in crate::backend) unsafe extern "C" fn soft_fp(
    state: *mut CpuState,
    what: u64,
    a: u64,
    b: u64,
    c: u64,
) -> u64 {
    let code = Opcode::ALL[(what & 0xff) as usize];
    let aux = (what >> 8) as u8;
    let (rounding_mode, fp_flags) = ((what >> 16) as u16, (what >> 32) as u16);
    // SAFETY: generated code passes its own state and slot numbers.
    unsafe {
        let file = &mut (*state).file;
        let (result, flags) =
            crate::backend::fp::evaluate(code, aux, a, b, c, file[usize::from(rounding_mode)]);
        file[usize::from(fp_flags)] |= u64::from(flags);
        result
    }
}
