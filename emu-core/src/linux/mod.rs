//! User-mode Linux: a guest's system calls, signals and memory, answered by the host's Linux.
//!
//! | part | module |
//! |---|---|
//! | the process: loading, exceptions | this one |
//! | system calls | [`syscall`] |
//! | signals | [`signal`] |
//! | guest memory | [`mm`] |
//! | the root prefix | [`path`] |
//! | `/proc` | [`procfs`] |
//! | new processes and programs | [`fork`], [`exec`] |
//! | threads, and what their end means to futexes | [`thread`], [`futex`] |
//! | what is particular to an instruction set | [`abi`] |
//! | system calls of the host (unsafe) | [`host`] |
//!
//! Not here: running code.
//!
//! Unsafe code is in [`host`], [`mm::space`] and [`signal::host`], whose headers state its rules, and
//! in single lines where a descriptor gets an owner or a structure of the kernel's is zeroed.

pub(crate) mod abi;
mod deterministic;
pub mod errno;
mod exec;
mod fork;
mod futex;
pub(crate) mod host;
pub(crate) mod mm;
mod own_fds;
pub(crate) mod path;
mod procfs;
pub(crate) mod signal;
mod syscall;
mod thread;

pub use own_fds::OwnFd;
pub use signal::host::die_of_signal;

use std::collections::HashMap;
use std::ffi::{CString, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use emu_tcg::guest::Fetch;
use emu_tcg::state::CpuState;

use self::abi::riscv64 as guest_abi;
use self::deterministic::Deterministic;
use self::mm::{Layout, MemoryMap, Protection};
use self::path::PathPrefix;
use self::procfs::ProgramInfo;
use self::signal::{SigInfo, SignalTable, deliver};
use self::thread::{Thread, Threads};
use crate::environment::{CpuContext, Environment, Exception, ExitStatus, Flow, Symbol};
use crate::loader::elf::PAGE_SIZE;
use crate::loader::map::{MappedImage, map_error, map_image};
use crate::loader::stack::{StackContents, auxv};
use crate::loader::symbols::Symbols;
use crate::loader::{self, ImageSource, LoadError, LoadErrorKind, Program, c_string};

/// What to run, and how.
#[derive(Debug, Clone, Default)]
pub struct ProcessConfig {
    /// The program, as the guest names it.
    pub program: PathBuf,
    /// The program's content if it is not a file but part of the emulator: a static executable.
    pub embedded: Option<&'static [u8]>,
    /// Its arguments, without its own name.
    pub args: Vec<OsString>,
    /// Its name (`argv[0]`) if that is not the path.
    pub argv0: Option<OsString>,
    /// The environment, usually the emulator's own.
    pub env: Vec<(OsString, OsString)>,
    /// Where guest paths are looked up first.
    pub root: Option<PathBuf>,
    /// Fixed addresses, random numbers and clocks.
    pub deterministic: bool,
    /// Command by which the guest runs another guest program: an emulator's path and options,
    /// to be followed by `--argv0 NAME -- PROGRAM ARGUMENTS…`. If empty, it cannot.
    pub exec_command: Vec<OsString>,
}

/// A guest process.
pub struct LinuxProcess {
    /// For threads, which keep the process.
    pub(crate) me: Weak<LinuxProcess>,
    pub(crate) threads: Threads,
    pub(crate) memory: MemoryMap,
    pub(crate) prefix: PathPrefix,
    pub(crate) program: ProgramInfo,
    pub(crate) symbols: Symbols,
    pub(crate) signals: SignalTable,
    /// Address of the code that signal handlers return to.
    pub(crate) trampoline: u64,
    pub(crate) deterministic: Option<Deterministic>,
    /// Address of the first instruction.
    entry: u64,
    /// Address of the program's own first instruction.
    program_entry: u64,
    pub(crate) exec_command: Vec<OsString>,
    inherited: exec::Inherited,
    /// The signal mask that the first thread starts with.
    pub(crate) initial_mask: u64,
    /// Resource limits that are remembered only.
    pub(crate) limits: Mutex<HashMap<u64, [u64; 2]>>,
}

impl std::fmt::Debug for LinuxProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinuxProcess")
            .field("program", &self.program.guest_path)
            .finish_non_exhaustive()
    }
}

