//! Jobs, enabling, reloading.

use std::time::Duration;

use pm2go::backend::{Backend, JobMode, JobOptions, JobVerb};
use pm2go::error::{Error, Kind};
use pm2go::scope::Scope;
use pm2go::unit::{JobResult, UnitName};
use pm2go::value::Value;
use pm2go::verb::RESET_FAILED_UNIT;

use super::both::{Both, run, same};
use super::units::{Units, systemctl, until_state};

/// What is asked of which unit, and the kind of error it must end with.
const JOBS: [(JobVerb, &str, Option<Kind>); 45] = {
    use JobVerb::{Restart, Start, Stop};
    [
        (Start, "pm2t-running.service", None),
        (Stop, "pm2t-running.service", None),
        (Restart, "pm2t-running.service", None),
        (Start, "pm2t-alias.service", None),
        (Start, "pm2t-failed.service", Some(Kind::JobFailed)),
        (Restart, "pm2t-failed.service", Some(Kind::JobFailed)),
        (Stop, "pm2t-failed.service", None),
        (Start, "pm2t-exits.service", Some(Kind::JobFailed)),
        (Start, "pm2t-signal.service", Some(Kind::JobFailed)),
        (Start, "pm2t-missing-program.service", Some(Kind::JobFailed)),
        (Start, "pm2t-exec.service", Some(Kind::JobFailed)),
        (Start, "pm2t-chdir.service", Some(Kind::JobFailed)),
        (Start, "pm2t-exited.service", None),
        (Start, "pm2t-oneshot.service", None),
        (Start, "pm2t-short.service", None),
        (Start, "pm2t-masked.service", Some(Kind::UnitMasked)),
        (Stop, "pm2t-masked.service", None),
        (Start, "pm2t-empty.service", Some(Kind::UnitMasked)),
        (Start, "pm2t-template@1.service", None),
        (Start, "pm2t-template@.service", Some(Kind::Config)),
        (Start, "pm2t-bad-setting.service", Some(Kind::UnitLoad)),
        (Restart, "pm2t-bad-restart.service", Some(Kind::UnitLoad)),
        (Start, "pm2t-condition.service", None),
        (Restart, "pm2t-condition-holds.service", None),
        (Start, "pm2t-assert.service", Some(Kind::Job)),
        (Start, r"pm2t-with\x20space.service", None),
        (Start, "pm2t-notify-timeout.service", Some(Kind::JobFailed)),
        (Start, "pm2t-job-timeout.service", Some(Kind::JobTimeout)),
        (Start, "pm2t-dependency.service", Some(Kind::DependencyFailed)),
        (Start, "pm2t-missing-dependency.service", Some(Kind::UnitNotFound)),
        (Start, "pm2t-masked-dependency.service", Some(Kind::UnitMasked)),
        (Start, "pm2t-refuses.service", Some(Kind::JobRefused)),
        (Start, "pm2t-restarts.service", Some(Kind::JobFailed)),
        (Restart, "pm2t-stop-fails.service", None),
        (Stop, "pm2t-stop-fails.service", None),
        (Start, "pm2t-nonexistent.service", Some(Kind::UnitNotFound)),
        (Stop, "pm2t-nonexistent.service", Some(Kind::UnitNotFound)),
        (Restart, "pm2t-nonexistent.timer", Some(Kind::UnitNotFound)),
        (Start, "pm2t-group.target", None),
        (Start, "pm2t-listening.socket", None),
        (Start, "pm2t-clock.timer", None),
        (Restart, "pm2t-watched.path", None),
        (Stop, "pm2t-bounded.slice", None),
        (Start, "run-pm2t.mount", None),
        (Start, "run-pm2t2.automount", Some(Kind::Job)),
    ]
};

/// A start that must be seen to fail may take a moment on a busy machine.
fn options(mode: JobMode) -> JobOptions {
    JobOptions { mode, settle: Duration::from_millis(250), log_lines: 5, ..JobOptions::default() }
}

