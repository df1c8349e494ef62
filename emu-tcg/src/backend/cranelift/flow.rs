//! What of the vCPU state a region keeps in SSA values, and when it must be in memory.
//!
//! A *cell* is a guest slot, or a word of the plugin area that the region adds to otherwise than by
//! [`Counters`]. Its value
//! lives in an SSA variable; it is *dirty* where memory may hold an older value. Three passes
//! over the region's graph decide what moves between the two: forward, which cells may be
//! dirty (those an exit stores); backward, which cells are live. An exit's stores are reads, so the
//! second pass needs the first. The third, forward again, says which cells are *held* in their variables: a
//! cell is loaded where it is first used, or where a way on which it was not meets one on which it was. So
//! a rare way through the region does not make the others load what it needs, and a loop loads nothing
//! that it does not change.
//!
//! A plugin word that memory has but for a constant is left there at a fault, and the constant goes into
//! the fault table; else it is stored before what may fault. So a function that appends to a buffer
//! stores its cursor where nodes meet, and not at each access.
//!
//! Not here: code. The lowering keeps its own dirty set while it walks a block, by the same
//! rules ([`Touch`]).

use cranelift_codegen::ir::{Type, types};
use rustc_hash::FxHashMap;

use super::counters::Counters;
use super::leaves::Leaves;
use super::quiet;
use super::region::{Node, Region};
use crate::backend::code_space::fault::Lag;
use crate::backend::var_offset;
use crate::guest::{Guest, SlotClass};
use crate::ir::{Block, Op, Opcode, Signature, Terminator, Var};
use crate::state::SLOT_CAPACITY;

/// A set of cells.
pub(super) type CellSet = u128;

/// The set of one cell.
pub(super) fn one(cell: usize) -> CellSet {
    1 << cell
}

/// The members of a set.
pub(super) fn members(mut set: CellSet) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (set != 0).then(|| {
            let cell = set.trailing_zeros() as usize;
            set &= set - 1;
            cell
        })
    })
}

/// The cells of a region: first the guest's slots, then the plugin words.
#[derive(Debug)]
pub(super) struct Cells {
    /// Offsets of the plugin words from the state's start.
    words: Vec<u32>,
    word_cells: FxHashMap<u32, usize>,
    slots: usize,
    /// All float slots.
    pub(super) floats: CellSet,
    /// All plugin words.
    pub(super) word_set: CellSet,
    /// Slots that are always 0.
    zeros: CellSet,
    /// Slots that are only ever accessed in memory.
    resident: CellSet,
}

impl Cells {
    /// The cells of `region`, without the words of `counters`. Plugin words beyond what a set holds have no cell: additions to
    /// them are made in memory.
    pub(super) fn new(
        guest: &dyn Guest,
        region: &Region,
        counters: &Counters,
        leaves: &Leaves,
    ) -> Cells {
        let slots = guest.slots();
        let set = |keep: &dyn Fn(usize) -> bool| {
            (0..slots.len())
                .filter(|&i| keep(i))
                .fold(0, |set, i| set | one(i))
        };
        let special = guest.special_slots();
        let mut cells = Cells {
            words: Vec::new(),
            word_cells: FxHashMap::default(),
            slots: slots.len(),
            floats: set(&|i| slots[i].class == SlotClass::Float),
            word_set: 0,
            zeros: set(&|i| slots[i].constant_zero),
            resident: one(usize::from(special.rounding_mode.0))
                | one(usize::from(special.fp_flags.0)),
        };
        let added = region
            .nodes
            .iter()
            .flat_map(|node| &node.block.ir.probe_adds)
            .map(|add| add.offset)
            .filter(|&word| !counters.covers(word));
        for word in added.chain(leaves.words()) {
            let cell = cells.slots + cells.words.len();
            if cell < SLOT_CAPACITY && !cells.word_cells.contains_key(&word) {
                cells.word_cells.insert(word, cell);
                cells.words.push(word);
                cells.word_set |= one(cell);
            }
        }
        cells
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.slots + self.words.len()
    }