impl LinuxProcess {
    /// Loads a program. The calling thread is to run its first vCPU.
    ///
    /// This sets the host's signal dispositions for the guest; load one program per process.
    ///
    /// # Errors
    /// What is wrong with the program.
    pub fn load(config: ProcessConfig) -> Result<Arc<LinuxProcess>, LoadError> {
        let prefix = PathPrefix::new(config.root.as_deref());
        let argv0 = config
            .argv0
            .as_deref()
            .unwrap_or(config.program.as_os_str());
        let args: Vec<CString> = std::iter::once(argv0)
            .chain(config.args.iter().map(OsString::as_os_str))
            .map(|arg| c_string(arg.as_bytes()))
            .collect();
        let program = match config.embedded {
            Some(bytes) => loader::embedded_program(&config.program, bytes, args)?,
            None => loader::find_program(&prefix, &config.program, args)?,
        };
        let (env, inherited) = exec::decode_env(environment_strings(&config.env));

        let deterministic = config.deterministic.then(Deterministic::new);
        let error = |kind| LoadError::new(&config.program, kind);
        let entropy = if deterministic.is_some() {
            [0; 8]
        } else {
            random_bytes()
        };
        let memory =
            MemoryMap::new(Layout::new(u64::from_le_bytes(entropy))).map_err(|source| {
                error(LoadErrorKind::Map {
                    what: "the guest's address space",
                    address: 0,
                    source,
                })
            })?;
        let symbols = Symbols::default();
        let guest_path = executable_path(&prefix, &program);
        let mapped = map_program(&memory, &symbols, &program, &guest_path).map_err(error)?;

        let random = match &deterministic {
            Some(state) => {
                let mut bytes = [0; 16];
                state.fill(&mut bytes);
                bytes
            }
            None => random_bytes(),
        };
        let exec_path = c_string(config.program.as_os_str().as_bytes());
        let contents = StackContents {
            args: &program.args,
            env: &env,
            exec_path: &exec_path,
            random,
            auxv: auxiliary_vector(&program, &mapped),
            executable: program.image.executable_stack,
        };
        let stack = loader::stack::build(&memory, &contents).map_err(error)?;
        let trampoline = map_trampoline(&memory).map_err(error)?;

        set_thread_name(&config.program);
        crate::fault::set_async_hook(signal::host::on_signal);
        // Before anything is caught: what comes too early blocks all signals.
        let initial_mask = signal::host::mask();
        Ok(Arc::new_cyclic(|me| LinuxProcess {
            me: me.clone(),
            threads: Threads::default(),
            signals: SignalTable::inherit(inherited.ignored_sigpipe),
            trampoline,
            program: ProgramInfo {
                guest_path,
                host_path: match program.source {
                    ImageSource::File(path) => path,
                    ImageSource::Embedded(_) => config.program,
                },
                args: program.args,
                env,
                auxv: stack.auxv,
                code: (mapped.main.start, mapped.main.end),
                stack_start: stack.pointer,
            },
            memory,
            prefix,
            symbols,
            deterministic,
            entry: mapped.entry,
            program_entry: mapped.main.entry,
            exec_command: config.exec_command,
            inherited,
            initial_mask,
            limits: Mutex::default(),
        }))
    }

    /// Sets the architectural state of the vCPU that starts the program, and closes what is closed for it.
    pub fn start(&self, state: &mut CpuState) {
        self.inherited.close();
        state.memory_base = self.memory_base();
        guest_abi::start(state, self.entry, self.program.stack_start);
    }

    /// Host address of guest address 0, for [`CpuState::memory_base`].
    #[must_use]
    pub fn memory_base(&self) -> u64 {
        self.memory.space.base()
    }

    /// The program's path, as the guest names it.
    #[must_use]
    pub fn program_path(&self) -> &Path {
        &self.program.guest_path
    }

