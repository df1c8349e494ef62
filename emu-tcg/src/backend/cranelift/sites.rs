//! Which guest instruction a host instruction of a region belongs to.
//!
//! The compiler marks each instruction that may fault with a source location and a trap code, both
//! made from the *site*: the running number of the guest instruction in the region. The trap code
//! alone is too small for the number, and the source location alone may be that of a later
//! instruction, since Cranelift folds a load into the instruction that uses its value; together they
//! determine the site.

use cranelift_codegen::CompiledCode;
use cranelift_codegen::ir::{SourceLoc, TrapCode};

use crate::backend::code_space::fault::{FaultKind, Row};

/// How many sites in a row have distinct trap codes of one kind. Far more than the number of
/// guest instructions between a load and an instruction it can be folded into.
const SITE_MODULUS: u32 = 80;

/// The trap code of a host instruction at `site`.
pub(super) fn trap_code(site: u32, kind: FaultKind) -> TrapCode {
    TrapCode::unwrap_user((kind as u32 * SITE_MODULUS + site % SITE_MODULUS + 1) as u8)
}

/// The source location of what is compiled for `site`.
pub(super) fn source_location(site: u32) -> SourceLoc {
    SourceLoc::new(site)
}

fn decode(location: u32, code: TrapCode) -> Option<(u32, FaultKind)> {
    let code = u32::from(code.as_raw().get()) - 1;
    let kind = match code / SITE_MODULUS {
        0 => FaultKind::HostFault,
        1 => FaultKind::WildAddress,
        2 => FaultKind::Misaligned,
        _ => return None,
    };
    let behind = (location % SITE_MODULUS + SITE_MODULUS - code % SITE_MODULUS) % SITE_MODULUS;
    Some((location.checked_sub(behind)?, kind))
}

/// The rows of a compiled region's fault table; `sites` are node and instruction by site.
pub(super) fn rows(compiled: &CompiledCode, sites: &[(u16, u16)]) -> Vec<Row> {
    let locations = compiled.buffer.get_srclocs_sorted();
    let row = |trap: &cranelift_codegen::MachTrap| {
        let after = locations.partition_point(|range| range.start <= trap.offset);
        let location = locations[..after].last()?.loc;
        let (site, kind) = decode(location.bits(), trap.code)?;
        let &(unit, insn) = sites.get(site as usize)?;
        Some(Row {
            offset: trap.offset,
            unit,
            insn,
            kind,
        })
    };
    let mut rows: Vec<Row> = compiled.buffer.traps().iter().filter_map(row).collect();
    rows.sort_by_key(|row| row.offset);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_found_from_the_location_of_a_later_instruction() {
        for site in [0, 1, 79, 80, 500, 4321] {
            for distance in [0, 1, 7, 79] {
                for kind in [
                    FaultKind::HostFault,
                    FaultKind::WildAddress,
                    FaultKind::Misaligned,
                ] {
                    assert_eq!(
                        decode(site + distance, trap_code(site, kind)),
                        Some((site, kind))
                    );
                }
            }
        }
    }
}
