//! `ioctl`: what its argument is depends on the request.

use super::{Call, SysResult};
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;

/// What a request's argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Argument {
    Value,
    Pointer(u64),
}

/// Requests from before numbers told their argument's size.
const OLD_REQUESTS: &[(u64, Argument)] = &[
    (libc::TCGETS, Argument::Pointer(36)),
    (libc::TCSETS, Argument::Pointer(36)),
    (libc::TCSETSW, Argument::Pointer(36)),
    (libc::TCSETSF, Argument::Pointer(36)),
    (libc::TCGETA, Argument::Pointer(18)),
    (libc::TCSETA, Argument::Pointer(18)),
    (libc::TCSETAW, Argument::Pointer(18)),
    (libc::TCSETAF, Argument::Pointer(18)),
    (libc::TCSBRK, Argument::Value),
    (libc::TCXONC, Argument::Value),
    (libc::TCFLSH, Argument::Value),
    (libc::TIOCEXCL, Argument::Value),
    (libc::TIOCNXCL, Argument::Value),
    (libc::TIOCSCTTY, Argument::Value),
    (libc::TIOCGPGRP, Argument::Pointer(4)),
    (libc::TIOCSPGRP, Argument::Pointer(4)),
    (libc::TIOCOUTQ, Argument::Pointer(4)),
    (libc::TIOCSTI, Argument::Pointer(1)),
    (libc::TIOCGWINSZ, Argument::Pointer(8)),
    (libc::TIOCSWINSZ, Argument::Pointer(8)),
    (libc::TIOCMGET, Argument::Pointer(4)),
    (libc::FIONREAD, Argument::Pointer(4)),
    (libc::TIOCCONS, Argument::Value),
    (libc::TIOCNOTTY, Argument::Value),
    (libc::TIOCGETD, Argument::Pointer(4)),
    (libc::TIOCSETD, Argument::Pointer(4)),
    (libc::FIONBIO, Argument::Pointer(4)),
    (libc::FIONCLEX, Argument::Value),
    (libc::FIOCLEX, Argument::Value),
    (libc::FIOASYNC, Argument::Pointer(4)),
    (libc::TIOCGSID, Argument::Pointer(4)),
    (libc::TCSBRKP, Argument::Value),
    // Network interfaces: a request of 40 bytes.
    (0x8910, Argument::Pointer(40)), // SIOCGIFNAME
    (0x8913, Argument::Pointer(40)), // SIOCGIFFLAGS
    (0x8915, Argument::Pointer(40)), // SIOCGIFADDR
    (0x8919, Argument::Pointer(40)), // SIOCGIFBRDADDR
    (0x891b, Argument::Pointer(40)), // SIOCGIFNETMASK
    (0x8921, Argument::Pointer(40)), // SIOCGIFMTU
    (0x8927, Argument::Pointer(40)), // SIOCGIFHWADDR
    (0x8933, Argument::Pointer(40)), // SIOCGIFINDEX
    // Block devices and copies of files.
    (0x1260, Argument::Pointer(8)), // BLKGETSIZE
    (0x1268, Argument::Pointer(4)), // BLKSSZGET
];

/// Requests whose number tells the wrong thing.
const ODD_REQUESTS: &[(u64, Argument)] = &[
    (libc::FICLONE, Argument::Value),
    // The file attributes: declared as long, in fact an int.
    (0x8008_6601, Argument::Pointer(4)),
    (0x4008_6602, Argument::Pointer(4)),
];

fn argument_of(request: u64) -> Option<Argument> {
    let listed = OLD_REQUESTS
        .iter()
        .chain(ODD_REQUESTS)
        .find(|row| row.0 == request);
    if let Some(&(_, argument)) = listed {
        return Some(argument);
    }
    let (direction, size) = (request >> 30, request >> 16 & 0x3fff);
    match direction {
        0 if request > 0xffff => None,
        // Newer requests without data pass a number; in the terminals' old range, who knows.
        0 if request >> 8 == 0x54 || request >> 8 == 0x89 => None,
        0 => Some(Argument::Value),
        _ => Some(Argument::Pointer(size)),
    }
}

pub(super) fn ioctl(call: &mut Call<'_, '_>) -> SysResult {
    let [fd, request, argument, ..] = call.args;
    let request = request & 0xffff_ffff;
    let argument = match argument_of(request) {
        Some(Argument::Value) => HostArg::value(argument),
        Some(Argument::Pointer(size)) => call.range(argument, size)?,
        None => return Err(Errno::ENOTTY.into()),
    };
    call.host(
        libc::SYS_ioctl,
        &[HostArg::value(fd), HostArg::value(request), argument],
    )
}
