//! The x86-64 instructions of which small functions without calls consist.
//!
//! What is not here is not decoded: calls, vectors, string instructions, addresses relative to
//! the program counter, the upper halves of 16-bit registers.
//!
//! Rules of the unsafe code: no byte is read that the processor would not, too, on some way through
//! the function.

/// The number of a general register, as in the encoding.
pub(super) type Reg = u8;

/// `rsp`.
pub(super) const STACK_POINTER: Reg = 4;

/// A memory operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) base: Option<Reg>,
    /// A register, shifted left.
    pub(super) index: Option<(Reg, u8)>,
    pub(super) offset: i32,
}

/// Where an operand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Reg(Reg),
    Memory(Address),
}

/// An operand that is only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Place(Place),
    /// Sign-extended.
    Immediate(i64),
}

/// Operations of two operands, as numbered in the encoding; [`Alu::Test`] comes after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Alu {
    Add,
    Or,
    Adc,
    Sbb,
    And,
    Sub,
    Xor,
    Cmp,
    Test,
}

impl Alu {
    fn numbered(number: u8) -> Alu {
        [
            Alu::Add,
            Alu::Or,
            Alu::Adc,
            Alu::Sbb,
            Alu::And,
            Alu::Sub,
            Alu::Xor,
            Alu::Cmp,
        ][usize::from(number & 7)]
    }
}

/// Shifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    Left,
    Right,
    Arithmetic,
    RotateLeft,
    RotateRight,
}

/// The condition of a conditional instruction, as in the low four bits of its opcode.
pub(super) type Condition = u8;

/// An instruction; `bytes` is the size of its operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Insn {
    Nop,
    /// The prefix that makes the next instruction atomic.
    Lock,
    Return,
    /// Relative to the next instruction.
    Jump(i32),
    Branch(Condition, i32),
    Push(Reg),
    Pop(Reg),
    Move {
        bytes: u8,
        to: Place,
        from: Source,
    },
    Extend {
        bytes: u8,
        to: Reg,
        from_bytes: u8,
        signed: bool,
        from: Place,
    },
    Lea {
        bytes: u8,
        to: Reg,
        address: Address,
    },
    Alu {
        op: Alu,
        bytes: u8,
        to: Place,
        from: Source,
    },
    /// Adds 1 or −1 and leaves the carry as it is.
    Step {
        bytes: u8,
        to: Place,
        by: i64,
    },
    Not {
        bytes: u8,
        to: Place,
    },
    Negate {
        bytes: u8,
        to: Place,
    },
    Multiply {
        bytes: u8,
        to: Reg,
        a: Place,
        b: Source,
    },
    Shift {
        op: Shift,
        bytes: u8,
        to: Place,
        count: Source,
    },
    Set {
        to: Place,
        condition: Condition,
    },
    MoveIf {
        bytes: u8,
        to: Reg,
        from: Place,
        condition: Condition,
    },
}

/// The bytes of one instruction.
struct Bytes(*const u8);

impl Bytes {
    /// # Safety
    /// The instruction has another byte.
    unsafe fn u8(&mut self) -> u8 {
        // SAFETY: the caller's promise.
        unsafe {
            let byte = self.0.read();
            self.0 = self.0.add(1);
            byte
        }
    }

    /// # Safety
    /// The instruction has `size` more bytes, 0, 1, 2, 4 or 8.
    unsafe fn signed(&mut self, size: u8) -> i64 {
        let mut value = 0;
        for index in 0..size {
            // SAFETY: the caller's promise.
            value |= i64::from(unsafe { self.u8() }) << (8 * index);
        }
        match size {
            1 => i64::from(value as i8),
            2 => i64::from(value as i16),
            4 => i64::from(value as i32),
            _ => value,
        }
    }
}

/// Prefixes.
#[derive(Debug, Clone, Copy, Default)]
struct Prefixes {
    rex: u8,
    half: bool,
}

impl Prefixes {
    /// Size of the operands of instructions that have no form for bytes.
    fn bytes(self) -> u8 {
        if self.rex & 8 != 0 {
            8
        } else if self.half {
            2
        } else {
            4
        }
    }

    /// Size of the operands where the low bit of the opcode distinguishes bytes from others.
    fn bytes_of(self, opcode: u8) -> u8 {
        if opcode & 1 == 0 { 1 } else { self.bytes() }
    }

    /// A register that is used as a byte: without a prefix, 4 to 7 are others.
    fn byte_register(self, reg: Reg) -> Option<Reg> {
        (self.rex != 0 || !(4..8).contains(&reg)).then_some(reg)
    }

    fn register(self, bytes: u8, reg: Reg) -> Option<Reg> {
        match bytes {
            1 => self.byte_register(reg),
            _ => Some(reg),
        }
    }

    fn place(self, bytes: u8, place: Place) -> Option<Place> {
        match place {
            Place::Reg(reg) => self.register(bytes, reg).map(Place::Reg),
            Place::Memory(_) => Some(place),
        }
    }
}

