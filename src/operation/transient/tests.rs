use super::*;

fn text(text: &str) -> Input {
    Input::Text(text.to_owned())
}

fn table(rows: &[(&str, Input)]) -> Input {
    Input::Table(rows.iter().map(|(name, value)| (text(name), value.clone())).collect())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn start(name: &str, properties: Input, argv: Option<&[&str]>, auxiliary: Input) -> Result<StartTransient> {
    let unit = UnitName::complete(name)?;
    StartTransient::new(unit, properties, argv.map(words), auxiliary, JobOptions::default())
}

fn trigger(
    unit_type: UnitType,
    what: Triggered,
    name: Option<&str>,
    own: Input,
    service: Input,
) -> Result<StartTransient> {
    StartTransient::trigger(unit_type, what, name, own, service, JobOptions::default())
}

fn refused<T: std::fmt::Debug>(outcome: Result<T>, message: &str, hint: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    assert!(error.facts().message.contains(message), "{error}");
    assert!(error.to_string().contains(hint), "{error}");
}

#[test]
fn what_cannot_be_started_is_told() {
    let nothing = || Input::Null;
    refused(start("a.timer", nothing(), Some(&["true"]), nothing()), "no service", "its service");
    refused(start("a", nothing(), Some(&[]), nothing()), "empty", "program");
    refused(start("a", nothing(), Some(&["a\0"]), nothing()), "zero byte", "leave it out");
    refused(start("a", table(&[("ExecStart", text("/a"))]), Some(&["a"]), nothing()), "argv", "leave one");
    refused(start("a", text("x"), None, nothing()), "properties is one text", "mapping");
    refused(start("a", nothing(), None, text("x")), "auxiliary is one text", "mapping");
    refused(start("a", nothing(), None, table(&[("b/c", nothing())])), "b/c", "");
    refused(
        start("a", nothing(), None, table(&[("b", table(&[("MemoyMax", nothing())]))])),
        "MemoyMax",
        "MemoryMax",
    );
}

#[test]
fn variables_are_for_a_command() {
    let variables = || vec![("A".to_owned(), "s3cret".to_owned())];
    let without = start("a", Input::Null, None, Input::Null).unwrap().with_variables(variables());
    refused(without, "no command", "command");
    let with = start("a", Input::Null, Some(&["true"]), Input::Null).unwrap().with_variables(variables());
    assert!(with.is_ok());
}

#[test]
fn a_scope_has_its_processes_and_its_name() {
    let scope = |pids, name, properties| StartTransient::scope(pids, name, properties, JobOptions::default());
    let own = scope(Vec::new(), None, Input::Null).unwrap();
    assert!(own.is_for_this_process && own.unit.as_str().starts_with("pm2go-scope-"));
    assert_eq!(own.properties.words().collect::<Vec<_>>(), [format!("PIDs={}", std::process::id())]);
    let others = scope(vec![Input::Whole(7), Input::Whole(8)], Some("a"), Input::Null).unwrap();
    assert_eq!((others.unit.as_str(), others.is_for_this_process), ("a.scope", false));
    assert_eq!(others.properties.words().collect::<Vec<_>>(), ["PIDs=7 8"]);
    refused(scope(Vec::new(), Some("a.service"), Input::Null), "a.service is no scope", ".scope");
    refused(scope(vec![Input::Whole(0)], None, Input::Null), "PIDs", "numbers of processes");
    refused(scope(Vec::new(), None, table(&[("PIDs", Input::Whole(1))])), "PIDs", "arguments");
}

#[test]
fn a_trigger_has_the_name_of_its_service() {
    let command = || Triggered::Command(words(&["true"]));
    let service = |name: &str| Triggered::Service(name.parse().unwrap());
    let daily = || table(&[("OnCalendar", text("daily"))]);
    let timer =
        trigger(UnitType::Timer, command(), Some("a"), daily(), table(&[("MemoryMax", text("1M"))])).unwrap();
    assert_eq!(timer.unit.as_str(), "a.timer");
    assert_eq!(timer.properties.words().collect::<Vec<_>>(), ["OnCalendar=daily", "RemainAfterElapse=no"]);
    let [(name, settings)] = &timer.auxiliary[..] else { panic!() };
    assert_eq!(
        (name.as_str(), settings.words().collect::<Vec<_>>()),
        ("a.service", words(&["MemoryMax=1M"]))
    );
    let of_file = trigger(UnitType::Timer, service("b@c.service"), None, daily(), Input::Null).unwrap();
    assert_eq!((of_file.unit.as_str(), of_file.auxiliary.len()), ("b@c.timer", 0));
    let listens = || table(&[("ListenStream", Input::Whole(80)), ("Accept", Input::Boolean(true))]);
    let socket = trigger(UnitType::Socket, service("b@.service"), None, listens(), Input::Null).unwrap();
    assert_eq!(socket.unit.as_str(), "b.socket");
    let kind = UnitType::Timer;
    refused(trigger(kind, command(), Some("a.path"), daily(), Input::Null), "a.path is no timer", ".timer");
    refused(trigger(kind, command(), None, Input::Null, Input::Null), "nothing says when", "on_calendar");
    refused(
        trigger(UnitType::Path, command(), None, daily(), Input::Null),
        "nothing says when",
        "path_exists",
    );
    refused(trigger(UnitType::Socket, command(), None, listens(), Input::Null), "accepts", "template");
    refused(trigger(kind, service("a.target"), None, daily(), Input::Null), "no target", "service");
    refused(trigger(kind, service("a.service"), Some("b"), daily(), Input::Null), "its name", "name");
    refused(trigger(kind, service("a.service"), None, daily(), daily()), "its file", "command");
}
