//! The room of a hub under its lock, and who waits outside for something to happen in it.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::defect::{Defect, is_back};
use super::driven::Whereabouts;
use super::room::Room;
use crate::clock::now;
use crate::fork::OfThisProcess;
use crate::sync::Mutex;

/// What the pump and the readers share.
#[derive(Default)]
pub(super) struct Shared {
    desk: OfThisProcess<Mutex<Desk>>,
    whereabouts: Arc<Whereabouts>,
}

/// The room, and who waits outside for something to happen in it.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) room: Room,
    /// By their readers, with tickets: one reader may be waited for by several.
    pub(super) ears: HashMap<u64, Vec<(u64, Waker)>>,
    last_ticket: u64,
    /// The pump, where it waits for readers to come or go.
    pump: Option<Waker>,
}

impl Shared {
    /// Whether it belongs to a parent of this process.
    pub(super) fn is_inherited(&self) -> bool {
        self.desk.is_inherited()
    }

    /// Where the pump is.
    pub(super) fn whereabouts(&self) -> &Arc<Whereabouts> {
        &self.whereabouts
    }

    /// Looks at the desk; none in a forked child.
    pub(super) fn look<R>(&self, look: impl FnOnce(&mut Desk) -> R) -> Option<R> {
        Some(look(&mut *self.desk.lock()?))
    }

    /// Changes what is in the room, at this time in microseconds since the epoch, and wakes those who have news of it, and the pump.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut Desk, u64) -> R) -> Option<R> {
        let mut desk = self.desk.lock()?;
        let result = change(&mut desk, now());
        let rung = desk.room.take_rung();
        let mut woken: Vec<(u64, Waker)> = Vec::new();
        for reader in rung {
            woken.extend(desk.ears.remove(&reader).unwrap_or_default());
        }
        let pump = if desk.room.has_question() || desk.room.is_empty() { desk.pump.take() } else { None };
        drop(desk);
        woken.into_iter().map(|(_, waker)| waker).chain(pump).for_each(Waker::wake);
        Some(result)
    }

    /// Ready when something is to be asked for.
    pub(super) fn poll_question(&self, context: &Context<'_>) -> Poll<()> {
        let Some(mut desk) = self.desk.lock() else { return Poll::Pending };
        let is_deserted = desk.room.is_empty() && is_back(Defect::SpinsWithoutReaders);
        if desk.room.has_question() || is_deserted {
            return Poll::Ready(());
        }
        desk.pump = Some(context.waker().clone());
        Poll::Pending
    }

    /// Ready when nobody reads any more; in a forked child nobody does.
    pub(super) fn poll_deserted(&self, context: &Context<'_>) -> Poll<()> {
        let Some(mut desk) = self.desk.lock() else { return Poll::Ready(()) };
        if desk.room.is_empty() {
            return Poll::Ready(());
        }
        desk.pump = Some(context.waker().clone());
        Poll::Pending
    }

    /// Whether nobody reads any more.
    pub(super) fn is_deserted(&self) -> bool {
        self.look(|desk| desk.room.is_empty()).unwrap_or(true)
    }
}

/// One that waits for a reader; when it waits no more, it is forgotten.
pub(super) struct Ear<'a> {
    shared: &'a Shared,
    reader: u64,
    ticket: Option<u64>,
}

impl<'a> Ear<'a> {
    pub(super) fn new(shared: &'a Shared, reader: u64) -> Self {
        Self { shared, reader, ticket: None }
    }

    /// Ready when `find` says that the reader has what is waited for.
    pub(super) fn poll(&mut self, context: &Context<'_>, find: &impl Fn(&Room, u64) -> bool) -> Poll<()> {
        let Some(mut desk) = self.shared.desk.lock() else { return Poll::Ready(()) };
        if find(&desk.room, self.reader) {
            return Poll::Ready(());
        }
        let ticket = *self.ticket.get_or_insert_with(|| {
            desk.last_ticket += 1;
            desk.last_ticket
        });
        let ears = desk.ears.entry(self.reader).or_default();
        ears.retain(|(other, _)| *other != ticket);
        ears.push((ticket, context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Ear<'_> {
    fn drop(&mut self) {
        let (Some(ticket), Some(mut desk)) = (self.ticket, self.shared.desk.lock()) else { return };
        if let Some(ears) = desk.ears.get_mut(&self.reader) {
            ears.retain(|(other, _)| *other != ticket);
            if ears.is_empty() {
                desk.ears.remove(&self.reader);
            }
        }
    }
}