    /// The cell of a slot that has one.
    pub(super) fn of(&self, var: Var) -> Option<usize> {
        let slot = usize::from(var.as_slot()?);
        ((self.zeros | self.resident) & one(slot) == 0).then_some(slot)
    }

    /// The cell of a plugin word.
    pub(super) fn of_word(&self, offset: u32) -> Option<usize> {
        self.word_cells.get(&offset).copied()
    }

    /// The cells of plugin words that have a byte between two offsets from the state's start.
    fn words_within(&self, (start, end): (i64, i64)) -> CellSet {
        let within = |&(_, &word): &(usize, &u32)| {
            let word = i64::from(word);
            word < end && start < word + 8
        };
        let words = self.words.iter().enumerate().filter(within);
        words.fold(0, |set, (index, _)| set | one(self.slots + index))
    }

    /// Whether the slot is constant zero.
    pub(super) fn is_zero(&self, var: Var) -> bool {
        var.as_slot()
            .is_some_and(|slot| self.zeros & one(usize::from(slot)) != 0)
    }

    /// Type of a cell's SSA variable.
    pub(super) fn ty(&self, cell: usize) -> Type {
        if self.floats & one(cell) != 0 {
            types::F64
        } else {
            types::I64
        }
    }

    /// Offset of a cell from the state's start.
    pub(super) fn offset(&self, cell: usize) -> i32 {
        match cell.checked_sub(self.slots) {
            Some(word) => self.words[word] as i32,
            None => var_offset(Var(cell as u16)),
        }
    }

    /// All slots that have a cell.
    pub(super) fn slot_set(&self) -> CellSet {
        CellSet::MAX >> (SLOT_CAPACITY - self.slots) & !(self.zeros | self.resident)
    }
}

/// What an operation does to cells, beside reading its operands and writing its result.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Touch {
    /// Dirty ones among these are stored before it.
    pub(super) sync: CellSet,
    /// It changes these in memory: what SSA holds is stale afterwards.
    pub(super) clobber: CellSet,
}

/// What the operations of a node touch, and what that leaves to the fault table.
#[derive(Debug, Clone, Default)]
pub(super) struct Touches {
    /// By operation.
    pub(super) of_ops: Vec<Touch>,
    /// What words in memory lack at accesses.
    pub(super) lags: Vec<Lag>,
}

/// By how much memory lags behind each plugin word; `None` is an unknown amount.
type Lags = Vec<Option<u64>>;

/// The rules by which operations synchronise cells with memory.
pub(super) struct Rules<'a> {
    pub(super) cells: &'a Cells,
    pub(super) leaves: &'a Leaves,
    pub(super) guest: &'a dyn Guest,
    pub(super) precise_faults: bool,
}

