//! Writes the tables of the floating-point conformance programs, `tests/guest/fp/tables/*.S`.
//!
//! `cargo run -p emu-tests --example fp_tables` and then `tests/guest/fp/build.sh`. The soft float
//! gives the expected results; its own tests compare it with the host's FPU, and the
//! programs pass under other emulators.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::hash::Hash;
use std::path::Path;

use emu_tcg::softfloat as sf;
use emu_tcg::softfloat::{F32, F64, Flags, Rounding};

const MODES: [Rounding; 5] = [
    Rounding::Nearest,
    Rounding::Zero,
    Rounding::Down,
    Rounding::Up,
    Rounding::NearestAway,
];
const BOX: u64 = 0xffff_ffff_0000_0000;

/// What an operand is drawn from.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A boxed single.
    Single,
    /// A single that may not be boxed.
    MaybeBoxed,
    Double,
    /// An integer, the upper half of which may not matter.
    Integer,
}

type Evaluate = Box<dyn Fn(&[u64], Rounding, &mut Flags) -> u64>;

/// One instruction: how it is written, drawn operands for and computed.
struct Instruction {
    text: String,
    operands: Vec<Kind>,
    rounded: bool,
    rows: usize,
    /// From the 64 bits of the operand registers to those of the result register.
    evaluate: Evaluate,
}

impl Instruction {
    fn float_result(&self) -> bool {
        self.text.contains(" fa0")
    }

    /// Words of 32 bits suffice where operands are singles, and the result is one or a small integer.
    fn short(&self) -> bool {
        let mnemonic = self.text.split(' ').next().unwrap_or_default();
        let wide_result = ["fcvt.l.s", "fcvt.lu.s", "fcvt.d.s"].contains(&mnemonic);
        self.operands.iter().all(|&kind| kind == Kind::Single) && !wide_result
    }

    fn row(&self, operands: &[u64]) -> Row {
        let modes = if self.rounded {
            &MODES[..]
        } else {
            &MODES[..1]
        };
        let outcome = |&mode: &Rounding| {
            let mut flags = Flags::default();
            let result = (self.evaluate)(operands, mode, &mut flags);
            (result, flags.0)
        };
        Row {
            operands: operands.to_vec(),
            outcomes: modes.iter().map(outcome).collect(),
        }
    }

    /// Rows that differ from one another in what happens, as far as that goes.
    fn table(&self) -> Vec<Row> {
        let mut random = Random(
            self.text
                .bytes()
                .fold(1, |hash, byte| hash * 31 % 0xffff_fffb + u64::from(byte)),
        );
        let mut rows = Vec::new();
        let mut seen = HashSet::new();
        // What nothing new was seen in for long adds as it comes: all kinds have been found.
        for attempt in 0..40_000 {
            if rows.len() >= self.rows {
                break;
            }
            let mut operands = Vec::new();
            for &kind in &self.operands {
                let operand = random.operand(kind, &operands);
                operands.push(operand);
            }
            let row = self.row(&operands);
            if seen.insert(self.signature(&row)) || attempt > 39_900 {
                rows.push(row);
            }
        }
        rows
    }

    /// What happens in a row, roughly.
    fn signature(&self, row: &Row) -> impl Eq + Hash + use<> {
        let classes: Vec<u16> = self
            .operands
            .iter()
            .zip(&row.operands)
            .map(|(&kind, &operand)| class(kind, operand))
            .collect();
        let outcomes: Vec<(bool, u8)> = row
            .outcomes
            .iter()
            .map(|&(result, flags)| (result == row.outcomes[0].0, flags))
            .collect();
        (classes, outcomes)
    }
}

/// Class of an operand; neighbours of it that behave alike are one.
fn class(kind: Kind, operand: u64) -> u16 {
    match kind {
        Kind::Single => sf::classify::<F32>(operand as u32),
        Kind::MaybeBoxed => sf::classify::<F32>(operand as u32) | u16::from(operand >= BOX) << 15,
        Kind::Double => sf::classify::<F64>(operand),
        Kind::Integer => (operand.leading_zeros() / 8 + 16 * (operand.leading_ones() / 8)) as u16,
    }
}

