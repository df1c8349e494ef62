//! The table of system calls: riscv64 uses Linux's generic numbers.

use super::arg::Arg::{
    Array, CloneFlags, DirFd, Enum, Fd, Flags, Hex, In, Int, Mode, OpenFlags, Out, Path, Pointer,
    Signal, Size, Str, Strings, Struct, TimeIn, TimeOut,
};
use super::arg::Follow::{Always, IfFlag, Never, UnlessFlag};
use super::arg::{self, Arg};
use super::{
    Call, SysResult, dir, fd, file, futex, io, ioctl, ipc, mm, net, poll, process, signal, sys,
    time,
};
use crate::linux::errno::Errno;

/// One system call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) number: u16,
    pub(crate) name: &'static str,
    pub(crate) args: &'static [Arg],
    pub(crate) answer: Answer,
    /// Made again after a signal whose handler was installed with `SA_RESTART`.
    pub(crate) restarts: bool,
    /// The result is an address (for printing).
    pub(crate) returns_address: bool,
}

/// Who answers a call.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// The host's call of this number, arguments translated by kind.
    Host(libc::c_long),
    /// A function.
    Own(fn(&mut Call<'_, '_>) -> SysResult),
    /// Always this value.
    Value(u64),
    /// Always this error.
    Refuse(Errno),
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Answer::Host(_) => "Host",
            Answer::Own(_) => "Own",
            Answer::Value(_) => "Value",
            Answer::Refuse(_) => "Refuse",
        })
    }
}

const fn row(number: u16, name: &'static str, args: &'static [Arg], answer: Answer) -> Row {
    Row {
        number,
        name,
        args,
        answer,
        restarts: true,
        returns_address: false,
    }
}

const fn host(number: libc::c_long) -> Answer {
    Answer::Host(number)
}

const fn own(function: fn(&mut Call<'_, '_>) -> SysResult) -> Answer {
    Answer::Own(function)
}

const fn refuse(errno: Errno) -> Answer {
    Answer::Refuse(errno)
}

/// A call that is known by name only.
const fn absent(number: u16, name: &'static str) -> Row {
    row(
        number,
        name,
        &[Hex, Hex, Hex, Hex, Hex, Hex],
        refuse(Errno::ENOSYS),
    )
}

impl Row {
    const fn not_restarted(self) -> Row {
        Row {
            restarts: false,
            ..self
        }
    }

    const fn address(self) -> Row {
        Row {
            returns_address: true,
            ..self
        }
    }
}

/// The row of a call.
pub(crate) fn find(number: u64) -> Option<&'static Row> {
    let index = *INDEX.get(usize::try_from(number).ok()?)?;
    ROWS.get(usize::from(index))
}

const NUMBERS: usize = 512;

/// Row of each number, `u16::MAX` for none.
static INDEX: [u16; NUMBERS] = {
    let mut index = [u16::MAX; NUMBERS];
    let mut row = 0;
    while row < ROWS.len() {
        index[ROWS[row].number as usize] = row as u16;
        row += 1;
    }
    index
};

const PATH: Arg = Path(Always);
const LINK: Arg = Path(Never);

