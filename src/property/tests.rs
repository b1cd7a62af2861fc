use super::*;

fn text(text: &str) -> Input {
    Input::Text(text.to_owned())
}

/// Name, signature and value of what is sent, as a line.
fn sent(name: &str, value: &Input) -> Result<Vec<String>> {
    let mut assignments = Assignments::default();
    assignments.add(name, value)?;
    let line = |property: Value| {
        let Value::Tuple(fields) = property else { panic!() };
        let [Value::Text(name), Value::Variant(signature, value)] = &fields[..] else { panic!() };
        format!("{name} {signature} {}", shown(value))
    };
    Ok(assignments.sent()?.into_iter().map(line).collect())
}

fn shown(value: &Value) -> String {
    let all = |values: &[Value]| values.iter().map(shown).collect::<Vec<_>>().join(" ");
    match value {
        Value::Boolean(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Unsigned(u64::MAX) => "max".to_owned(),
        Value::Unsigned(number) => number.to_string(),
        Value::Text(text) => format!("'{text}'"),
        Value::Bytes(bytes) => format!("{bytes:?}"),
        Value::List(items) => format!("[{}]", all(items)),
        Value::Tuple(fields) => format!("({})", all(fields)),
        other => panic!("{other:?}"),
    }
}

fn list(items: &[&str]) -> Input {
    Input::List(items.iter().map(|item| text(item)).collect())
}

fn are_sent(rows: &[(&str, Input, &str)]) {
    for (name, value, expected) in rows {
        let found = sent(name, value).map(|lines| lines.join(", "));
        assert_eq!(found.as_deref(), Ok(*expected), "{name}");
    }
}

#[test]
fn limits_are_sent_as_systemctl_sends_them() {
    let [yes, no] = [Input::Boolean(true), Input::Boolean(false)];
    are_sent(&[
        ("Description", text("a b"), "Description s 'a b'"),
        ("CPUAccounting", yes, "CPUAccounting b true"),
        ("CPUAccounting", text("off"), "CPUAccounting b false"),
        ("MemoryMax", text("512M"), "MemoryMax t 536870912"),
        ("MemoryMax", Input::Whole(1024), "MemoryMax t 1024"),
        ("MemoryMax", text("50%"), "MemoryMaxScale u 2147483648"),
        ("MemoryMax", text("infinity"), "MemoryMax t max"),
        ("MemoryMax", Input::Number(f64::INFINITY, "inf".to_owned()), "MemoryMax t max"),
        ("MemoryMax", Input::Null, "MemoryMax t max"),
        ("MemoryLow", Input::Null, "MemoryLow t 0"),
        ("TasksMax", Input::Whole(7), "TasksMax t 7"),
        ("CPUQuota", text("20%"), "CPUQuotaPerSecUSec t 200000"),
        ("CPUWeight", text("idle"), "CPUWeight t 0"),
        ("RuntimeMaxSec", Input::Span(90.5), "RuntimeMaxUSec t 90500000"),
        ("RuntimeMaxSec", Input::Whole(3), "RuntimeMaxUSec t 3000000"),
        ("RuntimeMaxSec", Input::Number(1e-6, "1e-06".to_owned()), "RuntimeMaxUSec t 1"),
        ("RuntimeMaxSec", text("infinity"), "RuntimeMaxUSec t max"),
        ("TimerSlackNSec", Input::Whole(50), "TimerSlackNSec t 50"),
        ("UMask", Input::Whole(0o22), "UMask u 18"),
        ("UMask", text("0077"), "UMask u 63"),
        (
            "LimitNOFILE",
            Input::List(vec![Input::Whole(5), Input::Whole(9)]),
            "LimitNOFILE t 9, LimitNOFILESoft t 5",
        ),
        ("LimitNICE", Input::Whole(-5), "LimitNICE t 25, LimitNICESoft t 25"),
        ("DeviceAllow", list(&["/dev/null", "rw"]), "DeviceAllow a(ss) [('/dev/null' 'rw')]"),
        (
            "DeviceAllow",
            list(&["/dev/null", "/dev/zero r"]),
            "DeviceAllow a(ss) [('/dev/null' '')], DeviceAllow a(ss) [('/dev/zero' 'r')]",
        ),
        ("DeviceAllow", Input::List(Vec::new()), "DeviceAllow a(ss) []"),
        (
            "IOReadBandwidthMax",
            Input::Table(vec![(text("/dev/sda"), text("5M"))]),
            "IOReadBandwidthMax a(st) [('/dev/sda' 5000000)]",
        ),
        (
            "IOReadBandwidthMax",
            Input::List(vec![text("/dev/sda"), Input::Whole(7)]),
            "IOReadBandwidthMax a(st) [('/dev/sda' 7)]",
        ),
        (
            "IODeviceLatencyTargetSec",
            text("/dev/sda 25ms"),
            "IODeviceLatencyTargetUSec a(st) [('/dev/sda' 25000)]",
        ),
        (
            "IPAddressDeny",
            text("any"),
            "IPAddressDeny a(iayu) [(2 [0, 0, 0, 0] 0) (10 [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] 0)]",
        ),
        (
            "IPAddressAllow",
            list(&["10.0.0.0/8", "127.0.0.1"]),
            "IPAddressAllow a(iayu) [(2 [10, 0, 0, 0] 8) (2 [127, 0, 0, 1] 32)]",
        ),
        ("AllowedCPUs", text("0-2,8"), "AllowedCPUs ay [7, 1]"),
        ("Delegate", list(&["cpu", "memory"]), "DelegateControllers as ['cpu' 'memory']"),
        ("Delegate", no, "Delegate b false"),
    ]);
}

#[test]
fn what_runs_is_sent_as_systemctl_sends_it() {
    are_sent(&[
        (
            "Environment",
            Input::Table(vec![(text("A"), text("b \"c\"")), (text("B"), Input::Whole(1))]),
            "Environment as ['A=b \"c\"' 'B=1']",
        ),
        ("Environment", list(&["A=b c", "B=d\ne"]), "Environment as ['A=b c' 'B=d\ne']"),
        ("EnvironmentFile", text("-/etc/a"), "EnvironmentFiles a(sb) [('/etc/a' true)]"),
        (
            "ExecStart",
            list(&["/bin/echo", "a b", "$X", "%n"]),
            "ExecStartEx a(sasas) [('/bin/echo' ['/bin/echo' 'a b' '$X' '%n'] ['no-env-expand'])]",
        ),
        (
            "ExecStop",
            text("-/bin/echo \"a b\""),
            "ExecStopEx a(sasas) [('/bin/echo' ['/bin/echo' 'a b'] ['ignore-failure'])]",
        ),
        ("ExecStop", text("@/bin/sh me -c true"), "ExecStopEx a(sasas) [('/bin/sh' ['me' '-c' 'true'] [])]"),
        ("StandardOutput", text("append:/a"), "StandardOutputFileToAppend s '/a'"),
        ("StandardInput", text("null"), "StandardInput s 'null'"),
        ("KillSignal", text("sigint"), "KillSignal i 2"),
        ("SuccessExitStatus", list(&["75", "SIGHUP"]), "SuccessExitStatus (aiai) ([75] [1])"),
        ("SyslogLevel", text("warning"), "SyslogLevel i 4"),
        ("SyslogFacility", text("local0"), "SyslogFacility i 16"),
        ("CPUSchedulingPolicy", text("batch"), "CPUSchedulingPolicy i 3"),
        ("CapabilityBoundingSet", text("CAP_CHOWN cap_kill"), "CapabilityBoundingSet t 33"),
        ("RestrictNamespaces", Input::Boolean(true), "RestrictNamespaces t 0"),
        ("SystemCallFilter", text("~@mount"), "SystemCallFilter (bas) (false ['@mount'])"),
        ("BindPaths", text("/a:/b"), "BindPaths a(ssbt) [('/a' '/b' false 16384)]"),
        ("OnActiveSec", text("5min"), "TimersMonotonic a(st) [('OnActiveSec' 300000000)]"),
        ("OnCalendar", text("daily"), "TimersCalendar a(ss) [('OnCalendar' 'daily')]"),
        ("PathExists", text("/a"), "Paths a(ss) [('PathExists' '/a')]"),
        ("ListenStream", Input::Whole(80), "Listen a(ss) [('Stream' '80')]"),
        ("ConditionPathExists", text("|!/a"), "Conditions a(sbbs) [('ConditionPathExists' true true '/a')]"),
        ("TimeoutSec", text("5"), "TimeoutStartUSec t 5000000, TimeoutStopUSec t 5000000"),
        ("After", list(&["a.service", "b.target"]), "After as ['a.service' 'b.target']"),
        ("IPIngressFilterPath", text("/a b"), "IPIngressFilterPath as ['/a b']"),
        ("ImportCredential", text("a b*"), "ImportCredential as ['a b*']"),
        ("ImportCredential", text(""), "ImportCredential as []"),
        ("ReceiveBuffer", text("8M"), "ReceiveBuffer t 8388608"),
        ("MessageQueueMaxMessages", Input::Whole(7), "MessageQueueMaxMessages x 7"),
        ("SocketProtocol", text("sctp"), "SocketProtocol i 132"),
        ("PIDs", Input::List(vec![Input::Whole(7), Input::Whole(8)]), "PIDs au [7 8]"),
    ]);
}

#[test]
fn what_cannot_be_is_told_with_the_next_step() {
    let secret = "s3cret";
    for (name, value, hint) in [
        ("MemoyMax", text(secret), "did you mean MemoryMax?"),
        ("RuntimeMaxUSec", text(secret), "did you mean RuntimeMaxSec?"),
        ("MemoryMaxScale", text(secret), "did you mean MemoryMax?"),
        ("CPUQuotaPerSecUSec", text(secret), "did you mean CPUQuota?"),
        ("Nonsense", text(secret), "MemoryMax"),
        ("", text(secret), "MemoryMax"),
        ("MemoryMax", text(secret), "300M\" or"),
        ("MemoryMax", Input::Boolean(true), "infinity"),
        ("MemoryMax", Input::List(vec![text("1M"), text("2M")]), "one value"),
        ("RuntimeMaxSec", text(secret), "1min 30s"),
        ("RuntimeMaxSec", Input::Number(-1.0, "-1.0".to_owned()), "not negative"),
        ("RuntimeMaxSec", Input::Number(f64::NAN, "nan".to_owned()), "not negative"),
        ("CPUWeight", Input::Whole(0), "1 to 10000"),
        ("CPUWeight", Input::Whole(i64::MIN), "1 to 10000"),
        ("IOReadBandwidthMax", text("/dev/sda"), "amount"),
        ("DeviceAllow", text("/etc/passwd rwm"), "/dev/null"),
        ("DeviceAllow", text("/dev/null x"), "/dev/null"),
        ("IPAddressAllow", text("10.0.0.0/33"), "10.0.0.0/8"),
        ("AllowedCPUs", text("3-1"), "0-3"),
        ("AllowedCPUs", text("0-4294967295"), "0-3"),
        ("ExecStart", text("echo"), "absolute"),
        ("ExecStart", text("/bin/echo \"a"), "quote"),
        ("Environment", Input::Table(vec![(text("1A"), text(secret))]), "digit"),
        ("Description", text("a\nExecStart=/bin/evil"), "line break"),
        ("KillSignal", text("SIGNOTHING"), "SIGINT"),
        ("LimitNOFILE", text("9:5"), "soft"),
        ("CapabilityBoundingSet", text("CAP_NOTHING"), "CAP_NET"),
        ("MemoryMax", Input::Other("object".to_owned()), "object"),
        ("MemoryMax", Input::NotUtf8, "surrogate"),
        ("MemoryMax", Input::Table(Vec::new()), "mapping"),
        ("OnCalendar", text("Mon 25:00"), "no calendar expression"),
        ("SocketProtocol", text(secret), "udplite"),
        ("IPEgressFilterPath", text(secret), "absolute"),
    ] {
        let error = sent(name, &value).expect_err(name);
        let told = error.to_string();
        assert_eq!(error.kind(), crate::error::Kind::Config);
        assert!(!told.contains(secret), "{told}");
        assert!(told.contains(hint), "{told}");
        assert!(name.is_empty() || told.contains(name), "{told}");
        assert!(error.facts().hint.is_some(), "{told}");
    }
    for (name, meant) in
        [("MemoyMax", "MemoryMax"), ("RuntimeMaxUSec", "RuntimeMaxSec"), ("CPUQuotaPerSecUSec", "CPUQuota")]
    {
        let hint = sent(name, &Input::Null).unwrap_err().facts().hint.clone().unwrap().to_string();
        assert_eq!(hint, format!("did you mean {meant}?"));
    }
}

#[test]
fn a_table_of_values_is_what_is_given() {
    for (given, error) in [
        (Input::Null, None),
        (Input::Table(vec![(text("MemoryMax"), text("1M"))]), None),
        (text("MemoryMax=1M"), Some("properties is one text")),
        (Input::Table(vec![(Input::Whole(1), text("1M"))]), Some("the name of a property is a number")),
    ] {
        let found = Assignments::read(given).err();
        assert_eq!(found.map(|error| error.facts().message.clone()).as_deref(), error);
    }
}

#[test]
fn every_setting_is_there_once_and_can_be_encoded() {
    let mut names: Vec<_> = table::names().collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    let values = [
        "",
        "yes",
        "1",
        "0755",
        "/dev/null 1",
        "/dev/null r",
        "any",
        "5%",
        "a:b",
        "SIGINT",
        "/bin/true",
        "CAP_KILL",
    ];
    for name in names {
        let mut some = Assignments::default();
        let taken = values.iter().filter(|value| some.add_text(name, (**value).to_owned()).is_ok()).count();
        assert!(taken > 0, "{name}");
        let value = Value::List(some.sent().unwrap());
        crate::bus::encode::encode(SIGNATURE.as_bytes(), &value, &mut crate::bus::encode::Body::default())
            .unwrap();
    }
}

#[test]
fn as_an_argument_they_are_the_same() {
    let mut some = Assignments::default();
    some.add("Environment", &text("A=b")).unwrap();
    some.add("MemoryMax", &text("5M")).unwrap();
    assert_eq!(Assignments::of_value(&some.to_value()).unwrap(), some);
    assert_eq!(some.words().collect::<Vec<_>>(), ["Environment=A=b", "MemoryMax=5M"]);
    assert_eq!(format!("{some:?}"), "[\"Environment\", \"MemoryMax\"]");
    assert!(Assignments::of_value(&Value::Null).is_err());
}

proptest::proptest! {
    /// Any text for any setting is taken or refused, and what was taken can be sent.
    #[test]
    fn any_text_is_taken_or_refused(at in 0_usize..1000, value in "[0-9a-z%:~ ,/\"'\\\\-]{0,12}|\\PC{0,12}") {
        let names: Vec<_> = table::names().collect();
        let mut some = Assignments::default();
        if some.add_text(names[at % names.len()], value).is_ok() {
            some.sent().unwrap();
        }
    }

    #[test]
    fn a_quoted_word_is_one_word(word in "[^\0]{1,20}") {
        let words = crate::unit_file::words(&written::quoted(&word)).unwrap();
        proptest::prop_assert_eq!(words, [word]);
    }
}
