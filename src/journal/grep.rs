//! Messages that are like a regular expression.

use regex_lite::{Regex, RegexBuilder};

use crate::error::{Error, Result};

/// A regular expression that is looked for in messages.
#[derive(Clone, Debug)]
pub struct Grep(Regex);

impl Grep {
    /// One without a capital letter finds those of any case, as `journalctl --grep` has it.
    pub fn new(pattern: &str) -> Result<Self> {
        let any_case = !pattern.chars().any(char::is_uppercase);
        let built = RegexBuilder::new(pattern).case_insensitive(any_case).build();
        built.map(Self).map_err(|error| {
            Error::config(format!("{pattern:?} is no regular expression: {error}")).with_hint(
                "the syntax is that of Rust's regex-lite; put a backslash before what stands for itself",
            )
        })
    }

    /// Whether it is in a message. What is not UTF-8 there is like nothing.
    #[must_use]
    pub fn is_in(&self, message: &[u8]) -> bool {
        self.0.is_match(&String::from_utf8_lossy(message))
    }
}
