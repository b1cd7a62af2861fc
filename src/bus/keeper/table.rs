//! What the keeper looks after: connections that may lie unread, and those among them that nobody uses.

use std::collections::HashMap;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::flow::kept::{Found, Kept, Retired};

/// How long bytes may lie unread before the keeper reads them: much longer than a busy owner needs to come to it, and
/// so short that the socket's buffer (200 kB) mostly takes what comes meanwhile. An owner who reads all the time costs
/// two wake-ups in this time, however much comes.
pub(super) const PATIENCE: Duration = Duration::from_millis(25);
/// The same where the last read brought more than one piece: the other end may have more than the buffer takes.
pub(super) const HASTE: Duration = Duration::from_millis(1);

/// When a connection that nobody uses, but on which somebody listens, is looked at again.
pub(super) const REPRIEVE: Duration = Duration::from_secs(10);

/// Names a connection in the table: where it is in memory.
pub(super) type Key = usize;

/// All that is kept.
#[derive(Debug, Default)]
pub(super) struct Table(HashMap<Key, Entry>);

struct Entry {
    /// Not more than weak: it ends with its owner.
    kept: Weak<dyn Kept>,
    number: RawFd,
    reads: Arc<AtomicU64>,
    holders: usize,
    owner: Option<Waker>,
    attention: Attention,
    /// When it is to be retired, while nobody uses it.
    ends: Option<Instant>,
    /// When the keeper looks at that. One who uses the connection again and again does not change it.
    timer: Option<Instant>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Entry({}, {:?})", self.number, self.attention)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attention {
    /// Its socket is polled; after it could be read, its owner has so long to do it.
    Polled(Duration),
    /// It could be read, after so many reads; then it is looked at again.
    Unread { seen: u64, until: Instant },
    /// It is lost, or retired: nothing is done until somebody uses it again.
    Off,
}

/// What is to be done next.
pub(super) enum Step {
    Read(Task),
    /// This was retired. Where it was the last handle on a connection, that ends with it: not under a lock.
    Retired(#[expect(dead_code, reason = "it is dropped")] Option<Arc<dyn Kept>>),
}

/// A connection that lies unread.
pub(super) struct Task {
    key: Key,
    kept: Arc<dyn Kept>,
    seen: u64,
    owner: Option<Waker>,
}

impl Task {
    /// Reads in the owner's place, and rings for it.
    pub(super) fn perform(self) -> (Key, Found) {
        let Self { key, kept, seen, owner } = self;
        let found = kept.read_in_place(seen);
        // Before the owner looks: what nobody else has any more is to be closed.
        drop(kept);
        if found != Found::Attended
            && let Some(owner) = owner
        {
            owner.wake();
        }
        (key, found)
    }
}

impl Table {
    /// Takes in a connection, or one holder more of it.
    pub(super) fn hold(&mut self, kept: &Arc<dyn Kept>, owner: Option<Waker>) -> Key {
        let key = Arc::as_ptr(kept).cast::<()>().addr();
        let entry = self.0.entry(key).or_insert_with(|| Entry {
            kept: Arc::downgrade(kept),
            number: kept.number(),
            reads: Arc::clone(kept.reads()),
            holders: 0,
            owner: None,
            attention: Attention::Polled(PATIENCE),
            ends: None,
            timer: None,
        });
        entry.holders += 1;
        if owner.is_some() {
            entry.owner = owner;
        }
        key
    }

    /// One holder less.
    pub(super) fn let_go(&mut self, key: Key) {
        if let Some(entry) = self.0.get_mut(&key) {
            entry.holders -= 1;
            if entry.holders == 0 {
                self.0.remove(&key);
            }
        }
    }

    /// Somebody uses the connection; true says that the keeper has to look anew.
    pub(super) fn begin_use(&mut self, key: Key) -> bool {
        let Some(entry) = self.0.get_mut(&key) else { return false };
        entry.ends = None;
        entry.turn_on()
    }

    /// Nobody uses it: it is retired if that is so then, too. True says that the keeper has to look anew.
    pub(super) fn rest(&mut self, key: Key, until: Instant) -> bool {
        let Some(entry) = self.0.get_mut(&key) else { return false };
        entry.ends = Some(until);
        let is_awaited = entry.timer.is_some_and(|timer| timer <= until);
        if !is_awaited {
            entry.timer = Some(until);
        }
        entry.turn_on() || !is_awaited
    }

    /// Whether anything is to be looked after.
    pub(super) fn has_work(&self) -> bool {
        self.0.values().any(|entry| entry.attention != Attention::Off)
    }

    /// The sockets that are to be polled, and until when.
    pub(super) fn plan(&self, sockets: &mut Vec<(Key, RawFd)>) -> Option<Instant> {
        sockets.clear();
        let mut until: Option<Instant> = None;
        for (key, entry) in &self.0 {
            let look = match entry.attention {
                Attention::Off => continue,
                Attention::Polled(_) => {
                    sockets.push((*key, entry.number));
                    None
                }
                Attention::Unread { until, .. } => Some(until),
            };
            until = [until, look, entry.timer].into_iter().flatten().min();
        }
        until
    }

    /// Something can be read there.
    pub(super) fn note_unread(&mut self, key: Key, now: Instant) {
        if let Some(entry) = self.0.get_mut(&key)
            && let Attention::Polled(patience) = entry.attention
        {
            let seen = entry.reads.load(Ordering::SeqCst);
            entry.attention = Attention::Unread { seen, until: now + patience };
        }
    }

    /// The next thing whose time has come.
    pub(super) fn next_step(&mut self, now: Instant) -> Option<Step> {
        self.0.iter_mut().find_map(|(key, entry)| entry.retire(now).or_else(|| entry.next_read(*key, now)))
    }

    /// Notes what became of a read.
    pub(super) fn note_read(&mut self, (key, found): (Key, Found)) {
        let Some(entry) = self.0.get_mut(&key) else { return };
        entry.attention = match found {
            Found::Attended | Found::Read(..=1) => Attention::Polled(PATIENCE),
            Found::Read(_) => Attention::Polled(HASTE),
            Found::Lost => Attention::Off,
        };
    }
}

impl Entry {
    fn turn_on(&mut self) -> bool {
        let is_off = self.attention == Attention::Off;
        if is_off {
            self.attention = Attention::Polled(PATIENCE);
        }
        is_off
    }

    fn retire(&mut self, now: Instant) -> Option<Step> {
        if self.attention == Attention::Off || self.timer.is_none_or(|timer| timer > now) {
            return None;
        }
        self.timer = self.ends;
        if self.ends.is_none_or(|ends| ends > now) {
            return None;
        }
        let kept = self.kept.upgrade();
        match kept.as_ref().map_or(Retired::Done, |kept| kept.retire()) {
            Retired::Done => (self.attention, self.timer, self.ends) = (Attention::Off, None, None),
            Retired::Busy => self.timer = Some(now + PATIENCE),
            Retired::Wanted => self.timer = Some(now + REPRIEVE),
        }
        Some(Step::Retired(kept))
    }

    fn next_read(&mut self, key: Key, now: Instant) -> Option<Step> {
        let Attention::Unread { seen, until } = self.attention else { return None };
        if until > now {
            return None;
        }
        if self.reads.load(Ordering::SeqCst) != seen {
            self.attention = Attention::Polled(PATIENCE);
            return None;
        }
        let Some(kept) = self.kept.upgrade() else {
            self.attention = Attention::Off;
            return None;
        };
        Some(Step::Read(Task { key, kept, seen, owner: self.owner.clone() }))
    }
}
