//! Processes: making, replacing and ending them, and their attributes.

use std::ffi::CString;
use std::path::PathBuf;

use super::{Call, Stop, SysResult};
use crate::environment::ExitStatus;
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;
use crate::linux::path::directory_path;
use crate::linux::procfs::{ProcFile, path_from_bytes};
use crate::linux::{exec, fork, thread};

pub(super) fn exit(call: &mut Call<'_, '_>) -> SysResult {
    thread::exit(call, ExitStatus::Code(call.int(0) & 0xff))
}

pub(super) fn exit_group(call: &mut Call<'_, '_>) -> SysResult {
    fork::leave_vfork(call);
    Err(Stop::Exit(ExitStatus::Code(call.int(0) & 0xff)))
}

pub(super) fn set_tid_address(call: &mut Call<'_, '_>) -> SysResult {
    call.thread.clear_child_tid.set(call.args[0]);
    call.host(libc::SYS_gettid, &[])
}

pub(super) fn clone(call: &mut Call<'_, '_>) -> SysResult {
    // riscv passes the thread pointer before the child's thread ID.
    let [flags, stack, parent_tid, thread_pointer, child_tid, _] = call.args;
    let request = fork::CloneRequest {
        flags,
        stack,
        parent_tid,
        thread_pointer,
        child_tid,
        // The same argument, so that they exclude each other.
        pidfd: parent_tid,
    };
    fork::clone(call, &request)
}

/// The arguments of `clone3` that its first version had; later versions append theirs.
const CLONE_ARGS: u64 = 64;
/// Those of the present version.
const CLONE_ARGS_NOW: u64 = 88;

pub(super) fn clone3(call: &mut Call<'_, '_>) -> SysResult {
    let [address, size, ..] = call.args;
    if size < CLONE_ARGS {
        return Err(Errno::EINVAL.into());
    }
    if size > crate::loader::elf::PAGE_SIZE {
        return Err(Errno::E2BIG.into());
    }
    let mut bytes = vec![0; size.max(CLONE_ARGS_NOW) as usize];
    call.space()
        .read_bytes(address, &mut bytes[..size as usize])?;
    if bytes[CLONE_ARGS_NOW as usize..]
        .iter()
        .any(|&byte| byte != 0)
    {
        return Err(Errno::E2BIG.into());
    }
    let mut words = bytes
        .chunks_exact(8)
        .map(|word| u64::from_le_bytes(word.try_into().unwrap_or_default()));
    let mut next = || words.next().unwrap_or_default();
    let (flags, pidfd, child_tid, parent_tid) = (next(), next(), next(), next());
    let (exit_signal, stack, stack_size, thread_pointer) = (next(), next(), next(), next());
    let (thread_ids, thread_id_count) = (next(), next());
    // No signal in the flags, and no control group to go to.
    let refused = !0 << 33 | 0xff | libc::CLONE_DETACHED as u64;
    let is_thread = flags & libc::CLONE_THREAD as u64 != 0;
    if flags & refused != 0
        || (stack == 0) != (stack_size == 0)
        || thread_ids != 0
        || thread_id_count != 0
        || exit_signal > 64
        || is_thread && exit_signal != 0
    {
        return Err(Errno::EINVAL.into());
    }
    let request = fork::CloneRequest {
        flags,
        stack: stack.wrapping_add(stack_size),
        parent_tid,
        thread_pointer,
        child_tid,
        pidfd,
    };
    fork::clone(call, &request)
}

pub(super) fn unshare(call: &mut Call<'_, '_>) -> SysResult {
    /// Sharing that a process of one thread does not have.
    const HARMLESS: i32 = libc::CLONE_FS | libc::CLONE_FILES | libc::CLONE_SYSVSEM;
    let flags = call.int(0);
    if flags & (libc::CLONE_VM | libc::CLONE_SIGHAND | libc::CLONE_THREAD) != 0 {
        return Err(Errno::EINVAL.into());
    }
    call.host(
        libc::SYS_unshare,
        &[HostArg::signed((flags & !HARMLESS).into())],
    )
}

pub(super) fn execve(call: &mut Call<'_, '_>) -> SysResult {
    let [path, args, env, ..] = call.args;
    let path = call.raw_path(path)?;
    execute(call, path_from_bytes(path.to_bytes()), args, env)
}

pub(super) fn execveat(call: &mut Call<'_, '_>) -> SysResult {
    let [directory, path, args, env, flags, _] = call.args;
    let (directory, flags) = (directory as i32, flags as i32);
    let path = call.raw_path(path)?;
    let path = if path.is_empty() {
        if flags & libc::AT_EMPTY_PATH == 0 {
            return Err(Errno::ENOENT.into());
        }
        file_of_descriptor(call, directory)?
    } else if path.to_bytes()[0] == b'/' || directory == libc::AT_FDCWD {
        path_from_bytes(path.to_bytes())
    } else {
        let directory = directory_path(directory).ok_or(Errno::EBADF)?;
        call.process
            .prefix
            .to_guest(&directory)
            .join(path_from_bytes(path.to_bytes()))
    };
    execute(call, path, args, env)
}