/// Register field and place of a ModRM byte and what follows it.
///
/// # Safety
/// The instruction has them.
unsafe fn modrm(code: &mut Bytes, rex: u8) -> Option<(Reg, Place)> {
    // SAFETY: the caller's promise; each read is of a byte that those before it announce.
    unsafe {
        let byte = code.u8();
        let reg = byte >> 3 & 7 | (rex & 4) << 1;
        let (mode, low) = (byte >> 6, byte & 7);
        let base_bit = (rex & 1) << 3;
        if mode == 3 {
            return Some((reg, Place::Reg(low | base_bit)));
        }
        let (mut base, mut index) = (Some(low | base_bit), None);
        if low == 4 {
            let sib = code.u8();
            base = Some(sib & 7 | base_bit);
            let number = sib >> 3 & 7 | (rex & 2) << 2;
            if number != STACK_POINTER {
                index = Some((number, sib >> 6));
            }
            if mode == 0 && sib & 7 == 5 {
                base = None;
            }
        } else if mode == 0 && low == 5 {
            return None;
        }
        let size = match mode {
            0 if base.is_none() => 4,
            0 => 0,
            1 => 1,
            _ => 4,
        };
        let offset = code.signed(size) as i32;
        let address = Address {
            base,
            index,
            offset,
        };
        Some((reg, Place::Memory(address)))
    }
}

/// The instruction at `at`, which is moved behind it; `None` if it is not one of those above.
///
/// # Safety
/// The processor might execute what is there.
pub(super) unsafe fn decode(at: &mut *const u8) -> Option<Insn> {
    let mut code = Bytes(*at);
    // SAFETY: the caller's promise, and bytes are read as the encoding announces them.
    let insn = unsafe { insn(&mut code) };
    *at = code.0;
    insn
}

