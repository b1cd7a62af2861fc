//! How a command ended whose exit status somebody else in this process has taken, from what it said.
//!
//! At its debug log level it names each message on the wire, and last that it closes its connection: one that was
//! killed before has not said so.

use super::stderr;

/// The methods that give a job, whose end is still to come.
const JOBS: [&str; 6] =
    ["StartUnit", "StopUnit", "RestartUnit", "ReloadUnit", "EnqueueUnitJob", "StartTransientUnit"];

/// Whether it succeeded; `None` where it did not say.
pub(super) fn succeeded(stderr: &str) -> Option<bool> {
    let Some(call) = last_call(stderr) else {
        // It did nothing, and may have said why not.
        return stderr.lines().any(|line| !stderr::is_log(line)).then_some(false);
    };
    if !is_answered_well(stderr, call.cookie)? {
        return Some(false);
    }
    if let Some(result) = stderr::job_result(stderr) {
        return Some(matches!(result, "done" | "skipped"));
    }
    // systemd 247 has a real arrow in the middle.
    let has_closed = stderr.lines().any(|line| line.starts_with("Bus ") && line.ends_with(" CLOSED"));
    if !has_closed || calls(stderr).any(|call| JOBS.contains(&call.method)) {
        return None;
    }
    // An earlier call may have failed (the first of two units). Its words alone prove nothing: systemctl also logs
    // what it went on without.
    let has_complained = stderr.lines().any(|line| line.starts_with("Failed to ") && !stderr::is_log(line));
    Some(!(has_complained && stderr.lines().any(|line| line.starts_with("Got message type=error "))))
}

struct Call<'a> {
    method: &'a str,
    cookie: &'a str,
}

fn calls(stderr: &str) -> impl Iterator<Item = Call<'_>> {
    let sent = stderr.lines().filter_map(|line| line.strip_prefix("Sent message type=method_call "));
    sent.filter_map(|sent| {
        Some(Call { method: stderr::field(sent, " member=")?, cookie: stderr::field(sent, " cookie=")? })
    })
}

fn last_call(stderr: &str) -> Option<Call<'_>> {
    calls(stderr).last()
}

/// Whether the answer to this call is no error; `None` if there is none.
fn is_answered_well(stderr: &str, cookie: &str) -> Option<bool> {
    let answers = stderr.lines().filter_map(|line| line.strip_prefix("Got message type="));
    let to_this = |line: &&str| stderr::field(line, "reply_cookie=") == Some(cookie);
    let answer = answers.filter(|line| !line.starts_with("signal ")).find(to_this)?;
    Some(answer.starts_with("method_return "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = "Sent message type=method_call sender=n/a destination=org.freedesktop.systemd1 path=/o \
        interface=org.freedesktop.systemd1.Manager member=METHOD cookie=1 reply_cookie=0 signature=s\n";
    const RETURN: &str = "Got message type=method_return sender=o destination=n/a member=n/a cookie=7 reply_cookie=1 signature=o\n";
    const ERROR: &str = "Got message type=error sender=o destination=n/a member=n/a cookie=7 reply_cookie=1 \
        signature=s error-name=a.B error-message=no\n";
    const DONE: &str = "Got result done/Success for job x.service\n";
    const FAILED: &str = "Got result failed/Input/output error for job x.service\n";
    const CLOSED: &str = "Bus n/a: changing state RUNNING -> CLOSED\n";
    const ERROR_FOR_ANOTHER: &str = "Got message type=error sender=o destination=n/a cookie=6 reply_cookie=9 error-name=a.B error-message=no\n";
    const NOT_RESET: &str = "Failed to reset failed state of unit y.service: no\n";
    /// systemctl 262 asks itself whether the unit is enabled for all users.
    const NO_UNIT_FILE: &str = "Failed to discover unit x.service: No such file or directory\n";
    const CLOSED_IN_247: &str = "Bus n/a: changing state RUNNING → CLOSED\n";

    /// What systemctl 252 says, by its parts.
    #[test]
    fn success_is_told_by_what_was_said() {
        for (method, parts, expected) in [
            ("Reload", &[SENT, RETURN, CLOSED][..], Some(true)),
            ("Reload", &[SENT, RETURN, CLOSED_IN_247], Some(true)),
            // Killed at some point.
            ("Reload", &[SENT, RETURN], None),
            ("Reload", &[SENT], None),
            ("Reload", &[], None),
            ("Reload", &[SENT, ERROR, "Failed to reload daemon: no\n", CLOSED], Some(false)),
            ("EnableUnitFiles", &[SENT, RETURN, NO_UNIT_FILE, CLOSED], Some(true)),
            ("ResetFailedUnit", &[SENT, ERROR_FOR_ANOTHER, NOT_RESET, RETURN, CLOSED], Some(false)),
            ("EnableUnitFiles", &[SENT, RETURN, "Created symlink /a -> /b.\n", CLOSED], Some(true)),
            ("StartUnit", &[SENT, RETURN, DONE, CLOSED], Some(true)),
            // The rest of its life would change nothing.
            ("StartUnit", &[SENT, RETURN, DONE], Some(true)),
            ("StartUnit", &[SENT, RETURN, FAILED, CLOSED], Some(false)),
            ("EnqueueUnitJob", &[SENT, RETURN, CLOSED], None),
            ("StartTransientUnit", &[SENT, RETURN, CLOSED], None),
            ("StartUnit", &[SENT, ERROR, CLOSED], Some(false)),
            ("GetAll", &["systemctl: unrecognized option '--timestamp=us+utc'\n"], Some(false)),
        ] {
            let stderr = parts.concat().replace("METHOD", method);
            assert_eq!(succeeded(&stderr), expected, "{stderr}");
        }
    }
}
