//! What verbs take: each kind of argument with its D-Bus type, its check, and what it says of what is wrong.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::property::{self, Assignments};
use crate::unit::{UnitName, UnitType, check_signal, parse_signal};
use crate::value::Value;

/// An argument.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// What callers call it.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
}

/// An argument of this name and kind.
pub(super) const fn argument(name: &'static str, kind: Kind) -> Argument {
    Argument { name, kind }
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The name of a unit; without a type suffix it is a service.
    Unit,
    /// The name of a target; the suffix may be left out.
    Target,
    /// The name of a unit that others are added to; without a type suffix it is a target.
    Dependent,
    /// The name of a scope; the suffix may be left out.
    Scope,
    /// Names of units; at least one.
    Units,
    /// Names of units, or absolute paths of unit files; at least one.
    UnitFiles,
    /// Absolute paths; at least one.
    Paths,
    /// A control group below a unit's own, from that one on; nothing is that one itself.
    Subgroup,
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Texts; at least one.
    Texts,
    /// Environment variables with their values; at least one.
    Variables,
    /// Names of environment variables; at least one.
    VariableNames,
    /// Yes or no.
    Flag,
    /// A signal, by its name or its number.
    Signal,
    /// A whole number with a sign.
    Integer,
    /// A number above 0: a process, a job.
    Number,
    /// What a process can exit with.
    ExitCode,
    /// Numbers above 0; at least one.
    Numbers,
    /// 32 hexadecimal digits.
    Id,
    /// A file descriptor, which goes along with the call.
    Descriptor,
    /// Properties with their values, as pairs of texts; at least one.
    Properties,
}

impl Kind {
    /// Its D-Bus type.
    #[must_use]
    pub const fn signature(self) -> &'static str {
        match self {
            Self::Unit
            | Self::Target
            | Self::Dependent
            | Self::Scope
            | Self::Subgroup
            | Self::Text
            | Self::Word(_) => "s",
            Self::Units
            | Self::UnitFiles
            | Self::Paths
            | Self::Texts
            | Self::Variables
            | Self::VariableNames => "as",
            Self::Flag => "b",
            Self::Signal | Self::Integer => "i",
            Self::Number => "u",
            Self::Numbers => "au",
            Self::ExitCode => "y",
            Self::Id => "ay",
            Self::Descriptor => "h",
            Self::Properties => property::SIGNATURE,
        }
    }

    /// What D-Bus takes for such an argument.
    pub fn on_dbus(self, value: &Value) -> Result<Cow<'_, Value>> {
        match self {
            Self::Properties => Ok(Cow::Owned(Value::List(Assignments::of_value(value)?.sent()?))),
            Self::Unit
            | Self::Target
            | Self::Dependent
            | Self::Scope
            | Self::Units
            | Self::UnitFiles
            | Self::Paths
            | Self::Text
            | Self::Word(_)
            | Self::Texts
            | Self::Flag
            | Self::Signal
            | Self::Integer
            | Self::Number
            | Self::Id
            | Self::Descriptor
            | Self::Variables
            | Self::VariableNames
            | Self::ExitCode
            | Self::Numbers
            | Self::Subgroup => Ok(Cow::Borrowed(value)),
        }
    }
}

