//! The same programs on another emulator, or on all of ours: it runs the guest program
//! `tests/guest/fuzz/harness.c`, which takes programs through a pipe.
//!
//! A program ends here by a breakpoint instead of a system call, and any other end shows as a signal.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use emu_tcg::guest::riscv64::RISCV64;
use emu_tcg::guest::riscv64::slots::{FFLAGS, FRM};
use emu_tcg::guest::{Fetch, Guest as _};
use emu_tcg::ir::ExitKind;

use super::compare::{End, Outcome};
use super::instruction::POINTERS;
use super::program::{CODE_PAGE, ItemKind, Program, SCRATCH};

/// Bytes of code that the harness maps.
const CODE_BYTES: usize = 0x4000;
const REGISTER_BYTES: usize = 8 * (32 + 32 + 1);
const OUTCOME_BYTES: usize = 16 + REGISTER_BYTES + (SCRATCH.end - SCRATCH.start) as usize;
const ECALL: u32 = 0x73;
const EBREAK: u32 = 0x0010_0073;

/// An emulator that runs the harness.
#[derive(Debug)]
pub struct Remote {
    command: Vec<OsString>,
    process: Option<Process>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

/// How it went there: what can be seen from inside.
struct Seen {
    signal: u64,
    address: u64,
    pc: u64,
    /// From x1 on.
    x: Vec<u64>,
    f: Vec<u64>,
    fcsr: u64,
    memory: Vec<u8>,
}

impl Remote {
    /// The emulator that this command starts: a program and its arguments, the last of which is
    /// the harness. It is started with the first program.
    #[must_use]
    pub fn new(command: impl IntoIterator<Item = impl Into<OsString>>) -> Remote {
        Remote {
            command: command.into_iter().map(Into::into).collect(),
            process: None,
        }
    }

    /// In what the outcome there differs from the interpreter's; `None` if the two cannot be
    /// compared.
    pub fn check(&mut self, program: &Program, interpreted: &Outcome) -> Option<Vec<String>> {
        let (signal, address) = expected_signal(interpreted)?;
        let seen = match self.run(program) {
            Ok(seen) => seen,
            Err(error) => {
                self.process = None;
                return Some(vec![format!("the other emulator: {error}")]);
            }
        };
        let mut list = Vec::new();
        let mut compare = |what: &str, ours: u64, theirs: u64| {
            if ours != theirs {
                list.push(format!("{what}: {ours:#x}, the other's {theirs:#x}"));
            }
        };
        compare("signal", signal, seen.signal);
        // A host does not tell an address that no user program can have.
        if address < 1 << 47 {
            compare("address", address, seen.address);
        }
        compare("pc", interpreted.pc, seen.pc);
        for (register, &value) in seen.x.iter().enumerate() {
            compare(
                &format!("x{}", register + 1),
                interpreted.slots[register + 1],
                value,
            );
        }
        for (register, &value) in seen.f.iter().enumerate() {
            compare(
                &format!("f{register}"),
                interpreted.slots[32 + register],
                value,
            );
        }
        let slot = |var: emu_tcg::ir::Var| interpreted.slots[usize::from(var.0)];
        compare("fcsr", slot(FRM) << 5 | slot(FFLAGS), seen.fcsr);
        for (word, (ours, theirs)) in interpreted
            .memory
            .chunks(8)
            .zip(seen.memory.chunks(8))
            .enumerate()
        {
            let what = format!("memory at {:#x}", SCRATCH.start + 8 * word as u64);
            compare(&what, read_word(ours), read_word(theirs));
        }
        Some(list)
    }

