//! Reads the text form of a block ([`super::print`] describes it).
//!
//! Whatever prints reads back as the same block. Text goes line by line; `;` starts a comment.
//! The parser knows the tables' names and shapes; whether a block makes sense is for
//! [`super::verify`] to say.

mod cursor;

use crate::backend::fp::FpAux;
use crate::guest::Guest;
use crate::state::CpuState;

use super::print::{AuxKind, aux_kind};
use super::{AtomicOp, Block, Cond, ExitKind, FpFormat, InsnInfo, IntFormat, JumpKind};
use super::{MemExt, MemOp, Op, Opcode, ProbeAdd, ProbeAddPart, ProbeCall, ProbeCallKind};
use super::{RoundingMode, Signature, Size, Terminator, Var};
use cursor::Cursor;

/// Text that is not a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ParseError {
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// What is wrong with the line at hand.
type Result<T> = std::result::Result<T, String>;

/// Reads one block, whose slots and helpers are named as in the tables of `guest`.
pub fn parse(text: &str, guest: &dyn Guest) -> std::result::Result<Block, ParseError> {
    let mut parser = Parser {
        guest,
        block: None,
        declared_temps: None,
        terminated: false,
        closed: false,
    };
    let mut last = 0;
    for (n, line) in text.lines().enumerate() {
        last = n + 1;
        let code = line.split(';').next().unwrap_or_default().trim();
        if !code.is_empty() {
            parser.line(code).map_err(|message| ParseError {
                line: last,
                message,
            })?;
        }
    }
    parser.finish().map_err(|message| ParseError {
        line: last,
        message,
    })
}

struct Parser<'a> {
    guest: &'a dyn Guest,
    block: Option<Block>,
    declared_temps: Option<u16>,
    terminated: bool,
    closed: bool,
}

impl Parser<'_> {
    fn line(&mut self, line: &str) -> Result<()> {
        let mut cursor = Cursor::new(line);
        if self.closed {
            return Err("text behind the block".into());
        }
        let Some(block) = &mut self.block else {
            self.block = Some(self.header(&mut cursor)?);
            return cursor.end();
        };
        if cursor.eat("}") {
            self.closed = true;
        } else if self.terminated {
            return Err("an operation behind the terminator".into());
        } else if let Some(label) = line.strip_suffix(':') {
            let mut label = Cursor::new(label);
            let first_op = block.ops.len() as u32;
            block.insns.push(InsnInfo {
                pc: label.unsigned()?,
                first_op,
            });
            return label.end();
        } else if let Some(terminator) = terminator(self.guest, &mut cursor)? {
            block.terminator = terminator;
            self.terminated = true;
        } else {
            let op = OpParser {
                guest: self.guest,
                block,
            }
            .op(&mut cursor)?;
            let highest = [op.dst, op.a, op.b, op.c]
                .into_iter()
                .filter_map(Var::as_temp)
                .max();
            if let Some(temp) = highest {
                block.temp_count = block.temp_count.max(temp + 1);
            }
            block.ops.push(op);
        }
        cursor.end()
    }

    fn header(&mut self, cursor: &mut Cursor<'_>) -> Result<Block> {
        cursor.expect("block")?;
        let pc = cursor.unsigned()?;
        let mode = if cursor.eat_word("mode") {
            cursor.narrow()?
        } else {
            0
        };
        if cursor.eat_word("temps") {
            self.declared_temps = Some(cursor.narrow()?);
        }
        cursor.expect("{")?;
        Ok(Block {
            pc,
            mode,
            insns: Vec::new(),
            ops: Vec::new(),
            // Replaced by the terminator's line.
            terminator: Terminator::Exit {
                kind: ExitKind::FetchFault,
                pc,
            },
            temp_count: 0,
            probe_adds: Vec::new(),
            probe_calls: Vec::new(),
        })
    }

    fn finish(self) -> Result<Block> {
        let mut block = self.block.ok_or("no block")?;
        if !self.terminated {
            return Err("no terminator".into());
        }
        if !self.closed {
            return Err("missing '}'".into());
        }
        if let Some(declared) = self.declared_temps {
            block.temp_count = declared;
        }
        Ok(block)
    }
}

/// A slot or temp, or `_`.
fn var(guest: &dyn Guest, cursor: &mut Cursor<'_>) -> Result<Var> {
    if cursor.eat("%") {
        let n: u16 = cursor.narrow()?;
        let in_file = usize::from(n) < crate::state::TEMP_CAPACITY;
        return if in_file {
            Ok(Var::temp(n))
        } else {
            Err(format!("no temp %{n}"))
        };
    }
    let name = cursor.word()?;
    if name == "_" {
        return Ok(Var::NONE);
    }
    let slot = guest.slots().iter().position(|slot| slot.name == name);
    slot.map(|n| Var::slot(n as u16))
        .ok_or_else(|| format!("no slot '{name}'"))
}

