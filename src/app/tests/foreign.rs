//! Keys and values that come from elsewhere.

use super::*;
use crate::app::foreign::{pm2_advice, unknown_key};
use crate::app::key::Keys as _;

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
    assert!(AppKeys::names().all(|key| pm2_advice(key).is_none()));
}

#[test]
fn milliseconds_are_never_taken_for_seconds() {
    for (given, beside, advice) in [
        (json!(4000.0), false, Some("\"4s\"")),
        (json!(4000), false, Some("\"4000s\"")),
        (json!(100), false, Some("\"100ms\"")),
        (json!("1600"), false, Some("\"1s 600ms\"")),
        (json!(3), true, Some("\"3ms\"")),
        (json!(99), false, None),
        (json!(0), true, None),
        (json!("4000s"), true, None),
        (json!("1min 30s"), false, None),
    ] {
        let mut app = with(json!({"restart_delay": given}));
        if beside {
            app["watch"] = false.into();
        }
        assert!(check(with(json!({"restart_delay": given}))).is_ok(), "only files are PM2's: {given}");
        let result = AppConfig::check_file(app, &Table);
        match advice {
            None => assert!(result.is_ok(), "{given:?}: {result:?}"),
            Some(advice) => {
                let error = result.unwrap_err();
                assert_eq!(error.kind(), Kind::Config);
                let hint = error.facts().hint.as_ref().unwrap().to_string();
                assert!(hint.contains(advice), "{given:?}: {error}");
            }
        }
    }
}
