//! A block in few bytes: what is kept of each block that has been translated.
//!
//! Most blocks of a large program run a few times, and there are very many of them; in this form one takes
//! about a sixth of the memory that a [`Block`] does. [`expand`] gives the block back as it was.
//!
//! The form: numbers are in the variable length of LEB128, signed ones in zigzag order, addresses as
//! distances. An operand is one byte, but for temps of high numbers. What an operation's signature says is
//! unused takes no byte, and neither does an `aux` of 0.
//!
//! Invariant: the block passes [`super::verify`].

use super::{
    Block, Cond, ExitKind, InsnInfo, JumpKind, Op, Opcode, ProbeAdd, ProbeAddPart, ProbeCall,
    ProbeCallKind, Signature, Terminator, Var,
};

/// Operand bytes below are slots and temps.
const FIRST_SPECIAL: u8 = 253;
/// A slot or temp whose number follows.
const LONG: u8 = FIRST_SPECIAL;
const IMM: u8 = 254;
const NONE: u8 = 255;
/// Beside the opcode: `aux` follows.
const HAS_AUX: u8 = 0x80;

const _: () = assert!(Opcode::ALL.len() <= HAS_AUX as usize);

/// Appends the compact form of `block` to `out`, but for its address and mode.
pub fn compact(block: &Block, out: &mut Vec<u8>) {
    let mut writer = Writer { out };
    writer.unsigned(block.insns.len() as u64);
    writer.unsigned(block.ops.len() as u64);
    writer.unsigned(u64::from(block.temp_count));
    let mut before = InsnInfo {
        pc: block.pc,
        first_op: 0,
    };
    for info in &block.insns {
        writer.signed(info.pc.wrapping_sub(before.pc) as i64);
        writer.unsigned(u64::from(info.first_op - before.first_op));
        before = *info;
    }
    for op in &block.ops {
        writer.op(op);
    }
    writer.terminator(block.pc, &block.terminator);
    writer.unsigned(block.probe_adds.len() as u64);
    for add in &block.probe_adds {
        writer.probe_add(add);
    }
    writer.unsigned(block.probe_calls.len() as u64);
    for call in &block.probe_calls {
        writer.probe_call(call);
    }
}

/// Makes `block` the block at `pc`, for `mode`, whose compact form `bytes` starts with. Memory that `block`
/// has is used again. Returns how long the form is; `None` if it is none.
pub fn expand(bytes: &[u8], pc: u64, mode: u32, block: &mut Block) -> Option<usize> {
    let mut reader = Reader { rest: bytes };
    block.pc = pc;
    block.mode = mode;
    block.insns.clear();
    block.ops.clear();
    block.probe_adds.clear();
    block.probe_calls.clear();
    let (insns, ops) = (reader.unsigned()?, reader.unsigned()?);
    block.temp_count = reader.unsigned()? as u16;
    let mut info = InsnInfo { pc, first_op: 0 };
    block.insns.reserve_exact(insns as usize);
    for _ in 0..insns {
        info.pc = info.pc.wrapping_add(reader.signed()? as u64);
        info.first_op += reader.unsigned()? as u32;
        block.insns.push(info);
    }
    block.ops.reserve_exact(ops as usize);
    for _ in 0..ops {
        block.ops.push(reader.op()?);
    }
    block.terminator = reader.terminator(pc)?;
    for _ in 0..reader.unsigned()? {
        block.probe_adds.push(reader.probe_add()?);
    }
    for _ in 0..reader.unsigned()? {
        block.probe_calls.push(reader.probe_call()?);
    }
    Some(bytes.len() - reader.rest.len())
}

