//! Signals: which ones a waiter wants, and the queue in which they wait for it.

use std::collections::VecDeque;
use std::future::poll_fn;

use zbus::Message;

use super::connection::Connection;
use crate::error::Result;

/// Which signals are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The interface of the signal.
    pub interface: &'static str,
    /// The signal's name.
    pub member: &'static str,
    /// Only from this object.
    pub path: Option<String>,
}

impl Filter {
    /// Whether the message is one of them.
    #[must_use]
    pub fn matches(&self, message: &Message) -> bool {
        let header = message.header();
        header.member().is_some_and(|member| member.as_str() == self.member)
            && header.interface().is_some_and(|interface| interface.as_str() == self.interface)
            && self
                .path
                .as_deref()
                .is_none_or(|path| header.path().is_some_and(|found| found.as_str() == path))
    }

    /// The match rule that asks a message bus for these signals of `sender`.
    #[must_use]
    pub fn match_rule(&self, sender: &str) -> String {
        let mut rule = format!(
            "type='signal',sender='{sender}',interface='{}',member='{}'",
            self.interface, self.member
        );
        if let Some(path) = &self.path {
            rule.push_str(",path='");
            rule.push_str(path);
            rule.push('\'');
        }
        rule
    }
}

/// The signals that came for one waiter; when it is full the oldest goes and is counted.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) filter: Filter,
    /// The match rule on the bus that it stands on.
    pub(super) rule: Option<String>,
    messages: VecDeque<Message>,
    capacity: usize,
    lost: u64,
}

impl Queue {
    pub(super) fn new(filter: Filter, rule: Option<String>, capacity: usize) -> Self {
        Self { filter, rule, messages: VecDeque::new(), capacity, lost: 0 }
    }

    pub(super) fn push(&mut self, message: &Message) {
        if self.messages.len() >= self.capacity {
            self.messages.pop_front();
            self.lost += 1;
        }
        self.messages.push_back(message.clone());
    }

    fn take(&mut self) -> Option<Heard> {
        match self.lost {
            0 => self.messages.pop_front().map(Heard::Signal),
            _ => Some(Heard::Lost(std::mem::take(&mut self.lost))),
        }
    }
}

/// A waiter's hold on its queue; dropping it ends the subscription.
#[derive(Debug)]
pub struct Tap {
    connection: Connection,
    id: u64,
}

/// What a [`Tap`] gives.
#[derive(Debug)]
pub enum Heard {
    /// The next signal.
    Signal(Message),
    /// So many signals were dropped before the next one, because nobody took them.
    Lost(u64),
}

impl Tap {
    pub(super) fn new(connection: Connection, id: u64) -> Self {
        Self { connection, id }
    }

    /// The next signal without waiting.
    pub fn take(&self) -> Option<Heard> {
        self.connection.with_queue(self.id, Queue::take)
    }

    /// Waits for the next signal; an error says that the connection is lost.
    pub async fn next(&self) -> Result<Heard> {
        poll_fn(|context| self.connection.poll_queue(context, self.id, Queue::take)).await
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.connection.remove_tap(self.id);
    }
}
