//! What a unit file can hold at all, whatever the setting.

use std::borrow::Cow;

use crate::error::{Error, Result};

/// The longest line that systemd reads, in bytes: one short of its buffer of 1 MiB.
pub(super) const LONGEST_LINE: usize = 1024 * 1024 - 1;

/// What systemd strips from both ends of lines, keys and values.
pub(super) const WHITESPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// Whether systemd calls text with this character "not UTF-8 clean": Unicode's noncharacters.
pub(super) fn is_noncharacter(c: char) -> bool {
    let code = u32::from(c);
    (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
}

/// Whether a line that ends so goes on in the next one.
pub(super) fn continues(line: &str) -> bool {
    line.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

/// How a character looks in a message.
pub(super) fn show(c: char) -> String {
    format!("{:?} (U+{:04X})", c, u32::from(c))
}

/// Refuses what no value can hold: `field` names it in the error. The value itself is never shown.
pub(super) fn check_text(field: &str, value: &str) -> Result<()> {
    match value.chars().find(|&c| c == '\0' || is_noncharacter(c)) {
        None => Ok(()),
        Some('\0') => Err(Error::config(format!("{field} contains a NUL character"))
            .with_hint("neither unit files nor programs can receive one")),
        Some(c) => Err(Error::config(format!("{field} contains the noncharacter {}", show(c)))
            .with_hint("systemd refuses unit files with it")),
    }
}

/// Refuses a value that would not come back as it is when it is written unquoted: `field` names it in the error.
pub(crate) fn check_value(field: &str, value: &str) -> Result<()> {
    check_text(field, value)?;
    let refuse = |reason: &str| Err(Error::config(format!("{field} {reason}")));
    if value.contains(['\n', '\r']) {
        return refuse("contains a line break, which would start another line of the unit file");
    }
    if value.trim_matches(WHITESPACE) != value {
        return refuse("begins or ends with white space, which systemd strips");
    }
    if continues(value) {
        return refuse("ends with a backslash, which would join the next line of the unit file to it");
    }
    if value.len() + field.len() + 16 > LONGEST_LINE {
        return refuse("is too long: systemd reads lines of up to 1 MiB");
    }
    Ok(())
}

/// Refuses what is no name of a setting.
pub(crate) fn check_key(key: &str) -> Result<()> {
    check_word("setting", key)
}

/// Refuses what is no name of a section.
pub(crate) fn check_section(section: &str) -> Result<()> {
    check_word("section", section)
}

/// A name as it may be told: what stands behind "=" was meant as a value, which may be secret.
pub(crate) fn shown_name(name: &str) -> Cow<'_, str> {
    name.split_once('=').map_or(Cow::Borrowed(name), |(name, _)| format!("{name}=...").into())
}

fn check_word(what: &str, word: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !word.is_empty() && word.len() <= 255 && word.chars().all(allowed) {
        return Ok(());
    }
    Err(Error::config(format!("{:?} is no name of a {what}", shown_name(word)))
        .with_hint("such names have letters, digits, \"-\", \"_\" and \".\""))
}
