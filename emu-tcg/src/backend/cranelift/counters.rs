//! Where in a region plugin words are added to.
//!
//! An instrumented block adds constants to words of the plugin area at its start. Done there, a
//! loop would pay for every word in each of its blocks. But as the sums are constants, a word in
//! memory may lag behind (or be ahead of) its true value by an amount that depends on the place
//! alone: what memory is *owed* there. An edge between two places then adds nothing if the two
//! amounts differ by what is counted on the way. As for counters placed on a program's edges by
//! Knuth's method, amounts are chosen such that this holds for all edges of a spanning tree, the
//! most frequented one that there is; only the other edges, say one in a loop without branches,
//! add and store. Outside of the region nothing is owed.
//!
//! Memory is thus never more than a constant away from the truth, and a fault is as cheap to
//! settle as an exit: no word needs to be stored before an access that may fault.
//!
//! The words that a loop adds to most often are in registers, and memory need not have them where only a fault may
//! follow: it is settled from the registers ([`super::held`]). Two neighbouring words that are in registers
//! are added to by one vector operation; other words one by one, in memory.
//!
//! Not here: words that some block adds to behind its start, and regions with calls, which may look
//! at any word. Those words are cells ([`super::flow`]).
//!
//! Invariants:
//! - At each place of the region: true value = value in the register, or else in memory, + owed.
//! - Memory holds what the register does where a helper may look at it and, of words that are added to conditionally,
//!   wherever a fault is possible.
//! - Words are loaded one by one, so that no load waits for two stores that it takes the halves of.
//! - Everywhere in a block its own additions count as made, from its first instruction on
//!   ([`crate::ir::Block::uncompleted_adds`] takes back those that were not).

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::region::{Edges, Node, Region, Skip, Target};
use crate::ir::{Block, Opcode};

/// No more groups than this are kept in registers.
const MAX_REGISTERS: usize = 8;
/// A group is kept in a register if it is added to this many times as often as the region is entered:
/// to load it and store it at exits costs as much as several additions in memory.
const MIN_ADDITIONS: u64 = 2;

/// What each word of a region's [`Counters`] is owed or gets, in the order of the words.
pub(super) type Amounts = Box<[u64]>;

/// One word, or two neighbouring ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    /// Offset of its first word from the state's start.
    pub(super) offset: u32,
    /// Index of each word among the amounts; the second, if there is one, is behind the first.
    pub(super) lanes: [Option<usize>; 2],
    /// Whether something is added depending on a condition, which is in a general register.
    pub(super) conditional: bool,
}

impl Group {
    /// Whether it changes if what is owed becomes `then` instead of `now`.
    fn changes(&self, now: &Amounts, then: &Amounts) -> bool {
        let mut words = self.lanes.iter().flatten();
        words.any(|&word| now[word] != then[word])
    }
}

/// A set of groups that are kept in registers, by index.
pub(super) type GroupSet = u32;

/// Amounts at the ends of a node, and which groups are or must be where.
#[derive(Debug, Clone)]
struct NodeAmounts {
    /// Owed before the block.
    before: Amounts,
    /// Owed once the block's additions count as made, up to [`Counters::after`].
    within: Amounts,
    /// Owed behind the block.
    after: Amounts,
    /// Groups that must be in memory before the block, and behind it.
    needed: [GroupSet; 2],
    /// Groups that may not be in memory before the block.
    unstored: GroupSet,
}

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Counters {
    /// Offsets of the words, ascending.
    words: Vec<u32>,
    /// First those that are kept in registers.
    groups: Vec<Group>,
    in_registers: usize,
    nodes: Vec<NodeAmounts>,
    nothing: Amounts,
}

