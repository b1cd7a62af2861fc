//! What an ordinary user can do: start one in a cgroup of their own, and read what is missing otherwise.
//!
//! Root runs these: it makes the user's process, with and without a cgroup that the user may write.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pm2go::embedded::Embedded;

use super::traces::{ask, eventually, main_pid, options, parent_folder, start_service};

const PARENT: &str = "PM2GO_TEST_PARENT";
const USER: u32 = 54321;

#[test]
#[ignore = "not a test: what the tests below run as an ordinary user"]
fn be_a_user() {
    let parent = std::env::var(PARENT).unwrap();
    let mut embedded = match Embedded::start(&options(Path::new(&parent))) {
        Ok(embedded) => embedded,
        Err(error) => {
            println!("\nrefused: {error}");
            return;
        }
    };
    start_service(&embedded, "mine.service", "ExecStart=/bin/sh -c 'echo is mine; exec sleep 1000'");
    eventually("it is in the journal", || embedded.read_log().unwrap().contains("is mine").then_some(()));
    let logged = Command::new("journalctl")
        .args(["--quiet", "--output=cat", "--user-unit=mine.service", "--directory"])
        .arg(embedded.journal_dir())
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&logged.stdout).contains("is mine\n"), "{logged:?}");
    let process = main_pid(&embedded, "mine.service");
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    for line in [format!("Uid:\t{USER}\t{USER}"), "CapEff:\t0000000000000000".to_owned()] {
        assert!(status.contains(&line), "{line} is not in:\n{status}");
    }
    assert_eq!(ask(&embedded, &["is-active", "mine.service"]), "active");
    let entered = embedded.enter_command(&["test", "-d", "/run/systemd/system"]);
    assert!(Command::new(&entered[0]).args(&entered[1..]).status().unwrap().success());
    embedded.stop().unwrap();
    println!("\nworked");
}

/// Runs the above as a user in this cgroup ("" for ours).
fn as_user(parent: &Path, cgroup: &str) -> Output {
    fs::set_permissions(parent, Permissions::from_mode(0o755)).unwrap();
    let home = parent.join("home");
    fs::create_dir_all(&home).unwrap();
    chown(&home, Some(USER), Some(USER)).unwrap();
    // The test program itself may be in a folder that the user cannot enter.
    let program = parent.join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let identity = format!("--reuid={USER}");
    let group = format!("--regid={USER}");
    Command::new("/bin/sh")
        .args(["-c", "[ -z \"$0\" ] || echo $$ >\"$0/cgroup.procs\" && exec \"$@\"", cgroup])
        .args(["setpriv", &identity, &group, "--clear-groups"])
        .arg(&program)
        .args(["--exact", "embedded::user::be_a_user", "--ignored", "--nocapture"])
        .env(PARENT, &home)
        .env("HOME", &home)
        .output()
        .unwrap()
}

struct Delegated(PathBuf);

impl Delegated {
    fn make() -> Self {
        let root = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
            .into_iter()
            .find(|root| Path::new(root).join("cgroup.controllers").exists())
            .expect("cgroup v2 is not mounted");
        let path = Path::new(root).join(format!("pm2go-test-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        for file in ["", "cgroup.procs", "cgroup.subtree_control"] {
            chown(path.join(file), Some(USER), Some(USER)).unwrap();
        }
        Self(path)
    }
}

impl Drop for Delegated {
    fn drop(&mut self) {
        fs::remove_dir(&self.0).unwrap();
    }
}

#[test]
fn a_user_with_a_cgroup_of_their_own_can_start_one() {
    let parent = parent_folder();
    let delegated = Delegated::make();
    let output = as_user(parent.path(), delegated.0.to_str().unwrap());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("worked"), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_dir(parent.path().join("home")).unwrap().count(), 0);
}

#[test]
fn a_user_without_one_is_told_how_to_get_one() {
    let parent = parent_folder();
    let output = as_user(parent.path(), "");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("refused: cannot make a cgroup: mkdir"), "{text}");
    assert!(text.contains("systemd-run --user --scope --property=Delegate=yes"), "{text}");
    assert_eq!(fs::read_dir(parent.path().join("home")).unwrap().count(), 0);
}
