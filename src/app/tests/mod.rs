//! Apps from settings to unit files and back, on a machine made of a table.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::*;
use crate::error::{Kind, Result};
use crate::scope::Scope;
use crate::unit_file::UnitFile;

mod extra;
mod foreign;
mod gathering;
mod problems;
mod round_trip;
mod warnings;

/// A machine with these programs in `/bin`, where all else under `/srv` is a file, and folders have no dot.
struct Table;

impl Lookup for Table {
    fn current_dir(&self) -> Result<String> {
        Ok("/srv/now".to_owned())
    }

    fn which(&self, name: &str) -> Option<String> {
        ["python3", "node", "bash", "sleep", "bun"].contains(&name).then(|| format!("/bin/{name}"))
    }

    fn is_file(&self, path: &str) -> bool {
        self.is_executable(path)
            || (path.starts_with("/srv/") && path.contains('.') && !path.contains("missing"))
    }

    fn is_executable(&self, path: &str) -> bool {
        path.starts_with("/bin/") || path.ends_with("/python") || path.ends_with("/a.exe")
    }

    fn is_dir(&self, path: &str) -> bool {
        !path.contains("missing")
    }

    fn canonicalize(&self, path: &str) -> Option<String> {
        path.strip_suffix("/..").and_then(|path| path.rsplit_once('/')).map(|(parent, _)| parent.to_owned())
    }

    fn file_access(&self, path: &str) -> FileAccess {
        match path {
            _ if path.contains("missing") => FileAccess::Missing,
            _ if path.contains("public") => FileAccess::Everybody,
            _ if path.contains("hidden") => FileAccess::Unknown,
            _ => FileAccess::Restricted,
        }
    }
}

/// An app that is all right but for what the test gives; null takes a key away.
fn with(more: Json) -> Json {
    let mut app = json!({"name": "api", "script": "a.py"});
    let Json::Object(more) = more else { panic!("{more}") };
    for (key, value) in more {
        app[key] = value;
    }
    app
}

fn check(app: impl Into<Input>) -> Result<AppConfig> {
    AppConfig::check(app, &Table)
}

#[test]
fn the_unit_file() {
    let app = check(json!({
        "name": "api",
        "script": "api.py",
        "args": ["--port", 8000],
        "env": {"MODE": "100% \"x\""},
        "user": "web",
        "extra": {"Service": {"MemoryMax": "300M"}},
    }))
    .unwrap();
    let text = render(&app, Scope::System, "pm2-").unwrap().render();
    let record = text.rsplit_once("Config=").unwrap().1;
    assert_eq!(
        text.replace(record, "...").replace(env!("CARGO_PKG_VERSION"), "V"),
        r#"[Unit]
Description=api
After=network.target
StartLimitIntervalSec=60s
StartLimitBurst=16

[Service]
Type=exec
ExecStart="/bin/python3" "/srv/now/api.py" "--port" "8000"
WorkingDirectory=/srv/now
Environment="MODE=100%% \"x\""
Environment="PYTHONUNBUFFERED=1"
User=web
Restart=always
RestartSec=100ms
TimeoutStopSec=10s
SyslogIdentifier=api
MemoryMax=300M

[Install]
WantedBy=multi-user.target

[X-Pm2go]
Version=V
Config=..."#
    );
    assert!(!record.contains("100%"), "values of variables are not written twice: {record}");
    assert_eq!(render(&app, Scope::User, "pm2-").unwrap_err().kind(), Kind::Config);
    let app = check(with(json!({"script": "api.py"}))).unwrap();
    let file = render(&app, Scope::User, "pm2-").unwrap();
    assert_eq!(file.get("Install", "WantedBy"), Some("default.target"));
    assert_eq!(file.get("Unit", "After"), None);
}