struct Row {
    operands: Vec<u64>,
    outcomes: Vec<(u64, u8)>,
}

impl Row {
    fn print(&self, mask: u64, out: &mut String) {
        let list = |values: &mut dyn Iterator<Item = u64>| {
            values
                .map(|value| format!("{:#x}", value & mask))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let operands = list(&mut self.operands.iter().copied());
        let (result, flags) = self.outcomes[0];
        let outcome = if self.outcomes.len() == 1 {
            format!("only {:#x}, {flags}", result & mask)
        } else if self
            .outcomes
            .iter()
            .all(|&outcome| outcome == (result, flags))
        {
            format!("same {:#x}, {flags}", result & mask)
        } else {
            let results = list(&mut self.outcomes.iter().map(|outcome| outcome.0));
            let flags: Vec<_> = self
                .outcomes
                .iter()
                .map(|outcome| outcome.1.to_string())
                .collect();
            format!("each {results}, {}", flags.join(", "))
        };
        writeln!(out, "    row {operands}; {outcome}").expect("writing to a string");
    }
}

/// Seeded random operands (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn operand(&mut self, kind: Kind, earlier: &[u64]) -> u64 {
        match kind {
            Kind::Single => self.float(24, 127, earlier) | BOX,
            Kind::MaybeBoxed => {
                let upper = [
                    BOX,
                    0,
                    0xffff_fffe_0000_0000,
                    0x7fff_ffff_0000_0000,
                    self.next() & BOX,
                ];
                let upper = upper[self.below(5) as usize];
                self.float(24, 127, earlier) | upper
            }
            Kind::Double => self.float(53, 1023, earlier),
            Kind::Integer => {
                let value = self.run(64);
                let value = if self.below(2) == 0 {
                    value >> self.below(64)
                } else {
                    value
                };
                if self.below(2) == 0 {
                    value
                } else {
                    value.wrapping_neg()
                }
            }
        }
    }

    /// Random bits, or a run of equal ones and a random rest.
    fn run(&mut self, bits: u32) -> u64 {
        let run = 1u64 << self.below(bits.into());
        let random = self.next();
        let value = match self.below(5) {
            0 => random,
            1 => random & !(run - 1),
            2 => random | (run - 1),
            3 => run,
            _ => run - 1,
        };
        value & (u64::MAX >> (64 - bits))
    }

    fn float(&mut self, precision: u32, bias: u64, earlier: &[u64]) -> u64 {
        let fraction_bits = precision - 1;
        let sign_bit = (2 * bias + 2) << fraction_bits;
        let sign = if self.below(2) == 0 { sign_bit } else { 0 };
        if let Some(&last) = earlier.last()
            && self.below(4) == 0
        {
            // Close to the one before, so that sums cancel and quotients are near one.
            let nudged = (last & (sign_bit - 1))
                .wrapping_add(self.below(5))
                .wrapping_sub(2);
            return nudged & (sign_bit - 1) | sign;
        }
        let exponent = match self.below(8) {
            0 => 0,
            1 => self.below(3),
            2 => 2 * bias + 1,
            3 => 2 * bias - self.below(2),
            4 => bias + self.below(66),
            5 => bias - 3 + self.below(6),
            6 if bias == 1023 => bias - 152 + self.below(284),
            _ => self.below(2 * bias + 2),
        };
        let fraction = if self.below(4) == 0 {
            0
        } else {
            self.run(fraction_bits)
        };
        sign | exponent << fraction_bits | fraction
    }
}

/// A format as the registers hold it.
trait Register: sf::Format {
    const KIND: Kind;
    const SUFFIX: char;
    fn read(register: u64) -> Self::Bits;
    fn write(value: Self::Bits) -> u64;
}

