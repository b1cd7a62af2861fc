//! The calls that wait for an answer, by serial number.

use std::collections::{HashMap, VecDeque};

use zbus::Message;

use crate::error::{Error, Result};

/// How many calls may be unanswered at once on a message bus: dbus-daemon refuses the 129th.
const BUS_WINDOW: usize = 100;

/// One call that was made.
#[derive(Debug)]
enum Waiting {
    /// Not answered; where in the output stream its bytes begin, and whether it
    /// counts for the window.
    Pending { begins_at: u64, limited: bool },
    /// Still behind the window, with its bytes.
    Held,
    /// Answered, and not fetched yet; with the place of the answer among all that came.
    Ready(Result<Message>, u64),
    /// Nobody waits any more, but the bus still counts it.
    Forgotten,
}

/// All calls of one connection.
#[derive(Debug)]
pub(super) struct Registry {
    calls: HashMap<u32, Waiting>,
    held: VecDeque<(u32, Vec<u8>)>,
    in_flight: usize,
    window: usize,
    last_serial: u32,
}

impl Registry {
    pub(super) fn new(limited: bool) -> Self {
        Self {
            calls: HashMap::new(),
            held: VecDeque::new(),
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

    /// Notes a new call; `Some(bytes)` says that they may be sent now.
    ///
    /// Only a call that is `limited` counts for the window and is held behind it.
    pub(super) fn add(
        &mut self,
        serial: u32,
        bytes: Vec<u8>,
        begins_at: u64,
        limited: bool,
    ) -> Option<Vec<u8>> {
        if limited && self.in_flight >= self.window {
            self.calls.insert(serial, Waiting::Held);
            self.held.push_back((serial, bytes));
            return None;
        }
        self.in_flight += usize::from(limited);
        self.calls.insert(serial, Waiting::Pending { begins_at, limited });
        Some(bytes)
    }

    /// The next held call that the window lets through, marked as sent.
    pub(super) fn release(&mut self, begins_at: u64) -> Option<Vec<u8>> {
        if self.in_flight >= self.window {
            return None;
        }
        let (serial, bytes) = self.held.pop_front()?;
        self.in_flight += 1;
        self.calls.insert(serial, Waiting::Pending { begins_at, limited: true });
        Some(bytes)
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
            Waiting::Held | Waiting::Ready(..) => {}
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
            Some(Waiting::Held) => {
                self.held.retain(|(held, _)| *held != serial);
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
                Waiting::Held => *waiting = Waiting::Ready(Err(lost.clone().with_unsent(true)), u64::MAX),
                Waiting::Ready(..) | Waiting::Forgotten => {}
            }
        }
        self.held.clear();
        self.in_flight = 0;
        self.calls.retain(|_, waiting| !matches!(waiting, Waiting::Forgotten));
    }

    /// How many calls are known, answered or not.
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }
}
