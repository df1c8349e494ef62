//! The root prefix: which host file a guest path names.
//!
//! An absolute guest path that exists under the prefix is served from there, any other from the
//! host. Symbolic links met on the way are resolved as the guest sees them: an absolute one
//! starts again at the prefix. Relative paths count from a directory that may itself lie under
//! the prefix, and then behave as if they had been given in full.
//!
//! `/proc`, `/sys`, `/dev`, `/run` and `/tmp` always are the host's: a root's own are empty
//! mount points.
//!
//! Most paths meet no symbolic link, and then mean the same to the guest and, under the prefix, to
//! the host's kernel. So that one is asked first; only a path with links is followed here.

use std::collections::VecDeque;
use std::ffi::{CStr, CString, OsStr};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::errno::Errno;
use super::host::{HostArg, host_syscall};

/// As many symbolic links as Linux follows in one path.
const LINK_LIMIT: usize = 40;
/// Top-level directories that the prefix does not cover.
const HOST_DIRECTORIES: [&[u8]; 5] = [b"proc", b"sys", b"dev", b"run", b"tmp"];

/// The prefix, or none.
#[derive(Debug, Clone, Default)]
pub(crate) struct PathPrefix {
    root: Option<PathBuf>,
}

impl PathPrefix {
    /// `root` is made absolute and free of links; one that cannot be is used as it is.
    pub(crate) fn new(root: Option<&Path>) -> PathPrefix {
        let root = root.map(|root| root.canonicalize().unwrap_or_else(|_| root.to_path_buf()));
        PathPrefix {
            root: root.filter(|root| root.as_os_str() != "/"),
        }
    }

    /// The prefix.
    pub(crate) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// Host path for `path`, relative to `directory` if it is not absolute. `follow` says whether a
    /// final symbolic link is followed.
    pub(crate) fn resolve(&self, path: &CStr, follow: bool, directory: i32) -> CString {
        self.resolve_under_root(path.to_bytes(), follow, directory)
            .and_then(|found| CString::new(found.into_os_string().into_encoded_bytes()).ok())
            .unwrap_or_else(|| path.to_owned())
    }

    /// `None` if the path means the same to the host.
    fn resolve_under_root(&self, path: &[u8], follow: bool, directory: i32) -> Option<PathBuf> {
        let root = self.root.as_deref()?;
        if path.first() == Some(&b'/') {
            if HOST_DIRECTORIES.contains(&components(path).next().unwrap_or_default()) {
                return None;
            }
            let mut host = root.to_path_buf().into_os_string();
            host.push(OsStr::from_bytes(path));
            return match host_way(libc::AT_FDCWD, host.as_bytes(), follow) {
                Way::Plain => Some(host.into()),
                Way::Missing => None,
                Way::Unclear => lookup(root, path, follow),
            };
        }
        match host_way(directory, path, follow) {
            Way::Plain | Way::Missing => return None,
            Way::Unclear => {}
        }
        // From a directory of the host's, the host's kernel knows the way.
        let directory = directory_path(directory)?;
        let inside = directory.strip_prefix(root).ok()?;
        let mut full = Path::new("/")
            .join(inside)
            .into_os_string()
            .into_encoded_bytes();
        full.push(b'/');
        full.extend_from_slice(path);
        lookup(root, &full, follow)
    }

    /// Path by which the guest knows a host path.
    pub(crate) fn to_guest(&self, host: &Path) -> PathBuf {
        match self
            .root
            .as_deref()
            .and_then(|root| host.strip_prefix(root).ok())
        {
            Some(inside) => Path::new("/").join(inside),
            None => host.to_path_buf(),
        }
    }
}

/// What the host's kernel finds at a host path.
enum Way {
    /// Something, and no symbolic link to follow.
    Plain,
    /// Nothing, and no symbolic link before that.
    Missing,
    /// Symbolic links, steps upwards, which must not lead out of the prefix, or it cannot say.
    Unclear,
}

