//! The readers of one connection, and the model that they share: what is heard and found becomes events in each
//! reader's backlog. It is pure; whoever holds the connection calls it, and rings those who have news.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::audience::{Audience, ReaderId};
use super::defect::{Defect, is_back};
use super::event::UnitEvent;
use super::extent::Extent;
use super::live::jobs::Jobs;
use super::live::listed::Listed;
use super::live::places::Places;
use super::model::{Heard, Model};
use super::reader::{Phase, Reader, Wanted};
use super::signal::Signal;
use crate::error::Error;

/// All who read from one connection.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) model: Model,
    pub(super) audience: Audience,
    pub(super) readers: BTreeMap<ReaderId, Reader>,
    last: ReaderId,
    /// How all units are has to be looked at.
    pub(super) is_due: bool,
    /// Something may have to be asked for.
    pub(super) to_ask: bool,
    /// Signals were missed since the last look was asked for.
    pub(super) is_void: bool,
    /// Whether the model can be believed.
    pub(super) track: Track,
    /// What tables tell of jobs.
    pub(super) jobs: Jobs,
    /// What listings told besides, for tables.
    pub(super) listed: Listed,
    pub(super) places: Places,
    /// It is another number whenever something in the model may have changed.
    pub(super) revision: u64,
    /// The bytes of all backlogs.
    pub(super) bytes: usize,
    /// Who has news since somebody asked.
    pub(super) rung: BTreeSet<ReaderId>,
}

/// Whether a model can be believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Track {
    /// All that was told has been heard.
    #[default]
    Kept,
    /// Something is missing until the next look.
    Behind,
    /// There is no connection.
    Lost,
}

impl Room {
    /// Lets a reader in.
    pub(super) fn join(&mut self, wanted: Wanted) -> ReaderId {
        self.last += 1;
        let group = self.audience.join(self.last, wanted.selection.clone());
        self.to_ask = true;
        if wanted.is_table {
            self.jobs.open();
        }
        self.readers.insert(self.last, Reader::new(wanted, group));
        self.last
    }

    /// Lets a reader go; what waits for it is dropped.
    pub(super) fn leave(&mut self, id: ReaderId) {
        let Some(reader) = self.readers.remove(&id) else { return };
        self.bytes -= reader.backlog.bytes();
        self.rung.insert(id);
        if reader.live.is_some() {
            self.jobs.close();
            if !self.jobs.are_wanted() {
                self.listed.clear();
            }
        }
        for unit in self.audience.leave(id, reader.group) {
            self.model.forget(&unit);
        }
    }

    /// Whether nobody reads.
    pub(super) fn is_empty(&self) -> bool {
        self.readers.is_empty()
    }

    /// Whether the reader knows how things are. One who has left does not wait for that.
    pub(super) fn has_begun(&self, id: ReaderId) -> bool {
        self.readers.get(&id).is_none_or(|reader| reader.phase == Phase::Live)
    }

    /// Whether the reader has something to take.
    pub(super) fn has_news(&self, id: ReaderId) -> bool {
        self.readers.get(&id).is_none_or(|reader| !reader.backlog.is_empty() || reader.refused.is_some())
    }

    /// Those who have news, or have left, since the last time somebody asked.
    pub(super) fn take_rung(&mut self) -> BTreeSet<ReaderId> {
        std::mem::take(&mut self.rung)
    }

    /// Whether somebody wants this unit.
    pub(super) fn is_wanted(&self, unit: &str) -> bool {
        self.audience.is_wanted(unit)
    }

    /// Of which units changes have to be heard.
    pub(super) fn extent(&self) -> Extent {
        Extent::of(&self.audience)
    }

    /// The next event of a reader; an error is why it cannot begin, and is told once.
    pub(super) fn take(&mut self, id: ReaderId, now: u64) -> Result<Option<UnitEvent>, Error> {
        let Some(reader) = self.readers.get_mut(&id) else { return Ok(None) };
        if let Some(dropped) = reader.backlog.take_dropped() {
            let reason = Arc::from("the reader was too slow");
            self.add_all(id, [UnitEvent::gap(&reason, Some(dropped))], now);
            self.push_snapshot(id, now);
        }
        let Some(reader) = self.readers.get_mut(&id) else { return Ok(None) };
        let before = reader.backlog.bytes();
        let taken = reader.backlog.take();
        self.bytes -= before - reader.backlog.bytes();
        match (taken, reader.refused.take()) {
            (None, Some(error)) => Err(error),
            (taken, refused) => {
                reader.refused = refused;
                Ok(taken)
            }
        }
    }