pub(crate) fn jobs(both: &Both, _: &Units) {
    for (verb, name, kind) in JOBS {
        if name.starts_with("run-") && both.scope == Scope::User {
            continue;
        }
        let unit: UnitName = name.parse().unwrap();
        let once = |backend: &Backend| {
            forget(name);
            // A job that must have something to do.
            if verb == JobVerb::Stop && kind.is_none() {
                systemctl(&["start", "--", name]);
            }
            run(backend.run_job(verb, &unit, options(JobMode::Replace)))
        };
        let dbus = once(&both.dbus);
        assert_eq!(dbus.as_ref().err().map(Error::kind), kind, "{} {name}: {dbus:?}", verb.as_str());
        for (side, backend) in both.commands() {
            same(&format!("{} {name} by {side}", verb.as_str()), &dbus, &once(backend));
        }
    }
    start_limit(both);
    modes(both);
    canceled(both);
}

fn forget(name: &str) {
    systemctl(&["stop", "--", name, "pm2t-failed.service"]);
    systemctl(&["reset-failed", "--", "pm2t-*"]);
}

fn start_limit(both: &Both) {
    let unit: UnitName = "pm2t-limit.service".parse().unwrap();
    let twice = |backend: &Backend| {
        forget(unit.as_str());
        run(backend.run_job(JobVerb::Restart, &unit, options(JobMode::Replace))).unwrap();
        run(backend.run_job(JobVerb::Restart, &unit, options(JobMode::Replace)))
    };
    let dbus = twice(&both.dbus);
    assert!(dbus.as_ref().unwrap_err().facts().message.contains("too often"), "{dbus:?}");
    for (side, backend) in both.commands() {
        same(&format!("start limit by {side}"), &dbus, &twice(backend));
    }
}

fn modes(both: &Both) {
    let waits: UnitName = "pm2t-waits.service".parse().unwrap();
    for (verb, mode) in [
        (JobVerb::Stop, JobMode::Fail),
        (JobVerb::Start, JobMode::Isolate),
        (JobVerb::Stop, JobMode::IgnoreDependencies),
    ] {
        let once = |backend: &Backend| {
            forget(waits.as_str());
            systemctl(&["start", "--no-block", "--", waits.as_str()]);
            while systemctl(&["is-active", "--", waits.as_str()]).stdout != b"activating\n" {}
            run(backend.run_job(verb, &waits, options(mode)))
        };
        let dbus = once(&both.dbus);
        assert_eq!(dbus.is_err(), mode != JobMode::IgnoreDependencies, "{dbus:?}");
        for (side, backend) in both.commands() {
            same(&format!("{} {} by {side}", verb.as_str(), mode.as_str()), &dbus, &once(backend));
        }
    }
}

/// A start that another job takes the place of.
fn canceled(both: &Both) {
    let unit: UnitName = "pm2t-waits.service".parse().unwrap();
    let once = |backend: &Backend| -> Result<JobResult, Error> {
        forget(unit.as_str());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                until_state(unit.as_str(), "activating");
                systemctl(&["stop", "--", unit.as_str()]);
            });
            run(backend.run_job(JobVerb::Start, &unit, options(JobMode::Replace)))
        })
    };
    let dbus = once(&both.dbus);
    assert_eq!(dbus.as_ref().unwrap_err().kind(), Kind::JobCanceled);
    for (side, backend) in both.commands() {
        let command = once(backend);
        // The unit may still be stopping, or not any more.
        let facts = |outcome: &Result<JobResult, Error>| {
            let facts = outcome.as_ref().unwrap_err().facts().clone();
            let result = facts.job.map(|job| job.result);
            (facts.kind, facts.message, facts.hint, facts.unit, result)
        };
        assert_eq!(facts(&dbus), facts(&command), "{side}");
    }
}

