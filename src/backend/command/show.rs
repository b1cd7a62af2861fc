//! `systemctl show` of several units at once.

use super::call::Answer;
use super::{Command, explained, property_types};
use crate::error::{Kind, Result};
use crate::unit::{UnitName, manager_properties};
use crate::value::Value;

/// So many names in one command stay far below the kernel's limit for arguments.
const MOST_NAMES: usize = 256;

/// What `systemctl show` printed for one unit.
#[derive(Debug, PartialEq)]
pub(super) struct Block(Vec<(String, String)>);

impl Block {
    /// The blocks of an output: empty lines stand between them, and a value has no line break.
    fn all(output: &str) -> Vec<Self> {
        let line = |line: &str| line.split_once('=').map(|(name, text)| (name.to_owned(), text.to_owned()));
        let block = |lines: &str| Self(lines.split('\n').filter_map(line).collect());
        output.split("\n\n").map(block).filter(|block| !block.0.is_empty()).collect()
    }

    /// A property's text; the first, where a property has several lines.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    /// All properties whose types are known, in their order.
    pub(super) fn values(&self) -> Vec<(String, Value)> {
        let value =
            |(name, text): &(String, String)| Some((name.clone(), property_types::value(name, text)?));
        self.0.iter().filter_map(value).collect()
    }

    /// The same of a block of the manager's.
    pub(super) fn manager_values(&self) -> Vec<(String, Value)> {
        let value = |(name, text): &(String, String)| {
            let signature = manager_properties::signature(name)?;
            Some((name.clone(), property_types::value_of(name, signature, text)?))
        };
        self.0.iter().filter_map(value).collect()
    }

    /// The same block without what systemctl could not print exactly.
    pub(super) fn without_inexact(mut self) -> Self {
        self.0.retain(|(name, text)| !property_types::is_inexact(name, text));
        self
    }

    /// Whether systemctl could print everything exactly.
    pub(super) fn is_exact(&self) -> bool {
        !self.0.iter().any(|(name, text)| property_types::is_inexact(name, text))
    }

    /// Whether this property is one that systemctl could not print exactly.
    pub(super) fn is_inexact_in(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| property_types::is_inexact(name, text))
    }

    fn is_of(&self, unit: &UnitName) -> bool {
        self.text("Id") == Some(unit.as_str())
            || self.text("Names").is_some_and(|names| property_types::has_name(names, unit))
    }
}

impl Command {
    /// These properties (all, without any) of several units; `action` is what an error says could not be
    /// done.
    pub(super) async fn show(
        &self,
        units: &[UnitName],
        properties: &[&str],
        action: &str,
    ) -> Result<Vec<Result<Block>>> {
        let mut shown = Vec::with_capacity(units.len());
        while shown.len() < units.len() {
            let rest = &units[shown.len()..];
            let rest = &rest[..rest.len().min(MOST_NAMES)];
            let answer = self.show_once(rest, properties).await?;
            let mut blocks = Block::all(answer.text()?).into_iter().peekable();
            // The first error ends it, or (in some versions) leaves a block out.
            for unit in rest {
                let Some(block) = blocks.next_if(|block| block.is_of(unit)) else {
                    let error = answer.failure(&["GetAll"]);
                    if matches!(error.kind(), Kind::Unavailable | Kind::ConnectionLost) {
                        return Err(error);
                    }
                    shown.push(Err(explained(error, action, Some(unit))));
                    break;
                };
                shown.push(Ok(block));
            }
        }
        Ok(shown)
    }

    /// All properties of the manager.
    pub(super) async fn show_manager(&self) -> Result<Option<Block>> {
        let answer = self.show_once(&[], &[]).await?;
        answer.check(&["GetAll"])?;
        Ok(Block::all(answer.text()?).pop())
    }

    async fn show_once(&self, units: &[UnitName], properties: &[&str]) -> Result<Answer> {
        let wanted = format!("--property={}", properties.join(","));
        let mut arguments = vec!["show", "--all", "--timestamp=us+utc"];
        if !properties.is_empty() {
            arguments.extend([wanted.as_str(), "--property=Id,Names"]);
        }
        arguments.push("--");
        arguments.extend(units.iter().map(UnitName::as_str));
        let answer = self.systemctl(&arguments).await?;
        if answer.success || !knows_no_timestamp_option(&answer.stderr) {
            return Ok(answer);
        }
        // systemd before 247 does not know it, 247 ignores it: whole seconds, in UTC by our environment.
        arguments.retain(|argument| !argument.starts_with("--timestamp"));
        self.systemctl(&arguments).await
    }
}

/// systemctl says so in its own words before it does anything.
fn knows_no_timestamp_option(stderr: &str) -> bool {
    stderr.contains("unrecognized option '--timestamp") || stderr.contains("Invalid value: us+utc")
}

#[cfg(test)]
mod tests {
    use super::*;

    // systemctl 252: show --all --property=Id,Names,Description,ExecStart,DropInPaths -- a.service b.service
    const OUTPUT: &str = "ExecStart={ path=/a ; argv[]=/a }\nExecStart={ path=/b ; argv[]=/b=c }\nId=a.service\n\
        Names=a.service \"x\\\\x2dy.service\"\nDescription==a b=\nDropInPaths=\n\nId=b.service\nNames=b.service\n\
        Description=[unprintable]\n";

    #[test]
    fn blocks_and_lines() {
        let blocks = Block::all(OUTPUT);
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[0].text("Description"), Some("=a b="));
        assert_eq!(blocks[0].text("ExecStart"), Some("{ path=/a ; argv[]=/a }"));
        assert_eq!((blocks[0].text("DropInPaths"), blocks[1].text("DropInPaths")), (Some(""), None));
        assert_eq!((blocks[0].is_exact(), blocks[1].is_exact()), (true, false));
        for (name, found) in
            [("a.service", [true, false]), (r"x\x2dy.service", [true, false]), ("b.service", [false, true])]
        {
            let unit = name.parse().unwrap();
            assert_eq!([blocks[0].is_of(&unit), blocks[1].is_of(&unit)], found, "{name}");
        }
        let names: Vec<_> = blocks[0].values().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Id", "Names", "Description", "DropInPaths"]);
        for (text, exact) in [
            ("", true),
            ("Mon 2026-11-23 03:22:20.000000 UTC", true),
            // systemctl 247.
            ("Mon 2026-11-23 03:22:20 UTC", false),
        ] {
            let block =
                Block::all(&format!("Description=At 3:00 UTC\nActiveEnterTimestamp={text}\n")).remove(0);
            assert_eq!(block.is_exact(), exact, "{text}");
            assert_eq!(block.without_inexact().0.len(), if exact { 2 } else { 1 });
        }
        assert!(Block::all("").is_empty());
        assert_eq!(Block::all("\n\nId=x\n\n\nId=y\n").len(), 2);
    }
}
