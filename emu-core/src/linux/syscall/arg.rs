//! The kinds of arguments that system calls take: one description that both passing a call to
//! the host and printing it read.

/// What an argument is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arg {
    /// A signed number.
    Int,
    /// An unsigned number.
    Size,
    /// A number best read in hexadecimal.
    Hex,
    /// A guest address that calls with a function of their own look into.
    Pointer,
    /// File permissions, in octal.
    Mode,
    /// A file descriptor.
    Fd,
    /// A directory's descriptor or `AT_FDCWD`; relative to it counts the path that follows.
    DirFd,
    /// A path, resolved under the root prefix.
    Path(Follow),
    /// A string that is no path.
    Str,
    /// A structure of this many bytes that the call reads, writes or both.
    Struct(u64),
    /// As many elements of a size as an argument says.
    Array {
        /// Bytes of an element.
        element: u64,
        /// Which argument holds the count.
        count: usize,
    },
    /// Bytes that the call reads; the length is in this argument.
    In(usize),
    /// Bytes that the call writes; the capacity is in this argument, the result says how many.
    Out(usize),
    /// Flags of `openat`: an access mode and bits.
    OpenFlags,
    /// Flags of `clone`: a signal and bits.
    CloneFlags,
    /// Bits with names.
    Flags(Names),
    /// One of several named values.
    Enum(Names),
    /// A signal's number.
    Signal,
    /// Two 64-bit words of seconds and nanoseconds that the call reads.
    TimeIn,
    /// The same, written.
    TimeOut,
    /// A null-terminated array of strings.
    Strings,
}

/// Whether a path's final symbolic link is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follow {
    Always,
    Never,
    /// Unless `AT_SYMLINK_NOFOLLOW` is among the flags in this argument.
    UnlessFlag(usize),
    /// If `AT_SYMLINK_FOLLOW` is among the flags in this argument.
    IfFlag(usize),
}

/// Values and their names; for flags, one of several bits precedes its parts.
pub(crate) type Names = &'static [(u64, &'static str)];

macro_rules! names {
    ($($(#[$meta:meta])* $table:ident: $($name:ident)*;)*) => {
        $($(#[$meta])* pub(crate) const $table: Names = &[$((libc::$name as u64, stringify!($name)),)*];)*
    };
}

names! {
    /// Of `openat`; the access mode is not among them.
    OPEN: O_TMPFILE O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_SYNC O_DSYNC O_DIRECT O_DIRECTORY O_NOFOLLOW O_NOATIME O_CLOEXEC O_PATH;
    AT: AT_SYMLINK_NOFOLLOW AT_REMOVEDIR AT_SYMLINK_FOLLOW AT_NO_AUTOMOUNT AT_EMPTY_PATH;
    ACCESS: R_OK W_OK X_OK;
    PROT: PROT_READ PROT_WRITE PROT_EXEC;
    MAP: MAP_SHARED_VALIDATE MAP_SHARED MAP_PRIVATE MAP_FIXED_NOREPLACE MAP_FIXED MAP_ANONYMOUS MAP_GROWSDOWN MAP_DENYWRITE MAP_LOCKED MAP_NORESERVE MAP_POPULATE MAP_STACK MAP_HUGETLB;
    MREMAP: MREMAP_MAYMOVE MREMAP_FIXED MREMAP_DONTUNMAP;
    MADVISE: MADV_NORMAL MADV_RANDOM MADV_SEQUENTIAL MADV_WILLNEED MADV_DONTNEED MADV_FREE MADV_REMOVE MADV_DONTFORK MADV_DOFORK MADV_MERGEABLE MADV_HUGEPAGE MADV_NOHUGEPAGE;
    CLONE: CLONE_VM CLONE_FS CLONE_FILES CLONE_SIGHAND CLONE_PIDFD CLONE_VFORK CLONE_PARENT CLONE_THREAD CLONE_NEWNS CLONE_SYSVSEM CLONE_SETTLS CLONE_PARENT_SETTID CLONE_CHILD_CLEARTID CLONE_CHILD_SETTID;
    SEEK: SEEK_SET SEEK_CUR SEEK_END SEEK_DATA SEEK_HOLE;
    FCNTL: F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_SETOWN F_GETOWN F_DUPFD_CLOEXEC F_SETPIPE_SZ F_GETPIPE_SZ F_ADD_SEALS F_GET_SEALS F_OFD_GETLK F_OFD_SETLK F_OFD_SETLKW;
    SIGMASK_HOW: SIG_BLOCK SIG_UNBLOCK SIG_SETMASK;
    CLOCK: CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID CLOCK_THREAD_CPUTIME_ID CLOCK_MONOTONIC_RAW CLOCK_REALTIME_COARSE CLOCK_MONOTONIC_COARSE CLOCK_BOOTTIME;
    WAIT: WNOHANG WUNTRACED WCONTINUED WEXITED WNOWAIT;
    RLIMIT: RLIMIT_CPU RLIMIT_FSIZE RLIMIT_DATA RLIMIT_STACK RLIMIT_CORE RLIMIT_RSS RLIMIT_NPROC RLIMIT_NOFILE RLIMIT_MEMLOCK RLIMIT_AS;
    ADDRESS_FAMILY: AF_UNSPEC AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET;
    GRND: GRND_NONBLOCK GRND_RANDOM;
    PIPE: O_CLOEXEC O_NONBLOCK O_DIRECT;
    EPOLL_OP: EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD;
    MSG: MSG_PEEK MSG_WAITALL MSG_DONTWAIT MSG_NOSIGNAL MSG_CMSG_CLOEXEC MSG_TRUNC;
}

/// Names of the signals, from 1.
pub(crate) const SIGNALS: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];
