//! Keys and values that come from elsewhere.

use super::*;
use crate::settings::Given;

#[test]
fn keys_that_apps_do_not_have_get_advice() {
    for (key, named, advice) in [
        ("autorestart", "autorestart", "restart \"no\""),
        ("cron_restart", "cron_restart", "timer"),
        ("namespace", "namespace", "Slice"),
        ("max_memory_restart", "max_memory_restart", "MemoryMax"),
        ("uid", "uid", "use user"),
        ("exec_interpreter", "exec_interpreter", "use interpreter"),
        ("env_production", "env_production", "merge it into env"),
        ("apps", "whole list", "one app at a time"),
        ("MemoryMax", "MemoryMax", "MemoryMax=... in [Service] of extra"),
        ("WantedBy", "WantedBy", "WantedBy=... in [Install] of extra"),
        ("ExecStart", "ExecStart", "use script or command"),
        ("comand", "comand", "did you mean command?"),
        ("autostrat", "autostrat", "did you mean autostart?"),
        ("zzz", "zzz", "name, script, command"),
    ] {
        let error = unknown_key(key);
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.facts().message.contains(named), "{error}");
        assert!(error.facts().hint.as_ref().unwrap().to_string().contains(advice), "{error}");
    }
    assert!(KEYS.iter().all(|key| pm2_advice(key).is_none()));
}

#[test]
fn milliseconds_are_never_taken_for_seconds() {
    for (given, beside, advice) in [
        (Given::Seconds(4000.0), None, Some("\"4s\"")),
        (Given::Seconds(4000.0), None, Some("\"4000s\"")),
        (Given::Seconds(100.0), None, Some("\"100ms\"")),
        (Given::Text("1600"), None, Some("\"1s 600ms\"")),
        (Given::Seconds(3.0), Some("watch"), Some("\"3ms\"")),
        (Given::Seconds(99.0), None, None),
        (Given::Seconds(0.0), Some("watch"), None),
        (Given::Text("4000s"), Some("watch"), None),
        (Given::Text("1min 30s"), None, None),
        (Given::Text("infinity"), None, None),
    ] {
        let result = check_bare_time("restart_delay", given, beside);
        match advice {
            None => assert_eq!(result, Ok(()), "{given:?}"),
            Some(advice) => {
                let error = result.unwrap_err();
                assert_eq!(error.kind(), Kind::Config);
                assert!(error.facts().message.starts_with("restart_delay"), "{error}");
                assert!(error.facts().hint.as_ref().unwrap().to_string().contains(advice), "{error}");
            }
        }
    }
}
