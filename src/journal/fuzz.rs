//! What the fuzz target in `fuzz/` runs, and what the tests run a little of each time.

use std::io::Write as _;
use std::path::Path;

use rustix::fs::{MemfdFlags, memfd_create};

use super::boots::boots_of;
use super::fault::or_nothing;
use super::file::JournalFile;
use super::limits::Limits;
use super::matches::Match;
use super::query::Query;
use super::reader::Reader;

/// Takes `input` for a journal file, and reads it in every way: what is told has to stay in proportion.
#[expect(clippy::missing_panics_doc, reason = "to panic is its purpose")]
pub fn journal(input: &[u8]) {
    let any = Match::Any(vec![Match::priority(3), Match::field("MESSAGE", "a")]);
    let both = Match::All(vec![Match::field("PRIORITY", "3"), Match::priority(6)]);
    let ways = [
        Query::default(),
        Query { reverse: true, since: Some(2), ..Query::default() },
        Query { lines: Some(3), wanted: any, ..Query::default() },
        Query { since: Some(u64::MAX / 2), until: Some(u64::MAX / 2 + 9), wanted: both, ..Query::default() },
    ];
    for query in ways {
        let Some(file) = open(input) else { return };
        let Ok(mut reader) = Reader::of(vec![file], Vec::new(), &query, Limits::default()) else { return };
        let mut count = 0;
        while let Ok(Some(entry)) = reader.next_entry() {
            let _ = (entry.unit(), entry.user_unit(), entry.identifier(), entry.priority(), entry.pid());
            let _ = entry.cursor().to_string();
            count += 1;
        }
        assert!(count <= input.len() / 64, "{count} entries of {} bytes", input.len());
        let _ = reader.left_out();
    }
    let _ = open(input).map(|file| boots_of(&mut [file]));
}

fn open(input: &[u8]) -> Option<JournalFile> {
    let mut file: std::fs::File = memfd_create("journal", MemfdFlags::CLOEXEC).ok()?.into();
    file.write_all(input).ok()?;
    or_nothing(JournalFile::of(file, Path::new("fuzz"))).ok().flatten()
}
