use std::collections::HashSet;

use super::*;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn texts(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| text(item)).collect())
}

fn properties(pairs: &[(&str, &str)]) -> Value {
    Value::List(pairs.iter().map(|(name, value)| Value::Tuple(vec![text(name), text(value)])).collect())
}

#[test]
fn every_row_is_whole() {
    let mut names = HashSet::new();
    for verb in all() {
        assert!(names.insert(verb.name), "{} twice", verb.name);
        assert!(!verb.method.is_empty() && !verb.act.is_empty() && !verb.noun.is_empty(), "{}", verb.name);
        // What is followed by something else must not be asked again once it was sent.
        assert_eq!(verb.changes_files(), verb.repeat == Repeat::UnlessSent, "{}", verb.name);
        let everybody_may = matches!(verb.asks, Polkit::Nothing | Polkit::BypassDumpRatelimit);
        assert_eq!(verb.repeat == Repeat::Always, everybody_may, "{}", verb.name);
        assert_eq!(named(verb.name).unwrap().method, verb.method);
        let other = verb.without_descriptors;
        // What is asked instead takes the same, and passes none itself.
        assert_eq!(verb.passes_descriptors(), other.is_some(), "{}", verb.name);
        assert!(other.is_none_or(|other| !other.passes_descriptors() && other.name == verb.name));
    }
    assert!(named("").is_none());
}

#[test]
fn how_systemctl_is_asked() {
    let (yes, no) = (Value::Boolean(true), Value::Boolean(false));
    for (verb, arguments, expected) in [
        (
            "kill_unit",
            vec![text("a.service"), text("main"), Value::Integer(9)],
            "kill --kill-who=main --signal=9 -- a.service",
        ),
        (
            "queue_signal_unit",
            vec![text("a.service"), text("all"), Value::Integer(34), Value::Integer(-5)],
            "kill --kill-who=all --signal=34 --kill-value=-5 -- a.service",
        ),
        (
            "enable_unit",
            vec![texts(&["a.service", "/b.service"]), no.clone(), yes.clone()],
            "enable --no-reload --force -- a.service /b.service",
        ),
        (
            "disable_unit",
            vec![texts(&["a.service"]), yes.clone()],
            "disable --no-reload --runtime -- a.service",
        ),
        (
            "preset_unit",
            vec![texts(&["a.service"]), text("full"), no.clone(), no.clone()],
            "preset --no-reload --preset-mode=full -- a.service",
        ),
        (
            "set_unit_properties",
            vec![
                text("a.service"),
                yes.clone(),
                properties(&[("MemoryMax", "5M"), ("Environment", "A=b c")]),
            ],
            "set-property --runtime -- a.service MemoryMax=5M Environment=A=b c",
        ),
        (
            "kill_unit_subgroup",
            vec![text("a.service"), text("cgroup"), text("b/c"), Value::Integer(9)],
            "kill --kill-who=cgroup --signal=9 --kill-subgroup=b/c -- a.service",
        ),
        ("get_unit_file_state", vec![text("a.service")], "is-enabled -- a.service"),
        ("cancel_job", vec![Value::Integer(7)], "cancel -- 7"),
        ("daemon_reload", vec![], "daemon-reload"),
        (
            "preset_all_units",
            vec![text("enable-only"), no.clone(), yes.clone()],
            "preset-all --no-reload --force --preset-mode=enable-only",
        ),
        (
            "add_unit_dependencies",
            vec![texts(&["a.service", "b.timer"]), text("c.target"), text("Wants"), no.clone(), no.clone()],
            "add-wants --no-reload -- c.target a.service b.timer",
        ),
        (
            "add_unit_dependencies",
            vec![texts(&["a.service"]), text("c.target"), text("Requires"), yes.clone(), no],
            "add-requires --no-reload --runtime -- c.target a.service",
        ),
        ("set_default_target", vec![text("a.target"), yes], "set-default --no-reload -- a.target"),
    ] {
        let (Systemctl::Words(words)
        | Systemctl::WordsAndAnswer(words, _)
        | Systemctl::WordsAndAnyAnswer(words, _)) = named(verb).unwrap().systemctl
        else {
            panic!("{verb}")
        };
        assert_eq!(words(&arguments).join(" "), expected);
    }
}

