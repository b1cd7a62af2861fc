//! What a caller describes an app or properties with: a tree of what JSON, TOML and the callers' languages have.

use std::fmt;

use serde_json::Value as Json;

/// A value as it was given. It may be a secret, so neither its `Debug` nor any error shows it.
#[derive(Clone, PartialEq)]
pub enum Input {
    /// Nothing: as if the key were not there.
    Null,
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Whole(i64),
    /// Another number, and how it is written where a text is wanted.
    Number(f64, String),
    /// A span of time, in seconds.
    Span(f64),
    /// A text.
    Text(String),
    /// A text that UTF-8 cannot carry.
    NotUtf8,
    /// Values in their order.
    List(Vec<Input>),
    /// Values by their names.
    Table(Vec<(Input, Input)>),
    /// Something else, of the type with this name in the caller's language.
    Other(String),
}

impl Input {
    /// What it is, to complete "the key ...".
    pub(crate) fn what(&self) -> String {
        match self {
            Self::Null => "is nothing",
            Self::Boolean(_) => "is a truth value",
            Self::Whole(_) | Self::Number(..) => "is a number",
            Self::Span(_) => "is a span of time",
            Self::Text(_) => "is one text",
            Self::NotUtf8 => "contains a lone surrogate, so it is no UTF-8",
            Self::List(_) => "is a list",
            Self::Table(_) => "is a table",
            Self::Other(kind) => return format!("is of the type {kind}"),
        }
        .to_owned()
    }
}

/// The kind of value alone.
impl fmt::Debug for Input {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Input that {}", self.what())
    }
}

impl From<Json> for Input {
    fn from(value: Json) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Boolean(value),
            Json::Number(number) => number.as_i64().map_or_else(
                || Self::Number(number.as_f64().unwrap_or(f64::NAN), number.to_string()),
                Self::Whole,
            ),
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Json::Object(entries) => Self::Table(
                entries.into_iter().map(|(name, value)| (Self::Text(name), value.into())).collect(),
            ),
        }
    }
}

impl From<serde_json::Map<String, Json>> for Input {
    fn from(table: serde_json::Map<String, Json>) -> Self {
        Json::Object(table).into()
    }
}
