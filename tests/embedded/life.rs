//! From start to stop, with units in between.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use pm2go::embedded::{Embedded, EmbeddedOptions};

use super::traces::{
    ask, assert_no_traces, eventually, kill, main_pid, options, parent_folder, start_service, systemctl,
    traces,
};

#[test]
fn a_unit_is_started_killed_restarted_and_gone_after_stop() {
    let parent = parent_folder();
    let begin = Instant::now();
    let mut embedded = Embedded::start(&options(parent.path())).unwrap();
    println!("ready after {:?}", begin.elapsed());
    let runtime_dir = embedded.runtime_dir().to_owned();
    assert_eq!(fs::metadata(&runtime_dir).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(embedded.private_socket().exists());

    start_service(
        &embedded,
        "api.service",
        "ExecStart=/bin/sh -c 'echo to output; echo to error >&2; exec sleep 1000'\nRestart=always\nRestartSec=0",
    );
    assert_eq!(ask(&embedded, &["is-active", "api.service"]), "active");
    let first = main_pid(&embedded, "api.service");
    let sleeping = || fs::read_to_string(format!("/proc/{first}/cmdline")).unwrap_or_default();
    eventually("MainPID is a process of this machine", || sleeping().starts_with("sleep").then_some(()));
    kill(first);
    eventually("the service runs again", || {
        let process = main_pid(&embedded, "api.service");
        (process != 0 && process != first).then_some(())
    });

    let log = embedded.read_log().unwrap();
    for line in
        ["sh[", "]: to output", "]: to error", "api.service: Main process exited, code=killed, status=9/KILL"]
    {
        assert!(log.contains(line), "{line:?} is not in:\n{log}");
    }
    let journalctl = |unit: &str| {
        let arguments = ["--quiet", "--output=cat", "--user-unit", unit, "--directory"];
        let output = Command::new("journalctl").args(arguments).arg(embedded.journal_dir()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for line in ["to output\n", "to error\n", "Main process exited"] {
        assert!(journalctl("api.service").contains(line), "{line}");
    }
    assert_eq!(journalctl("other.service"), "");

    let begin = Instant::now();
    embedded.stop().unwrap();
    println!("stopped after {:?}", begin.elapsed());
    assert_no_traces(&runtime_dir);
    assert!(!embedded.is_running());
    embedded.stop().unwrap();
    assert!(embedded.read_log().unwrap().contains("to output"), "the log can be read after the end");
}

#[test]
fn a_stop_lets_units_end_in_peace_and_kills_those_that_do_not() {
    let parent = parent_folder();
    let quick = EmbeddedOptions { stop_timeout: Duration::from_millis(500), ..options(parent.path()) };
    let cases = [("exit 0", true), (":", false)];
    for (on_term, in_peace) in cases {
        let mut embedded = Embedded::start(&quick).unwrap();
        let runtime_dir = embedded.runtime_dir().to_owned();
        let script =
            format!("trap \"echo was asked; {on_term}\" TERM; echo listens; while :; do sleep 0.01; done");
        start_service(&embedded, "polite.service", &format!("ExecStart=/bin/sh -c '{script}'"));
        eventually("it listens", || embedded.read_log().unwrap().contains("listens").then_some(()));
        let begin = Instant::now();
        embedded.stop().unwrap();
        let took = begin.elapsed();
        assert!(embedded.read_log().unwrap().contains("was asked"), "{}", embedded.read_log().unwrap());
        assert_eq!(took < Duration::from_millis(500), in_peace, "{on_term}: {took:?}");
        assert_no_traces(&runtime_dir);
    }
}

#[test]
fn processes_that_leave_their_session_are_found_too() {
    let parent = parent_folder();
    let embedded = Embedded::start(&options(parent.path())).unwrap();
    let runtime_dir = embedded.runtime_dir().to_owned();
    start_service(
        &embedded,
        "astray.service",
        "KillMode=none\nExecStart=/bin/sh -c 'setsid sleep 1000 & exec sleep 1000'",
    );
    assert!(traces(&runtime_dir).iter().any(|trace| trace.starts_with("process")));
    drop(embedded);
    assert_no_traces(&runtime_dir);
}

#[test]
fn two_at_the_same_time_know_nothing_of_each_other() {
    let parent = parent_folder();
    let mut first = Embedded::start(&options(parent.path())).unwrap();
    let second = Embedded::start(&options(parent.path())).unwrap();
    start_service(&first, "only.service", "ExecStart=/bin/sleep 1000");
    assert_eq!(ask(&first, &["is-active", "only.service"]), "active");
    assert!(!systemctl(&second, &["is-active", "only.service"]).status.success());
    let runtime_dir = first.runtime_dir().to_owned();
    first.stop().unwrap();
    assert_no_traces(&runtime_dir);
    assert!(second.is_running());
    start_service(&second, "only.service", "ExecStart=/bin/sleep 1000");
    assert_eq!(ask(&second, &["is-active", "only.service"]), "active");
}

#[test]
fn units_of_the_machine_and_of_the_user_are_not_seen() {
    let parent = parent_folder();
    let embedded = Embedded::start(&options(parent.path())).unwrap();
    let paths = ask(&embedded, &["show", "--property=UnitPath", "--value"]);
    let home = std::env::var("HOME").unwrap_or_else(|_| "/root".to_owned());
    assert!(paths.contains(embedded.unit_dir().to_str().unwrap()), "{paths}");
    assert!(!paths.contains(&home), "{paths}");
    let entered = embedded.enter_command(&["ls", "-A", "/etc/systemd/user"]);
    let output = Command::new(&entered[0]).args(&entered[1..]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn enabling_writes_into_the_unit_dir_and_a_transient_unit_runs() {
    let parent = parent_folder();
    let embedded = Embedded::start(&options(parent.path())).unwrap();
    let text = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=default.target\n";
    fs::write(embedded.unit_dir().join("wanted.service"), text).unwrap();
    // Where the machine was not booted with systemd, `systemctl enable` itself writes the link.
    ask(&embedded, &["enable", "wanted.service"]);
    assert!(embedded.unit_dir().join("default.target.wants/wanted.service").is_symlink());
    ask(&embedded, &["daemon-reload"]);
    ask(&embedded, &["start", "default.target"]);
    assert_eq!(ask(&embedded, &["is-active", "wanted.service"]), "active");
    // Inside, /run/systemd says otherwise, and the manager does it.
    let entered = embedded.enter_command(&["systemctl", "--user", "disable", "--now", "wanted.service"]);
    let output = Command::new(&entered[0]).args(&entered[1..]).envs(embedded.environment()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!systemctl(&embedded, &["is-active", "wanted.service"]).status.success());
    let output = Command::new("systemd-run")
        .args(["--user", "--wait", "--unit=once", "/bin/sh", "-c", "exit 3"])
        .envs(embedded.environment())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_bus_if_there_is_one_leads_to_this_manager() {
    let parent = parent_folder();
    let embedded = Embedded::start(&options(parent.path())).unwrap();
    let installed = std::path::Path::new("/usr/lib/systemd/user/dbus.socket").exists();
    assert_eq!(embedded.bus_socket().is_some(), installed);
    if installed {
        let manager = format!("PID={}", embedded.leader_pid());
        // The bus starts with its first client, and the manager joins it a moment later.
        eventually("the manager is on the bus", || {
            let output = Command::new("busctl")
                .args(["--user", "status", "org.freedesktop.systemd1"])
                .envs(embedded.environment())
                .output()
                .unwrap();
            String::from_utf8_lossy(&output.stdout).lines().any(|line| line == manager).then_some(())
        });
    }
}
