//! Copies of functions that call nothing, made such that running one preserves every register.
//!
//! A function like that is made of integer instructions ([`super::decode`]), which are copied as they
//! stand, but for jumps and returns. Around them, what it changes is saved, and its constant arguments
//! are set; so running it hardly costs generated code more than the function itself, and floating-point
//! flags stay what they are. A copy may run its function several times in a row, and saves once then.
//!
//! Not here: where copies are run instead of functions ([`crate::backend::cranelift`]).
//!
//! Rules of the unsafe code: only what some run of the function may execute is decoded.

use std::collections::BTreeMap;

use super::decode::{Address, Alu, Insn, Place, Reg, Source, decode};
use super::lift::ARGUMENTS;
use super::{Known, STATE};

/// No function of more instructions is copied.
const MAX_INSNS: usize = 64;

/// The general registers that a function need not preserve.
const CALLER_SAVED: Registers = 0b1111_1100_0111;

/// A set of general registers.
type Registers = u16;

/// A function that can be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend) struct Function {
    start: usize,
    body: Body,
    /// The registers whose values at its start matter, and those that it changes.
    reads: Registers,
    writes: Registers,
}

/// A call of a function.
#[derive(Debug, Clone, Copy)]
pub(in crate::backend) struct Call<'a> {
    pub(in crate::backend) function: &'a Function,
    pub(in crate::backend) known: Known,
    /// The state argument is the vCPU state's address plus this.
    pub(in crate::backend) state_offset: i32,
}

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend) struct FunctionCopy {
    /// Host code that ends where control leaves it. It can be at any address, and expects the vCPU state's in `r15`. Its
    /// arguments are in the registers of the System V convention, as if there were no others than
    /// [`FunctionCopy::arguments`].
    pub(in crate::backend) code: Vec<u8>,
    /// The numbers of the function's arguments that it is passed.
    pub(in crate::backend) arguments: Vec<u8>,
}

/// An instruction and the bytes that it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    insn: Insn,
    bytes: Box<[u8]>,
    end: usize,
}

/// A function's instructions by address.
type Body = BTreeMap<usize, Found>;

impl Function {
    /// Reads a function; `None` if it does more than is understood here.
    ///
    /// # Safety
    /// `start` is the address of a function of up to six integer arguments and no result,
    /// whose code does not change.
    pub(in crate::backend) unsafe fn read(start: usize) -> Option<Function> {
        // SAFETY: the caller's promise.
        let body = unsafe { body(start)? };
        // What comes next must be next.
        let next = body.keys().skip(1).map(Some).chain([None]);
        let falls_on = |found: &Found| !matches!(found.insn, Insn::Return | Insn::Jump(_));
        if (body.values().zip(next))
            .any(|(found, next)| falls_on(found) && next != Some(&found.end))
        {
            return None;
        }
        let writes = body
            .values()
            .fold(0, |set, found| set | registers(found.insn).1);
        Some(Function {
            start,
            reads: live_at(&body, start),
            writes,
            body,
        })
    }

    /// How many bytes its instructions take.
    pub(in crate::backend) fn size(&self) -> usize {
        self.body.values().map(|found| found.bytes.len()).sum()
    }

    /// Whether it reads the argument of a number.
    pub(in crate::backend) fn reads(&self, number: u8) -> bool {
        self.reads & one(ARGUMENTS[usize::from(number)]) != 0
    }
}

/// Copies a function, to be run so many times in a row. What it is passed is lost when it has run once.
pub(in crate::backend) fn copy(call: &Call<'_>, times: usize) -> FunctionCopy {
    let Call {
        function, known, ..
    } = call;
    let is_passed = |number: &u8| {
        *number != STATE && known[usize::from(*number)].is_none() && function.reads(*number)
    };
    let arguments: Vec<u8> = (0..known.len() as u8).filter(is_passed).collect();
    let mut written = function.writes;
    let mut once = Vec::new();
    // The last one first, since each comes from a register of an argument before it.
    for (&from, &number) in ARGUMENTS.iter().zip(&arguments).rev() {
        let to = ARGUMENTS[usize::from(number)];
        if to != from {
            written |= one(to);
            move_register(&mut once, to, from);
        }
    }
    for (number, &register) in (0..).zip(&ARGUMENTS) {
        match known[usize::from(number)] {
            _ if !function.reads(number) || arguments.contains(&number) => continue,
            Some(constant) => move_constant(&mut once, register, constant),
            None => load_state(&mut once, register, call.state_offset),
        }
        written |= one(register);
    }
    place(&mut once, function);
    let saved = (0..16).filter(|&register| written & CALLER_SAVED & one(register) != 0);
    let mut code = Vec::new();
    for register in saved.clone() {
        push(&mut code, register);
    }
    for _ in 0..times {
        code.extend(&once);
    }
    for register in saved.rev() {
        pop(&mut code, register);
    }
    FunctionCopy { code, arguments }
}

