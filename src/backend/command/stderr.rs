//! What systemctl and busctl say on their standard error: D-Bus errors and job results from their debug log,
//! and, as the last resort, their messages for people.
//!
//! The debug log has a line for each message on the wire (`src/libsystemd/sd-bus/sd-bus.c` of systemd) and
//! for each job that ended (`src/shared/bus-wait-for-jobs.c`), in this form since systemd 240.

use crate::backend::error_names::kind_of;
use crate::error::hint::{given, text};
use crate::error::{Error, Hint, Kind};

/// The error that systemd or the bus answered to the last call of one of these methods; a name stands for
/// its variants too (`EnableUnitFiles` for `EnableUnitFilesWithFlags`).
pub(super) fn error_reply(stderr: &str, methods: &[&str]) -> Option<Error> {
    let mut cookies = Vec::new();
    let mut found = None;
    for line in stderr.lines() {
        if let Some(sent) = line.strip_prefix("Sent message type=method_call ") {
            let method = field(sent, "member=").unwrap_or_default();
            if methods.iter().any(|wanted| method.starts_with(wanted)) {
                cookies.extend(field(sent, " cookie="));
            }
        } else if let Some(got) = line.strip_prefix("Got message type=error ")
            && field(got, "reply_cookie=").is_some_and(|cookie| cookies.contains(&cookie))
        {
            found = answered(got);
        }
    }
    found
}

/// Whether systemd itself answered with an error, and not a bus that it is not on.
pub(super) fn systemd_answered(stderr: &str) -> bool {
    let errors = || stderr.lines().filter_map(|line| line.strip_prefix("Got message type=error "));
    let name = |line| field(line, "error-name=").unwrap_or_default();
    // Both have limits.
    let is_its_limit = |line| {
        name(line).ends_with(".LimitsExceeded") && field(line, "sender=") != Some("org.freedesktop.DBus")
    };
    errors().any(|line| kind_of(name(line)) != Kind::Unavailable || is_its_limit(line))
}

/// Whether systemd or the bus answered with any error: then the question was understood.
pub(super) fn was_answered(stderr: &str) -> bool {
    stderr.lines().any(|line| line.starts_with("Got message type=error "))
}

fn answered(line: &str) -> Option<Error> {
    let (_, rest) = line.split_once("error-name=")?;
    let (name, text) = rest.split_once(" error-message=")?;
    let text = if text == "n/a" { name } else { text };
    Some(Error::new(Kind::Systemd, text).with_dbus_name(name))
}

/// The value after `key`, up to the next space.
pub(super) fn field<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(key)?;
    rest.split(' ').next()
}

/// The result of the job that systemctl waited for, as `JobRemoved` gave it.
pub(super) fn job_result(stderr: &str) -> Option<&str> {
    let last = stderr.lines().filter_map(|line| line.strip_prefix("Got result ")).next_back()?;
    last.split('/').next()
}

/// The number of the job that systemd has taken on, as `systemctl --show-transaction` tells it.
pub(super) fn job_id(stderr: &[u8]) -> Option<u32> {
    let begin = b"Enqueued anchor job ";
    // The last line may not be there in full.
    let mut lines = stderr.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let rest = lines.find_map(|line| line.strip_prefix(begin))?;
    let id = rest.split(|byte| *byte == b' ').next()?;
    std::str::from_utf8(id).ok()?.parse().ok()
}

/// Whether the command asked for nothing, as it does not know a property that systemd itself may know.
pub(super) fn is_unknown_property(stderr: &str) -> bool {
    stderr.contains("Unknown assignment")
}

/// Whether systemctl is too old for an option.
pub(super) fn is_unknown_option(stderr: &str) -> bool {
    stderr.contains("unrecognized option")
}

/// Results of jobs in systemctl's words for people, where its debug log does not have them.
const RESULTS_IN_WORDS: [(&str, &str, &str); 6] = [
    // Another job took its place, or `systemctl cancel`.
    ("Job for ", " canceled.", "canceled"),
    // JobTimeoutSec= passed.
    ("Job for ", " timed out.", "timeout"),
    // A unit that it requires failed.
    ("A dependency job for ", "", "dependency"),
    // An Assert... setting did not hold.
    ("Assertion failed on job for ", "", "assert"),
    // The kernel cannot do it: an automount in a container.
    ("Operation on or unit type of ", "", "unsupported"),
    // Everything that the unit itself is to blame for; it stands behind the more special ones.
    ("Job for ", "", "failed"),
];

/// The same from systemctl's words for people.
pub(super) fn job_result_in_words(stderr: &str) -> Option<&'static str> {
    RESULTS_IN_WORDS.iter().find_map(|(begin, end, result)| {
        let matches = |line: &str| line.starts_with(begin) && line.ends_with(end);
        stderr.lines().any(matches).then_some(*result)
    })
}

