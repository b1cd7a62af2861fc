//! Whether a process was its program's, or one that systemd could not prepare for it, as the journal tells.

use std::path::Path;

use crate::journal::{self, UnitEntry};
use crate::unit::UnitName;

/// The setting of the main process.
pub(super) const MAIN: &str = "ExecStart";

/// What a process says that did not get as far as its program (`exec_spawn` of systemd's src/core/execute.c), and what the
/// manager says of the end of the main process (`unit_log_process_exit`).
const FAILED_AT_STEP: &str = "Failed at step ";
const MAIN_PROCESS_EXITED: &str = "Main process exited, ";

/// What the log of an embedded systemd has, which has no fields, and no times.
pub(super) fn entries_of_log(log: &Path, unit: &UnitName, lines: usize) -> Vec<UnitEntry> {
    let entry = |message: String| {
        let not_executed = says(&message, unit, FAILED_AT_STEP);
        UnitEntry { message, not_executed, ..UnitEntry::default() }
    };
    journal::tail_of_file(log, lines).into_iter().map(entry).collect()
}

fn says(message: &str, unit: &UnitName, words: &str) -> bool {
    message.split_once(&format!("{unit}: ")).is_some_and(|(_, said)| said.starts_with(words))
}

/// Whether a process of this setting that has ended got as far as its program; none where nothing is said of it.
pub(super) fn executed(entries: &[UnitEntry], unit: &UnitName, command: &str) -> Option<bool> {
    if entries.iter().any(|entry| entry.not_executed) {
        return Some(false);
    }
    let is_of_it = |entry: &UnitEntry| match &entry.exit {
        Some(exit) => exit.command == command,
        None => command == MAIN && says(&entry.message, unit, MAIN_PROCESS_EXITED),
    };
    entries.iter().any(is_of_it).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_of_an_embedded_systemd_tells_who_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let unit: UnitName = "a.service".parse().unwrap();
        let exited = "a.service: Main process exited, code=exited, status=203/EXEC\n";
        for (text, expected) in [
            ("a.service: Failed at step EXEC spawning /no: No such file\n", Some(false)),
            ("systemd[7]: a.service: Failed at step EXEC spawning /no: No such file\n", Some(false)),
            ("", Some(true)),
            ("b.service: Failed at step EXEC spawning /no: No such file\n", Some(true)),
        ] {
            std::fs::write(&path, format!("{text}{exited}")).unwrap();
            let entries = entries_of_log(&path, &unit, 10);
            assert_eq!(executed(&entries, &unit, MAIN), expected, "{text}");
        }
        assert_eq!(executed(&[], &unit, MAIN), None);
    }
}
