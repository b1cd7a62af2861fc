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
mod entries;
mod entry;
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
mod journals;
mod limits;
mod listed;
mod matches;
mod names;
mod news;
mod objects;
mod order;
mod query;
mod reader;
mod send;
mod source;
#[cfg(test)]
mod tests;
mod tidings;
mod unit_log;
mod units;
mod vacuum;
mod windows;

pub use ahead::{Ahead, Progress};
pub use asked::{Asked, PRIORITIES};
pub use boots::{BootInfo, boots};
pub use cursor::Cursor;
pub use daemon::{Task, ask};
pub use entry::Entry;
pub use field_names::{field_names, field_values};
pub use folder::{Journals, LeftOut, Owner};
pub use follower::Follower;
pub use grep::Grep;
pub use matches::Match;
pub use query::{Beginning, Boot, Query};
pub use reader::Reader;
pub use send::{Draft, Sender};
pub(crate) use unit_log::{
    LOG_OF_EMBEDDED, MARK_OF_EMBEDDED, entries, journalctl, log_of_embedded, tail_of_file,
};
pub use unit_log::{ProcessEnd, Run, UnitEntry, tail};
pub use vacuum::{Room, Vacuumed, parse_size, usage, vacuum};
