//! Which blocks go into a region, and how control flows among them.
//!
//! From a hot head, the builder follows direct jumps and branches over the profile, hottest
//! first, and calls of functions that are worth it ([`calls`]), so that their returns are comparisons
//! and direct edges. A block appears once per *context*, an activation of its function: the same
//! guest block may thus be several nodes.
//!
//! Not here: instructions. A region is a control-flow graph of whole blocks.
//!
//! Invariants: node 0 is the head; nodes are in reverse postorder; every edge target is a node
//! or a guest address outside; where skips count something or load, all additions to plugin words are
//! at the starts of blocks.

mod calls;
mod costs;
mod order;
mod skip;
mod steady;
mod tail;
mod unroll;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::assumed::Seen;
use super::{BlockSource, Options};
use crate::backend::{Targets, TranslationBlock};
use crate::ir::{Block, JumpKind, Terminator};
use calls::{Call, Calls, Context};
use costs::Accessed;
pub(super) use costs::publishes;
pub(super) use skip::Skip;

/// A return is compared with no more addresses than this,
const MAX_RETURNS: usize = 3;
/// and another indirect jump with no more than this,
const MAX_TARGETS: usize = 8;
/// those to which at least one in this many of its executions led.
const RARE_TARGET: u32 = 16;
/// Blocks that ran so many times less often than the head are left out.
const TOO_COLD: u32 = 32;

/// A branch that goes one way less often than once in this many times is taken to be predictable.
const UNPREDICTABLE: u64 = 8;

/// Where an edge leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// To a node of the region.
    Node(usize),
    /// Out of the region, to a guest address.
    Exit(u64),
}

impl Target {
    /// The node, if it is one.
    pub(super) fn node(self) -> Option<usize> {
        match self {
            Target::Node(node) => Some(node),
            Target::Exit(_) => None,
        }
    }
}

/// Addresses that an indirect jump is compared with, and their nodes.
pub(super) type Expected = [Option<(u64, Target)>; MAX_TARGETS];

/// How control leaves a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edges {
    /// To one place.
    Jump(Target),
    /// By the block's branch.
    Branch { taken: Target, fallthrough: Target },
    /// By an indirect jump, in case it is to one of some addresses to a node.
    Indirect { expected: Expected },
    /// To the execution loop.
    Exit,
}

impl Edges {
    /// The edges' targets that are known.
    pub(super) fn targets(self) -> impl Iterator<Item = Target> {
        let (direct, expected) = match self {
            Edges::Jump(target) => ([Some(target), None], Expected::default()),
            Edges::Branch { taken, fallthrough } => {
                ([Some(taken), Some(fallthrough)], Expected::default())
            }
            Edges::Indirect { expected } => ([None; 2], expected),
            Edges::Exit => ([None; 2], Expected::default()),
        };
        let expected = expected.into_iter().flatten().map(|(_, target)| target);
        direct.into_iter().flatten().chain(expected)
    }

    /// The successors within the region.
    pub(super) fn nodes(self) -> impl Iterator<Item = usize> {
        self.targets().filter_map(Target::node)
    }

    /// The same edges with other nodes as their targets.
    fn map(self, moved: impl Fn(usize) -> usize) -> Edges {
        let moved = |target: Target| match target {
            Target::Node(node) => Target::Node(moved(node)),
            exit @ Target::Exit(_) => exit,
        };
        match self {
            Edges::Jump(target) => Edges::Jump(moved(target)),
            Edges::Branch { taken, fallthrough } => Edges::Branch {
                taken: moved(taken),
                fallthrough: moved(fallthrough),
            },
            Edges::Indirect { expected } => Edges::Indirect {
                expected: expected.map(|way| way.map(|(pc, target)| (pc, moved(target)))),
            },
            Edges::Exit => Edges::Exit,
        }
    }

    /// Whether control may leave the region here.
    pub(super) fn may_exit(self) -> bool {
        matches!(self, Edges::Exit | Edges::Indirect { .. })
            || self.targets().any(|target| target.node().is_none())
    }
}

