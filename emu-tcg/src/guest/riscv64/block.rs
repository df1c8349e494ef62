//! Pass 1: decodes a block to its end.
//!
//! A block ends
//! - behind a branch, jump, environment call, breakpoint or `fence.i`,
//! - behind a write to a CSR that the translation mode depends on,
//! - behind an instruction that is unknown, or illegal in this mode,
//! - at the end of the 4 KiB page it starts in (only its last instruction may reach into the
//!   next one),
//! - at the size limit, and where nothing more can be fetched.

use crate::guest::{DecodedBlock, DecodedInsn, Fetch, MemoryUse, Transfer};

use super::decode::operands::Format;
use super::decode::{ROWS, Row, UNKNOWN, is_long, lookup};
use super::semantics::{control, csr, float};

const PAGE_SIZE: u64 = 4096;

/// Decodes from `pc` on. See the module's documentation.
pub(super) fn decode_block(
    fetch: &dyn Fetch,
    pc: u64,
    mode: u32,
    max_insns: usize,
) -> DecodedBlock {
    let mut block = DecodedBlock {
        pc,
        mode,
        insns: Vec::with_capacity(16),
        fetch_fault: false,
    };
    let mut at = pc;
    while block.insns.len() < max_insns && at / PAGE_SIZE == pc / PAGE_SIZE {
        let Some((bits, len)) = fetch_insn(fetch, at) else {
            block.fetch_fault = block.insns.is_empty();
            break;
        };
        let row = lookup(bits);
        let (memory, ends) = match ROWS.get(usize::from(row)) {
            Some(row) => (row.memory, ends_block(row, bits, mode)),
            None => (MemoryUse::None, true),
        };
        block.insns.push(DecodedInsn {
            pc: at,
            bits,
            len,
            row,
            memory,
        });
        if ends {
            break;
        }
        at = at.wrapping_add(u64::from(len));
    }
    block
}

fn ends_block(row: &Row, bits: u32, mode: u32) -> bool {
    match row.format {
        Format::Rm => float::rounding(row.format.operands(bits).funct3, mode).is_none(),
        Format::Csr => csr::ends_block(&row.format.operands(bits)),
        _ => row.ends,
    }
}

/// The instruction at `pc` and its length.
fn fetch_insn(fetch: &dyn Fetch, pc: u64) -> Option<(u32, u8)> {
    let mut bytes = [0; 4];
    // Mostly one call is enough. Only where that fails, or would touch the next page for an
    // instruction that may not reach there, the halves are fetched one by one.
    let whole = pc % PAGE_SIZE <= PAGE_SIZE - 4 && fetch.fetch(pc, &mut bytes);
    if !whole && !fetch.fetch(pc, &mut bytes[..2]) {
        return None;
    }
    let first = u16::from_le_bytes([bytes[0], bytes[1]]);
    if !is_long(first) {
        return Some((u32::from(first), 2));
    }
    if !whole && !fetch.fetch(pc.wrapping_add(2), &mut bytes[2..]) {
        return None;
    }
    Some((u32::from_le_bytes(bytes), 4))
}

/// Name of a decoded instruction.
pub(super) fn mnemonic(insn: &DecodedInsn) -> &'static str {
    debug_assert!(insn.row == UNKNOWN || usize::from(insn.row) < ROWS.len());
    ROWS.get(usize::from(insn.row))
        .map_or("unknown", |row| row.mnemonic)
}

/// How a decoded instruction hands on control.
pub(super) fn transfer(insn: &DecodedInsn) -> Transfer {
    let Some(row) = ROWS.get(usize::from(insn.row)) else {
        return Transfer::None;
    };
    let operands = row.format.operands(insn.bits);
    match row.mnemonic {
        "ecall" => Transfer::Syscall,
        "jal" | "c.j" => control::transfer_of_jump(operands.rd, None),
        "jalr" | "c.jr" | "c.jalr" => control::transfer_of_jump(operands.rd, Some(operands.rs1)),
        _ if matches!(row.format, Format::B | Format::Cb) && row.ends => Transfer::Branch,
        _ => Transfer::None,
    }
}
