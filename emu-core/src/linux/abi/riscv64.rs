//! Linux's user ABI on riscv64.

use emu_tcg::guest::riscv64::slots::{FFLAGS, FRM, RESERVATION_ADDRESS, f, x};
use emu_tcg::ir::Var;
use emu_tcg::state::CpuState;

use crate::linux::errno::Errno;
use crate::linux::mm::{GuestSpace, plain_struct};
use crate::linux::signal::{SIGINFO_SIZE, SigInfo, StackDescriptor};

/// For `/proc/cpuinfo`.
pub(crate) const ISA_STRING: &str = "rv64imafdc_zicntr_zicond_zicsr_zifencei_zihpm_zba_zbb_zbs";
/// `AT_HWCAP`: one bit per letter extension.
pub(crate) const HWCAP: u64 =
    letter(b'i') | letter(b'm') | letter(b'a') | letter(b'f') | letter(b'd') | letter(b'c');
/// What `uname` reports.
pub(crate) const MACHINE: &[u8] = b"riscv64";
/// Length of the system call instruction: restarting a call goes back by this.
pub(crate) const SYSCALL_LEN: u64 = 4;
/// Code that calls `rt_sigreturn`: `li a7, 139; ecall`.
pub(crate) const SIGRETURN_CODE: [u32; 2] = [0x08b0_0893, 0x0000_0073];

const RA: u8 = 1;
const SP: u8 = 2;
const TP: u8 = 4;
const A0: u8 = 10;
const A7: u8 = 17;

const fn letter(name: u8) -> u64 {
    1 << (name - b'a')
}

fn get(state: &CpuState, slot: Var) -> u64 {
    state.file[slot.0 as usize]
}

fn set(state: &mut CpuState, slot: Var, value: u64) {
    state.file[slot.0 as usize] = value;
}

/// Sets up the first thread of a program.
pub(crate) fn start(state: &mut CpuState, entry: u64, stack_pointer: u64) {
    for register in 1..32 {
        set(state, x(register), 0);
    }
    set(state, x(SP), stack_pointer);
    set(state, RESERVATION_ADDRESS, u64::MAX);
    state.pc = entry;
}

/// Number of the system call being made.
pub(crate) fn syscall_number(state: &CpuState) -> u64 {
    get(state, x(A7))
}

/// Its arguments.
pub(crate) fn syscall_args(state: &CpuState) -> [u64; 6] {
    std::array::from_fn(|index| get(state, x(A0 + index as u8)))
}

/// Sets its result.
pub(crate) fn set_result(state: &mut CpuState, result: u64) {
    set(state, x(A0), result);
}

/// The stack pointer.
pub(crate) fn stack_pointer(state: &CpuState) -> u64 {
    get(state, x(SP))
}

/// Sets the stack pointer, for a new thread.
pub(crate) fn set_stack_pointer(state: &mut CpuState, value: u64) {
    set(state, x(SP), value);
}

/// Sets the thread pointer, for a new thread.
pub(crate) fn set_thread_pointer(state: &mut CpuState, value: u64) {
    set(state, x(TP), value);
}

plain_struct! {
    /// `struct rt_sigframe`, as `arch/riscv` lays it out.
    struct SignalFrame {
        info: SigInfo,
        flags: u64,
        link: u64,
        stack: StackDescriptor,
        mask: u64,
        mask_reserved: [u64; 15],
        alignment: u64,
        pc: u64,
        registers: [u64; 31],
        float_registers: [u64; 32],
        fcsr: u32,
        float_reserved: [u32; 67],
    }
}

const FRAME_SIZE: u64 = size_of::<SignalFrame>() as u64;
const _: () = assert!(FRAME_SIZE == 1088);
/// Offset of `struct ucontext` in the frame.
const CONTEXT_OFFSET: u64 = SIGINFO_SIZE as u64;

/// A handler to enter.
pub(crate) struct HandlerCall {
    /// The signal.
    pub(crate) signal: i32,
    /// What the handler's second argument points to.
    pub(crate) info: SigInfo,
    /// The handler.
    pub(crate) handler: u64,
    /// Where it returns to.
    pub(crate) trampoline: u64,
    /// Top of the stack to run it on; the current stack pointer, or an alternate stack's end.
    pub(crate) stack_top: u64,
    /// To be restored when it returns.
    pub(crate) saved_mask: u64,
    /// To be restored when it returns.
    pub(crate) saved_stack: StackDescriptor,
}

