//! A plugin's probes, checked, as the translator wants them.
//!
//! Everything that reaches a [`Sink`] comes from another image and is checked before it becomes
//! part of generated code: offsets against the plugin's own state, instructions against the block.
//! The first mistake is kept; it fails the plugin, and none of its probes of the block is used.

use emu_plugin_sdk::abi::{
    ACCESS_READ, ACCESS_WRITE, POINT_BLOCK, POINT_INSN, POINT_MEMORY, PROBE_READS_REGISTERS,
    PROBE_WRITES_REGISTERS,
};
use emu_tcg::backend::leaf::{Addition, Amount};
use emu_tcg::guest::{DecodedBlock, MemoryUse};
use emu_tcg::probe::{AccessFilter, Action, Point, Probe};

/// The plugin that probes belong to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    /// Its number.
    pub(super) number: u32,
    /// Its instance's data: first argument of its callbacks.
    pub(super) data: usize,
    /// Offset of its state from the start of the vCPU's.
    pub(super) state_offset: u32,
    /// Size of its state.
    pub(super) state_size: u64,
}

/// A plugin's function that is to be called.
#[derive(Debug, Clone)]
pub(super) struct Callback {
    /// Its address.
    pub(super) function: usize,
    /// What it adds to words of the state it is passed, if that is all it does.
    pub(super) additions: Option<Vec<Addition>>,
}

/// Collects one plugin's probes of one block.
pub(super) struct Sink<'a> {
    owner: Owner,
    block: &'a DecodedBlock,
    probes: Vec<Probe>,
    mistake: Option<String>,
}

