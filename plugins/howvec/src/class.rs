//! Classes of RISC-V instructions, told by what the emulator says of an instruction and by its
//! mnemonic.
//!
//! An instruction set without rows here still falls into classes by its memory accesses and
//! control flow.

use emu_plugin_sdk::{Insn, Plugin, PluginValue};

/// A class of instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PluginValue)]
pub(crate) enum Class {
    Alu,
    Multiply,
    Load,
    Store,
    Atomic,
    Branch,
    Jump,
    Call,
    Return,
    Float,
    Vector,
    System,
    Fence,
}

impl Class {
    /// All of them; those that are often in one block are neighbours, since additions to two
    /// neighbouring counters cost as much as to one.
    pub(crate) const ALL: [Class; 13] = [
        Class::Alu,
        Class::Branch,
        Class::Load,
        Class::Store,
        Class::Float,
        Class::Multiply,
        Class::Call,
        Class::Return,
        Class::Jump,
        Class::Atomic,
        Class::Vector,
        Class::System,
        Class::Fence,
    ];

    /// The class of an instruction.
    pub(crate) fn of<P: Plugin>(insn: &Insn<'_, P>) -> Class {
        // What the emulator knows goes before what a mnemonic suggests.
        if insn.is_syscall() {
            return Class::System;
        }
        if insn.is_call() {
            return Class::Call;
        }
        if insn.is_return() {
            return Class::Return;
        }
        Class::of_mnemonic(insn.mnemonic()).unwrap_or(match () {
            () if insn.is_branch() => Class::Jump,
            () if insn.writes_memory() => Class::Store,
            () if insn.reads_memory() => Class::Load,
            () => Class::Alu,
        })
    }

    /// The class of a mnemonic, if its name alone says so.
    fn of_mnemonic(mnemonic: &str) -> Option<Class> {
        let base = mnemonic.strip_prefix("c.").unwrap_or(mnemonic);
        let stem = base.split('.').next().unwrap_or(base);
        Some(match stem {
            "beq" | "bne" | "blt" | "bge" | "bltu" | "bgeu" | "beqz" | "bnez" => Class::Branch,
            "jal" | "jalr" | "j" | "jr" => Class::Jump,
            "ecall" | "ebreak" | "mret" | "sret" | "wfi" | "csrrw" | "csrrs" | "csrrc"
            | "csrrwi" | "csrrsi" | "csrrci" => Class::System,
            "fence" => Class::Fence,
            "mul" | "mulh" | "mulhu" | "mulhsu" | "mulw" | "div" | "divu" | "divw" | "divuw"
            | "rem" | "remu" | "remw" | "remuw" => Class::Multiply,
            "lr" | "sc" => Class::Atomic,
            "flh" | "flw" | "fld" | "flq" | "flwsp" | "fldsp" => Class::Load,
            "fsh" | "fsw" | "fsd" | "fsq" | "fswsp" | "fsdsp" => Class::Store,
            stem if stem.starts_with("amo") => Class::Atomic,
            stem if stem.starts_with('f') => Class::Float,
            stem if stem.starts_with('v') => Class::Vector,
            _ => return None,
        })
    }

    /// The name shown.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Class::Alu => "integer arithmetic",
            Class::Multiply => "multiply and divide",
            Class::Load => "load",
            Class::Store => "store",
            Class::Atomic => "atomic",
            Class::Branch => "conditional branch",
            Class::Jump => "jump",
            Class::Call => "call",
            Class::Return => "return",
            Class::Float => "floating point",
            Class::Vector => "vector",
            Class::System => "system",
            Class::Fence => "fence",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Class;

    #[test]
    fn mnemonics_that_say_their_class() {
        let table = [
            ("beq", Some(Class::Branch)),
            ("c.bnez", Some(Class::Branch)),
            ("c.j", Some(Class::Jump)),
            ("mulhsu", Some(Class::Multiply)),
            ("amoadd.w", Some(Class::Atomic)),
            ("lr.d", Some(Class::Atomic)),
            ("fld", Some(Class::Load)),
            ("c.fsdsp", Some(Class::Store)),
            ("fmadd.d", Some(Class::Float)),
            ("fence.i", Some(Class::Fence)),
            ("csrrw", Some(Class::System)),
            ("addi", None),
            ("ld", None),
        ];
        for (mnemonic, class) in table {
            assert_eq!(Class::of_mnemonic(mnemonic), class, "{mnemonic}");
        }
    }
}
