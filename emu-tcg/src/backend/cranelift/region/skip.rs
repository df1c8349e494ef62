//! Branches that a region does without.
//!
//! RISC-V has no conditional moves but by an extension, so compilers branch round what they choose by, and the host
//! predicts badly what depends on data. Where the ways of such a branch meet again behind a few operations that have no effect
//! but their results, both are done, and the results selected.
//!
//! Not here: code.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::calls::Context;
use super::costs::{Accessed, Costs, Loads};
use super::tail::Tail;
use super::{Known, Place, Skips, SourceBlock, varies};
use crate::backend::cranelift::flow::operands;
use crate::ir::{Block, JumpKind, Op, Opcode, Terminator, Var};

/// A branch round operations of so many cycles is done without, however much more common one of the ways is, unless that is
/// nearly always the one;
const LITTLE: u64 = 3;
/// and even then, as the code has been seen for a short while only, if they are so few.
const NEXT_TO_NOTHING: u64 = 1;
/// Cycles that a branch costs where the host predicts it wrongly.
const MISPREDICTED: u64 = 12;

/// What lies between a branch and where its ways meet, to be done without the branch.
#[derive(Debug, Clone)]
pub(in super::super) struct Skip {
    /// What is done if the branch is not taken, and if it is. One of them at most leads to the join at once.
    arms: [Option<Arm>; 2],
    /// Where both ways meet.
    join: Join,
    /// What one arm adds to plugin words, by offset, beyond what the block where the ways meet does.
    counts: Vec<(u32, u64)>,
}

/// Where the ways of a branch meet.
#[derive(Debug, Clone)]
enum Join {
    /// At a block.
    Block(u64),
    /// Each has a copy of this.
    Tail(Arc<SourceBlock>),
}

/// One way of a branch.
#[derive(Debug, Clone)]
struct Arm {
    /// The block that the branch leads to.
    block: Arc<SourceBlock>,
    /// Those of its operations that lie before the join, without additions to plugin words.
    ops: Range<usize>,
    /// The instruction at the join, if that is within the block.
    join_insn: Option<usize>,
    /// See [`Costs::of`].
    cost: u64,
    loads: Loads,
}

impl Skip {
    /// The operations that are done if the branch is not taken, and those that are done if it is.
    pub(in super::super) fn arms(&self) -> [&[Op]; 2] {
        let [other, taken] = &self.arms;
        [other, taken].map(|arm| arm.as_ref().map_or(&[][..], Arm::ops))
    }

    /// The operations of both ways.
    pub(in super::super) fn ops(&self) -> impl Iterator<Item = &Op> {
        self.arms().into_iter().flatten()
    }

    /// Where both ways meet in an activation.
    pub(super) fn join(&self, context: Context) -> Place {
        let (pc, tail) = match &self.join {
            Join::Block(pc) => (*pc, false),
            Join::Tail(tail) => (tail.ir.pc, true),
        };
        Place { pc, context, tail }
    }

    /// What both ways have a copy of, if that is where they meet.
    pub(super) fn tail(&self) -> Option<Arc<SourceBlock>> {
        match &self.join {
            Join::Block(_) => None,
            Join::Tail(tail) => Some(tail.clone()),
        }
    }

    /// The ways with loads: whether it is that of the taken branch, and the block that it lies in.
    pub(super) fn loading(&self) -> impl Iterator<Item = (bool, &Arc<SourceBlock>)> {
        let arms = [false, true].into_iter().zip(&self.arms);
        arms.filter_map(|(taken, arm)| {
            let arm = arm.as_ref().filter(|arm| arm.loads != Loads::Nothing)?;
            Some((taken, &arm.block))
        })
    }

    /// The instruction that operation `index` of a way belongs to, in the block that the way lies in.
    pub(in super::super) fn insn(&self, taken: bool, index: usize) -> usize {
        let arm = self.arms[usize::from(taken)].as_ref();
        arm.map_or(0, |arm| {
            let starts = arm.block.ir.insns.iter().map(|insn| insn.first_op as usize);
            let before = starts.take_while(|&start| start <= arm.ops.start + index);
            before.count() - 1
        })
    }

    /// What is added to words of the plugin area, by offset, if the branch goes the way of [`Skip::counts_if_taken`].
    pub(in super::super) fn counts(&self) -> &[(u32, u64)] {
        &self.counts
    }

    /// See [`Skip::counts`].
    pub(in super::super) fn counts_if_taken(&self) -> bool {
        self.arms[0].is_none() || matches!(self.join, Join::Tail(_))
    }

