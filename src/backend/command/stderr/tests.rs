use super::*;

const SENT: &str = "Sent message type=method_call sender=n/a destination=org.freedesktop.systemd1 \
    path=/org/freedesktop/systemd1 interface=org.freedesktop.systemd1.Manager member=";

fn reply(cookie: u32, error: &str) -> String {
    format!(
        "Got message type=error sender=org.freedesktop.systemd1 destination=n/a path=n/a interface=n/a \
         member=n/a cookie=9 reply_cookie={cookie} signature=s {error}\n"
    )
}

fn sent(method: &str, spaces: &str, cookie: u32) -> String {
    format!(
        "{SENT}{method}{spaces}cookie={cookie} reply_cookie=0 signature=ss error-name=n/a error-message=n/a\n"
    )
}

const MASKED: &str = "error-name=org.freedesktop.systemd1.UnitMasked error-message=Unit a.service is masked.";
const UNKNOWN: &str = "error-name=org.freedesktop.DBus.Error.UnknownMethod error-message=n/a";

#[test]
fn the_error_answered_to_the_wanted_method_is_found() {
    for (stderr, name, text) in [
        (sent("StartUnit", " ", 1) + &reply(1, MASKED), "UnitMasked", "Unit a.service is masked."),
        // Two spaces since systemd 256.
        (sent("StartUnit", "  ", 12) + &reply(12, MASKED), "UnitMasked", "Unit a.service is masked."),
        // Another method failed first, and another cookie begins with the same digit.
        (
            sent("GetUnit", " ", 1) + &reply(1, UNKNOWN) + &sent("StartUnit", " ", 11) + &reply(11, MASKED),
            "UnitMasked",
            "Unit a.service is masked.",
        ),
        // An error without a message.
        (
            sent("StartUnit", " ", 2) + &reply(2, UNKNOWN),
            "UnknownMethod",
            "org.freedesktop.DBus.Error.UnknownMethod",
        ),
    ] {
        let error = error_reply(&stderr, &["StartUnit"]).unwrap();
        assert!(error.facts().dbus_name.as_deref().unwrap().ends_with(name), "{error:?}");
        assert_eq!(error.facts().message, text);
    }
    let other = sent("GetUnit", " ", 1) + &reply(1, UNKNOWN) + &sent("StartUnit", " ", 2);
    assert_eq!(error_reply(&other, &["StartUnit"]), None);
    assert!(was_answered(&other) && !was_answered(&sent("GetUnit", " ", 1)));
    let absent = reply(1, "error-name=org.freedesktop.DBus.Error.ServiceUnknown error-message=n/a");
    assert!(systemd_answered(&other) && !systemd_answered(&absent) && was_answered(&absent));
    let limit = reply(1, "error-name=org.freedesktop.DBus.Error.LimitsExceeded error-message=n/a");
    let of_bus = limit.replace("sender=org.freedesktop.systemd1", "sender=org.freedesktop.DBus");
    assert!(systemd_answered(&limit) && !systemd_answered(&of_bus));
    let fallback = sent("EnableUnitFilesWithFlags", " ", 1)
        + &reply(1, UNKNOWN)
        + &sent("EnableUnitFiles", " ", 2)
        + &reply(2, MASKED);
    assert_eq!(
        error_reply(&fallback, &["EnableUnitFiles"]).unwrap().facts().message,
        "Unit a.service is masked."
    );
}

