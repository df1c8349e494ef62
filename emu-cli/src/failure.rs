//! How the command fails: a message for the user and an exit status.

use std::io::{self, Write as _};
use std::process::ExitCode;

use emu_core::report::{tell, without_sigpipe};

/// Wrong usage, as clap has it.
pub(crate) const USAGE: u8 = 2;
/// emu itself failed: a plugin, a report, host memory.
pub(crate) const INTERNAL: u8 = 125;
/// The program exists but cannot be run.
pub(crate) const CANNOT_RUN: u8 = 126;
/// The program does not exist.
pub(crate) const NOT_FOUND: u8 = 127;

/// A failure of the command.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    error: anyhow::Error,
}

impl Failure {
    /// A failure with one of this module's statuses.
    pub(crate) fn new(status: u8, error: impl Into<anyhow::Error>) -> Failure {
        Failure {
            status,
            error: error.into(),
        }
    }

    /// Tells the user, and gives the status to exit with.
    pub(crate) fn report(&self) -> ExitCode {
        tell(&format!("emu: {}", message(&self.error)));
        ExitCode::from(self.status)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::new(INTERNAL, error)
    }
}

/// The error and its causes in one line, without the causes that it already tells.
pub(crate) fn message(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            let separator = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{separator}{cause}");
        }
    }
    text
}

/// Writes to standard output; a closed pipe is the reader's way to say that it has enough.
pub(crate) fn print(text: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match without_sigpipe(|| out.write_all(text).and_then(|()| out.flush())) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(anyhow::Error::from(error)
            .context("cannot write to standard output")
            .into()),
        _ => Ok(()),
    }
}
