//! Lists of units, which may be long: each row is read where it stands, and nothing is kept.

use std::cmp::Ordering;

use zbus::Message;

use super::reader::{Reader, checked_text};
use crate::bus::answer::malformed;
use crate::error::Result;

/// A row of `ListUnits`, `(ssssssouso)`, without the object paths, which the names tell.
///
/// Its strings are bytes that [`RowText::text`] checks: most of them are one of a few words that need no look.
#[derive(Clone, Copy, Debug)]
pub struct UnitRow<'a> {
    /// The unit's name.
    pub name: RowText<'a>,
    /// Its description.
    pub description: RowText<'a>,
    /// Its load, active and sub-state.
    pub states: [RowText<'a>; 3],
    /// The unit that this one follows, or nothing.
    pub followed: RowText<'a>,
    /// The number of the job that is queued, 0 for none.
    pub job_id: u32,
    /// The type of that job.
    pub job_type: RowText<'a>,
}

/// A string as it came, whatever it consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowText<'a>(pub &'a [u8]);

impl<'a> RowText<'a> {
    /// What it says.
    pub fn text(self) -> Result<&'a str> {
        checked_text(self.0)
    }
}

/// The rows in the answer of `ListUnits` and its kin, in systemd's order; `bytes` are the body's.
pub fn unit_rows<'a>(message: &'a Message, bytes: &'a [u8]) -> Result<UnitRows<'a>> {
    if message.body().signature().to_string_no_parens() != "a(ssssssouso)" {
        return Err(malformed(&"units of another type"));
    }
    let mut reader = Reader::of(message, bytes);
    let end = reader.array(8)?;
    Ok(UnitRows { reader, end })
}

/// Rows of units. After an error there are none.
pub struct UnitRows<'a> {
    reader: Reader<'a>,
    end: usize,
}

impl<'a> Iterator for UnitRows<'a> {
    type Item = Result<UnitRow<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.reader.goes_on(self.end) {
            Ok(true) => row(&mut self.reader),
            Ok(false) => return None,
            Err(late) => Err(late),
        };
        let row = row.and_then(|row| {
            if self.reader.position > self.end {
                self.reader.ends_at(self.end)?;
            }
            Ok(row)
        });
        if row.is_err() {
            self.reader.position = self.end;
        }
        Some(row)
    }
}

fn row<'a>(reader: &mut Reader<'a>) -> Result<UnitRow<'a>> {
    reader.align(8)?;
    let mut texts = [RowText(&[]); 7];
    for text in &mut texts {
        *text = RowText(reader.sized_bytes()?);
    }
    let [name, description, load_state, active_state, sub_state, followed, _path] = texts;
    let job_id = u32::from_le_bytes(reader.number()?);
    let job_type = RowText(reader.sized_bytes()?);
    let _job_path = reader.sized_bytes()?;
    let states = [load_state, active_state, sub_state];
    Ok(UnitRow { name, description, states, followed, job_id, job_type })
}

/// The order of two names. In UTF-8 bytes have the order of their characters.
///
/// A list takes ten times as many comparisons as it has names, and most are over after the first bytes: looked at as
/// one number they need no call.
#[must_use]
pub fn by_name(one: &[u8], other: &[u8]) -> Ordering {
    match (one.first_chunk::<16>(), other.first_chunk::<16>()) {
        (Some(one_begin), Some(other_begin)) if one_begin != other_begin => {
            u128::from_be_bytes(*one_begin).cmp(&u128::from_be_bytes(*other_begin))
        }
        _ => one.cmp(other),
    }
}
