//! A guest that exists for these tests: a few slots and one helper, no instruction set.

use emu_tcg::guest::{
    DecodedBlock, DecodedInsn, Fetch, Guest, HelperDesc, SlotClass, SlotDesc, SpecialSlots,
};
use emu_tcg::ir::{self, ExitKind, Terminator, Var};
use emu_tcg::probe::Probes;
use emu_tcg::state::CpuState;

/// Slots: `zero`, `r1`–`r15`, `f0`–`f3`, then the special ones.
pub(crate) struct TestGuest;

/// The only one.
pub(crate) static GUEST: TestGuest = TestGuest;

const fn int(name: &'static str) -> SlotDesc {
    SlotDesc {
        name,
        class: SlotClass::Int,
        constant_zero: false,
    }
}

const fn float(name: &'static str) -> SlotDesc {
    SlotDesc {
        name,
        class: SlotClass::Float,
        constant_zero: false,
    }
}

#[rustfmt::skip]
const SLOTS: &[SlotDesc] = &[
    SlotDesc { name: "zero", class: SlotClass::Int, constant_zero: true },
    int("r1"), int("r2"), int("r3"), int("r4"), int("r5"), int("r6"), int("r7"), int("r8"),
    int("r9"), int("r10"), int("r11"), int("r12"), int("r13"), int("r14"), int("r15"),
    float("f0"), float("f1"), float("f2"), float("f3"),
    int("frm"), int("fflags"), int("reservation_address"), int("reservation_value"),
];

const R15: Var = Var::slot(15);

/// `r15` becomes `a`; the result is its old value plus `b`.
unsafe extern "C" fn swap_r15(state: *mut CpuState, a: u64, b: u64) -> u64 {
    // SAFETY: called by a back end with a valid state.
    let slot = unsafe { &mut (*state).file[usize::from(R15.0)] };
    std::mem::replace(slot, a).wrapping_add(b)
}

impl Guest for TestGuest {
    fn name(&self) -> &'static str {
        "test"
    }

    fn slots(&self) -> &'static [SlotDesc] {
        SLOTS
    }

    fn special_slots(&self) -> SpecialSlots {
        SpecialSlots {
            rounding_mode: Var::slot(20),
            fp_flags: Var::slot(21),
            reservation_address: Var::slot(22),
            reservation_value: Var::slot(23),
        }
    }

    fn helpers(&self) -> &'static [HelperDesc] {
        const {
            &[HelperDesc {
                name: "swap_r15",
                function: swap_r15,
                reads: &[R15],
                writes: &[R15],
            }]
        }
    }

    fn decode_block(&self, _: &dyn Fetch, pc: u64, mode: u32, _: usize) -> DecodedBlock {
        DecodedBlock {
            pc,
            mode,
            insns: Vec::new(),
            fetch_fault: true,
        }
    }

    fn translate(&self, block: &DecodedBlock, probes: Probes) -> ir::Block {
        let exit = Terminator::Exit {
            kind: ExitKind::FetchFault,
            pc: block.pc,
        };
        ir::Builder::new(block, probes).finish(exit)
    }

    fn mnemonic(&self, _: &DecodedInsn) -> &'static str {
        "unknown"
    }

    fn mode(&self, _: &CpuState) -> u32 {
        0
    }
}
