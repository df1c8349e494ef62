//! The tools that come with the emulator, on a host of a few lines.
#![allow(missing_docs)]

mod support;

use emu_plugin_count as _;
use emu_plugin_execlog as _;
use emu_plugin_hotblocks as _;
use emu_plugin_howvec as _;
use emu_plugin_sdk::abi::INSN_SYSCALL;
use emu_plugin_strace as _;
use support::{Insn, Running, insn, load, store};

#[test]
fn count_adds_up_vcpus_and_shows_each_if_asked() {
    let mut count = Running::builtin("count", &["per_vcpu"]).unwrap();
    let block = count.translate(
        0x1000,
        &[insn("addi"), load(0, 0), store(0, 0), insn("jal")],
    );
    let (first, second) = (count.start_vcpu(), count.start_vcpu());
    count.run(first, &block);
    count.run(second, &block);
    count.run(second, &block);
    assert_eq!(
        count.report(),
        "== Executed\nwhat | count\n\
         instructions | 12\nblocks | 3\nmemory reads | 3\nmemory writes | 3\n\
         == By vCPU\nvCPU | instructions | blocks | memory reads | memory writes\n\
         0 | 4 | 1 | 1 | 1\n1 | 8 | 2 | 2 | 2"
    );
}

#[test]
fn hotblocks_sorts_by_executions_or_instructions() {
    for (sort, first, second) in [
        (
            "executions",
            "0x1000 | 1 | 3 | 43 % | main",
            "0x9000 | 4 | 1 | 57 % | -",
        ),
        (
            "instructions",
            "0x9000 | 4 | 1 | 57 % | -",
            "0x1000 | 1 | 3 | 43 % | main",
        ),
    ] {
        let mut hot = Running::builtin("hotblocks", &[&format!("sort={sort}")]).unwrap();
        let short = hot.translate(0x1000, &[insn("addi")]);
        let again = hot.translate(0x1000, &[insn("addi")]);
        let long = hot.translate(0x9000, &[insn("a"), insn("b"), insn("c"), insn("d")]);
        let never = hot.translate(0x1100, &[insn("addi")]);
        assert_eq!(never.probe_count(), 1);
        let (one, two) = (hot.start_vcpu(), hot.start_vcpu());
        hot.run(one, &short);
        hot.run(two, &short);
        hot.run(two, &again);
        hot.run(two, &long);
        assert_eq!(
            hot.report(),
            format!(
                "== Hot blocks\npc | instructions | executions | of all instructions | symbol\n\
                 {first}\n{second}"
            )
        );
    }
}

#[test]
fn hotblocks_says_what_it_leaves_out() {
    let mut hot = Running::builtin("hotblocks", &["limit=1"]).unwrap();
    let vcpu = hot.start_vcpu();
    for pc in [0x1000, 0x1100, 0x1200] {
        let block = hot.translate(pc, &[insn("addi")]);
        hot.run(vcpu, &block);
    }
    assert!(
        hot.report()
            .ends_with("0x1000 | 1 | 1 | 33 % | main\n(1 of 3 blocks shown)")
    );
}

#[test]
fn howvec_tells_classes_or_mnemonics_apart() {
    let ecall = Insn {
        flags: INSN_SYSCALL,
        ..insn("ecall")
    };
    let insns = [
        insn("addi"),
        insn("c.mv"),
        load(0, 0),
        insn("fmul.d"),
        insn("addi"),
        ecall,
    ];
    for (arguments, expected) in [
        (
            &["by=class"][..],
            "== Instructions by class\nclass | executed | share\n\
             integer arithmetic | 3 | 50 %\nfloating point | 1 | 17 %\nload | 1 | 17 %\n\
             system | 1 | 17 %",
        ),
        (
            &["by=mnemonic", "limit=2"],
            "== Instructions by mnemonic\nmnemonic | executed | share\n\
             addi | 2 | 33 %\nc.mv | 1 | 17 %\n(2 of 5 rows shown)",
        ),
        (
            &["class=load", "class=system"],
            "== Instructions by class\nclass | executed | share\nload | 1 | 50 %\nsystem | 1 | 50 %",
        ),
    ] {
        let mut howvec = Running::builtin("howvec", arguments).unwrap();
        let block = howvec.translate(0x1000, &insns);
        let vcpu = howvec.start_vcpu();
        howvec.run(vcpu, &block);
        assert_eq!(howvec.report(), expected);
    }
}

