//! Which functions that a region's code calls become part of the region, and where they return to.
//!
//! Each node belongs to an *activation* of a function. A small callee is *inlined*: each call is an
//! activation of its own, whose return address is a constant. A recursive function, and one that is
//! called mostly from one place in the region, is *shared*: all calls enter one activation, whose
//! returns are compared with the addresses behind them. So is the function that the head is in, if
//! the head is its entry. An indirect call enters the functions that it has often led to. A function that
//! goes on as another one, by an indirect jump in its first block, is one with that: such are the entries
//! of procedure linkage tables.
//!
//! Which activation a node belongs to is a guess at where its returns go, nothing else: they are
//! always compared.
//!
//! Not here: which blocks of a callee.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, MAX_RETURNS, SourceBlock};
use crate::ir::{JumpKind, Terminator};

/// Callees of more instructions are not inlined.
const MAX_CALLEE_INSNS: usize = 60;
/// Nor are callees inside of this many inlined calls.
const MAX_DEPTH: usize = 3;
/// A function that is not small is shared only if it has no more instructions than this,
const MAX_SHARED_INSNS: usize = 400;
/// if it runs at least once in this many executions of the head,
const RARE_CALLEE: u32 = 4;
/// if at least one in this many of its executions is due to the call in question,
const OTHER_CALLERS: u32 = 2;
/// and if it has no loop of more iterations than this, on average: such a loop is better off without what
/// the caller has in registers.
const LONG_LOOP: u32 = 8;

/// Number of an activation; 0 is that of the head.
pub(super) type Context = usize;

/// See the module's documentation.
#[derive(Debug)]
enum Activation {
    Inlined {
        callee: u64,
        return_to: u64,
        outer: Context,
        /// How many of the callee's executions are due to this call, of 2¹⁶.
        share: u64,
    },
    Shared {
        callee: u64,
        /// Return address and activation of each call in the region.
        callers: Vec<(u64, Context)>,
        /// A block that returns from it is in the region.
        returns: bool,
    },
}

/// A call in the region.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) callee: u64,
    pub(super) return_to: u64,
    /// The activation that calls.
    pub(super) outer: Context,
    /// How often it has been executed.
    pub(super) executions: u32,
}

/// What is known of a callee's blocks that have run, its own callees not counted.
#[derive(Debug, Clone, Copy)]
struct Shape {
    small: bool,
    /// Neither too large nor full of loops for a function that is shared.
    sharable: bool,
    calls_itself: bool,
}

/// The activations of a region.
#[derive(Debug)]
pub(super) struct Calls {
    activations: Vec<Activation>,
    /// By callee, return address and calling activation.
    inlined: FxHashMap<(u64, u64, Context), Context>,
    /// By callee.
    shared: FxHashMap<u64, Context>,
    shapes: FxHashMap<u64, Shape>,
    /// Callees that have run less often than this are not shared.
    coldest: u32,
}

impl Calls {
    /// Those of the region that starts with `head`, as far as that goes.
    pub(super) fn new(head: &SourceBlock) -> Calls {
        let mut calls = Calls {
            activations: Vec::new(),
            inlined: FxHashMap::default(),
            shared: FxHashMap::default(),
            shapes: FxHashMap::default(),
            coldest: head.executions() / RARE_CALLEE,
        };
        calls.enter_shared(head.ir.pc);
        calls
    }

    /// The function that an activation is one of.
    pub(super) fn callee(&self, context: Context) -> u64 {
        match self.activations[context] {
            Activation::Inlined { callee, .. } | Activation::Shared { callee, .. } => callee,
        }
    }

    /// The activation that a call enters, if it is part of the region.
    pub(super) fn enter(&mut self, call: Call, known: &mut Known<'_>) -> Option<Context> {
        let mut depth = 0;
        let mut recursive = self.shared.contains_key(&call.callee);
        let mut walk = call.outer;
        while let Activation::Inlined { callee, outer, .. } = self.activations[walk] {
            recursive |= callee == call.callee;
            depth += 1;
            walk = outer;
        }
        let shape = self.shape(call.callee, known);
        recursive |= shape.small && shape.calls_itself;
        if !recursive && shape.small && depth < MAX_DEPTH {
            return Some(self.inline(call, known));
        }
        if !recursive {
            let executions = known.block(call.callee)?.executions();
            if !shape.sharable
                || executions < self.coldest
                || executions / OTHER_CALLERS > call.executions
            {
                return None;
            }
        }
        let context = self.enter_shared(call.callee);
        let caller = (call.return_to, call.outer);
        if let Activation::Shared { callers, .. } = &mut self.activations[context]
            && !callers.contains(&caller)
        {
            callers.push(caller);
        }
        Some(context)
    }

