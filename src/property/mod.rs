//! Properties of units that are set at run time: from human values to what D-Bus and `systemctl` take.
//!
//! `SetUnitProperties` and `StartTransientUnit` take other names and types than unit files have: what makes the one of
//! the other is in systemd's src/shared/bus-unit-util.c, and is retold here. A setting is a text as in a unit file
//! ([`Assignment`]); [`Assignments::sent`] is the same for D-Bus.

mod basics;
mod devices;
mod execution;
mod kind;
mod limits;
mod sets;
mod table;
#[cfg(test)]
mod tests;
mod written;

use crate::error::{Error, Hint, Result};
use crate::input::Input;
use crate::near::nearest;
use crate::unit::properties::signature;
use crate::value::Value;

use kind::Kind;

/// The D-Bus type of properties with their values.
pub const SIGNATURE: &str = "a(sv)";

/// One setting: as a unit file has it, but without specifiers.
#[derive(Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The setting's name.
    pub name: String,
    /// Its value; an empty one takes back what was set before.
    pub value: String,
}

/// Settings in their order, all of them with values that they can have.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Assignments(Vec<Assignment>);

/// Names alone: a value may be a secret.
impl std::fmt::Debug for Assignments {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_list().entries(self.0.iter().map(|assignment| &assignment.name)).finish()
    }
}

impl Assignments {
    /// What a caller means by a table of names and values.
    pub fn read(given: Input) -> Result<Self> {
        let entries = match given {
            Input::Null => Vec::new(),
            Input::Table(entries) => entries,
            other => {
                return Err(Error::config(format!("properties {}", other.what())).with_hint(
                    "give a mapping of systemd's names to values, such as MemoryMax to \"512M\"",
                ));
            }
        };
        let mut assignments = Self::default();
        for (name, value) in entries {
            let Input::Text(name) = name else {
                return Err(Error::config(format!("the name of a property {}", name.what()))
                    .with_hint("give a text, such as MemoryMax"));
            };
            assignments.add(&name, &value)?;
        }
        Ok(assignments)
    }

    /// Adds a setting.
    pub fn add(&mut self, name: &str, value: &Input) -> Result<()> {
        let kind = kind_of(name)?;
        for text in written::texts(kind, value).map_err(|expected| wrong(name, expected))? {
            self.add_text(name, text)?;
        }
        Ok(())
    }

    /// Adds a setting as a unit file has it.
    pub fn add_text(&mut self, name: &str, value: String) -> Result<()> {
        let kind = kind_of(name)?;
        if value.contains(['\n', '\r', '\0']) {
            return Err(wrong(name, "it has a line break or a zero byte; leave that out"));
        }
        kind.sent(name, &value).map_err(|expected| wrong(name, expected))?;
        self.0.push(Assignment { name: name.to_owned(), value });
        Ok(())
    }

    /// The settings.
    #[must_use]
    pub fn all(&self) -> &[Assignment] {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is one of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|assignment| assignment.name == name)
    }

    /// The settings as words of a command: `MemoryMax=512M`.
    pub fn words(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|Assignment { name, value }| format!("{name}={value}"))
    }

    /// The same as a value, for an argument: pairs of texts.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        let pair = |one: &Assignment| Value::Tuple(vec![text(&one.name), text(&one.value)]);
        Value::List(self.0.iter().map(pair).collect())
    }

    /// The settings that such a value has.
    pub fn of_value(value: &Value) -> Result<Self> {
        let mut assignments = Self::default();
        let Value::List(pairs) = value else { return Err(Error::config("properties are no list of pairs")) };
        for pair in pairs {
            match pair {
                Value::Tuple(fields) => match &fields[..] {
                    [Value::Text(name), Value::Text(value)] => assignments.add_text(name, value.clone())?,
                    _ => return Err(Error::config("a property is no pair of texts")),
                },
                _ => return Err(Error::config("a property is no pair of texts")),
            }
        }
        Ok(assignments)
    }

    /// What D-Bus takes for them ([`SIGNATURE`]).
    pub fn sent(&self) -> Result<Vec<Value>> {
        let mut sent = Vec::with_capacity(self.0.len());
        for Assignment { name, value } in &self.0 {
            let found = kind_of(name)?.sent(name, value).map_err(|expected| wrong(name, expected))?;
            sent.extend(found.into_iter().map(|(name, signature, value)| property(name, signature, value)));
        }
        Ok(sent)
    }
}

/// A property as D-Bus takes it.
#[must_use]
pub fn property(name: impl Into<String>, signature: &'static str, value: Value) -> Value {
    Value::Tuple(vec![Value::Text(name.into()), Value::Variant(signature.into(), Box::new(value))])
}

/// What a setting of this name takes. One that is in no table of ours, but that systemd tells as a text, a number or a
/// list, is taken as that.
fn kind_of(name: &str) -> Result<Kind> {
    if let Some(kind) = table::kind_of(name) {
        return Ok(kind);
    }
    // What has units of its own has another name in unit files.
    match signature(name).filter(|_| !name.ends_with("USec") && !name.ends_with("NSec")) {
        Some("s") => Ok(Kind::Text),
        Some("b") => Ok(Kind::Flag),
        Some("as") => Ok(Kind::Words),
        Some("u") => Ok(Kind::Unsigned),
        Some("t") => Ok(Kind::Large),
        Some("i") => Ok(Kind::Signed),
        _ => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> Error {
    let human = name.replace("USec", "Sec");
    let human = match human.as_str() {
        "CPUQuotaPerSecSec" => "CPUQuota",
        "TimersCalendar" => "OnCalendar",
        "EnvironmentFiles" => "EnvironmentFile",
        other => other.strip_suffix("Scale").unwrap_or(other),
    };
    let meant = table::names().find(|known| *known == human).or_else(|| nearest(name, table::names()));
    let error = Error::config(format!("there is no property {name:?} that can be set"));
    error.with_hint(match meant {
        Some(meant) => Hint::from(format!("did you mean {meant}?")),
        None => "give the name of a setting as unit files have it, such as MemoryMax".into(),
    })
}

/// The value is not told: it may be a secret.
fn wrong(name: &str, expected: impl Into<Hint>) -> Error {
    Error::config(format!("the property {name} cannot have this value")).with_hint(expected)
}