impl Counters {
    /// Places the additions of `region`; no group whose offset is one of `excluded` is kept in registers.
    pub(super) fn place(region: &Region, excluded: &[u32]) -> Counters {
        let words = words(region);
        let groups = groups(region, &words);
        let nothing: Amounts = vec![0; words.len()].into();
        let counted: Vec<Amounts> = region
            .nodes
            .iter()
            .map(|node| counted(&node.block.ir, &words))
            .collect();
        let nodes = if words.is_empty() {
            let none = || NodeAmounts {
                before: nothing.clone(),
                within: nothing.clone(),
                after: nothing.clone(),
                needed: [0; 2],
                unstored: 0,
            };
            region.nodes.iter().map(|_| none()).collect()
        } else {
            amounts(&region.nodes, &counted, &nothing)
        };
        let mut counters = Counters {
            words,
            groups,
            in_registers: 0,
            nodes,
            nothing,
        };
        if region.nodes.iter().any(|node| node.loop_header) {
            counters.choose_registers(region, excluded);
            counters.find_needed(region);
            counters.find_unstored(region);
        }
        counters
    }

    /// Puts those groups first that are added to most often without that the region is left, and
    /// has them kept in registers if that is often enough.
    fn choose_registers(&mut self, region: &Region, excluded: &[u32]) {
        let skips = region.nodes.iter().filter_map(|node| {
            let frequency = node.block.executions();
            let amounts = self.of_skip(node.skip.as_ref()?);
            Some((u64::from(frequency), self.nothing.clone(), amounts))
        });
        let edges = edges(&region.nodes);
        let outside = |edge: &&Edge| edge.from == 0;
        let entries: u64 = edges.iter().filter(outside).map(|edge| edge.cost).sum();
        let inner = edges.into_iter().filter_map(|edge| {
            let [from, to] = [edge.from, edge.to].map(|vertex| self.owed_at(vertex));
            let from = match edge.through {
                Some(node) => &self.nodes[node].within,
                None => from?,
            };
            Some((edge.cost, from.clone(), to?.clone()))
        });
        let changes: Vec<(u64, Amounts, Amounts)> = skips.chain(inner).collect();
        let mut groups: Vec<(u64, Group)> = self
            .groups
            .iter()
            .map(|group| {
                let changing = changes
                    .iter()
                    .filter(|(_, now, then)| group.changes(now, then));
                let heat = match excluded.contains(&group.offset) {
                    true => 0,
                    false => changing.map(|(cost, ..)| *cost).sum(),
                };
                (heat, *group)
            })
            .collect();
        groups.sort_by_key(|&(heat, _)| Reverse(heat));
        let hot = |&&(heat, _): &&(u64, Group)| heat > MIN_ADDITIONS * entries;
        let added = groups.iter().take_while(hot).count();
        self.in_registers = added.min(MAX_REGISTERS);
        self.groups = groups.into_iter().map(|(_, group)| group).collect();
    }

    /// The groups in registers that are in memory as well wherever a fault is possible: what is added to them is not known
    /// to [`super::held`].
    fn stored(&self) -> GroupSet {
        let groups = self.groups[..self.in_registers].iter().enumerate();
        groups
            .filter(|(_, group)| group.conditional)
            .fold(0, |set, (index, _)| set | 1 << index)
    }

    /// What is owed at a vertex of the graph of [`edges`], unless it is outside.
    fn owed_at(&self, vertex: usize) -> Option<&Amounts> {
        let node = &self.nodes[vertex.checked_sub(1)? / 2];
        Some(if vertex % 2 == 1 {
            &node.before
        } else {
            &node.after
        })
    }

    /// The groups in registers whose words change if what is owed becomes `then` instead of `now`.
    fn changed(&self, now: &Amounts, then: &Amounts) -> GroupSet {
        let groups = self.groups[..self.in_registers].iter().enumerate();
        groups
            .filter(|(_, group)| group.changes(now, then))
            .fold(0, |set, (index, _)| set | 1 << index)
    }

    /// The groups that are added to behind the block of a node.
    fn changed_behind(&self, index: usize, node: &Node) -> GroupSet {
        let amounts = &self.nodes[index];
        let skip = node
            .skip
            .as_ref()
            .map_or(0, |skip| self.changed(&self.nothing, &self.of_skip(skip)));
        self.changed(&amounts.within, &amounts.after) | skip
    }