    fn inline(&mut self, call: Call, known: &mut Known<'_>) -> Context {
        let Call {
            callee,
            return_to,
            outer,
            executions,
        } = call;
        let key = (callee, return_to, outer);
        if let Some(&context) = self.inlined.get(&key) {
            return context;
        }
        let block = known.block(callee);
        let all = block.map_or(0, |block| u64::from(block.executions()));
        let share = (u64::from(executions) << 16) / all.max(1);
        let context = self.activations.len();
        self.activations.push(Activation::Inlined {
            callee,
            return_to,
            outer,
            share: (share.min(1 << 16) * self.share(outer)) >> 16,
        });
        self.inlined.insert(key, context);
        context
    }

    /// See [`Activation::Inlined::share`].
    fn share(&self, context: Context) -> u64 {
        match self.activations[context] {
            Activation::Inlined { share, .. } => share,
            Activation::Shared { .. } => 1 << 16,
        }
    }

    /// About how often `block` has been executed in an activation.
    pub(super) fn executions(&self, context: Context, block: &SourceBlock) -> u32 {
        ((u64::from(block.executions()) * self.share(context)) >> 16) as u32
    }

    fn enter_shared(&mut self, callee: u64) -> Context {
        let activations = &mut self.activations;
        *self.shared.entry(callee).or_insert_with(|| {
            activations.push(Activation::Shared {
                callee,
                callers: Vec::new(),
                returns: false,
            });
            activations.len() - 1
        })
    }

    /// Where a shared activation returns to, once a block that returns is in the region.
    pub(super) fn returns(&mut self, context: Context) -> &[(u64, Context)] {
        match &mut self.activations[context] {
            Activation::Shared {
                callers, returns, ..
            } => {
                *returns = true;
                callers
            }
            Activation::Inlined { .. } => &[],
        }
    }

    /// Whether an activation is shared and a block that returns from it is in the region.
    pub(super) fn is_returned_from(&self, context: Context) -> bool {
        matches!(
            self.activations[context],
            Activation::Shared { returns: true, .. }
        )
    }

    /// What the returns of an activation are compared with: address and activation, those first that are
    /// executed most often. `is_node` tells what of that is in the region.
    pub(super) fn expected(
        &self,
        context: Context,
        known: &mut Known<'_>,
        is_node: impl Fn(&(u64, Context)) -> bool,
    ) -> Vec<(u64, Context)> {
        let callers = match &self.activations[context] {
            Activation::Inlined {
                return_to, outer, ..
            } => return vec![(*return_to, *outer)],
            Activation::Shared { callers, .. } => callers,
        };
        let mut addresses = FxHashSet::default();
        let mut callers: Vec<(u64, Context)> = callers
            .iter()
            .copied()
            .filter(|caller| is_node(caller) && addresses.insert(caller.0))
            .collect();
        callers.sort_by_cached_key(|&(pc, _)| {
            Reverse(known.block(pc).map(|block| block.executions()))
        });
        callers.truncate(MAX_RETURNS);
        callers
    }

    fn shape(&mut self, callee: u64, known: &mut Known<'_>) -> Shape {
        if let Some(&shape) = self.shapes.get(&callee) {
            return shape;
        }
        let mut seen = FxHashSet::default();
        let mut pending = vec![callee];
        let mut insns = 0;
        let mut returns = false;
        let mut calls_itself = false;
        let mut loops = false;
        while let Some(pc) = pending.pop() {
            if !seen.insert(pc) {
                continue;
            }
            let Some(block) = known.block(pc) else {
                continue;
            };
            insns += block.ir.insns.len();
            if insns > MAX_SHARED_INSNS {
                break;
            }
            match block.ir.terminator {
                Terminator::Jump {
                    kind: JumpKind::Call { return_to },
                    target,
                } => {
                    calls_itself |= target == callee;
                    pending.push(return_to);
                }
                Terminator::Jump { target, .. } => pending.push(target),
                Terminator::Branch {
                    taken, fallthrough, ..
                } => {
                    loops |= taken <= pc && block.taken() / LONG_LOOP > block.not_taken();
                    pending.extend([taken, fallthrough]);
                }
                Terminator::Indirect {
                    kind: JumpKind::Call { return_to },
                    ..
                } => pending.push(return_to),
                Terminator::Indirect {
                    kind: JumpKind::Return,
                    ..
                } => returns = true,
                Terminator::Indirect { .. } if pc == callee => {
                    pending.extend(block.targets.iter().map(|&(pc, _)| pc));
                }
                Terminator::Indirect { .. } | Terminator::Exit { .. } => {}
            }
        }
        let shape = Shape {
            small: returns && insns <= MAX_CALLEE_INSNS,
            sharable: returns && insns <= MAX_SHARED_INSNS && !loops,
            calls_itself,
        };
        self.shapes.insert(callee, shape);
        shape
    }
}
