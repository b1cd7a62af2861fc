use super::super::AskedJob;
use super::super::evidence::Evidence;
use super::*;
use crate::backend::{JobOptions, Properties};
use crate::journal::{ProcessEnd, UnitEntry};
use crate::unit::UnitStatus;

fn properties(values: &[(&str, Value)]) -> Properties {
    values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// What is said of a start that failed, asked for at the time 1,000.
fn said(state: &str, evidence: &Evidence) -> Error {
    let mut asked = AskedJob::now(JobVerb::Start, &"a.service".parse().unwrap(), JobOptions::default());
    asked.at = 1000;
    let status = UnitStatus { active_state: state.to_owned(), ..UnitStatus::default() };
    let (kind, result) = (Kind::JobFailed, "failed".to_owned());
    Failure { asked: &asked, kind, result, status: &status, evidence }.error()
}

#[test]
fn reasons_of_systemd_come_before_the_process() {
    let killed = [("ExecMainCode", Value::Integer(2)), ("ExecMainStatus", Value::Integer(9))];
    for (result, expected) in [
        (
            "oom-kill",
            "start of a.service failed: it ran out of memory, and the kernel killed a process of it",
        ),
        ("watchdog", "start of a.service failed: it gave no sign of life within WatchdogSec=2s"),
        ("timeout", "start of a.service failed: it did not get ready within TimeoutStartSec=60s"),
        ("signal", "start of a.service failed: its main process was ended by signal 9"),
        ("a-later-word", "start of a.service failed: its main process was ended by signal 9"),
    ] {
        let mut all = properties(&killed);
        all.extend(properties(&[
            ("ExecMainExitTimestampMonotonic", Value::Unsigned(1001)),
            ("Result", text(result)),
            ("WatchdogUSec", Value::Unsigned(2_000_000)),
            ("TimeoutStartUSec", Value::Unsigned(60_000_000)),
        ]));
        let error = said("failed", &Evidence { properties: all, ..Evidence::default() });
        assert_eq!(error.facts().message, expected);
        assert_eq!(error.facts().job.as_ref().unwrap().signal, Some(9));
    }
}

#[test]
fn a_start_that_began_nothing_was_refused() {
    // systemd 252: the third start within the interval.
    let before = |main: u64| {
        properties(&[
            ("Result", text("exit-code")),
            ("StartLimitBurst", Value::Unsigned(2)),
            ("InactiveExitTimestampMonotonic", Value::Unsigned(500)),
            ("ExecMainStartTimestampMonotonic", Value::Unsigned(main)),
            ("ExecMainExitTimestampMonotonic", Value::Unsigned(main + 1)),
            ("ExecMainCode", Value::Integer(1)),
            ("ExecMainStatus", Value::Integer(7)),
        ])
    };
    for (main, result, code) in [(500, "start-limit-hit", None), (1000, "exit-code", Some(7))] {
        let error = said("failed", &Evidence { properties: before(main), ..Evidence::default() });
        let job = error.facts().job.clone().unwrap();
        assert_eq!((job.unit_result.as_deref(), job.exit_code), (Some(result), code), "{error}");
    }
}

#[test]
fn what_systemd_has_forgotten_the_journal_tells() {
    let exit = |command: &str, status| {
        let (command, code) = (command.to_owned(), "exited".to_owned());
        UnitEntry { exit: Some(ProcessEnd { command, code, status }), ..UnitEntry::default() }
    };
    let entries = vec![exit("ExecStartPre", 3), exit("ExecStartPre", 0)];
    let evidence = Evidence { entries, ..Evidence::default() };
    let error = said("active", &evidence);
    assert_eq!(
        error.facts().message,
        "start of a.service failed: its ExecStartPre= command exited with code 3"
    );
    let error = said("active", &Evidence::default());
    assert!(error.facts().message.ends_with("and systemd started another one"), "{error}");
}

#[test]
fn who_ended_with_a_code_of_systemds_is_told_as_far_as_it_is_known() {
    let exit = ProcessEnd { command: "ExecStart".to_owned(), code: "exited".to_owned(), status: 203 };
    let ended = UnitEntry { exit: Some(exit), ..UnitEntry::default() };
    let not_executed = UnitEntry { not_executed: true, ..UnitEntry::default() };
    for (entries, code, handed_over, expected) in [
        (vec![not_executed, ended.clone()], 203, 1000, "its program could not be executed (exit code 203)"),
        (vec![ended], 203, 1000, "its main process exited with code 203"),
        (vec![], 200, 1000, "its main process exited with code 200"),
        (
            vec![],
            203,
            1000,
            "its program could not be executed, or its program ended so itself: the journal has nothing of it \
             (exit code 203)",
        ),
        (
            vec![],
            200,
            999,
            "its working directory could not be entered, or its program ended so itself: the journal has nothing of it \
             (exit code 200)",
        ),
    ] {
        let properties = properties(&[
            ("ExecMainCode", Value::Integer(1)),
            ("ExecMainStatus", Value::Integer(code)),
            ("ExecMainExitTimestampMonotonic", Value::Unsigned(1001)),
            ("ExecMainHandoffTimestampMonotonic", Value::Unsigned(handed_over)),
        ]);
        let error = said("failed", &Evidence { properties, entries, ..Evidence::default() });
        assert_eq!(error.facts().message, format!("start of a.service failed: {expected}"));
    }
}
