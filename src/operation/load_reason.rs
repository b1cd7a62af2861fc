//! Why the manager could not load a unit, in its own words: the line of its journal that names the setting, or of the
//! log that an embedded systemd has instead.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::flow::sleep_until;
use crate::journal;
use crate::location::Whose;
use crate::unit::UnitName;

/// The journal takes a line in a moment after the manager has answered: how long to wait before each other look.
const PAUSES: [u64; 4] = [20, 50, 100, 200];

/// The last error that the manager logged about a unit's file; `None` where there is none, or none that may be read.
pub(crate) async fn find(whose: &Whose, unit: &UnitName) -> Result<Option<String>> {
    let mut pauses = PAUSES.iter();
    loop {
        let line = journal::last_complaint(whose, unit).await?.map(|entry| in_one_line(entry.message.trim()));
        if let Some(line) = line.filter(|line| !line.is_empty()) {
            return Ok(Some(line));
        }
        let Some(&pause) = pauses.next() else { return Ok(None) };
        sleep_until(Instant::now() + Duration::from_millis(pause)).await;
    }
}

/// The same in the log of an embedded systemd, which was seen to come a moment after the answer as well.
pub(crate) async fn find_in_log(log: &Path, unit: &UnitName) -> Option<String> {
    let mut pauses = PAUSES.iter();
    loop {
        let lines = journal::tail_of_file(log, usize::MAX);
        if let Some(line) = line_about(&lines, unit) {
            return Some(line);
        }
        sleep_until(Instant::now() + Duration::from_millis(*pauses.next()?)).await;
    }
}

/// The last line in which the manager refuses a unit, or names a line of its file.
fn line_about(lines: &[String], unit: &UnitName) -> Option<String> {
    let (refusal, place) = (format!("{unit}: "), format!("/{unit}:"));
    let is_about = |said: &&str| {
        let names_line = said
            .split_once(&place)
            .is_some_and(|(_, rest)| rest.starts_with(|first: char| first.is_ascii_digit()));
        names_line || (said.starts_with(&refusal) && said.ends_with("Refusing."))
    };
    let said = |line: &String| -> Option<String> {
        let said = line.strip_prefix("systemd[")?.split_once("]: ").map(|(_, said)| said.trim_end())?;
        is_about(&said).then(|| in_one_line(said))
    };
    lines.iter().rev().find_map(said)
}

/// It becomes part of a message of one line.
fn in_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_of_an_embedded_systemd_names_the_setting() {
        let unit: UnitName = "a.service".parse().unwrap();
        for (log, line) in [
            (
                "systemd[7]: Reloading.\nsystemd[7]: a.service: No ExecStart=. Refusing.\nsystemd[7]: Reloading.\n",
                Some("a.service: No ExecStart=. Refusing."),
            ),
            (
                "systemd[7]: /u/a.service:2: Not an absolute path: x\nsystemd[7]: a.service: Unit configuration has fatal \
                error, unit will not be started.\n",
                Some("/u/a.service:2: Not an absolute path: x"),
            ),
            ("a.service: I say this myself. Refusing.\n", None),
            ("systemd[7]: ba.service: No ExecStart=. Refusing.\n", None),
            ("systemd[7]: a.service: Main process exited, code=killed\n", None),
        ] {
            let lines: Vec<String> = log.lines().map(str::to_owned).collect();
            assert_eq!(line_about(&lines, &unit).as_deref(), line, "{log}");
        }
    }
}
