//! Tables: the entries of a description, variables, and settings that are passed through.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::text::{read_text, read_texts};
use super::{Input, Key, Keys, Reader};
use crate::error::Error;
use crate::near::nearest;
use crate::unit_file::shown_name;

/// Environment variables, in the order of their names: the same app renders the same text, however it was described.
pub type Environment = BTreeMap<String, String>;

/// Settings that are written into the unit file as they are: section, setting, values (one line each).
pub type Extra = BTreeMap<String, BTreeMap<String, Vec<String>>>;

impl Key for Environment {
    fn read(input: Input, reader: &mut Reader) -> Option<Self> {
        read_each(input, reader, read_text)
    }

    fn schema() -> Json {
        json!({"type": "object", "additionalProperties": {"type": ["string", "number"]}, "x-kind": "variables"})
    }
}

impl Key for Extra {
    fn read(input: Input, reader: &mut Reader) -> Option<Self> {
        read_each(input, reader, |settings, reader| read_each(settings, reader, read_values))
    }

    fn schema() -> Json {
        let values = json!({"type": ["string", "number", "array"], "items": {"type": ["string", "number"]}});
        let settings = json!({"type": "object", "additionalProperties": values});
        json!({"type": "object", "additionalProperties": settings, "x-kind": "settings"})
    }
}

/// The values of a setting: one text or a list of them.
fn read_values(input: Input, reader: &mut Reader) -> Option<Vec<String>> {
    match input {
        Input::List(_) => read_texts(input, reader),
        one => read_text(one, reader).map(|one| vec![one]),
    }
}

/// The entries of a table whose names may be any texts.
fn read_each<T>(
    input: Input,
    reader: &mut Reader,
    read: impl Fn(Input, &mut Reader) -> Option<T>,
) -> Option<BTreeMap<String, T>> {
    let found = entries(input, reader)?.into_iter().map(|(name, value)| {
        let name = read_name(name, reader)?;
        let value = reader.within(&name, |reader| read(value, reader))?;
        Some((name, value))
    });
    // Each is read, so that all that is wrong is told.
    found.collect::<Vec<_>>().into_iter().collect()
}

/// The entries of a table.
fn entries(input: Input, reader: &mut Reader) -> Option<Vec<(Input, Input)>> {
    match input {
        Input::Table(entries) => Some(entries),
        other => reader.refuse(&other.what(), "give a table: names with their values"),
    }
}

/// A name in a table.
fn read_name(name: Input, reader: &mut Reader) -> Option<String> {
    let place = if reader.place().is_empty() { "the app" } else { reader.place() };
    let wrong = match name {
        Input::Text(name) => return Some(name),
        Input::NotUtf8 => {
            Error::config(format!("a name in {place} {}", name.what())).with_hint("unit files are UTF-8")
        }
        other => {
            Error::config(format!("a name in {place} {}", other.what())).with_hint("give texts as names")
        }
    };
    reader.within("?", |reader| reader.take(Err(wrong)))
}

/// The keys that are declared for a table; others are wrong.
pub(in crate::app) fn read_keys<T: Keys>(input: Input, reader: &mut Reader) -> Option<T> {
    let (found, unknown) = T::read_table(entries(input, reader)?, reader);
    for key in unknown {
        let message = format!("{} has no '{}'", reader.place(), shown_name(&key).escape_debug());
        let hint = match nearest(&key, T::names()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("it has {}", T::names().collect::<Vec<_>>().join(", ")),
        };
        let unknown = Err(Error::config(message).with_hint(hint));
        let _: Option<()> = reader.within(&key, |reader| reader.take(unknown));
    }
    Some(found)
}

/// The entries of a table, of which each is taken once.
pub(in crate::app) struct Entries(Vec<(String, Input)>);

impl Entries {
    /// Those that have a name. What must be there and is not is noted.
    pub(in crate::app) fn new<T: Keys>(table: Vec<(Input, Input)>, reader: &mut Reader) -> Self {
        let given = table.into_iter().filter(|(_, value)| *value != Input::Null);
        let named = given.filter_map(|(name, value)| Some((read_name(name, reader)?, value)));
        let entries = Self(named.collect());
        for key in T::DECLARED.iter().filter(|key| key.required && !entries.has(key.name)) {
            let place = if reader.place().is_empty() { "the app" } else { reader.place() };
            let missing = Error::config(format!("{place} has no {}", key.name));
            let _: Option<()> = reader.within(key.name, |reader| {
                reader.take(Err(missing.with_hint(format!("give it one, with the key {}", key.name))))
            });
        }
        entries
    }

    fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }

    /// The value of a key; nothing where it is not given, or wrong, which is noted.
    pub(in crate::app) fn read<T: Key>(&mut self, key: &str, reader: &mut Reader) -> Option<T> {
        let index = self.0.iter().position(|(name, _)| name == key)?;
        let (_, given) = self.0.remove(index);
        reader.within(key, |reader| T::read(given, reader))
    }

    /// The names of what nobody took.
    pub(in crate::app) fn rest(self) -> Vec<String> {
        self.0.into_iter().map(|(name, _)| name).collect()
    }
}
