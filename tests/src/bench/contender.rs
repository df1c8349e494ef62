//! Who runs the programs.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Options;
use crate::tools;

/// Native, `emu` (with or without a plugin) or a QEMU.
#[derive(Debug, Clone)]
pub(super) struct Contender {
    /// Its name in tables.
    pub(super) name: String,
    /// What to start, before the program; nothing for native.
    launcher: Option<(PathBuf, Vec<OsString>)>,
}

/// The name of native, of plain `emu`, and what the names of the others begin with.
pub(super) const NATIVE: &str = "native";
pub(super) const EMU: &str = "emu";
pub(super) const EMU_WITH: &str = "emu + ";
pub(super) const QEMU: &str = "qemu ";

impl Contender {
    pub(super) fn is_native(&self) -> bool {
        self.launcher.is_none()
    }

    /// The command that runs `program`; its arguments can be added.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        match &self.launcher {
            None => Command::new(program),
            Some((path, args)) => {
                let mut command = Command::new(path);
                command.args(args).arg(program);
                command
            }
        }
    }

    /// The same contender over a riscv64 root.
    pub(super) fn over_root(mut self, root: &Path) -> Self {
        if let Some((_, args)) = &mut self.launcher {
            // Before `emu`'s own `--`, which is the last argument; QEMU has none.
            let at = if args.last().is_some_and(|last| last == "--") {
                args.len() - 1
            } else {
                args.len()
            };
            args.splice(at..at, ["-L".into(), root.into()]);
        }
        self
    }
}

/// What every run of emu begins with.
pub(super) fn emu_args(options: &Options) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["run".into()];
    args.extend(options.emu_options.iter().map(OsString::from));
    args
}

/// All contenders that the options ask for: native, if it takes part, QEMU, emu plain, emu with plugins.
pub(super) fn all(options: &Options, with_native: bool) -> Vec<Contender> {
    let mut all = Vec::new();
    if with_native {
        all.push(Contender {
            name: NATIVE.to_owned(),
            launcher: None,
        });
    }
    let emu = |name: String, plugin: Option<&str>| {
        let mut args = emu_args(options);
        if let Some(plugin) = plugin {
            args.extend(["--report-file", "/dev/null", "--plugin", plugin].map(OsString::from));
        }
        args.push("--".into());
        Contender {
            name,
            launcher: Some((tools::emu().to_owned(), args)),
        }
    };
    if !options.no_qemu {
        all.extend(tools::qemus().iter().map(|qemu| Contender {
            name: format!("{QEMU}{}", qemu.version),
            launcher: Some((qemu.path.clone(), Vec::new())),
        }));
    }
    all.push(emu(EMU.to_owned(), None));
    let plugins = options.plugins();
    all.extend((plugins.iter()).map(|plugin| emu(format!("{EMU_WITH}{plugin}"), Some(plugin))));
    all
}
