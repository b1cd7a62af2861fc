//! Why the manager could not load a unit, in its own words: the line of its journal that names the setting.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::flow::sleep_until;
use crate::process;
use crate::scope::Scope;
use crate::unit::UnitName;

/// The journal takes a line in a moment after the manager has answered: how long to wait before each other look.
const PAUSES: [u64; 4] = [20, 50, 100, 200];

/// The last error that the manager logged about a unit's file; `None` where there is none, or none that may be read.
pub(crate) async fn find(scope: Scope, unit: &UnitName) -> Result<Option<String>> {
    let mut pauses = PAUSES.iter();
    loop {
        let output = process::run(command(scope, unit)).await?;
        if let Some(line) = message(&output.stdout) {
            return Ok(Some(line));
        }
        let Some(&pause) = pauses.next() else { return Ok(None) };
        sleep_until(Instant::now() + Duration::from_millis(pause)).await;
    }
}

/// Anybody can write that a line is about this unit, but not who wrote it.
fn command(scope: Scope, unit: &UnitName) -> Command {
    let mut command = Command::new("journalctl");
    command.args(["--no-pager", "--quiet", "--output=json", "--all", "--priority=err", "--lines=1"]);
    command.env("LC_ALL", "C");
    match scope {
        Scope::System => command.args([&format!("UNIT={unit}"), "_PID=1"]),
        Scope::User => {
            let user = rustix::process::geteuid().as_raw();
            command.args([&format!("USER_UNIT={unit}"), &format!("_UID={user}")])
        }
    };
    command
}

fn message(output: &[u8]) -> Option<String> {
    let last = output.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty())?;
    let entry: serde_json::Value = serde_json::from_slice(last).ok()?;
    let text = entry.get("MESSAGE")?.as_str()?.trim();
    // It becomes part of a message of one line.
    let shown: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_told_in_one_line() {
        for (output, line) in [
            ("", None),
            ("nonsense\n", None),
            ("{\"MESSAGE\":null}\n", None),
            (
                "{\"MESSAGE\":\"one\"}\n{\"MESSAGE\":\"/etc/a.service:2: No\\nway \"}\n",
                Some("/etc/a.service:2: No way"),
            ),
        ] {
            assert_eq!(message(output.as_bytes()).as_deref(), line, "{output}");
        }
    }

    #[test]
    fn only_the_manager_is_believed() {
        let unit: UnitName = "a.service".parse().unwrap();
        let arguments = |scope| format!("{:?}", command(scope, &unit));
        assert!(arguments(Scope::System).ends_with(r#""UNIT=a.service" "_PID=1""#));
        assert!(arguments(Scope::User).contains(r#""USER_UNIT=a.service" "_UID="#));
    }
}
