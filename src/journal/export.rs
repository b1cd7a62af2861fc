//! Entries in the journal's export format (<https://systemd.io/JOURNAL_EXPORT_FORMATS>), which `journalctl` writes.

use super::cursor::Cursor;
use super::entry::Entry;
use crate::error::{Error, Kind, Result};

/// The most bytes of an entry: `ENTRY_SIZE_MAX` of systemd's src/shared/journal-importer.h.
const MOST: usize = 770 << 20;
/// What the format says of an entry besides its fields.
const CURSOR: &str = "__CURSOR";

/// Entries, of which the bytes come bit by bit.
#[derive(Debug, Default)]
pub(super) struct Export {
    bytes: Vec<u8>,
    /// So many of them are read.
    read: usize,
    /// In so many behind these no line ends.
    seen: usize,
    /// Only these fields are wanted; all, if none is named.
    wanted: Vec<String>,
    cursor: Option<Cursor>,
    fields: Vec<(String, Vec<u8>)>,
    /// How many bytes the fields have.
    size: usize,
}

impl Export {
    /// Of which only these fields are wanted; all, if none is named.
    pub(super) fn of(wanted: &[String]) -> Self {
        Self { wanted: wanted.to_vec(), ..Self::default() }
    }

    /// Takes in some more.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..std::mem::take(&mut self.read));
        self.bytes.extend_from_slice(bytes);
    }

    /// The next entry, if all of it has come.
    pub(super) fn next(&mut self) -> Result<Option<Entry>> {
        loop {
            let rest = &self.bytes[self.read..];
            if self.size + rest.len() > MOST {
                return Err(broken("an entry is longer than one can be"));
            }
            let Some(end) = rest[self.seen..].iter().position(|byte| *byte == b'\n') else {
                self.seen = rest.len();
                return Ok(None);
            };
            let end = self.seen + end;
            let (line, behind) = (&rest[..end], &rest[end + 1..]);
            if line.is_empty() {
                (self.read, self.seen) = (self.read + 1, 0);
                if let Some(entry) = self.end_entry()? {
                    return Ok(Some(entry));
                }
                continue;
            }
            // "-- No entries --", where it is not told to be quiet.
            if line.starts_with(b"-- ") {
                (self.read, self.seen) = (self.read + end + 1, 0);
                continue;
            }
            let Some(Field { name, value, length }) = Field::of(line, behind)? else {
                self.seen = end;
                return Ok(None);
            };
            let name = std::str::from_utf8(name).map_err(|_| broken("a field has no name"))?;
            if name == CURSOR {
                let text = String::from_utf8_lossy(value);
                self.cursor = Some(Cursor::parse(&text).map_err(|_| broken("a cursor is none"))?);
            } else if !name.starts_with("__") && self.is_wanted(name) {
                self.size += value.len();
                self.fields.push((name.to_owned(), value.to_vec()));
            }
            (self.read, self.seen) = (self.read + length, 0);
        }
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|wanted| wanted == name)
    }

    fn end_entry(&mut self) -> Result<Option<Entry>> {
        self.size = 0;
        let fields = std::mem::take(&mut self.fields);
        match self.cursor.take() {
            Some(cursor) => {
                Entry::new(&cursor, fields).map(Some).map_err(|_| broken("a cursor is not whole"))
            }
            None if fields.is_empty() => Ok(None),
            None => Err(broken("an entry has no cursor")),
        }
    }
}

struct Field<'a> {
    name: &'a [u8],
    value: &'a [u8],
    /// So many bytes it takes.
    length: usize,
}

impl<'a> Field<'a> {
    /// A line, or a name alone in it, and behind it a length and the value; none if not all has come.
    fn of(line: &'a [u8], behind: &'a [u8]) -> Result<Option<Self>> {
        let length = line.len() + 1;
        if let Some(equals) = line.iter().position(|byte| *byte == b'=') {
            return Ok(Some(Self { name: &line[..equals], value: &line[equals + 1..], length }));
        }
        let value = sized(behind)?;
        Ok(value.map(|value| Self { name: line, value, length: length + 8 + value.len() + 1 }))
    }
}

