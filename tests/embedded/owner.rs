//! The owner's death, its threads, its children, and the supervisor's death.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use pm2go::embedded::Embedded;
use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, waitpid};

use super::traces::{ask, assert_no_traces, eventually, kill, options, parent_folder, start_service, traces};

/// Where a process of the test below starts its systemd.
const PARENT: &str = "PM2GO_TEST_PARENT";
/// What it does then: `wait`, `fork` (a child that keeps every descriptor), or `exec` (another program).
const THEN: &str = "PM2GO_TEST_THEN";

#[test]
#[ignore = "not a test: the process that the tests below start, as the owner of a systemd"]
fn own_a_systemd() {
    let embedded = Embedded::start(&options(Path::new(&std::env::var(PARENT).unwrap()))).unwrap();
    start_service(&embedded, "long.service", "ExecStart=/bin/sleep 1000");
    let then = std::env::var(THEN).unwrap();
    if then == "fork" && fork() == 0 {
        pause();
    }
    println!("\nowns {}", embedded.runtime_dir().display());
    std::io::stdout().flush().unwrap();
    if then == "exec" {
        let error = Command::new("/bin/sleep").arg("1000").exec();
        println!("cannot become another program: {error}");
    }
    pause();
}

fn fork() -> i32 {
    // SAFETY: the child only waits for a signal, or drops a value whose `drop` compares process ids and closes
    // descriptors, and leaves with `_exit`.
    #[expect(unsafe_code, reason = "neither std nor rustix has fork")]
    unsafe {
        libc::fork()
    }
}

fn pause() -> ! {
    loop {
        std::thread::park();
    }
}

/// The owner and whatever it forks; ended with the test, also with one that fails.
struct Owner(Child);

impl Owner {
    /// Kills all that is left of it; false if nothing was.
    fn kill_group(&self) -> bool {
        kill_process_group(Pid::from_child(&self.0), Signal::KILL).is_ok()
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.kill_group();
        self.0.wait().unwrap();
    }
}

fn start_owner(parent: &Path, then: &str) -> (Owner, PathBuf) {
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "embedded::owner::own_a_systemd", "--ignored", "--nocapture"])
        .env(PARENT, parent)
        .env(THEN, then)
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    let line = lines.find_map(|line| line.unwrap().strip_prefix("owns ").map(PathBuf::from));
    (Owner(owner), line.expect("the owner has no systemd: see above"))
}

#[test]
fn a_killed_owner_leaves_nothing_even_if_a_forked_child_lives_on() {
    for then in ["wait", "fork"] {
        let parent = parent_folder();
        let (mut owner, runtime_dir) = start_owner(parent.path(), then);
        assert!(traces(&runtime_dir).len() > 3, "{:?}", traces(&runtime_dir));
        owner.kill();
        eventually("all traces are gone", || traces(&runtime_dir).is_empty().then_some(()));
        // The forked child, where there is one, is all that is left of the owner's process group.
        assert_eq!(owner.kill_group(), then == "fork");
    }
}

#[test]
fn an_owner_that_becomes_another_program_leaves_nothing() {
    let parent = parent_folder();
    let (mut owner, runtime_dir) = start_owner(parent.path(), "exec");
    eventually("all traces are gone", || traces(&runtime_dir).is_empty().then_some(()));
    assert!(owner.0.try_wait().unwrap().is_none(), "the owner itself still runs");
}

#[test]
fn it_outlives_the_thread_that_started_it() {
    let parent = parent_folder();
    let options = options(parent.path());
    let embedded = std::thread::spawn(move || Embedded::start(&options).unwrap()).join().unwrap();
    for _ in 0..5 {
        start_service(&embedded, "after.service", "Type=oneshot\nExecStart=/bin/sleep 0.05");
    }
    assert!(embedded.is_running());
}

#[test]
fn a_drop_in_a_forked_child_is_harmless() {
    let parent = parent_folder();
    let embedded = Embedded::start(&options(parent.path())).unwrap();
    let child = fork();
    if child == 0 {
        drop(embedded);
        // SAFETY: ends this forked child at once, without running what the parent registered for its own exit.
        #[expect(unsafe_code, reason = "std::process::exit would run the parent's exit handlers")]
        unsafe {
            libc::_exit(0)
        }
    }
    let status = waitpid(Pid::from_raw(child), WaitOptions::empty());
    assert_eq!(status.unwrap().unwrap().1.exit_status(), Some(0));
    assert!(embedded.is_running());
    assert_eq!(ask(&embedded, &["is-active", "default.target"]), "active");
}

#[test]
fn a_stop_cleans_up_after_a_killed_supervisor() {
    let parent = parent_folder();
    let mut embedded = Embedded::start(&options(parent.path())).unwrap();
    let runtime_dir = embedded.runtime_dir().to_owned();
    start_service(&embedded, "long.service", "ExecStart=/bin/sleep 1000");
    let status = fs::read_to_string(format!("/proc/{}/status", embedded.leader_pid())).unwrap();
    let supervisor = status.lines().find_map(|line| line.strip_prefix("PPid:\t")).unwrap();
    kill(supervisor.parse().unwrap());
    assert!(embedded.is_running(), "the manager needs no supervisor to run");
    embedded.stop().unwrap();
    assert_no_traces(&runtime_dir);
}

#[test]
fn a_killed_manager_is_noticed_and_leaves_nothing() {
    let parent = parent_folder();
    let embedded = Embedded::start(&options(parent.path())).unwrap();
    let runtime_dir = embedded.runtime_dir().to_owned();
    start_service(&embedded, "long.service", "ExecStart=/bin/sleep 1000");
    kill(embedded.leader_pid());
    eventually("the end is noticed", || (!embedded.is_running()).then_some(()));
    drop(embedded);
    assert_no_traces(&runtime_dir);
}
