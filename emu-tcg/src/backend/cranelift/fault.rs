//! Which guest instruction a host instruction of generated code belongs to.
//!
//! One table per region, of the host instructions that may fault. The compiler marks each
//! with a source location and a trap code, both made from the *site*: the running number of
//! the guest instruction in the region. The trap code alone is too small for the number, and
//! the source location alone may be that of a later instruction, since Cranelift folds a load
//! into the instruction that uses its value; together they determine the site.

use std::sync::Arc;

use cranelift_codegen::CompiledCode;
use cranelift_codegen::ir::{SourceLoc, TrapCode};

use crate::backend::TranslationBlock;

/// Why a host instruction of generated code faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The host access itself: what the host's signal says.
    HostFault,
    /// The guest address is outside of guest user space.
    WildAddress,
    /// The guest address of an atomic access is not naturally aligned.
    Misaligned,
}

/// A place in guest code that faulted.
#[derive(Debug, Clone)]
pub struct FaultSite {
    /// The block.
    pub block: Arc<TranslationBlock>,
    /// Index of the instruction in it.
    pub insn: u16,
    /// How to read the host's signal.
    pub kind: FaultKind,
    /// What is to be added to words of the plugin area, as (offset, value), for every addition at the
    /// block's start to be made.
    pub owed: Box<[(u32, u64)]>,
}

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

#[derive(Debug, Clone, Copy)]
struct Row {
    offset: u32,
    site: u32,
    kind: FaultKind,
}

/// The table of one region.
#[derive(Debug)]
pub(super) struct FaultTable {
    /// Sorted by offset.
    rows: Box<[Row]>,
    /// By site: node and instruction.
    sites: Box<[(u16, u16)]>,
    nodes: Box<[NodeFaults]>,
}

/// What is common to the faults of a region's node.
#[derive(Debug)]
pub(super) struct NodeFaults {
    pub(super) block: Arc<TranslationBlock>,
    /// See [`FaultSite::owed`].
    pub(super) owed: Box<[(u32, u64)]>,
}

impl FaultTable {
    pub(super) fn new(
        compiled: &CompiledCode,
        sites: Box<[(u16, u16)]>,
        nodes: Box<[NodeFaults]>,
    ) -> FaultTable {
        let locations = compiled.buffer.get_srclocs_sorted();
        let mut rows: Vec<Row> = compiled
            .buffer
            .traps()
            .iter()
            .filter_map(|trap| {
                let after = locations.partition_point(|range| range.start <= trap.offset);
                let location = locations[..after].last()?.loc;
                let (site, kind) = decode(location.bits(), trap.code)?;
                Some(Row {
                    offset: trap.offset,
                    site,
                    kind,
                })
            })
            .collect();
        rows.sort_by_key(|row| row.offset);
        FaultTable {
            rows: rows.into(),
            sites,
            nodes,
        }
    }

    /// The guest instruction of the host instruction at `offset` from the region's start.
    pub(super) fn site(&self, offset: u32) -> Option<FaultSite> {
        let row = self.rows[self
            .rows
            .binary_search_by_key(&offset, |row| row.offset)
            .ok()?];
        let &(node, insn) = self.sites.get(row.site as usize)?;
        let node = &self.nodes[usize::from(node)];
        Some(FaultSite {
            block: node.block.clone(),
            insn,
            kind: row.kind,
            owed: node.owed.clone(),
        })
    }
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