/// A block that may be part of the region.
#[derive(Debug)]
pub(super) struct SourceBlock {
    pub(super) ir: Block,
    /// What keeps it valid.
    pub(super) origin: Arc<TranslationBlock>,
    executions: u32,
    taken: u32,
    /// Where it often led by an indirect jump that is not a return, the most frequent first, with the
    /// number of executions.
    targets: Vec<(u64, u32)>,
}

impl SourceBlock {
    fn new(origin: Arc<TranslationBlock>) -> SourceBlock {
        let seen = origin.targets.get().map(Targets::seen);
        // Running code changes it.
        let (executions, taken) = (origin.profile.executions(), origin.profile.taken());
        SourceBlock {
            ir: origin.ir(),
            targets: seen.map_or_else(Vec::new, |seen| frequent(&seen, executions)),
            origin,
            executions,
            taken,
        }
    }

    /// How often it has been executed.
    pub(super) fn executions(&self) -> u32 {
        self.executions
    }

    /// How often its branch was taken.
    pub(super) fn taken(&self) -> u32 {
        self.taken
    }

    /// How often its branch was not taken.
    fn not_taken(&self) -> u32 {
        self.executions.saturating_sub(self.taken)
    }

    /// How often its branch was taken and not taken.
    pub(super) fn branch_counts(&self) -> [u64; 2] {
        [self.taken(), self.not_taken()].map(u64::from)
    }
}

/// The nodes that each node has edges from.
fn predecessors(nodes: &[Node]) -> Vec<Vec<usize>> {
    let mut predecessors = vec![Vec::new(); nodes.len()];
    for (from, node) in nodes.iter().enumerate() {
        for to in node.edges.nodes() {
            predecessors[to].push(from);
        }
    }
    predecessors
}

/// Whether a branch with such counts goes either way so often that it is hard to predict.
fn varies([taken, not_taken]: [u64; 2]) -> bool {
    taken.min(not_taken) * UNPREDICTABLE >= taken + not_taken
}

/// Of sampled targets, those that are frequent, and how many of so many executions led to them.
fn frequent(seen: &[(u64, u32)], executions: u32) -> Vec<(u64, u32)> {
    let samples: u32 = seen.iter().map(|&(_, count)| count).sum();
    let share = |count| u64::from(executions) * u64::from(count) / u64::from(samples);
    seen.iter()
        .take(MAX_TARGETS)
        .filter(|&&(_, count)| count * RARE_TARGET >= samples)
        .map(|&(pc, count)| (pc, share(count) as u32))
        .collect()
}

/// The blocks of a source that have been asked for.
struct Known<'a> {
    source: &'a dyn BlockSource,
    mode: u32,
    /// See [`Options::seen`].
    seen: Option<&'a Seen>,
    blocks: FxHashMap<u64, Option<Arc<SourceBlock>>>,
}

impl Known<'_> {
    fn block(&mut self, pc: u64) -> Option<Arc<SourceBlock>> {
        let Known { source, mode, .. } = *self;
        let make = || source.block(pc, mode).map(SourceBlock::new).map(Arc::new);
        self.blocks.entry(pc).or_insert_with(make).clone()
    }

    fn stops_region(&self, pc: u64) -> bool {
        self.source.stops_region(pc, self.mode)
    }
}

/// A block in a region.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) block: Arc<SourceBlock>,
    /// If there is something, the block's branch is not taken nor not taken: the node goes
    /// on by an [`Edges::Jump`].
    pub(super) skip: Option<Skip>,
    pub(super) edges: Edges,
    /// Number of edges that lead here (the entry not counted).
    pub(super) incoming: usize,
    /// Some edge that leads here comes from this node or a later one.
    pub(super) loop_header: bool,
}

/// A region. See the module's documentation.
#[derive(Debug)]
pub(super) struct Region {
    pub(super) nodes: Vec<Node>,
    pub(super) insns: usize,
}

struct Builder<'a> {
    known: Known<'a>,
    calls: Calls,
    ids: FxHashMap<Place, usize>,
    drafts: Vec<Draft>,
    skips: &'a Skips,
}