impl Rules<'_> {
    /// What operation `index` of `block` touches.
    pub(super) fn touch(&self, block: &Block, index: usize) -> Touch {
        let op = &block.ops[index];
        let cells = self.cells;
        let slots = cells.slot_set();
        match op.code {
            Opcode::Helper => {
                let Some(helper) = self.guest.helpers().get(op.imm as usize) else {
                    return Touch::default();
                };
                let set = |vars: &[Var]| {
                    vars.iter()
                        .filter_map(|&var| cells.of(var))
                        .fold(0, |set, cell| set | one(cell))
                };
                let writes = set(helper.writes);
                // What it only may write must be in memory for when it does not.
                Touch {
                    sync: set(helper.reads) | writes | cells.word_set,
                    clobber: writes,
                }
            }
            Opcode::ProbeCall => {
                let call = &block.probe_calls[op.imm as usize];
                if let Some(leaf) = self.leaves.of(block, op) {
                    let start = i64::from(call.state_offset);
                    let set = match &leaf.accesses.spans {
                        Some(spans) => spans
                            .iter()
                            .map(|&(low, high)| cells.words_within((low + start, high + start)))
                            .fold(0, |set, words| set | words),
                        None => cells.word_set,
                    };
                    return Touch {
                        sync: set,
                        clobber: set,
                    };
                }
                let mut touch = Touch {
                    sync: cells.word_set,
                    clobber: cells.word_set,
                };
                if call.reads_registers || call.writes_registers {
                    touch.sync |= slots;
                }
                if call.writes_registers {
                    touch.clobber |= slots;
                }
                touch
            }
            Opcode::FlagsSet if quiet::is_restore(block, index) => Touch::default(),
            // A barrier for float values, so that operations on either side of it are not taken
            // for the same.
            Opcode::FlagsSet => Touch {
                sync: cells.floats,
                clobber: cells.floats,
            },
            code if code.effects().may_fault => Touch {
                sync: if self.precise_faults {
                    cells.word_set | slots
                } else {
                    cells.word_set
                },
                clobber: 0,
            },
            _ => Touch::default(),
        }
    }

    /// What the operations of a block touch if memory lags behind so much at its start; makes `lags`
    /// what it is at the end.
    fn touches(&self, block: &Block, lags: &mut Lags) -> Touches {
        let cells = self.cells;
        let mut touches = Touches::default();
        for (insn, info) in block.insns.iter().enumerate() {
            let mut faulted = false;
            let end = block.insns.get(insn + 1);
            let end = end.map_or(block.ops.len(), |next| next.first_op as usize);
            for index in info.first_op as usize..end {
                let op = &block.ops[index];
                let mut touch = self.touch(block, index);
                if op.code.effects().may_fault && op.code != Opcode::Helper {
                    for (word, lag) in lags.iter().enumerate() {
                        let Some(value) = *lag else { continue };
                        touch.sync &= !one(cells.slots + word);
                        // The accesses of one instruction fail together.
                        if value != 0 && !faulted {
                            touches.lags.push(Lag {
                                insn: insn as u16,
                                offset: cells.words[word],
                                value,
                            });
                        }
                    }
                    faulted = true;
                }
                for cell in members((touch.sync | touch.clobber) & cells.word_set) {
                    lags[cell - cells.slots] = Some(0);
                }
                for cell in members(self.writes(block, op) & cells.word_set) {
                    let lag = &mut lags[cell - cells.slots];
                    let increment = self.increment(block, op, cell);
                    *lag = lag
                        .zip(increment)
                        .map(|(lag, increment)| lag.wrapping_add(increment));
                }
                touches.of_ops.push(touch);
            }
        }
        touches
    }

    /// By how much an operation that writes a word's cell makes it greater, if by a constant.
    fn increment(&self, block: &Block, op: &Op, cell: usize) -> Option<u64> {
        if op.code == Opcode::ProbeAdd {
            return Some(block.probe_adds[op.imm as usize].value);
        }
        let start = block.probe_calls[op.imm as usize].state_offset;
        let stored = &self.leaves.of(block, op)?.accesses.stored_words;
        let is_cell = |word: i32| {
            let offset = start.checked_add_signed(word);
            offset.and_then(|offset| self.cells.of_word(offset)) == Some(cell)
        };
        stored.iter().find(|&&(word, _)| is_cell(word))?.1
    }

    /// The cells an operation reads as operands.
    pub(super) fn reads(&self, block: &Block, op: &Op) -> CellSet {
        if op.code == Opcode::ProbeAdd {
            let word = block.probe_adds[op.imm as usize].offset;
            return self.cells.of_word(word).map_or(0, one);
        }
        let mut set = operands(op)
            .filter_map(|var| self.cells.of(var))
            .fold(0, |set, cell| set | one(cell));
        if let Some(leaf) = self.leaves.of(block, op) {
            set |= self.leaf_words(block, op, leaf.accesses.words.iter().copied());
        }
        if matches!(op.code, Opcode::StoreConditional) {
            let special = self.guest.special_slots();
            for var in [special.reservation_address, special.reservation_value] {
                set |= self.cells.of(var).map_or(0, one);
            }
        }
        set
    }

    /// The cells of words of the state that a call's function is passed.
    fn leaf_words(&self, block: &Block, call: &Op, words: impl Iterator<Item = i32>) -> CellSet {
        let state = block.probe_calls[call.imm as usize].state_offset;
        let offsets = words.filter_map(|word| state.checked_add_signed(word));
        offsets
            .filter_map(|offset| self.cells.of_word(offset))
            .fold(0, |set, cell| set | one(cell))
    }

    /// The cells an operation writes.
    pub(super) fn writes(&self, block: &Block, op: &Op) -> CellSet {
        let cell = |var: Var| self.cells.of(var).map_or(0, one);
        let special = self.guest.special_slots();
        match op.code {
            Opcode::ProbeAdd => self.reads(block, op),
            Opcode::ProbeCall => match self.leaves.of(block, op) {
                Some(leaf) => {
                    let stored = leaf.accesses.stored_words.iter();
                    self.leaf_words(block, op, stored.map(|&(word, _)| word))
                }
                None => 0,
            },
            Opcode::LoadReserved => {
                cell(op.dst) | cell(special.reservation_address) | cell(special.reservation_value)
            }
            Opcode::StoreConditional => cell(op.dst) | cell(special.reservation_address),
            _ => cell(op.dst),
        }
    }
}

