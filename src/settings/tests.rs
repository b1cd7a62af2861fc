use super::*;
use crate::error::Kind;

fn resolve(arguments: &Arguments, variables: &[(&str, &str)]) -> Result<Settings> {
    Settings::resolve(arguments, |name| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
    })
}

fn seconds(count: u64) -> Timeout {
    Timeout::After(Duration::from_secs(count))
}

#[test]
fn defaults_without_arguments_and_variables() {
    for variables in [&[][..], &[(BACKEND, ""), (TIMEOUT, ""), (MONITORING, "")]] {
        let settings = resolve(&Arguments::default(), variables).unwrap();
        assert_eq!(settings.backend, Setting { value: BackendChoice::Auto, source: Source::Default });
        assert_eq!(settings.timeout, Setting { value: seconds(30), source: Source::Default });
        assert_eq!(settings.monitoring, Setting { value: true, source: Source::Default });
    }
}

#[test]
fn variables_are_read() {
    let backends =
        [("auto", BackendChoice::Auto), ("dbus", BackendChoice::Dbus), ("command", BackendChoice::Command)];
    for (text, value) in backends {
        let settings = resolve(&Arguments::default(), &[(BACKEND, text)]).unwrap();
        assert_eq!(settings.backend, Setting { value, source: Source::Environment(BACKEND) });
    }
    for (text, value) in [("5", seconds(5)), ("1min 30s", seconds(90)), ("infinity", Timeout::Never)] {
        let settings = resolve(&Arguments::default(), &[(TIMEOUT, text)]).unwrap();
        assert_eq!(settings.timeout, Setting { value, source: Source::Environment(TIMEOUT) });
    }
    let switches = [("1", true), ("Yes", true), ("TRUE", true), ("on", true)];
    for (text, value) in
        switches.into_iter().chain([("0", false), ("No", false), ("FALSE", false), ("off", false)])
    {
        let settings = resolve(&Arguments::default(), &[(MONITORING, text)]).unwrap();
        assert_eq!(settings.monitoring, Setting { value, source: Source::Environment(MONITORING) });
    }
}

#[test]
fn arguments_win_even_over_wrong_variables() {
    let arguments = Arguments {
        backend: Some(BackendChoice::Command),
        timeout: Some(Timeout::Never),
        monitoring: Some(false),
    };
    for variables in [
        [(BACKEND, "dbus"), (TIMEOUT, "1s"), (MONITORING, "yes")],
        [(BACKEND, "wrong"), (TIMEOUT, "wrong"), (MONITORING, "wrong")],
    ] {
        let settings = resolve(&arguments, &variables).unwrap();
        let text = "backend=command (argument), timeout=infinity (argument), monitoring=no (argument)";
        assert_eq!(settings.to_string(), text);
    }
}

#[test]
fn the_log_line_says_where_each_value_came_from() {
    let arguments = Arguments { monitoring: Some(true), ..Arguments::default() };
    let settings = resolve(&arguments, &[(TIMEOUT, "90")]).unwrap();
    let text = "backend=auto (default), timeout=1min 30s (PM2GO_DBUS_TIMEOUT), monitoring=yes (argument)";
    assert_eq!(settings.to_string(), text);
}

#[test]
fn wrong_values_name_the_variable_the_value_and_what_is_allowed() {
    for (variable, value, allowed) in [
        (BACKEND, "bus", "\"auto\", \"dbus\" or \"command\""),
        (BACKEND, "AUTO", "\"auto\", \"dbus\" or \"command\""),
        (TIMEOUT, "soon", "\"infinity\""),
        (TIMEOUT, "-1s", "\"infinity\""),
        (MONITORING, "maybe", "1, yes, true or on; or 0, no, false or off"),
    ] {
        let error = resolve(&Arguments::default(), &[(variable, value)]).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        for part in [variable, value, allowed] {
            assert!(error.to_string().contains(part), "{part:?} is not in {error}");
        }
    }
}

#[test]
fn a_value_that_is_not_text_is_wrong() {
    use std::os::unix::ffi::OsStringExt;
    let error =
        Settings::resolve(&Arguments::default(), |_| Some(OsString::from_vec(vec![b'a', 0xff]))).unwrap_err();
    assert!(error.to_string().contains("a\u{fffd}"), "{error}");
}

#[test]
fn a_timeout_of_zero_is_refused() {
    let from_variable = resolve(&Arguments::default(), &[(TIMEOUT, "0s")]).unwrap_err();
    assert!(from_variable.to_string().contains(TIMEOUT));
    let arguments = Arguments { timeout: Some(seconds(0)), ..Arguments::default() };
    assert_eq!(resolve(&arguments, &[]).unwrap_err().kind(), Kind::Config);
}

#[test]
fn names_are_read_back() {
    for choice in [BackendChoice::Auto, BackendChoice::Dbus, BackendChoice::Command] {
        assert_eq!(choice.to_string().parse(), Ok(choice));
    }
    for timeout in [seconds(1), seconds(3661), Timeout::Never] {
        assert_eq!(timeout.to_string().parse(), Ok(timeout));
    }
}