/// Saves the state in a frame on the handler's stack and enters the handler.
pub(crate) fn enter_handler(
    state: &mut CpuState,
    space: &GuestSpace,
    call: &HandlerCall,
) -> Result<(), Errno> {
    let frame = SignalFrame {
        info: call.info,
        flags: 0,
        link: 0,
        stack: call.saved_stack,
        mask: call.saved_mask,
        mask_reserved: [0; 15],
        alignment: 0,
        pc: state.pc,
        registers: std::array::from_fn(|index| get(state, x(index as u8 + 1))),
        float_registers: std::array::from_fn(|index| get(state, f(index as u8))),
        fcsr: (get(state, FRM) << 5 | get(state, FFLAGS)) as u32,
        float_reserved: [0; 67],
    };
    let address = call.stack_top.wrapping_sub(FRAME_SIZE) & !15;
    space.write(address, &frame)?;
    set(state, x(RA), call.trampoline);
    set(state, x(SP), address);
    set(state, x(A0), call.signal as u64);
    set(state, x(A0 + 1), address);
    set(state, x(A0 + 2), address + CONTEXT_OFFSET);
    set(state, RESERVATION_ADDRESS, u64::MAX);
    state.pc = call.handler;
    Ok(())
}

/// What a returning handler restores besides registers.
pub(crate) struct Restored {
    pub(crate) mask: u64,
    pub(crate) stack: StackDescriptor,
}

/// Restores the state from the frame at the stack pointer.
pub(crate) fn leave_handler(state: &mut CpuState, space: &GuestSpace) -> Result<Restored, Errno> {
    let frame: SignalFrame = space.read(stack_pointer(state))?;
    state.pc = frame.pc & !1;
    for (index, &value) in frame.registers.iter().enumerate() {
        set(state, x(index as u8 + 1), value);
    }
    for (index, &value) in frame.float_registers.iter().enumerate() {
        set(state, f(index as u8), value);
    }
    set(state, FRM, u64::from(frame.fcsr >> 5 & 7));
    set(state, FFLAGS, u64::from(frame.fcsr & 0x1f));
    set(state, RESERVATION_ADDRESS, u64::MAX);
    Ok(Restored {
        mask: frame.mask,
        stack: frame.stack,
    })
}

/// Keys and values of `riscv_hwprobe` that programs ask for.
pub(crate) fn hardware_probe(key: i64) -> Option<u64> {
    /// Extensions beyond the base: F and D, C, Zba, Zbb, Zbs, Zicond.
    const EXTENSIONS: u64 = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 35;
    Some(match key {
        // Vendor, architecture and implementation of the hart: none of the known.
        0..=2 => 0,
        // Base behaviour: I, M, A.
        3 => 1,
        4 => EXTENSIONS,
        // Misaligned accesses are fast.
        5 | 9 => 3,
        // Block size of cbo.zero: not there.
        6 => 0,
        // Highest user address.
        7 => (1 << emu_tcg::memory::ADDRESS_BITS) - 4096 - 1,
        // Frequency of the time counter.
        8 => 1_000_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use emu_tcg::state::CpuBox;

    use super::*;
    use crate::linux::mm::{Layout, MemoryMap, Placement, Protection, Source};

    #[test]
    fn a_handler_sees_its_arguments_and_its_return_restores_everything() {
        let memory = MemoryMap::new(Layout::new(0)).expect("address space");
        let protection = Protection {
            read: true,
            write: true,
            execute: false,
        };
        let page = memory
            .map(
                Placement::Fixed(0x10_0000),
                0x1000,
                protection,
                libc::MAP_PRIVATE,
                Source::Anonymous,
            )
            .expect("a free page");
        let mut state = CpuBox::new(0);
        start(&mut state, 0x1234, page + 0x1000 - 8);
        for register in 3..32 {
            set(&mut state, x(register), 0x100 + u64::from(register));
            set(&mut state, f(register), 0x200 + u64::from(register));
        }
        set(&mut state, FRM, 3);
        set(&mut state, FFLAGS, 0x11);
        let before = state.file;
        let call = HandlerCall {
            signal: 10,
            info: SigInfo { words: [7; 16] },
            handler: 0x5678,
            trampoline: 0x9abc,
            stack_top: stack_pointer(&state),
            saved_mask: 0x55,
            saved_stack: StackDescriptor {
                address: 1,
                flags: 2,
                reserved: 0,
                size: 3,
            },
        };
        enter_handler(&mut state, &memory.space, &call).expect("stack is writable");
        let sp = stack_pointer(&state);
        assert_eq!((state.pc, get(&state, x(RA)), sp % 16), (0x5678, 0x9abc, 0));
        assert_eq!(syscall_args(&state)[..3], [10, sp, sp + 128]);
        // Where a handler finds the interrupted pc, sp and fcsr, by Linux's own offsets.
        let word = |offset: u64| memory.space.read::<u64>(sp + offset).expect("in the frame");
        assert_eq!(
            (word(0), word(128 + 40), word(128 + 176)),
            (7, 0x55, 0x1234)
        );
        assert_eq!(word(128 + 176 + 16), page + 0x1000 - 8);
        assert_eq!(word(128 + 176 + 512) as u32, 3 << 5 | 0x11);

        state.file = [0xdead; 512];
        set_stack_pointer(&mut state, sp);
        let restored = leave_handler(&mut state, &memory.space).expect("frame is readable");
        assert_eq!(
            (restored.mask, restored.stack.size, state.pc),
            (0x55, 3, 0x1234)
        );
        assert_eq!(state.file[1..66], before[1..66]);
    }
}