#[test]
fn what_systemctl_prints() {
    let Systemctl::WordsAndAnswer(_, read) = named("list_jobs").unwrap().systemctl else { panic!() };
    assert_eq!(read("").unwrap(), Value::List(Vec::new()));
    let printed = "  7 a.service  start running\n12 b\\x2dc.mount stop  waiting\n";
    let Value::List(jobs) = read(printed).unwrap() else { panic!() };
    let Value::Tuple(fields) = &jobs[1] else { panic!() };
    assert_eq!(fields[..4], [Value::Unsigned(12), text("b\\x2dc.mount"), text("stop"), text("waiting")]);
    assert!(read("nonsense\n").is_err());
}

#[test]
fn arguments_are_checked() {
    let id = "0123456789abcdef0123456789abcdef";
    for (kind, given, expected) in [
        (Kind::Unit, text("a"), Some(text("a.service"))),
        (Kind::Unit, text("a b/c"), None),
        (Kind::Unit, Value::Integer(1), None),
        (Kind::Target, text("rescue"), Some(text("rescue.target"))),
        (Kind::Target, text("a.target"), Some(text("a.target"))),
        (Kind::Target, text("a.service"), None),
        (Kind::Dependent, text("rescue"), Some(text("rescue.target"))),
        (Kind::Dependent, text("a.service"), Some(text("a.service"))),
        (Kind::Dependent, text("a/b"), None),
        (Kind::UnitFiles, texts(&["a", "/x/b.timer"]), Some(texts(&["a.service", "/x/b.timer"]))),
        (Kind::UnitFiles, texts(&["x/b.timer"]), None),
        (Kind::UnitFiles, texts(&[]), None),
        (Kind::UnitFiles, Value::List(vec![Value::Null]), None),
        (Kind::Paths, texts(&["a"]), None),
        (Kind::Texts, texts(&["a", ""]), Some(texts(&["a", ""]))),
        (Kind::Word(&["full"]), text("full"), Some(text("full"))),
        (Kind::Word(&["full"]), text("fuller"), None),
        (Kind::Flag, Value::Boolean(true), Some(Value::Boolean(true))),
        (Kind::Flag, Value::Integer(1), None),
        (Kind::Signal, text("int"), Some(Value::Integer(2))),
        (Kind::Signal, Value::Integer(15), Some(Value::Integer(15))),
        (Kind::Signal, Value::Integer(0), None),
        (Kind::Integer, Value::Integer(-7), Some(Value::Integer(-7))),
        (Kind::Integer, Value::Integer(1 << 31), None),
        (Kind::Numbers, Value::List(vec![Value::Integer(5)]), Some(Value::List(vec![Value::Integer(5)]))),
        (Kind::Numbers, Value::List(vec![Value::Integer(0)]), None),
        (Kind::Numbers, Value::List(Vec::new()), None),
        (Kind::Subgroup, text("a/b/"), Some(text("/a/b"))),
        (Kind::Subgroup, text("/"), Some(text(""))),
        (Kind::Subgroup, text("a/../b"), None),
        (Kind::Number, Value::Integer(0), None),
        (Kind::Number, Value::Integer(5), Some(Value::Integer(5))),
        (Kind::Properties, properties(&[("MemoryMax", "5M")]), Some(properties(&[("MemoryMax", "5M")]))),
        (Kind::Properties, properties(&[("MemoryMax", "much")]), None),
        (Kind::Properties, properties(&[]), None),
        (Kind::Id, text(&id[1..]), None),
        (Kind::Id, text(&format!("+{}", &id[1..])), None),
        (Kind::Id, text("é"), None),
    ] {
        let argument = Argument { name: "thing", kind };
        let found = argument.read(given.clone());
        assert_eq!(found.clone().ok(), expected, "{kind:?} {given:?}: {found:?}");
        if let Err(error) = found {
            assert!(error.facts().hint.is_some(), "{error}");
        }
    }
    let uuid = Argument { name: "id", kind: Kind::Id };
    let dashed = "01234567-89ab-cdef-0123-456789abcdef";
    assert_eq!(uuid.read(text(id)).unwrap(), uuid.read(text(dashed)).unwrap());
}