/// Errors in systemctl's words for people (which quote systemd's own), where its debug log does not have
/// them.
const ERRORS_IN_WORDS: [(&str, &str); 14] = [
    // A unit without a file, or in stop and reset-failed one that is not loaded.
    (" not found", "org.freedesktop.systemd1.NoSuchUnit"),
    (" not loaded", "org.freedesktop.systemd1.NoSuchUnit"),
    // enable and disable without a file.
    (" does not exist", "org.freedesktop.systemd1.NoSuchUnit"),
    // Its file is a link to /dev/null.
    (" is masked", "org.freedesktop.systemd1.UnitMasked"),
    // A setting in its file is wrong.
    (" has a bad unit file setting", "org.freedesktop.systemd1.BadUnitSetting"),
    // enable of a template whose [Install] names a plain unit.
    (" is a non-template unit", "org.freedesktop.systemd1.BadUnitSetting"),
    // polkit would let somebody in who authenticates.
    ("Interactive authentication required", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"),
    (
        "interactive authentication has not been enabled by the calling program",
        "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
    ),
    // polkit, or systemd without it, says no.
    ("Access denied", "org.freedesktop.DBus.Error.AccessDenied"),
    // RefuseManualStart=, RefuseManualStop=.
    (
        "may be requested by dependency only (it is configured to refuse manual start/stop)",
        "org.freedesktop.systemd1.OnlyByDependency",
    ),
    // --job-mode=fail, or another job is irreversible.
    (" is included in transaction)", "org.freedesktop.systemd1.TransactionIsDestructive"),
    // --job-mode=isolate without AllowIsolate=.
    ("unit may not be isolated", "org.freedesktop.systemd1.NoIsolation"),
    // A template has no instance of its own: start, then show.
    (" is missing the instance name", "org.freedesktop.DBus.Error.InvalidArgs"),
    (" is neither a valid invocation ID nor unit name", "org.freedesktop.DBus.Error.InvalidArgs"),
];

/// The same, known by how they begin.
const BEGINNINGS: [(&str, &str); 1] = [
    // enable of an alias.
    ("Refusing to operate on alias name or linked unit file", "org.freedesktop.systemd1.UnitLinked"),
];

/// Why the command did not reach systemd, or lost it.
const CONNECTION_IN_WORDS: [(&str, Kind); 3] = [
    // No socket, or nobody listens to it; sd-bus says why.
    ("Failed to connect to", Kind::Unavailable),
    // While it waited for the job.
    ("Failed to wait for response", Kind::ConnectionLost),
    // While it waited for an answer.
    ("Connection reset by peer", Kind::ConnectionLost),
];

/// What systemctl says of what it does not do, and why D-Bus is to be used in its place.
const NOT_BY_SYSTEMCTL: [(&str, &str); 2] = [
    (
        "Cannot access user instance remotely.",
        "systemctl reaches the managers of other users since systemd 248",
    ),
    // set-property of a target, in systemd 247.
    ("Not supported unit type", "this systemctl does not set properties of units of this type"),
];

/// The error that systemctl's words for people amount to.
pub(super) fn error_in_words(stderr: &str) -> Error {
    let lines = || stderr.lines().map(str::trim_end).filter(|line| !is_log(line));
    for line in lines() {
        if let Some((_, message)) = NOT_BY_SYSTEMCTL.iter().find(|(words, _)| *words == line) {
            let hint = Hint::from([text("use "), given("backend", "dbus")]);
            return Error::new(Kind::Unsupported, *message).with_hint(hint).with_unsent(true);
        }
        if let Some((_, kind)) = CONNECTION_IN_WORDS.iter().find(|(words, _)| line.contains(words)) {
            return Error::new(*kind, line).with_unsent(*kind == Kind::Unavailable);
        }
        let said = line.strip_prefix("Failed to ").and_then(|rest| rest.split_once(": "));
        let said = said.or_else(|| line.split_once(" failed: ")).map(|(_, said)| said);
        for (begin, name) in BEGINNINGS {
            if let Some(said) = said.filter(|said| said.starts_with(begin)) {
                return Error::new(Kind::Systemd, said).with_dbus_name(name);
            }
        }
        for (end, name) in ERRORS_IN_WORDS {
            if let Some(said) = said.filter(|said| said.trim_end_matches('.').ends_with(end)) {
                // systemctl has words of its own for this one; systemd's are those of errno.
                let said = if said == "Access denied" { "Permission denied" } else { said };
                return Error::new(Kind::Systemd, said).with_dbus_name(name);
            }
        }
    }
    let failed = lines().find(|line| line.starts_with("Failed to ")).or_else(|| lines().next_back());
    Error::new(Kind::Systemd, failed.unwrap_or("the command failed without a word"))
}

/// Whether the line is one of the debug log.
pub(super) fn is_log(line: &str) -> bool {
    const LOG: [&str; 6] = [
        "Bus ",
        "sd-bus: ",
        "Sent message ",
        "Got message ",
        "Executing dbus call ",
        "Failed to check if we're ",
    ];
    line.is_empty() || LOG.iter().any(|begin| line.starts_with(begin))
}

#[cfg(test)]
mod tests;
