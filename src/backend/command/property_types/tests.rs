use super::*;

#[test]
fn texts_become_the_values_of_dbus() {
    use Value::{Boolean, Bytes, Integer, List, Null, Text, Tuple, Unsigned};
    let text = |text: &str| Text(text.to_owned());
    // Text and value from systemctl and busctl 252 on the same units.
    for (name, shown, value) in [
        ("Description", "\u{dc}n  x", Some(text("\u{dc}n  x"))),
        ("Description", UNPRINTABLE, None),
        ("NeedDaemonReload", "no", Some(Boolean(false))),
        ("NeedDaemonReload", "maybe", None),
        (
            "Documentation",
            r#""man:foo(1)" https://x.y/z"#,
            Some(List(vec![text("man:foo(1)"), text("https://x.y/z")])),
        ),
        ("DropInPaths", "", Some(List(vec![]))),
        ("ActiveEnterTimestamp", "Mon 2026-11-23 03:22:20.978729 UTC", Some(Unsigned(1_795_404_140_978_729))),
        ("ActiveEnterTimestamp", "", Some(Null)),
        ("ActiveEnterTimestampMonotonic", "0", Some(Null)),
        ("LastTriggerUSec", "", Some(Null)),
        ("TimeoutStartUSec", "1min 30s", Some(Unsigned(90_000_000))),
        ("RuntimeMaxUSec", "infinity", Some(Null)),
        ("MemoryCurrent", "[not set]", Some(Null)),
        ("MemoryCurrent", "4096", Some(Unsigned(4096))),
        ("IOReadBytes", "18446744073709551615", Some(Null)),
        ("IPIngressBytes", "[no data]", Some(Null)),
        ("MemoryLow", "0", Some(Unsigned(0))),
        ("UID", "[not set]", Some(Null)),
        ("MainPID", "41", Some(Unsigned(41))),
        ("MainPID", "-1", None),
        ("Nice", "-5", Some(Integer(-5))),
        ("Nice", "-1", Some(Integer(-1))),
        ("FailureActionExitStatus", "[not set]", Some(Null)),
        ("FailureActionExitStatus", "0", Some(Integer(0))),
        ("NUMAPolicy", "n/a", Some(Null)),
        ("Mark", "-1", Some(Null)),
        ("TriggerLimitBurst", "4294967295", Some(Null)),
        ("TriggerLimitBurst", "20", Some(Unsigned(20))),
        ("UMask", "0077", Some(Unsigned(63))),
        ("InvocationID", "00ff10", Some(Bytes(vec![0, 255, 16]))),
        ("InvocationID", "", Some(Bytes(vec![]))),
        ("InvocationID", "xyz", None),
        ("Job", "", Some(Tuple(vec![Unsigned(0), text("/")]))),
        ("Job", "71", Some(Tuple(vec![Unsigned(71), text("/org/freedesktop/systemd1/job/71")]))),
        // It joins the words of a command line.
        ("ExecStart", "{ path=/bin/true ; argv[]=/bin/true }", None),
        ("NoSuchProperty", "x", None),
    ] {
        assert_eq!(super::value(name, shown), value, "{name}={shown}");
    }
}