/// The variables an operation reads.
pub(super) fn operands(op: &Op) -> impl Iterator<Item = Var> {
    let count = match op.code.signature() {
        Signature::Unary | Signature::Load | Signature::Sink => 1,
        Signature::Binary
        | Signature::Store
        | Signature::Atomic
        | Signature::Helper
        | Signature::ProbeCall => 2,
        Signature::Ternary => 3,
        Signature::Nullary | Signature::Bare | Signature::ProbeAdd => 0,
    };
    [op.a, op.b, op.c].into_iter().take(count)
}

/// The variables a terminator reads.
pub(super) fn terminator_operands(terminator: &Terminator) -> impl Iterator<Item = Var> {
    let (a, b) = match *terminator {
        Terminator::Branch { a, b, .. } => (Some(a), Some(b)),
        Terminator::Indirect { target, .. } => (Some(target), None),
        Terminator::Jump { .. } | Terminator::Exit { .. } => (None, None),
    };
    a.into_iter().chain(b)
}

/// The result of the passes for one node.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NodeFlow {
    /// May be dirty at its start.
    pub(super) dirty_in: CellSet,
    /// Live at its start.
    pub(super) live_in: CellSet,
    /// Live at the start of a node that follows it, or read by its terminator. (What only an exit
    /// stores is not among them.)
    pub(super) live_out: CellSet,
    /// Of the live ones, those that are in their variables at its start. Memory has the others.
    pub(super) held_in: CellSet,
    summary: Summary,
}

/// What a block does to cells as a whole.
#[derive(Debug, Clone, Copy, Default)]
struct Summary {
    /// Read before they are written.
    reads: CellSet,
    /// Stored, if dirty, before they are written.
    syncs: CellSet,
    /// Written, or changed in memory.
    defines: CellSet,
    /// Clean at some point, whatever they were before.
    cleans: CellSet,
    /// Dirty at the end, whatever they were before.
    dirties: CellSet,
    /// In their variables at the end, whatever they were before.
    holds: CellSet,
    /// Changed in memory alone.
    drops: CellSet,
}

impl Summary {
    fn of(rules: &Rules<'_>, node: &Node, touches: &Touches) -> Summary {
        let mut summary = Summary::default();
        let block = &node.block.ir;
        for (op, touch) in block.ops.iter().zip(&touches.of_ops) {
            let reads = rules.reads(block, op);
            summary.reads |= reads & !summary.defines;
            summary.syncs |= touch.sync & !summary.defines;
            let clean = touch.sync | touch.clobber;
            summary.cleans |= clean;
            summary.dirties &= !clean;
            let writes = rules.writes(block, op);
            summary.dirties |= writes;
            summary.defines |= writes | touch.clobber;
            summary.hold(reads);
            summary.drop(touch.clobber);
            summary.hold(writes);
        }
        for cell in terminator_operands(&block.terminator).filter_map(|var| rules.cells.of(var)) {
            summary.reads |= one(cell) & !summary.defines;
            summary.hold(one(cell));
        }
        for op in node.skip.iter().flat_map(|skip| skip.ops()) {
            // Where the operation is not done, its result's old value stays.
            let writes = rules.writes(block, op);
            let reads = rules.reads(block, op) | writes;
            summary.reads |= reads & !summary.defines;
            summary.dirties |= writes;
            summary.defines |= writes;
            summary.hold(reads);
        }
        summary
    }