/// The terminator on this line, if it is one.
fn terminator(guest: &dyn Guest, cursor: &mut Cursor<'_>) -> Result<Option<Terminator>> {
    Ok(Some(if cursor.eat_word("jump") {
        Terminator::Jump {
            target: cursor.unsigned()?,
            kind: jump_kind(cursor)?,
        }
    } else if cursor.eat("branch.") {
        let cond = cursor.word()?;
        let cond = Cond::from_text(cond).ok_or_else(|| format!("no condition '{cond}'"))?;
        let a = var(guest, cursor)?;
        cursor.expect(",")?;
        let b = var(guest, cursor)?;
        cursor.expect(",")?;
        let taken = cursor.unsigned()?;
        cursor.expect(",")?;
        Terminator::Branch {
            cond,
            a,
            b,
            taken,
            fallthrough: cursor.unsigned()?,
        }
    } else if cursor.eat_word("indirect") {
        Terminator::Indirect {
            target: var(guest, cursor)?,
            kind: jump_kind(cursor)?,
        }
    } else if cursor.eat_word("exit") {
        let kind = cursor.word()?;
        let kind = ExitKind::from_text(kind).ok_or_else(|| format!("no exit '{kind}'"))?;
        Terminator::Exit {
            kind,
            pc: cursor.unsigned()?,
        }
    } else {
        return Ok(None);
    }))
}

fn jump_kind(cursor: &mut Cursor<'_>) -> Result<JumpKind> {
    if cursor.eat_word("call") {
        Ok(JumpKind::Call {
            return_to: cursor.unsigned()?,
        })
    } else if cursor.eat_word("return") {
        Ok(JumpKind::Return)
    } else {
        Ok(JumpKind::Plain)
    }
}

/// An opcode with its `aux`, from its name and the fields behind it.
fn opcode(word: &str) -> Result<(Opcode, u8)> {
    // `add.w` is `add.w`, not `add` with a field: the longest name wins.
    let fields_behind = |code: &Opcode| {
        let rest = word.strip_prefix(code.text())?;
        if rest.is_empty() {
            Some(rest)
        } else {
            rest.strip_prefix('.')
        }
    };
    let longest = Opcode::ALL
        .iter()
        .filter_map(|&code| fields_behind(&code).map(|fields| (code, fields)))
        .max_by_key(|(code, _)| code.text().len());
    let (code, fields) = longest.ok_or_else(|| format!("no operation '{word}'"))?;
    let aux = aux(aux_kind(code), fields);
    aux.map(|aux| (code, aux))
        .ok_or_else(|| format!("'{word}': bad or missing '.{fields}'"))
}

fn aux(kind: AuxKind, fields: &str) -> Option<u8> {
    match kind {
        AuxKind::Unused => fields.is_empty().then_some(0),
        AuxKind::Cond => Cond::from_text(fields).map(|cond| cond as u8),
        AuxKind::MemOp => {
            let digits = fields.find(|c: char| c.is_ascii_digit())?;
            let (ext, size) = fields.split_at(digits);
            Some(MemOp::new(Size::from_text(size)?, MemExt::from_text(ext)?).to_aux())
        }
        AuxKind::Atomic => {
            let (op, size) = fields.rsplit_once(".i")?;
            Some(AtomicOp::from_text(op)? as u8 | (Size::from_text(size)? as u8) << 4)
        }
        AuxKind::Fp | AuxKind::FpRounded | AuxKind::FpInt => {
            let mut fields = fields.split('.');
            let format = FpFormat::from_text(fields.next()?)?;
            let int = match kind {
                AuxKind::FpInt => IntFormat::from_text(fields.next()?)?,
                _ => IntFormat::I32,
            };
            let rounding = match (fields.next(), kind) {
                (Some(rounding), _) => RoundingMode::from_text(rounding)?,
                (None, AuxKind::Fp) => RoundingMode::Nearest,
                (None, _) => return None,
            };
            fields.next().is_none().then_some(
                FpAux {
                    format,
                    int,
                    rounding,
                }
                .to_aux(),
            )
        }
    }
}

/// Reads one operation; probes go to the tables of `block`.
struct OpParser<'a> {
    guest: &'a dyn Guest,
    block: &'a mut Block,
}

