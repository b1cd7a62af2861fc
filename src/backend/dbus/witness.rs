//! Who listens to a unit while a job of its runs.

use std::sync::{Mutex, PoisonError};

use zbus::Message;

use crate::backend::job::{AskedJob, TOLD, Witnessed};
use crate::bus::decode::{self, Values};
use crate::bus::subscription::{Heard, Subscription};
use crate::error::Result;

/// Hears a job's end, and on systemd's own socket, which tells everything to everybody, also the unit's signals. On a
/// bus those would have to be asked for, which systemd and the bus would feel; there the journal tells what systemd has
/// forgotten. (`RefUnit` would have it remembered, but systemd 247 was seen to hang when several starts did so.)
#[derive(Debug)]
pub(in crate::backend) struct Witness {
    subscription: Subscription,
    asked: AskedJob,
    heard: Mutex<Told>,
}

/// What the unit's signals have told.
#[derive(Debug)]
struct Told {
    witnessed: Witnessed,
    /// The last of them are read when somebody asks: most jobs end well without that.
    unread: Vec<Message>,
}

/// So many signals wait to be read at most.
const MOST_UNREAD: usize = 16;

impl Witness {
    pub(super) fn new(subscription: Subscription, asked: &AskedJob, known: Witnessed) -> Self {
        Self {
            subscription,
            asked: asked.clone(),
            heard: Mutex::new(Told { witnessed: known, unread: Vec::new() }),
        }
    }

    /// The next signal, of jobs or of the unit.
    pub(super) async fn next(&self) -> Result<Heard> {
        self.subscription.next().await
    }

    /// What the unit's signals have told up to now.
    pub(in crate::backend) fn told(&self) -> Witnessed {
        while let Some(heard) = self.subscription.take() {
            if let Heard::Signal(message) = heard
                && is(&message, "PropertiesChanged")
            {
                self.keep(message);
            }
        }
        let mut told = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        told.read(&self.asked);
        told.witnessed.clone()
    }

    /// Takes in a signal of the unit's.
    pub(super) fn keep(&self, message: Message) {
        let mut told = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        told.unread.push(message);
        if told.unread.len() >= MOST_UNREAD {
            told.read(&self.asked);
        }
    }
}

impl Told {
    fn read(&mut self, asked: &AskedJob) {
        for message in self.unread.drain(..) {
            // One that cannot be read tells nothing; what matters is read again where it is missing.
            if let Ok(changes) = decode::wanted_changes(&message, &TOLD, &Values) {
                self.witnessed.take_in(changes, asked);
            }
        }
    }
}

/// Whether it is this signal.
pub(super) fn is(message: &Message, signal: &str) -> bool {
    message.header().member().is_some_and(|member| member.as_str() == signal)
}