/// Runs `execlog` over a block in `main` and one outside.
fn execlog(arguments: &[&str]) -> Vec<String> {
    let mut log = Running::builtin("execlog", arguments).unwrap();
    let inside = log.translate(0x1000, &[insn("addi"), load(0x5000, 7)]);
    let outside = log.translate(0x9000, &[store(0x6000, 8)]);
    let vcpu = log.start_vcpu();
    log.run(vcpu, &inside);
    log.run(vcpu, &outside);
    log.exit_vcpu(vcpu);
    assert_eq!(
        log.heard().streams[0].1,
        ["vCPU", "pc", "symbol", "instruction", "accesses"]
    );
    std::mem::take(&mut log.heard().records)
}

#[test]
fn execlog_writes_each_instruction_with_its_accesses() {
    let addi = "execlog: 0 | 0x1000 | main | insn at 0x1000 | ";
    let ld = "execlog: 0 | 0x1004 | main+0x4 | insn at 0x1004 | ";
    let ld_access = "execlog: 0 | 0x1004 | main+0x4 | insn at 0x1004 | r8[0x5000]=0x7";
    let sw_access = "execlog: 0 | 0x9000 |  | insn at 0x9000 | w4[0x6000]=0x8";
    for (arguments, expected) in [
        (&[][..], &[addi, ld_access, sw_access][..]),
        (&["symbol=m*n"], &[addi, ld_access]),
        (&["symbol=other"], &[]),
        (
            &["range=0x1004-0x1008", "range=0x9000-0x9004"],
            &[ld_access, sw_access],
        ),
        (&["limit=1"], &[addi]),
        (&["limit=0"], &[]),
        (&["no_memory", "limit=2"], &[addi, ld]),
    ] {
        assert_eq!(execlog(arguments), expected, "{arguments:?}");
    }
}

#[test]
fn strace_writes_calls_as_they_return() {
    let calls = |arguments: &[&str]| {
        let mut strace = Running::builtin("strace", arguments).unwrap();
        let vcpu = strace.start_vcpu();
        strace.syscall(vcpu, "write", "1, \"hi\\n\", 3", 3, "");
        strace.syscall(vcpu, "openat", "AT_FDCWD, \"x\"", -2, "ENOENT");
        strace.syscall(vcpu, "mmap", "NULL, 4096", 0x7000, "");
        std::mem::take(&mut strace.heard().records)
    };
    let write = "strace: 0 | write(1, \"hi\\n\", 3) | 3";
    let openat = "strace: 0 | openat(AT_FDCWD, \"x\") | -1 ENOENT";
    let mmap = "strace: 0 | mmap(NULL, 4096) | 0x7000";
    assert_eq!(calls(&[]), [write, openat, mmap]);
    assert_eq!(calls(&["failed"]), [openat]);
    assert_eq!(calls(&["call=mmap", "call=write"]), [write, mmap]);
}

#[test]
fn strace_can_summarise_instead() {
    let mut strace = Running::builtin("strace", &["summary"]).unwrap();
    let (one, two) = (strace.start_vcpu(), strace.start_vcpu());
    strace.syscall(one, "read", "", 1, "");
    strace.syscall(two, "read", "", -9, "EBADF");
    strace.syscall(two, "close", "", 0, "");
    assert!(strace.heard().streams.is_empty());
    let report = strace.report();
    let lines: Vec<&str> = report
        .lines()
        .map(|line| line.rsplit_once(" | ").map_or(line, |cells| cells.0))
        .collect();
    let expected = [
        "== System calls",
        "call | calls | errors",
        "read | 2 | 1",
        "close | 1 | 0",
        "all | 3 | 1",
    ];
    assert_eq!(lines, expected);
}
