//! Settings that are passed through: systemd must not ignore them.

use super::*;
use crate::app::meaning::owner;
use crate::unit_file::UnitFile;

/// Values and what systemd makes of them; a live test holds them against systemd-analyze.
const VALUES: &str = include_str!("../../../tests/data/settings.tsv");

fn with_extra(section: &str, setting: &str, values: &[&str]) -> Json {
    with(json!({"extra": {section: {setting: values}}}))
}

#[test]
fn values_that_systemd_would_ignore_are_refused() {
    let rows = VALUES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for row in rows {
        let [verdict, section, key, value] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        match check(with_extra(section, key, &[value])) {
            // It was a setting of `extra` alone when the row was written.
            Err(error) if owner(section, key).is_some() => {
                assert!(error.to_string().contains("use "), "{row}: {error}");
            }
            Ok(_) => assert_eq!(verdict, "good", "{row}"),
            Err(error) => {
                assert_ne!(verdict, "good", "{row}: {error}");
                assert_eq!(error.kind(), Kind::Config);
                assert!(error.facts().message.contains(key), "{row}: {error}");
                assert!(error.facts().hint.is_some(), "{row}: {error}");
            }
        }
    }
}

#[test]
fn an_empty_value_resets_and_the_last_values_count() {
    for (key, values) in [
        ("CapabilityBoundingSet", &[""][..]),
        ("MemoryMax", &["", "1G"]),
        ("Type", &["dbus", "", "notify"]),
        ("Type", &["oneshot", "simple"]),
    ] {
        check(with_extra("Service", key, values)).unwrap();
    }
}

#[test]
fn hints_say_what_is_meant() {
    for (section, key, value, advice) in [
        ("Service", "Type", "notfy", "did you mean notify?"),
        ("Service", "ProtectSystem", "stric", "did you mean strict?"),
        ("Service", "Nice", "50", "from -20 to 19"),
        ("Unit", "After", "db", "such as db.service"),
        ("Unit", "MemoryMax", "1G", "put it into [Service]"),
        ("Service", "StartLimitBurst", "5", "put it into [Unit]"),
        ("Service", "WantedBy", "multi-user.target", "put it into [Install]"),
        ("Unit", "User", "web", "use user"),
        ("Service", "User", "web", "use user"),
        ("Service", "TimeoutSec", "5", "use kill_timeout"),
    ] {
        let error = check(with_extra(section, key, &[value])).unwrap_err();
        assert!(
            error.facts().hint.as_ref().unwrap().to_string().contains(advice),
            "{section} {key}: {error}"
        );
    }
    let error = check(with_extra("Service", "Environment", &["SECRET hidden"])).unwrap_err();
    assert!(!error.to_string().contains("hidden"), "{error}");
}

#[test]
fn combinations_that_systemd_refuses() {
    for (settings, restart, reason) in [
        (json!({"Type": "dbus"}), "always", Some("BusName")),
        (json!({"Type": "dbus", "BusName": ""}), "always", Some("BusName")),
        (json!({"Type": "dbus", "BusName": "org.example.App"}), "always", None),
        (json!({"Type": "oneshot"}), "always", Some("restart \"no\"")),
        (json!({"Type": "oneshot"}), "on-success", Some("restart \"no\"")),
        (json!({"Type": "oneshot"}), "on-failure", None),
    ] {
        let app = with(json!({"extra": {"Service": settings}, "restart": restart}));
        match (check(app), reason) {
            (Ok(_), None) => {}
            (Err(error), Some(reason)) => assert!(error.to_string().contains(reason), "{error}"),
            (result, reason) => panic!("{restart}: {result:?}, not {reason:?}"),
        }
    }
}

#[test]
fn programs_that_some_systemd_cannot_run_are_refused() {
    for program in ["/bin/a ", "/bin/a*", "/bin/a?", "/bin/a[1]"] {
        for app in [
            json!({"name": "api", "command": [program]}),
            with(json!({"script": "/srv/a.py", "interpreter": program})),
            with(json!({"script": program, "interpreter": "none"})),
        ] {
            let error = check(app).unwrap_err();
            assert!(error.facts().hint.as_ref().unwrap().to_string().contains("rename"), "{error}");
        }
    }
    // A script is an argument of its interpreter, and may be called anything.
    for app in [
        json!({"name": "api", "command": ["/bin/a b"]}),
        with(json!({"script": "/srv/a*.py", "interpreter": "python3"})),
        with(json!({"script": "/srv/a.py ", "interpreter": "python3"})),
    ] {
        check(app).unwrap();
    }
}

/// What was deployed by a version that checked less must still be listed and deleted.
#[test]
fn what_is_deployed_already_is_read() {
    let app = check(with_extra("Service", "MemoryMax", &["1G"])).unwrap();
    let text = render(&app, Scope::System, DEFAULT_PREFIX).unwrap().render();
    let older = UnitFile::parse(text.replace("MemoryMax=1G", "MemoryMax=lots")).unwrap();
    assert_eq!(read_app(&older).unwrap().unwrap().extra["Service"]["MemoryMax"], ["lots"]);
    // Then the app had no key for it yet.
    let mut older = UnitFile::parse(text.replace("\"MemoryMax\"", "\"KillSignal\"")).unwrap();
    older.add("Service", "KillSignal", "SIGINT").unwrap();
    let read = read_app(&older).unwrap().unwrap();
    assert_eq!(read.extra["Service"]["KillSignal"], ["SIGINT"]);
    assert!(render(&read, Scope::System, DEFAULT_PREFIX).unwrap().render().contains("KillSignal=SIGINT\n"));
    assert!(read.check_again(&Table).unwrap_err().to_string().contains("use kill_signal"));
}
