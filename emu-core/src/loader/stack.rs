//! The initial stack: strings, auxiliary vector, environment, arguments.

use std::ffi::CString;

use super::error::LoadErrorKind;
use super::map::map_error;
use crate::linux::mm::{Layout, MemoryMap, Protection};

/// Linux allows arguments and environment a quarter of the stack.
const STRINGS_LIMIT: usize = (Layout::STACK_SIZE / 4) as usize;

/// Keys of the auxiliary vector.
pub(crate) mod auxv {
    pub(crate) const NULL: u64 = 0;
    pub(crate) const PHDR: u64 = 3;
    pub(crate) const PHENT: u64 = 4;
    pub(crate) const PHNUM: u64 = 5;
    pub(crate) const PAGESZ: u64 = 6;
    pub(crate) const BASE: u64 = 7;
    pub(crate) const FLAGS: u64 = 8;
    pub(crate) const ENTRY: u64 = 9;
    pub(crate) const UID: u64 = 11;
    pub(crate) const EUID: u64 = 12;
    pub(crate) const GID: u64 = 13;
    pub(crate) const EGID: u64 = 14;
    pub(crate) const HWCAP: u64 = 16;
    pub(crate) const CLKTCK: u64 = 17;
    pub(crate) const SECURE: u64 = 23;
    pub(crate) const RANDOM: u64 = 25;
    pub(crate) const EXECFN: u64 = 31;
}

/// What goes onto the stack.
pub(crate) struct StackContents<'a> {
    pub(crate) args: &'a [CString],
    pub(crate) env: &'a [CString],
    /// The path the program was started by (`AT_EXECFN`).
    pub(crate) exec_path: &'a CString,
    /// 16 random bytes (`AT_RANDOM`).
    pub(crate) random: [u8; 16],
    /// The vector's other entries, without its end.
    pub(crate) auxv: Vec<(u64, u64)>,
    pub(crate) executable: bool,
}

/// The stack, ready to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InitialStack {
    /// The stack pointer; `argc` is there.
    pub(crate) pointer: u64,
    /// Bytes of the auxiliary vector, its end included.
    pub(crate) auxv: Vec<u8>,
}

/// Maps the stack and fills it.
pub(crate) fn build(
    memory: &MemoryMap,
    contents: &StackContents<'_>,
) -> Result<InitialStack, LoadErrorKind> {
    let end = memory.layout.stack_end;
    let protection = Protection {
        read: true,
        write: true,
        execute: contents.executable,
    };
    let start = end - Layout::STACK_SIZE;
    // What lies below stays unmapped (`Layout` keeps a gap), so an overflow faults.
    memory
        .map_named(start, Layout::STACK_SIZE, protection, "[stack]")
        .map_err(map_error("the stack", start))?;
    let image = render(end, contents)?;
    memory
        .space
        .write_bytes(image.base, &image.bytes)
        .map_err(map_error("the stack", image.base))?;
    Ok(InitialStack {
        pointer: image.base,
        auxv: image.auxv,
    })
}

struct StackImage {
    /// Address of the first byte.
    base: u64,
    bytes: Vec<u8>,
    auxv: Vec<u8>,
}