/// Which branches a region does without, if they are fit for it.
struct Skips {
    /// What a skip adds to plugin words can be taken into account.
    counted: bool,
    /// There may be loads between a branch and where its ways meet.
    loads: bool,
    /// The addresses of blocks whose branches stay.
    but: FxHashSet<u64>,
}

struct Draft {
    block: Arc<SourceBlock>,
    context: Context,
    skip: Option<Skip>,
    /// What has been accessed at the end, on the way by which it was reached first.
    accessed: Accessed,
}

/// What tells a node from others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    pc: u64,
    context: Context,
    /// It is an end that blocks share ([`tail`]), and no block that somebody else may jump to.
    tail: bool,
}

impl Place {
    fn block((pc, context): (u64, Context)) -> Place {
        Place {
            pc,
            context,
            tail: false,
        }
    }
}

/// A way to go, before it is known whether the target becomes a node.
#[derive(Clone, Copy)]
struct Way {
    to: Place,
    /// Seen by the profile.
    live: bool,
}

impl Way {
    fn live(pc: u64, context: Context) -> Way {
        Way {
            to: Place::block((pc, context)),
            live: true,
        }
    }
}

/// The ways out of a block, in the shape of [`Edges`].
enum Ways {
    Jump(Way),
    Branch { taken: Way, fallthrough: Way },
    Indirect { expected: Vec<Way> },
    Exit,
}

impl Region {
    /// Builds the region of `head`.
    pub(super) fn build(
        source: &dyn BlockSource,
        head: &Arc<TranslationBlock>,
        options: &Options,
    ) -> Region {
        let mut skips = Skips {
            counted: true,
            // Faults in them would not find the slots in memory, nor words that are not additions at blocks' starts.
            loads: !options.precise_faults,
            but: FxHashSet::default(),
        };
        let mut region = Region::build_with(source, head, options, &skips);
        skips.but.extend(steady::skips(&region.nodes));
        if !skips.but.is_empty() {
            region = Region::build_with(source, head, options, &skips);
        }
        let is_choosy = region.counts_skips() || region.loading_ways().next().is_some();
        if region.only_adds_first() || !is_choosy {
            return region;
        }
        skips.counted = false;
        skips.loads = false;
        Region::build_with(source, head, options, &skips)
    }

    fn counts_skips(&self) -> bool {
        let mut skips = self.nodes.iter().filter_map(|node| node.skip.as_ref());
        skips.any(|skip| !skip.counts().is_empty())
    }

    fn build_with(
        source: &dyn BlockSource,
        head: &Arc<TranslationBlock>,
        options: &Options,
        skips: &Skips,
    ) -> Region {
        let head = Arc::new(SourceBlock::new(head.clone()));
        let mut builder = Builder {
            known: Known {
                source,
                mode: head.ir.mode,
                seen: options.seen.as_ref(),
                blocks: FxHashMap::from_iter([(head.ir.pc, Some(head.clone()))]),
            },
            calls: Calls::new(&head),
            ids: FxHashMap::default(),
            drafts: Vec::new(),
            skips,
        };
        let insns = builder.collect(&head, options);
        let mut nodes = builder.finish();
        let added = unroll::small_loops(&mut nodes);
        if added != 0 {
            nodes = in_reverse_postorder(nodes);
        }
        Region {
            nodes,
            insns: insns + added,
        }
    }

    /// Those that nodes or ways that are skipped lie in.
    fn source_blocks(&self) -> impl Iterator<Item = &Arc<SourceBlock>> {
        let skips = self.nodes.iter().filter_map(|node| node.skip.as_ref());
        let skipped = skips.flat_map(Skip::blocks);
        self.nodes.iter().map(|node| &node.block).chain(skipped)
    }

    /// The distinct blocks of the region.
    pub(super) fn blocks(&self) -> Vec<Arc<TranslationBlock>> {
        let mut seen = FxHashSet::default();
        let origins = self.source_blocks().map(|block| &block.origin);
        let distinct = origins.filter(|origin| seen.insert(Arc::as_ptr(origin)));
        distinct.cloned().collect()
    }

