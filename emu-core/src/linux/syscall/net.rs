//! Sockets: addresses and options are the same bytes; message headers hold guest addresses.

use super::io::{HostVector, vectors};
use super::{Call, SysResult};
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;
use crate::linux::mm::plain_struct;

/// More than any socket address takes.
const ADDRESS_LIMIT: u64 = 4096;
const OPTION_LIMIT: u64 = 1 << 20;
const CONTROL_LIMIT: u64 = 1 << 20;
const MESSAGES_LIMIT: u64 = 1024;

/// Guest paths in the addresses of local sockets are the host's: only files that exist are
/// looked up under the prefix, and a socket there would be the emulator's user's own.
fn with_address(call: &Call<'_, '_>, number: libc::c_long) -> SysResult {
    let [fd, address, len, ..] = call.args;
    let len = u64::from(len as u32);
    if len > ADDRESS_LIMIT {
        return Err(Errno::EINVAL.into());
    }
    call.host(
        number,
        &[
            HostArg::value(fd),
            call.range(address, len)?,
            HostArg::value(len),
        ],
    )
}

pub(super) fn bind(call: &mut Call<'_, '_>) -> SysResult {
    with_address(call, libc::SYS_bind)
}

pub(super) fn connect(call: &mut Call<'_, '_>) -> SysResult {
    with_address(call, libc::SYS_connect)
}

/// A buffer whose capacity is in guest memory, at `len`.
fn sized(
    call: &Call<'_, '_>,
    buffer: u64,
    len: u64,
    limit: u64,
) -> Result<[HostArg<'static>; 2], Errno> {
    if buffer == 0 || len == 0 {
        return Ok([call.range(buffer, 0)?, call.range(len, 4)?]);
    }
    let capacity: i32 = call.read(len)?;
    if capacity < 0 {
        return Err(Errno::EINVAL);
    }
    Ok([
        call.range(buffer, u64::from(capacity as u32).min(limit))?,
        call.range(len, 4)?,
    ])
}

