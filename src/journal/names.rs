//! Names of fields and of namespaces.

use crate::error::{Error, Result};

/// The longest name of a field: `journal_field_valid` of systemd's src/libsystemd/sd-journal/journal-file.c.
const LONGEST: usize = 64;

/// A field that an entry may have.
pub(super) fn check_name(name: &str) -> Result<()> {
    let is_letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let begins_well = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    if begins_well && name.len() <= LONGEST && name.bytes().all(is_letter) {
        return Ok(());
    }
    Err(no_name(name).with_hint(
        "names have capital letters, digits and underscores, at most 64: MESSAGE, _PID, CODE_LINE",
    ))
}

/// A field that whoever sends an entry may give it.
pub(super) fn check_own_name(name: &str) -> Result<()> {
    if name.starts_with('_') {
        return Err(
            no_name(name).with_hint("begin it with a letter: those with an underscore journald sets itself")
        );
    }
    check_name(name)
}

fn no_name(name: &str) -> Error {
    Error::config(format!("{name:?} is no name of a field"))
}

/// A namespace of journald.
pub(super) fn check_namespace(name: &str) -> Result<()> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_.:@\\".contains(letter);
    if !name.is_empty() && name.chars().all(is_letter) {
        return Ok(());
    }
    Err(Error::config(format!("namespace is {name:?}, which is no name"))
        .with_hint("give the name that LogNamespace= of the unit has"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_journald_keeps() {
        let longest = "A".repeat(LONGEST);
        for name in ["MESSAGE", "A", "A_1", &*longest] {
            assert!(check_own_name(name).is_ok(), "{name}");
        }
        assert!(check_name("_PID").is_ok());
        for name in ["", "_PID", "1A", "a", "A-B", "A=B", "A\n", "\u{c4}", &*format!("{longest}A")] {
            assert!(check_own_name(name).is_err(), "{name:?}");
        }
    }
}