    /// See [`Block::only_adds_first`].
    fn only_adds_first(&self) -> bool {
        self.source_blocks().all(|block| block.ir.only_adds_first())
    }

    /// The ways with loads that are done without a branch: the node, whether it is that of the taken branch, and the block
    /// that it lies in.
    fn loading_ways(&self) -> impl Iterator<Item = (usize, bool, &Arc<SourceBlock>)> {
        let nodes = self.nodes.iter().enumerate();
        let skips = nodes.filter_map(|(index, node)| Some((index, node.skip.as_ref()?)));
        skips.flat_map(|(index, skip)| {
            let ways = skip.loading();
            ways.map(move |(taken, block)| (index, taken, block))
        })
    }

    /// What may fault, with the node that it is of: first the nodes, then the ways with loads that are done without a branch.
    pub(super) fn units(&self) -> impl Iterator<Item = (usize, &Arc<SourceBlock>)> {
        let nodes = self.nodes.iter().map(|node| &node.block).enumerate();
        let ways = self.loading_ways();
        nodes.chain(ways.map(|(node, _, block)| (node, block)))
    }

    /// The number, among [`Region::units`], of a way with loads that a node does without a branch.
    pub(super) fn unit_of_way(&self, node: usize, taken: bool) -> Option<usize> {
        let mut ways = self.loading_ways();
        let index = ways.position(|(of, way, _)| (of, way) == (node, taken))?;
        Some(self.nodes.len() + index)
    }
}

