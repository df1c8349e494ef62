//! Placement of probes in the block under construction.

use crate::ir::{Op, Opcode, ProbeAdd, ProbeAddPart, ProbeCall, ProbeCallKind, Size, Var};
use crate::probe::{AccessFilter, Action, Point, Probe, Probes, access_info};

use super::{Builder, Operand, bare};

/// The probes of a block, and what has been coalesced so far.
#[derive(Debug)]
pub(super) struct Instrumentation {
    /// Sorted by instruction; block probes before instruction probes before memory probes.
    probes: Vec<Probe>,
    /// Probes before the current instruction.
    position: usize,
    /// Memory probes of the current instruction, as a range of `probes`.
    memory: std::ops::Range<usize>,
    /// Owners that are called from this block.
    callers: Vec<u32>,
    /// Additions that go to the block's start, by owner.
    coalesced: Vec<(u32, ProbeAdd)>,
}

/// One access of the current instruction, as probes see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct WantedAccess {
    size: Size,
    store: bool,
    atomic: bool,
}

impl WantedAccess {
    pub(super) fn read(size: Size, atomic: bool) -> WantedAccess {
        WantedAccess {
            size,
            store: false,
            atomic,
        }
    }

    pub(super) fn write(size: Size, atomic: bool) -> WantedAccess {
        WantedAccess {
            size,
            store: true,
            atomic,
        }
    }

    fn matches(self, probe: &Probe) -> bool {
        match probe.point {
            Point::Memory(_, AccessFilter::Both) => true,
            Point::Memory(_, AccessFilter::Reads) => !self.store,
            Point::Memory(_, AccessFilter::Writes) => self.store,
            Point::Block | Point::Insn(_) => false,
        }
    }
}

/// Where a point belongs: instruction, then order within it.
fn order(point: Point) -> (u16, u8) {
    match point {
        Point::Block => (0, 0),
        Point::Insn(insn) => (insn, 1),
        Point::Memory(insn, _) => (insn, 2),
    }
}

impl Instrumentation {
    pub(super) fn new(Probes { list: mut probes }: Probes) -> Instrumentation {
        // Stable: probes at a common point run in the order of the list.
        if !probes.is_sorted_by_key(|probe| order(probe.point)) {
            probes.sort_by_key(|probe| order(probe.point));
        }
        let mut callers = Vec::new();
        for probe in &probes {
            if matches!(probe.action, Action::Call { .. }) && !callers.contains(&probe.owner) {
                callers.push(probe.owner);
            }
        }
        Instrumentation {
            probes,
            position: 0,
            memory: 0..0,
            callers,
            coalesced: Vec::new(),
        }
    }

    /// Moves on to `insn`; returns its block and instruction probes.
    fn advance(&mut self, insn: u16) -> std::ops::Range<usize> {
        let end_of = |from: usize, probes: &[Probe], last: (u16, u8)| {
            from + probes[from..]
                .iter()
                .take_while(|probe| order(probe.point) <= last)
                .count()
        };
        let exec_end = end_of(self.position, &self.probes, (insn, 1));
        let memory_end = end_of(exec_end, &self.probes, (insn, 2));
        let exec = self.position..exec_end;
        self.memory = exec_end..memory_end;
        self.position = memory_end;
        exec
    }

    fn coalesce(&mut self, owner: u32, offset: u32, part: ProbeAddPart) {
        let found = self
            .coalesced
            .iter_mut()
            .find(|(o, add)| *o == owner && add.offset == offset);
        let Some((_, add)) = found else {
            // Room for most blocks' instructions: growing takes longer than the rest of this.
            let mut parts = Vec::with_capacity(8);
            parts.push(part);
            let value = part.value;
            let add = ProbeAdd {
                offset,
                value,
                parts,
            };
            self.coalesced.push((owner, add));
            return;
        };
        add.value = add.value.wrapping_add(part.value);
        match add.parts.last_mut() {
            Some(last) if last.insn == part.insn && last.after_access == part.after_access => {
                last.value = last.value.wrapping_add(part.value);
            }
            _ => add.parts.push(part),
        }
    }

    pub(super) fn take_coalesced(&mut self) -> Vec<ProbeAdd> {
        std::mem::take(&mut self.coalesced)
            .into_iter()
            .map(|(_, add)| add)
            .collect()
    }
}

impl Builder {
    /// Index of the current instruction.
    fn current_insn(&self) -> u16 {
        (self.block.insns.len() - 1) as u16
    }

    /// Places the block and instruction probes of `insn`, which has just started.
    pub(super) fn probe_insn(&mut self, insn: u16) {
        for index in self.instrumentation.advance(insn) {
            let probe = self.instrumentation.probes[index];
            self.place(probe, ProbeCallKind::Exec, Var::NONE, Var::NONE);
        }
    }

    /// Whether a call wants to know address and value of this access.
    pub(super) fn wants_call(&self, access: WantedAccess) -> bool {
        let Instrumentation { probes, memory, .. } = &self.instrumentation;
        probes[memory.clone()]
            .iter()
            .any(|probe| access.matches(probe) && matches!(probe.action, Action::Call { .. }))
    }

    /// The address of an access for the calls behind it, kept safe from the access's result
    /// `dst`; `NONE` if no call wants it.
    pub(super) fn probe_address(
        &mut self,
        access: WantedAccess,
        base: Var,
        disp: i64,
        dst: Var,
    ) -> Var {
        if !self.wants_call(access) {
            Var::NONE
        } else if disp != 0 {
            let address = self.temp();
            self.binary(Opcode::Add, address, base, disp);
            address
        } else if base == dst {
            self.copy(Operand::Var(base))
        } else {
            base
        }
    }

    /// Places the memory probes of an access that was just emitted.
    pub(super) fn probe_access(&mut self, access: WantedAccess, address: Var, value: Var) {
        let kind = access_info(access.size as u8, access.store, access.atomic);
        for index in self.instrumentation.memory.clone() {
            let probe = self.instrumentation.probes[index];
            if access.matches(&probe) {
                self.place(probe, kind, address, value);
            }
        }
    }

    fn place(&mut self, probe: Probe, kind: ProbeCallKind, address: Var, value: Var) {
        match probe.action {
            Action::Add { offset, value } => {
                let after_access = matches!(kind, ProbeCallKind::Memory { .. });
                let part = ProbeAddPart {
                    insn: self.current_insn(),
                    after_access,
                    value,
                };
                if self.instrumentation.callers.contains(&probe.owner) {
                    let index = self.block.probe_adds.len() as i64;
                    self.block.probe_adds.push(ProbeAdd {
                        offset,
                        value,
                        parts: vec![part],
                    });
                    self.push(Op {
                        imm: index,
                        ..bare(Opcode::ProbeAdd)
                    });
                } else {
                    self.instrumentation.coalesce(probe.owner, offset, part);
                }
            }
            Action::Call {
                function,
                plugin,
                state_offset,
                userdata,
                reads_registers,
                writes_registers,
            } => {
                let index = self.block.probe_calls.len() as i64;
                self.block.probe_calls.push(ProbeCall {
                    function,
                    plugin,
                    state_offset,
                    userdata,
                    kind,
                    reads_registers,
                    writes_registers,
                });
                self.push(Op {
                    a: address,
                    b: value,
                    imm: index,
                    ..bare(Opcode::ProbeCall)
                });
            }
        }
    }
}