impl Argument {
    /// The argument that a caller means by what he gave.
    pub fn read(&self, given: Value) -> Result<Value> {
        match self.kind {
            Kind::Unit => Ok(Value::Text(complete(&self.text(given)?)?)),
            Kind::Target => self.of_type(
                UnitType::Target,
                given,
                "only a target can be booted into: give the name of one",
            ),
            Kind::Scope => {
                self.of_type(UnitType::Scope, given, "only a scope can be abandoned: give the name of one")
            }
            Kind::Dependent => Ok(Value::Text(complete(&target(self.text(given)?))?)),
            Kind::Units => self.each(given, |name| complete(&name)),
            Kind::UnitFiles => {
                self.each(given, |name| if name.contains('/') { absolute(name) } else { complete(&name) })
            }
            Kind::Paths => self.each(given, absolute),
            Kind::Subgroup => self.text(given).and_then(|path| subgroup(self.name, &path)).map(Value::Text),
            Kind::Text => Ok(Value::Text(self.text(given)?)),
            Kind::Word(words) => Ok(Value::Text(self.word(words, self.text(given)?)?)),
            Kind::Texts => self.each(given, Ok),
            Kind::Variables => self.variables(given),
            Kind::VariableNames => self.each(given, |name| check_variable(&name).map(|()| name)),
            Kind::Flag => match given {
                Value::Boolean(_) => Ok(given),
                _ => Err(self.wrong(&given, "give a truth value")),
            },
            Kind::Signal => match given {
                Value::Text(name) => parse_signal(self.name, &name),
                Value::Integer(number) => check_signal(self.name, number),
                _ => Err(self.wrong(&given, "give a signal's name, such as SIGINT, or its number")),
            }
            .map(|number| Value::Integer(number.into())),
            Kind::Integer => self.number(given, i32::MIN.into(), i32::MAX.into()),
            Kind::Number => self.number(given, 1, u32::MAX.into()),
            Kind::ExitCode => self.number(given, 0, u8::MAX.into()),
            Kind::Numbers => match given {
                Value::List(items) if !items.is_empty() => {
                    let numbers = items.into_iter().map(|item| self.number(item, 1, u32::MAX.into()));
                    Ok(Value::List(numbers.collect::<Result<_>>()?))
                }
                Value::List(_) => {
                    Err(Error::config(format!("{} is empty", self.name)).with_hint("give at least one"))
                }
                other => Err(self.wrong(&other, "give whole numbers")),
            },
            Kind::Id => self.id(given),
            Kind::Descriptor => match given {
                Value::Descriptor(_) => Ok(given),
                _ => Err(self.wrong(&given, "give a file descriptor")),
            },
            Kind::Properties => match Assignments::of_value(&given)? {
                properties if properties.is_empty() => {
                    Err(Error::config(format!("{} is empty", self.name)).with_hint("give at least one"))
                }
                properties => Ok(properties.to_value()),
            },
        }
    }

    fn text(&self, given: Value) -> Result<String> {
        match given {
            Value::Text(text) => Ok(text),
            other => Err(self.wrong(&other, "give a text")),
        }
    }

    fn each(&self, given: Value, read: impl Fn(String) -> Result<String>) -> Result<Value> {
        let (Value::List(items) | Value::Tuple(items)) = given else {
            return Err(self.wrong(&given, "give texts"));
        };
        if items.is_empty() {
            return Err(Error::config(format!("{} is empty", self.name)).with_hint("give at least one"));
        }
        let texts = items.into_iter().map(|item| Ok(Value::Text(read(self.text(item)?)?)));
        Ok(Value::List(texts.collect::<Result<_>>()?))
    }

    fn variables(&self, given: Value) -> Result<Value> {
        let Value::Dict(entries) = given else {
            return Err(self.wrong(&given, "give a mapping from names to texts"));
        };
        if entries.is_empty() {
            return Err(Error::config(format!("{} is empty", self.name)).with_hint("give at least one"));
        }
        let assignment = |(name, value): (Value, Value)| {
            let name = self.text(name)?;
            check_variable(&name)?;
            let Value::Text(value) = value else {
                let message = format!("the value of {name} is {}", kind_of(&value));
                return Err(Error::config(message).with_hint("give a text"));
            };
            // As systemd's env_value_is_valid().
            if value.chars().any(|letter| letter.is_ascii_control() && !matches!(letter, '\n' | '\t')) {
                let message = format!("the value of {name} has a control character");
                return Err(Error::config(message).with_hint("systemd takes none but tabs and line breaks"));
            }
            Ok(Value::Text(format!("{name}={value}")))
        };
        Ok(Value::List(entries.into_iter().map(assignment).collect::<Result<_>>()?))
    }

