//! What is wrong with one key of an app.

use super::Hint;

/// A mistake in the description of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The app's name, where that is not what is wrong.
    pub app: Option<String>,
    /// The key, with those above it: `ready.http.interval`. Empty where it is about the whole.
    pub key: String,
    /// What is wrong, in one line; it names the key and shows no value.
    pub message: String,
    /// What to do.
    pub hint: Option<Hint>,
}