    /// The blocks that the ways lie in.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &Arc<SourceBlock>> {
        self.arms.iter().flatten().map(|arm| &arm.block)
    }

    /// What `block` skips by its branch, if that is to be done without.
    ///
    /// `accessed`: see [`Accessed::behind`].
    pub(super) fn of(
        block: &SourceBlock,
        accessed: &Accessed,
        source: &mut Known<'_>,
        fit: &Skips,
    ) -> Option<Skip> {
        let Terminator::Branch {
            taken, fallthrough, ..
        } = block.ir.terminator
        else {
            return None;
        };
        let counts = block.branch_counts();
        if counts.contains(&0) {
            return None;
        }
        let ways = [fallthrough, taken];
        let mut jump = |pc: u64| jump_target(&source.block(pc)?.ir);
        let joins = [
            Some(taken),
            Some(fallthrough),
            jump(taken),
            jump(fallthrough),
        ];
        let costs = Costs {
            seen: source.seen,
            loads: fit.loads,
            accessed,
        };
        let mut skips = joins.into_iter().flatten().filter_map(|join| {
            let joined = source.block(join)?;
            let mut arm = |pc: u64| match pc == join {
                true => Some(None),
                false => Arm::to_block(source.block(pc)?, join, costs).map(Some),
            };
            let skip = Skip {
                arms: [arm(ways[0])?, arm(ways[1])?],
                join: Join::Block(join),
                counts: Vec::new(),
            };
            if !skip.pays(counts, [&joined.ir, &block.ir]) {
                return None;
            }
            skip.counting(&joined.ir, fit.counted)
        });
        let skip = skips.next();
        skip.or_else(|| {
            let blocks = [source.block(ways[0])?, source.block(ways[1])?];
            let skip = Skip::to_tail(blocks, costs)?;
            let counted = fit.counted || skip.counts.is_empty();
            let tail = skip.tail()?;
            (counted && skip.pays(counts, [&tail.ir, &block.ir])).then_some(skip)
        })
    }

    /// What leads to what both blocks end with.
    fn to_tail(blocks: [Arc<SourceBlock>; 2], costs: Costs<'_>) -> Option<Skip> {
        if !blocks.iter().all(|block| block.ir.only_adds_first()) {
            return None;
        }
        let [other, taken] = &blocks;
        let Tail { block, starts } = Tail::of([other, taken])?;
        let mut counts = BTreeMap::new();
        add(&mut counts, 1, all(&taken.ir));
        add(&mut counts, u64::MAX, all(&other.ir));
        let [other, taken] = blocks;
        let arm = |block, start| Arm::new(block, Some(start), costs);
        Some(Skip {
            arms: [Some(arm(other, starts[0])?), Some(arm(taken, starts[1])?)],
            join: Join::Tail(Arc::new(block)),
            counts: not_zero(counts),
        })
    }

    /// Whether to do both ways costs less than a branch that has been taken and not taken so often. `around`: what is done
    /// behind them and, if that is a loop, before the branch the next time.
    fn pays(&self, [taken, not_taken]: [u64; 2], around: [&Block; 2]) -> bool {
        // A load that the branch is predicted to lead to does not wait for its condition, and may find what is far away early.
        let apart = |arm: &Option<Arm>| arm.as_ref().is_some_and(|arm| arm.loads == Loads::Apart);
        if self.arms.iter().all(apart) {
            return false;
        }
        let [other_cost, taken_cost] =
            (self.arms.each_ref()).map(|arm| arm.as_ref().map_or(0, |arm| arm.cost));
        if !varies([taken, not_taken]) {
            let is_little = other_cost.max(taken_cost) <= NEXT_TO_NOTHING;
            return is_little && self.loading().next().is_none() && !self.feeds_loads(around);
        }
        // Random ones are predicted to go the more common way.
        let saved = taken.min(not_taken) * MISPREDICTED;
        let in_vain = other_cost * taken + taken_cost * not_taken;
        other_cost.max(taken_cost) <= LITTLE || in_vain <= saved
    }

    /// Whether what is chosen is part of what some block loads by. A load waits for a choice, but not for a prediction.
    fn feeds_loads(&self, blocks: [&Block; 2]) -> bool {
        let mut chosen: Vec<Var> = self.ops().map(|op| op.dst).collect();
        for op in blocks.iter().flat_map(|block| &block.ops) {
            let depends = operands(op).any(|var| chosen.contains(&var));
            if depends && op.code.effects().reads_memory {
                return true;
            }
            chosen.retain(|&var| var != op.dst);
            if depends {
                chosen.push(op.dst);
            }
        }
        false
    }

    /// With what it adds to plugin words, if that can be taken into account.
    fn counting(self, joined: &Block, counted: bool) -> Option<Skip> {
        let continued = |arm: &Arm| match arm.join_insn {
            Some(join) => is_continued_by(&arm.block.ir, join, joined),
            None => true,
        };
        if !self.arms.iter().flatten().all(continued) {
            return None;
        }
        let is_bare = |block: &Block| block.probe_adds.is_empty() && block.probe_calls.is_empty();
        let mut arms = self.arms.iter().flatten();
        if is_bare(joined) && arms.clone().all(|arm| is_bare(&arm.block.ir)) {
            return Some(self);
        }
        let (Some(arm), None) = (arms.next(), arms.next()) else {
            return None;
        };
        let counts = arm.counts(joined)?;
        (counted || counts.is_empty()).then_some(Skip { counts, ..self })
    }
}

