//! Texts of all kinds, and lists of them.

use std::fmt;
use std::ops::Deref;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Input, Key, Reader};
use crate::app::names::name_fault;
use crate::unit::signal_number;

/// A text; a number is taken as it is written.
pub(in crate::app) fn read_text(input: Input, reader: &mut Reader) -> Option<String> {
    match input {
        Input::Text(text) | Input::Number(_, text) => Some(text),
        Input::Whole(number) => Some(number.to_string()),
        Input::NotUtf8 => {
            reader.refuse(&input.what(), "unit files are UTF-8; rename the file, or give other text")
        }
        other => reader.refuse(&other.what(), "give a text"),
    }
}

/// Texts in their order.
pub(super) fn read_texts(input: Input, reader: &mut Reader) -> Option<Vec<String>> {
    match input {
        Input::List(items) => {
            let texts = items.into_iter().enumerate();
            let texts = texts.map(|(index, item)| reader.item(index, |reader| read_text(item, reader)));
            // Each is read, so that all that is wrong is told.
            texts.collect::<Vec<_>>().into_iter().collect()
        }
        Input::Text(_) => reader.refuse(
            &input.what(),
            "give a list of texts, such as [\"--port\", \"8000\"]; a shell's line is split by the shell's rules",
        ),
        other => reader.refuse(&other.what(), "give a list of texts"),
    }
}

/// A text with a check, as a type of its own.
macro_rules! checked_text {
    ($(#[doc = $doc:literal])+ $name:ident, $kind:literal, $schema:tt, $check:expr) => {
        $(#[doc = $doc])+
        #[derive(Clone, Default, PartialEq, Eq, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl Key for $name {
            fn read(input: Input, reader: &mut Reader) -> Option<Self> {
                let text = read_text(input, reader)?;
                let check: fn(String) -> Result<String, (&'static str, &'static str)> = $check;
                match check(text) {
                    Ok(text) => Some(Self(text)),
                    Err((reason, hint)) => reader.refuse(reason, hint),
                }
            }

            fn schema() -> Json {
                let mut schema = json!($schema);
                schema["x-kind"] = $kind.into();
                schema
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    };
}

checked_text! {
    /// The name of an app.
    Name, "name", {"type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]*$", "maxLength": 200},
    |name| match name_fault(&name) {
        None => Ok(name),
        Some(fault) => Err(fault),
    }
}

checked_text! {
    /// The path of a file, a folder or a program.
    PathText, "path", {"type": "string"},
    Ok
}

checked_text! {
    /// Text in one line.
    Line, "text", {"type": ["string", "number"]},
    Ok
}

checked_text! {
    /// The name or the number of a user or a group. What systemd refuses there is refused.
    Account, "account", {"type": ["string", "integer"]},
    |name| {
        let wrong = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ':' | '/' | '%' | ',');
        if name.is_empty() || name.len() > 256 || name.starts_with(['-', '~']) || name.contains(wrong) {
            return Err(("names no account", "give the name or the number of an account"));
        }
        Ok(name)
    }
}

checked_text! {
    /// The name of a signal, as systemd writes it: with `SIG`.
    Signal, "signal", {"type": "string"},
    |name| {
        let name = name.to_ascii_uppercase();
        if signal_number(&name).is_none() {
            return Err(("is no signal", "give a signal's name, such as SIGINT"));
        }
        Ok(format!("SIG{}", name.strip_prefix("SIG").unwrap_or(&name)))
    }
}

/// A folder; by default the one that the caller is in.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Folder(pub Option<String>);

impl Key for Folder {
    fn read(input: Input, reader: &mut Reader) -> Option<Self> {
        read_text(input, reader).map(|path| Self(Some(path)))
    }

    fn schema() -> Json {
        json!({"type": "string", "x-kind": "folder"})
    }
}

impl PathText {
    /// What the checks made of a path.
    pub(in crate::app) fn new(path: String) -> Self {
        Self(path)
    }
}

/// Texts in their order: the words of a command.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Texts(pub Vec<String>);

impl Key for Texts {
    fn read(input: Input, reader: &mut Reader) -> Option<Self> {
        read_texts(input, reader).map(Self)
    }

    fn schema() -> Json {
        json!({"type": "array", "items": {"type": ["string", "number"]}, "x-kind": "texts"})
    }
}

impl Deref for Texts {
    type Target = Vec<String>;

    fn deref(&self) -> &Vec<String> {
        &self.0
    }
}