/// Goes the way of a host path as far as it has no symbolic links.
fn host_way(directory: i32, path: &[u8], follow: bool) -> Way {
    if components(path).any(|component| component == b"..") {
        return Way::Unclear;
    }
    if !follow && !path.contains(&b'/') {
        return Way::Plain;
    }
    let Ok(path) = CString::new(path) else {
        return Way::Unclear;
    };
    let last = if follow { 0 } else { libc::O_NOFOLLOW };
    // `struct open_how`: flags, mode, resolve.
    let how = [
        (libc::O_PATH | libc::O_CLOEXEC | last) as u64,
        0,
        libc::RESOLVE_NO_SYMLINKS,
    ];
    let found = host_syscall!(
        libc::SYS_openat2,
        HostArg::signed(directory.into()),
        HostArg::string(&path),
        HostArg::input(&how),
        HostArg::value(size_of_val(&how) as u64),
    );
    match found {
        Ok(descriptor) => {
            let _ = host_syscall!(libc::SYS_close, HostArg::value(descriptor));
            Way::Plain
        }
        Err(Errno::ENOENT) => Way::Missing,
        Err(_) => Way::Unclear,
    }
}

/// Host path of the directory that a descriptor or `AT_FDCWD` names.
pub(super) fn directory_path(directory: i32) -> Option<PathBuf> {
    if directory == libc::AT_FDCWD {
        std::env::current_dir().ok()
    } else {
        fs::read_link(format!("/proc/self/fd/{directory}")).ok()
    }
}

/// Finds an absolute guest path under `root`; a link that leads out of it yields a host path.
fn lookup(root: &Path, path: &[u8], follow: bool) -> Option<PathBuf> {
    let must_be_directory = path.ends_with(b"/");
    let mut pending: VecDeque<Vec<u8>> = components(path).map(<[u8]>::to_vec).collect();
    let mut done: Vec<Vec<u8>> = Vec::new();
    let mut links = 0;
    let mut left_by_link = false;
    while let Some(component) = pending.pop_front() {
        if component == b".." {
            done.pop();
            continue;
        }
        done.push(component);
        if done.len() == 1 && HOST_DIRECTORIES.contains(&done[0].as_slice()) {
            return left_by_link.then(|| host_path(done, pending));
        }
        let host = join(root, &done);
        let Ok(metadata) = fs::symlink_metadata(&host) else {
            return left_by_link.then(|| host_path(done, pending));
        };
        let is_last = pending.is_empty();
        if metadata.is_symlink() && (!is_last || follow || must_be_directory) {
            links += 1;
            if links > LINK_LIMIT {
                return Some(host);
            }
            let target = fs::read_link(&host)
                .ok()?
                .into_os_string()
                .into_encoded_bytes();
            done.pop();
            if target.first() == Some(&b'/') {
                done.clear();
                left_by_link = true;
            }
            for component in components(&target).rev() {
                pending.push_front(component.to_vec());
            }
        }
    }
    let mut found = join(root, &done);
    if must_be_directory {
        found.push("");
    }
    Some(found)
}

fn components(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
}

fn join(root: &Path, components: &[Vec<u8>]) -> PathBuf {
    let mut path = root.to_path_buf();
    path.extend(components.iter().map(|part| OsStr::from_bytes(part)));
    path
}