    fn run(&mut self, program: &Program) -> io::Result<Seen> {
        let process = match &mut self.process {
            Some(process) => process,
            none => none.insert(start(&self.command)?),
        };
        process.input.write_all(&request(program))?;
        let mut bytes = vec![0; OUTCOME_BYTES];
        process.output.read_exact(&mut bytes)?;
        let (words, memory) = bytes.split_at(16 + REGISTER_BYTES);
        let words: Vec<u64> = words.chunks(8).map(read_word).collect();
        Ok(Seen {
            signal: words[0],
            address: words[1],
            pc: words[2],
            x: words[3..34].to_vec(),
            f: words[34..66].to_vec(),
            fcsr: words[66],
            memory: memory.to_vec(),
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(command: &[OsString]) -> io::Result<Process> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(io::Error::other("no command"));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::Error::other("no pipes"));
    };
    Ok(Process {
        child,
        input,
        output,
    })
}

fn read_word(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, &byte| word << 8 | u64::from(byte))
}

fn request(program: &Program) -> Vec<u8> {
    let mut bytes = Vec::new();
    let words = [program.start]
        .into_iter()
        .chain(program.x[1..].iter().copied());
    for word in words.chain(program.f).chain([program.fcsr]) {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes.extend_from_slice(program.memory());
    let mut code = vec![0; (program.start - CODE_PAGE) as usize];
    code.extend(program.code());
    code.resize(CODE_BYTES, 0);
    bytes.extend(code);
    bytes
}

/// The signal that an end shows as, and its address.
fn expected_signal(outcome: &Outcome) -> Option<(u64, u64)> {
    let is_code = |address: u64| (CODE_PAGE - 8..CODE_PAGE + CODE_BYTES as u64).contains(&address);
    match outcome.end {
        End::Exit(ExitKind::Breakpoint) => Some((libc::SIGTRAP as u64, 0)),
        End::Exit(ExitKind::Illegal) => Some((libc::SIGILL as u64, 0)),
        // Behind the program's end there are zeros, which are illegal.
        End::Exit(ExitKind::FetchFault) if !is_code(outcome.pc) => {
            Some((libc::SIGSEGV as u64, outcome.pc))
        }
        // Faults of misaligned atomics are the platform's choice; code can be accessed there.
        End::Fault { address, signal } if signal == libc::SIGSEGV as u32 && !is_code(address) => {
            Some((signal.into(), address))
        }
        _ => None,
    }
}

/// The program as it can be run there: `None` if it uses what another emulator may not have, or
/// may do otherwise.
#[must_use]
pub fn portable(mut program: Program) -> Option<Program> {
    for item in &mut program.items {
        let ItemKind::Plain { bits, len } = &mut item.kind else {
            continue;
        };
        if *bits == ECALL {
            *bits = EBREAK;
        }
        // Whether an sc of another width than its lr succeeds is the platform's choice.
        if matches!(*bits >> 27, 2 | 3) && *bits & 0x7f == 0x2f {
            *bits |= 1 << 12;
        }
        let bytes = bits.to_le_bytes();
        let decoded = RISCV64.decode_block(&Bytes(&bytes[..usize::from(*len)]), 0, 0, 1);
        let mnemonic = decoded
            .insns
            .first()
            .map_or("unknown", |insn| RISCV64.mnemonic(insn));
        // QEMU 7.2 has no Zicond, and its ctzw looks at the upper half where the lower one is 0.
        if ["unknown", "czero.eqz", "czero.nez", "ctzw"].contains(&mnemonic) {
            return None;
        }
    }
    for pointer in POINTERS {
        program.x[pointer as usize] &= !15;
    }
    program.config.probes = None;
    program.config.resume = false;
    Some(program)
}

/// Instruction bytes at address 0.
struct Bytes<'a>(&'a [u8]);

impl Fetch for Bytes<'_> {
    fn fetch(&self, pc: u64, buf: &mut [u8]) -> bool {
        let bytes = self
            .0
            .get(pc as usize..)
            .and_then(|bytes| bytes.get(..buf.len()));
        bytes.is_some_and(|bytes| {
            buf.copy_from_slice(bytes);
            true
        })
    }
}