/// Units that are enabled and disabled, and the kind of error of enabling.
const FILES: [(&str, Option<Kind>); 15] = [
    ("pm2t-running.service", None),
    ("pm2t-alias.service", Some(Kind::Unsupported)),
    ("pm2t-both.service", None),
    ("pm2t-static.service", None),
    ("pm2t-template@.service", None),
    ("pm2t-template@7.service", None),
    ("pm2t-bare@.service", None),
    ("pm2t-bare@x.service", None),
    ("pm2t-also.service", None),
    ("pm2t-wanted-nowhere.service", None),
    ("pm2t-bad-setting.service", None),
    ("pm2t-masked.service", Some(Kind::UnitMasked)),
    ("pm2t-nonexistent.service", Some(Kind::UnitNotFound)),
    ("pm2t-nonexistent@1.timer", Some(Kind::UnitNotFound)),
    ("pm2t-clock.timer", None),
];

pub(crate) fn unit_files(both: &Both, units: &Units) {
    for (name, kind) in FILES {
        let unit: UnitName = name.parse().unwrap();
        let all = |backend: &Backend| {
            units.write_all();
            let enabled = run(backend.enable_unit(&unit));
            let with_links = units.listing();
            let again = run(backend.enable_unit(&unit));
            let disabled = run(backend.disable_unit(&unit));
            let disabled_again = run(backend.disable_unit(&unit));
            // Enabling a template may fail, which takes nothing away.
            systemctl(&["disable", "--quiet", "pm2t-running.service"]);
            ([enabled, again, disabled, disabled_again], with_links, units.listing())
        };
        let (dbus, with_links, without) = all(&both.dbus);
        if kind.is_some() {
            assert_eq!(dbus[0].as_ref().err().map(Error::kind), kind, "{name}: {dbus:?}");
        }
        for (side, backend) in both.commands() {
            let (command, command_with_links, command_without) = all(backend);
            for (index, step) in ["enable", "enable again", "disable", "disable again"].iter().enumerate() {
                same(&format!("{step} {name} by {side}"), &dbus[index], &command[index]);
            }
            assert_eq!((&with_links, &without), (&command_with_links, &command_without), "{name} by {side}");
        }
    }
}

pub(crate) fn reload_and_reset(both: &Both, units: &Units) {
    let unit: UnitName = "pm2t-static.service".parse().unwrap();
    let failed: UnitName = "pm2t-failed.service".parse().unwrap();
    let backends = both.commands().into_iter().map(|(_, backend)| backend).chain([&both.dbus]);
    for (index, backend) in backends.enumerate() {
        run(backend.get_unit_status(&unit)).unwrap();
        systemctl(&["start", "--", unit.as_str()]);
        units.write(unit.as_str(), &format!("[Service]\nExecStart=/bin/sleep 200{index}\n"));
        assert!(run(backend.get_unit_status(&unit)).unwrap().need_daemon_reload);
        run(backend.daemon_reload()).unwrap();
        assert!(!run(backend.get_unit_status(&unit)).unwrap().need_daemon_reload);

        systemctl(&["start", "--", failed.as_str()]);
        assert_eq!(run(backend.get_unit_status(&failed)).unwrap().active_state, "failed");
        run(backend.reset_failed_unit(&failed)).unwrap();
        assert_eq!(run(backend.get_unit_status(&failed)).unwrap().active_state, "inactive");
        run(backend.reset_failed_unit(&"pm2t-nonexistent.service".parse().unwrap())).unwrap();
    }
    for (name, kind) in [
        ("pm2t-template@.service", Kind::Config),
        ("pm2t-nonexistent.service", Kind::UnitNotFound),
        ("pm2t-masked.service", Kind::UnitNotFound),
    ] {
        let reset =
            |backend: &Backend| run(backend.call(&RESET_FAILED_UNIT, &[Value::Text(name.to_owned())]));
        let dbus = reset(&both.dbus);
        assert_eq!(dbus.as_ref().unwrap_err().kind(), kind, "{name}");
        for (side, backend) in both.commands() {
            same(&format!("reset {name} by {side}"), &dbus, &reset(backend));
        }
    }
}