    /// Where the program itself starts; before it, its interpreter may run.
    #[must_use]
    pub fn program_entry(&self) -> u64 {
        self.program_entry
    }

    /// The address of the symbol called `name` in one of the images mapped so far.
    #[must_use]
    pub fn symbol_address(&self, name: &str) -> Option<u64> {
        self.symbols.address_of(name)
    }

    /// If the process is to end, that it does so once and with all its threads.
    fn decide(&self, flow: Flow) -> Flow {
        match flow {
            Flow::Exit(status) => Flow::Exit(self.threads.end(status)),
            flow => flow,
        }
    }

    /// The signal that an exception of the instruction at `pc` raises.
    fn fault_signal(&self, exception: Exception, pc: u64) -> (i32, SigInfo) {
        const TRAP_BRKPT: i32 = 1;
        const ILL_ILLOPC: i32 = 1;
        match exception {
            Exception::Breakpoint => (libc::SIGTRAP, SigInfo::fault(libc::SIGTRAP, TRAP_BRKPT, pc)),
            Exception::Illegal | Exception::Syscall => {
                (libc::SIGILL, SigInfo::fault(libc::SIGILL, ILL_ILLOPC, pc))
            }
            Exception::FetchFault => (libc::SIGSEGV, self.segment_fault(pc)),
            Exception::MemoryFault {
                signal: libc::SIGSEGV,
                address,
                ..
            } => (libc::SIGSEGV, self.segment_fault(address)),
            Exception::MemoryFault {
                signal,
                code,
                address,
            } => (signal, SigInfo::fault(signal, code, address)),
        }
    }

    /// `SIGSEGV` for an address: whether it is not mapped or may not be used so.
    fn segment_fault(&self, address: u64) -> SigInfo {
        const SEGV_MAPERR: i32 = 1;
        const SEGV_ACCERR: i32 = 2;
        let mapped = self
            .memory
            .with_pages(|pages| pages.find(address).is_some());
        SigInfo::fault(
            libc::SIGSEGV,
            if mapped { SEGV_ACCERR } else { SEGV_MAPERR },
            address,
        )
    }
}

impl Environment for LinuxProcess {
    fn attach(&self, cpu: &mut CpuContext<'_>) {
        Thread::attach(self, cpu);
    }

    fn detach(&self, cpu: &mut CpuContext<'_>) {
        Thread::detach(self, cpu);
    }

    fn exception(&self, cpu: &mut CpuContext<'_>, exception: Exception) -> Flow {
        let thread = Thread::current(self, cpu);
        let flow = match exception {
            Exception::Syscall => syscall::dispatch(self, &thread, cpu),
            fault => {
                let (signal, info) = self.fault_signal(fault, cpu.state.pc);
                deliver::deliver_fault(self, &thread, cpu, signal, &info)
            }
        };
        self.decide(flow)
    }

    fn interrupt(&self, cpu: &mut CpuContext<'_>) -> Flow {
        if let Some(status) = self.threads.exit_status() {
            return Flow::Exit(status);
        }
        let thread = Thread::current(self, cpu);
        self.decide(deliver::deliver_pending(self, &thread, cpu))
    }

    fn end(&self, status: ExitStatus) {
        self.threads.end(status);
    }

    fn fetch(&self) -> &(dyn Fetch + Sync) {
        &self.memory
    }

    fn symbolize(&self, address: u64) -> Option<Symbol> {
        self.symbols.find(address)
    }
}

/// Where the parts of a program went.
struct MappedProgram {
    main: MappedImage,
    /// Of the dynamic linker, 0 without.
    interpreter_bias: u64,
    /// Of the dynamic linker if there is one.
    entry: u64,
}

