//! Blocks and system calls as plugins see them.

use abi_stable::std_types::RStr;
use emu_plugin_sdk::abi::{
    ACCESS_READ, ACCESS_WRITE, BlockView, INSN_BRANCH, INSN_CALL, INSN_RETURN, INSN_SYSCALL,
    InsnView, SyscallView,
};
use emu_tcg::guest::{DecodedBlock, DecodedInsn, Guest, MemoryUse, Transfer};

use crate::environment::SyscallRecord;

/// The instructions of a block, for [`block`].
pub(super) fn insns(block: &DecodedBlock, guest: &dyn Guest) -> Vec<InsnView<'static>> {
    block.insns.iter().map(|insn| view(insn, guest)).collect()
}

fn view(insn: &DecodedInsn, guest: &dyn Guest) -> InsnView<'static> {
    let accesses = match insn.memory {
        MemoryUse::None => 0,
        MemoryUse::Read => ACCESS_READ,
        MemoryUse::Write => ACCESS_WRITE,
        MemoryUse::ReadWrite => ACCESS_READ | ACCESS_WRITE,
    };
    InsnView {
        size: size_of::<InsnView<'_>>() as u32,
        bits: insn.bits,
        pc: insn.pc,
        mnemonic: guest.mnemonic(insn).into(),
        flags: match guest.transfer(insn) {
            Transfer::None => 0,
            Transfer::Branch => INSN_BRANCH,
            Transfer::Call => INSN_CALL,
            Transfer::Return => INSN_RETURN,
            Transfer::Syscall => INSN_SYSCALL,
        },
        length: insn.len,
        accesses: accesses as u8,
        reserved: 0,
    }
}

/// A block of these instructions.
pub(super) fn block<'a>(block: &DecodedBlock, insns: &'a [InsnView<'a>]) -> BlockView<'a> {
    BlockView {
        size: size_of::<BlockView<'_>>() as u32,
        flags: 0,
        pc: block.pc,
        insns: insns.as_ptr(),
        insn_count: insns.len() as u32,
        insn_stride: size_of::<InsnView<'_>>() as u32,
    }
}

/// The texts of a system call; made once for all plugins that see it.
pub(super) struct SyscallTexts {
    arguments: String,
    error: String,
}

impl SyscallTexts {
    /// Reads guest memory. At the entry there is no result.
    pub(super) fn new(call: &SyscallRecord<'_>, result: Option<i64>) -> SyscallTexts {
        SyscallTexts {
            arguments: call.text.arguments(result),
            error: result.map_or_else(String::new, |result| error_name(call, result)),
        }
    }

    /// What plugins see.
    pub(super) fn view<'a>(
        &'a self,
        vcpu: u32,
        pc: u64,
        call: &SyscallRecord<'_>,
        result: Option<i64>,
    ) -> SyscallView<'a> {
        SyscallView {
            size: size_of::<SyscallView<'_>>() as u32,
            vcpu,
            pc,
            number: call.number,
            arguments: call.args,
            name: match call.name {
                "unknown" => RStr::from(""),
                name => name.into(),
            },
            text: self.arguments.as_str().into(),
            result: result.unwrap_or(0),
            error: self.error.as_str().into(),
        }
    }
}

/// The name of the error in a result, as its text has it: `-1 ENOENT (No such file…)`.
fn error_name(call: &SyscallRecord<'_>, result: i64) -> String {
    if !(-4095..0).contains(&result) {
        return String::new();
    }
    let text = call.text.result(result);
    let is_name = |word: &&str| {
        word.starts_with('E')
            && word
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    text.split_whitespace()
        .find(is_name)
        .map_or_else(|| format!("error {}", -result), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::SyscallText;

    struct Text(&'static str);

    impl SyscallText for Text {
        fn arguments(&self, result: Option<i64>) -> String {
            format!("{result:?}")
        }

        fn result(&self, _: i64) -> String {
            self.0.to_owned()
        }
    }

    #[test]
    fn errors_have_names_and_values_have_not() {
        for (result, text, expected) in [
            (Some(-2), "-1 ENOENT (No such file or directory)", "ENOENT"),
            (Some(-7), "-1 E2BIG (Argument list too long)", "E2BIG"),
            (Some(-4000), "-4000", "error 4000"),
            (Some(3), "3", ""),
            (Some(-4096), "0xfffffffffffff000", ""),
            (None, "ENOENT", ""),
        ] {
            let text = Text(text);
            let call = SyscallRecord {
                number: 56,
                name: "unknown",
                args: [1, 2, 3, 4, 5, 6],
                text: &text,
            };
            let texts = SyscallTexts::new(&call, result);
            let view = texts.view(7, 0x1000, &call, result);
            assert_eq!(view.error.as_str(), expected);
            assert_eq!(view.name.as_str(), "");
            assert_eq!(view.text.as_str(), format!("{result:?}"));
            assert_eq!((view.vcpu, view.pc, view.number), (7, 0x1000, 56));
            assert_eq!(view.result, result.unwrap_or(0));
        }
    }
}
