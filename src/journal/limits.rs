//! How far a journal has come for certain, while it is being written.
//!
//! journald writes one entry after the other, whatever file each goes to. Files are read one after the other: of what was
//! written meanwhile one may have the later and another not yet the earlier. So it is looked first how far all have come,
//! then what is in each; and what is behind waits for the next time.

use super::file::JournalFile;
use super::format::Id;

/// How far the sources of numbers have come for certain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits(Option<Vec<(Id, u64)>>);

impl Limits {
    /// As far as these files say, which were looked at just now. What is looked at from now on has all up to there.
    pub(super) fn of<'a>(files: impl Iterator<Item = &'a JournalFile>) -> Self {
        let mut known: Vec<(Id, u64)> = Vec::new();
        for header in files.map(|file| &file.objects.header) {
            match known.iter_mut().find(|(id, _)| *id == header.seqnum_id) {
                Some((_, last)) => *last = header.last_seqnum.max(*last),
                None => known.push((header.seqnum_id, header.last_seqnum)),
            }
        }
        Self(Some(known))
    }

    /// Whether there are any: of what is not followed all is certain.
    pub(super) fn are_set(&self) -> bool {
        self.0.is_some()
    }

    /// The last number of this source that is certain; 0 of one that was not known.
    pub(super) fn last(&self, seqnum_id: Id) -> u64 {
        let Some(known) = &self.0 else { return u64::MAX };
        known.iter().find(|(id, _)| *id == seqnum_id).map_or(0, |(_, last)| *last)
    }
}