/// Where a block goes on by a jump that does nothing else.
fn jump_target(block: &Block) -> Option<u64> {
    match block.terminator {
        Terminator::Jump {
            target,
            kind: JumpKind::Plain,
        } => Some(target),
        _ => None,
    }
}

impl Arm {
    /// The way through `block` to another one, if it has no other effects than results, and some.
    fn to_block(block: Arc<SourceBlock>, join: u64, costs: Costs<'_>) -> Option<Arm> {
        let ir = &block.ir;
        let join_insn = ir.insns.iter().position(|insn| insn.pc == join);
        if join_insn.is_none() && jump_target(ir) != Some(join) {
            return None;
        }
        Arm::new(block, join_insn, costs).filter(|arm| !arm.ops.is_empty())
    }

    /// The way through `block` up to an instruction, if it has no other effects than results.
    fn new(block: Arc<SourceBlock>, join_insn: Option<usize>, costs: Costs<'_>) -> Option<Arm> {
        let ir = &block.ir;
        let end = join_insn.map_or(ir.ops.len(), |insn| ir.insns[insn].first_op as usize);
        let ops = ir.leading_adds().count()..end;
        let mut cost = 0;
        let mut loads = Loads::Nothing;
        for (index, op) in ir.ops[ops.clone()].iter().enumerate() {
            op.dst.as_slot()?;
            if op.code != Opcode::Load {
                cost += costs.of(op)?;
                continue;
            }
            let before = &ir.ops[ops.start..ops.start + index];
            let (kind, cycles) = costs.of_load(op, before)?;
            loads = loads.max(kind);
            cost += cycles;
        }
        Some(Arm {
            block,
            ops,
            join_insn,
            cost,
            loads,
        })
    }

    fn ops(&self) -> &[Op] {
        &self.block.ir.ops[self.ops.clone()]
    }

    /// What this way adds to plugin words beyond what the joined block does, which whoever is past the join within this
    /// one does not enter. `None` if more than the sums would tell them apart.
    fn counts(&self, joined: &Block) -> Option<Vec<(u32, u64)>> {
        let own = &self.block.ir;
        if !own.only_adds_first() || !joined.only_adds_first() {
            return None;
        }
        let mut counts = BTreeMap::new();
        add(&mut counts, 1, all(own));
        if self.join_insn.is_some() {
            add(&mut counts, u64::MAX, all(joined));
        }
        Some(not_zero(counts))
    }
}

/// What a block adds to plugin words, by offset.
fn all(block: &Block) -> impl Iterator<Item = (u32, u64)> {
    block.leading_adds().map(|add| (add.offset, add.value))
}

/// Adds amounts, times `sign`, to sums by offset.
fn add(sums: &mut BTreeMap<u32, u64>, sign: u64, amounts: impl Iterator<Item = (u32, u64)>) {
    for (offset, value) in amounts {
        let sum = sums.entry(offset).or_default();
        *sum = sum.wrapping_add(value.wrapping_mul(sign));
    }
}

/// The sums that are not 0.
fn not_zero(sums: BTreeMap<u32, u64>) -> Vec<(u32, u64)> {
    sums.into_iter().filter(|&(_, value)| value != 0).collect()
}

/// Whether `joined` is what follows in `block` from instruction `join`, and faults in it take the same additions back.
/// Else more than what the ways do before the join would depend on the branch.
fn is_continued_by(block: &Block, join: usize, joined: &Block) -> bool {
    // A block that ends at the length limit is followed by one that the other may be past.
    let rest = block.insns[join..].iter().map(|insn| insn.pc);
    if !rest.eq(joined.insns.iter().map(|insn| insn.pc)) {
        return false;
    }
    (0..joined.insns.len()).all(|insn| {
        let mut sums = BTreeMap::new();
        add(&mut sums, 1, block.uncompleted_adds((join + insn) as u16));
        add(&mut sums, u64::MAX, joined.uncompleted_adds(insn as u16));
        sums.values().all(|&value| value == 0)
    })
}