/// # Safety
/// As for [`decode`].
unsafe fn insn(code: &mut Bytes) -> Option<Insn> {
    // SAFETY: the caller's promise; each read is of a byte that those before it announce.
    unsafe {
        let mut prefixes = Prefixes::default();
        let mut opcode = code.u8();
        if opcode == 0xf3 {
            let marks_target = [0x0f, 0x1e, 0xfa].iter().all(|&byte| code.u8() == byte);
            return marks_target.then_some(Insn::Nop);
        }
        while opcode == 0x66 {
            prefixes.half = true;
            opcode = code.u8();
        }
        if opcode & 0xf0 == 0x40 {
            prefixes.rex = opcode;
            opcode = code.u8();
        }
        let rex = prefixes.rex;
        let (bytes, wide) = (prefixes.bytes_of(opcode), prefixes.bytes());
        let immediate_size = |bytes: u8| bytes.min(4);
        let opcode_reg = opcode & 7 | (rex & 1) << 3;
        Some(match opcode {
            0x00..=0x3f if opcode & 7 < 4 => {
                let (reg, place) = modrm(code, rex)?;
                let place = prefixes.place(bytes, place)?;
                let reg = Place::Reg(prefixes.register(bytes, reg)?);
                let (to, from) = if opcode & 2 == 0 {
                    (place, reg)
                } else {
                    (reg, place)
                };
                let (op, from) = (Alu::numbered(opcode >> 3), Source::Place(from));
                Insn::Alu {
                    op,
                    bytes,
                    to,
                    from,
                }
            }
            0x00..=0x3f if opcode & 7 < 6 => Insn::Alu {
                op: Alu::numbered(opcode >> 3),
                bytes,
                to: Place::Reg(0),
                from: Source::Immediate(code.signed(immediate_size(bytes))),
            },
            0x50..=0x57 if !prefixes.half => Insn::Push(opcode_reg),
            0x58..=0x5f if !prefixes.half => Insn::Pop(opcode_reg),
            0x63 => {
                let (to, from) = modrm(code, rex)?;
                Insn::Extend {
                    bytes: wide,
                    to,
                    from_bytes: 4,
                    signed: true,
                    from,
                }
            }
            0x69 | 0x6b => {
                let (to, a) = modrm(code, rex)?;
                let size = if opcode == 0x6b {
                    1
                } else {
                    immediate_size(wide)
                };
                Insn::Multiply {
                    bytes: wide,
                    to,
                    a,
                    b: Source::Immediate(code.signed(size)),
                }
            }
            0x70..=0x7f => Insn::Branch(opcode & 15, code.signed(1) as i32),
            0x80 | 0x81 | 0x83 => {
                let (op, to) = modrm(code, rex & !4)?;
                let size = if opcode == 0x81 {
                    immediate_size(bytes)
                } else {
                    1
                };
                Insn::Alu {
                    op: Alu::numbered(op),
                    bytes,
                    to: prefixes.place(bytes, to)?,
                    from: Source::Immediate(code.signed(size)),
                }
            }
            0x84 | 0x85 => {
                let (reg, to) = modrm(code, rex)?;
                Insn::Alu {
                    op: Alu::Test,
                    bytes,
                    to: prefixes.place(bytes, to)?,
                    from: Source::Place(Place::Reg(prefixes.register(bytes, reg)?)),
                }
            }
            0x88..=0x8b => {
                let (reg, place) = modrm(code, rex)?;
                let place = prefixes.place(bytes, place)?;
                let reg = Place::Reg(prefixes.register(bytes, reg)?);
                let (to, from) = if opcode & 2 == 0 {
                    (place, reg)
                } else {
                    (reg, place)
                };
                let from = Source::Place(from);
                Insn::Move { bytes, to, from }
            }
            0x8d => match modrm(code, rex)? {
                (to, Place::Memory(address)) => Insn::Lea {
                    bytes: wide,
                    to,
                    address,
                },
                (_, Place::Reg(_)) => return None,
            },
            0x90 if rex & 1 == 0 => Insn::Nop,
            0xa8 | 0xa9 => Insn::Alu {
                op: Alu::Test,
                bytes,
                to: Place::Reg(0),
                from: Source::Immediate(code.signed(immediate_size(bytes))),
            },
            0xb0..=0xb7 => Insn::Move {
                bytes: 1,
                to: Place::Reg(prefixes.byte_register(opcode_reg)?),
                from: Source::Immediate(code.signed(1)),
            },
            0xb8..=0xbf => Insn::Move {
                bytes: wide,
                to: Place::Reg(opcode_reg),
                from: Source::Immediate(code.signed(wide)),
            },
            0xc0 | 0xc1 | 0xd0..=0xd3 => {
                let (op, to) = modrm(code, rex & !4)?;
                let count = match opcode {
                    0xc0 | 0xc1 => Source::Immediate(code.signed(1)),
                    0xd0 | 0xd1 => Source::Immediate(1),
                    _ => Source::Place(Place::Reg(1)),
                };
                let op = match op {
                    0 => Shift::RotateLeft,
                    1 => Shift::RotateRight,
                    4 => Shift::Left,
                    5 => Shift::Right,
                    7 => Shift::Arithmetic,
                    _ => return None,
                };
                let to = prefixes.place(bytes, to)?;
                Insn::Shift {
                    op,
                    bytes,
                    to,
                    count,
                }
            }
            0xc3 => Insn::Return,
            0xc6 | 0xc7 => {
                let (op, to) = modrm(code, rex & !4)?;
                let from = Source::Immediate(code.signed(immediate_size(bytes)));
                let to = prefixes.place(bytes, to)?;
                (op == 0).then_some(Insn::Move { bytes, to, from })?
            }
            0xf0 if rex == 0 && !prefixes.half => Insn::Lock,
            0xe9 => Insn::Jump(code.signed(4) as i32),
            0xeb => Insn::Jump(code.signed(1) as i32),
            0xf6 | 0xf7 => {
                let (op, to) = modrm(code, rex & !4)?;
                let to = prefixes.place(bytes, to)?;
                match op {
                    0 => Insn::Alu {
                        op: Alu::Test,
                        bytes,
                        to,
                        from: Source::Immediate(code.signed(immediate_size(bytes))),
                    },
                    2 => Insn::Not { bytes, to },
                    3 => Insn::Negate { bytes, to },
                    _ => return None,
                }
            }
            0xfe | 0xff => {
                let (op, to) = modrm(code, rex & !4)?;
                let to = prefixes.place(bytes, to)?;
                let by = match op {
                    0 => 1,
                    1 => -1,
                    _ => return None,
                };
                Insn::Step { bytes, to, by }
            }
            0x0f => return two_byte_insn(code, prefixes),
            _ => return None,
        })
    }
}

/// What follows the byte `0f`.
///
/// # Safety
/// As for [`decode`].
unsafe fn two_byte_insn(code: &mut Bytes, prefixes: Prefixes) -> Option<Insn> {
    // SAFETY: the caller's promise; each read is of a byte that those before it announce.
    unsafe {
        let opcode = code.u8();
        let (rex, bytes) = (prefixes.rex, prefixes.bytes());
        Some(match opcode {
            0x1f => {
                modrm(code, rex)?;
                Insn::Nop
            }
            0x40..=0x4f => {
                let (to, from) = modrm(code, rex)?;
                Insn::MoveIf {
                    bytes,
                    to,
                    from,
                    condition: opcode & 15,
                }
            }
            0x80..=0x8f => Insn::Branch(opcode & 15, code.signed(4) as i32),
            0x90..=0x9f => {
                let (_, to) = modrm(code, rex)?;
                Insn::Set {
                    to: prefixes.place(1, to)?,
                    condition: opcode & 15,
                }
            }
            0xaf => {
                let (to, from) = modrm(code, rex)?;
                Insn::Multiply {
                    bytes,
                    to,
                    a: Place::Reg(to),
                    b: Source::Place(from),
                }
            }
            0xb6 | 0xb7 | 0xbe | 0xbf => {
                let (to, from) = modrm(code, rex)?;
                let from_bytes = 1 + (opcode & 1);
                Insn::Extend {
                    bytes,
                    to,
                    from_bytes,
                    signed: opcode & 8 != 0,
                    from: prefixes.place(from_bytes, from)?,
                }
            }
            _ => return None,
        })
    }
}