    /// Backward: which groups a fault or a helper wants in memory before they are added to again.
    fn find_needed(&mut self, region: &Region) {
        let stored = self.stored();
        let mut changed = true;
        while changed {
            changed = false;
            for (index, node) in region.nodes.iter().enumerate().rev() {
                let after = &self.nodes[index].after;
                let behind = node.edges.nodes().fold(0, |set, to| {
                    let target = &self.nodes[to];
                    set | target.needed[0] & !self.changed(after, &target.before)
                });
                let wanted = if has_helper(node) {
                    GroupSet::MAX
                } else if may_fault(node) {
                    stored
                } else {
                    0
                };
                let before = wanted | behind & !self.changed_behind(index, node);
                changed |= self.nodes[index].needed != [before, behind];
                self.nodes[index].needed = [before, behind];
            }
        }
    }

    /// Forward: which groups may not be in memory.
    fn find_unstored(&mut self, region: &Region) {
        let entry = &self.nodes[0];
        self.nodes[0].unstored = self.changed(&self.nothing, &entry.before) & !entry.needed[0];
        let mut changed = true;
        while changed {
            changed = false;
            for (index, node) in region.nodes.iter().enumerate() {
                let from = &self.nodes[index];
                let here = self.changed_behind(index, node);
                let behind = from.unstored & !here | here & !from.needed[1];
                for to in node.edges.nodes() {
                    let target = &self.nodes[to];
                    let on_edge = self.changed(&self.nodes[index].after, &target.before);
                    let set = behind & !on_edge | on_edge & !target.needed[0];
                    changed |= set & !target.unstored != 0;
                    self.nodes[to].unstored |= set;
                }
            }
        }
    }

    /// Whether additions to the word at `offset` are placed here.
    pub(super) fn covers(&self, offset: u32) -> bool {
        self.words.binary_search(&offset).is_ok()
    }

    /// What is added and stored at once.
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// How many groups, the first ones, are kept in registers over the region: in loops, that
    /// saves the latency of a load that waits for the store before it.
    pub(super) fn in_registers(&self) -> usize {
        self.in_registers
    }

    /// Owed outside of the region.
    pub(super) fn nothing(&self) -> &Amounts {
        &self.nothing
    }

    /// Groups that must be in memory before the block of `node`.
    pub(super) fn needed_before(&self, node: usize) -> GroupSet {
        self.nodes[node].needed[0]
    }

    /// Groups that must be in memory behind the block of `node`.
    pub(super) fn needed_after(&self, node: usize) -> GroupSet {
        self.nodes[node].needed[1]
    }

    /// Groups that may not be in memory before the block of `node`.
    pub(super) fn unstored(&self, node: usize) -> GroupSet {
        self.nodes[node].unstored
    }

    /// Owed before the block of `node`.
    pub(super) fn before(&self, node: usize) -> &Amounts {
        &self.nodes[node].before
    }

    /// Owed within the block of `node`, its own additions made.
    pub(super) fn within(&self, node: usize) -> &Amounts {
        &self.nodes[node].within
    }

    /// Owed behind the block of `node`.
    pub(super) fn after(&self, node: usize) -> &Amounts {
        &self.nodes[node].after
    }

    /// By word, what an execution of `skip` adds to it.
    pub(super) fn of_skip(&self, skip: &Skip) -> Amounts {
        let mut amounts = self.nothing.clone();
        for &(offset, value) in skip.counts() {
            if let Ok(word) = self.words.binary_search(&offset) {
                amounts[word] = value;
            }
        }
        amounts
    }

    /// What words in memory lack within `node`, by offset.
    pub(super) fn owed(&self, node: usize) -> Box<[(u32, u64)]> {
        self.by_offset(self.within(node))
    }

    /// What words in memory lack in a way that `node` does without a branch, and that lies in `block`, by offset.
    pub(super) fn owed_in_way(&self, node: usize, block: &Block) -> Box<[(u32, u64)]> {
        let counted = counted(block, &self.words);
        self.by_offset(&combined(self.within(node), &counted, u64::wrapping_add))
    }

    fn by_offset(&self, amounts: &Amounts) -> Box<[(u32, u64)]> {
        let words = self.words.iter().copied().zip(amounts.iter().copied());
        words.filter(|&(_, amount)| amount != 0).collect()
    }
}