fn host_path(mut done: Vec<Vec<u8>>, pending: VecDeque<Vec<u8>>) -> PathBuf {
    done.extend(pending);
    join(Path::new("/"), &done)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A root with files, directories and links of every kind.
    fn root() -> tempfile::TempDir {
        let dir = tempfile::Builder::new()
            .tempdir_in("/var/tmp")
            .expect("temporary directory");
        let at = |path: &str| dir.path().join(path);
        for path in ["usr/bin", "etc/alternatives", "proc", "tmp", "opt"] {
            fs::create_dir_all(at(path)).expect("directory");
        }
        for path in ["usr/bin/gawk", "etc/passwd", "proc/version", "opt/tool"] {
            fs::write(at(path), "").expect("file");
        }
        let links = [
            ("usr/bin", "bin"),
            ("/etc/alternatives/awk", "usr/bin/awk"),
            ("/usr/bin/gawk", "etc/alternatives/awk"),
            ("../../opt/tool", "usr/bin/tool"),
            ("/proc/self/mounts", "etc/mtab"),
            ("/etc/hostname", "etc/host-link"),
            ("loop", "etc/loop"),
            ("/nowhere", "etc/dangling"),
        ];
        for (target, link) in links {
            symlink(target, at(link)).expect("link");
        }
        dir
    }

    #[test]
    fn guest_paths_resolve_under_the_prefix_first() {
        let dir = root();
        let prefix = PathPrefix::new(Some(dir.path()));
        // guest path, follow, path under the root ("/…" = on the host)
        let cases: &[(&str, bool, &str)] = &[
            ("/etc/passwd", true, "etc/passwd"),
            ("//etc/./../etc//passwd", true, "etc/passwd"),
            ("/../../etc/passwd", true, "etc/passwd"),
            ("/bin/gawk", true, "usr/bin/gawk"),
            ("/bin", false, "bin"),
            ("/bin", true, "usr/bin"),
            ("/bin/awk", true, "usr/bin/gawk"),
            ("/bin/awk", false, "usr/bin/awk"),
            ("/usr/bin/tool", true, "opt/tool"),
            ("/etc/mtab", true, "/proc/self/mounts"),
            ("/etc/host-link", true, "/etc/hostname"),
            ("/etc/dangling", true, "/nowhere"),
            ("/etc/loop", true, "etc/loop"),
            ("/proc/version", true, "/proc/version"),
            ("/tmp", true, "/tmp"),
            ("/no/such/file", true, "/no/such/file"),
        ];
        for &(path, follow, expected) in cases {
            let found =
                prefix.resolve(&CString::new(path).expect("no NUL"), follow, libc::AT_FDCWD);
            let expected = dir.path().join(expected);
            assert_eq!(
                OsStr::from_bytes(found.as_bytes()),
                expected.as_os_str(),
                "{path}, follow: {follow}"
            );
        }
    }

    #[test]
    fn relative_paths_count_from_their_directory() {
        let dir = root();
        let prefix = PathPrefix::new(Some(dir.path()));
        let open = |path: PathBuf| fs::File::open(path).expect("directory");
        let resolve =
            |path: &CStr, directory: &fs::File| prefix.resolve(path, true, directory.as_raw_fd());
        let (usr, bin) = (
            open(dir.path().join("usr")),
            open(dir.path().join("usr/bin")),
        );
        let inside = resolve(c"awk", &bin);
        assert_eq!(
            Path::new(OsStr::from_bytes(inside.as_bytes())),
            dir.path().join("usr/bin/gawk")
        );
        let clamped = resolve(c"../../../etc/passwd", &usr);
        assert_eq!(
            Path::new(OsStr::from_bytes(clamped.as_bytes())),
            dir.path().join("etc/passwd")
        );
        for plain in [c"new", c"bin/gawk", c"bin/none", c"./bin/"] {
            assert_eq!(resolve(plain, &usr).as_c_str(), plain);
        }
        let link = prefix.resolve(c"awk", false, bin.as_raw_fd());
        assert_eq!(link.as_c_str(), c"awk");
        let outside = resolve(c"awk", &open("/usr/bin".into()));
        assert_eq!(outside.as_c_str(), c"awk");
    }

    #[test]
    fn without_prefix_paths_are_the_hosts() {
        let prefix = PathPrefix::new(None);
        assert_eq!(
            prefix
                .resolve(c"/etc/passwd", true, libc::AT_FDCWD)
                .as_c_str(),
            c"/etc/passwd"
        );
        assert_eq!(
            prefix.to_guest(Path::new("/etc/passwd")),
            Path::new("/etc/passwd")
        );
    }

    #[test]
    fn host_paths_lose_the_prefix() {
        let dir = root();
        let prefix = PathPrefix::new(Some(dir.path()));
        let root = dir.path().canonicalize().expect("exists");
        assert_eq!(
            prefix.to_guest(&root.join("etc/passwd")),
            Path::new("/etc/passwd")
        );
        assert_eq!(prefix.to_guest(&root), Path::new("/"));
        assert_eq!(
            prefix.to_guest(Path::new("/etc/passwd")),
            Path::new("/etc/passwd")
        );
    }
}