    /// The name of a unit of this type, to which the suffix is added where there is none.
    fn of_type(&self, unit_type: UnitType, given: Value, hint: &'static str) -> Result<Value> {
        let name = self.text(given)?;
        let name = if name.contains('.') { name } else { format!("{name}.{unit_type}") };
        match UnitName::complete(&name)? {
            unit if unit.unit_type() == unit_type => Ok(Value::Text(name)),
            unit => Err(Error::config(format!("{unit} is no {unit_type}"))
                .with_unit(unit.as_str())
                .with_hint(hint)),
        }
    }

    fn word(&self, words: &[&str], given: String) -> Result<String> {
        if words.contains(&given.as_str()) {
            return Ok(given);
        }
        Err(Error::config(format!("{} is {given:?}", self.name))
            .with_hint(format!("use one of {}", words.join(", "))))
    }

    fn number(&self, given: Value, least: i64, most: i64) -> Result<Value> {
        match given {
            Value::Integer(number) if (least..=most).contains(&number) => Ok(given),
            Value::Integer(_) | Value::Unsigned(_) => {
                Err(Error::config(format!("{} is out of range", self.name))
                    .with_hint(format!("give a whole number from {least} to {most}")))
            }
            _ => Err(self.wrong(&given, "give a whole number")),
        }
    }

    fn id(&self, given: Value) -> Result<Value> {
        let text = self.text(given)?;
        let digits: String = text.chars().filter(|&digit| digit != '-').collect();
        let pairs = digits.as_bytes().chunks_exact(2);
        let bytes = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        match bytes.collect::<Option<Vec<u8>>>() {
            Some(bytes) if bytes.len() == 16 && digits.len() == 32 && !digits.contains('+') => {
                Ok(Value::Bytes(bytes))
            }
            _ => Err(Error::config(format!("{} is {text:?}", self.name))
                .with_hint("give 32 hexadecimal digits, as the property InvocationID has them")),
        }
    }

    fn wrong(&self, given: &Value, hint: &'static str) -> Error {
        Error::config(format!("{} is {}", self.name, kind_of(given))).with_hint(hint)
    }
}

/// What a value is, without the value, which may be secret.
fn kind_of(given: &Value) -> Cow<'static, str> {
    match given {
        Value::Null => "nothing".into(),
        Value::Boolean(_) => "a truth value".into(),
        Value::Integer(_) | Value::Unsigned(_) => "a number".into(),
        Value::Double(_) => "a number with a fraction".into(),
        Value::Text(_) => "a text".into(),
        Value::Descriptor(_) => "a file descriptor".into(),
        Value::Bytes(_) => "bytes".into(),
        Value::List(_) | Value::Tuple(_) => "a list".into(),
        Value::Dict(_) => "a mapping".into(),
        Value::Variant(_, value) => kind_of(value),
    }
}

fn absolute(path: String) -> Result<String> {
    if path.starts_with('/') {
        return Ok(path);
    }
    Err(Error::config(format!("the path {path:?} is not absolute"))
        .with_hint("systemd has another working directory: give the whole path, from / on"))
}

fn check_variable(name: &str) -> Result<()> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.starts_with(|first: char| !first.is_ascii_digit()) && name.chars().all(is_letter) {
        return Ok(());
    }
    // Somebody may have written the value along with it.
    let shown = name.split('=').next().unwrap_or_default();
    Err(Error::config(format!("{shown:?} is no name of an environment variable"))
        .with_hint("give letters, digits and underscores, and no digit first"))
}

/// systemd wants a path that begins with a slash.
fn subgroup(name: &str, path: &str) -> Result<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if parts.iter().any(|part| matches!(*part, "." | "..")) || path.contains('\0') {
        return Err(Error::config(format!("{name} is {path:?}"))
            .with_hint("give the path of a control group below the unit's own, such as workers"));
    }
    Ok(if parts.is_empty() { String::new() } else { format!("/{}", parts.join("/")) })
}

/// The name of a target where nothing else is said.
fn target(name: String) -> String {
    if name.contains('.') { name } else { format!("{name}.target") }
}

fn complete(name: &str) -> Result<String> {
    Ok(UnitName::complete(name)?.as_str().to_owned())
}