impl Register for F32 {
    const KIND: Kind = Kind::Single;
    const SUFFIX: char = 's';
    fn read(register: u64) -> u32 {
        if register & BOX == BOX {
            register as u32
        } else {
            0x7fc0_0000
        }
    }
    fn write(value: u32) -> u64 {
        BOX | u64::from(value)
    }
}

impl Register for F64 {
    const KIND: Kind = Kind::Double;
    const SUFFIX: char = 'd';
    fn read(register: u64) -> u64 {
        register
    }
    fn write(value: u64) -> u64 {
        value
    }
}

/// The instructions of one program.
#[derive(Default)]
struct Program(Vec<Instruction>);

impl Program {
    fn push(
        &mut self,
        text: impl Into<String>,
        operands: &[Kind],
        rounded: bool,
        rows: usize,
        evaluate: impl Fn(&[u64], Rounding, &mut Flags) -> u64 + 'static,
    ) {
        let (text, operands) = (text.into(), operands.to_vec());
        self.0.push(Instruction {
            text,
            operands,
            rounded,
            rows,
            evaluate: Box::new(evaluate),
        });
    }

    /// `name.fmt fa0, fa1, …`, computed by `evaluate`.
    fn float<F: Register, const N: usize>(
        &mut self,
        name: &str,
        rounded: bool,
        rows: usize,
        evaluate: fn([F::Bits; N], Rounding, &mut Flags) -> F::Bits,
    ) {
        let registers = ["fa1", "fa2", "fa3"][..N].join(", ");
        self.push(
            format!("{name}.{} fa0, {registers}", F::SUFFIX),
            &[F::KIND; N],
            rounded,
            rows,
            move |o, r, flags| F::write(evaluate(std::array::from_fn(|i| F::read(o[i])), r, flags)),
        );
    }

    /// `name.fmt a0, fa1, …`, not rounded.
    fn test<F: Register, const N: usize>(
        &mut self,
        name: &str,
        evaluate: fn([F::Bits; N], &mut Flags) -> u64,
    ) {
        let registers = ["fa1", "fa2"][..N].join(", ");
        self.push(
            format!("{name}.{} a0, {registers}", F::SUFFIX),
            &[F::KIND; N],
            false,
            48,
            move |o, _, flags| evaluate(std::array::from_fn(|i| F::read(o[i])), flags),
        );
    }

    fn arithmetic<F: Register>(&mut self) {
        self.float::<F, 2>("fadd", true, 72, |[a, b], r, flags| {
            sf::add::<F>(a, b, r, flags)
        });
        self.float::<F, 2>("fsub", true, 72, |[a, b], r, flags| {
            sf::sub::<F>(a, b, r, flags)
        });
        self.float::<F, 2>("fmul", true, 72, |[a, b], r, flags| {
            sf::mul::<F>(a, b, r, flags)
        });
        self.float::<F, 2>("fdiv", true, 72, |[a, b], r, flags| {
            sf::div::<F>(a, b, r, flags)
        });
        self.float::<F, 1>("fsqrt", true, 32, |[a], r, flags| {
            sf::sqrt::<F>(a, r, flags)
        });
    }

    fn fused<F: Register>(&mut self) {
        self.float::<F, 3>("fmadd", true, 96, |[a, b, c], r, flags| {
            sf::fma::<F>(a, b, c, r, flags)
        });
        self.float::<F, 3>("fmsub", true, 96, |[a, b, c], r, flags| {
            sf::fma::<F>(a, b, negate::<F>(c), r, flags)
        });
        self.float::<F, 3>("fnmsub", true, 96, |[a, b, c], r, flags| {
            sf::fma::<F>(negate::<F>(a), b, c, r, flags)
        });
        self.float::<F, 3>("fnmadd", true, 96, |[a, b, c], r, flags| {
            sf::fma::<F>(negate::<F>(a), b, negate::<F>(c), r, flags)
        });
    }

