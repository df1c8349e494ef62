//! Which guest slot or temp is in which host register, within one block.
//!
//! A register holds at most one variable, and a variable is in at most one register. What is
//! *dirty* differs from memory; it is stored by [`Registers::flush`], when its register is needed for
//! another, or never, if it is overwritten first or is a temp that nothing reads any more.
//!
//! Invariant: a register that the operation in hand has asked for stays until
//! [`Registers::next_op`].

use super::assembler::{Assembler, Extend, Mem, Reg};
use crate::backend::var_offset;
use crate::ir::{Block, Terminator, Var};
use crate::state::{SLOT_CAPACITY, TEMP_CAPACITY};

/// The registers that hold variables. The others are `rbx` (memory base), `r15` (state), the stack
/// pointer, and those that operations use as they please: `rax`, `rcx`, `rdx` and `rdi`.
const CACHE: [Reg; 9] = [
    Reg::Rbp,
    Reg::R12,
    Reg::R13,
    Reg::R14,
    Reg::Rsi,
    Reg::R8,
    Reg::R9,
    Reg::R10,
    Reg::R11,
];
/// The first this many of `CACHE` are preserved by the functions that are called.
const PRESERVED: usize = 4;

const FILE: usize = SLOT_CAPACITY + TEMP_CAPACITY;
/// "In no register" and "never read".
const NONE: u8 = u8::MAX;

#[derive(Debug, Clone, Copy)]
struct Entry {
    var: Option<Var>,
    dirty: bool,
    /// Number of the operation that used it last.
    used: u32,
}

const EMPTY: Entry = Entry {
    var: None,
    dirty: false,
    used: 0,
};

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Registers {
    entries: [Entry; CACHE.len()],
    /// Index in `entries` of each variable.
    places: [u8; FILE],
    /// Number of the operation in hand, from 1.
    now: u32,
    /// By temp: number of the operation that reads it last.
    last_reads: [u32; TEMP_CAPACITY],
}

/// Address of a variable in the state.
pub(super) fn home(var: Var) -> Mem {
    Mem::at(Reg::R15, var_offset(var))
}

impl Registers {
    pub(super) fn new() -> Registers {
        Registers {
            entries: [EMPTY; CACHE.len()],
            places: [NONE; FILE],
            now: 0,
            last_reads: [0; TEMP_CAPACITY],
        }
    }

    /// Everything is in memory, as at a block's start.
    pub(super) fn start(&mut self, block: &Block) {
        self.forget_all();
        self.now = 0;
        self.last_reads[..usize::from(block.temp_count)].fill(0);
        for (op, number) in block.ops.iter().zip(1..) {
            for var in [op.a, op.b, op.c] {
                self.note_read(var, number);
            }
        }
        let end = block.ops.len() as u32 + 1;
        match block.terminator {
            Terminator::Branch { a, b, .. } => {
                self.note_read(a, end);
                self.note_read(b, end);
            }
            Terminator::Indirect { target, .. } => self.note_read(target, end),
            Terminator::Jump { .. } | Terminator::Exit { .. } => {}
        }
    }

    fn note_read(&mut self, var: Var, number: u32) {
        if let Some(temp) = var.as_temp() {
            self.last_reads[usize::from(temp)] = number;
        }
    }

    /// The next operation (or the terminator) is in hand.
    pub(super) fn next_op(&mut self) {
        self.now += 1;
    }

    /// A register that holds `var`.
    pub(super) fn read(&mut self, asm: &mut Assembler, var: Var) -> Reg {
        let place = self.places[usize::from(var.0)];
        if place != NONE {
            let place = usize::from(place);
            self.entries[place].used = self.now;
            return CACHE[place];
        }
        let place = self.take(asm);
        self.put(place, var, false);
        asm.load(Extend::None, CACHE[place], home(var));
        CACHE[place]
    }

    /// The register to put the new value of `var` into. It may still hold the old one, and be an
    /// operand's.
    pub(super) fn write(&mut self, asm: &mut Assembler, var: Var) -> Reg {
        let place = match self.places[usize::from(var.0)] {
            NONE => self.take(asm),
            place => usize::from(place),
        };
        self.put(place, var, true);
        CACHE[place]
    }

    fn put(&mut self, place: usize, var: Var, dirty: bool) {
        self.entries[place] = Entry {
            var: Some(var),
            dirty,
            used: self.now,
        };
        self.places[usize::from(var.0)] = place as u8;
    }

    /// Whether a temp's value is of no use behind the operation in hand.
    fn is_dead(&self, var: Var) -> bool {
        var.as_temp()
            .is_some_and(|temp| self.last_reads[usize::from(temp)] < self.now)
    }

    /// Frees a register that the operation in hand has not asked for.
    fn take(&mut self, asm: &mut Assembler) -> usize {
        let age = |entry: &Entry| match entry.var {
            None => 0,
            Some(var) if self.is_dead(var) => 0,
            Some(_) => entry.used + 1,
        };
        // There are more registers than operands.
        let place = (0..CACHE.len())
            .min_by_key(|&place| age(&self.entries[place]))
            .unwrap_or(0);
        self.release(asm, place);
        place
    }

    /// Empties a register.
    fn release(&mut self, asm: &mut Assembler, place: usize) {
        let entry = std::mem::replace(&mut self.entries[place], EMPTY);
        if let Some(var) = entry.var {
            if entry.dirty && !self.is_dead(var) {
                asm.store(8, home(var), CACHE[place]);
            }
            self.places[usize::from(var.0)] = NONE;
        }
    }

    /// Stores all dirty slots; they stay in their registers.
    pub(super) fn flush(&mut self, asm: &mut Assembler) {
        for (entry, reg) in self.entries.iter_mut().zip(CACHE) {
            if let Some(var) = entry.var
                && entry.dirty
                && var.as_slot().is_some()
            {
                asm.store(8, home(var), reg);
                entry.dirty = false;
            }
        }
    }

    /// Before a call of a function that touches no slot: empties the registers it clobbers.
    pub(super) fn spill_clobbered(&mut self, asm: &mut Assembler) {
        for place in PRESERVED..CACHE.len() {
            self.release(asm, place);
        }
    }

    /// Before a call of a function that may read and write slots: empties all registers.
    pub(super) fn spill_all(&mut self, asm: &mut Assembler) {
        for place in 0..CACHE.len() {
            self.release(asm, place);
        }
    }

    /// Memory holds the truth.
    fn forget_all(&mut self) {
        for entry in &mut self.entries {
            if let Some(var) = entry.var.take() {
                self.places[usize::from(var.0)] = NONE;
            }
            entry.dirty = false;
        }
    }
}
