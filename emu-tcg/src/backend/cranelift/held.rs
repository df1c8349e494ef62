//! In which registers a fault finds words of the plugin area that memory does not have.
//!
//! A loop keeps its counters in vector registers and stores them where it is left. For a fault to be a way
//! out as well, its place needs to say in which register each is. The compiler knows: values that
//! are labelled, as for a debugger, come with their registers by range of code. Where the value that a group of
//! counters has is not computed before its next use, the one that it differs from by a constant does as well.
//!
//! Not here: which groups are in memory, and what they are owed ([`super::counters`]).
//!
//! Invariants:
//! - Nothing is assumed of what the compiler keeps: if some fault would not find a group, the region is compiled anew with
//!   that group in memory wherever a fault is possible.
//! - Nothing that may fault is in a cold block: the ranges of code are those of the others.

use cranelift_codegen::ir::{Value, ValueLabel};
use cranelift_codegen::{CompiledCode, LabelValueLoc};
use cranelift_frontend::FunctionBuilder;
use rustc_hash::FxHashMap;

use super::counters::{Counters, GroupSet};
use crate::backend::code_space::fault::{FaultKind, HeldLists, HeldWord, Row};

/// A group of counters that faults in a node find in a register alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeldGroup {
    pub(super) node: usize,
    pub(super) group: usize,
    /// What it is there.
    pub(super) value: Value,
}

/// A value that is another one and a constant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    pub(super) of: Value,
    pub(super) due: [u64; 2],
}

/// As [`HeldGroup`]: its value is each of some labelled ones and constants.
#[derive(Debug)]
pub(super) struct LabelledGroup {
    node: usize,
    group: usize,
    values: Vec<(ValueLabel, [u64; 2])>,
}

/// Labels the values of `held` in the function that has been built.
pub(super) fn label(
    b: &mut FunctionBuilder<'_>,
    held: &[HeldGroup],
    sums: &FxHashMap<Value, Sum>,
) -> Vec<LabelledGroup> {
    if held.is_empty() {
        return Vec::new();
    }
    b.func.collect_debug_info();
    let mut labels: FxHashMap<Value, ValueLabel> = FxHashMap::default();
    let mut labelled = |held: &HeldGroup| {
        let mut values = Vec::new();
        let mut value = held.value;
        let mut plus = [0_u64; 2];
        loop {
            value = b.func.dfg.resolve_aliases(value);
            let next = ValueLabel::from_u32(labels.len() as u32);
            let label = *labels.entry(value).or_insert_with(|| {
                b.set_val_label(value, next);
                next
            });
            values.push((label, plus));
            let Some(sum) = sums.get(&value) else {
                break;
            };
            plus = [0, 1].map(|lane: usize| plus[lane].wrapping_add(sum.due[lane]));
            value = sum.of;
        }
        LabelledGroup {
            node: held.node,
            group: held.group,
            values,
        }
    };
    held.iter().map(&mut labelled).collect()
}

/// Makes the lists of words in registers that `rows` of the compiled function belong to. Fails with the groups that some
/// fault would not find.
pub(super) fn locate(
    compiled: &CompiledCode,
    rows: &mut [Row],
    held: &[LabelledGroup],
    counters: &Counters,
) -> Result<HeldLists, GroupSet> {
    if held.is_empty() {
        return Ok(HeldLists::default());
    }
    let mut lists: Vec<Box<[HeldWord]>> = vec![Box::default()];
    let jumps = jumps(compiled.code_buffer());
    let mut lost = 0;
    for row in rows {
        let place = match row.kind {
            FaultKind::HostFault => Some(row.offset),
            _ => jumps.get(&row.offset).copied().flatten(),
        };
        let start = held.partition_point(|group| group.node < usize::from(row.unit));
        let groups = held[start..].iter();
        let mut list = Vec::new();
        for held in groups.take_while(|group| group.node == usize::from(row.unit)) {
            let found = place.and_then(|place| register(compiled, held, place));
            let Some((register, plus)) = found else {
                lost |= 1 << held.group;
                continue;
            };
            let group = &counters.groups()[held.group];
            let lanes = (0..2).filter(|&lane| group.lanes[lane].is_some());
            list.extend(lanes.map(|lane| HeldWord {
                offset: group.offset + 8 * lane as u32,
                register,
                lane: lane as u8,
                plus: plus[lane],
            }));
        }
        let known = lists.iter().position(|other| **other == *list);
        row.held = known.unwrap_or(lists.len()) as u16;
        if known.is_none() {
            lists.push(list.into());
        }
    }
    if lost == 0 {
        Ok(lists.into())
    } else {
        Err(lost)
    }
}

/// The vector register that has the group at `place` but for a constant, and the constant.
fn register(compiled: &CompiledCode, held: &LabelledGroup, place: u32) -> Option<(u8, [u64; 2])> {
    held.values.iter().find_map(|(label, plus)| {
        let ranges = compiled.value_labels_ranges.get(label)?;
        let range = ranges
            .iter()
            .find(|range| (range.start..range.end).contains(&place))?;
        let LabelValueLoc::Reg(register) = range.loc else {
            return None;
        };
        Some((register.to_real_reg()?.hw_enc(), *plus))
    })
}

/// Conditional jumps by what they lead to, if it is one alone: traps are at the end of the code, and jumped to.
fn jumps(code: &[u8]) -> FxHashMap<u32, Option<u32>> {
    let mut jumps = FxHashMap::default();
    for (place, bytes) in code.windows(6).enumerate() {
        // (What only looks like one may hide one, and is none otherwise.)
        if let [0x0f, 0x80..=0x8f, a, b, c, d] = *bytes {
            let next = place as i64 + 6;
            let target = next + i64::from(i32::from_le_bytes([a, b, c, d]));
            let jump = u32::try_from(target).ok();
            jump.into_iter().for_each(|target| {
                jumps
                    .entry(target)
                    .and_modify(|jump| *jump = None)
                    .or_insert(Some(place as u32));
            });
        }
    }
    jumps
}
