//! Apps from settings to unit files and back, on a machine made of a table.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::error::{Kind, Result};
use crate::scope::Scope;
use crate::unit_file::UnitFile;

mod extra;
mod foreign;
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

fn settings(name: &str) -> AppSettings {
    AppSettings { name: Some(name.to_owned()), ..AppSettings::default() }
}

fn with_script(script: &str) -> AppSettings {
    AppSettings { script: Some(script.to_owned()), ..settings("api") }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn extra(section: &str, key: &str, values: &[&str]) -> Extra {
    let values = values.iter().map(|&value| value.to_owned()).collect();
    Extra::from([(section.to_owned(), BTreeMap::from([(key.to_owned(), values)]))])
}

fn check(settings: AppSettings) -> Result<AppConfig> {
    AppConfig::check(settings, &Table)
}

#[test]
fn the_unit_file() {
    let app = check(AppSettings {
        args: Some(words(&["--port", "8000"])),
        env: Some([("MODE".to_owned(), "100% \"x\"".to_owned())].into()),
        user: Some("web".to_owned()),
        extra: Some(extra("Service", "MemoryMax", &["300M"])),
        ..with_script("api.py")
    })
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
    let app = check(with_script("api.py")).unwrap();
    let file = render(&app, Scope::User, "pm2-").unwrap();
    assert_eq!(file.get("Install", "WantedBy"), Some("default.target"));
    assert_eq!(file.get("Unit", "After"), None);
}

#[test]
fn what_runs() {
    let python = |interpreter: &str| AppSettings {
        interpreter: Some(interpreter.to_owned()),
        interpreter_args: Some(words(&["-X", "dev"])),
        ..with_script("/srv/a.py")
    };
    let command = |argv: &[&str]| AppSettings { command: Some(words(argv)), ..settings("api") };
    for (settings, argv) in [
        (with_script("a.js"), &["/bin/node", "/srv/now/a.js"][..]),
        (with_script("./b/../a.ts"), &["/bin/bun", "/srv/now/b/../a.ts"]),
        (AppSettings { cwd: Some("x".to_owned()), ..with_script("a.sh") }, &["/bin/bash", "/srv/now/x/a.sh"]),
        (
            AppSettings { cwd: Some("/srv/x/..".to_owned()), ..with_script("a.sh") },
            &["/bin/bash", "/srv/a.sh"],
        ),
        (with_script("a.exe"), &["/srv/now/a.exe"]),
        (with_script("sleep"), &["/bin/sleep"]),
        (AppSettings { interpreter: Some("none".to_owned()), ..with_script("/bin/x.py") }, &["/bin/x.py"]),
        (python("python3"), &["/bin/python3", "-X", "dev", "/srv/a.py"]),
        (python("venv/bin/python"), &["/srv/now/venv/bin/python", "-X", "dev", "/srv/a.py"]),
        (python("/opt/python"), &["/opt/python", "-X", "dev", "/srv/a.py"]),
        (command(&["sleep", "1"]), &["/bin/sleep", "1"]),
    ] {
        let app = check(settings).unwrap();
        assert_eq!(app.argv(), argv);
        assert_eq!(app.env.contains_key("PYTHONUNBUFFERED"), argv[0].contains("python"));
        assert_eq!(check(app.settings()).unwrap(), app);
    }
    let asked = AppSettings {
        env: Some([("PYTHONUNBUFFERED".to_owned(), String::new())].into()),
        ..with_script("a.py")
    };
    assert_eq!(check(asked).unwrap().env["PYTHONUNBUFFERED"], "");
}

#[test]
fn refused() {
    let base = || with_script("a.py");
    let service =
        |key: &str, value: &str| AppSettings { extra: Some(extra("Service", key, &[value])), ..base() };
    let section = |section: &str| AppSettings { extra: Some(extra(section, "A", &["1"])), ..base() };
    for (settings, reason) in vec![
        (AppSettings::default(), "name"),
        (settings("api"), "neither script nor command"),
        (AppSettings { command: Some(words(&["sleep"])), ..base() }, "both script and command"),
        (AppSettings { command: Some(words(&[])), ..settings("api") }, "command is empty"),
        (
            AppSettings { command: Some(words(&["sleep"])), args: Some(words(&["1"])), ..settings("api") },
            "args",
        ),
        (AppSettings { name: Some("a b".to_owned()), ..base() }, "name"),
        (with_script("missing.py"), "script"),
        (with_script(""), "script"),
        (with_script("a.rb"), "\"ruby\" was not found"),
        (with_script("a.txt"), "not executable"),
        (AppSettings { interpreter: Some("./a.txt".to_owned()), ..base() }, "interpreter"),
        (AppSettings { interpreter_args: Some(words(&["-u"])), ..with_script("a.exe") }, "interpreter_args"),
        (AppSettings { cwd: Some("/missing".to_owned()), ..base() }, "cwd"),
        (AppSettings { cwd: Some(String::new()), ..base() }, "cwd"),
        (AppSettings { env: Some([("1".to_owned(), String::new())].into()), ..base() }, "variable"),
        (AppSettings { args: Some(words(&["a\0"])), ..base() }, "argument 2"),
        (AppSettings { user: Some("a b".to_owned()), ..base() }, "user"),
        (AppSettings { group: Some("-a".to_owned()), ..base() }, "group"),
        (AppSettings { restart: Some("maybe".to_owned()), ..base() }, "on-failure"),
        (AppSettings { restart_delay: Some(-1.0), ..base() }, "restart_delay"),
        (AppSettings { restart_delay: Some(f64::NAN), ..base() }, "restart_delay"),
        (AppSettings { restart_delay: Some(1e18), ..base() }, "restart_delay"),
        (AppSettings { min_uptime: Some(0.0), ..base() }, "min_uptime"),
        (AppSettings { kill_timeout: Some(0.0), ..base() }, "kill_timeout"),
        (AppSettings { max_restarts: Some(0), ..base() }, "restart \"no\""),
        (AppSettings { max_restarts: Some(-1), ..base() }, "max_restarts"),
        (AppSettings { max_restarts: Some(1_000_000), min_uptime: Some(1e6), ..base() }, "year"),
        (AppSettings { kill_signal: Some("SIGFOO".to_owned()), ..base() }, "kill_signal"),
        (AppSettings { description: Some("a\nb".to_owned()), ..base() }, "description"),
        (AppSettings { description: Some(String::new()), ..base() }, "description"),
        (AppSettings { environment_file: Some("/etc/*.env".to_owned()), ..base() }, "environment_file"),
        (service("ExecStart", "/bin/x"), "use script or command"),
        (service("MemoryMax", "1\nExecStartPre=/bin/x"), "line break"),
        (service("MemoryMax", "1\r"), "line break"),
        (service("MemoryMax", "1\0"), "NUL"),
        (service("MemoryMax", "1\\"), "backslash"),
        (service("Memory=Max", "1"), "setting"),
        (service("A\n[X", "1"), "setting"),
        (section("A]\n[Service"), "section"),
        (section(OWNER_SECTION), OWNER_SECTION),
    ] {
        let shown = format!("{settings:?}");
        let error = check(settings).expect_err(&shown);
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.to_string().contains(reason), "{shown}: {error}");
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
        let app =
            check(AppSettings { max_restarts, min_uptime, restart_delay: delay, ..with_script("a.py") })
                .unwrap();
        assert_eq!(app.start_limit_interval(), Duration::from_secs(seconds));
        // The launch after the last one allowed comes before the end of the window, if all were too short.
        let launch = app.min_uptime.unwrap_or(Duration::from_secs(1)) + app.restart_delay;
        assert!(launch * app.max_restarts <= app.start_limit_interval());
    }
}

