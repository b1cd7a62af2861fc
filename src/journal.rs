//! The last lines that a unit logged, read through journalctl(1).

use std::process::Command;

use crate::error::Result;
use crate::process;
use crate::scope::Scope;
use crate::unit::UnitName;

/// The last `lines` lines of a unit, oldest first; only of one run of it, if its invocation is given.
///
/// What may not be read, or is not there, is an empty list: the journal is a help, not a promise.
pub async fn tail(
    scope: Scope,
    unit: &UnitName,
    invocation: Option<&str>,
    lines: usize,
) -> Result<Vec<String>> {
    let output = process::run(command(scope, unit, invocation, lines)).await?;
    Ok(parse(&output.stdout))
}

fn command(scope: Scope, unit: &UnitName, invocation: Option<&str>, lines: usize) -> Command {
    let mut command = Command::new("journalctl");
    command.args(["--no-pager", "--quiet", "--output=json", "--all"]).arg(format!("--lines={lines}"));
    command.env("LC_ALL", "C");
    match (scope, invocation) {
        (Scope::System, Some(id)) => {
            command.arg(format!("_SYSTEMD_INVOCATION_ID={id}")).arg("+").arg(format!("INVOCATION_ID={id}"))
        }
        (Scope::System, None) => command.arg("--unit").arg(unit.as_str()),
        (Scope::User, Some(id)) => command
            .arg("--user")
            .arg(format!("_SYSTEMD_INVOCATION_ID={id}"))
            .arg("+")
            .arg(format!("USER_INVOCATION_ID={id}")),
        (Scope::User, None) => command.arg("--user-unit").arg(unit.as_str()),
    };
    command
}

/// The messages in journalctl's JSON, a line each. One that is not text is a list of bytes there.
fn parse(output: &[u8]) -> Vec<String> {
    output.split(|byte| *byte == b'\n').filter_map(message).collect()
}

fn message(line: &[u8]) -> Option<String> {
    let entry: serde_json::Value = serde_json::from_slice(line).ok()?;
    match entry.get("MESSAGE")? {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Array(bytes) => {
            let bytes: Vec<u8> = bytes
                .iter()
                .filter_map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok()))
                .collect();
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_in_the_json() {
        let output =
            b"{\"MESSAGE\":\"one\"}\nnonsense\n{\"X\":1}\n{\"MESSAGE\":[255,104,105]}\n{\"MESSAGE\":null}\n";
        assert_eq!(parse(output), ["one", "\u{fffd}hi"]);
    }
}