#[test]
fn what_runs() {
    let script = |path: &str| with(json!({"script": path}));
    let python = |interpreter: &str| {
        with(json!({"script": "/srv/a.py", "interpreter": interpreter, "interpreter_args": ["-X", "dev"]}))
    };
    for (app, argv) in [
        (script("a.js"), &["/bin/node", "/srv/now/a.js"][..]),
        (script("./b/../a.ts"), &["/bin/bun", "/srv/now/b/../a.ts"]),
        (with(json!({"cwd": "x", "script": "a.sh"})), &["/bin/bash", "/srv/now/x/a.sh"]),
        (with(json!({"cwd": "/srv/x/..", "script": "a.sh"})), &["/bin/bash", "/srv/a.sh"]),
        (script("a.exe"), &["/srv/now/a.exe"]),
        (script("sleep"), &["/bin/sleep"]),
        (with(json!({"interpreter": "none", "script": "/bin/x.py"})), &["/bin/x.py"]),
        (python("python3"), &["/bin/python3", "-X", "dev", "/srv/a.py"]),
        (python("venv/bin/python"), &["/srv/now/venv/bin/python", "-X", "dev", "/srv/a.py"]),
        (python("/opt/python"), &["/opt/python", "-X", "dev", "/srv/a.py"]),
        (json!({"name": "api", "command": ["sleep", "1"]}), &["/bin/sleep", "1"]),
    ] {
        let app = check(app).unwrap();
        assert_eq!(app.argv(), argv);
        assert_eq!(app.env.contains_key("PYTHONUNBUFFERED"), argv[0].contains("python"));
        assert_eq!(check(app.described()).unwrap(), app);
        assert_eq!(app.check_again(&Table).unwrap(), app);
    }
    let asked = with(json!({"env": {"PYTHONUNBUFFERED": ""}}));
    assert_eq!(check(asked).unwrap().env["PYTHONUNBUFFERED"], "");
}

#[test]
fn refused() {
    let service = |setting: &str, value: &str| json!({"extra": {"Service": {setting: value}}});
    let section = |section: &str| json!({"extra": {section: {"A": "1"}}});
    for (keys, wrong, reason) in [
        (json!({"name": null}), "name", "has no name"),
        (json!({"script": null}), "command", "neither script nor command"),
        (json!({"command": ["sleep"]}), "command", "both script and command"),
        (json!({"script": null, "command": []}), "command", "command is empty"),
        (json!({"script": null, "command": ["sleep"], "args": ["1"]}), "args", "with args"),
        (
            json!({"script": null, "command": ["sleep"], "interpreter": "bash"}),
            "interpreter",
            "into the command",
        ),
        (json!({"name": "a b"}), "name", "other characters"),
        (json!({"script": "missing.py"}), "script", "is no file"),
        (json!({"script": ""}), "script", "is no file"),
        (json!({"script": "a.rb"}), "interpreter", "\"ruby\" was not found"),
        (json!({"script": "a.txt"}), "interpreter", "not executable"),
        (json!({"interpreter": "./a.txt"}), "interpreter", "not executable"),
        (
            json!({"script": "a.exe", "interpreter_args": ["-u"]}),
            "interpreter_args",
            "without an interpreter",
        ),
        (json!({"cwd": "/missing"}), "cwd", "no folder"),
        (json!({"cwd": ""}), "cwd", "is empty"),
        (json!({"env": {"1": ""}}), "env.1", "variable"),
        (json!({"args": ["a\0"]}), "args", "argument 2"),
        (json!({"user": "a b"}), "user", "no account"),
        (json!({"group": "-a"}), "group", "no account"),
        (json!({"restart": "maybe"}), "restart", "on-failure"),
        (json!({"restart": "alway"}), "restart", "did you mean always?"),
        (json!({"restart_delay": -1}), "restart_delay", "negative"),
        (json!({"restart_delay": 1e18}), "restart_delay", "longer than systemd"),
        (json!({"restart_delay": 1e8}), "restart_delay", "more than a year"),
        (json!({"min_uptime": 0}), "min_uptime", "no limit"),
        (json!({"kill_timeout": 0.0}), "kill_timeout", "no limit"),
        (json!({"kill_timeout": true}), "kill_timeout", "is a truth value"),
        (json!({"max_restarts": 0}), "max_restarts", "restart \"no\""),
        (json!({"max_restarts": -1}), "max_restarts", "out of range"),
        (json!({"max_restarts": 1.5}), "max_restarts", "whole number"),
        (json!({"max_restarts": 1_000_000, "min_uptime": 1e6}), "max_restarts", "year"),
        (json!({"kill_signal": "SIGFOO"}), "kill_signal", "SIGINT"),
        (json!({"description": "a\nb"}), "description", "description"),
        (json!({"description": ""}), "description", "description"),
        (json!({"environment_file": "/etc/*.env"}), "environment_file", "pattern"),
        (json!({"comand": 1}), "comand", "did you mean command?"),
        (json!({"autostart": 1}), "autostart", "true or false"),
        (json!({"args": "a b"}), "args", "is one text"),
        (json!({"args": ["a", null]}), "args[1]", "is nothing"),
        (json!({"env": {"A": true}}), "env.A", "env.A is a truth value"),
        (json!({"env": ["A=1"]}), "env", "env is a list"),
        (json!({"extra": {"Service": "x"}}), "extra.Service", "is one text"),
        (json!({"extra": {"Service": {"Nice": {}}}}), "extra.Service.Nice", "is a table"),
        (service("ExecStart", "/bin/x"), "extra.Service.ExecStart", "use script or command"),
        (service("User", "web"), "extra.Service.User", "use user"),
        (service("MemoryMax", "1\nExecStartPre=/bin/x"), "extra.Service.MemoryMax", "line break"),
        (service("MemoryMax", "1\r"), "extra.Service.MemoryMax", "line break"),
        (service("MemoryMax", "1\0"), "extra.Service.MemoryMax", "NUL"),
        (service("MemoryMax", "1\\"), "extra.Service.MemoryMax", "backslash"),
        (service("Memory=Max", "1"), "extra.Service.Memory=...", "setting"),
        (service("A\n[X", "1"), "extra.Service.A\n[X", "setting"),
        (section("A]\n[Service"), "extra.A]\n[Service", "section"),
        (section(OWNER_SECTION), "extra.X-Pm2go", OWNER_SECTION),
    ] {
        let error = check(with(keys.clone())).expect_err(&keys.to_string());
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.to_string().contains(reason), "{keys}: {error}");
        let [problem] = error.facts().problems.as_slice() else { panic!("{keys}: {error:?}") };
        assert_eq!(problem.key, wrong, "{keys}: {error}");
    }
    for number in [f64::NAN, f64::NEG_INFINITY, f64::INFINITY] {
        let time = (Input::Text("restart_delay".to_owned()), Input::Number(number, String::new()));
        let Input::Table(mut table) = Input::from(with(json!({}))) else { panic!() };
        table.push(time);
        assert!(check(Input::Table(table)).unwrap_err().to_string().starts_with("restart_delay is"));
    }
}