/// A path for an open file; one without a name goes by its descriptor.
fn file_of_descriptor(call: &Call<'_, '_>, fd: i32) -> Result<PathBuf, Errno> {
    let link = format!("/proc/self/fd/{fd}");
    let target = std::fs::read_link(&link).map_err(|_| Errno::EBADF)?;
    if target.is_absolute() && target.exists() {
        return Ok(call.process.prefix.to_guest(&target));
    }
    // It must outlive the exec, whatever its flag says.
    let _ = call.host(
        libc::SYS_fcntl,
        &[
            HostArg::signed(fd.into()),
            HostArg::value(libc::F_SETFD as u64),
            HostArg::value(0),
        ],
    );
    Ok(PathBuf::from(link))
}

fn execute(call: &mut Call<'_, '_>, path: PathBuf, args: u64, env: u64) -> SysResult {
    let path = match ProcFile::find(path.as_os_str().as_encoded_bytes()) {
        Some(ProcFile::Exe) => call.process.program.guest_path.clone(),
        _ => path,
    };
    let mut args: Vec<CString> = call.strings(args)?;
    if args.is_empty() {
        args.push(CString::default());
    }
    let env = call.strings(env)?;
    exec::execute(call, &path, args, env)
}

/// Personalities: the default one, which cannot be left.
pub(super) fn personality(call: &mut Call<'_, '_>) -> SysResult {
    const QUERY: u32 = 0xffff_ffff;
    const ADDR_NO_RANDOMIZE: u32 = 0x004_0000;
    match call.args[0] as u32 {
        QUERY | 0 | ADDR_NO_RANDOMIZE => Ok(0),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// Options of `prctl` whose arguments are numbers.
const NUMBER_OPTIONS: [i32; 12] = [
    libc::PR_SET_PDEATHSIG,
    libc::PR_GET_DUMPABLE,
    libc::PR_GET_KEEPCAPS,
    libc::PR_SET_KEEPCAPS,
    libc::PR_CAPBSET_READ,
    libc::PR_CAPBSET_DROP,
    libc::PR_SET_NO_NEW_PRIVS,
    libc::PR_GET_NO_NEW_PRIVS,
    libc::PR_SET_CHILD_SUBREAPER,
    libc::PR_GET_SECUREBITS,
    libc::PR_SET_TIMERSLACK,
    libc::PR_GET_TIMERSLACK,
];

pub(super) fn prctl(call: &mut Call<'_, '_>) -> SysResult {
    let [option, argument, third, fourth, fifth, _] = call.args;
    let option = option as i32;
    let pointer = match option {
        libc::PR_SET_NAME | libc::PR_GET_NAME => Some(16),
        libc::PR_GET_PDEATHSIG | libc::PR_GET_CHILD_SUBREAPER => Some(4),
        _ => None,
    };
    let argument = match pointer {
        Some(size) => call.range(argument, size)?,
        None if NUMBER_OPTIONS.contains(&option) => HostArg::value(argument),
        // Dumps are the emulator's own affair; names of mappings are hints.
        None if option == libc::PR_SET_DUMPABLE => return Ok(0),
        None => return Err(Errno::EINVAL.into()),
    };
    let rest = [
        HostArg::value(third),
        HostArg::value(fourth),
        HostArg::value(fifth),
    ];
    call.host(
        libc::SYS_prctl,
        &[
            HostArg::signed(option.into()),
            argument,
            rest[0],
            rest[1],
            rest[2],
        ],
    )
}

/// Limits that would hit the emulator rather than the guest: remembered, not applied.
fn is_own_limit(resource: u64) -> bool {
    let limits = [
        libc::RLIMIT_AS,
        libc::RLIMIT_DATA,
        libc::RLIMIT_STACK,
        libc::RLIMIT_RSS,
    ];
    limits.iter().any(|&limit| u64::from(limit) == resource)
}

pub(super) fn getrlimit(call: &mut Call<'_, '_>) -> SysResult {
    let [resource, limit, ..] = call.args;
    limits(call, 0, resource, 0, limit)
}

pub(super) fn setrlimit(call: &mut Call<'_, '_>) -> SysResult {
    let [resource, limit, ..] = call.args;
    limits(call, 0, resource, limit, 0)
}

pub(super) fn prlimit64(call: &mut Call<'_, '_>) -> SysResult {
    let [process, resource, new, old, ..] = call.args;
    limits(call, process, resource, new, old)
}

fn limits(call: &Call<'_, '_>, process: u64, resource: u64, new: u64, old: u64) -> SysResult {
    let resource = resource & 0xffff_ffff;
    let own = process as i32 == 0 || process as u32 == std::process::id();
    if !own || !is_own_limit(resource) {
        let args = [
            HostArg::value(process),
            HostArg::value(resource),
            call.range(new, 16)?,
            call.range(old, 16)?,
        ];
        return call.host(libc::SYS_prlimit64, &args);
    }
    let mut limits = call
        .process
        .limits
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let current = match limits.get(&resource) {
        Some(&limit) => limit,
        None => {
            let mut limit = [0u64; 2];
            let args = [
                HostArg::value(0),
                HostArg::value(resource),
                HostArg::NULL,
                HostArg::output(&mut limit),
            ];
            call.host(libc::SYS_prlimit64, &args)?;
            limit
        }
    };
    if let Some([soft, hard]) = call.read_optional::<[u64; 2]>(new)? {
        if soft > hard {
            return Err(Errno::EINVAL.into());
        }
        if hard > current[1] {
            return Err(Errno::EPERM.into());
        }
        limits.insert(resource, [soft, hard]);
    }
    if old != 0 {
        call.write(old, &current)?;
    }
    Ok(0)
}
