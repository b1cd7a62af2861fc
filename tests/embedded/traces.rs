//! What an embedded systemd may leave on the machine, and running things against one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use pm2go::embedded::{Embedded, EmbeddedOptions};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A folder of this test alone, so that tests running at the same time do not see each other's traces.
pub(crate) fn parent_folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub(crate) fn options(parent: &Path) -> EmbeddedOptions {
    EmbeddedOptions {
        parent_folder: Some(parent.to_owned()),
        timeout: Duration::from_secs(30),
        ..EmbeddedOptions::default()
    }
}

pub(crate) fn systemctl(embedded: &Embedded, arguments: &[&str]) -> Output {
    Command::new("systemctl").arg("--user").args(arguments).envs(embedded.environment()).output().unwrap()
}

/// Runs `systemctl --user` with success, and returns what it printed.
pub(crate) fn ask(embedded: &Embedded, arguments: &[&str]) -> String {
    let output = systemctl(embedded, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(crate) fn start_service(embedded: &Embedded, name: &str, service: &str) {
    fs::write(embedded.unit_dir().join(name), format!("[Service]\n{service}\n")).unwrap();
    ask(embedded, &["daemon-reload"]);
    ask(embedded, &["start", name]);
}

pub(crate) fn main_pid(embedded: &Embedded, unit: &str) -> u32 {
    ask(embedded, &["show", "--property=MainPID", "--value", unit]).parse().unwrap()
}

/// Sends SIGKILL.
pub(crate) fn kill(process: u32) {
    let process = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    kill_process(process, Signal::KILL).unwrap();
}

/// Waits for something that gives no signal to wait for.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Everything on the machine that has the name of this runtime folder.
pub(crate) fn traces(runtime_dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    if runtime_dir.exists() {
        found.push(format!("folder {}", runtime_dir.display()));
    }
    let needle = runtime_dir.to_str().unwrap();
    for process in processes() {
        for file in ["cmdline", "environ"] {
            let text = fs::read(process.join(file)).unwrap_or_default();
            if text.windows(needle.len()).any(|window| window == needle.as_bytes()) {
                let shown = String::from_utf8_lossy(&text[text.len().saturating_sub(200)..])
                    .replace(char::from(0), " ");
                found.push(format!("process {} ({file}): {shown}", process.display()));
            }
        }
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    found.extend(mounts.lines().filter(|line| line.contains(needle)).map(|line| format!("mount {line}")));
    let name = runtime_dir.file_name().unwrap().to_str().unwrap();
    for cgroup in folders_below(Path::new("/sys/fs/cgroup")) {
        if cgroup.file_name().is_some_and(|cgroup| cgroup == name) {
            found.push(format!("cgroup {}", cgroup.display()));
        }
    }
    found
}

/// Fails if there are any. Processes get a moment: the shell's last `rm` or `sleep` closes its output, which
/// is what the owner waits for, just before it ends. Units' processes were gone before their cgroup was.
pub(crate) fn assert_no_traces(runtime_dir: &Path) {
    let (processes, others): (Vec<_>, Vec<_>) =
        traces(runtime_dir).into_iter().partition(|trace| trace.starts_with("process"));
    assert_eq!(others, Vec::<String>::new());
    eventually(&format!("the end of {processes:?}"), || traces(runtime_dir).is_empty().then_some(()));
}

fn processes() -> Vec<PathBuf> {
    let entries = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let own = std::process::id().to_string();
    entries
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap_or_default();
            name.bytes().all(|byte| byte.is_ascii_digit()) && name != own
        })
        .collect()
}

fn folders_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        found.extend(folders_below(&entry.path()));
        found.push(entry.path());
    }
    found
}
