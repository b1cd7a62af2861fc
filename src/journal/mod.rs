//! The journal: its files, read by ourselves, in the order in which journald wrote them; and what was logged of a unit.
//!
//! The format is systemd's, of its documents "Journal File Format" and src/libsystemd/sd-journal/journal-def.h. No file is
//! mapped into memory: one that is cut off while it is read would end the process. What a file says of itself is
//! believed nowhere: offsets and lengths are checked, chains go in one direction only, and what is damaged is left out.

mod ahead;
mod asked;
mod boots;
mod compression;
mod cursor;
mod daemon;
mod elsewhere;
mod entries;
mod entry;
mod export;
mod fault;
mod field_names;
mod file;
mod folder;
mod follower;
mod format;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod grep;
mod hash;
mod journalctl;
mod journals;
mod limits;
mod listed;
mod matches;
mod names;
mod news;
mod objects;
mod of_embedded;
mod order;
mod progress;
mod query;
mod question;
mod reader;
mod send;
mod source;
#[cfg(test)]
mod tests;
mod tidings;
mod unit_entry;
mod unit_log;
mod units;
mod vacuum;
mod windows;

pub use ahead::Ahead;
pub use asked::{Asked, PRIORITIES};
pub use boots::BootInfo;
pub use cursor::Cursor;
pub use daemon::Task;
pub use entry::Entry;
pub use folder::{Journals, LeftOut, Owner};
pub use follower::Follower;
pub use grep::Grep;
pub use matches::Match;
pub(crate) use of_embedded::{JOURNALS_OF_EMBEDDED, MARK_OF_EMBEDDED, journals_of_embedded};
pub use progress::Progress;
pub use query::{Beginning, Boot, Query};
pub use question::{Answer, Answering, Question};
pub use reader::Reader;
pub use send::{Draft, Sender};
pub(crate) use unit_entry::of_one_run;
pub use unit_entry::{ProcessEnd, UnitEntry};
pub(crate) use unit_log::last_complaint;
pub use unit_log::{Run, about, unit_entries};
pub use vacuum::{Room, Vacuumed, parse_size};