impl Builder<'_> {
    /// Chooses the nodes, hottest first; returns the number of guest instructions.
    fn collect(&mut self, head: &Arc<SourceBlock>, options: &Options) -> usize {
        let mut insns = head.ir.insns.len();
        let mut heap = BinaryHeap::new();
        self.draft(
            head.clone(),
            Place::block((head.ir.pc, 0)),
            Accessed::default(),
        );
        let mut next = Some(0);
        let mut order = 0_u32;
        let coldest = head.executions() / TOO_COLD;
        while let Some(draft) = next {
            let ways = self.ways(draft).list();
            for way in ways.chain(self.ways_back(draft)).filter(|way| way.live) {
                let Way { to, .. } = way;
                if self.ids.contains_key(&to) {
                    continue;
                }
                let block = match to.tail {
                    true => self.drafts[draft].skip.as_ref().and_then(Skip::tail),
                    false => self.known.block(to.pc),
                };
                let Some(block) = block else {
                    continue;
                };
                let heat = self.calls.executions(to.context, &block);
                if heat < coldest {
                    continue;
                }
                order += 1;
                let candidate = Candidate {
                    to,
                    block,
                    from: draft,
                };
                heap.push((heat, Reverse(order), candidate));
            }
            next = None;
            while let Some((_, _, Candidate { to, block, from })) = heap.pop() {
                let len = block.ir.insns.len();
                if insns + len > options.max_region_insns || self.ids.contains_key(&to) {
                    continue;
                }
                let stops = || !to.tail && self.known.stops_region(to.pc);
                if insns >= options.max_overlap_insns && stops() {
                    continue;
                }
                insns += len;
                let accessed = self.drafts[from].accessed.clone();
                next = Some(self.draft(block, to, accessed));
                break;
            }
        }
        insns
    }

    fn draft(&mut self, block: Arc<SourceBlock>, place: Place, accessed: Accessed) -> usize {
        let id = self.drafts.len();
        self.ids.insert(place, id);
        let mut accessed = accessed.behind(&block.ir.ops);
        let skip = match self.skips.but.contains(&block.ir.pc) {
            true => None,
            false => Skip::of(&block, &accessed, &mut self.known, self.skips),
        };
        if let Some(skip) = &skip {
            accessed = accessed.behind_choice(skip.ops());
        }
        self.drafts.push(Draft {
            block,
            context: place.context,
            skip,
            accessed,
        });
        id
    }

    /// The ways behind calls of a shared function that get their edges by `draft`: the call itself, or a
    /// return from the function.
    fn ways_back(&mut self, draft: usize) -> Vec<Way> {
        let Draft { block, context, .. } = &self.drafts[draft];
        let context = *context;
        let way = |&(pc, context): &(u64, Context)| Way::live(pc, context);
        match block.ir.terminator {
            Terminator::Jump {
                kind: JumpKind::Call { return_to },
                ..
            }
            | Terminator::Indirect {
                kind: JumpKind::Call { return_to },
                ..
            } => {
                let callees = self.callees(draft);
                let contexts = callees.into_iter().filter_map(|(_, inner)| inner);
                let mut behind = contexts.filter(|&inner| self.calls.is_returned_from(inner));
                let behind = behind.next();
                behind.iter().map(|_| way(&(return_to, context))).collect()
            }
            Terminator::Indirect {
                kind: JumpKind::Return,
                ..
            } => self.calls.returns(context).iter().map(way).collect(),
            _ => Vec::new(),
        }
    }

    /// The functions that a draft calls, with their contexts if they are part of the region.
    fn callees(&mut self, draft: usize) -> Vec<(u64, Option<Context>)> {
        let Draft { block, context, .. } = &self.drafts[draft];
        let (block, outer) = (block.clone(), *context);
        let direct;
        let (callees, return_to) = match block.ir.terminator {
            Terminator::Jump {
                target,
                kind: JumpKind::Call { return_to },
            } => {
                direct = (target, block.executions());
                (std::slice::from_ref(&direct), return_to)
            }
            Terminator::Indirect {
                kind: JumpKind::Call { return_to },
                ..
            } => (block.targets.as_slice(), return_to),
            _ => return Vec::new(),
        };
        let mut enter = |&(callee, executions): &(u64, u32)| {
            let call = Call {
                callee,
                return_to,
                outer,
                executions,
            };
            (callee, self.calls.enter(call, &mut self.known))
        };
        callees.iter().map(&mut enter).collect()
    }

    /// The ways out of a draft.
    fn ways(&mut self, draft: usize) -> Ways {
        let Draft {
            block,
            context,
            skip,
            ..
        } = &self.drafts[draft];
        let (block, context) = (block.clone(), *context);
        let way = Way::live;
        if let Some(skip) = skip {
            return Ways::Jump(Way {
                to: skip.join(context),
                live: true,
            });
        }
        match block.ir.terminator {
            Terminator::Jump {
                target,
                kind: JumpKind::Call { .. },
            } => match self.callees(draft).first() {
                Some(&(_, Some(inner))) => Ways::Jump(way(target, inner)),
                _ => Ways::Jump(Way {
                    live: false,
                    ..way(target, 0)
                }),
            },
            Terminator::Jump { target, .. } => Ways::Jump(way(target, context)),
            Terminator::Branch {
                taken, fallthrough, ..
            } => {
                let [taken_count, other_count] = block.branch_counts();
                Ways::Branch {
                    taken: Way {
                        live: taken_count > 0 || other_count == 0,
                        ..way(taken, context)
                    },
                    fallthrough: Way {
                        live: other_count > 0 || taken_count == 0,
                        ..way(fallthrough, context)
                    },
                }
            }
            Terminator::Indirect {
                kind: JumpKind::Return,
                ..
            } => {
                let is_node = |&node: &(u64, Context)| self.ids.contains_key(&Place::block(node));
                let expected = self.calls.expected(context, &mut self.known, is_node);
                let ways = expected.into_iter().map(|(pc, context)| way(pc, context));
                Ways::Indirect {
                    expected: ways.collect(),
                }
            }
            Terminator::Indirect {
                kind: JumpKind::Call { .. },
                ..
            } => {
                let callees = self.callees(draft).into_iter();
                let entered = callees.filter_map(|(pc, inner)| Some(way(pc, inner?)));
                Ways::Indirect {
                    expected: entered.collect(),
                }
            }
            // A function that goes on as another one: an entry of a procedure linkage table, say.
            Terminator::Indirect {
                kind: JumpKind::Plain,
                ..
            } if context != 0 && self.calls.callee(context) == block.ir.pc => Ways::Indirect {
                expected: (block.targets.iter())
                    .map(|&(pc, _)| way(pc, context))
                    .collect(),
            },
            Terminator::Indirect {
                kind: JumpKind::Plain,
                ..
            } => Ways::Indirect {
                expected: Vec::new(),
            },
            Terminator::Exit { .. } => Ways::Exit,
        }
    }

    /// Resolves the edges and orders the nodes.
    fn finish(mut self) -> Vec<Node> {
        // A region is not left where ways meet: that need not be the start of a block for all of them.
        for draft in &mut self.drafts {
            let met = |skip: &Skip| self.ids.contains_key(&skip.join(draft.context));
            if !draft.skip.as_ref().is_some_and(met) {
                draft.skip = None;
            }
        }
        let ways: Vec<Ways> = (0..self.drafts.len())
            .map(|draft| self.ways(draft))
            .collect();
        let resolve = |way: &Way| match self.ids.get(&way.to) {
            Some(&id) => Target::Node(id),
            None => Target::Exit(way.to.pc),
        };
        let edges: Vec<Edges> = ways
            .iter()
            .map(|ways| match ways {
                Ways::Jump(way) => Edges::Jump(resolve(way)),
                Ways::Branch { taken, fallthrough } => Edges::Branch {
                    taken: resolve(taken),
                    fallthrough: resolve(fallthrough),
                },
                Ways::Indirect { expected: ways } => {
                    let mut expected = Expected::default();
                    let targets = ways.iter().map(|way| (way.to.pc, resolve(way)));
                    let nodes = targets.filter(|(_, target)| target.node().is_some());
                    for (slot, target) in expected.iter_mut().zip(nodes) {
                        *slot = Some(target);
                    }
                    Edges::Indirect { expected }
                }
                Ways::Exit => Edges::Exit,
            })
            .collect();
        let drafts = self.drafts.into_iter().zip(edges);
        let nodes = drafts.map(|(draft, edges)| Node {
            block: draft.block,
            skip: draft.skip,
            edges,
            incoming: 0,
            loop_header: false,
        });
        in_reverse_postorder(nodes.collect())
    }
}

