//! In which form a region keeps float slots between its nodes.
//!
//! A slot has 64 bits, but where every way to a node leaves a NaN-boxed single there, the node is
//! given the single itself: a loop over singles would else box and unbox each sum that it carries.
//! And what arithmetic leaves may be a NaN other than the canonical one. Where every way to a node
//! leaves a result of arithmetic, it stays *raw*: as long as only arithmetic uses it, nobody can tell,
//! so that it is made canonical where its bits show instead of where it is computed. (What else may
//! be there, say what was loaded, keeps its bits.)
//!
//! Not here: the forms of values within a node, which the lowering knows better. It converts to what
//! the nodes that follow expect.
//!
//! Invariant: what is called single here, the lowering has as a single.

use super::flow::{CellSet, Rules, one};
use super::region::{Node, Region};
use crate::backend::fp::FpAux;
use crate::ir::{FpFormat, MemExt, MemOp, Op, Opcode, RoundingMode, Size};

/// Forms of the float slots at a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Forms {
    /// Those that are kept as singles.
    pub(super) single: CellSet,
    /// Those that may be raw, and may be made canonical.
    pub(super) raw: CellSet,
}

impl Forms {
    fn set(&mut self, cell: usize, (single, raw): (bool, bool)) {
        self.forget(one(cell));
        if single {
            self.single |= one(cell);
        }
        if raw {
            self.raw |= one(cell);
        }
    }

    fn forget(&mut self, cells: CellSet) {
        self.single &= !cells;
        self.raw &= !cells;
    }

    /// Of what `op` writes to a float slot: whether it is a single, and whether it may be raw.
    fn of_result(self, rules: &Rules<'_>, op: &Op, has_fma: bool) -> (bool, bool) {
        match op.code {
            Opcode::FBox => return (true, rules.cells.is_zero(op.a)),
            Opcode::Mov if rules.cells.is_zero(op.a) => return (false, true),
            Opcode::Load => {
                let single = MemOp::from_aux(op.aux)
                    .is_some_and(|op| op.size == Size::B4 && op.ext == MemExt::Ones);
                return (single, false);
            }
            Opcode::Mov => {
                let source = rules.cells.of(op.a).map_or(0, one);
                return (self.single & source != 0, self.raw & source != 0);
            }
            _ => {}
        }
        let Some(aux) = FpAux::from_aux(op.aux) else {
            return (false, false);
        };
        let single = aux.format == FpFormat::Single;
        let dynamic = aux.rounding == RoundingMode::Dynamic;
        match op.code {
            Opcode::FAdd | Opcode::FSub | Opcode::FMul | Opcode::FDiv | Opcode::FSqrt => {
                (single && dynamic, dynamic)
            }
            Opcode::FMadd | Opcode::FMsub | Opcode::FNmsub | Opcode::FNmadd => {
                let inline = dynamic && has_fma;
                (single && inline, inline)
            }
            Opcode::FCvt => {
                let inline = dynamic || !single;
                (single && inline, inline)
            }
            Opcode::FSgnj if op.a == op.b => {
                let source = rules.cells.of(op.a).map_or(0, one);
                let same = (self.single & source != 0) == single;
                (single, same && self.raw & source != 0)
            }
            Opcode::FMin | Opcode::FMax => (single, true),
            Opcode::FSgnj | Opcode::FSgnjn | Opcode::FSgnjx => (single, false),
            Opcode::IntToF => (single && dynamic, dynamic),
            _ => (false, false),
        }
    }

    /// From before a node to behind it.
    fn through(mut self, rules: &Rules<'_>, node: &Node, has_fma: bool) -> Forms {
        let block = &node.block.ir;
        for (index, op) in block.ops.iter().enumerate() {
            let written = rules
                .cells
                .of(op.dst)
                .filter(|&cell| rules.cells.floats & one(cell) != 0);
            let result = self.of_result(rules, op, has_fma);
            if let Some(cell) = written {
                self.set(cell, result);
            }
            self.forget(rules.touch(block, index).clobber);
        }
        for op in node.skip.iter().flat_map(|skip| skip.ops()) {
            self.forget(rules.writes(block, op));
        }
        self
    }
}

/// The forms at the start of each node.
pub(super) fn analyse(rules: &Rules<'_>, region: &Region, has_fma: bool) -> Vec<Forms> {
    let nodes = &region.nodes;
    if rules.cells.floats == 0 {
        return vec![Forms::default(); nodes.len()];
    }
    let everything = Forms {
        single: rules.cells.floats,
        raw: rules.cells.floats,
    };
    let mut forms = vec![everything; nodes.len()];
    // The entry loads all 64 bits from memory.
    forms[0] = Forms::default();
    let mut meet = |join: &dyn Fn(&mut Forms, Forms)| {
        let mut changed = true;
        while changed {
            changed = false;
            for from in 0..nodes.len() {
                let behind = forms[from].through(rules, &nodes[from], has_fma);
                for to in nodes[from].edges.nodes() {
                    let before = forms[to];
                    join(&mut forms[to], behind);
                    changed |= forms[to] != before;
                }
            }
        }
    };
    meet(&|forms, behind| forms.single &= behind.single);
    // A single that is boxed on the way is canonical, but cannot be told from other bits.
    meet(&|forms, behind| forms.raw &= behind.raw & !(behind.single ^ forms.single));
    forms
}
