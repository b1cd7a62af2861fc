//! What is asked of the journal.

use super::cursor::Cursor;
use super::folder::{Journals, Owner};
use super::grep::Grep;
use super::limits::Limits;
use super::matches::Match;
use super::source::{Bounds, Direction};

/// Where reading begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Beginning {
    /// At the first entry, or with the last `lines` of them.
    #[default]
    Unset,
    /// At this entry.
    At(Cursor),
    /// At the one behind it.
    After(Cursor),
}

/// A boot of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boot {
    /// The one with this id of 32 digits.
    Id(String),
    /// 0 is the last one, or of the machine's own journals the present one; -1 is the one before; 1 is the first that is known.
    Number(i64),
}

/// What is asked of the journal.
#[derive(Clone, Debug)]
pub struct Query {
    /// Where.
    pub journals: Journals,
    /// Which entries.
    pub wanted: Match,
    /// Only those of this boot.
    pub boot: Option<Boot>,
    /// Only those with a message like this.
    pub grep: Option<Grep>,
    /// Those of this time on, in microseconds since the epoch.
    pub since: Option<u64>,
    /// Those until this time.
    pub until: Option<u64>,
    /// From which one on.
    pub beginning: Beginning,
    /// At most so many: of a beginning the first, else the last.
    pub lines: Option<u64>,
    /// The newest first.
    pub reverse: bool,
    /// Only these fields of them; all, if none is named.
    pub fields: Vec<String>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            journals: Journals::Local { owner: Owner::Everybody, namespace: None },
            wanted: Match::All(Vec::new()),
            boot: None,
            grep: None,
            since: None,
            until: None,
            beginning: Beginning::Unset,
            lines: None,
            reverse: false,
            fields: Vec::new(),
        }
    }
}

impl Query {
    pub(super) fn bounds(&self) -> Bounds {
        let (cursor, after) = match &self.beginning {
            Beginning::Unset => (None, false),
            Beginning::At(cursor) => (Some(cursor.clone()), false),
            Beginning::After(cursor) => (Some(cursor.clone()), true),
        };
        Bounds { since: self.since, until: self.until, cursor, after, limits: Limits::default() }
    }

    /// Whether nothing is wanted that is there already.
    pub(super) fn is_of_what_comes(&self) -> bool {
        self.lines == Some(0) && self.is_of_last() && self.since.is_none()
    }

    /// Whether the last entries are wanted.
    pub(super) fn is_of_last(&self) -> bool {
        self.lines.is_some() && self.beginning == Beginning::Unset
    }

    /// In which direction files are read, and whether what is found is then told the other way round.
    pub(super) fn way(&self) -> (Direction, bool) {
        match (self.reverse, self.is_of_last()) {
            (true, _) => (Direction::Backwards, false),
            (false, true) => (Direction::Backwards, true),
            (false, false) => (Direction::Forwards, false),
        }
    }
}