    fn hold(&mut self, cells: CellSet) {
        self.holds |= cells;
        self.drops &= !cells;
    }

    fn drop(&mut self, cells: CellSet) {
        self.holds &= !cells;
        self.drops |= cells;
    }
}

/// What the operations of each node touch: forward, by how much memory lags behind plugin words.
pub(super) fn touches(rules: &Rules<'_>, region: &Region) -> Vec<Touches> {
    let nodes = &region.nodes;
    let mut touches = vec![Touches::default(); nodes.len()];
    let mut before: Vec<Option<Lags>> = vec![None; nodes.len()];
    let mut pending = vec![0];
    while let Some(index) = pending.pop() {
        let here = &mut before[index];
        let mut lags = here
            .get_or_insert_with(|| vec![Some(0); rules.cells.words.len()])
            .clone();
        touches[index] = rules.touches(&nodes[index].block.ir, &mut lags);
        for to in nodes[index].edges.nodes() {
            let changed = match &mut before[to] {
                Some(known) => {
                    let differing = known
                        .iter_mut()
                        .zip(&lags)
                        .filter(|(known, lag)| known != lag);
                    let unknown = differing.filter_map(|(known, _)| known.take());
                    unknown.count() != 0
                }
                unvisited => {
                    *unvisited = Some(lags.clone());
                    true
                }
            };
            if changed {
                pending.push(to);
            }
        }
    }
    touches
}

/// Runs the passes.
pub(super) fn analyse(rules: &Rules<'_>, region: &Region, touches: &[Touches]) -> Vec<NodeFlow> {
    let nodes = &region.nodes;
    let mut flows: Vec<NodeFlow> = nodes
        .iter()
        .zip(touches)
        .map(|(node, touches)| NodeFlow {
            summary: Summary::of(rules, node, touches),
            ..NodeFlow::default()
        })
        .collect();
    let dirty_out = |flow: &NodeFlow| flow.dirty_in & !flow.summary.cleans | flow.summary.dirties;

    let mut changed = true;
    while changed {
        changed = false;
        for from in 0..nodes.len() {
            let out = dirty_out(&flows[from]);
            for to in nodes[from].edges.nodes() {
                changed |= out & !flows[to].dirty_in != 0;
                flows[to].dirty_in |= out;
            }
        }
    }

    let mut changed = true;
    while changed {
        changed = false;
        for index in (0..nodes.len()).rev() {
            let node = &nodes[index];
            let mut out = node
                .edges
                .nodes()
                .fold(0, |set, to| set | flows[to].live_in);
            let flow = flows[index];
            let summary = flow.summary;
            let mut needed = out;
            // Where an edge goes back there is a poll.
            if node.edges.may_exit() || node.edges.nodes().any(|to| to <= index) {
                needed |= dirty_out(&flow);
            }
            let live = summary.reads | flow.dirty_in & summary.syncs | needed & !summary.defines;
            for cell in
                terminator_operands(&node.block.ir.terminator).filter_map(|var| rules.cells.of(var))
            {
                out |= one(cell);
            }
            changed |= live != flow.live_in || out != flow.live_out;
            flows[index].live_in = live;
            flows[index].live_out = out;
        }
    }

    let mut changed = true;
    while changed {
        changed = false;
        for from in 0..nodes.len() {
            let flow = flows[from];
            let held_out = flow.held_in & !flow.summary.drops | flow.summary.holds;
            for to in nodes[from].edges.nodes() {
                let held = held_out & flows[to].live_in;
                changed |= held & !flows[to].held_in != 0;
                flows[to].held_in |= held;
            }
        }
    }
    flows
}