fn address_out(call: &Call<'_, '_>, number: libc::c_long, rest: &[HostArg<'_>]) -> SysResult {
    let [fd, address, len, ..] = call.args;
    let [address, len] = sized(call, address, len, ADDRESS_LIMIT)?;
    let mut args = vec![HostArg::value(fd), address, len];
    args.extend_from_slice(rest);
    call.host(number, &args)
}

pub(super) fn accept(call: &mut Call<'_, '_>) -> SysResult {
    address_out(call, libc::SYS_accept, &[])
}

pub(super) fn accept4(call: &mut Call<'_, '_>) -> SysResult {
    address_out(call, libc::SYS_accept4, &[HostArg::value(call.args[3])])
}

pub(super) fn getsockname(call: &mut Call<'_, '_>) -> SysResult {
    address_out(call, libc::SYS_getsockname, &[])
}

pub(super) fn getpeername(call: &mut Call<'_, '_>) -> SysResult {
    address_out(call, libc::SYS_getpeername, &[])
}

pub(super) fn getsockopt(call: &mut Call<'_, '_>) -> SysResult {
    let [fd, level, option, buffer, len, _] = call.args;
    let [buffer, len] = sized(call, buffer, len, OPTION_LIMIT)?;
    call.host(
        libc::SYS_getsockopt,
        &[
            HostArg::value(fd),
            HostArg::value(level),
            HostArg::value(option),
            buffer,
            len,
        ],
    )
}

pub(super) fn sendto(call: &mut Call<'_, '_>) -> SysResult {
    let [fd, buffer, len, flags, address, address_len] = call.args;
    let address_len = u64::from(address_len as u32);
    call.host(
        libc::SYS_sendto,
        &[
            HostArg::value(fd),
            call.range(buffer, len)?,
            HostArg::value(len),
            HostArg::value(flags),
            call.range(address, address_len.min(ADDRESS_LIMIT))?,
            HostArg::value(address_len),
        ],
    )
}

pub(super) fn recvfrom(call: &mut Call<'_, '_>) -> SysResult {
    let [fd, buffer, len, flags, address, address_len] = call.args;
    let [address, address_len] = sized(call, address, address_len, ADDRESS_LIMIT)?;
    call.host(
        libc::SYS_recvfrom,
        &[
            HostArg::value(fd),
            call.range(buffer, len)?,
            HostArg::value(len),
            HostArg::value(flags),
            address,
            address_len,
        ],
    )
}

plain_struct! {
    /// `struct msghdr`, the same layout for guest and host.
    struct MessageHeader {
        name: u64,
        name_len: u32,
        reserved: u32,
        vector: u64,
        vector_len: u64,
        control: u64,
        control_len: u64,
        flags: u64,
    }
}

/// A header with host addresses, and the vector it points to.
struct HostMessage {
    header: MessageHeader,
    /// Kept for as long as the header points to it.
    _vector: Vec<HostVector>,
}

impl HostMessage {
    fn read(call: &Call<'_, '_>, address: u64) -> Result<HostMessage, Errno> {
        let guest: MessageHeader = call.read(address)?;
        if guest.control_len > CONTROL_LIMIT {
            return Err(Errno::ENOBUFS);
        }
        let vector =
            vectors(call, guest.vector, guest.vector_len).map_err(|error| match error {
                Errno::EINVAL => Errno::EMSGSIZE,
                other => other,
            })?;
        let header = MessageHeader {
            name: call
                .range(guest.name, u64::from(guest.name_len).min(ADDRESS_LIMIT))?
                .bits(),
            vector: HostArg::input_slice(&vector).bits(),
            control: call.range(guest.control, guest.control_len)?.bits(),
            ..guest
        };
        Ok(HostMessage {
            header,
            _vector: vector,
        })
    }

    /// Tells the guest what has been received.
    fn write_back(&self, call: &Call<'_, '_>, address: u64) -> Result<(), Errno> {
        let guest: MessageHeader = call.read(address)?;
        let header = MessageHeader {
            name_len: self.header.name_len,
            control_len: self.header.control_len,
            flags: self.header.flags,
            ..guest
        };
        call.write(address, &header)
    }
}

pub(super) fn sendmsg(call: &mut Call<'_, '_>) -> SysResult {
    let [fd, address, flags, ..] = call.args;
    let message = HostMessage::read(call, address)?;
    call.host(
        libc::SYS_sendmsg,
        &[
            HostArg::value(fd),
            HostArg::input(&message.header),
            HostArg::value(flags),
        ],
    )
}

pub(super) fn recvmsg(call: &mut Call<'_, '_>) -> SysResult {
    let [fd, address, flags, ..] = call.args;
    let mut message = HostMessage::read(call, address)?;
    let received = call.host(
        libc::SYS_recvmsg,
        &[
            HostArg::value(fd),
            HostArg::output(&mut message.header),
            HostArg::value(flags),
        ],
    )?;
    message.write_back(call, address)?;
    Ok(received)
}

/// Size of `struct mmsghdr`: a header, a length, padding.
const MULTI_HEADER: u64 = 64;
/// Offset of its length.
const MULTI_LEN: u64 = 56;

/// Makes one call per message; an error counts only if it comes first.
fn each_message(
    call: &mut Call<'_, '_>,
    single: fn(&mut Call<'_, '_>) -> SysResult,
    mut flags_after_first: u64,
) -> SysResult {
    let [fd, messages, count, flags, ..] = call.args;
    flags_after_first |= flags;
    let mut done = 0;
    while done < count.min(MESSAGES_LIMIT) {
        let address = messages.wrapping_add(MULTI_HEADER * done);
        call.args = [
            fd,
            address,
            if done == 0 { flags } else { flags_after_first },
            0,
            0,
            0,
        ];
        match single(call) {
            Ok(len) => call.write(address + MULTI_LEN, &(len as u32))?,
            Err(stop) if done == 0 => return Err(stop),
            Err(_) => break,
        }
        done += 1;
    }
    Ok(done)
}

pub(super) fn sendmmsg(call: &mut Call<'_, '_>) -> SysResult {
    each_message(call, sendmsg, 0)
}

/// Waits for the first message and takes what is there; with `MSG_WAITFORONE` or without, no
/// caller can tell but by time.
pub(super) fn recvmmsg(call: &mut Call<'_, '_>) -> SysResult {
    call.args[3] &= !(libc::MSG_WAITFORONE as u64);
    each_message(call, recvmsg, libc::MSG_DONTWAIT as u64)
}