/// What the start of a block adds to words.
fn counted(block: &Block, words: &[u32]) -> Amounts {
    let mut amounts: Amounts = vec![0; words.len()].into();
    for add in block.leading_adds() {
        if let Ok(word) = words.binary_search(&add.offset) {
            amounts[word] = amounts[word].wrapping_add(add.value);
        }
    }
    amounts
}

/// Whether there may be a fault in the middle of the node's block, or in a way that it does without a branch.
pub(super) fn may_fault(node: &Node) -> bool {
    let skipped = node.skip.iter().flat_map(Skip::ops);
    let mut ops = node.block.ir.ops.iter().chain(skipped);
    ops.any(|op| op.code.effects().may_fault)
}

/// Whether somebody may look at memory in the middle of the node's block.
fn has_helper(node: &Node) -> bool {
    let mut ops = node.block.ir.ops.iter();
    ops.any(|op| op.code == Opcode::Helper)
}

/// The words that are only ever added to at the starts of blocks, with nobody to see them in between.
fn words(region: &Region) -> Vec<u32> {
    let blocks = || region.nodes.iter().map(|node| &node.block.ir);
    if blocks().any(|block| !block.probe_calls.is_empty()) {
        return Vec::new();
    }
    let mut words = BTreeSet::new();
    for block in blocks() {
        words.extend(block.leading_adds().map(|add| add.offset));
    }
    let skips = region.nodes.iter().filter_map(|node| node.skip.as_ref());
    words.extend(skips.flat_map(|skip| skip.counts().iter().map(|&(offset, _)| offset)));
    for block in blocks() {
        let others = block
            .ops
            .iter()
            .skip_while(|op| op.code == Opcode::ProbeAdd)
            .filter(|op| op.code == Opcode::ProbeAdd);
        for op in others {
            words.remove(&block.probe_adds[op.imm as usize].offset);
        }
    }
    words.into_iter().collect()
}

/// Words, in pairs where two neighbours are both added to.
fn groups(region: &Region, words: &[u32]) -> Vec<Group> {
    let index = |offset: u32| words.binary_search(&offset).ok();
    let conditional = |offset: u32| {
        let mut skips = region.nodes.iter().filter_map(|node| node.skip.as_ref());
        skips.any(|skip| skip.counts().iter().any(|&(word, _)| word == offset))
    };
    let usable = |offset: u32| index(offset).is_some() && !conditional(offset);
    let mut groups: Vec<Group> = Vec::new();
    for &word in words {
        let (first, second) = (word & !15, word & !15 | 8);
        let group = if word % 8 == 0 && usable(first) && usable(second) {
            Group {
                offset: first,
                lanes: [index(first), index(second)],
                conditional: false,
            }
        } else {
            Group {
                offset: word,
                lanes: [index(word), None],
                conditional: conditional(word),
            }
        };
        if groups.last() != Some(&group) {
            groups.push(group);
        }
    }
    groups
}

/// An edge of the graph whose spanning tree is sought: vertex 0 is outside, 1 + 2n before node n,
/// 2 + 2n behind it.
struct Edge {
    from: usize,
    to: usize,
    /// The node, if it is the edge through one.
    through: Option<usize>,
    /// What an addition here would cost.
    cost: u64,
}

fn before(node: usize) -> usize {
    1 + 2 * node
}

fn after(node: usize) -> usize {
    2 + 2 * node
}

/// An edge's cost: how often it is taken, and something to decide without a profile.
fn cost(frequency: u64, otherwise: u64) -> u64 {
    frequency * 4 + otherwise
}

