//! Where the bytes go.
//!
//! The guest shares our table of file descriptors and may close or replace any entry of it, as
//! daemons and shells do. So we keep a descriptor of our own out of its sight, remember which file
//! it stood for, and look before each write: bytes for a report never end up in a file of the
//! guest's, even if it gets at the descriptor in a way that nobody thought of.
//!
//! Invariant: a regular file is only ever appended to once this process has opened it.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, fstat};
use rustix::io::Errno;

use super::pipe::without_sigpipe;
use super::{Destination, ReportError};
use crate::linux::OwnFd;

/// A destination that may be open.
pub(super) struct Output {
    place: Place,
    handle: Option<Handle>,
}

enum Place {
    Stderr,
    /// A file that each process has one of.
    PerProcess {
        template: PathBuf,
        first: u32,
        /// The next opening is the first one in this process.
        fresh: bool,
    },
    /// A pipe or device, which all processes share.
    Shared(PathBuf),
    #[cfg(test)]
    Memory(std::sync::Arc<std::sync::Mutex<Vec<u8>>>),
}

/// Which file a descriptor stands for.
type Identity = (u64, u64);

struct Handle {
    descriptor: OwnFd,
    identity: Identity,
}

impl Handle {
    fn new(descriptor: BorrowedFd<'_>) -> io::Result<Handle> {
        let descriptor = OwnFd::hide(&descriptor.try_clone_to_owned()?)?;
        let identity = identity(descriptor.fd().as_fd())?;
        Ok(Handle {
            descriptor,
            identity,
        })
    }

    fn is_intact(&self) -> bool {
        identity(self.descriptor.fd().as_fd()).is_ok_and(|now| now == self.identity)
    }
}

fn identity(descriptor: BorrowedFd<'_>) -> io::Result<Identity> {
    let stat = fstat(descriptor)?;
    Ok((stat.st_dev, stat.st_ino))
}

impl Output {
    /// Opens a destination. The first process of a tree empties its file.
    pub(super) fn open(
        destination: &Destination,
        first_process: Option<u32>,
    ) -> Result<Output, ReportError> {
        let mut output = match destination {
            Destination::Stderr => Output {
                place: Place::Stderr,
                // Standard error may be closed from the start: an error once there is a report.
                handle: Handle::new(io::stderr().as_fd()).ok(),
            },
            Destination::File(path) => {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                let place = if is_shared(&path) {
                    Place::Shared(path)
                } else {
                    Place::PerProcess {
                        template: path,
                        first: first_process.unwrap_or_else(std::process::id),
                        fresh: first_process.is_none(),
                    }
                };
                Output {
                    place,
                    handle: None,
                }
            }
        };
        if !matches!(output.place, Place::Stderr) {
            output.handle = Some(output.open_file()?);
        }
        Ok(output)
    }

    #[cfg(test)]
    pub(super) fn memory(bytes: std::sync::Arc<std::sync::Mutex<Vec<u8>>>) -> Output {
        Output {
            place: Place::Memory(bytes),
            handle: None,
        }
    }

    /// Whether messages to the user go to the same place.
    pub(super) fn is_stderr(&self) -> bool {
        #[cfg(test)]
        if matches!(self.place, Place::Memory(_)) {
            return true;
        }
        matches!(self.place, Place::Stderr)
    }

    /// Shows a message on standard error.
    pub(super) fn message(&mut self, line: &str) {
        #[cfg(test)]
        if matches!(self.place, Place::Memory(_)) {
            let _ = self.write(format!("{line}\n").as_bytes());
            return;
        }
        super::tell(line);
    }

    /// Whether somebody watches while the guest runs.
    pub(super) fn is_interactive(&self) -> bool {
        use std::io::IsTerminal as _;
        self.handle
            .as_ref()
            .is_some_and(|handle| handle.descriptor.fd().is_terminal())
    }

    /// In a forked child: a file of its own.
    pub(super) fn after_fork_child(&mut self) {
        if let Place::PerProcess { fresh, .. } = &mut self.place {
            *fresh = true;
            self.handle = None;
        }
    }

