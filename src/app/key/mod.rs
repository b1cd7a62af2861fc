//! What a key of an app can be. [`keys!`] declares a table of them; a type that a key has implements [`Key`].
//!
//! serde's own way from a description to a structure stops at the first mistake, and its errors are texts: so
//! reading is done here. Writing is serde's.

mod declare;
mod number;
mod reader;
mod table;
mod text;

use serde::Serialize;
use serde_json::Value as Json;

pub use crate::input::Input;
pub(super) use declare::{Declaration, Keys, keys};
pub(super) use number::{AMBIGUOUS, LONGEST};
pub use number::{Delay, Launches, Limit};
pub(super) use reader::{Problems, Reader};
pub(super) use table::{Entries, read_keys};
pub use table::{Environment, Extra};
pub(super) use text::read_text;
pub use text::{Account, Folder, Line, Name, PathText, Signal, Texts};

/// What a key has as its value.
pub(super) trait Key: Serialize + Sized {
    /// Whether there must be one.
    const REQUIRED: bool = true;
    /// Whether it is a time.
    const IS_TIME: bool = false;

    /// Makes sense of what was given; what is wrong is noted, and gives nothing.
    fn read(input: Input, reader: &mut Reader) -> Option<Self>;

    /// The value as [`Key::read`] takes it, wherever it is read, and whoever else counts in milliseconds.
    fn described(&self) -> Json {
        plain(self)
    }

    /// Its JSON Schema. `x-kind` says what kind of value it is to whoever writes signatures.
    fn schema() -> Json;
}

/// A value as its type is written.
pub(super) fn plain(value: &impl Serialize) -> Json {
    // None of our types has anything that JSON has not.
    serde_json::to_value(value).unwrap_or_default()
}

impl<T: Key> Key for Option<T> {
    const REQUIRED: bool = false;
    const IS_TIME: bool = T::IS_TIME;

    fn read(input: Input, reader: &mut Reader) -> Option<Self> {
        if input == Input::Null { Some(None) } else { T::read(input, reader).map(Some) }
    }

    fn described(&self) -> Json {
        self.as_ref().map_or(Json::Null, T::described)
    }

    fn schema() -> Json {
        T::schema()
    }
}