/// A value whose length is said before it; none if not all of it has come.
fn sized(bytes: &[u8]) -> Result<Option<&[u8]>> {
    let Some((length, rest)) = bytes.split_first_chunk() else { return Ok(None) };
    let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|length| *length <= MOST);
    let length = length.ok_or_else(|| broken("a field is longer than one can be"))?;
    match rest.get(length) {
        None => Ok(None),
        Some(b'\n') => Ok(Some(&rest[..length])),
        Some(_) => Err(broken("a field does not end where it should")),
    }
}

fn broken(reason: &str) -> Error {
    Error::new(Kind::Storage, format!("journalctl does not write what it should: {reason}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CURSOR_OF_ONE: &str =
        "s=01010101010101010101010101010101;i=1;b=02020202020202020202020202020202;m=5;t=6;x=7";

    fn written(fields: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = format!("__CURSOR={CURSOR_OF_ONE}\n__REALTIME_TIMESTAMP=6\n").into_bytes();
        for (name, value) in fields {
            bytes.extend_from_slice(name.as_bytes());
            if value.contains(&b'\n') {
                bytes.push(b'\n');
                bytes.extend_from_slice(&(value.len() as u64).to_le_bytes());
            } else {
                bytes.push(b'=');
            }
            bytes.extend_from_slice(value);
            bytes.push(b'\n');
        }
        bytes.push(b'\n');
        bytes
    }

    #[test]
    fn that_there_are_none_is_no_entry() {
        let mut export = Export::default();
        export.push(b"-- No entries --\n");
        assert_eq!(export.next().unwrap(), None);
    }

    #[test]
    fn what_is_not_wanted_is_left_out() {
        let fields =
            [("MESSAGE", "a"), ("_BOOT_ID", "b")].map(|(n, v)| (n.to_owned(), v.as_bytes().to_vec()));
        let mut export = Export::of(&["MESSAGE".to_owned()]);
        export.push(&written(&fields));
        let entry = export.next().unwrap().unwrap();
        assert_eq!(entry.fields().collect::<Vec<_>>(), [(&b"MESSAGE"[..], &b"a"[..])]);
    }

    #[test]
    fn what_is_no_export_is_told() {
        let cases: [(&[u8], &str); 6] = [
            (b"A=1\n\n", "an entry has no cursor"),
            (b"__CURSOR=x\n", "a cursor is none"),
            (b"__CURSOR=t=1\n\n", "a cursor is not whole"),
            (b"\xff=1\n", "a field has no name"),
            (b"A\n\xff\xff\xff\xff\xff\xff\xff\xff", "a field is longer than one can be"),
            (b"A\n\x01\0\0\0\0\0\0\0xy", "a field does not end where it should"),
        ];
        for (bytes, reason) in cases {
            let mut export = Export::default();
            export.push(bytes);
            let error = export.next().unwrap_err();
            assert!(error.facts().message.ends_with(reason), "{error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_pieces_all_comes_as_it_was_written(
            fields in prop::collection::vec(
                ("[A-Z_][A-Z0-9]{0,5}", prop::collection::vec(any::<u8>(), 0..40)), 0..6,
            ),
            count in 1..4_usize,
            piece in 1..50_usize,
        ) {
            let fields: Vec<_> = fields.into_iter().filter(|(name, _)| !name.starts_with("__")).collect();
            let bytes = written(&fields).repeat(count);
            let (mut export, mut entries) = (Export::default(), Vec::new());
            for piece in bytes.chunks(piece) {
                export.push(piece);
                while let Some(entry) = export.next().unwrap() {
                    entries.push(entry);
                }
            }
            let expected = Entry::new(&Cursor::parse(CURSOR_OF_ONE).unwrap(), fields).unwrap();
            prop_assert_eq!(entries, vec![expected; count]);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut export = Export::default();
            export.push(&bytes);
            while let Ok(Some(_)) = export.next() {}
        }
    }
}
