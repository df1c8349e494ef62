//! What a run left behind, and how two runs differ.

use emu_tcg::guest::riscv64::slots::SLOTS;
use emu_tcg::ir::ExitKind;

use super::program::{Program, SCRATCH};

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A block asked for the execution loop.
    Exit(ExitKind),
    /// A memory access failed.
    Fault {
        /// Guest address.
        address: u64,
        /// The host's signal.
        signal: u32,
    },
    /// By a request, to go on.
    Interrupted,
    /// It ran for too long.
    Hang,
    /// The compiler refused a region.
    Refused,
}

/// Everything a guest or a plugin can see at the end of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Where.
    pub pc: u64,
    /// The slots, by number.
    pub slots: Vec<u64>,
    /// The plugin area.
    pub area: Vec<u64>,
    /// The scratch pages.
    pub memory: Vec<u8>,
}

/// In what two outcomes differ, for people; empty if in nothing that counts.
#[must_use]
pub fn differences(program: &Program, interpreter: &Outcome, compiled: &Outcome) -> Vec<String> {
    let mut list = Vec::new();
    let mut differ = |what: &str, a: &dyn std::fmt::Display, b: &dyn std::fmt::Display| {
        list.push(format!("{what}: {a}, compiled {b}"));
    };
    // Unless asked for, a fault has an exact pc, memory and plugin area, but not registers, nor
    // an address that would have to be computed from them.
    let exact = program.config.precise_faults || !matches!(interpreter.end, End::Fault { .. });
    let same_end = match (interpreter.end, compiled.end) {
        (End::Fault { signal: a, .. }, End::Fault { signal: b, .. }) if !exact => a == b,
        (a, b) => a == b,
    };
    if !same_end {
        differ(
            "end",
            &format_args!("{:x?}", interpreter.end),
            &format_args!("{:x?}", compiled.end),
        );
    }
    if interpreter.pc != compiled.pc {
        differ(
            "pc",
            &format_args!("{:#x}", interpreter.pc),
            &format_args!("{:#x}", compiled.pc),
        );
    }
    if exact {
        for (slot, (a, b)) in SLOTS
            .iter()
            .zip(interpreter.slots.iter().zip(&compiled.slots))
        {
            if a != b {
                differ(slot.name, &format_args!("{a:#x}"), &format_args!("{b:#x}"));
            }
        }
    }
    for (word, (a, b)) in interpreter.area.iter().zip(&compiled.area).enumerate() {
        if a != b {
            differ(
                &format!("plugin word {word}"),
                &format_args!("{a:#x}"),
                &format_args!("{b:#x}"),
            );
        }
    }
    let words = interpreter.memory.chunks(8).zip(compiled.memory.chunks(8));
    for (word, (a, b)) in words.enumerate() {
        if a != b {
            let address = SCRATCH.start + 8 * word as u64;
            differ(
                &format!("memory at {address:#x}"),
                &format_args!("{a:02x?}"),
                &format_args!("{b:02x?}"),
            );
        }
    }
    list
}