/// The rows, by number.
#[rustfmt::skip]
pub(crate) static ROWS: &[Row] = &[
    absent(0, "io_setup"),
    absent(1, "io_destroy"),
    absent(2, "io_submit"),
    absent(3, "io_cancel"),
    absent(4, "io_getevents"),
    row(5, "setxattr", &[PATH, Str, In(3), Size, Int], host(libc::SYS_setxattr)),
    row(6, "lsetxattr", &[LINK, Str, In(3), Size, Int], host(libc::SYS_lsetxattr)),
    row(7, "fsetxattr", &[Fd, Str, In(3), Size, Int], host(libc::SYS_fsetxattr)),
    row(8, "getxattr", &[PATH, Str, Out(3), Size], host(libc::SYS_getxattr)),
    row(9, "lgetxattr", &[LINK, Str, Out(3), Size], host(libc::SYS_lgetxattr)),
    row(10, "fgetxattr", &[Fd, Str, Out(3), Size], host(libc::SYS_fgetxattr)),
    row(11, "listxattr", &[PATH, Out(2), Size], host(libc::SYS_listxattr)),
    row(12, "llistxattr", &[LINK, Out(2), Size], host(libc::SYS_llistxattr)),
    row(13, "flistxattr", &[Fd, Out(2), Size], host(libc::SYS_flistxattr)),
    row(14, "removexattr", &[PATH, Str], host(libc::SYS_removexattr)),
    row(15, "lremovexattr", &[LINK, Str], host(libc::SYS_lremovexattr)),
    row(16, "fremovexattr", &[Fd, Str], host(libc::SYS_fremovexattr)),
    row(17, "getcwd", &[Out(1), Size], own(dir::getcwd)),
    row(19, "eventfd2", &[Int, OpenFlags], host(libc::SYS_eventfd2)),
    row(20, "epoll_create1", &[Flags(arg::PIPE)], host(libc::SYS_epoll_create1)),
    row(21, "epoll_ctl", &[Fd, Enum(arg::EPOLL_OP), Fd, Struct(16)], own(poll::epoll_ctl)),
    row(22, "epoll_pwait", &[Fd, Pointer, Int, Int, Pointer, Size], own(poll::epoll_pwait)).not_restarted(),
    row(23, "dup", &[Fd], host(libc::SYS_dup)),
    row(24, "dup3", &[Fd, Fd, Flags(arg::PIPE)], own(fd::dup3)),
    row(25, "fcntl", &[Fd, Enum(arg::FCNTL), Hex], own(fd::fcntl)),
    row(26, "inotify_init1", &[Flags(arg::PIPE)], host(libc::SYS_inotify_init1)),
    row(27, "inotify_add_watch", &[Fd, PATH, Hex], host(libc::SYS_inotify_add_watch)),
    row(28, "inotify_rm_watch", &[Fd, Int], host(libc::SYS_inotify_rm_watch)),
    row(29, "ioctl", &[Fd, Hex, Hex], own(ioctl::ioctl)),
    row(30, "ioprio_set", &[Int, Int, Int], host(libc::SYS_ioprio_set)),
    row(31, "ioprio_get", &[Int, Int], host(libc::SYS_ioprio_get)),
    row(32, "flock", &[Fd, Int], host(libc::SYS_flock)),
    row(33, "mknodat", &[DirFd, LINK, Mode, Hex], host(libc::SYS_mknodat)),
    row(34, "mkdirat", &[DirFd, LINK, Mode], host(libc::SYS_mkdirat)),
    row(35, "unlinkat", &[DirFd, LINK, Flags(arg::AT)], host(libc::SYS_unlinkat)),
    row(36, "symlinkat", &[Str, DirFd, LINK], host(libc::SYS_symlinkat)),
    row(37, "linkat", &[DirFd, Path(IfFlag(4)), DirFd, LINK, Flags(arg::AT)], host(libc::SYS_linkat)),
    absent(38, "renameat"),
    row(39, "umount2", &[PATH, Int], host(libc::SYS_umount2)),
    row(40, "mount", &[PATH, PATH, Str, Hex, Str], host(libc::SYS_mount)),
    absent(41, "pivot_root"),
    row(43, "statfs", &[PATH, Struct(120)], host(libc::SYS_statfs)),
    row(44, "fstatfs", &[Fd, Struct(120)], host(libc::SYS_fstatfs)),
    row(45, "truncate", &[PATH, Size], host(libc::SYS_truncate)),
    row(46, "ftruncate", &[Fd, Size], host(libc::SYS_ftruncate)),
    row(47, "fallocate", &[Fd, Int, Size, Size], host(libc::SYS_fallocate)),
    row(48, "faccessat", &[DirFd, PATH, Flags(arg::ACCESS)], own(file::faccessat)),
    row(49, "chdir", &[PATH], host(libc::SYS_chdir)),
    row(50, "fchdir", &[Fd], host(libc::SYS_fchdir)),
    row(51, "chroot", &[PATH], host(libc::SYS_chroot)),
    row(52, "fchmod", &[Fd, Mode], host(libc::SYS_fchmod)),
    row(53, "fchmodat", &[DirFd, PATH, Mode], host(libc::SYS_fchmodat)),
    row(54, "fchownat", &[DirFd, Path(UnlessFlag(4)), Int, Int, Flags(arg::AT)], host(libc::SYS_fchownat)),
    row(55, "fchown", &[Fd, Int, Int], host(libc::SYS_fchown)),
    row(56, "openat", &[DirFd, PATH, OpenFlags, Mode], own(file::openat)),
    row(57, "close", &[Fd], own(fd::close)),
    row(58, "vhangup", &[], host(libc::SYS_vhangup)),
    row(59, "pipe2", &[Struct(8), Flags(arg::PIPE)], host(libc::SYS_pipe2)),
    row(60, "quotactl", &[Int, Str, Int, Hex], refuse(Errno::ENOSYS)),
    row(61, "getdents64", &[Fd, Array { element: 1, count: 2 }, Size], host(libc::SYS_getdents64)),
    row(62, "lseek", &[Fd, Size, Enum(arg::SEEK)], host(libc::SYS_lseek)),
    row(63, "read", &[Fd, Out(2), Size], host(libc::SYS_read)),
    row(64, "write", &[Fd, In(2), Size], host(libc::SYS_write)),
    row(65, "readv", &[Fd, Pointer, Int], own(io::readv)),
    row(66, "writev", &[Fd, Pointer, Int], own(io::writev)),
    row(67, "pread64", &[Fd, Out(2), Size, Size], host(libc::SYS_pread64)),
    row(68, "pwrite64", &[Fd, In(2), Size, Size], host(libc::SYS_pwrite64)),
    row(69, "preadv", &[Fd, Pointer, Int, Size], own(io::preadv)),
    row(70, "pwritev", &[Fd, Pointer, Int, Size], own(io::pwritev)),
    row(71, "sendfile", &[Fd, Fd, Struct(8), Size], host(libc::SYS_sendfile)),
    row(72, "pselect6", &[Int, Pointer, Pointer, Pointer, TimeIn, Pointer], own(poll::pselect6)).not_restarted(),
    row(73, "ppoll", &[Array { element: 8, count: 1 }, Int, TimeIn, Pointer, Size], own(poll::ppoll)).not_restarted(),
    row(74, "signalfd4", &[Fd, Struct(8), Size, Flags(arg::PIPE)], host(libc::SYS_signalfd4)),
    row(75, "vmsplice", &[Fd, Pointer, Int, Hex], own(io::vmsplice)),
    row(76, "splice", &[Fd, Struct(8), Fd, Struct(8), Size, Hex], host(libc::SYS_splice)),
    row(77, "tee", &[Fd, Fd, Size, Hex], host(libc::SYS_tee)),
    row(78, "readlinkat", &[DirFd, LINK, Out(3), Size], own(file::readlinkat)),
    row(79, "newfstatat", &[DirFd, Path(UnlessFlag(3)), Pointer, Flags(arg::AT)], own(file::newfstatat)),
    row(80, "fstat", &[Fd, Pointer], own(file::fstat)),
    row(81, "sync", &[], host(libc::SYS_sync)),
    row(82, "fsync", &[Fd], host(libc::SYS_fsync)),
    row(83, "fdatasync", &[Fd], host(libc::SYS_fdatasync)),
    row(84, "sync_file_range", &[Fd, Size, Size, Int], host(libc::SYS_sync_file_range)),
    row(85, "timerfd_create", &[Enum(arg::CLOCK), Flags(arg::PIPE)], host(libc::SYS_timerfd_create)),
    row(86, "timerfd_settime", &[Fd, Int, Struct(32), Struct(32)], host(libc::SYS_timerfd_settime)),
    row(87, "timerfd_gettime", &[Fd, Struct(32)], host(libc::SYS_timerfd_gettime)),
    row(88, "utimensat", &[DirFd, Path(UnlessFlag(3)), Struct(32), Flags(arg::AT)], host(libc::SYS_utimensat)),
    row(89, "acct", &[PATH], host(libc::SYS_acct)),
    row(90, "capget", &[Struct(8), Struct(24)], host(libc::SYS_capget)),
    row(91, "capset", &[Struct(8), Struct(24)], host(libc::SYS_capset)),
    row(92, "personality", &[Hex], own(process::personality)),
    row(93, "exit", &[Int], own(process::exit)),
    row(94, "exit_group", &[Int], own(process::exit_group)),
    row(95, "waitid", &[Int, Int, Struct(128), Flags(arg::WAIT), Struct(144)], host(libc::SYS_waitid)),
    row(96, "set_tid_address", &[Pointer], own(process::set_tid_address)),
    row(97, "unshare", &[CloneFlags], own(process::unshare)),
    row(98, "futex", &[Pointer, Hex, Int, Hex, Pointer, Hex], own(futex::futex)),
    row(99, "set_robust_list", &[Pointer, Size], own(futex::set_robust_list)),
    row(100, "get_robust_list", &[Int, Pointer, Pointer], own(futex::get_robust_list)),
    row(101, "nanosleep", &[TimeIn, TimeOut], host(libc::SYS_nanosleep)).not_restarted(),
    row(102, "getitimer", &[Int, Struct(32)], host(libc::SYS_getitimer)),
    row(103, "setitimer", &[Int, Struct(32), Struct(32)], host(libc::SYS_setitimer)),
    absent(104, "kexec_load"),
    absent(105, "init_module"),
    absent(106, "delete_module"),
    row(107, "timer_create", &[Enum(arg::CLOCK), Pointer, Struct(4)], own(time::timer_create)),
    row(108, "timer_gettime", &[Int, Struct(32)], host(libc::SYS_timer_gettime)),
    row(109, "timer_getoverrun", &[Int], host(libc::SYS_timer_getoverrun)),
    row(110, "timer_settime", &[Int, Int, Struct(32), Struct(32)], host(libc::SYS_timer_settime)),
    row(111, "timer_delete", &[Int], host(libc::SYS_timer_delete)),
    row(112, "clock_settime", &[Enum(arg::CLOCK), TimeIn], host(libc::SYS_clock_settime)),
    row(113, "clock_gettime", &[Enum(arg::CLOCK), TimeOut], own(time::clock_gettime)),
    row(114, "clock_getres", &[Enum(arg::CLOCK), TimeOut], host(libc::SYS_clock_getres)),
    row(115, "clock_nanosleep", &[Enum(arg::CLOCK), Int, TimeIn, TimeOut], host(libc::SYS_clock_nanosleep)).not_restarted(),
    row(116, "syslog", &[Int, Out(2), Int], host(libc::SYS_syslog)),
    row(117, "ptrace", &[Int, Int, Hex, Hex], refuse(Errno::EPERM)),
    row(118, "sched_setparam", &[Int, Struct(4)], host(libc::SYS_sched_setparam)),
    row(119, "sched_setscheduler", &[Int, Int, Struct(4)], host(libc::SYS_sched_setscheduler)),
    row(120, "sched_getscheduler", &[Int], host(libc::SYS_sched_getscheduler)),
    row(121, "sched_getparam", &[Int, Struct(4)], host(libc::SYS_sched_getparam)),
    row(122, "sched_setaffinity", &[Int, Size, In(1)], host(libc::SYS_sched_setaffinity)),
    row(123, "sched_getaffinity", &[Int, Size, Out(1)], host(libc::SYS_sched_getaffinity)),
    row(124, "sched_yield", &[], host(libc::SYS_sched_yield)),
    row(125, "sched_get_priority_max", &[Int], host(libc::SYS_sched_get_priority_max)),
    row(126, "sched_get_priority_min", &[Int], host(libc::SYS_sched_get_priority_min)),
    row(127, "sched_rr_get_interval", &[Int, TimeOut], host(libc::SYS_sched_rr_get_interval)),
    row(128, "restart_syscall", &[], refuse(Errno::EINTR)),
    row(129, "kill", &[Int, Signal], host(libc::SYS_kill)),
    row(130, "tkill", &[Int, Signal], host(libc::SYS_tkill)),
    row(131, "tgkill", &[Int, Int, Signal], host(libc::SYS_tgkill)),
    row(132, "sigaltstack", &[Struct(24), Struct(24)], own(signal::sigaltstack)),
    row(133, "rt_sigsuspend", &[Struct(8), Size], own(signal::rt_sigsuspend)).not_restarted(),
    row(134, "rt_sigaction", &[Signal, Struct(24), Struct(24), Size], own(signal::rt_sigaction)),
    row(135, "rt_sigprocmask", &[Enum(arg::SIGMASK_HOW), Struct(8), Struct(8), Size], own(signal::rt_sigprocmask)),
    row(136, "rt_sigpending", &[Struct(8), Size], host(libc::SYS_rt_sigpending)),
    row(137, "rt_sigtimedwait", &[Struct(8), Struct(128), TimeIn, Size], own(signal::rt_sigtimedwait)).not_restarted(),
    row(138, "rt_sigqueueinfo", &[Int, Signal, Struct(128)], host(libc::SYS_rt_sigqueueinfo)),
    row(139, "rt_sigreturn", &[], own(signal::rt_sigreturn)),
    row(140, "setpriority", &[Int, Int, Int], host(libc::SYS_setpriority)),
    row(141, "getpriority", &[Int, Int], host(libc::SYS_getpriority)),
    row(142, "reboot", &[Hex, Hex, Hex, Hex], refuse(Errno::EPERM)),
    row(143, "setregid", &[Int, Int], host(libc::SYS_setregid)),
    row(144, "setgid", &[Int], host(libc::SYS_setgid)),
    row(145, "setreuid", &[Int, Int], host(libc::SYS_setreuid)),
    row(146, "setuid", &[Int], host(libc::SYS_setuid)),
    row(147, "setresuid", &[Int, Int, Int], host(libc::SYS_setresuid)),
    row(148, "getresuid", &[Struct(4), Struct(4), Struct(4)], host(libc::SYS_getresuid)),
    row(149, "setresgid", &[Int, Int, Int], host(libc::SYS_setresgid)),
    row(150, "getresgid", &[Struct(4), Struct(4), Struct(4)], host(libc::SYS_getresgid)),
    row(151, "setfsuid", &[Int], host(libc::SYS_setfsuid)),
    row(152, "setfsgid", &[Int], host(libc::SYS_setfsgid)),
    row(153, "times", &[Struct(32)], host(libc::SYS_times)),
    row(154, "setpgid", &[Int, Int], host(libc::SYS_setpgid)),
    row(155, "getpgid", &[Int], host(libc::SYS_getpgid)),
    row(156, "getsid", &[Int], host(libc::SYS_getsid)),
    row(157, "setsid", &[], host(libc::SYS_setsid)),
    row(158, "getgroups", &[Int, Array { element: 4, count: 0 }], host(libc::SYS_getgroups)),
    row(159, "setgroups", &[Int, Array { element: 4, count: 0 }], host(libc::SYS_setgroups)),
    row(160, "uname", &[Pointer], own(sys::uname)),
    row(161, "sethostname", &[In(1), Size], host(libc::SYS_sethostname)),
    row(162, "setdomainname", &[In(1), Size], host(libc::SYS_setdomainname)),
    row(163, "getrlimit", &[Enum(arg::RLIMIT), Struct(16)], own(process::getrlimit)),
    row(164, "setrlimit", &[Enum(arg::RLIMIT), Struct(16)], own(process::setrlimit)),
    row(165, "getrusage", &[Int, Struct(144)], host(libc::SYS_getrusage)),
    row(166, "umask", &[Mode], host(libc::SYS_umask)),
    row(167, "prctl", &[Int, Hex, Hex, Hex, Hex], own(process::prctl)),
    row(168, "getcpu", &[Struct(4), Struct(4), Pointer], own(sys::getcpu)),
    row(169, "gettimeofday", &[Pointer, Pointer], own(time::gettimeofday)),
    row(170, "settimeofday", &[Struct(16), Struct(8)], host(libc::SYS_settimeofday)),
    row(171, "adjtimex", &[Struct(208)], host(libc::SYS_adjtimex)),
    row(172, "getpid", &[], host(libc::SYS_getpid)),
    row(173, "getppid", &[], host(libc::SYS_getppid)),
    row(174, "getuid", &[], host(libc::SYS_getuid)),
    row(175, "geteuid", &[], host(libc::SYS_geteuid)),
    row(176, "getgid", &[], host(libc::SYS_getgid)),
    row(177, "getegid", &[], host(libc::SYS_getegid)),
    row(178, "gettid", &[], host(libc::SYS_gettid)),
    row(179, "sysinfo", &[Struct(112)], host(libc::SYS_sysinfo)),
    row(180, "mq_open", &[Str, OpenFlags, Mode, Struct(64)], host(libc::SYS_mq_open)),
    row(181, "mq_unlink", &[Str], host(libc::SYS_mq_unlink)),
    row(182, "mq_timedsend", &[Fd, In(2), Size, Int, TimeIn], host(libc::SYS_mq_timedsend)),
    row(183, "mq_timedreceive", &[Fd, Out(2), Size, Struct(4), TimeIn], host(libc::SYS_mq_timedreceive)),
    absent(184, "mq_notify"),
    row(185, "mq_getsetattr", &[Fd, Struct(64), Struct(64)], host(libc::SYS_mq_getsetattr)),
    row(186, "msgget", &[Hex, Hex], host(libc::SYS_msgget)),
    row(187, "msgctl", &[Int, Int, Struct(120)], host(libc::SYS_msgctl)),
    row(188, "msgrcv", &[Int, Pointer, Size, Int, Hex], own(ipc::msgrcv)).not_restarted(),
    row(189, "msgsnd", &[Int, Pointer, Size, Hex], own(ipc::msgsnd)).not_restarted(),
    row(190, "semget", &[Hex, Int, Hex], host(libc::SYS_semget)),
    row(191, "semctl", &[Int, Int, Int, Hex], own(ipc::semctl)),
    row(192, "semtimedop", &[Int, Array { element: 6, count: 2 }, Int, TimeIn], host(libc::SYS_semtimedop)).not_restarted(),
    row(193, "semop", &[Int, Array { element: 6, count: 2 }, Int], host(libc::SYS_semop)).not_restarted(),
    row(194, "shmget", &[Hex, Size, Hex], host(libc::SYS_shmget)),
    row(195, "shmctl", &[Int, Int, Struct(112)], host(libc::SYS_shmctl)),
    row(196, "shmat", &[Int, Pointer, Hex], own(ipc::shmat)).address(),
    row(197, "shmdt", &[Pointer], own(ipc::shmdt)),
    row(198, "socket", &[Enum(arg::ADDRESS_FAMILY), Hex, Int], host(libc::SYS_socket)),
    row(199, "socketpair", &[Enum(arg::ADDRESS_FAMILY), Hex, Int, Struct(8)], host(libc::SYS_socketpair)),
    row(200, "bind", &[Fd, In(2), Int], own(net::bind)),
    row(201, "listen", &[Fd, Int], host(libc::SYS_listen)),
    row(202, "accept", &[Fd, Pointer, Pointer], own(net::accept)),
    row(203, "connect", &[Fd, In(2), Int], own(net::connect)),
    row(204, "getsockname", &[Fd, Pointer, Pointer], own(net::getsockname)),
    row(205, "getpeername", &[Fd, Pointer, Pointer], own(net::getpeername)),
    row(206, "sendto", &[Fd, In(2), Size, Flags(arg::MSG), Pointer, Int], own(net::sendto)),
    row(207, "recvfrom", &[Fd, Out(2), Size, Flags(arg::MSG), Pointer, Pointer], own(net::recvfrom)),
    row(208, "setsockopt", &[Fd, Int, Int, In(4), Int], host(libc::SYS_setsockopt)),
    row(209, "getsockopt", &[Fd, Int, Int, Pointer, Pointer], own(net::getsockopt)),
    row(210, "shutdown", &[Fd, Int], host(libc::SYS_shutdown)),
    row(211, "sendmsg", &[Fd, Pointer, Flags(arg::MSG)], own(net::sendmsg)),
    row(212, "recvmsg", &[Fd, Pointer, Flags(arg::MSG)], own(net::recvmsg)),
    row(213, "readahead", &[Fd, Size, Size], host(libc::SYS_readahead)),
    row(214, "brk", &[Pointer], own(mm::brk)).address(),
    row(215, "munmap", &[Pointer, Size], own(mm::munmap)),
    row(216, "mremap", &[Pointer, Size, Size, Flags(arg::MREMAP), Pointer], own(mm::mremap)).address(),
    absent(217, "add_key"),
    absent(218, "request_key"),
    absent(219, "keyctl"),
    row(220, "clone", &[CloneFlags, Pointer, Pointer, Pointer, Pointer], own(process::clone)),
    row(221, "execve", &[PATH, Strings, Pointer], own(process::execve)),
    row(222, "mmap", &[Pointer, Size, Flags(arg::PROT), Flags(arg::MAP), Fd, Hex], own(mm::mmap)).address(),
    row(223, "fadvise64", &[Fd, Size, Size, Int], host(libc::SYS_fadvise64)),
    absent(224, "swapon"),
    absent(225, "swapoff"),
    row(226, "mprotect", &[Pointer, Size, Flags(arg::PROT)], own(mm::mprotect)),
    row(227, "msync", &[Pointer, Size, Hex], own(mm::msync)),
    row(228, "mlock", &[Pointer, Size], own(mm::mlock)),
    row(229, "munlock", &[Pointer, Size], own(mm::munlock)),
    row(230, "mlockall", &[Hex], Answer::Value(0)),
    row(231, "munlockall", &[], Answer::Value(0)),
    row(232, "mincore", &[Pointer, Size, Pointer], own(mm::mincore)),
    row(233, "madvise", &[Pointer, Size, Enum(arg::MADVISE)], own(mm::madvise)),
    absent(234, "remap_file_pages"),
    row(235, "mbind", &[Hex, Size, Int, Hex, Size, Hex], Answer::Value(0)),
    row(236, "get_mempolicy", &[Hex, Hex, Size, Hex, Hex], refuse(Errno::ENOSYS)),
    row(237, "set_mempolicy", &[Int, Hex, Size], Answer::Value(0)),
    absent(238, "migrate_pages"),
    absent(239, "move_pages"),
    row(240, "rt_tgsigqueueinfo", &[Int, Int, Signal, Struct(128)], host(libc::SYS_rt_tgsigqueueinfo)),
    absent(241, "perf_event_open"),
    row(242, "accept4", &[Fd, Pointer, Pointer, Hex], own(net::accept4)),
    row(243, "recvmmsg", &[Fd, Pointer, Int, Flags(arg::MSG), TimeIn], own(net::recvmmsg)),
    row(258, "riscv_hwprobe", &[Pointer, Size, Size, Pointer, Hex], own(sys::riscv_hwprobe)),
    row(259, "riscv_flush_icache", &[Pointer, Pointer, Hex], own(mm::riscv_flush_icache)),
    row(260, "wait4", &[Int, Struct(4), Flags(arg::WAIT), Struct(144)], host(libc::SYS_wait4)),
    row(261, "prlimit64", &[Int, Enum(arg::RLIMIT), Struct(16), Struct(16)], own(process::prlimit64)),
    absent(262, "fanotify_init"),
    absent(263, "fanotify_mark"),
    row(264, "name_to_handle_at", &[DirFd, Path(IfFlag(4)), Hex, Hex, Flags(arg::AT)], refuse(Errno::EOPNOTSUPP)),
    absent(265, "open_by_handle_at"),
    row(266, "clock_adjtime", &[Enum(arg::CLOCK), Struct(208)], host(libc::SYS_clock_adjtime)),
    row(267, "syncfs", &[Fd], host(libc::SYS_syncfs)),
    row(268, "setns", &[Fd, Hex], host(libc::SYS_setns)),
    row(269, "sendmmsg", &[Fd, Pointer, Int, Flags(arg::MSG)], own(net::sendmmsg)),
    absent(270, "process_vm_readv"),
    absent(271, "process_vm_writev"),
    row(272, "kcmp", &[Int, Int, Int, Hex, Hex], refuse(Errno::ENOSYS)),
    absent(273, "finit_module"),
    row(274, "sched_setattr", &[Int, Struct(56), Int], host(libc::SYS_sched_setattr)),
    row(275, "sched_getattr", &[Int, Out(2), Int, Int], host(libc::SYS_sched_getattr)),
    row(276, "renameat2", &[DirFd, LINK, DirFd, LINK, Hex], host(libc::SYS_renameat2)),
    row(277, "seccomp", &[Int, Hex, Hex], refuse(Errno::EINVAL)),
    row(278, "getrandom", &[Out(1), Size, Flags(arg::GRND)], own(sys::getrandom)),
    row(279, "memfd_create", &[Str, Hex], host(libc::SYS_memfd_create)),
    absent(280, "bpf"),
    row(281, "execveat", &[DirFd, PATH, Strings, Pointer, Flags(arg::AT)], own(process::execveat)),
    absent(282, "userfaultfd"),
    row(283, "membarrier", &[Int, Hex, Int], own(sys::membarrier)),
    row(284, "mlock2", &[Pointer, Size, Hex], own(mm::mlock)),
    row(285, "copy_file_range", &[Fd, Struct(8), Fd, Struct(8), Size, Hex], host(libc::SYS_copy_file_range)),
    row(286, "preadv2", &[Fd, Pointer, Int, Size, Size, Hex], own(io::preadv2)),
    row(287, "pwritev2", &[Fd, Pointer, Int, Size, Size, Hex], own(io::pwritev2)),
    absent(288, "pkey_mprotect"),
    absent(289, "pkey_alloc"),
    absent(290, "pkey_free"),
    row(291, "statx", &[DirFd, Path(UnlessFlag(2)), Flags(arg::AT), Hex, Struct(256)], own(file::statx)),
    absent(292, "io_pgetevents"),
    row(293, "rseq", &[Pointer, Size, Hex, Hex], refuse(Errno::ENOSYS)),
    absent(294, "kexec_file_load"),
    row(424, "pidfd_send_signal", &[Fd, Signal, Struct(128), Hex], host(libc::SYS_pidfd_send_signal)),
    row(425, "io_uring_setup", &[Int, Hex], refuse(Errno::ENOSYS)),
    absent(426, "io_uring_enter"),
    absent(427, "io_uring_register"),
    absent(428, "open_tree"),
    absent(429, "move_mount"),
    absent(430, "fsopen"),
    absent(431, "fsconfig"),
    absent(432, "fsmount"),
    absent(433, "fspick"),
    row(434, "pidfd_open", &[Int, Hex], host(libc::SYS_pidfd_open)),
    row(435, "clone3", &[Pointer, Size], own(process::clone3)),
    row(436, "close_range", &[Fd, Fd, Hex], own(fd::close_range)),
    row(437, "openat2", &[DirFd, PATH, Pointer, Size], own(file::openat2)),
    row(438, "pidfd_getfd", &[Fd, Fd, Hex], host(libc::SYS_pidfd_getfd)),
    row(439, "faccessat2", &[DirFd, Path(UnlessFlag(3)), Flags(arg::ACCESS), Flags(arg::AT)], own(file::faccessat2)),
    absent(440, "process_madvise"),
    row(441, "epoll_pwait2", &[Fd, Pointer, Int, TimeIn, Pointer, Size], own(poll::epoll_pwait2)).not_restarted(),
    absent(442, "mount_setattr"),
    absent(443, "quotactl_fd"),
    absent(444, "landlock_create_ruleset"),
    absent(445, "landlock_add_rule"),
    absent(446, "landlock_restrict_self"),
    absent(447, "memfd_secret"),
    absent(448, "process_mrelease"),
    absent(449, "futex_waitv"),
    absent(450, "set_mempolicy_home_node"),
    absent(451, "cachestat"),
    row(452, "fchmodat2", &[DirFd, Path(UnlessFlag(3)), Mode, Flags(arg::AT)], own(file::fchmodat2)),
    absent(453, "map_shadow_stack"),
    absent(454, "futex_wake"),
    absent(455, "futex_wait"),
    absent(456, "futex_requeue"),
    absent(457, "statmount"),
    absent(458, "listmount"),
    absent(459, "lsm_get_self_attr"),
    absent(460, "lsm_set_self_attr"),
    absent(461, "lsm_list_modules"),
    absent(462, "mseal"),
    absent(463, "setxattrat"),
    absent(464, "getxattrat"),
    absent(465, "listxattrat"),
    absent(466, "removexattrat"),
];
