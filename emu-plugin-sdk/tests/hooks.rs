//! What reaches a plugin through the ABI, and what comes back.
#![allow(missing_docs)]

mod support;

use emu_plugin_sdk::abi::{FeatureSet, PluginDeclaration, Version};
use emu_plugin_sdk::prelude::*;
use emu_plugin_sdk::registry;
use support::{EVERYTHING, Running, insn, load, store};

#[derive(PluginArgs)]
struct Args {
    /// Where to panic.
    panic: Option<String>,
    /// Refuse to start.
    refuse: bool,
}

#[derive(Default, VcpuState)]
struct Seen {
    started: Option<VcpuId>,
    entries: u64,
    by_kind: [u64; 2],
    calls: Vec<String>,
}

struct Watch {
    args: Args,
    host: Host,
}

impl Watch {
    fn panic_in(&self, place: &str) {
        if self.args.panic.as_deref() == Some(place) {
            panic!("as asked in {place}");
        }
    }
}

/// Watches
/// everything.
///
/// Not part of the summary.
#[emu_plugin(name = "watch", requires(Symbols, Stop))]
impl Plugin for Watch {
    type Args = Args;
    type Vcpu = Seen;

    fn new(args: Args, host: &Host) -> Result<Self> {
        if args.refuse {
            let error: std::num::ParseIntError = "x".parse::<u8>().unwrap_err();
            return Err(Error::from(error).context("refused"));
        }
        let watch = Watch {
            args,
            host: host.clone(),
        };
        watch.panic_in("new");
        Ok(watch)
    }

    fn on_block(&self, block: &mut Block<'_, Self>) {
        self.panic_in("on_block");
        self.host.info(format_args!(
            "{} insns at {:?}",
            block.len(),
            block.symbol()
        ));
        block
            .on_entry()
            .add(Seen::ENTRIES, 1)
            .call(|watch, seen, point| {
                watch.panic_in("exec");
                seen.calls.push(format!("entry {:#x}", point.pc()));
            });
        for insn in block.insns() {
            let kind = usize::from(insn.writes_memory());
            insn.before().add(Seen::BY_KIND.at(kind), 2);
            insn.accesses(Access::Write).call(|watch, seen, access| {
                watch.panic_in("memory");
                seen.calls.push(format!(
                    "write {} bytes at {:#x}: {}",
                    access.size(),
                    access.address(),
                    access.value()
                ));
            });
            insn.accesses(Access::Any)
                .call_with(insn.index() as u64, |_, seen, index, access| {
                    assert!(!access.is_atomic());
                    seen.calls
                        .push(format!("access by {index}, write: {}", access.is_write()));
                });
        }
    }

    fn on_vcpu_start(&self, seen: &mut Seen, vcpu: VcpuId) {
        seen.started = Some(vcpu);
        if vcpu.get() == 1 {
            self.host.stop(3, "two are enough");
        }
    }

    fn on_exit(&self, vcpus: &Vcpus<'_, Seen>, report: &mut Report<'_>) {
        let mut table = report
            .table("Seen")
            .number("vCPU")
            .number("entries")
            .number("kinds")
            .text("calls");
        for (vcpu, seen) in vcpus {
            assert_eq!(seen.started, Some(vcpu));
            let kinds = seen.by_kind.map(|count| count.to_string()).join("+");
            table.row((vcpu, seen.entries, kinds, seen.calls.join(", ")));
        }
        table.note("done");
    }
}

struct Bare;

#[emu_plugin(
    name = "bare",
    requires(
        InlineAdd,
        ExecCallbacks,
        MemoryCallbacks,
        Disassembly,
        Symbols,
        Streams,
        Reports,
        VcpuEvents,
        SyscallEvents,
        Stop
    )
)]
impl Plugin for Bare {
    fn new(NoArgs: NoArgs, _host: &Host) -> Result<Self> {
        Ok(Bare)
    }
}

fn declaration(name: &str) -> &'static PluginDeclaration {
    registry::declarations()
        .find(|declaration| declaration.name.as_str() == name)
        .unwrap()
}

#[test]
fn a_declaration_says_what_the_author_wrote() {
    let watch = declaration("watch");
    assert_eq!(watch.summary.as_str(), "Watches everything.");
    assert_eq!(watch.crate_version.as_str(), env!("CARGO_PKG_VERSION"));
    assert_eq!(watch.sdk_version, Version::CURRENT);
    let required = [
        (Feature::InlineAdd, true),
        (Feature::VcpuEvents, true),
        (Feature::Reports, true),
        (Feature::Symbols, true),
        (Feature::Stop, true),
        (Feature::SyscallEvents, false),
        (Feature::Streams, false),
    ];
    for (feature, expected) in required {
        assert_eq!(
            watch.required_features.has(feature),
            expected,
            "{feature:?}"
        );
    }
    let arguments: Vec<(&str, &str)> = watch
        .arguments
        .iter()
        .map(|spec| (spec.name.as_str(), spec.help.as_str()))
        .collect();
    assert_eq!(
        arguments,
        [("panic", "Where to panic."), ("refuse", "Refuse to start.")]
    );
}

