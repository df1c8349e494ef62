//! In which registers a fault finds words of the plugin area that memory does not have.
//!
//! A loop keeps its counters in vector registers and stores them where it is left. For a fault to be a way
//! out as well, its place needs to say in which register each is. The compiler knows: values that
//! are labelled, as for a debugger, come with their registers by range of code. The value that a group of counters has at
//! some instruction may not be computed until its next use, or have given way to the next one: each that differs from it by
//! a constant does as well.
//!
//! Not here: which groups are in memory, and what they are owed ([`super::counters`]).
//!
//! Invariants:
//! - Nothing is assumed of what the compiler keeps: if some fault would not find a group, the region is compiled anew with
//!   that group in memory alone. (It was in a stack slot, mostly: there were no registers to spare.)
//! - Nothing that may fault there is in a cold block: the ranges of code are those of the others.

use cranelift_codegen::ir::{Value, ValueLabel};
use cranelift_codegen::{CompiledCode, LabelValueLoc};
use cranelift_frontend::FunctionBuilder;
use rustc_hash::FxHashMap;

use super::counters::Counters;
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

/// Values that are equal but for constants, each with its constant.
type Family = Vec<(ValueLabel, [u64; 2])>;

/// What is known of the values of the groups that faults find in registers alone.
#[derive(Debug, Default)]
pub(super) struct Labelled {
    groups: Vec<LabelledGroup>,
    families: Vec<Family>,
}

/// As [`HeldGroup`]: its value is that of a family whose constant is `plus`.
#[derive(Debug)]
struct LabelledGroup {
    node: usize,
    group: usize,
    family: usize,
    plus: [u64; 2],
}

/// Labels the values of `held`, and those that differ from them by constants, in the function that has been built.
pub(super) fn label(
    b: &mut FunctionBuilder<'_>,
    held: &[HeldGroup],
    sums: &FxHashMap<Value, Sum>,
) -> Labelled {
    if held.is_empty() {
        return Labelled::default();
    }
    b.func.collect_debug_info();
    let mut labelled = Labelled::default();
    // By value that is not a sum.
    let mut families: FxHashMap<Value, usize> = FxHashMap::default();
    for &HeldGroup { node, group, value } in held {
        let (root, plus) = rooted(b, sums, value);
        let next = families.len();
        let family = *families.entry(root).or_insert(next);
        labelled.groups.push(LabelledGroup {
            node,
            group,
            family,
            plus,
        });
    }
    labelled.families = vec![Family::new(); families.len()];
    let mut next = 0;
    for value in sums.keys().chain(families.keys()).copied() {
        let (root, plus) = rooted(b, sums, value);
        if let Some(&family) = families.get(&root) {
            let label = ValueLabel::from_u32(next);
            next += 1;
            b.set_val_label(value, label);
            labelled.families[family].push((label, plus));
        }
    }
    labelled
}

/// The value that is not a sum from which `value` differs by a constant, and the constant.
fn rooted(
    b: &FunctionBuilder<'_>,
    sums: &FxHashMap<Value, Sum>,
    value: Value,
) -> (Value, [u64; 2]) {
    let mut root = b.func.dfg.resolve_aliases(value);
    let mut plus = [0_u64; 2];
    while let Some(sum) = sums.get(&root) {
        plus = combined(plus, sum.due, u64::wrapping_add);
        root = b.func.dfg.resolve_aliases(sum.of);
    }
    (root, plus)
}

fn combined(a: [u64; 2], b: [u64; 2], with: fn(u64, u64) -> u64) -> [u64; 2] {
    [with(a[0], b[0]), with(a[1], b[1])]
}

/// The offsets of groups of counters that some fault would not find.
pub(super) type Lost = Vec<u32>;

/// Makes the lists of words in registers that `rows` of the compiled function belong to, given the node of each unit. Fails with the offsets of
/// groups that some fault would not find.
pub(super) fn locate(
    compiled: &CompiledCode,
    rows: &mut [Row],
    labelled: &Labelled,
    counters: &Counters,
    node_of: impl Fn(u16) -> usize,
) -> Result<HeldLists, Lost> {
    let held = &labelled.groups;
    if held.is_empty() {
        return Ok(HeldLists::default());
    }
    let mut lists: Vec<Box<[HeldWord]>> = vec![Box::default()];
    let jumps = jumps(compiled.code_buffer());
    let mut lost = Vec::new();
    for row in rows {
        let place = match row.kind {
            FaultKind::HostFault => Some(row.offset),
            _ => jumps.get(&row.offset).copied().flatten(),
        };
        let node = node_of(row.unit);
        let start = held.partition_point(|group| group.node < node);
        let groups = held[start..].iter();
        let mut list = Vec::new();
        for held in groups.take_while(|group| group.node == node) {
            let group = &counters.groups()[held.group];
            let family = &labelled.families[held.family];
            let found = place.and_then(|place| register(compiled, family, place));
            let Some((register, less)) = found else {
                if !lost.contains(&group.offset) {
                    lost.push(group.offset);
                }
                continue;
            };
            let plus = combined(held.plus, less, u64::wrapping_sub);
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
    if lost.is_empty() {
        Ok(lists.into())
    } else {
        Err(lost)
    }
}

/// A vector register that has a value of `family` at `place`, and the value's constant.
fn register(compiled: &CompiledCode, family: &Family, place: u32) -> Option<(u8, [u64; 2])> {
    family.iter().find_map(|(label, plus)| {
        let mut ranges = compiled.value_labels_ranges.get(label)?.iter();
        let range = ranges.find(|range| (range.start..range.end).contains(&place))?;
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
