//! Which guest instruction a host instruction of a region belongs to.
//!
//! The compiler marks each instruction that may fault with a source location and a trap code, both
//! made from the *site*: the running number of the guest instruction in the region. The trap code
//! alone is too small for the number, and the source location alone may be that of a later
//! instruction, since Cranelift folds a load into the instruction that uses its value; together they
//! determine the site.

use cranelift_codegen::CompiledCode;
use cranelift_codegen::ir::{SourceLoc, TrapCode};
use rustc_hash::FxHashMap;

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

/// The rows of a compiled region's fault table; `sites` are unit and instruction by site, and `accesses` says how many host
/// instructions of one may fault alike.
///
/// An instruction that Cranelift has made of others has no location. If a load is folded into it, the load's site is the
/// only one with that trap code that has fewer rows otherwise than accesses; `None` if there are several.
pub(super) fn rows(
    compiled: &CompiledCode,
    sites: &[(u16, u16)],
    accesses: impl Fn(u16, u16) -> usize,
) -> Option<Vec<Row>> {
    let locations = compiled.buffer.get_srclocs_sorted();
    let mut rows = Vec::new();
    let mut placed: FxHashMap<(u32, FaultKind), usize> = FxHashMap::default();
    let mut unplaced = Vec::new();
    for trap in compiled.buffer.traps() {
        let after = locations.partition_point(|range| range.start <= trap.offset);
        let Some(range) = locations[..after].last() else {
            continue;
        };
        if range.loc.is_default() {
            unplaced.push(trap);
        } else if let Some((site, kind)) = decode(range.loc.bits(), trap.code)
            && let Some(&(unit, insn)) = sites.get(site as usize)
        {
            *placed.entry((site, kind)).or_default() += 1;
            rows.push(Row {
                offset: trap.offset,
                unit,
                insn,
                kind,
                held: 0,
            });
        }
    }
    for trap in unplaced {
        // Sites and locations are equal modulo the same number.
        let Some((residue, kind)) = decode(SITE_MODULUS - 1, trap.code) else {
            continue;
        };
        let candidates = (residue..sites.len() as u32).step_by(SITE_MODULUS as usize);
        let is_free = |&site: &u32| {
            let (unit, insn) = sites[site as usize];
            placed.get(&(site, kind)).copied().unwrap_or(0) < accesses(unit, insn)
        };
        let site = only(candidates.filter(is_free))?;
        *placed.entry((site, kind)).or_default() += 1;
        let (unit, insn) = sites[site as usize];
        rows.push(Row {
            offset: trap.offset,
            unit,
            insn,
            kind,
            held: 0,
        });
    }
    rows.sort_by_key(|row| row.offset);
    Some(rows)
}

/// The only item.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next();
    first.filter(|_| items.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trap_code_alone_tells_the_site_but_for_a_multiple() {
        for site in 0..SITE_MODULUS {
            let code = trap_code(site + 3 * SITE_MODULUS, FaultKind::HostFault);
            let decoded = decode(SITE_MODULUS - 1, code);
            assert_eq!(decoded, Some((site, FaultKind::HostFault)));
        }
        assert_eq!([only(0..0), only(7..8), only(7..9)], [None, Some(7), None]);
    }

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