fn edges(nodes: &[Node]) -> Vec<Edge> {
    let frequency = |node: usize| u64::from(nodes[node].block.executions());
    let mut edges = Vec::new();
    let mut repeated = 0;
    for (index, node) in nodes.iter().enumerate() {
        let counts_anyway = node
            .skip
            .as_ref()
            .is_some_and(|skip| !skip.counts().is_empty());
        edges.push(Edge {
            from: before(index),
            to: after(index),
            through: Some(index),
            cost: cost(frequency(index), 3) >> if counts_anyway { 2 } else { 0 },
        });
        let [taken, not_taken] = node.block.branch_counts();
        let ways: Vec<(Target, u64)> = match node.edges {
            Edges::Jump(target) => vec![(target, frequency(index))],
            Edges::Branch {
                taken: target,
                fallthrough,
            } => vec![(target, taken), (fallthrough, not_taken)],
            Edges::Indirect { .. } | Edges::Exit => {
                let expected: Vec<Target> = node.edges.targets().collect();
                let each = frequency(index) / expected.len().max(1) as u64;
                let rest = if expected.is_empty() { each } else { 0 };
                let expected = expected.into_iter().map(|target| (target, each));
                expected.chain([(Target::Exit(0), rest)]).collect()
            }
        };
        let branches = ways.len() > 1;
        for (target, frequency) in ways {
            let (to, cost) = match target {
                Target::Exit(_) => (0, cost(frequency, 1)),
                Target::Node(to) => {
                    let back = to <= index;
                    if to == 0 {
                        repeated += frequency;
                    }
                    // Such an edge needs a block of its own, and a jump.
                    let critical = branches && nodes[to].incoming + usize::from(to == 0) > 1;
                    let extra = if critical { frequency } else { 0 };
                    (
                        before(to),
                        cost(frequency, if back { 0 } else { 2 }) + extra,
                    )
                }
            };
            edges.push(Edge {
                from: after(index),
                to,
                through: None,
                cost,
            });
        }
    }
    edges.push(Edge {
        from: 0,
        to: before(0),
        through: None,
        cost: cost(frequency(0).saturating_sub(repeated), 1),
    });
    edges
}

/// The representative of a vertex's tree.
fn root(parents: &mut [usize], mut vertex: usize) -> usize {
    while parents[vertex] != vertex {
        parents[vertex] = parents[parents[vertex]];
        vertex = parents[vertex];
    }
    vertex
}

/// What is owed at each node, given what each counts.
fn amounts(nodes: &[Node], counted: &[Amounts], nothing: &Amounts) -> Vec<NodeAmounts> {
    let mut edges = edges(nodes);
    edges.sort_by_key(|edge| Reverse(edge.cost));
    let vertices = 1 + 2 * nodes.len();
    let mut parents: Vec<usize> = (0..vertices).collect();
    // Neighbours in the tree: vertex, node between, whether in the edge's direction.
    let mut tree: Vec<Vec<(usize, Option<usize>, bool)>> = vec![Vec::new(); vertices];
    for edge in &edges {
        let (from, to) = (root(&mut parents, edge.from), root(&mut parents, edge.to));
        if from != to {
            parents[from] = to;
            tree[edge.from].push((edge.to, edge.through, true));
            tree[edge.to].push((edge.from, edge.through, false));
        }
    }
    let mut owed: Vec<Option<Amounts>> = vec![None; vertices];
    owed[0] = Some(nothing.clone());
    let mut pending = vec![0];
    while let Some(vertex) = pending.pop() {
        let here = owed[vertex].clone().unwrap_or_else(|| nothing.clone());
        for &(other, through, forward) in &tree[vertex] {
            if owed[other].is_none() {
                owed[other] = Some(match through {
                    Some(node) if forward => combined(&here, &counted[node], u64::wrapping_add),
                    Some(node) => combined(&here, &counted[node], u64::wrapping_sub),
                    None => here.clone(),
                });
                pending.push(other);
            }
        }
    }
    let at = |vertex: usize| owed[vertex].clone().unwrap_or_else(|| nothing.clone());
    (0..nodes.len())
        .map(|node| NodeAmounts {
            before: at(before(node)),
            within: combined(&at(before(node)), &counted[node], u64::wrapping_add),
            after: at(after(node)),
            needed: [0; 2],
            unstored: 0,
        })
        .collect()
}

fn combined(a: &Amounts, b: &Amounts, with: impl Fn(u64, u64) -> u64) -> Amounts {
    a.iter().zip(b.iter()).map(|(&a, &b)| with(a, b)).collect()
}
