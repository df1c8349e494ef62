//! Plugin libraries of all kinds: of other versions, broken, several in one, and panicking.
//!
//! The libraries are the packages under `fixtures`; each says in its header what it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use emu_core::engine::instrument::Instrumentation as _;
use emu_core::environment::{SyscallRecord, SyscallText};
use emu_core::plugin::{
    HostOptions, Origin, PluginError, PluginErrors, PluginHost, PluginSpec, describe,
};
use emu_core::report::{Destination, ReportOptions};
use emu_plugin_sdk::abi::{ExecCallback, MemoryCallback, Version};
use emu_tcg::guest::riscv64::RISCV64;
use emu_tcg::guest::{DecodedBlock, Fetch, Guest as _};
use emu_tcg::probe::{Action, Point};
use emu_tcg::state::{CpuBox, CpuState};

/// Where Cargo puts the libraries that this test depends on.
fn folder() -> PathBuf {
    let test = std::env::current_exe().expect("the test has a path");
    test.parent().expect("and lies in a folder").to_owned()
}

fn library(fixture: &str) -> PathBuf {
    folder().join(format!("libemu_fixture_{fixture}.so"))
}

fn load(spec: &str, destination: Destination) -> Result<Arc<PluginHost>, PluginError> {
    load_all(&[spec], destination, PluginErrors::Stop)
}

fn load_all(
    specs: &[&str],
    destination: Destination,
    plugin_errors: PluginErrors,
) -> Result<Arc<PluginHost>, PluginError> {
    let specs = specs
        .iter()
        .map(|spec| PluginSpec::parse(spec))
        .collect::<Result<Vec<_>, _>>()?;
    let options = HostOptions {
        report: ReportOptions {
            destination,
            ..ReportOptions::default()
        },
        plugin_errors,
        guest: &RISCV64,
        symbolizer: Arc::new(|_| None),
        statistics: false,
    };
    PluginHost::load(&specs, options)
}

/// What the user is told when this is asked for, with folders made the same everywhere.
fn refusal(spec: &str) -> String {
    let error = load(spec, Destination::Stderr)
        .err()
        .unwrap_or_else(|| panic!("{spec} was accepted"));
    error
        .to_string()
        .replace(&folder().display().to_string(), "…")
        .replace(&Version::CURRENT.to_string(), "[HOST]")
        .replace(&format!("{}.x", Version::CURRENT.major), "[MAJOR].x")
}

#[test]
fn plugins_of_older_and_newer_versions_load() {
    let path = library("versions");
    for (name, minor) in [("first", 0), ("newer", 90)] {
        let spec = format!("{}:{name}", path.display());
        let host = load(&spec, Destination::Stderr).unwrap_or_else(|error| panic!("{error}"));
        let cpu = CpuBox::new(host.area_size());
        host.vcpu_start(5, cpu.as_ptr());
        // SAFETY: the first plugin's state is at the area's start; this one keeps its number.
        let state = unsafe {
            cpu.as_ptr()
                .cast::<u8>()
                .add(CpuState::PLUGIN_AREA_OFFSET)
                .cast::<u64>()
                .read()
        };
        assert_eq!(state, 5, "{name}'s state is initialised");
        host.vcpu_exit(5, cpu.as_ptr());
        host.finish();

        let info = describe(&PluginSpec::parse(&spec).unwrap()).unwrap();
        assert_eq!((info.sdk_version.major, info.sdk_version.minor), (1, minor));
        assert_eq!(info.origin, Origin::Library(path.clone()));
    }
}

