//! What is wrong with an app is told at once, each with its key, and without the values.

use super::*;
use crate::app::key::{Keys as _, Reader, keys, read_keys};

fn problems(app: impl Into<Input>) -> Vec<(String, String)> {
    let error = AppConfig::check_file(app, &Table).unwrap_err();
    let problems = error.facts().problems.iter();
    problems.map(|problem| (problem.key.clone(), problem.message.clone())).collect()
}

#[test]
fn all_is_told_at_once() {
    let app = json!({
        "name": "a b",
        "scirpt": "a.py",
        "script": "missing.py",
        "args": ["a", true, null],
        "env": {"A": {}, "B": 1, "C": [2]},
        "kill_timeout": 0,
        "restart_delay": 5000,
        "cron_restart": "0 * * * *",
        "user": "a b",
        "extra": {"Service": {"MemoryMax": "lots", "User": "x", "Nice": 5}, "X-Pm2go": {}},
    });
    let found = problems(app.clone());
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    let expected = [
        "restart_delay",
        "cron_restart",
        "name",
        "args[1]",
        "args[2]",
        "env.A",
        "env.C",
        "user",
        "kill_timeout",
        "scirpt",
        "script",
    ];
    for key in expected {
        assert!(keys.contains(&key), "{key}: {keys:?}");
    }
    assert!(found.len() > expected.len(), "what systemd would refuse is told with it: {keys:?}");
    let error = AppConfig::check_file(app, &Table).unwrap_err();
    assert!(error.facts().message.starts_with(&format!("the app has {} mistakes: ", found.len())));
    for (key, message) in found {
        let name = key.rsplit(['.', '[']).next().unwrap_or_default().trim_end_matches(']');
        assert!(message.contains(name), "{key}: {message}");
    }
}

#[test]
fn what_follows_from_a_mistake_is_no_other() {
    for (app, key) in [
        (json!({"name": "api", "script": {}}), "script"),
        (json!({"name": "api", "command": "sleep 1"}), "command"),
        (json!({"name": "api", "script": "a.py", "cwd": true, "environment_file": "x"}), "cwd"),
        (json!({"name": [], "script": "a.py"}), "name"),
        (
            json!({"name": "api", "script": "a.py", "interpreter": [], "interpreter_args": ["-u"]}),
            "interpreter",
        ),
        (json!({"name": "api", "script": "a.py", "extra": {"Service": []}}), "extra.Service"),
        (json!({"apps": [], "name": "api"}), "no problem of a key"),
    ] {
        let found: Vec<String> = problems(app.clone()).into_iter().map(|(key, _)| key).collect();
        let expected: Vec<&str> = if key.contains(' ') { vec![] } else { vec![key] };
        assert_eq!(found, expected, "{app}");
    }
}

/// What stands in a path is looked for on the machine and named; no other value is ever told.
#[test]
fn no_value_is_told() {
    const SECRET: &str = "hunter2 \u{1}\n%:";
    let paths = ["script", "command", "interpreter", "cwd", "environment_file"];
    let mut told = 0;
    for key in AppKeys::names().filter(|key| !paths.contains(key)) {
        for value in [
            json!(SECRET),
            json!([SECRET]),
            json!([[SECRET]]),
            json!({"A": SECRET}),
            json!({"A=hunter2": ""}),
            json!({"A": [SECRET]}),
            json!({"Service": {"Nice": SECRET, "MemoryMax": "hunter2", "Environment": "hunter2"}}),
            json!({"Unit": {"After": "hunter2"}, "Service": {"Type": "hunter2", "ExecStartPre": "hunter2"}}),
        ] {
            let app = with(json!({key: value}));
            for result in [AppConfig::check(app.clone(), &Table), AppConfig::check_file(app, &Table)] {
                if let Err(error) = result {
                    told += 1;
                    assert!(!format!("{error:?} {error}").contains("hunter2"), "{key}: {error}");
                    assert!(error.facts().problems.iter().all(|problem| problem.key.starts_with(key)));
                }
            }
        }
    }
    let unknown = problems(with(json!({"TOKEN=hunter2": ""})));
    assert_eq!(unknown, [("TOKEN=...".to_owned(), "an app has no 'TOKEN=...'".to_owned())]);
    assert!(told > 100, "{told}");
}

keys! {
    /// When an app counts as up: keys in keys, as they are to come.
    struct Probe {
        /// What to ask.
        pub url: Line,
        /// How long to wait between two questions.
        pub interval: Limit = Limit(Duration::from_secs(200)),
    }
}

keys! {
    /// A table with a table in it.
    struct Outer {
        /// It may be left out.
        pub ready: Option<Probe>,
    }
}

fn outer(given: Json) -> Result<Outer> {
    let mut reader = Reader::default();
    let found = read_keys::<Outer>(given.into(), &mut reader).unwrap_or_default();
    reader.problems.into_result("").map(|()| found)
}

#[test]
fn keys_may_have_keys_in_them() {
    for (given, key, told) in [
        (json!({"ready": {"ulr": "x", "url": "x"}}), "ready.ulr", "ready has no 'ulr'; did you mean url?"),
        (json!({"ready": {}}), "ready.url", "ready has no url"),
        (
            json!({"ready": {"url": "x", "interval": "secret"}}),
            "ready.interval",
            "ready.interval is no time span",
        ),
        (
            json!({"ready": {"url": "x", "interval": true}}),
            "ready.interval",
            "ready.interval is a truth value",
        ),
        (json!({"ready": "x"}), "ready", "ready is one text"),
    ] {
        let error = outer(given).err().unwrap();
        assert_eq!(error.facts().problems[0].key, key);
        assert!(error.to_string().contains(told) && !error.to_string().contains("secret"), "{error}");
    }
    let found = outer(json!({"ready": {"url": "x"}})).unwrap();
    let described = Json::Object(found.described_table());
    assert_eq!(described, json!({"ready": {"url": "x", "interval": "200s"}}));
    assert!(outer(described).unwrap() == found);
    assert!(outer(json!({"ready": null})).unwrap().ready.is_none());
    let schema = Outer::table_schema();
    assert_eq!(schema["properties"]["ready"]["required"], json!(["url"]));
    assert_eq!(schema["properties"]["ready"]["properties"]["interval"]["default"], json!("200s"));
}
