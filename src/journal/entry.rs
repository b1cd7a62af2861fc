//! One entry of the journal.

use std::ops::Range;

use super::cursor::{Cursor, id_text};
use super::format::{EntryHead, Id};
use crate::error::{Error, Result};

/// One entry of the journal, with those of its fields that were wanted, as they are in the file.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(super) head: EntryHead,
    pub(super) seqnum_id: Id,
    pub(super) bytes: Vec<u8>,
    pub(super) fields: Vec<FieldRange>,
}

/// Where a field is among an entry's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldRange {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

impl Entry {
    /// The entry at this place, with these fields.
    pub fn new(cursor: &Cursor, fields: Vec<(String, Vec<u8>)>) -> Result<Self> {
        let (head, seqnum_id) = cursor.head().ok_or_else(|| {
            Error::config(format!("{:?} is not all of a cursor", cursor.to_string()))
                .with_hint("give one that an entry has told")
        })?;
        let mut entry = Self { head, seqnum_id, bytes: Vec::new(), fields: Vec::new() };
        for (name, value) in fields {
            let start = entry.bytes.len();
            entry.bytes.extend([name.as_bytes(), b"=", &value].concat());
            let equals = start + name.len();
            entry.fields.push(FieldRange { name: start..equals, value: equals + 1..entry.bytes.len() });
        }
        Ok(entry)
    }

    /// When it was received, in microseconds since the epoch.
    #[must_use]
    pub fn realtime(&self) -> u64 {
        self.head.realtime
    }

    /// When it was received, in microseconds since the machine booted.
    #[must_use]
    pub fn monotonic(&self) -> u64 {
        self.head.monotonic
    }

    /// Its number, which rises by one from each entry to the next of a journal.
    #[must_use]
    pub fn seqnum(&self) -> u64 {
        self.head.seqnum
    }

    /// The boot in which it was written, 32 digits.
    #[must_use]
    pub fn boot_id(&self) -> String {
        id_text(self.head.boot_id)
    }

    /// Where it is in the journal.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor::of(&self.head, self.seqnum_id)
    }

    /// All fields in the file's order, a name as often as it is there.
    pub fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|field| (&self.bytes[field.name.clone()], &self.bytes[field.value.clone()]))
    }

    /// The first value of this field.
    #[must_use]
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.fields().find(|(found, _)| *found == name.as_ref()).map(|(_, value)| value)
    }

    /// What was said.
    #[must_use]
    pub fn message(&self) -> Option<&[u8]> {
        self.get("MESSAGE")
    }

    /// How urgent it is: 0 (emergency) to 7 (debug).
    #[must_use]
    pub fn priority(&self) -> Option<u8> {
        match self.get("PRIORITY")? {
            [digit @ b'0'..=b'7'] => Some(digit - b'0'),
            _ => None,
        }
    }

    /// The process that sent it.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.text("_PID").or_else(|| self.text("SYSLOG_PID"))?.parse().ok()
    }

    /// The unit of the system's manager that it is about: the one that the manager, or a service that may speak of others,
    /// says it is about, or the one it was sent by. What others claim counts for nothing, as with `journalctl --unit`.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        let said_by_manager = || (self.get("_PID") == Some(b"1")).then(|| self.text("UNIT")).flatten();
        self.about(["COREDUMP_UNIT", "OBJECT_SYSTEMD_UNIT"])
            .or_else(said_by_manager)
            .or_else(|| self.text("_SYSTEMD_UNIT"))
    }

    /// The unit of a user's manager that it is about.
    #[must_use]
    pub fn user_unit(&self) -> Option<&str> {
        self.about(["COREDUMP_USER_UNIT", "OBJECT_SYSTEMD_USER_UNIT"])
            .or_else(|| self.text("USER_UNIT"))
            .or_else(|| self.text("_SYSTEMD_USER_UNIT"))
    }

    /// The name that the program has given itself.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        self.text("SYSLOG_IDENTIFIER").or_else(|| self.text("_COMM"))
    }

    /// What a process of root's says of others.
    fn about(&self, names: [&str; 2]) -> Option<&str> {
        (self.get("_UID") == Some(b"0")).then(|| names.iter().find_map(|name| self.text(name))).flatten()
    }

    fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.get(name)?).ok()
    }
}

/// Where its file has it makes no difference.
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cursor() == other.cursor() && self.fields().eq(other.fields())
    }
}

impl Eq for Entry {}
