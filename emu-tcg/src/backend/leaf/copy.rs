//! Copies of functions that call nothing, made such that a call of one preserves every register.
//!
//! A function like that is made of integer instructions ([`super::decode`]), which are copied as they
//! stand, but for jumps and returns. Around them, what it changes is saved, and its constant arguments
//! are set; so a call hardly costs its caller more than the function itself, and floating-point flags
//! stay what they are.
//!
//! Not here: where copies are called instead of functions ([`crate::backend::cranelift`]).
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

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend) struct FunctionCopy {
    /// Host code. It can be at any address, and expects the vCPU state's in `r15`. Its arguments are
    /// in the registers of the System V convention, as if there were no others than [`FunctionCopy::arguments`].
    pub(in crate::backend) code: Vec<u8>,
    /// The numbers of the function's arguments that it is passed.
    pub(in crate::backend) arguments: Vec<u8>,
}

/// An instruction and the bytes that it is made of.
struct Found {
    insn: Insn,
    end: usize,
}

/// A function's instructions by address.
type Body = BTreeMap<usize, Found>;

/// Copies a function whose state argument is the vCPU state's address plus `state_offset`; `None` if it
/// does more than is understood here.
///
/// # Safety
/// `function` is the address of a function of up to six integer arguments and no result,
/// whose code does not change.
pub(in crate::backend) unsafe fn copy(
    function: usize,
    known: &Known,
    state_offset: i32,
) -> Option<FunctionCopy> {
    // SAFETY: the caller's promise.
    let body = unsafe { body(function)? };
    let mut written = body
        .values()
        .fold(0, |set, found| set | registers(found.insn).1);
    let live = live_at(&body, function);
    let reads = |number: u8| live & one(ARGUMENTS[usize::from(number)]) != 0;
    let is_passed =
        |number: &u8| *number != STATE && known[usize::from(*number)].is_none() && reads(*number);
    let arguments: Vec<u8> = (0..known.len() as u8).filter(is_passed).collect();
    let mut setup = Vec::new();
    // The last one first, since each comes from a register of an argument before it.
    for (&from, &number) in ARGUMENTS.iter().zip(&arguments).rev() {
        let to = ARGUMENTS[usize::from(number)];
        if to != from {
            written |= one(to);
            move_register(&mut setup, to, from);
        }
    }
    for (number, &register) in (0..).zip(&ARGUMENTS) {
        match known[usize::from(number)] {
            _ if !reads(number) || arguments.contains(&number) => continue,
            Some(constant) => move_constant(&mut setup, register, constant),
            None => load_state(&mut setup, register, state_offset),
        }
        written |= one(register);
    }
    let saved: Vec<Reg> = (0..16)
        .filter(|&register| written & CALLER_SAVED & one(register) != 0)
        .collect();
    let mut code = Vec::new();
    for &register in &saved {
        push(&mut code, register);
    }
    code.extend(setup);
    let mut epilogue = Vec::new();
    for &register in saved.iter().rev() {
        pop(&mut epilogue, register);
    }
    epilogue.push(0xc3);
    // SAFETY: these are the function's instructions.
    unsafe { place(&mut code, function, &body, &epilogue)? };
    Some(FunctionCopy { code, arguments })
}

/// All instructions of a function.
///
/// # Safety
/// As for [`copy`].
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
            body.insert(at, Found { insn, end });
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

/// Appends a function's instructions to `code`, where it is entered.
///
/// # Safety
/// `body` is what [`body`] has found.
unsafe fn place(code: &mut Vec<u8>, function: usize, body: &Body, epilogue: &[u8]) -> Option<()> {
    let mut placed: BTreeMap<usize, usize> = BTreeMap::new();
    // Offsets of displacements, and where they lead to.
    let mut jumps: Vec<(usize, usize)> = Vec::new();
    let mut jump = |code: &mut Vec<u8>, opcode: &[u8], target: usize| {
        code.extend(opcode);
        jumps.push((code.len(), target));
        code.extend([0; 4]);
    };
    if body.first_key_value()?.0 != &function {
        jump(code, &[0xe9], function);
    }
    let mut addresses = body.keys().copied().skip(1);
    for (&at, found) in body {
        placed.insert(at, code.len());
        let next = addresses.next();
        let target = |by: i32| found.end.wrapping_add_signed(by as isize);
        match found.insn {
            Insn::Return => code.extend(epilogue),
            Insn::Jump(by) => jump(code, &[0xe9], target(by)),
            insn => {
                // What comes next must be next.
                if next != Some(found.end) {
                    return None;
                }
                match insn {
                    Insn::Branch(condition, by) => {
                        jump(code, &[0x0f, 0x80 | condition], target(by));
                    }
                    // SAFETY: these bytes have been decoded.
                    _ => code.extend(unsafe {
                        std::slice::from_raw_parts(at as *const u8, found.end - at)
                    }),
                }
            }
        }
    }
    for (place, target) in jumps {
        let by = placed.get(&target)?.wrapping_sub(place + 4) as i32;
        code[place..place + 4].copy_from_slice(&by.to_le_bytes());
    }
    Some(())
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
