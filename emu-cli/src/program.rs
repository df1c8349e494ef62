//! The program to run: a path, or the demo that is built in.

use std::ffi::CString;
use std::io::Write as _;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rustix::fs::{MemfdFlags, memfd_create};

/// The demo: a small freestanding guest program (its source is under `tests/guest`).
static DEMO: &[u8] = include_bytes!("../../tests/guest/bin/demo");

/// Where to load the program from; keep it until the program is loaded.
pub(crate) struct Program {
    /// The path to load.
    pub(crate) path: PathBuf,
    _memory_file: Option<OwnedFd>,
}

/// Resolves `program`; `demo` is the built-in one unless a file of that name is given by a path
/// with a slash.
pub(crate) fn resolve(program: &Path) -> anyhow::Result<Program> {
    if program.as_os_str() != "demo" {
        return Ok(Program {
            path: program.to_owned(),
            _memory_file: None,
        });
    }
    let file = memfd_create(CString::from(c"demo").as_c_str(), MemfdFlags::CLOEXEC)
        .context("cannot create the memory file that holds the demo")?;
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    let mut file = std::fs::File::from(file);
    file.write_all(DEMO)
        .context("cannot fill the memory file that holds the demo")?;
    Ok(Program {
        path,
        _memory_file: Some(file.into()),
    })
}
