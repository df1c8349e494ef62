//! One run of a guest program.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::tools::{self, Qemu};

/// How `emu` is to run the guest's instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The interpreter alone.
    Interp,
    /// As users run it: hot code is compiled in the background.
    Jit,
    /// Every block is compiled by itself, the first time it runs.
    Baseline,
    /// Everything is compiled, at once, the first time it runs.
    JitEager,
}

impl Backend {
    /// All of them; the interpreter, which is the oracle, first.
    pub const ALL: [Self; 4] = [Self::Interp, Self::Jit, Self::Baseline, Self::JitEager];

    /// The options of `emu run` that choose it.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Self::Interp => &["--backend", "interp"],
            Self::Jit => &["--backend", "jit"],
            Self::Baseline => &["--baseline-threshold", "1", "--jit-threshold", "4294967295"],
            Self::JitEager => &["--backend", "jit", "--jit-threshold", "1", "--jit-sync"],
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interp => "interp",
            Self::Jit => "jit",
            Self::Baseline => "baseline",
            Self::JitEager => "jit-eager",
        })
    }
}

/// A guest program with all that decides what it does.
#[derive(Debug, Clone)]
pub struct GuestRun {
    program: PathBuf,
    args: Vec<OsString>,
    stdin: Vec<u8>,
    env: Vec<(OsString, OsString)>,
    root: Option<PathBuf>,
    options: Vec<OsString>,
    folder: Option<PathBuf>,
    limit: Duration,
}

impl GuestRun {
    /// A run of the program at `program`, which must name a file or be found by the root's rules.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            stdin: Vec::new(),
            env: Vec::new(),
            root: None,
            options: Vec::new(),
            folder: None,
            limit: Duration::from_secs(60),
        }
    }

    /// A run of one of the committed programs of `tests/guest/bin`.
    pub fn guest(name: &str) -> Self {
        Self::new(crate::guest::binary(name))
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.args.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<T: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.args.extend(
            arguments
                .into_iter()
                .map(|argument| argument.as_ref().to_owned()),
        );
        self
    }

    /// Gives the program this standard input (empty by default).
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Sets a variable of the guest's environment, which is otherwise nearly empty.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Runs over a riscv64 root (`-L`).
    #[must_use]
    pub fn root(mut self, root: impl Into<PathBuf>) -> Self {
        self.root = Some(root.into());
        self
    }

    /// Runs in this folder.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Adds options of `emu run`; other emulators do not see them.
    #[must_use]
    pub fn emu_options<T: AsRef<OsStr>>(mut self, options: impl IntoIterator<Item = T>) -> Self {
        self.options
            .extend(options.into_iter().map(|option| option.as_ref().to_owned()));
        self
    }

    /// Loads a plugin into `emu`.
    #[must_use]
    pub fn plugin(self, plugin: &str) -> Self {
        self.emu_options(["--plugin", plugin])
    }

    /// Kills the program after this time (a minute by default).
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it under `emu`.
    pub fn emu(&self, backend: Backend) -> Outcome {
        let mut command = Command::new(tools::emu());
        command
            .arg("run")
            .args(backend.options())
            .args(&self.options);
        if let Some(root) = &self.root {
            command.arg("-L").arg(root);
        }
        command.arg("--");
        self.finish(command)
    }

    /// Runs it under a QEMU.
    pub fn qemu(&self, qemu: &Qemu) -> Outcome {
        let mut command = Command::new(&qemu.path);
        if let Some(root) = &self.root {
            command.arg("-L").arg(root);
        }
        self.finish(command)
    }

    fn finish(&self, mut command: Command) -> Outcome {
        command.arg(&self.program).args(&self.args);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C")
            .env("HOME", "/");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        run(command, &self.stdin, self.limit)
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with this status.
    Exited(i32),
    /// By this signal.
    Killed(i32),
    /// It did not end within its time and was killed.
    TimedOut,
}

impl From<ExitStatus> for End {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exited(code),
            (None, signal) => Self::Killed(signal.unwrap_or_default()),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exit status {code}"),
            Self::Killed(signal) => write!(f, "killed by signal {signal}"),
            Self::TimedOut => f.write_str("timed out"),
        }
    }
}

/// What came of a run. `Display` is the form of the snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// How the process ended.
    pub end: End,
}

impl Outcome {
    /// Standard error without the lines an emulator itself writes (`qemu: …`, `emu: …`).
    pub fn guest_stderr(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        text.split_inclusive('\n')
            .filter(|line| !line.starts_with("qemu") && !line.starts_with("emu: "))
            .collect()
    }

    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())?;
        if !self.stderr.is_empty() {
            write!(f, "--- stderr\n{}", String::from_utf8_lossy(&self.stderr))?;
        }
        write!(f, "--- {}", self.end)
    }
}

/// Runs a command to its end with this input, collecting its output.
///
/// # Panics
/// If it cannot be started.
pub fn run(mut command: Command, stdin: &[u8], limit: Duration) -> Outcome {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let mut input = child.stdin.take().expect("it is piped");
    let stdin = stdin.to_vec();
    // A program that does not read its input closes the pipe: no error of ours.
    let writer = thread::spawn(move || drop(input.write_all(&stdin)));
    let stdout = collect(child.stdout.take().expect("it is piped"));
    let stderr = collect(child.stderr.take().expect("it is piped"));

    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_micros(200);
    let end = loop {
        match child.try_wait().expect("the child is ours") {
            Some(status) => break status.into(),
            None if Instant::now() >= deadline => {
                // It may end between the two calls, which is no matter.
                drop(child.kill());
                drop(child.wait());
                break End::TimedOut;
            }
            None => {
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            }
        }
    };
    drop(writer.join());
    let join = |thread: thread::JoinHandle<Vec<u8>>| thread.join().expect("reading does not panic");
    Outcome {
        stdout: join(stdout),
        stderr: join(stderr),
        end,
    }
}

fn collect(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is what there is.
        drop(from.read_to_end(&mut bytes));
        bytes
    })
}