/// All instructions of a function.
///
/// # Safety
/// As for [`Function::read`].
unsafe fn body(function: usize) -> Option<Body> {
    let mut body = Body::new();
    let mut pending = vec![function];
    while let Some(start) = pending.pop() {
        let mut at = start;
        while !body.contains_key(&at) {
            if body.len() == MAX_INSNS {
                return None;
            }
            let mut end = at as *const u8;
            // SAFETY: the function goes on here on one of its ways.
            let insn = unsafe { decode(&mut end)? };
            let end = end as usize;
            // SAFETY: these bytes have just been decoded.
            let bytes = unsafe { std::slice::from_raw_parts(at as *const u8, end - at) };
            let bytes = bytes.into();
            body.insert(at, Found { insn, bytes, end });
            match insn {
                Insn::Return => break,
                Insn::Jump(by) => at = end.wrapping_add_signed(by as isize),
                Insn::Branch(_, by) => {
                    pending.push(end.wrapping_add_signed(by as isize));
                    at = end;
                }
                _ => at = end,
            }
        }
    }
    Some(body)
}

/// The registers whose values at the start of the function matter.
fn live_at(body: &Body, function: usize) -> Registers {
    let mut live: BTreeMap<usize, Registers> = BTreeMap::new();
    let mut changed = true;
    while changed {
        changed = false;
        for (&at, found) in body.iter().rev() {
            let target = |by: i32| found.end.wrapping_add_signed(by as isize);
            let next = match found.insn {
                Insn::Return => [None, None],
                Insn::Jump(by) => [Some(target(by)), None],
                Insn::Branch(_, by) => [Some(target(by)), Some(found.end)],
                _ => [Some(found.end), None],
            };
            let behind = next
                .iter()
                .flatten()
                .fold(0, |set, next| set | live.get(next).unwrap_or(&0));
            let (reads, writes) = registers(found.insn);
            let here = behind & !writes | reads;
            changed |= live.insert(at, here) != Some(here);
        }
    }
    live[&function]
}

/// Appends a function's instructions to `code`, where it is entered and left.
fn place(code: &mut Vec<u8>, function: &Function) {
    let mut placed: BTreeMap<usize, usize> = BTreeMap::new();
    // Offsets of displacements, and where they lead to; `None` is the end.
    let mut jumps: Vec<(usize, Option<usize>)> = Vec::new();
    let mut jump = |code: &mut Vec<u8>, opcode: &[u8], target: Option<usize>| {
        code.extend(opcode);
        jumps.push((code.len(), target));
        code.extend([0; 4]);
    };
    let ends = function
        .body
        .first_key_value()
        .zip(function.body.last_key_value());
    let Some(((&first, _), (&last, _))) = ends else {
        return;
    };
    if first != function.start {
        jump(code, &[0xe9], Some(function.start));
    }
    for (&at, found) in &function.body {
        placed.insert(at, code.len());
        let target = |by: i32| Some(found.end.wrapping_add_signed(by as isize));
        match found.insn {
            Insn::Return if at == last => {}
            Insn::Return => jump(code, &[0xe9], None),
            Insn::Jump(by) => jump(code, &[0xe9], target(by)),
            Insn::Branch(condition, by) => {
                jump(code, &[0x0f, 0x80 | condition], target(by));
            }
            _ => code.extend(&found.bytes),
        }
    }
    for (place, target) in jumps {
        // All that is jumped to has been placed.
        let target = target.map_or(code.len(), |target| placed[&target]);
        let by = target.wrapping_sub(place + 4) as i32;
        code[place..place + 4].copy_from_slice(&by.to_le_bytes());
    }
}

fn one(register: Reg) -> Registers {
    1 << register
}