    fn comparisons<F: Register>(&mut self) {
        self.float::<F, 2>("fmin", false, 64, |[a, b], _, flags| {
            sf::min::<F>(a, b, flags)
        });
        self.float::<F, 2>("fmax", false, 64, |[a, b], _, flags| {
            sf::max::<F>(a, b, flags)
        });
        self.float::<F, 2>("fsgnj", false, 24, |[a, b], _, _| {
            with_sign::<F>(a, sign::<F>(b))
        });
        self.float::<F, 2>("fsgnjn", false, 24, |[a, b], _, _| {
            with_sign::<F>(a, !sign::<F>(b))
        });
        self.float::<F, 2>("fsgnjx", false, 24, |[a, b], _, _| {
            with_sign::<F>(a, sign::<F>(a) != sign::<F>(b))
        });
        self.test::<F, 2>("feq", |[a, b], flags| sf::eq::<F>(a, b, flags).into());
        self.test::<F, 2>("flt", |[a, b], flags| sf::lt::<F>(a, b, flags).into());
        self.test::<F, 2>("fle", |[a, b], flags| sf::le::<F>(a, b, flags).into());
        self.test::<F, 1>("fclass", |[a], _| sf::classify::<F>(a).into());
    }

    fn integer_conversions<F: Register>(&mut self) {
        let to = |name: &str| format!("fcvt.{name}.{} a0, fa1", F::SUFFIX);
        let from = |name: &str| format!("fcvt.{}.{name} fa0, a1", F::SUFFIX);
        self.push(to("w"), &[F::KIND], true, 40, |o, r, flags| {
            sf::to_i32::<F>(F::read(o[0]), r, flags) as u64
        });
        self.push(to("wu"), &[F::KIND], true, 40, |o, r, flags| {
            sf::to_u32::<F>(F::read(o[0]), r, flags) as i32 as u64
        });
        self.push(to("l"), &[F::KIND], true, 40, |o, r, flags| {
            sf::to_i64::<F>(F::read(o[0]), r, flags) as u64
        });
        self.push(to("lu"), &[F::KIND], true, 40, |o, r, flags| {
            sf::to_u64::<F>(F::read(o[0]), r, flags)
        });
        // From 32-bit integers to doubles is exact, and the assembler has no rounding mode there.
        let inexact = F::KIND == Kind::Single;
        self.push(from("w"), &[Kind::Integer], inexact, 24, |o, r, flags| {
            F::write(sf::from_i32::<F>(o[0] as i32, r, flags))
        });
        self.push(from("wu"), &[Kind::Integer], inexact, 24, |o, r, flags| {
            F::write(sf::from_u32::<F>(o[0] as u32, r, flags))
        });
        self.push(from("l"), &[Kind::Integer], true, 40, |o, r, flags| {
            F::write(sf::from_i64::<F>(o[0] as i64, r, flags))
        });
        self.push(from("lu"), &[Kind::Integer], true, 40, |o, r, flags| {
            F::write(sf::from_u64::<F>(o[0], r, flags))
        });
    }

    fn format_conversions_and_moves(&mut self) {
        let (single, double, integer) = (&[Kind::Single], &[Kind::Double], &[Kind::Integer]);
        self.push("fcvt.s.d fa0, fa1", double, true, 64, |o, r, flags| {
            F32::write(sf::f64_to_f32(o[0], r, flags))
        });
        self.push("fcvt.d.s fa0, fa1", single, false, 32, |o, _, flags| {
            sf::f32_to_f64(F32::read(o[0]), flags)
        });
        self.push(
            "fmv.x.w a0, fa1",
            &[Kind::MaybeBoxed],
            false,
            32,
            |o, _, _| o[0] as i32 as u64,
        );
        self.push("fmv.w.x fa0, a1", integer, false, 16, |o, _, _| {
            F32::write(o[0] as u32)
        });
        self.push("fmv.x.d a0, fa1", double, false, 16, |o, _, _| o[0]);
        self.push("fmv.d.x fa0, a1", integer, false, 16, |o, _, _| o[0]);
    }

