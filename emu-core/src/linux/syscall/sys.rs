//! The system and its hardware: names, random numbers, processors.

use std::sync::atomic::{Ordering, fence};

use super::{Call, SysResult};
use crate::linux::abi::riscv64 as abi;
use crate::linux::errno::Errno;
use crate::linux::host::{HostArg, host_syscall};

/// Length of a field of `struct utsname`.
const NAME_LEN: usize = 65;

pub(super) fn uname(call: &mut Call<'_, '_>) -> SysResult {
    let mut names = [[0u8; NAME_LEN]; 6];
    host_syscall!(libc::SYS_uname, HostArg::output(&mut names))?;
    names[4] = [0; NAME_LEN];
    names[4][..abi::MACHINE.len()].copy_from_slice(abi::MACHINE);
    call.write(call.args[0], &names)?;
    Ok(0)
}

pub(super) fn getcpu(call: &mut Call<'_, '_>) -> SysResult {
    let [cpu, node, ..] = call.args;
    call.host(
        libc::SYS_getcpu,
        &[call.range(cpu, 4)?, call.range(node, 4)?],
    )
}

pub(super) fn getrandom(call: &mut Call<'_, '_>) -> SysResult {
    let [buffer, len, flags, ..] = call.args;
    if let Some(random) = &call.process.deterministic {
        let len = len.min(1 << 25);
        let mut bytes = vec![0; len as usize];
        random.fill(&mut bytes);
        call.space().write_bytes(buffer, &bytes)?;
        return Ok(len);
    }
    call.host(
        libc::SYS_getrandom,
        &[
            call.range(buffer, len)?,
            HostArg::value(len),
            HostArg::value(flags),
        ],
    )
}

/// Barriers between threads: the host's instructions order what matters; registration always
/// succeeds.
pub(super) fn membarrier(call: &mut Call<'_, '_>) -> SysResult {
    const QUERY: i32 = 0;
    const GLOBAL: i32 = 1;
    const SUPPORTED: [i32; 7] = [1, 2, 4, 8, 16, 32, 64];
    match call.int(0) {
        QUERY => Ok(SUPPORTED
            .iter()
            .fold(0, |all, &command| all | command as u64)),
        command if SUPPORTED.contains(&command) => {
            fence(Ordering::SeqCst);
            let host = call.host(libc::SYS_membarrier, &[HostArg::value(GLOBAL as u64)]);
            // Kernels in isolation mode refuse; the fence above is then all there is.
            host.or(Ok(0))
        }
        _ => Err(Errno::EINVAL.into()),
    }
}

/// Answers pairs of key and value; an unknown key becomes −1.
pub(super) fn riscv_hwprobe(call: &mut Call<'_, '_>) -> SysResult {
    let [pairs, count, _, _, flags, _] = call.args;
    if flags != 0 {
        return Err(Errno::EINVAL.into());
    }
    for index in 0..count {
        let address = pairs.wrapping_add(16 * index);
        let [key, _]: [i64; 2] = call.read(address)?;
        let answer = match abi::hardware_probe(key) {
            Some(value) => [key, value as i64],
            None => [-1, 0],
        };
        call.write(address, &answer)?;
    }
    Ok(0)
}
