//! Whether a process was its program's, or one that systemd could not prepare for it, as the journal tells.

use crate::journal::UnitEntry;

/// The setting of the main process.
pub(super) const MAIN: &str = "ExecStart";

/// Whether a process of this setting that has ended got as far as its program; none where nothing is said of it.
pub(super) fn executed(entries: &[UnitEntry], command: &str) -> Option<bool> {
    if entries.iter().any(|entry| entry.not_executed) {
        return Some(false);
    }
    let is_of_it = |entry: &UnitEntry| entry.exit.as_ref().is_some_and(|exit| exit.command == command);
    entries.iter().any(is_of_it).then_some(true)
}
