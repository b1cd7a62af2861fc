//! What of the things that an embedded systemd needs this machine has.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::options::EmbeddedOptions;
use crate::error::{Error, Kind, Result};

const SYSTEMD_PROGRAMS: [&str; 4] = [
    "/usr/lib/systemd/systemd",
    "/lib/systemd/systemd",
    "/run/current-system/systemd/lib/systemd/systemd",
    "/run/current-system/sw/lib/systemd/systemd",
];

/// What was found on this machine.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) systemd: PathBuf,
    pub(super) journald: PathBuf,
    pub(super) unshare: PathBuf,
    /// Where the whole of cgroup v2 is mounted, if it is.
    pub(super) cgroup2: Option<PathBuf>,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Machine {
    /// Looks, and says exactly what is missing.
    pub(super) fn look(options: &EmbeddedOptions) -> Result<Self> {
        let systemd = match &options.systemd {
            Some(path) => given_systemd(path)?,
            None => find_systemd()?,
        };
        let journald = find_journald(&systemd)?;
        let unshare = find_tool("unshare", &options.search_path)?;
        find_tool("mount", &options.search_path)?;
        let cgroup2 = mounted_cgroup2();
        let uid = rustix::process::geteuid().as_raw();
        if uid != 0 && cgroup2.is_none() {
            return Err(Error::new(
                Kind::Unavailable,
                "cgroup v2 is not mounted, and only root can mount it",
            )
            .with_hint("run as root, or mount it: mount -t cgroup2 cgroup2 /sys/fs/cgroup"));
        }
        Ok(Self { systemd, journald, unshare, cgroup2, uid, gid: rustix::process::getegid().as_raw() })
    }

    /// Whether a user namespace is needed to get a mount namespace.
    pub(super) fn needs_user_namespace(&self) -> bool {
        self.uid != 0
    }
}

fn given_systemd(path: &Path) -> Result<PathBuf> {
    if is_program(path) {
        return Ok(path.to_owned());
    }
    Err(Error::new(Kind::Unavailable, format!("{} is not a program", path.display()))
        .with_path(path)
        .with_hint("name the systemd program itself, for example /usr/lib/systemd/systemd"))
}

fn find_systemd() -> Result<PathBuf> {
    SYSTEMD_PROGRAMS.iter().map(PathBuf::from).find(|path| is_program(path)).ok_or_else(|| {
        Error::new(
            Kind::Unavailable,
            format!("systemd is not installed: found none of {}", SYSTEMD_PROGRAMS.join(", ")),
        )
        .with_hint("install the package \"systemd\"; it need not be what this machine booted with")
    })
}

/// The one beside the systemd that is run, or the machine's.
fn find_journald(systemd: &Path) -> Result<PathBuf> {
    let beside = |systemd: &Path| systemd.with_file_name("systemd-journald");
    let known = SYSTEMD_PROGRAMS.iter().map(|path| beside(Path::new(path)));
    [beside(systemd)].into_iter().chain(known).find(|path| is_program(path)).ok_or_else(|| {
        let path = beside(systemd);
        Error::new(Kind::Unavailable, format!("there is no {}", path.display()))
            .with_path(path)
            .with_hint("install the whole package \"systemd\", with its journal")
    })
}

fn find_tool(name: &str, search_path: &str) -> Result<PathBuf> {
    search_path
        .split(':')
        .filter(|folder| folder.starts_with('/'))
        .map(|folder| Path::new(folder).join(name))
        .find(|path| is_program(path))
        .ok_or_else(|| {
            Error::new(Kind::Unavailable, format!("the program {name:?} is not in {search_path}"))
                .with_hint("install the package \"util-linux\"")
        })
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn mounted_cgroup2() -> Option<PathBuf> {
    // What cannot be read is as good as not mounted: the supervisor then mounts it, or says why it cannot.
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    cgroup2_mount_points(&mounts).into_iter().find(|path| path.join("cgroup.procs").exists())
}

/// The mount points of the whole of cgroup v2 in the text of `/proc/self/mountinfo`
/// (`proc_pid_mountinfo(5)`), the customary one first.
fn cgroup2_mount_points(mountinfo: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = mountinfo
        .lines()
        .filter_map(|line| {
            let (mount, filesystem) = line.split_once(" - ")?;
            let mut fields = mount.split(' ').skip(3);
            let (root, mount_point) = (fields.next()?, fields.next()?);
            let unified = filesystem.starts_with("cgroup2 ") && root == "/";
            // A mount point with a space or a backslash is written with escapes: nobody has one for cgroups.
            (unified && !mount_point.contains('\\')).then(|| PathBuf::from(mount_point))
        })
        .collect();
    found.sort_by_key(|path| path != Path::new("/sys/fs/cgroup"));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_of_the_unified_hierarchy() {
        let cases: [(&str, &[&str]); 5] = [
            ("", &[]),
            ("30 24 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw", &[]),
            (
                "41 30 0:36 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw",
                &["/sys/fs/cgroup/unified"],
            ),
            ("41 30 0:36 /docker/1f /sys/fs/cgroup rw - cgroup2 cgroup2 rw", &[]),
            (
                "1 2 0:36 / /mnt/a rw - cgroup2 none rw\n3 2 0:36 / /sys/fs/cgroup rw master:1 - cgroup2 c rw",
                &["/sys/fs/cgroup", "/mnt/a"],
            ),
        ];
        for (text, expected) in cases {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(cgroup2_mount_points(text), expected, "{text}");
        }
    }
}
