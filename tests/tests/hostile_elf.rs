//! Programs whose ELF structures are damaged at random: they are refused with a reason, or run as the damage has it; the
//! emulator itself never fails. Damage stays out of code and data, so that nothing wild is executed on purpose.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use emu_tests::fuzz::random::Random;
use emu_tests::guest;
use emu_tests::run::{Backend, End, GuestRun};

const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;
const SECTION_HEADER: usize = 64;
/// Values at which checks go wrong.
const EXTREMES: [u64; 12] = [
    0,
    1,
    4095,
    4096,
    0xffff_ffff,
    1 << 31,
    (1 << 38) - 4096,
    1 << 38,
    1 << 47,
    1 << 63,
    u64::MAX - 4095,
    u64::MAX,
];

fn word(file: &[u8], at: usize) -> usize {
    let bytes = file[at..at + 8].try_into().expect("eight bytes");
    usize::try_from(u64::from_le_bytes(bytes)).expect("64 bits")
}

fn half(file: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([file[at], file[at + 1]]))
}

/// Where the structures of a file lie: headers, and the tables that describe symbols.
fn structures(file: &[u8]) -> Vec<std::ops::Range<usize>> {
    const DESCRIPTIVE: [u32; 4] = [2, 3, 6, 11];
    let (programs, sections) = (word(file, 0x20), word(file, 0x28));
    let program_headers = programs..programs + half(file, 0x38) * PROGRAM_HEADER;
    let mut found = vec![
        0..HEADER,
        program_headers.clone(),
        0..HEADER,
        program_headers,
    ];
    let count = half(file, 0x3c);
    if sections == 0 || sections + count * SECTION_HEADER > file.len() {
        return found;
    }
    found.push(sections..sections + count * SECTION_HEADER);
    for index in 0..count {
        let header = sections + index * SECTION_HEADER;
        let kind = u32::from_le_bytes(file[header + 4..header + 8].try_into().expect("four bytes"));
        let (start, len) = (word(file, header + 0x18), word(file, header + 0x20));
        if DESCRIPTIVE.contains(&kind) && len > 0 && start + len <= file.len() {
            found.push(start..start + len);
        }
    }
    found
}

fn damage(file: &mut Vec<u8>, random: &mut Random) {
    let structures = structures(file);
    for _ in 0..random.pick(&[1, 1, 2, 3, 8]) {
        let place = structures[below(random, structures.len())].clone();
        let at = place.start + below(random, place.len());
        match random.below(3) {
            0 => file[at] = random.bits().to_le_bytes()[0],
            1 => file[at] ^= 1 << random.below(8),
            _ => {
                let len = random.pick(&[2, 4, 8]);
                let at = (at & !7).min(file.len() - 8);
                let value = random.pick(&EXTREMES).to_le_bytes();
                file[at..at + len].copy_from_slice(&value[..len]);
            }
        }
    }
    if random.chance(10) {
        file.truncate(below(random, file.len()));
    }
}

fn below(random: &mut Random, bound: usize) -> usize {
    random.below(bound as u64) as usize
}

#[test]
fn damaged_programs_never_make_the_emulator_fail() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("damaged");
    let mut random = Random::new(0x0e1f, 0);
    let (mut refused, mut ran) = (0, 0);
    for name in ["hello", "demo", "jump-table"] {
        let whole = fs::read(guest::binary(name)).expect("it is committed");
        for _ in 0..120 {
            let mut file = whole.clone();
            damage(&mut file, &mut random);
            fs::write(&path, &file).expect("the temporary folder is writable");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
            // A plugin that wants symbols, so that their tables are read.
            let run = GuestRun::new(&path)
                .plugin("hotblocks,limit=2")
                .limit(Duration::from_secs(20));
            let outcome = run.emu(Backend::Jit);
            let said = String::from_utf8_lossy(&outcome.stderr);
            assert!(
                !said.contains("panicked") && !said.contains("internal error"),
                "{name}: {outcome}"
            );
            match outcome.end {
                End::Exited(126) => {
                    assert!(said.starts_with("emu: "), "{name}: {outcome}");
                    refused += 1;
                }
                // As the damage has it, loops included.
                End::Exited(0..=2 | 127) | End::TimedOut => ran += 1,
                End::Killed(libc::SIGSEGV | libc::SIGILL | libc::SIGBUS | libc::SIGTRAP) => {
                    ran += 1;
                }
                other => panic!("{name}: {other}: {outcome}"),
            }
        }
    }
    assert!(refused > 50 && ran > 50, "{refused} refused, {ran} ran");
}