#[test]
fn libraries_that_do_not_fit_are_refused_with_reason_and_remedy() {
    let versions = library("versions");
    let versions = versions.display();
    let specs = [
        format!("{versions}:newer-feature"),
        format!("{versions}:next-major"),
        format!("{versions}:last-major"),
        format!("{versions}:newest"),
        format!("{versions}"),
        format!("{}", library("major").display()),
        format!("{}", library("layout").display()),
        format!("{}", library("malformed").display()),
        format!("{}", library("empty").display()),
    ];
    let refusals: Vec<String> = specs.iter().map(|spec| refusal(spec)).collect();
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn files_that_are_no_plugin_libraries_are_refused_before_their_code_runs() {
    let temporary = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = temporary.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let whole = std::fs::read(library("panics")).unwrap();
    let mut foreign = whole.clone();
    foreign[18..20].copy_from_slice(&243_u16.to_le_bytes());
    let mut narrow = whole.clone();
    narrow[4] = 1;
    narrow[18..20].copy_from_slice(&3_u16.to_le_bytes());
    let mut object = whole.clone();
    object[16] = 1;
    let paths = [
        temporary.path().join("missing.so"),
        temporary.path().to_owned(),
        PathBuf::from("/dev/null"),
        file("empty.so", b""),
        file("text.so", b"#!/bin/sh\necho this is no library\n"),
        file("head.so", &whole[..40]),
        file("half.so", &whole[..whole.len() / 2]),
        file("headless.so", &whole[..4096]),
        file("riscv.so", &foreign),
        file("narrow.so", &narrow),
        file("object.so", &object),
        c_library(),
    ];
    let refusals: Vec<String> = paths
        .iter()
        .map(|path| {
            without_lengths(&refusal(&path.display().to_string()))
                .replace(&temporary.path().display().to_string(), "…")
                .replace(&c_library().display().to_string(), "…/libc.so.6")
        })
        .collect();
    insta::assert_snapshot!(refusals.join("\n"));
}

/// The text with the lengths of files, which differ from one build to the next, left out.
fn without_lengths(text: &str) -> String {
    let Some((start, lengths)) = text.split_once("it ends after ") else {
        return text.to_owned();
    };
    let lengths: Vec<&str> = lengths
        .split(' ')
        .map(|word| match word.parse::<u64>() {
            Ok(_) => "N",
            Err(_) => word,
        })
        .collect();
    format!("{start}it ends after {}", lengths.join(" "))
}

/// The C library that this test runs with: a library, but no plugin.
fn c_library() -> PathBuf {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let line = maps.lines().find(|line| line.contains("/libc.so"));
    let path = line.and_then(|line| line.split_whitespace().last());
    Path::new(path.expect("the test is linked with a C library")).to_owned()
}

struct Code;

impl Fetch for Code {
    /// `ld a0, 0(a1)`, then `ret`.
    fn fetch(&self, pc: u64, buf: &mut [u8]) -> bool {
        let insn: u32 = if pc == 0x1000 { 0x0005_b503 } else { 0x8067 };
        buf.copy_from_slice(&insn.to_le_bytes()[..buf.len()]);
        true
    }
}

struct Text;

impl SyscallText for Text {
    fn arguments(&self, _: Option<i64>) -> String {
        "3".into()
    }

    fn result(&self, _: i64) -> String {
        "0".into()
    }
}

/// One vCPU's life, with what generated code would do.
fn live(host: &PluginHost) {
    let cpu = CpuBox::new(host.area_size());
    let state = cpu.as_ptr();
    host.vcpu_start(0, state);
    let block: DecodedBlock = RISCV64.decode_block(&Code, 0x1000, 0, 64);
    for probe in host.instrument(&block).list {
        // SAFETY: the host has checked offsets; functions are what the point says.
        unsafe { pass(probe.point, probe.action, state) };
    }
    let call = SyscallRecord {
        number: 57,
        name: "close",
        args: [3, 0, 0, 0, 0, 0],
        text: &Text,
    };
    host.syscall_enter(0, state, &call);
    host.syscall_return(0, state, &call, 0);
    host.vcpu_exit(0, state);
    host.finish();
}

unsafe fn pass(point: Point, action: Action, state: *mut CpuState) {
    // SAFETY: as the caller says.
    let at = |offset: u32| unsafe { state.cast::<u8>().add(offset as usize) };
    match (action, point) {
        (Action::Add { offset, value }, _) => {
            // SAFETY: as the caller says.
            unsafe { *at(offset).cast::<u64>() += value };
        }
        (
            Action::Call {
                function,
                plugin,
                state_offset,
                userdata,
                ..
            },
            Point::Memory(..),
        ) => {
            // SAFETY: as the caller says.
            unsafe {
                let function = std::mem::transmute::<usize, MemoryCallback>(function);
                let plugin = plugin as *const _;
                function(plugin, at(state_offset).cast(), userdata, 0x2000, 7, 3);
            }
        }
        (
            Action::Call {
                function,
                plugin,
                state_offset,
                userdata,
                ..
            },
            Point::Block | Point::Insn(_),
        ) => {
            // SAFETY: as the caller says.
            unsafe {
                let function = std::mem::transmute::<usize, ExecCallback>(function);
                function(plugin as *const _, at(state_offset).cast(), userdata);
            }
        }
    }
}

#[test]
fn a_panic_in_a_library_fails_that_plugin_only() {
    let path = library("panics");
    let hooks = [
        "on_block",
        "callback",
        "memory callback",
        "on_vcpu_start",
        "on_vcpu_exit",
        "on_syscall",
        "on_syscall_return",
        "on_exit",
    ];
    for hook in hooks {
        for (plugin_errors, status) in [
            (PluginErrors::Stop, Some(125)),
            (PluginErrors::Continue, None),
        ] {
            let temporary = tempfile::tempdir().unwrap();
            let report = temporary.path().join("report");
            let specs = [
                format!("{}:panics,hook={hook}", path.display()),
                format!("{}:quiet", path.display()),
            ];
            let host = load_all(
                &[&specs[0], &specs[1]],
                Destination::File(report.clone()),
                plugin_errors,
            )
            .unwrap_or_else(|error| panic!("{error}"));
            live(&host);
            assert_eq!(host.stop_request(), status, "{hook}");
            assert!(host.take_report_error().is_none());
            let text = std::fs::read_to_string(&report).unwrap();
            let failed = format!("told to panic in {hook}");
            assert!(
                text.contains("No report: the plugin failed in "),
                "{hook}: {text}"
            );
            assert!(text.contains(&failed), "{hook}: {text}");
            let quiet = "== quiet 0.1.0 ==\ninsns\n───────\n    2\n";
            assert!(text.contains(quiet), "{hook}: {text}");
        }
    }
}

#[test]
fn a_panic_while_a_plugin_is_made_refuses_it() {
    let text = refusal(&format!("{}:panics,hook=new", library("panics").display()));
    insta::assert_snapshot!(text);
}

#[test]
fn without_a_panic_both_plugins_of_a_library_report() {
    let temporary = tempfile::tempdir().unwrap();
    let report = temporary.path().join("report");
    let path = library("panics");
    let specs = [
        format!("{}:quiet", path.display()),
        format!("{}:panics", path.display()),
        format!("{}:quiet", path.display()),
    ];
    let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
    let destination = Destination::File(report.clone());
    let host =
        load_all(&specs, destination, PluginErrors::Stop).unwrap_or_else(|error| panic!("{error}"));
    live(&host);
    assert_eq!(host.stop_request(), None);
    insta::assert_snapshot!(std::fs::read_to_string(&report).unwrap());
}
