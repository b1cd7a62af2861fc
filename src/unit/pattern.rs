//! What people give to say which units they mean: a name, or a pattern of names.

use super::name::UnitName;
use crate::error::Result;

/// A unit's name, or a pattern with `*`, `?` or `[...]`, which no name has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitPattern {
    /// This one; the name may be an alias.
    Name(UnitName),
    /// All that match.
    Glob(String),
}

impl UnitPattern {
    /// A text without any of the characters that make a pattern is a name, completed as
    /// [`UnitName::complete`] does it.
    pub fn parse(text: &str) -> Result<Self> {
        if text.contains(['*', '?', '[']) {
            Ok(Self::Glob(text.to_owned()))
        } else {
            UnitName::complete(text).map(Self::Name)
        }
    }

    /// Several at once.
    pub fn parse_all(texts: &[String]) -> Result<Vec<Self>> {
        texts.iter().map(|text| Self::parse(text)).collect()
    }

    /// The name, if it is one.
    #[must_use]
    pub fn name(&self) -> Option<&UnitName> {
        match self {
            Self::Name(name) => Some(name),
            Self::Glob(_) => None,
        }
    }

    /// The name, if only that one unit is meant.
    #[must_use]
    pub fn only_name(patterns: &[Self]) -> Option<&UnitName> {
        match patterns {
            [one] => one.name(),
            _ => None,
        }
    }

    /// What systemd compares names with.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Name(name) => name.as_str(),
            Self::Glob(pattern) => pattern,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_pattern_in_it_is_a_name() {
        for (text, asked, is_name) in [
            ("nginx", "nginx.service", true),
            ("nginx.socket", "nginx.socket", true),
            (r"my\x20app", r"my\x20app.service", true),
            ("getty@tty1", "getty@tty1.service", true),
            ("nginx*", "nginx*", false),
            ("pm2-?.service", "pm2-?.service", false),
            ("[ab]", "[ab]", false),
        ] {
            let pattern = UnitPattern::parse(text).unwrap();
            assert_eq!((pattern.as_str(), pattern.name().is_some()), (asked, is_name), "{text}");
        }
        for text in ["", "my app", "/srv/my-app"] {
            assert!(UnitPattern::parse(text).unwrap_err().facts().hint.is_some(), "{text}");
        }
    }
}
