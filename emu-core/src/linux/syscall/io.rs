//! Scattered reads and writes: their vectors hold guest addresses.

use super::{Call, SysResult};
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;

/// As many elements as Linux takes.
const VECTOR_LIMIT: u64 = 1024;

/// One element of a vector for the host.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct HostVector {
    base: u64,
    len: u64,
}

/// Reads a vector and translates its addresses.
pub(super) fn vectors(
    call: &Call<'_, '_>,
    address: u64,
    count: u64,
) -> Result<Vec<HostVector>, Errno> {
    if count > VECTOR_LIMIT {
        return Err(Errno::EINVAL);
    }
    (0..count)
        .map(|index| {
            let [base, len]: [u64; 2] = call.read(address.wrapping_add(16 * index))?;
            if len as i64 <= 0 {
                // Empty, or too long for the kernel, which then says so.
                return Ok(HostVector { base: 0, len });
            }
            Ok(HostVector {
                base: call.space().host_address(base, len)?,
                len,
            })
        })
        .collect()
}

/// `(fd, vector, count, rest…)`.
fn vectored(call: &Call<'_, '_>, number: libc::c_long, rest: &[u64]) -> SysResult {
    let [fd, address, count, ..] = call.args;
    let vector = vectors(call, address, u64::from(count as u32))?;
    let mut args = vec![
        HostArg::value(fd),
        HostArg::input_slice(&vector),
        HostArg::value(vector.len() as u64),
    ];
    args.extend(rest.iter().map(|&value| HostArg::value(value)));
    call.host(number, &args)
}

pub(super) fn readv(call: &mut Call<'_, '_>) -> SysResult {
    vectored(call, libc::SYS_readv, &[])
}

pub(super) fn writev(call: &mut Call<'_, '_>) -> SysResult {
    vectored(call, libc::SYS_writev, &[])
}

pub(super) fn preadv(call: &mut Call<'_, '_>) -> SysResult {
    vectored(call, libc::SYS_preadv, &[call.args[3], 0])
}

pub(super) fn pwritev(call: &mut Call<'_, '_>) -> SysResult {
    vectored(call, libc::SYS_pwritev, &[call.args[3], 0])
}

pub(super) fn preadv2(call: &mut Call<'_, '_>) -> SysResult {
    vectored(call, libc::SYS_preadv2, &[call.args[3], 0, call.args[5]])
}

pub(super) fn pwritev2(call: &mut Call<'_, '_>) -> SysResult {
    vectored(call, libc::SYS_pwritev2, &[call.args[3], 0, call.args[5]])
}

pub(super) fn vmsplice(call: &mut Call<'_, '_>) -> SysResult {
    vectored(call, libc::SYS_vmsplice, &[call.args[3]])
}
