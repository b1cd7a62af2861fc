use super::*;

fn host(text: &str) -> Host {
    text.parse().unwrap()
}

fn line(words: &[String]) -> String {
    words.join(" ")
}

#[test]
fn hosts_are_read_as_ssh_reads_them() {
    for (text, command) in [
        ("web1", "ssh -xT -oServerAliveInterval=15 -oBatchMode=yes -- web1"),
        ("me@web1", "ssh -xT -oServerAliveInterval=15 -oBatchMode=yes -- me@web1"),
        ("me@web1:2222", "ssh -xT -oServerAliveInterval=15 -oBatchMode=yes -p2222 -- me@web1"),
        ("a@b@web1", "ssh -xT -oServerAliveInterval=15 -oBatchMode=yes -- a@b@web1"),
        ("::1", "ssh -xT -oServerAliveInterval=15 -oBatchMode=yes -- ::1"),
        ("me@[fe80::1%eth0]:22", "ssh -xT -oServerAliveInterval=15 -oBatchMode=yes -p22 -- me@fe80::1%eth0"),
    ] {
        assert_eq!(line(&host(text).command(false)), command, "{text}");
    }
    assert_eq!(host("me@[::1]:22").to_string(), "me@[::1]:22");
    assert_eq!(line(&host("web1").command(true)), "ssh -xT -oServerAliveInterval=15 -- web1");
}

#[test]
fn what_is_no_host_is_refused() {
    for text in [
        "",
        "-oProxyCommand=x",
        "me@-oProxyCommand=x",
        "a b",
        "a\nb",
        "web1;id",
        "$(id)",
        "web1:",
        "web1:0",
        "web1:99999",
        "web1:ssh",
        "me@",
        "@web1",
        ":22",
        "web1/container",
        "it's",
    ] {
        let error = text.parse::<Host>().unwrap_err();
        assert!(error.facts().hint.is_some(), "{text}");
        assert!(error.to_string().starts_with("host is "), "{error}");
    }
    for text in ["", "-x", "a b", "a@b", "a;b", "a/b", "ü"] {
        assert!(Location::new(None, Some(text), None).unwrap_err().to_string().starts_with("machine is "));
        assert!(Location::new(None, None, Some(text)).unwrap_err().to_string().starts_with("user is "));
    }
}

#[test]
fn each_place_is_reached_in_its_way() {
    let ssh = "ssh -xT -oServerAliveInterval=15 -oBatchMode=yes -- web1";
    for (of, scope, bridge, options) in [
        (
            (None, Some("c1"), None),
            Scope::System,
            "systemd-stdio-bridge --machine=c1".to_owned(),
            "--machine=c1",
        ),
        (
            (None, Some("c1"), Some("me")),
            Scope::User,
            "systemd-stdio-bridge --user --machine=me@c1".to_owned(),
            "--machine=me@c1",
        ),
        ((Some("web1"), None, None), Scope::System, format!("{ssh} systemd-stdio-bridge"), "--host=web1"),
        (
            (Some("web1"), None, None),
            Scope::User,
            format!("{ssh} systemd-stdio-bridge -punix:path=$XDG_RUNTIME_DIR/bus"),
            "--host=web1",
        ),
        (
            (Some("web1"), Some("c1"), None),
            Scope::System,
            format!("{ssh} systemd-stdio-bridge --machine=c1"),
            "--host=web1/c1",
        ),
        (
            (Some("web1"), None, Some("me")),
            Scope::User,
            format!("{ssh} systemd-stdio-bridge --user --machine=me@.host"),
            "--host=web1",
        ),
    ] {
        let (on, machine, user) = of;
        let location = Location::new(on.map(host), machine, user).unwrap();
        assert_eq!(line(&location.bridge(scope, false)), bridge);
        assert_eq!(line(&location.options(scope)), options);
        assert!(!location.is_here());
    }
    let here = Location::new(None, None, Some("me")).unwrap();
    assert!(here.is_here() && Location::default().is_here());
}

#[test]
fn a_command_for_a_host_is_quoted_for_its_shell() {
    let location = Location::new(Some(host("web1")), None, None).unwrap();
    let words = location.command(&["journalctl", "--unit", r"a\x2db.service", "it's", "", "A=1"]);
    assert_eq!(words.last().unwrap(), r"journalctl --unit 'a\x2db.service' 'it'\''s' '' A=1");
    assert_eq!(Location::default().command(&["a", "b c"]), ["a", "b c"]);
}

#[test]
fn a_shell_has_the_rights_of_whose_the_manager_is() {
    for (machine, user, there) in [
        (None, None, "sh"),
        (None, Some("me"), "runuser -u me -- sh"),
        (Some("c1"), None, "systemd-run --quiet --pipe --wait --collect --machine=c1 /bin/sh"),
        (Some("c1"), Some("me"), "systemd-run --quiet --pipe --wait --collect --machine=c1 --uid=me /bin/sh"),
    ] {
        let here = Location::new(None, machine, user).unwrap();
        assert_eq!(line(&here.shell()), there);
        let on_host = Location::new(Some(host("web1")), machine, user).unwrap();
        assert_eq!(on_host.shell().last().unwrap(), there);
    }
}

#[test]
fn places_are_called_by_their_names() {
    let of =
        |on: Option<&str>, machine, user| Location::new(on.map(host), machine, user).unwrap().to_string();
    assert_eq!(of(None, None, None), "this machine");
    assert_eq!(of(None, None, Some("me")), "the user me");
    assert_eq!(of(Some("me@web1:22"), Some("c1"), None), "the container c1 on the host me@web1:22");
}

#[test]
fn a_user_by_number_is_looked_up_there() {
    let shell = |host| Location::new(host, None, Some("1000")).unwrap().shell();
    let script = r#"name=$(id -nu -- 1000) && exec runuser -u "$name" -- sh"#;
    assert_eq!(shell(None), ["sh", "-c", script]);
    assert_eq!(shell(Some(host("web1"))).last().unwrap(), &format!("sh -c '{script}'"));
}