/// Which operand fields are there: `dst`, `a`, `b`, `c`, and whether `imm` is, without an operand that
/// says so.
const fn fields(signature: Signature) -> ([bool; 4], bool) {
    match signature {
        Signature::Unary => ([true, true, false, false], false),
        Signature::Binary | Signature::Atomic => ([true, true, true, false], false),
        Signature::Ternary => ([true, true, true, true], false),
        Signature::Load => ([true, true, false, false], true),
        Signature::Store => ([false, true, true, false], true),
        Signature::Nullary => ([true, false, false, false], false),
        Signature::Sink => ([false, true, false, false], false),
        Signature::Bare => ([false; 4], false),
        Signature::Helper => ([true, true, true, false], true),
        Signature::ProbeAdd => ([false; 4], true),
        Signature::ProbeCall => ([false, true, true, false], true),
    }
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    fn signed(&mut self, value: i64) {
        self.unsigned((value << 1 ^ value >> 63) as u64);
    }

    fn var(&mut self, var: Var) {
        match var {
            Var::IMM => self.out.push(IMM),
            Var::NONE => self.out.push(NONE),
            Var(number) if number < u16::from(FIRST_SPECIAL) => self.out.push(number as u8),
            Var(number) => {
                self.out.push(LONG);
                self.unsigned(u64::from(number));
            }
        }
    }

    fn op(&mut self, op: &Op) {
        let has_aux = if op.aux != 0 { HAS_AUX } else { 0 };
        self.out.push(op.code as u8 | has_aux);
        if op.aux != 0 {
            self.out.push(op.aux);
        }
        let (present, mut has_imm) = fields(op.code.signature());
        for (var, present) in [op.dst, op.a, op.b, op.c].into_iter().zip(present) {
            if present {
                self.var(var);
                has_imm |= var == Var::IMM;
            }
        }
        if has_imm {
            self.signed(op.imm);
        }
    }

    fn address(&mut self, pc: u64, address: u64) {
        self.signed(address.wrapping_sub(pc) as i64);
    }

    fn kind(&mut self, pc: u64, kind: JumpKind) {
        match kind {
            JumpKind::Plain => self.out.push(0),
            JumpKind::Return => self.out.push(1),
            JumpKind::Call { return_to } => {
                self.out.push(2);
                self.address(pc, return_to);
            }
        }
    }

    fn terminator(&mut self, pc: u64, terminator: &Terminator) {
        match *terminator {
            Terminator::Jump { target, kind } => {
                self.out.push(0);
                self.address(pc, target);
                self.kind(pc, kind);
            }
            Terminator::Branch {
                cond,
                a,
                b,
                taken,
                fallthrough,
            } => {
                self.out.push(1);
                self.out.push(cond as u8);
                self.var(a);
                self.var(b);
                self.address(pc, taken);
                self.address(pc, fallthrough);
            }
            Terminator::Indirect { target, kind } => {
                self.out.push(2);
                self.var(target);
                self.kind(pc, kind);
            }
            Terminator::Exit { kind, pc: next } => {
                self.out.push(3);
                self.out.push(kind as u8);
                self.address(pc, next);
            }
        }
    }

    /// The parts come in runs: equal shares of neighbouring instructions. A run of one with a share of 1,
    /// which is what a counted access is, takes one number, any other three.
    fn probe_add(&mut self, add: &ProbeAdd) {
        self.unsigned(u64::from(add.offset));
        self.unsigned(add.value);
        self.unsigned(add.parts.len() as u64);
        let mut rest = &add.parts[..];
        let mut before = 0;
        while let Some(first) = rest.first() {
            let continues = |(part, n): &(&ProbeAddPart, u16)| {
                part.after_access == first.after_access
                    && part.value == first.value
                    && part.insn == first.insn.wrapping_add(*n)
            };
            let run = rest.iter().zip(0..).take_while(continues).count();
            let plain = run == 1 && first.value == 1;
            let flags = u64::from(first.after_access) << 1 | u64::from(!plain);
            self.unsigned(u64::from(first.insn - before) << 2 | flags);
            if !plain {
                self.unsigned(first.value);
                self.unsigned(run as u64);
            }
            before = first.insn;
            rest = &rest[run..];
        }
    }

    fn probe_call(&mut self, call: &ProbeCall) {
        self.unsigned(call.function as u64);
        self.unsigned(call.plugin as u64);
        self.unsigned(u64::from(call.state_offset));
        self.unsigned(call.userdata);
        let info = match call.kind {
            ProbeCallKind::Exec => None,
            ProbeCallKind::Memory { info } => Some(info),
        };
        let flags = u8::from(call.reads_registers)
            | u8::from(call.writes_registers) << 1
            | u8::from(info.is_some()) << 2;
        self.out.push(flags);
        if let Some(info) = info {
            self.unsigned(u64::from(info));
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
            shift += 7;
        }
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn var(&mut self) -> Option<Var> {
        Some(match self.byte()? {
            IMM => Var::IMM,
            NONE => Var::NONE,
            LONG => Var(self.unsigned()? as u16),
            number => Var(u16::from(number)),
        })
    }

    fn op(&mut self) -> Option<Op> {
        let first = self.byte()?;
        let code = *Opcode::ALL.get(usize::from(first & !HAS_AUX))?;
        let aux = if first & HAS_AUX != 0 {
            self.byte()?
        } else {
            0
        };
        let mut vars = [Var::NONE; 4];
        let (present, mut has_imm) = fields(code.signature());
        for (var, present) in vars.iter_mut().zip(present) {
            if present {
                *var = self.var()?;
                has_imm |= *var == Var::IMM;
            }
        }
        let [dst, a, b, c] = vars;
        Some(Op {
            code,
            aux,
            dst,
            a,
            b,
            c,
            imm: if has_imm { self.signed()? } else { 0 },
        })
    }

    fn address(&mut self, pc: u64) -> Option<u64> {
        Some(pc.wrapping_add(self.signed()? as u64))
    }

    fn kind(&mut self, pc: u64) -> Option<JumpKind> {
        Some(match self.byte()? {
            0 => JumpKind::Plain,
            1 => JumpKind::Return,
            _ => JumpKind::Call {
                return_to: self.address(pc)?,
            },
        })
    }

    fn terminator(&mut self, pc: u64) -> Option<Terminator> {
        Some(match self.byte()? {
            0 => Terminator::Jump {
                target: self.address(pc)?,
                kind: self.kind(pc)?,
            },
            1 => Terminator::Branch {
                cond: Cond::from_bits(self.byte()?)?,
                a: self.var()?,
                b: self.var()?,
                taken: self.address(pc)?,
                fallthrough: self.address(pc)?,
            },
            2 => Terminator::Indirect {
                target: self.var()?,
                kind: self.kind(pc)?,
            },
            _ => Terminator::Exit {
                kind: ExitKind::from_bits(self.byte()?)?,
                pc: self.address(pc)?,
            },
        })
    }

    fn probe_add(&mut self) -> Option<ProbeAdd> {
        let (offset, value) = (self.unsigned()? as u32, self.unsigned()?);
        let count = self.unsigned()? as usize;
        let mut parts = Vec::with_capacity(count);
        let mut insn = 0;
        while parts.len() < count {
            let head = self.unsigned()?;
            insn += (head >> 2) as u16;
            let (value, run) = if head & 1 != 0 {
                (self.unsigned()?, self.unsigned()?)
            } else {
                (1, 1)
            };
            parts.extend((0..run as u16).map(|n| ProbeAddPart {
                insn: insn + n,
                after_access: head & 2 != 0,
                value,
            }));
        }
        Some(ProbeAdd {
            offset,
            value,
            parts,
        })
    }

    fn probe_call(&mut self) -> Option<ProbeCall> {
        let (function, plugin) = (self.unsigned()? as usize, self.unsigned()? as usize);
        let (state_offset, userdata) = (self.unsigned()? as u32, self.unsigned()?);
        let flags = self.byte()?;
        let kind = if flags & 4 != 0 {
            ProbeCallKind::Memory {
                info: self.unsigned()? as u32,
            }
        } else {
            ProbeCallKind::Exec
        };
        Some(ProbeCall {
            function,
            plugin,
            state_offset,
            userdata,
            kind,
            reads_registers: flags & 1 != 0,
            writes_registers: flags & 2 != 0,
        })
    }
}
