//! Whatever an app is made of, its unit file holds it.

use proptest::prelude::*;

use super::*;

/// Text that unit files can hold somehow, with much that is special to them.
fn text() -> impl Strategy<Value = String> {
    const SPECIAL: &str = r#"[ \t\n\r"'%$\\;#=@:+!{}xnu0-9a-f\x01-\x1f\x7f-\u{9f}é\u{feff}]{0,12}"#;
    prop_oneof![SPECIAL, prop::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter)]
}

fn raw() -> impl Strategy<Value = String> {
    r"([!-\[\]-~é]([ !-~]{0,6}[!-\[\]-~])?)?"
}

fn apps() -> impl Strategy<Value = Json> {
    let extra = prop::collection::btree_map(
        prop::sample::select(vec!["Service", "X-Mine"]).prop_map(str::to_owned),
        prop::collection::btree_map(
            prop::sample::select(vec![
                "SyslogIdentifier",
                "PIDFile",
                "LogNamespace",
                "LoadCredential",
                "PAMName",
                "X-Key",
            ])
            .prop_map(str::to_owned),
            prop::collection::vec(raw(), 0..3),
            0..3,
        ),
        0..3,
    );
    let what = (
        "[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}",
        prop_oneof![Just("a.py"), Just("/bin/x y"), Just("/srv/é %.js"), Just("/bin/$x")],
        prop::option::of(prop::collection::vec(text(), 0..4)),
        prop::option::of(r#"/[a-z %\\"'$\t]{1,8}"#),
        prop::option::of(prop::collection::btree_map("[A-Za-z_][A-Za-z0-9_]{0,8}", text(), 0..4)),
        prop::option::of(r"[!-\[\]-~é]{1,12}"),
        any::<bool>(),
    );
    let how = (
        prop::option::of(prop::sample::select(Restart::ALL.to_vec())),
        prop::option::of(0.0..1000.0),
        prop::option::of(1..1000_i64),
        prop::option::of(0.001..1000.0),
        prop::option::of(0.001..1000.0),
        prop::option::of(Just("usr1")),
        extra,
    );
    (what, how).prop_map(|((name, script, args, cwd, env, description, autostart), how)| {
        let (restart, restart_delay, max_restarts, min_uptime, kill_timeout, kill_signal, extra) = how;
        json!({
            "name": name,
            "script": if script == "a.py" { "/srv/a.py" } else { script },
            "args": args,
            "cwd": cwd,
            "env": env,
            "description": description,
            "autostart": autostart,
            "restart": restart.map(Restart::as_str),
            "restart_delay": restart_delay,
            "max_restarts": max_restarts,
            "min_uptime": min_uptime,
            "kill_timeout": kill_timeout,
            "kill_signal": kill_signal,
            "extra": extra,
        })
    })
}

proptest! {
    #[test]
    fn apps_come_back(described in apps()) {
        let Ok(app) = check(described) else { return Ok(()) };
        for scope in [Scope::System, Scope::User] {
            let text = render(&app, scope, DEFAULT_PREFIX).unwrap().render();
            let file = UnitFile::parse(&text).unwrap();
            prop_assert!(file.ignored().is_empty());
            prop_assert_eq!(read_app(&file).unwrap(), Some(app.clone()), "{}", text);
            prop_assert_eq!(render(&app, scope, DEFAULT_PREFIX).unwrap().render(), text);
        }
        prop_assert_eq!(AppConfig::check_file(app.described(), &Table).unwrap(), app.clone());
        prop_assert_eq!(AppConfig::restore(app.described()).unwrap(), app);
    }
}