    /// A register that holds no boxed single reads as the canonical NaN.
    fn boxing(singles: Vec<Instruction>) -> Program {
        let rebox = |instruction: Instruction| Instruction {
            operands: vec![Kind::MaybeBoxed; instruction.operands.len()],
            rows: 24,
            ..instruction
        };
        let converts_from_integer =
            |instruction: &Instruction| instruction.operands == [Kind::Integer];
        Program(
            singles
                .into_iter()
                .filter(|instruction| !converts_from_integer(instruction))
                .map(rebox)
                .collect(),
        )
    }
}

fn sign_bit<F: Register>() -> u64 {
    if F::KIND == Kind::Single {
        1 << 31
    } else {
        1 << 63
    }
}

fn sign<F: Register>(value: F::Bits) -> bool {
    value.into() & sign_bit::<F>() != 0
}

fn with_sign<F: Register>(value: F::Bits, negative: bool) -> F::Bits {
    let magnitude = value.into() & !sign_bit::<F>();
    F::from_u64(if negative {
        magnitude | sign_bit::<F>()
    } else {
        magnitude
    })
}

fn negate<F: Register>(value: F::Bits) -> F::Bits {
    with_sign::<F>(value, !sign::<F>(value))
}

fn write_table(name: &str, program: &Program) -> std::io::Result<()> {
    let mut out = String::from(
        "# Written by `cargo run -p emu-tests --example fp_tables`; not to be edited.\n#include \"table.inc\"\n",
    );
    for instruction in &program.0 {
        let (width, mask) = if instruction.short() {
            ("WIDTH_32", !BOX)
        } else {
            ("WIDTH_64", u64::MAX)
        };
        let modes = if instruction.rounded {
            "ROUNDED"
        } else {
            "UNROUNDED"
        };
        let result = if instruction.float_result() {
            "RESULT_FLOAT"
        } else {
            "RESULT_INT"
        };
        let (operands, text) = (instruction.operands.len(), &instruction.text);
        writeln!(
            out,
            "\n    group {width}, {operands}, {modes}, {result}, {text}"
        )
        .expect("writing to a string");
        for row in instruction.table() {
            row.print(mask, &mut out);
        }
        out.push_str("    end\n");
    }
    out.push_str("\n    .section .note.GNU-stack, \"\", @progbits\n");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("guest/fp/tables");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(name).with_extension("S"), out)
}

fn main() -> std::io::Result<()> {
    let program = |fill: fn(&mut Program)| {
        let mut program = Program::default();
        fill(&mut program);
        program
    };
    write_table("arithmetic-s", &program(Program::arithmetic::<F32>))?;
    write_table("arithmetic-d", &program(Program::arithmetic::<F64>))?;
    write_table("fused-s", &program(Program::fused::<F32>))?;
    write_table("fused-d", &program(Program::fused::<F64>))?;
    write_table("compare-s", &program(Program::comparisons::<F32>))?;
    write_table("compare-d", &program(Program::comparisons::<F64>))?;
    write_table("integers-s", &program(Program::integer_conversions::<F32>))?;
    write_table("integers-d", &program(Program::integer_conversions::<F64>))?;
    write_table("convert", &program(Program::format_conversions_and_moves))?;
    let singles = program(|program| {
        program.arithmetic::<F32>();
        program.fused::<F32>();
        program.comparisons::<F32>();
        program.integer_conversions::<F32>();
        program.push(
            "fcvt.d.s fa0, fa1",
            &[Kind::Single],
            false,
            32,
            |o, _, flags| sf::f32_to_f64(F32::read(o[0]), flags),
        );
    });
    write_table("boxing", &Program::boxing(singles.0))
}