#[test]
fn hooks_that_are_not_written_are_not_there() {
    let bare = Running::builtin("bare", &[]).unwrap();
    let table = bare.table();
    assert!(table.block_translate.is_none() && table.vcpu_start.is_none());
    assert!(table.vcpu_exit.is_none() && table.exit.is_none());
    assert!(table.syscall_enter.is_none() && table.syscall_return.is_none());
    assert!(table.state_drop.is_none());
    assert_eq!(table.state_size, 0);

    let watch = Running::builtin("watch", &[]).unwrap();
    let table = watch.table();
    assert!(table.block_translate.is_some() && table.vcpu_start.is_some() && table.exit.is_some());
    assert!(table.vcpu_exit.is_none() && table.syscall_enter.is_none());
    assert!(table.state_drop.is_some(), "the state owns memory");
}

#[test]
fn callbacks_and_additions_reach_the_state_of_their_vcpu() {
    let mut watch = Running::builtin("watch", &[]).unwrap();
    let block = watch.translate(0x1010, &[insn("addi"), load(0x5000, 7), store(0x6000, 8)]);
    let (first, second) = (watch.start_vcpu(), watch.start_vcpu());
    watch.run(first, &block);
    watch.run(second, &block);
    watch.run(second, &block);
    let once = "entry 0x1010, access by 1, write: false, write 4 bytes at 0x6000: 8, \
                access by 2, write: true";
    assert_eq!(
        watch.report(),
        format!(
            "== Seen\nvCPU | entries | kinds | calls\n0 | 1 | 4+2 | {once}\n\
             1 | 2 | 8+4 | {once}, {once}\n(done)"
        )
    );
    let heard = watch.heard();
    let symbol = "Some(Symbol { name: Some(\"main\"), image: Some(\"/bin/test\"), offset: 16 })";
    assert_eq!(heard.log, [(3, format!("3 insns at {symbol}"))]);
    assert_eq!(heard.stops, [(3, "two are enough".to_owned())]);
    assert!(heard.failures.is_empty());
}

#[test]
fn a_panic_becomes_a_message_to_the_host() {
    for (place, hook) in [
        ("on_block", "on_block"),
        ("exec", "an execution callback"),
        ("memory", "a memory callback"),
    ] {
        let mut watch = Running::builtin("watch", &[&format!("panic={place}")]).unwrap();
        let block = watch.translate(0x1000, &[store(0x6000, 8)]);
        let vcpu = watch.start_vcpu();
        watch.run(vcpu, &block);
        let failures = &watch.heard().failures;
        assert_eq!(
            *failures,
            [(hook.to_owned(), format!("as asked in {place}"))]
        );
    }
}

#[test]
fn what_keeps_a_plugin_from_starting_is_told() {
    let newer = Version {
        major: Version::CURRENT.major + 1,
        minor: 4,
        patch: 2,
    };
    let table: [(&[&str], FeatureSet, Version, &str); 6] = [
        (
            &["refuse"],
            EVERYTHING,
            Version::CURRENT,
            "refused: invalid digit found in string",
        ),
        (
            &["panic=new"],
            EVERYTHING,
            Version::CURRENT,
            "the plugin panicked: as asked in new",
        ),
        (
            &["refuse=7"],
            EVERYTHING,
            Version::CURRENT,
            "`refuse=7`: `7` is not true, false, on or off",
        ),
        (
            &["panick=new"],
            EVERYTHING,
            Version::CURRENT,
            "unknown argument `panick`: did you mean `panic`? (takes panic, refuse)",
        ),
        (
            &[],
            FeatureSet::ALL.without(FeatureSet::NONE.with(Feature::Symbols)),
            Version::CURRENT,
            "the emulator (plugin SDK 1.0.0) lacks symbols, which the plugin needs: use a newer \
             emulator",
        ),
        (
            &[],
            EVERYTHING,
            newer,
            "built with plugin SDK 1.0.0, but the emulator has 2.4.2: rebuild the plugin with \
             emu-plugin-sdk 2",
        ),
    ];
    for (arguments, features, version, expected) in table {
        let result = Running::create(declaration("watch"), arguments, features, version);
        assert_eq!(result.err().as_deref(), Some(expected));
    }
}
