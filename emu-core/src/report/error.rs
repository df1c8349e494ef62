//! What can go wrong with reports.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a report could not be written. The user's environment is at fault, not emu.
#[derive(Debug, Error)]
pub enum ReportError {
    /// The file cannot be opened.
    #[error("cannot open the report file {}: {cause}; {}", path.display(), remedy(cause))]
    Open {
        /// Its path.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Writing failed.
    #[error("cannot write reports to {destination}: {cause}; {}", remedy(cause))]
    Write {
        /// The file's path or what else it is.
        destination: String,
        /// Why.
        cause: io::Error,
    },
    /// The guest has closed the descriptor or put another file in its place.
    #[error(
        "cannot write reports to {destination}: the guest program has closed it; \
         use --report-file PATH with a file that it does not know of"
    )]
    Lost {
        /// The file's path or what else it is.
        destination: String,
    },
}

/// What the user can do about it.
fn remedy(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room there, or name another place with --report-file"
        }
        io::ErrorKind::BrokenPipe => {
            "its reader went away before the run ended; keep it reading, or use --report-file"
        }
        io::ErrorKind::FileTooLarge => "raise the limit (ulimit -f) or select less",
        io::ErrorKind::NotFound => "make the folder first, or name another with --report-file",
        io::ErrorKind::IsADirectory => "name a file with --report-file, not a folder",
        _ => "name another place with --report-file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_place_cause_and_remedy() {
        let destination = || "/dev/full".to_owned();
        let errors = [
            ReportError::Open {
                path: "/none/report".into(),
                cause: io::Error::from_raw_os_error(libc::ENOENT),
            },
            ReportError::Open {
                path: "/etc/report".into(),
                cause: io::Error::from_raw_os_error(libc::EACCES),
            },
            ReportError::Open {
                path: "/tmp".into(),
                cause: io::Error::from_raw_os_error(libc::EISDIR),
            },
            ReportError::Write {
                destination: destination(),
                cause: io::Error::from_raw_os_error(libc::ENOSPC),
            },
            ReportError::Write {
                destination: "standard error".into(),
                cause: io::Error::from_raw_os_error(libc::EPIPE),
            },
            ReportError::Lost {
                destination: "standard error".into(),
            },
        ];
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(text.join("\n"));
    }
}
