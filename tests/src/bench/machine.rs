//! What was measured, and on what: for the record.

use std::fmt;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::Serialize;

use super::Options;
use crate::tools;

/// The machine and the versions.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    /// Seconds since the beginning of 1970.
    unix_time: u64,
    cpu: String,
    /// Those that this run may use.
    cores: usize,
    emu: String,
    qemu: Vec<String>,
    rounds: usize,
    one_core: bool,
}

impl Machine {
    pub(super) fn new(options: &Options) -> Self {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (name.trim() == "model name").then(|| value.trim().to_owned())
        });
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let qemus = if options.no_qemu { &[] } else { tools::qemus() };
        Machine {
            unix_time: now.map_or(0, |time| time.as_secs()),
            cpu: model.unwrap_or_else(|| "unknown processor".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            emu: tools::first_line(tools::emu(), "--version").unwrap_or_default(),
            qemu: qemus.iter().map(|qemu| qemu.version.clone()).collect(),
            rounds: options.rounds,
            one_core: options.one_core,
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.emu)?;
        for version in &self.qemu {
            write!(f, ", qemu {version}")?;
        }
        write!(f, "; {}, ", self.cpu)?;
        match self.one_core {
            true => write!(f, "one core")?,
            false => write!(f, "{} cores", self.cores)?,
        }
        match self.rounds {
            1 => write!(f, "; one round"),
            rounds => write!(f, "; medians of {rounds} rounds"),
        }
    }
}

/// Keeps this process and all that it starts to the last of the cores it may use.
pub(super) fn keep_to_one_core() -> io::Result<()> {
    let allowed = sched_getaffinity(None)?;
    let last = (0..CpuSet::MAX_CPU)
        .rev()
        .find(|&core| allowed.is_set(core));
    let mut one = CpuSet::new();
    one.set(last.ok_or_else(|| io::Error::other("there is no core"))?);
    Ok(sched_setaffinity(None, &one)?)
}