fn of_address(address: Address) -> Registers {
    let index = address.index.map(|(index, _)| index);
    [address.base, index]
        .into_iter()
        .flatten()
        .fold(0, |set, register| set | one(register))
}

/// The registers that an operand is read from.
fn of_place(place: Place) -> Registers {
    match place {
        Place::Reg(register) => one(register),
        Place::Memory(address) => of_address(address),
    }
}

fn of_source(source: Source) -> Registers {
    match source {
        Source::Place(place) => of_place(place),
        Source::Immediate(_) => 0,
    }
}

/// The registers that are read and written where an operand is written; what is left of a register
/// counts as read.
fn of_result(bytes: u8, place: Place) -> (Registers, Registers) {
    match place {
        Place::Reg(register) if bytes < 4 => (one(register), one(register)),
        Place::Reg(register) => (0, one(register)),
        Place::Memory(address) => (of_address(address), 0),
    }
}

/// The registers that an instruction reads and those that it writes.
fn registers(insn: Insn) -> (Registers, Registers) {
    let (bytes, to, reads) = match insn {
        Insn::Nop | Insn::Lock | Insn::Return | Insn::Jump(_) | Insn::Branch(..) => return (0, 0),
        Insn::Push(register) => return (one(register), 0),
        Insn::Pop(register) => return (0, one(register)),
        Insn::Alu {
            op: Alu::Cmp | Alu::Test,
            to,
            from,
            ..
        } => return (of_place(to) | of_source(from), 0),
        // The idiom for 0.
        Insn::Alu {
            op: Alu::Xor,
            bytes: bytes @ (4 | 8),
            to: to @ Place::Reg(register),
            from: Source::Place(Place::Reg(same)),
        } if register == same => (bytes, to, 0),
        Insn::Move { bytes, to, from } => (bytes, to, of_source(from)),
        Insn::Extend {
            bytes, to, from, ..
        } => (bytes, Place::Reg(to), of_place(from)),
        Insn::Lea { bytes, to, address } => (bytes, Place::Reg(to), of_address(address)),
        Insn::Alu {
            bytes, to, from, ..
        } => (bytes, to, of_place(to) | of_source(from)),
        Insn::Step { bytes, to, .. } | Insn::Not { bytes, to } | Insn::Negate { bytes, to } => {
            (bytes, to, of_place(to))
        }
        Insn::Multiply { bytes, to, a, b } => (bytes, Place::Reg(to), of_place(a) | of_source(b)),
        Insn::Shift {
            bytes, to, count, ..
        } => (bytes, to, of_place(to) | of_source(count)),
        Insn::Set { to, .. } => (1, to, 0),
        Insn::MoveIf {
            bytes, to, from, ..
        } => (bytes, Place::Reg(to), one(to) | of_place(from)),
    };
    let (read, written) = of_result(bytes, to);
    (reads | read, written)
}

/// The prefix of an instruction on 64 bits.
fn rex(reg: Reg, rm: Reg) -> u8 {
    0x48 | (reg >> 3) << 2 | rm >> 3
}

fn push(code: &mut Vec<u8>, register: Reg) {
    code.extend([0x40 | register >> 3, 0x50 | register & 7]);
}

fn pop(code: &mut Vec<u8>, register: Reg) {
    code.extend([0x40 | register >> 3, 0x58 | register & 7]);
}

fn move_register(code: &mut Vec<u8>, to: Reg, from: Reg) {
    code.extend([rex(from, to), 0x89, 0xc0 | (from & 7) << 3 | to & 7]);
}

fn move_constant(code: &mut Vec<u8>, to: Reg, constant: u64) {
    match u32::try_from(constant) {
        Ok(constant) => {
            code.extend([0x40 | to >> 3, 0xb8 | to & 7]);
            code.extend(constant.to_le_bytes());
        }
        Err(_) => {
            code.extend([rex(0, to), 0xb8 | to & 7]);
            code.extend(constant.to_le_bytes());
        }
    }
}

/// The state's address: `lea to, [r15 + offset]`.
fn load_state(code: &mut Vec<u8>, to: Reg, offset: i32) {
    code.extend([rex(to, 15), 0x8d, 0x80 | (to & 7) << 3 | 7]);
    code.extend(offset.to_le_bytes());
}