impl OpParser<'_> {
    fn op(&mut self, cursor: &mut Cursor<'_>) -> Result<Op> {
        let dst = if cursor.contains("= ") && !cursor.contains("+= ") {
            let dst = var(self.guest, cursor)?;
            cursor.expect("=")?;
            dst
        } else {
            Var::NONE
        };
        let (code, aux) = opcode(cursor.word()?)?;
        let none = Var::NONE;
        let mut op = Op {
            code,
            aux,
            dst,
            a: none,
            b: none,
            c: none,
            imm: 0,
        };
        match code.signature() {
            Signature::Unary | Signature::Sink => self.operands(cursor, &mut op, 1)?,
            Signature::Binary => self.operands(cursor, &mut op, 2)?,
            Signature::Ternary => self.operands(cursor, &mut op, 3)?,
            Signature::Load => self.address(cursor, &mut op)?,
            Signature::Store | Signature::Atomic => {
                self.address(cursor, &mut op)?;
                cursor.expect(",")?;
                op.b = var(self.guest, cursor)?;
            }
            Signature::Nullary | Signature::Bare => {}
            Signature::Helper => self.helper(cursor, &mut op)?,
            Signature::ProbeAdd => {
                op.imm = self.block.probe_adds.len() as i64;
                let add = probe_add(cursor)?;
                self.block.probe_adds.push(add);
            }
            Signature::ProbeCall => {
                op.imm = self.block.probe_calls.len() as i64;
                let call = self.probe_call(cursor, &mut op)?;
                self.block.probe_calls.push(call);
            }
        }
        Ok(op)
    }

    /// `count` operands with commas between; immediates must agree, since an operation has one.
    fn operands(&self, cursor: &mut Cursor<'_>, op: &mut Op, count: usize) -> Result<()> {
        let mut immediate = None;
        for (n, operand) in [&mut op.a, &mut op.b, &mut op.c]
            .into_iter()
            .take(count)
            .enumerate()
        {
            if n > 0 {
                cursor.expect(",")?;
            }
            if !cursor.at_number() {
                *operand = var(self.guest, cursor)?;
                continue;
            }
            let value = cursor.signed()?;
            if *immediate.get_or_insert(value) != value {
                return Err("two different immediates".into());
            }
            *operand = Var::IMM;
        }
        op.imm = immediate.unwrap_or(0);
        Ok(())
    }

    /// `[base]`, `[base + disp]` or `[base - disp]`.
    fn address(&self, cursor: &mut Cursor<'_>, op: &mut Op) -> Result<()> {
        cursor.expect("[")?;
        op.a = var(self.guest, cursor)?;
        if cursor.eat("+") {
            op.imm = cursor.signed()?;
        } else if cursor.eat("-") {
            op.imm = (cursor.unsigned()? as i64).wrapping_neg();
        }
        cursor.expect("]")
    }

    /// `name(a, b)`.
    fn helper(&self, cursor: &mut Cursor<'_>, op: &mut Op) -> Result<()> {
        let name = cursor.word()?;
        let index = self
            .guest
            .helpers()
            .iter()
            .position(|helper| helper.name == name);
        op.imm = index.ok_or_else(|| format!("no helper '{name}'"))? as i64;
        cursor.expect("(")?;
        op.a = var(self.guest, cursor)?;
        cursor.expect(",")?;
        op.b = var(self.guest, cursor)?;
        cursor.expect(")")
    }

    /// `function(plugin …, state …, userdata …)`, see the printer.
    fn probe_call(&self, cursor: &mut Cursor<'_>, op: &mut Op) -> Result<ProbeCall> {
        let function = cursor.unsigned()? as usize;
        cursor.expect("(")?;
        cursor.expect("plugin")?;
        let plugin = cursor.unsigned()? as usize;
        cursor.expect(",")?;
        cursor.expect("state")?;
        let state_offset = state_offset(cursor)?;
        cursor.expect(",")?;
        cursor.expect("userdata")?;
        let userdata = cursor.unsigned()?;
        let mut kind = ProbeCallKind::Exec;
        if cursor.eat(",") {
            cursor.expect("address")?;
            op.a = var(self.guest, cursor)?;
            cursor.expect(",")?;
            cursor.expect("value")?;
            op.b = var(self.guest, cursor)?;
            cursor.expect(",")?;
            cursor.expect("info")?;
            kind = ProbeCallKind::Memory {
                info: cursor.narrow()?,
            };
        }
        cursor.expect(")")?;
        let reads_registers = cursor.eat_word("reads");
        let writes_registers = cursor.eat_word("writes");
        Ok(ProbeCall {
            function,
            plugin,
            state_offset,
            userdata,
            kind,
            reads_registers,
            writes_registers,
        })
    }
}

/// `plugin+n`, or an offset from the start of the state.
fn state_offset(cursor: &mut Cursor<'_>) -> Result<u32> {
    if !cursor.eat("plugin+") {
        return cursor.narrow();
    }
    let offset: u32 = cursor.narrow()?;
    offset
        .checked_add(CpuState::PLUGIN_AREA_OFFSET as u32)
        .ok_or_else(|| "offset too large".into())
}

/// `offset += value for insn:value insn@access:value …`.
fn probe_add(cursor: &mut Cursor<'_>) -> Result<ProbeAdd> {
    let offset = state_offset(cursor)?;
    cursor.expect("+=")?;
    let value = cursor.unsigned()?;
    cursor.expect("for")?;
    let mut parts = Vec::new();
    while cursor.at_number() {
        let insn = cursor.narrow()?;
        let after_access = cursor.eat("@access");
        cursor.expect(":")?;
        parts.push(ProbeAddPart {
            insn,
            after_access,
            value: cursor.unsigned()?,
        });
    }
    Ok(ProbeAdd {
        offset,
        value,
        parts,
    })
}
