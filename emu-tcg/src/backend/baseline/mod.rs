//! The first compiled tier: host code for one block at a time, straight from its IR.
//!
//! It takes about as long to make as a dozen interpretations of the block, and runs several times
//! as fast as the interpreter. Within a block, variables are held in host registers; between blocks
//! everything is in memory. The code counts its executions and which way its branch goes, so that
//! what is worth it becomes part of a region of the [`cranelift`](super::cranelift) back end.
//!
//! | what | module |
//! |---|---|
//! | host instructions | `assembler` |
//! | which variable is in which register | `registers` |
//! | the frame of a block: counting, exits, code off the straight path | `emit` |
//! | operations | `int`, `memory`, `atomic`, `float`, `call` |
//!
//! Not here: when to compile, what happens when the limit of executions is reached.
//!
//! Invariants:
//! - The contract of generated code ([`code_space`](super::code_space)).
//! - Code that is jumped around assigns no register: what [`registers`](Registers) believes is true
//!   on every path.

mod assembler;
mod atomic;
mod call;
mod emit;
mod float;
mod int;
mod memory;
mod registers;

use std::sync::Arc;

use super::TranslationBlock;
use super::code_space::enter::FlagsOwner;
use super::code_space::fault::{FaultTable, HeldLists, Row, Unit};
use super::code_space::{CodeSpace, EntryPoint, JitError, Site};
use crate::guest::Guest;
use crate::ir::{Block, Var};
use assembler::Assembler;
use emit::Stub;
use memory::Near;
use registers::Registers;

/// What the host can do beyond x86-64's first version.
#[derive(Debug, Clone, Copy)]
struct Features {
    fma: bool,
    sse41: bool,
    lzcnt: bool,
    tzcnt: bool,
    popcnt: bool,
}

/// Compiles blocks; one per thread that does. Reuses its memory from one to the next.
pub struct Compiler {
    guest: &'static dyn Guest,
    features: Features,
    /// The guest's register that is always zero, if it has one.
    zero: Option<Var>,
    /// At a fault all slots are as before the faulting instruction.
    precise_faults: bool,
    asm: Assembler,
    registers: Registers,
    near: Near,
    /// `rbx` holds the memory base.
    base_loaded: bool,
    /// Whose MXCSR is here, if known.
    owner: Option<FlagsOwner>,
    /// The state has MXCSR as it is.
    mxcsr_stored: bool,
    stubs: Vec<Stub>,
    rows: Vec<Row>,
    /// The jumps of the exits, by the addresses of their slots.
    sites: Vec<(u64, Site)>,
    /// Index of the guest instruction in hand.
    insn: u16,
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler")
            .field("guest", &self.guest.name())
            .finish_non_exhaustive()
    }
}

impl Compiler {
    /// A compiler for blocks of `guest`.
    #[must_use]
    pub fn new(guest: &'static dyn Guest) -> Compiler {
        let zero = guest.slots().iter().position(|slot| slot.constant_zero);
        Compiler {
            guest,
            features: Features {
                fma: std::is_x86_feature_detected!("fma"),
                sse41: std::is_x86_feature_detected!("sse4.1"),
                lzcnt: std::is_x86_feature_detected!("lzcnt"),
                tzcnt: std::is_x86_feature_detected!("bmi1"),
                popcnt: std::is_x86_feature_detected!("popcnt"),
            },
            zero: zero.map(|slot| Var::slot(slot as u16)),
            precise_faults: false,
            asm: Assembler::default(),
            registers: Registers::new(),
            near: Near::default(),
            base_loaded: false,
            owner: None,
            mxcsr_stored: false,
            stubs: Vec::new(),
            rows: Vec::new(),
            sites: Vec::new(),
            insn: 0,
        }
    }

    /// Compiles `block`, whose IR is `ir`, into `space`. With `precise_faults`, all slots are at a fault as before the
    /// faulting instruction; else only the program counter and the plugin words are.
    ///
    /// # Errors
    ///
    /// When the code space is full, or the block is one that no verifier would have let pass.
    pub fn compile(
        &mut self,
        space: &CodeSpace,
        block: &Arc<TranslationBlock>,
        ir: &Block,
        precise_faults: bool,
    ) -> Result<EntryPoint, JitError> {
        self.precise_faults = precise_faults;
        let session = space.session()?;
        self.emit(ir, block, &mut |target| space.exit_slot(target))?;
        // Additions are made in memory, where they stand.
        let unit = Unit {
            block: block.clone(),
            owed: Box::default(),
            lags: Box::default(),
        };
        let table = FaultTable::new(self.rows.as_slice(), [unit], HeldLists::default());
        space.publish(self.guest, session, self.asm.code(), &self.sites, table)
    }

    /// The host code of `block`, for display; nothing is published.
    ///
    /// # Errors
    ///
    /// As for [`Compiler::compile`].
    pub fn host_code(&mut self, block: &Arc<TranslationBlock>) -> Result<Vec<u8>, JitError> {
        self.precise_faults = false;
        self.emit(&block.ir(), block, &mut |_| Ok(0))?;
        Ok(self.asm.code().bytes.to_vec())
    }
}
