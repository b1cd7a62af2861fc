//! Who listens to a unit while a job of its runs.

use std::sync::{Mutex, PoisonError};

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
    heard: Mutex<Witnessed>,
}

impl Witness {
    pub(super) fn new(subscription: Subscription, asked: &AskedJob, known: Witnessed) -> Self {
        Self { subscription, asked: asked.clone(), heard: Mutex::new(known) }
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
                self.take_in(&message);
            }
        }
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn take_in(&self, message: &zbus::Message) {
        // One that cannot be read tells nothing; what matters is read again where it is missing.
        if let Ok(changes) = decode::wanted_changes(message, &TOLD, &Values) {
            self.heard.lock().unwrap_or_else(PoisonError::into_inner).take_in(changes, &self.asked);
        }
    }
}

/// Whether it is this signal.
pub(super) fn is(message: &zbus::Message, signal: &str) -> bool {
    message.header().member().is_some_and(|member| member.as_str() == signal)
}
