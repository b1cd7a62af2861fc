//! Lists of units, which may be long: read where they stand, row by row, with nothing kept but where each begins.

use zbus::Message;

use super::Reader;
use crate::bus::connection::malformed;
use crate::error::Result;

/// A row of `ListUnits`, `(ssssssouso)`, without the object paths, which the names tell.
#[derive(Clone, Copy, Debug)]
pub struct UnitRow<'a> {
    /// Name, description, load, active and sub-state, and the unit that this one follows.
    pub texts: [&'a str; 6],
    /// The number of the job that is queued, 0 for none.
    pub job_id: u32,
    /// The type of that job.
    pub job_type: &'a str,
}

/// The answer of `ListUnits` and its kin; `bytes` are the body's.
pub fn unit_rows<'a>(message: &Message, bytes: &'a [u8]) -> Result<UnitRows<'a>> {
    if message.body().signature().to_string_no_parens() != "a(ssssssouso)" {
        return Err(malformed(&"units of another type"));
    }
    let mut reader = Reader::of(message, bytes);
    let end = reader.array(8)?;
    let mut begins = Vec::new();
    while reader.position < end {
        reader.align(8)?;
        begins.push(reader.position);
        for _ in 0..7 {
            reader.sized_bytes()?;
        }
        reader.number::<4>()?;
        reader.sized_bytes()?;
        reader.sized_bytes()?;
    }
    reader.ends_at(end)?;
    begins.shrink_to_fit();
    Ok(UnitRows { reader, begins })
}

/// Rows of units, each read when it is asked for.
pub struct UnitRows<'a> {
    reader: Reader<'a>,
    begins: Vec<usize>,
}

impl<'a> UnitRows<'a> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.begins.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.begins.is_empty()
    }

    /// The same rows by name.
    #[must_use]
    pub fn by_name(mut self) -> Self {
        let name = |&begin: &usize| self.reader.at(begin).sized_bytes().unwrap_or_default();
        // In UTF-8 bytes have the order of their characters.
        self.begins.sort_unstable_by_key(name);
        self
    }

    /// The rows.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Result<UnitRow<'a>>> {
        self.begins.iter().map(|&begin| row(&mut self.reader.at(begin)))
    }
}

fn row<'a>(reader: &mut Reader<'a>) -> Result<UnitRow<'a>> {
    let mut texts = [""; 6];
    for text in &mut texts {
        *text = reader.text()?;
    }
    reader.sized_bytes()?;
    let job_id = u32::from_le_bytes(reader.number()?);
    let job_type = reader.text()?;
    Ok(UnitRow { texts, job_id, job_type })
}