#[test]
fn the_restart_limit_can_be_reached() {
    for (max_restarts, min_uptime, delay, seconds) in [
        (None, None, None, 60),
        (Some(100), None, Some(2.0), 300),
        (Some(5), Some(10.0), Some(3.0), 65),
        (Some(1), Some(1.0), Some(0.0), 1),
    ] {
        let keys = json!({"max_restarts": max_restarts, "min_uptime": min_uptime, "restart_delay": delay});
        let app = check(with(keys)).unwrap();
        assert_eq!(app.start_limit_interval(), Duration::from_secs(seconds));
        // The launch after the last one allowed comes before the end of the window, if all were too short.
        let launch = app.min_uptime.map_or(Duration::from_secs(1), |limit| limit.0) + app.restart_delay.0;
        assert!(launch * app.max_restarts.0 <= app.start_limit_interval());
    }
}

#[test]
fn extra_replaces_defaults_and_adds_to_lists() {
    let app = check(with(json!({"extra": {"Service": {"Type": "notify"}}}))).unwrap();
    assert_eq!(render(&app, Scope::System, "p-").unwrap().get_all("Service", "Type"), ["notify"]);
    let app = check(with(json!({"extra": {"Service": {"Environment": ["A=%h", "", "B=2"]}}}))).unwrap();
    let file = render(&app, Scope::System, "p-").unwrap();
    assert_eq!(file.get_all("Service", "Environment"), ["B=2"]);
    assert_eq!(read_app(&file).unwrap().unwrap(), app);
    let app = check(with(json!({"extra": {"Unit": {"After": "db.service"}}}))).unwrap();
    let file = render(&app, Scope::System, "p-").unwrap();
    assert_eq!(file.get_all("Unit", "After"), ["network.target", "db.service"]);
}

#[test]
fn ownership() {
    let file = |text: &str| UnitFile::parse(text).unwrap();
    let foreign = file("[Service]\nExecStart=/bin/x\n# [X-Pm2go]\n");
    assert!(!is_owned(&foreign));
    assert_eq!(read_app(&foreign).unwrap(), None);
    for text in ["[X-Pm2go]\n", "[X-Pm2go]\nConfig={}\n", "[X-Pm2go]\nConfig=\n"] {
        assert!(is_owned(&file(text)));
        assert!(read_app(&file(text)).unwrap_err().facts().hint.is_some());
    }
    let app = check(with(json!({"script": "a.exe", "env": {"A": "1"}}))).unwrap();
    let mut changed = render(&app, Scope::User, "pm2-").unwrap();
    changed.set("Service", "Environment", "A=2 B=3").unwrap();
    assert_eq!(read_app(&changed).unwrap().unwrap().env["B"], "3");
    changed.set("Service", "Environment", "A=%h").unwrap();
    assert!(read_app(&changed).is_err());
}