    /// Takes in a signal, of this time in microseconds since the epoch.
    pub(super) fn hear(&mut self, signal: Signal<'_>, now: u64) {
        let unit = match signal {
            Signal::Reloading(begins) => {
                self.has_to_look(!begins);
                None
            }
            Signal::UnitNew(unit)
            | Signal::UnitRemoved(unit)
            | Signal::JobNew { unit, .. }
            | Signal::JobRemoved { unit, .. }
            | Signal::Changed { unit, .. } => Some(unit),
        };
        if let Some(unit) = unit {
            if matches!(signal, Signal::UnitNew(_) | Signal::UnitRemoved(_)) {
                self.listed.forget(unit);
            }
            if let Signal::UnitNew(unit) = signal {
                self.to_ask |= self.audience.hear_of(unit);
            }
            if !self.audience.is_wanted(unit) {
                return;
            }
        }
        self.revision += 1;
        if self.jobs.hear(&signal) {
            self.turn_tables(unit);
        }
        match self.model.hear(signal) {
            Heard::Nothing => {}
            Heard::Look => self.has_to_look(true),
            Heard::Event(event) => self.tell(&event, now),
        }
    }

    /// Signals are missing: everybody is told why, and how things are has to be looked at.
    pub(super) fn miss(&mut self, reason: &str, now: u64) {
        self.lose_track();
        let gap = UnitEvent::gap(&Arc::from(reason), None);
        self.each_live(|room, id| room.push(id, &gap, 0, now));
    }

    /// There is no connection any more, or none yet: who knew how things are is told once, and the others wait.
    pub(super) fn lose(&mut self, reason: &str, now: u64) {
        self.lose_track();
        self.track = Track::Lost;
        let gap = UnitEvent::gap(&Arc::from(reason), None);
        self.each_live(|room, id| {
            let was_told =
                room.readers.get_mut(&id).map(|reader| std::mem::replace(&mut reader.is_out, true));
            if was_told == Some(false) || is_back(Defect::GapAtEachTry) {
                room.push(id, &gap, 0, now);
            }
        });
    }

    /// Nobody who waits can begin, because of this; each is told once, and goes on waiting.
    pub(super) fn refuse(&mut self, error: &Error) {
        for (id, reader) in self.readers.iter_mut().filter(|(_, reader)| reader.phase == Phase::Waiting) {
            reader.refused = Some(error.clone());
            self.rung.insert(*id);
        }
    }

    /// Somebody listens from now on, on a connection that is new to all readers.
    pub(super) fn listen_anew(&mut self) {
        if self.track == Track::Lost {
            self.track = Track::Behind;
        }
        self.model.miss();
    }

    /// What is known may be old, and so may what has been asked for.
    fn lose_track(&mut self) {
        self.model.miss();
        self.is_void = true;
        self.places.lose();
        if !is_back(Defect::BeginsWithOldNews) {
            self.wait_again();
        }
        self.has_to_look(true);
    }

    fn has_to_look(&mut self, has_to: bool) {
        self.is_due |= has_to;
        self.to_ask |= has_to;
        if has_to {
            if self.track == Track::Kept && !is_back(Defect::BelievedTooSoon) {
                self.track = Track::Behind;
            }
            self.jobs.miss();
            self.turn_tables(None);
        }
    }

    /// How the units are is to be looked at once more.
    #[cfg(test)]
    pub(super) fn look_again(&mut self) {
        self.has_to_look(true);
    }

    /// Whether the reader was told of an outage that goes on.
    #[cfg(test)]
    pub(super) fn is_out(&self, id: ReaderId) -> bool {
        self.readers.get(&id).is_some_and(|reader| reader.is_out)
    }

    /// The bytes of all backlogs, counted anew.
    #[cfg(test)]
    pub(super) fn check_bytes(&self) -> usize {
        let bytes = self.readers.values().map(|reader| reader.backlog.bytes()).sum();
        assert_eq!(self.bytes, bytes);
        bytes
    }

    /// Nothing is kept that nobody wants.
    #[cfg(test)]
    pub(super) fn check_units(&self) {
        for (unit, _) in self.model.units() {
            let is_wanted = self.audience.groups().any(|(_, group)| group.selection.wants(unit));
            assert!(is_wanted, "nobody wants {unit}");
        }
    }

    /// Whether something may have to be asked for.
    pub(super) fn has_question(&self) -> bool {
        self.to_ask
    }
}