impl Ways {
    fn list(self) -> impl Iterator<Item = Way> {
        let (direct, expected) = match self {
            Ways::Jump(way) => ([Some(way), None], Vec::new()),
            Ways::Branch { taken, fallthrough } => ([Some(taken), Some(fallthrough)], Vec::new()),
            Ways::Indirect { expected } => ([None; 2], expected),
            Ways::Exit => ([None; 2], Vec::new()),
        };
        direct.into_iter().flatten().chain(expected)
    }
}

/// A block that may become a node. Never compared: the heap's keys before it are distinct.
struct Candidate {
    to: Place,
    block: Arc<SourceBlock>,
    /// The draft that leads there.
    from: usize,
}

impl PartialEq for Candidate {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Candidate {}
impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Candidate {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

/// Orders nodes, which all are reachable from the first one, and counts what leads to each.
fn in_reverse_postorder(nodes: Vec<Node>) -> Vec<Node> {
    let successors: Vec<Vec<usize>> = (nodes.iter())
        .map(|node| node.edges.nodes().collect())
        .collect();
    let heats: Vec<u64> = (nodes.iter())
        .map(|node| node.block.executions().into())
        .collect();
    let order = order::reverse_postorder(&successors, &heats);
    let mut position = vec![usize::MAX; nodes.len()];
    for (index, &node) in order.iter().enumerate() {
        position[node] = index;
    }
    let ordered = order.iter().map(|&node| Node {
        edges: nodes[node].edges.map(|to| position[to]),
        incoming: 0,
        loop_header: false,
        ..nodes[node].clone()
    });
    let mut nodes: Vec<Node> = ordered.collect();
    for from in 0..nodes.len() {
        let edges = nodes[from].edges;
        for to in edges.nodes() {
            nodes[to].incoming += 1;
            nodes[to].loop_header |= to <= from;
        }
    }
    nodes
}
