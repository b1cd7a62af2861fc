//! The calls that wait for an answer, by serial number.

use std::collections::{BTreeMap, HashMap};

use zbus::Message;

use super::wire::Outgoing;
use crate::error::{Error, Result};

/// How many calls may be unanswered at once on a message bus: dbus-daemon refuses the 129th.
const BUS_WINDOW: usize = 100;

/// One call that was made.
#[derive(Debug)]
enum Waiting {
    /// Not answered; where in the output stream its bytes begin, and whether it
    /// counts for the window.
    Pending { begins_at: u64, limited: bool },
    /// Still behind the window, at this place.
    Held(u64),
    /// Answered, and not fetched yet; with the place of the answer among all that came.
    Ready(Result<Message>, u64),
    /// Nobody waits any more, but the bus still counts it.
    Forgotten,
}

/// All calls of one connection.
#[derive(Debug)]
pub(super) struct Registry {
    calls: HashMap<u32, Waiting>,
    /// The calls behind the window as they are sent, by their places: each can be taken out of the row.
    held: BTreeMap<u64, (u32, Outgoing)>,
    last_held: u64,
    /// How many bytes those are.
    held_bytes: usize,
    in_flight: usize,
    window: usize,
    last_serial: u32,
}

impl Registry {
    pub(super) fn new(limited: bool) -> Self {
        Self {
            calls: HashMap::new(),
            held: BTreeMap::new(),
            last_held: 0,
            held_bytes: 0,
            in_flight: 0,
            window: if limited { BUS_WINDOW } else { usize::MAX },
            last_serial: 0,
        }
    }

    /// A serial number that no waiting call has.
    pub(super) fn next_serial(&mut self) -> u32 {
        loop {
            self.last_serial = self.last_serial.wrapping_add(1);
            if self.last_serial != 0 && !self.calls.contains_key(&self.last_serial) {
                return self.last_serial;
            }
        }
    }

    /// Notes a new call, and gives it back if it may be sent now.
    ///
    /// Only a call that is `limited` counts for the window and is held behind it.
    pub(super) fn add(
        &mut self,
        serial: u32,
        call: Outgoing,
        begins_at: u64,
        limited: bool,
    ) -> Option<Outgoing> {
        if limited && self.in_flight >= self.window {
            self.last_held += 1;
            self.calls.insert(serial, Waiting::Held(self.last_held));
            self.held_bytes += call.bytes.len();
            self.held.insert(self.last_held, (serial, call));
            return None;
        }
        self.in_flight += usize::from(limited);
        self.calls.insert(serial, Waiting::Pending { begins_at, limited });
        Some(call)
    }

    /// The next held call that the window lets through, marked as sent.
    pub(super) fn release(&mut self, begins_at: u64) -> Option<Outgoing> {
        if self.in_flight >= self.window {
            return None;
        }
        let (_, (serial, call)) = self.held.pop_first()?;
        self.held_bytes -= call.bytes.len();
        self.in_flight += 1;
        self.calls.insert(serial, Waiting::Pending { begins_at, limited: true });
        Some(call)
    }

    /// An answer has come; unknown serial numbers are dropped.
    pub(super) fn answer(&mut self, serial: u32, message: Message, position: u64) {
        let Some(waiting) = self.calls.get_mut(&serial) else { return };
        match waiting {
            Waiting::Pending { limited, .. } => {
                self.in_flight -= usize::from(*limited);
                *waiting = Waiting::Ready(Ok(message), position);
            }
            Waiting::Forgotten => {
                self.in_flight -= 1;
                self.calls.remove(&serial);
            }
            Waiting::Held(_) | Waiting::Ready(..) => {}
        }
    }

    /// Takes the answer of a call, if it is there.
    pub(super) fn take(&mut self, serial: u32) -> Option<(Result<Message>, u64)> {
        match self.calls.get(&serial) {
            Some(Waiting::Ready(..)) => match self.calls.remove(&serial) {
                Some(Waiting::Ready(answer, position)) => Some((answer, position)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Nobody waits for this call any more.
    pub(super) fn forget(&mut self, serial: u32) {
        match self.calls.get_mut(&serial) {
            Some(waiting @ Waiting::Pending { limited: true, .. }) if self.window != usize::MAX => {
                *waiting = Waiting::Forgotten;
            }
            Some(Waiting::Pending { limited, .. }) => {
                self.in_flight -= usize::from(*limited);
                self.calls.remove(&serial);
            }
            Some(&mut Waiting::Held(place)) => {
                if let Some((_, call)) = self.held.remove(&place) {
                    self.held_bytes -= call.bytes.len();
                }
                self.calls.remove(&serial);
            }
            Some(Waiting::Ready(..)) => {
                self.calls.remove(&serial);
            }
            Some(Waiting::Forgotten) | None => {}
        }
    }

    /// The connection is lost: every waiting call fails, and says whether its bytes had left.
    pub(super) fn fail_all(&mut self, lost: &Error, sent_total: u64) {
        for waiting in self.calls.values_mut() {
            match waiting {
                Waiting::Pending { begins_at, .. } => {
                    let unsent = sent_total <= *begins_at;
                    *waiting = Waiting::Ready(Err(lost.clone().with_unsent(unsent)), u64::MAX);
                }
                Waiting::Held(_) => *waiting = Waiting::Ready(Err(lost.clone().with_unsent(true)), u64::MAX),
                Waiting::Ready(..) | Waiting::Forgotten => {}
            }
        }
        self.held.clear();
        self.held_bytes = 0;
        self.in_flight = 0;
        self.calls.retain(|_, waiting| !matches!(waiting, Waiting::Forgotten));
    }

    /// How many bytes wait behind the window.
    pub(super) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// How many calls are known, answered or not.
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::bus::fake_peer::PATIENCE;

    /// So many that one search through all of them for each takes minutes.
    const MANY: u32 = 100_000;

    #[test]
    fn calls_behind_the_window_are_dropped_without_a_search() {
        let (done, dropped) = channel();
        std::thread::spawn(move || {
            let mut registry = Registry::new(true);
            for serial in 1..=MANY {
                registry.add(serial, Outgoing { bytes: vec![0; 8], ..Outgoing::default() }, 0, true);
            }
            // The last of them first: the search would begin at the other end.
            for serial in (1..=MANY).rev().filter(|serial| serial % 1000 != 0) {
                registry.forget(serial);
            }
            let sent = std::iter::from_fn(|| {
                registry.in_flight = 0;
                registry.release(0)
            });
            done.send((sent.count(), registry.held.len())).unwrap();
        });
        // Of every thousand one was left, but for those that had been sent.
        assert_eq!(dropped.recv_timeout(PATIENCE), Ok((MANY as usize / 1000, 0)));
    }
}