    /// Writes all of `bytes`.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), ReportError> {
        #[cfg(test)]
        if let Place::Memory(memory) = &self.place {
            memory
                .lock()
                .expect("no test panics while it writes")
                .extend_from_slice(bytes);
            return Ok(());
        }
        let handle = match self.handle.take() {
            Some(handle) if handle.is_intact() => handle,
            lost => self.reopen(lost)?,
        };
        let written = without_sigpipe(|| write_all(handle.descriptor.fd(), bytes));
        self.handle = Some(handle);
        written.map_err(|cause| ReportError::Write {
            destination: self.label(),
            cause,
        })
    }

    /// Finds the destination again after the guest has taken our descriptor.
    fn reopen(&mut self, lost: Option<Handle>) -> Result<Handle, ReportError> {
        if let Place::PerProcess { .. } = self.place {
            return self.open_file();
        }
        let stderr = io::stderr();
        let found = lost
            .filter(|lost| self.is_stderr() && identity(stderr.as_fd()).ok() == Some(lost.identity))
            .and_then(|_| Handle::new(stderr.as_fd()).ok());
        found.ok_or_else(|| ReportError::Lost {
            destination: self.label(),
        })
    }

    fn open_file(&mut self) -> Result<Handle, ReportError> {
        let path = self.path();
        let mut options = OpenOptions::new();
        match &mut self.place {
            Place::PerProcess { fresh, .. } => {
                options.create(true).append(true);
                if std::mem::take(fresh) {
                    // `append` and `truncate` exclude each other in one opening.
                    let mut empty = OpenOptions::new();
                    empty.create(true).write(true).truncate(true);
                    open(&empty, &path)?;
                }
            }
            _ => {
                options.write(true);
            }
        }
        open(&options, &path)
    }

    fn path(&self) -> PathBuf {
        match &self.place {
            Place::PerProcess {
                template, first, ..
            } => expand(template, *first, std::process::id()),
            Place::Shared(path) => path.clone(),
            Place::Stderr => PathBuf::from("/dev/stderr"),
            #[cfg(test)]
            Place::Memory(_) => PathBuf::new(),
        }
    }

    fn label(&self) -> String {
        match &self.place {
            Place::Stderr => "standard error".to_owned(),
            _ => self.path().display().to_string(),
        }
    }
}

fn write_all(descriptor: impl AsFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(&descriptor, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn open(options: &OpenOptions, path: &Path) -> Result<Handle, ReportError> {
    options
        .open(path)
        .and_then(|file| Handle::new(file.as_fd()))
        .map_err(|cause| ReportError::Open {
            path: path.to_owned(),
            cause,
        })
}

/// Whether `path` is there and is no regular file.
fn is_shared(path: &Path) -> bool {
    rustix::fs::stat(path)
        .map(|stat| FileType::from_raw_mode(stat.st_mode))
        .is_ok_and(|kind| !matches!(kind, FileType::RegularFile | FileType::Directory))
}

/// The file of process `process`.
fn expand(template: &Path, first: u32, process: u32) -> PathBuf {
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
    let mut name = Vec::new();
    let mut rest = template.as_os_str().as_bytes();
    let mut expanded = false;
    while let Some((&byte, tail)) = rest.split_first() {
        if let Some(tail) = rest.strip_prefix(b"%p") {
            name.extend_from_slice(process.to_string().as_bytes());
            expanded = true;
            rest = tail;
        } else {
            name.push(byte);
            rest = tail;
        }
    }
    if !expanded && process != first {
        name.extend_from_slice(format!(".{process}").as_bytes());
    }
    PathBuf::from(OsString::from_vec(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_process_has_a_file_of_its_own() {
        for (template, process, expected) in [
            ("/r/out", 10, "/r/out"),
            ("/r/out", 11, "/r/out.11"),
            ("/r/%p.json", 10, "/r/10.json"),
            ("/r/%p.json", 11, "/r/11.json"),
            ("/r/%p/%p", 11, "/r/11/11"),
            ("/r/100%", 10, "/r/100%"),
        ] {
            assert_eq!(
                expand(Path::new(template), 10, process),
                Path::new(expected)
            );
        }
    }

    #[test]
    fn a_full_device_is_an_error_that_says_so() {
        let mut output = Output::open(&Destination::File("/dev/full".into()), None).unwrap();
        let error = output.write(b"x").unwrap_err().to_string();
        assert!(
            error.contains("/dev/full: No space left on device"),
            "{error}"
        );
    }

    #[test]
    fn a_closed_pipe_is_an_error_that_says_so() {
        use std::os::fd::AsRawFd as _;
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
        let mut output = Output::open(&Destination::File(path.into()), None).unwrap();
        output.write(b"read").unwrap();
        drop(reader);
        let error = output.write(b"x").unwrap_err().to_string();
        assert!(error.contains("Broken pipe"), "{error}");
        assert!(error.contains("its reader went away"), "{error}");
    }

    #[test]
    fn the_first_process_empties_the_file_and_its_successor_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        std::fs::write(&path, "old").unwrap();
        let destination = Destination::File(path.clone());
        Output::open(&destination, None)
            .unwrap()
            .write(b"first ")
            .unwrap();
        Output::open(&destination, Some(std::process::id()))
            .unwrap()
            .write(b"executed")
            .unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first executed");
    }

    #[test]
    fn a_descriptor_taken_by_the_guest_is_noticed() {
        use std::os::fd::AsRawFd as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let mut output = Output::open(&Destination::File(path.clone()), None).unwrap();
        output.write(b"one ").unwrap();
        let other = std::fs::File::create(folder.path().join("guest")).unwrap();
        let ours = output.handle.as_ref().unwrap().descriptor.fd().as_raw_fd();
        // SAFETY: the descriptor is open and `Output` copes with what becomes of it.
        assert_eq!(unsafe { libc::dup2(other.as_raw_fd(), ours) }, ours);
        output.write(b"two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one two");
        assert_eq!(
            std::fs::read_to_string(folder.path().join("guest")).unwrap(),
            ""
        );
    }
}
