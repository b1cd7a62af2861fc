//! Patterns of unit names, as in fnmatch(3) and in `systemctl list-units PATTERN`.

use crate::error::{Error, Result};

/// One pattern: `*` any text, `?` any character, `[abc]`, `[a-z]`, `[!abc]` one of a set. As in systemd, a
/// backslash stands for itself (`FNM_NOESCAPE`): names have it, and they have none of the characters before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Exactly(char),
    AnyCharacter,
    AnyText,
    OneOf { ranges: Vec<(char, char)>, negated: bool },
}

impl Pattern {
    /// Parses a pattern; a set that does not end is an error.
    pub fn parse(text: &str) -> Result<Self> {
        let mut characters = text.chars().peekable();
        let mut parts = Vec::new();
        while let Some(character) = characters.next() {
            parts.push(match character {
                '*' => Part::AnyText,
                '?' => Part::AnyCharacter,
                '[' => set(&mut characters).ok_or_else(|| {
                    Error::config(format!("the pattern {text:?} has a [ without a ]"))
                        .with_hint("close the set; no unit name has the character itself")
                })?,
                other => Part::Exactly(other),
            });
        }
        Ok(Self(parts))
    }

    /// Whether the whole name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut part, mut at) = (0, 0);
        // Where to go on when the last `*` has to take one character more.
        let mut retry: Option<(usize, usize)> = None;
        while at < name.len() {
            match self.0.get(part) {
                Some(Part::AnyText) => {
                    retry = Some((part + 1, at));
                    part += 1;
                }
                Some(single) if single.takes(name[at]) => {
                    part += 1;
                    at += 1;
                }
                _ => match retry {
                    Some((after, from)) => {
                        retry = Some((after, from + 1));
                        part = after;
                        at = from + 1;
                    }
                    None => return false,
                },
            }
        }
        self.0[part..].iter().all(|part| *part == Part::AnyText)
    }
}

impl Part {
    fn takes(&self, character: char) -> bool {
        match self {
            Self::Exactly(exactly) => *exactly == character,
            Self::AnyCharacter => true,
            Self::AnyText => false,
            Self::OneOf { ranges, negated } => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&character)) != *negated
            }
        }
    }
}

fn set(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Part> {
    let negated = characters.next_if(|character| matches!(character, '!' | '^')).is_some();
    let mut ranges = Vec::new();
    loop {
        let first = characters.next()?;
        if first == ']' && !ranges.is_empty() {
            return Some(Part::OneOf { ranges, negated });
        }
        let mut ahead = characters.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(last)) if last != ']' => {
                *characters = ahead;
                ranges.push((first, last));
            }
            _ => ranges.push((first, first)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_fnmatch_does() {
        let table = [
            ("*", "", true),
            ("pm2-*", "pm2-a.service", true),
            ("pm2-*", "xpm2-a.service", false),
            ("*.service", "a.service", true),
            ("*.service", "a.service.d", false),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[ab]x", "bx", true),
            ("[!ab]x", "bx", false),
            ("[a-c-]x", "-x", true),
            ("[a-c]x", "dx", false),
            ("[]]x", "]x", true),
            (r"a\x20*", r"a\x20b.service", true),
            (r"a\x20b.service", r"a\x20b.service", true),
            ("a\\*", "a*", false),
        ];
        for (pattern, name, expected) in table {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(name), expected, "{pattern} {name}");
        }
        assert!(Pattern::parse("[ab").is_err());
    }
}