fn map_program(
    memory: &MemoryMap,
    symbols: &Symbols,
    program: &Program,
    guest_path: &Path,
) -> Result<MappedProgram, LoadErrorKind> {
    let name: Arc<str> = guest_path.to_string_lossy().into();
    let main = map_image(
        memory,
        &program.image,
        &program.file,
        &name,
        memory.layout.program_base,
    )?;
    add_symbols(
        symbols,
        &program.image,
        main.bias,
        &name,
        program.source.clone(),
    );
    memory.set_brk_start(main.end);
    let Some((image, file, host_path, name)) = &program.interpreter else {
        return Ok(MappedProgram {
            main,
            interpreter_bias: 0,
            entry: main.entry,
        });
    };
    let interpreter = map_image(memory, image, file, name, 0)?;
    let source = ImageSource::File(host_path.clone());
    add_symbols(symbols, image, interpreter.bias, name, source);
    Ok(MappedProgram {
        main,
        interpreter_bias: interpreter.bias,
        entry: interpreter.entry,
    })
}

fn add_symbols(
    symbols: &Symbols,
    image: &loader::elf::ElfImage,
    bias: u64,
    name: &Arc<str>,
    source: ImageSource,
) {
    for segment in image.segments.iter().filter(|segment| segment.execute) {
        let start = segment.address.wrapping_add(bias);
        let end = start + segment.memory_size;
        symbols.add(
            start,
            end,
            segment.file_offset,
            Arc::clone(name),
            source.clone(),
        );
    }
}

fn auxiliary_vector(program: &Program, mapped: &MappedProgram) -> Vec<(u64, u64)> {
    let id = |id: u32| u64::from(id);
    vec![
        (auxv::PHDR, mapped.main.headers),
        (auxv::PHENT, 56),
        (auxv::PHNUM, u64::from(program.image.header_count)),
        (auxv::PAGESZ, PAGE_SIZE),
        (auxv::BASE, mapped.interpreter_bias),
        (auxv::FLAGS, 0),
        (auxv::ENTRY, mapped.main.entry),
        (auxv::UID, id(rustix::process::getuid().as_raw())),
        (auxv::EUID, id(rustix::process::geteuid().as_raw())),
        (auxv::GID, id(rustix::process::getgid().as_raw())),
        (auxv::EGID, id(rustix::process::getegid().as_raw())),
        (auxv::HWCAP, guest_abi::HWCAP),
        (auxv::CLKTCK, rustix::param::clock_ticks_per_second()),
        (auxv::SECURE, 0),
    ]
}

/// Maps the page with the code that signal handlers return to.
fn map_trampoline(memory: &MemoryMap) -> Result<u64, LoadErrorKind> {
    let address = memory.layout.stack_end;
    let fail = || map_error("the signal trampoline", address);
    let writable = Protection {
        read: true,
        write: true,
        execute: true,
    };
    memory
        .map_named(address, PAGE_SIZE, writable, "[sigreturn]")
        .map_err(fail())?;
    memory
        .space
        .write(address, &guest_abi::SIGRETURN_CODE)
        .map_err(fail())?;
    memory
        .protect(
            address,
            PAGE_SIZE,
            Protection {
                write: false,
                ..writable
            },
        )
        .map_err(fail())?;
    Ok(address)
}

fn environment_strings(env: &[(OsString, OsString)]) -> Vec<CString> {
    env.iter()
        .map(|(name, value)| {
            let mut bytes = name.clone().into_vec();
            bytes.push(b'=');
            bytes.extend_from_slice(value.as_bytes());
            c_string(&bytes)
        })
        .collect()
}

fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Fewer or none only on systems without a working source; the bytes need not be secret.
    let _ = host::host_syscall!(
        libc::SYS_getrandom,
        host::HostArg::output(&mut bytes),
        host::HostArg::value(N as u64),
        host::HostArg::value(0)
    );
    bytes
}

/// The program's name is what tools should show for this process.
fn set_thread_name(program: &Path) {
    let name = c_string(program.file_name().unwrap_or_default().as_bytes());
    let _ = rustix::thread::set_name(&name);
}

/// The path of a program's file as the guest's `/proc/self/exe` shows it: links resolved.
fn executable_path(prefix: &PathPrefix, program: &Program) -> PathBuf {
    let host = program.source.path().map(Path::canonicalize);
    match host {
        Some(Ok(host)) => prefix.to_guest(&host),
        _ => program.guest_path.clone(),
    }
}