impl<'a> Sink<'a> {
    /// An empty sink.
    pub(super) fn new(owner: Owner, block: &'a DecodedBlock) -> Sink<'a> {
        Sink {
            owner,
            block,
            // Room for what `count` asks for: an instruction has one or two probes.
            probes: Vec::with_capacity(2 + 2 * block.insns.len()),
            mistake: None,
        }
    }

    /// The probes, or the first mistake.
    pub(super) fn finish(self) -> Result<Vec<Probe>, String> {
        match self.mistake {
            None => Ok(self.probes),
            Some(mistake) => Err(mistake),
        }
    }

    /// Adds `value` to the field at `offset` at a point.
    pub(super) fn add(&mut self, point: u32, insn: u32, accesses: u32, offset: u64, value: u64) {
        let action = self
            .field(offset)
            .map(|offset| Action::Add { offset, value });
        let probe = action.and_then(|action| Ok((self.point(point, insn, accesses)?, action)));
        self.push(probe);
    }

    /// Calls a function at a point, or does what it does.
    pub(super) fn call(
        &mut self,
        point: u32,
        insn: u32,
        accesses: u32,
        callback: &Callback,
        userdata: u64,
        flags: u32,
    ) {
        if let Some(additions) = &callback.additions
            && flags == 0
            && additions.iter().all(|addition| self.is_to_field(addition))
        {
            for addition in additions {
                let value = match addition.amount {
                    Amount::Constant(value) => value,
                    Amount::Userdata => userdata,
                };
                self.add(point, insn, accesses, addition.offset as u64, value);
            }
            return;
        }
        let function = callback.function;
        let action = Action::Call {
            function,
            plugin: self.owner.data,
            state_offset: self.owner.state_offset,
            userdata,
            reads_registers: flags & PROBE_READS_REGISTERS != 0,
            writes_registers: flags & PROBE_WRITES_REGISTERS != 0,
        };
        let known = PROBE_READS_REGISTERS | PROBE_WRITES_REGISTERS;
        let probe = if flags & !known != 0 {
            Err(format!("a callback has unknown flags ({flags:#x})"))
        } else {
            self.point(point, insn, accesses)
                .map(|point| (point, action))
        };
        self.push(probe);
    }

    /// Whether a callback's addition is to a word as inline additions want it.
    fn is_to_field(&self, addition: &Addition) -> bool {
        u64::try_from(addition.offset).is_ok_and(|offset| self.field(offset).is_ok())
    }

    fn push(&mut self, probe: Result<(Option<Point>, Action), String>) {
        match probe {
            Ok((Some(point), action)) => self.probes.push(Probe {
                point,
                action,
                owner: self.owner.number,
            }),
            Ok((None, _)) => {}
            Err(mistake) => {
                self.mistake.get_or_insert(mistake);
            }
        }
    }

    /// The point meant; `None` if it is never passed.
    fn point(&self, point: u32, insn: u32, accesses: u32) -> Result<Option<Point>, String> {
        if point == POINT_BLOCK {
            return Ok(Some(Point::Block));
        }
        let count = self.block.insns.len();
        let Some(decoded) = self.block.insns.get(insn as usize) else {
            return Err(format!(
                "a probe is on instruction {insn} of a block that has {count}"
            ));
        };
        let insn = insn as u16;
        match point {
            POINT_INSN => Ok(Some(Point::Insn(insn))),
            POINT_MEMORY => {
                let wanted = filter(accesses)?;
                Ok(happens(decoded.memory, wanted).then_some(Point::Memory(insn, wanted)))
            }
            _ => Err(format!("a probe is at a point of unknown kind {point}")),
        }
    }

    fn field(&self, offset: u64) -> Result<u32, String> {
        let size = self.owner.state_size;
        let inside = offset.checked_add(8).is_some_and(|end| end <= size);
        if !inside || !offset.is_multiple_of(8) {
            return Err(format!(
                "an inline addition is to byte {offset} of a state of {size} bytes: \
                 name a field that is a u64"
            ));
        }
        // The area's size was checked when it was laid out: it ends below 4 GiB.
        Ok(self.owner.state_offset + offset as u32)
    }
}

fn filter(accesses: u32) -> Result<AccessFilter, String> {
    const BOTH: u32 = ACCESS_READ | ACCESS_WRITE;
    match accesses {
        ACCESS_READ => Ok(AccessFilter::Reads),
        ACCESS_WRITE => Ok(AccessFilter::Writes),
        BOTH => Ok(AccessFilter::Both),
        _ => Err(format!(
            "a memory probe selects no known kind of access ({accesses:#x})"
        )),
    }
}

/// Whether an instruction makes accesses that `filter` selects.
fn happens(memory: MemoryUse, filter: AccessFilter) -> bool {
    match (memory, filter) {
        (MemoryUse::None, _)
        | (MemoryUse::Read, AccessFilter::Writes)
        | (MemoryUse::Write, AccessFilter::Reads) => false,
        (MemoryUse::Read | MemoryUse::Write | MemoryUse::ReadWrite, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use emu_tcg::guest::DecodedInsn;

    const OWNER: Owner = Owner {
        number: 3,
        data: 0x1000,
        state_offset: 128,
        state_size: 24,
    };

    /// Four instructions that do nothing, read, write, and both.
    fn block() -> DecodedBlock {
        let uses = [
            MemoryUse::None,
            MemoryUse::Read,
            MemoryUse::Write,
            MemoryUse::ReadWrite,
        ];
        let insns = uses.iter().enumerate().map(|(index, &memory)| DecodedInsn {
            pc: 0x1000 + index as u64 * 4,
            bits: 0x13,
            len: 4,
            row: 0,
            memory,
        });
        DecodedBlock {
            pc: 0x1000,
            mode: 0,
            insns: insns.collect(),
            fetch_fault: false,
        }
    }

    /// A callback that does more than add.
    fn opaque(function: usize) -> Callback {
        Callback {
            function,
            additions: None,
        }
    }

    #[test]
    fn a_callback_that_only_adds_is_additions() {
        let adds = |offset, amount| Callback {
            function: 0xf00,
            additions: Some(vec![Addition { offset, amount }]),
        };
        let (one, userdata) = (Amount::Constant(1), Amount::Userdata);
        let block = block();
        let mut sink = Sink::new(OWNER, &block);
        sink.call(POINT_INSN, 1, 0, &adds(8, one), 7, 0);
        sink.call(POINT_MEMORY, 2, ACCESS_WRITE, &adds(16, userdata), 7, 0);
        // Not a word of the state; and one that wants registers in memory.
        sink.call(POINT_INSN, 3, 0, &adds(20, one), 7, 0);
        sink.call(POINT_INSN, 3, 0, &adds(-8, one), 7, 0);
        sink.call(POINT_INSN, 3, 0, &adds(8, one), 7, PROBE_READS_REGISTERS);
        let probes = sink.finish().unwrap();
        let add = |offset, value| Action::Add { offset, value };
        let found = [0, 1].map(|index| (probes[index].point, probes[index].action));
        let expected = [
            (Point::Insn(1), add(136, 1)),
            (Point::Memory(2, AccessFilter::Writes), add(144, 7)),
        ];
        assert_eq!(found, expected);
        let calls = |probe: &Probe| matches!(probe.action, Action::Call { .. });
        assert!(probes.len() == 5 && probes[2..].iter().all(calls));
    }

    #[test]
    fn probes_become_the_translators_own() {
        let block = block();
        let mut sink = Sink::new(OWNER, &block);
        sink.add(POINT_BLOCK, 0, 0, 16, 4);
        sink.call(POINT_INSN, 2, 0, &opaque(0xf00), 7, PROBE_READS_REGISTERS);
        let both = ACCESS_READ | ACCESS_WRITE;
        sink.call(POINT_MEMORY, 3, both, &opaque(0xf10), 9, 0);
        let call = |function, userdata, reads_registers| Action::Call {
            function,
            plugin: 0x1000,
            state_offset: 128,
            userdata,
            reads_registers,
            writes_registers: false,
        };
        let expected = [
            (
                Point::Block,
                Action::Add {
                    offset: 144,
                    value: 4,
                },
            ),
            (Point::Insn(2), call(0xf00, 7, true)),
            (Point::Memory(3, AccessFilter::Both), call(0xf10, 9, false)),
        ]
        .map(|(point, action)| Probe {
            point,
            action,
            owner: 3,
        });
        assert_eq!(sink.finish().unwrap(), expected);
    }

    #[test]
    fn accesses_that_an_instruction_never_makes_cost_nothing() {
        for (insn, accesses, expected) in [
            (0, ACCESS_READ | ACCESS_WRITE, 0),
            (1, ACCESS_READ, 1),
            (1, ACCESS_WRITE, 0),
            (2, ACCESS_READ, 0),
            (2, ACCESS_WRITE, 1),
            (3, ACCESS_READ, 1),
            (3, ACCESS_WRITE, 1),
        ] {
            let block = block();
            let mut sink = Sink::new(OWNER, &block);
            sink.add(POINT_MEMORY, insn, accesses, 0, 1);
            let found = sink.finish().unwrap().len();
            assert_eq!(found, expected, "instruction {insn}, accesses {accesses}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        type Mistake = fn(&mut Sink<'_>);
        let mistakes: [Mistake; 8] = [
            |sink| sink.add(POINT_BLOCK, 0, 0, 17, 1),
            |sink| sink.add(POINT_BLOCK, 0, 0, 24, 1),
            |sink| sink.add(POINT_BLOCK, 0, 0, u64::MAX - 7, 1),
            |sink| sink.add(POINT_INSN, 4, 0, 0, 1),
            |sink| sink.add(9, 0, 0, 0, 1),
            |sink| sink.add(POINT_MEMORY, 1, 0, 0, 1),
            |sink| sink.call(POINT_MEMORY, 1, 4, &opaque(0xf00), 0, 0),
            |sink| sink.call(POINT_INSN, 1, 0, &opaque(0xf00), 0, 1 << 9),
        ];
        let messages: Vec<String> = mistakes
            .iter()
            .map(|mistake| {
                let block = block();
                let mut sink = Sink::new(OWNER, &block);
                sink.add(POINT_BLOCK, 0, 0, 0, 1);
                mistake(&mut sink);
                sink.finish().unwrap_err()
            })
            .collect();
        insta::assert_snapshot!(messages.join("\n"));
    }
}
