//! Where an entry is in the journal, as a text: `sd_journal_get_cursor` of systemd.

use std::fmt;

use super::format::{EntryHead, Id};
use crate::error::{Error, Result};

/// Where an entry is in the journal. What is not known of it is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub(super) seqnum_id: Option<Id>,
    pub(super) seqnum: Option<u64>,
    pub(super) boot_id: Option<Id>,
    pub(super) monotonic: Option<u64>,
    pub(super) realtime: Option<u64>,
    pub(super) xor_hash: Option<u64>,
}

impl Cursor {
    /// Reads one. Parts that nobody knows are passed over, as newer systemds may have more.
    pub fn parse(text: &str) -> Result<Self> {
        let mut cursor = Self::default();
        for part in text.split(';') {
            let Some((key, value)) = part.split_once('=').filter(|(key, _)| key.len() == 1) else {
                return Err(invalid(text));
            };
            let number = || u64::from_str_radix(value, 16).map_err(|_| invalid(text)).map(Some);
            let id = || parse_id(value).ok_or_else(|| invalid(text)).map(Some);
            match key {
                "s" => cursor.seqnum_id = id()?,
                "i" => cursor.seqnum = number()?,
                "b" => cursor.boot_id = id()?,
                "m" => cursor.monotonic = number()?,
                "t" => cursor.realtime = number()?,
                "x" => cursor.xor_hash = number()?,
                _ => {}
            }
        }
        let is_place = cursor.seqnum_id.is_some() && cursor.seqnum.is_some()
            || cursor.boot_id.is_some() && cursor.monotonic.is_some()
            || cursor.realtime.is_some();
        if is_place { Ok(cursor) } else { Err(invalid(text)) }
    }

    pub(super) fn of(entry: &EntryHead, seqnum_id: Id) -> Self {
        Self {
            seqnum_id: Some(seqnum_id),
            seqnum: Some(entry.seqnum),
            boot_id: Some(entry.boot_id),
            monotonic: Some(entry.monotonic),
            realtime: Some(entry.realtime),
            xor_hash: Some(entry.xor_hash),
        }
    }

    /// What it says of an entry, if that is all.
    pub(super) fn head(&self) -> Option<(EntryHead, Id)> {
        let head = EntryHead {
            offset: 0,
            seqnum: self.seqnum?,
            realtime: self.realtime?,
            monotonic: self.monotonic?,
            boot_id: self.boot_id?,
            xor_hash: self.xor_hash?,
        };
        Some((head, self.seqnum_id?))
    }

    /// Whether it is this entry's, or that of a copy, as `journalctl --flush` makes them: of that all is true but the number.
    pub(super) fn is_of(&self, entry: &EntryHead, seqnum_id: Id) -> bool {
        let number = self.seqnum.is_none_or(|seqnum| seqnum == entry.seqnum);
        let is_copy = self.head().is_some_and(|(_, id)| id != seqnum_id);
        let by_number = self.seqnum_id.is_none_or(|id| id == seqnum_id && number);
        (by_number || is_copy)
            && self.boot_id.is_none_or(|id| id == entry.boot_id)
            && self.monotonic.is_none_or(|time| time == entry.monotonic)
            && self.realtime.is_none_or(|time| time == entry.realtime)
            && self.xor_hash.is_none_or(|hash| hash == entry.xor_hash)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = [("s", self.seqnum_id), ("b", self.boot_id)];
        let id = |at: usize| ids[at].1.map(|id| format!("{}={}", ids[at].0, id_text(id)));
        let number = |key, number: Option<u64>| number.map(|number| format!("{key}={number:x}"));
        let parts = [
            id(0),
            number("i", self.seqnum),
            id(1),
            number("m", self.monotonic),
            number("t", self.realtime),
            number("x", self.xor_hash),
        ];
        formatter.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(";"))
    }
}

/// An id as systemd writes it: 32 digits.
pub(super) fn id_text(id: Id) -> String {
    format!("{:032x}", u128::from_be_bytes(id))
}

/// Reads 32 digits, with or without the hyphens of a UUID.
pub(super) fn parse_id(text: &str) -> Option<Id> {
    let digits = text.replace('-', "");
    let is_id = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_id.then(|| u128::from_str_radix(&digits, 16).ok().map(u128::to_be_bytes)).flatten()
}

fn invalid(text: &str) -> Error {
    Error::config(format!("{text:?} is no cursor of the journal"))
        .with_hint("give one that an entry has told")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "s=7e1edcf05dc245d4874c1bf0f8102f6a;i=1;b=b36968049be54af7be95cb5579ef21b4;m=2f;\
        t=66178a182e78e;x=f8f2a1d7cc1ab3e9";

    #[test]
    fn a_cursor_is_read_and_written_alike() {
        for text in [WHOLE, "t=66178a182e78e", "b=b36968049be54af7be95cb5579ef21b4;m=0"] {
            assert_eq!(Cursor::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Cursor::parse("q=new;t=1").unwrap().to_string(), "t=1");
    }

    #[test]
    fn what_is_no_cursor_is_told() {
        for text in ["", "s=1", "x", "t=", "t=zz", "i=1", "x=1", "m=1;s=7e1edcf05dc245d4874c1bf0f8102f6a"] {
            let error = Cursor::parse(text).unwrap_err();
            assert_eq!(error.facts().message, format!("{text:?} is no cursor of the journal"));
        }
    }
}