#[test]
fn extra_replaces_defaults_and_adds_to_lists() {
    let app =
        check(AppSettings { extra: Some(extra("Service", "Type", &["notify"])), ..with_script("a.py") })
            .unwrap();
    assert_eq!(render(&app, Scope::System, "p-").unwrap().get_all("Service", "Type"), ["notify"]);
    let lines = ["A=%h", "", "B=2"];
    let app =
        check(AppSettings { extra: Some(extra("Service", "Environment", &lines)), ..with_script("a.py") })
            .unwrap();
    let file = render(&app, Scope::System, "p-").unwrap();
    assert_eq!(file.get_all("Service", "Environment"), ["B=2"]);
    assert_eq!(read_app(&file).unwrap().unwrap(), app);
    let app =
        check(AppSettings { extra: Some(extra("Unit", "After", &["db.service"])), ..with_script("a.py") })
            .unwrap();
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
    let app =
        check(AppSettings { env: Some([("A".to_owned(), "1".to_owned())].into()), ..with_script("a.exe") })
            .unwrap();
    let mut changed = render(&app, Scope::User, "pm2-").unwrap();
    changed.set("Service", "Environment", "A=2 B=3").unwrap();
    assert_eq!(read_app(&changed).unwrap().unwrap().env["B"], "3");
    changed.set("Service", "Environment", "A=%h").unwrap();
    assert!(read_app(&changed).is_err());
}

#[test]
fn keys_are_the_fields() {
    let mut full = check(AppSettings {
        environment_file: Some("e.env".to_owned()),
        user: Some("a".to_owned()),
        group: Some("b".to_owned()),
        min_uptime: Some(1.0),
        kill_signal: Some("int".to_owned()),
        description: Some("d".to_owned()),
        args: Some(words(&["1"])),
        interpreter_args: Some(words(&["1"])),
        ..with_script("a.py")
    })
    .unwrap()
    .settings();
    full.command = Some(words(&["x"]));
    let shown = format!("{full:?}");
    let mut rest = shown.as_str();
    for key in KEYS {
        let (_, after) = rest.split_once(&format!(" {key}: ")).unwrap_or_else(|| panic!("{key}: {shown}"));
        rest = after;
    }
    assert_eq!(full.kill_signal.as_deref(), Some("SIGINT"));
}