/// Lays the stack out to end at `end`; the result starts at the stack pointer.
fn render(end: u64, contents: &StackContents<'_>) -> Result<StackImage, LoadErrorKind> {
    // Strings first, at the very end: their addresses are needed by the vectors below them.
    let all = || {
        contents
            .args
            .iter()
            .chain(contents.env)
            .chain([contents.exec_path])
    };
    let size: usize = all().map(|string| string.as_bytes_with_nul().len()).sum();
    let pointers = (contents.args.len() + contents.env.len()) * 8;
    if size + pointers > STRINGS_LIMIT {
        return Err(LoadErrorKind::ArgumentsTooLong {
            size: size + pointers,
            limit: STRINGS_LIMIT,
        });
    }
    // Linux leaves a null word at the top.
    let strings_base = end - 8 - size as u64;
    let mut strings = Vec::with_capacity(size + 8);
    let mut addresses = Vec::new();
    for string in all() {
        addresses.push(strings_base + strings.len() as u64);
        strings.extend_from_slice(string.as_bytes_with_nul());
    }
    strings.extend_from_slice(&[0; 8]);
    let random_address = (strings_base - 16) & !15;

    let mut auxv = contents.auxv.clone();
    auxv.push((auxv::RANDOM, random_address));
    auxv.push((auxv::EXECFN, addresses[addresses.len() - 1]));
    auxv.push((auxv::NULL, 0));

    let (args, rest) = addresses.split_at(contents.args.len());
    let env = &rest[..contents.env.len()];
    let mut words = vec![args.len() as u64];
    words.extend_from_slice(args);
    words.push(0);
    words.extend_from_slice(env);
    words.push(0);
    let auxv_start = words.len() * 8;
    words.extend(auxv.iter().flat_map(|&(key, value)| [key, value]));

    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let auxv_bytes = bytes[auxv_start..].to_vec();
    let base = (random_address - bytes.len() as u64) & !15;
    bytes.resize((random_address - base) as usize, 0);
    bytes.extend_from_slice(&contents.random);
    bytes.resize((strings_base - base) as usize, 0);
    bytes.extend_from_slice(&strings);
    Ok(StackImage {
        base,
        bytes,
        auxv: auxv_bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(list: &[&str]) -> Vec<CString> {
        list.iter()
            .map(|s| CString::new(*s).expect("no NUL"))
            .collect()
    }

    #[test]
    fn a_program_finds_its_arguments_environment_and_vector() {
        let (args, env) = (strings(&["prog", "-x", ""]), strings(&["A=1", "B="]));
        let exec_path = CString::new("/bin/prog").expect("no NUL");
        let contents = StackContents {
            args: &args,
            env: &env,
            exec_path: &exec_path,
            random: [0xab; 16],
            auxv: vec![(auxv::PAGESZ, 4096)],
            executable: false,
        };
        let end = 0x10_0000;
        let image = render(end, &contents).expect("it fits");
        assert_eq!(
            (image.base % 16, image.base + image.bytes.len() as u64),
            (0, end)
        );
        let at = |address: u64| (address - image.base) as usize;
        let word = |index: usize| {
            u64::from_le_bytes(
                image.bytes[index * 8..index * 8 + 8]
                    .try_into()
                    .expect("8 bytes"),
            )
        };
        let string = |address: u64| {
            let tail = &image.bytes[at(address)..];
            String::from_utf8_lossy(&tail[..tail.iter().position(|&b| b == 0).expect("NUL")])
                .into_owned()
        };
        assert_eq!(word(0), 3);
        assert_eq!([1, 2, 3].map(|i| string(word(i))), ["prog", "-x", ""]);
        assert_eq!((word(4), word(7)), (0, 0));
        assert_eq!([5, 6].map(|i| string(word(i))), ["A=1", "B="]);
        assert_eq!((word(8), word(9)), (auxv::PAGESZ, 4096));
        assert_eq!(
            (word(10), word(12), word(14), word(15)),
            (auxv::RANDOM, auxv::EXECFN, 0, 0)
        );
        assert_eq!(image.bytes[at(word(11))..at(word(11)) + 16], [0xab; 16]);
        assert_eq!(string(word(13)), "/bin/prog");
        assert_eq!(image.auxv, image.bytes[64..128]);
    }

    #[test]
    fn too_many_arguments_are_refused() {
        let args = vec![CString::new(vec![b'x'; 1000]).expect("no NUL"); 3000];
        let exec_path = CString::default();
        let contents = StackContents {
            args: &args,
            env: &[],
            exec_path: &exec_path,
            random: [0; 16],
            auxv: Vec::new(),
            executable: false,
        };
        assert!(matches!(
            render(1 << 30, &contents),
            Err(LoadErrorKind::ArgumentsTooLong { .. })
        ));
    }
}
