//! The words that units' states have. They are open: a newer systemd may have more.

use crate::error::{Error, Result};
use crate::near::nearest;

/// The active states (`ActiveState`), as of systemd 260.
const ACTIVE: [&str; 8] =
    ["active", "reloading", "inactive", "failed", "activating", "deactivating", "maintenance", "refreshing"];

/// The sub states of all types of units (`SubState`) that are no active states.
const SUB: &str = "abandoned activating-done auto-restart auto-restart-queued cleaning condition dead \
    dead-before-auto-restart dead-resources-pinned deactivating-sigkill deactivating-sigterm deferred elapsed exited \
    failed-before-auto-restart final-sigkill final-sigterm final-watchdog listening mounted mounting mounting-done \
    plugged refresh-credentials refresh-extensions reload reload-notify reload-post reload-signal remounting \
    remounting-sigkill remounting-sigterm running start start-chown start-open start-post start-pre stop stop-post \
    stop-pre stop-pre-sigkill stop-pre-sigterm stop-sigkill stop-sigterm stop-watchdog tentative unmounting \
    unmounting-sigkill unmounting-sigterm waiting";

/// The load states (`LoadState`), as of systemd 262.
const LOAD: [&str; 7] = ["stub", "loaded", "not-found", "bad-setting", "error", "merged", "masked"];

/// The states of unit files (`UnitFileState`), as of systemd 262.
const OF_FILES: [&str; 14] = [
    "enabled",
    "enabled-runtime",
    "linked",
    "linked-runtime",
    "alias",
    "masked",
    "masked-runtime",
    "static",
    "disabled",
    "indirect",
    "generated",
    "transient",
    "bad",
    "not-found",
];

/// PM2's words, and what systemd calls an active state like that.
const OF_PM2: [(&str, &str); 7] = [
    ("online", "active"),
    ("stopped", "inactive"),
    ("errored", "failed"),
    ("launching", "activating"),
    ("stopping", "deactivating"),
    ("waiting restart", "activating"),
    ("one-launch-status", "inactive"),
];

/// Refuses what is no active state but is meant for one; a word that is like none that is known may be a new one.
pub(crate) fn check_active_state(word: &str) -> Result<()> {
    let sub_states = || SUB.split_ascii_whitespace();
    if sub_states().any(|known| known == word) {
        return Err(Error::config(format!("{word:?} is a sub state, where an active state is expected"))
            .with_hint(format!("the active states are {}", ACTIVE.join(", "))));
    }
    check(word, ACTIVE.into_iter())
}

/// Refuses what is neither an active state nor a sub state but is meant for one.
pub(crate) fn check_state(word: &str) -> Result<()> {
    check(word, ACTIVE.into_iter().chain(SUB.split_ascii_whitespace()))
}

/// Refuses what is no state that a listing of units can be asked for: an active state, a sub state or a load state.
pub(crate) fn check_listed_state(word: &str) -> Result<()> {
    check(word, ACTIVE.into_iter().chain(SUB.split_ascii_whitespace()).chain(LOAD))
}

/// Refuses what is no state of a unit file but is meant for one.
pub(crate) fn check_file_state(word: &str) -> Result<()> {
    if check_listed_state(word).is_ok_and(|()| ACTIVE.contains(&word)) {
        return Err(Error::config(format!("{word:?} is a state of a unit, and not of its file"))
            .with_hint(format!("the states of unit files are {}", OF_FILES.join(", "))));
    }
    check(word, OF_FILES.into_iter())
}

fn check<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Result<()> {
    if known.clone().any(|state| state == word) {
        return Ok(());
    }
    let lower = word.to_lowercase();
    if let Some((_, meant)) = OF_PM2.iter().find(|(pm2, _)| *pm2 == lower) {
        return Err(Error::config(format!("{word:?} is PM2's word, and no state of systemd"))
            .with_hint(format!("did you mean {meant:?}?")));
    }
    if word.is_empty() {
        return Err(Error::config("a state is empty").with_hint("give one, such as \"active\" or \"failed\""));
    }
    match nearest(word, known) {
        Some(meant) => Err(Error::config(format!("{word:?} is no state of systemd"))
            .with_hint(format!("did you mean {meant:?}?"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn words_that_are_meant_for_states_are_known_again() {
        for (word, meant) in [
            ("online", "active"),
            ("Errored", "failed"),
            ("stopped", "inactive"),
            ("actve", "active"),
            ("ACTIVE", "active"),
            ("inactve", "inactive"),
            ("faild", "failed"),
            ("runing", "running"),
        ] {
            let error = check_state(word).unwrap_err();
            assert_eq!(error.kind(), Kind::Config);
            assert!(
                error.facts().hint.as_ref().unwrap().to_string().contains(&format!("{meant:?}")),
                "{error}"
            );
        }
        for word in ["actve", "online", "running", "exited", "auto-restart", ""] {
            assert!(check_active_state(word).is_err(), "{word}");
        }
        for word in ["active", "failed", "running", "stop-sigterm", "hibernating", "frozen"] {
            check_state(word).unwrap();
        }
        for word in ["active", "refreshing", "hibernating"] {
            check_active_state(word).unwrap();
        }
        for (check, wrong, right) in [
            (check_listed_state as fn(&str) -> Result<()>, "not-fuond", "not-found"),
            (check_file_state, "enabeld", "enabled"),
            (check_file_state, "active", "new-word"),
        ] {
            assert!(check(wrong).is_err_and(|error| error.facts().hint.is_some()), "{wrong}");
            check(right).unwrap();
        }
    }
}
