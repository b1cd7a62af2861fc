//! Which of the flows that one thread takes step by step reads a connection for the others: the first that has come.
//!
//! An event loop takes each descriptor from one waiter (eventlet refuses a second one), and to wake all of them for what
//! one waits for would cost the square of their number.

use std::cell::RefCell;
use std::sync::Arc;
use std::task::Waker;

use super::seat::{Seat, Sleeper};
use super::{Interest, Parker, Source};
use crate::fork::OfThisProcess;
use crate::sync::thread_local;

thread_local! {
    static ROWS: RefCell<OfThisProcess<Vec<Row>>> = RefCell::default();
}

/// The flows of this thread that wait for one connection.
struct Row {
    source: Arc<dyn Source>,
    seat: Seat,
    /// How many have a place here: not all of them wait at each moment.
    readers: usize,
    /// The one that reads waits for the socket to take more, too.
    writes: bool,
}

/// A flow's part in a connection that it waits for.
pub(super) struct Reader {
    source: Arc<dyn Source>,
    /// Its place among the flows of its thread.
    place: Option<u64>,
    /// Another thread leads the connection; with this the flow waits for that to end.
    ticket: Option<u64>,
    is_led: bool,
}

impl Reader {
    pub(super) fn new(source: &Arc<dyn Source>) -> Self {
        Self { source: Arc::clone(source), place: None, ticket: None, is_led: false }
    }

    pub(super) fn is_of(&self, source: &Arc<dyn Source>) -> bool {
        Arc::ptr_eq(&self.source, source)
    }

    /// Reads for everybody what has come, unless another thread does.
    pub(super) fn read(&mut self, waker: &Waker) {
        self.is_led = !self.source.pump_unless_led(&mut self.ticket, waker);
    }

    /// There was news: that another thread leads no more may have been part of it.
    pub(super) fn look_again(&mut self) {
        self.is_led = false;
    }

    /// What to wait for at the socket: nothing where somebody else reads it, who wakes whom it is for.
    pub(super) fn interests(&mut self, parker: &Arc<Parker>) -> impl Iterator<Item = Interest> + use<> {
        let wants_write = self.source.wants_write();
        let reads = self.is_first(parker, wants_write) && !self.is_led;
        let interests = [(Interest::Read, reads), (Interest::Write, reads && wants_write)];
        interests.into_iter().filter_map(|(interest, is_wanted)| is_wanted.then_some(interest))
    }

    /// Whether this flow is the one of its thread that reads. Where another one is, which does not know yet that there is
    /// something to be sent, that one is called.
    fn is_first(&mut self, parker: &Arc<Parker>, wants_write: bool) -> bool {
        with_rows(|rows| {
            let row = row_of(rows, &self.source);
            let place = *self.place.get_or_insert_with(|| row.enter());
            let is_first = row.seat.take_or_wait(place, Sleeper::Thread(Arc::clone(parker)));
            if is_first {
                row.writes = wants_write;
            } else {
                row.call_to_write(wants_write);
            }
            is_first
        })
        // The thread is about to end, and has no others.
        .unwrap_or(true)
    }
}

impl Row {
    fn enter(&mut self) -> u64 {
        self.readers += 1;
        self.seat.ticket()
    }

    /// The next one is called. True says that nobody is left.
    fn leave(&mut self, place: u64) -> bool {
        self.readers -= 1;
        self.seat.leave(place).iter().for_each(Sleeper::call);
        self.readers == 0
    }

    fn call_to_write(&mut self, wants_write: bool) {
        if wants_write && !self.writes {
            self.writes = true;
            self.seat.holder().into_iter().for_each(Sleeper::call);
        }
    }
}

impl Drop for Reader {
    /// What the flow has left to be sent is sent by whoever reads.
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.source.leave(ticket);
        }
        let Some(place) = self.place else { return };
        let wants_write = self.source.wants_write();
        let left = with_rows(|rows| {
            let at = rows.iter().position(|row| Arc::ptr_eq(&row.source, &self.source))?;
            let is_deserted = rows[at].leave(place);
            rows[at].call_to_write(wants_write);
            is_deserted.then(|| rows.swap_remove(at))
        });
        // A connection that ends with that does so where nothing is borrowed.
        drop(left);
    }
}

fn row_of<'a>(rows: &'a mut Vec<Row>, source: &Arc<dyn Source>) -> &'a mut Row {
    let at = rows.iter().position(|row| Arc::ptr_eq(&row.source, source));
    let at = at.unwrap_or_else(|| {
        rows.push(Row { source: Arc::clone(source), seat: Seat::default(), readers: 0, writes: false });
        rows.len() - 1
    });
    &mut rows[at]
}

/// The rows of this thread in this process: those of a parent's greenlets are left alone. None where the thread is about
/// to end.
fn with_rows<R>(work: impl FnOnce(&mut Vec<Row>) -> R) -> Option<R> {
    let worked = ROWS.try_with(|rows| {
        let mut rows = rows.borrow_mut();
        if rows.is_inherited() {
            *rows = OfThisProcess::default();
        }
        rows.get_mut().map(work)
    });
    worked.ok().flatten()
}