#[test]
fn job_results_are_found() {
    // systemctl 252.
    for (debug, words, result) in [
        ("Got result done/Success for job a.service", "", "done"),
        ("Got result skipped/Success for job a.service", "", "skipped"),
        (
            "Unexpected job result, assuming server side newer than us: failed\n\
             Got result failed/Input/output error for job a.service",
            "Job for a.service failed because the control process exited with error code.\n\
             See \"systemctl status a.service\" and \"journalctl -xeu a.service\" for details.",
            "failed",
        ),
        ("Got result timeout/Timer expired for job a.service", "Job for a.service timed out.", "timeout"),
        (
            "Got result dependency/Input/output error for job a.service",
            "A dependency job for a.service failed. See 'journalctl -xe' for details.",
            "dependency",
        ),
        (
            "Got result canceled/Operation canceled for job a.service",
            "Job for a.service canceled.",
            "canceled",
        ),
        (
            "Got result assert/Protocol error for job a.service",
            "Assertion failed on job for a.service.",
            "assert",
        ),
        (
            "Got result unsupported/Operation not supported for job a.automount",
            "Operation on or unit type of a.automount not supported on this system.",
            "unsupported",
        ),
    ] {
        assert_eq!(job_result(debug), Some(result));
        assert_eq!(job_result_in_words(words), Some(result).filter(|_| !words.is_empty()));
    }
    assert_eq!(job_result("Got message type=signal sender=x"), None);
}

#[test]
fn what_an_old_systemctl_cannot_do_is_told() {
    // systemctl 247.
    for (words, reason) in [
        ("Cannot access user instance remotely.\n", "since systemd 248"),
        ("Not supported unit type\n", "units of this type"),
    ] {
        let error = error_in_words(words);
        assert_eq!(error.kind(), Kind::Unsupported);
        assert!(error.to_string().contains(reason) && error.facts().hint.is_some(), "{error}");
    }
}

#[test]
fn errors_in_words() {
    // systemctl 252, and 245 for the second.
    for (stderr, kind, name, message) in [
        (
            "Failed to start a.service: Unit a.service not found.\n",
            Kind::Systemd,
            Some("org.freedesktop.systemd1.NoSuchUnit"),
            "Unit a.service not found.",
        ),
        (
            "Failed to start a.service: Unit a.service has a bad unit file setting.\n\
             See system logs and 'systemctl status a.service' for details.\n",
            Kind::Systemd,
            Some("org.freedesktop.systemd1.BadUnitSetting"),
            "Unit a.service has a bad unit file setting.",
        ),
        (
            "Reload daemon failed: Interactive authentication required.\n",
            Kind::Systemd,
            Some("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"),
            "Interactive authentication required.",
        ),
        // systemd-run 262.
        (
            "Failed to start transient service unit: Access denied as the requested operation requires interactive \
             authentication. However, interactive authentication has not been enabled by the calling program.\n",
            Kind::Systemd,
            Some("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"),
            "Access denied as the requested operation requires interactive authentication. However, interactive \
             authentication has not been enabled by the calling program.",
        ),
        (
            "Failed at setting rlimit 524288\nFailed to check if we're running in chroot, assuming not: x\n\
             Failed to connect to bus: No such file or directory\n",
            Kind::Unavailable,
            None,
            "Failed to connect to bus: No such file or directory",
        ),
        (
            "Failed to wait for response: Connection reset by peer\n",
            Kind::ConnectionLost,
            None,
            "Failed to wait for response: Connection reset by peer",
        ),
        ("Failed to do a thing: why\nmore\n", Kind::Systemd, None, "Failed to do a thing: why"),
        ("", Kind::Systemd, None, "the command failed without a word"),
    ] {
        let error = error_in_words(stderr);
        assert_eq!((error.kind(), error.facts().dbus_name.as_deref()), (kind, name), "{stderr}");
        assert_eq!(error.facts().message, message);
        assert_eq!(error.facts().unsent, kind == Kind::Unavailable);
    }
}

#[test]
fn the_number_of_a_job_is_told_once_its_line_is_whole() {
    for (stderr, expected) in [
        ("", None),
        ("Bus n/a: changing state\nEnqueued anchor job 174", None),
        ("Enqueued anchor job 174 a.service/start.\nEnqueued auxiliary job 9 b.service/start.\n", Some(174)),
        ("Enqueued anchor job many a.service/start.\n", None),
    ] {
        assert_eq!(job_id(stderr.as_bytes()), expected, "{stderr:?}");
    }
    assert!(is_unknown_option("systemctl: unrecognized option '--show-transaction'\n"));
}
