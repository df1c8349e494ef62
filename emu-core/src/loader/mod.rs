//! From a program's path to a guest ready to run: ELF, `#!` scripts, interpreter, stack.
//!
//! | part | module |
//! |---|---|
//! | reading and checking ELF files | [`elf`] |
//! | mapping them | [`map`] |
//! | the initial stack | [`stack`] |
//! | `#!` lines | [`script`] |
//! | symbols of mapped images | [`symbols`] |
//! | what can go wrong | [`LoadError`] |

pub(crate) mod elf;
mod error;
pub(crate) mod map;
pub(crate) mod script;
pub(crate) mod stack;
pub(crate) mod symbols;
#[cfg(test)]
mod tests;

pub use error::{LoadError, LoadErrorKind};

use std::borrow::Cow;
use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{MemfdFlags, memfd_create};

use self::elf::ElfImage;
use crate::linux::path::PathPrefix;

/// A program found and checked, not yet mapped.
#[derive(Debug)]
pub(crate) struct Program {
    /// The ELF file to run: the program, or the interpreter of a script.
    pub(crate) image: ElfImage,
    pub(crate) file: File,
    /// Where its bytes are, and its path as the guest names it.
    pub(crate) source: ImageSource,
    pub(crate) guest_path: PathBuf,
    /// Arguments, those that `#!` lines add included.
    pub(crate) args: Vec<CString>,
    /// The dynamic linker.
    pub(crate) interpreter: Option<(ElfImage, File, PathBuf, Arc<str>)>,
}

/// Where the bytes of an image are, for whoever wants more of them than the loader.
#[derive(Debug, Clone)]
pub(crate) enum ImageSource {
    /// In the file at this host path.
    File(PathBuf),
    /// In the emulator itself.
    Embedded(&'static [u8]),
}

impl ImageSource {
    /// All bytes.
    pub(crate) fn read(&self) -> io::Result<Cow<'static, [u8]>> {
        match self {
            ImageSource::File(path) => std::fs::read(path).map(Cow::Owned),
            ImageSource::Embedded(bytes) => Ok(Cow::Borrowed(bytes)),
        }
    }

    /// The host path of the file, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            ImageSource::File(path) => Some(path),
            ImageSource::Embedded(_) => None,
        }
    }
}

/// Checks a program that is part of the emulator and goes by the name `path`.
pub(crate) fn embedded_program(
    path: &Path,
    bytes: &'static [u8],
    args: Vec<CString>,
) -> Result<Program, LoadError> {
    let error = |kind| LoadError::new(path, kind);
    let memory_file = || {
        let mut file = File::from(memfd_create(c"program", MemfdFlags::CLOEXEC)?);
        file.write_all(bytes)?;
        Ok(file)
    };
    let file = memory_file().map_err(|source| error(LoadErrorKind::Read(source)))?;
    let image = ElfImage::read(&file).map_err(error)?;
    Ok(Program {
        image,
        file,
        source: ImageSource::Embedded(bytes),
        guest_path: path.to_path_buf(),
        args,
        interpreter: None,
    })
}

/// Finds and checks the program at the guest path `path`, following `#!` lines.
pub(crate) fn find_program(
    prefix: &PathPrefix,
    path: &Path,
    mut args: Vec<CString>,
) -> Result<Program, LoadError> {
    let mut guest_path = path.to_path_buf();
    for _ in 0..=script::DEPTH_LIMIT {
        let (mut file, host_path) = open(prefix, &guest_path)?;
        let error = |kind| LoadError::new(&guest_path, kind);
        let mut start = Vec::new();
        Read::by_ref(&mut file)
            .take(script::LINE_LIMIT as u64)
            .read_to_end(&mut start)
            .map_err(|source| error(LoadErrorKind::Read(source)))?;
        if let Some(interpreter) = script::parse(&start).map_err(error)? {
            let mut new_args = vec![c_string(&interpreter.path)];
            new_args.extend(interpreter.argument.as_deref().map(c_string));
            new_args.push(c_string(guest_path.as_os_str().as_bytes()));
            new_args.extend(args.into_iter().skip(1));
            args = new_args;
            guest_path = PathBuf::from(OsStr::from_bytes(&interpreter.path));
            continue;
        }
        let image = ElfImage::read(&file).map_err(error)?;
        let interpreter = match &image.interpreter {
            Some(path) => Some(open_interpreter(prefix, &guest_path, path)?),
            None => None,
        };
        return Ok(Program {
            image,
            file,
            source: ImageSource::File(host_path),
            guest_path,
            args,
            interpreter,
        });
    }
    Err(LoadError::new(
        path,
        LoadErrorKind::BadScript("its interpreters are scripts, too many levels deep"),
    ))
}

fn open(prefix: &PathPrefix, guest_path: &Path) -> Result<(File, PathBuf), LoadError> {
    let error = |kind| LoadError::new(guest_path, kind);
    let host = prefix.resolve(
        &c_string(guest_path.as_os_str().as_bytes()),
        true,
        libc::AT_FDCWD,
    );
    let host_path = PathBuf::from(OsStr::from_bytes(host.as_bytes()));
    let metadata =
        std::fs::metadata(&host_path).map_err(|source| error(LoadErrorKind::Read(source)))?;
    if !metadata.is_file() {
        return Err(error(LoadErrorKind::NotAFile));
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return Err(error(LoadErrorKind::NotExecutable));
    }
    let file = File::open(&host_path).map_err(|source| error(LoadErrorKind::Read(source)))?;
    Ok((file, host_path))
}

fn open_interpreter(
    prefix: &PathPrefix,
    program: &Path,
    path: &[u8],
) -> Result<(ElfImage, File, PathBuf, Arc<str>), LoadError> {
    let guest_path = PathBuf::from(OsStr::from_bytes(path));
    let host = prefix.resolve(&c_string(path), true, libc::AT_FDCWD);
    let host_path = PathBuf::from(OsStr::from_bytes(host.as_bytes()));
    let file = File::open(&host_path).map_err(|source| {
        let kind = if source.kind() == std::io::ErrorKind::NotFound {
            LoadErrorKind::InterpreterNotFound {
                interpreter: guest_path.clone(),
                root: prefix.root().map(Path::to_path_buf),
            }
        } else {
            LoadErrorKind::Read(source)
        };
        LoadError::new(program, kind)
    })?;
    let image = ElfImage::read(&file).map_err(|kind| LoadError::new(&host_path, kind))?;
    // Tools know it by the path without links, as Linux shows it.
    let real_path = host_path
        .canonicalize()
        .unwrap_or_else(|_| host_path.clone());
    let name = Arc::from(prefix.to_guest(&real_path).to_string_lossy());
    Ok((image, file, host_path, name))
}

/// A C string of bytes that hold no NUL; what follows one is lost.
pub(crate) fn c_string(bytes: &[u8]) -> CString {
    let end = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    CString::new(&bytes[..end]).unwrap_or_default()
}
