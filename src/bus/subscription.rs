//! Signals: which ones a waiter wants, and the queue in which they wait for it.

use std::collections::VecDeque;
use std::future::poll_fn;

use zbus::Message;

use super::connection::Connection;
use crate::error::Result;

/// So many bytes of signals wait for one waiter; one signal always may.
const MOST_BYTES: usize = 16 << 20;

/// Which signals are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The interface of the signal.
    pub interface: &'static str,
    /// The signal's name.
    pub member: &'static str,
    /// Only from this object.
    pub path: Option<String>,
    /// Only from the objects below this one.
    pub path_namespace: Option<&'static str>,
}

impl Filter {
    /// The message bus's word that the service has left it, or come to it.
    #[must_use]
    pub fn owner_changes() -> Self {
        let (interface, member) = ("org.freedesktop.DBus", "NameOwnerChanged");
        Self { interface, member, path: None, path_namespace: None }
    }

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
            && self.path_namespace.is_none_or(|above| {
                let below = header.path().and_then(|path| path.as_str().strip_prefix(above));
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
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
        if let Some(above) = self.path_namespace {
            rule.push_str(",path_namespace='");
            rule.push_str(above);
            rule.push('\'');
        }
        rule
    }
}

/// The signals that came for one waiter; when it is full the oldest goes and is counted.
#[derive(Debug)]
pub(super) struct Queue {
    filters: Vec<Filter>,
    /// The match rules on the bus that it stands on.
    pub(super) rules: Vec<String>,
    /// Signals, with their places among all messages that came.
    messages: VecDeque<(u64, Message)>,
    /// How long they are in all.
    bytes: usize,
    capacity: usize,
    lost: u64,
}

impl Queue {
    pub(super) fn new(filters: Vec<Filter>, rules: Vec<String>, capacity: usize) -> Self {
        Self { filters, rules, messages: VecDeque::new(), bytes: 0, capacity, lost: 0 }
    }

    pub(super) fn wants(&self, message: &Message) -> bool {
        self.filters.iter().any(|filter| filter.matches(message))
    }

    pub(super) fn push(&mut self, position: u64, message: &Message) {
        self.bytes += length_of(message);
        self.messages.push_back((position, message.clone()));
        while self.messages.len() > self.capacity || self.bytes > MOST_BYTES && self.messages.len() > 1 {
            self.pop();
            self.lost += 1;
        }
    }

    fn pop(&mut self) -> Option<Message> {
        let (_, message) = self.messages.pop_front()?;
        self.bytes -= length_of(&message);
        Some(message)
    }

    fn take(&mut self) -> Option<Heard> {
        match self.lost {
            0 => self.pop().map(Heard::Signal),
            _ => Some(Heard::Lost(std::mem::take(&mut self.lost))),
        }
    }

    fn take_before(&mut self, position: u64) -> Option<Heard> {
        let is_before = self.lost > 0 || self.messages.front().is_some_and(|(place, _)| *place < position);
        if is_before { self.take() } else { None }
    }

    fn forget_before(&mut self, position: u64) {
        while self.messages.front().is_some_and(|(place, _)| *place < position) {
            self.pop();
        }
        self.lost = 0;
    }
}

fn length_of(message: &Message) -> usize {
    message.data().bytes().len()
}

/// A waiter's hold on its queue; dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    connection: Connection,
    id: u64,
}

/// What a [`Subscription`] gives.
#[derive(Debug)]
pub enum Heard {
    /// The next signal.
    Signal(Message),
    /// So many signals were dropped before the next one, because nobody took them.
    Lost(u64),
}

impl Subscription {
    pub(super) fn new(connection: Connection, id: u64) -> Self {
        Self { connection, id }
    }

    /// Leaves its subscriptions, which are in force, to the next listener of this kind: they end when the connection is
    /// not used for a while.
    pub fn keep_rules(&self) {
        self.connection.keep_rules(self.id);
    }

    /// The next signal without waiting.
    pub fn take(&self) -> Option<Heard> {
        self.connection.with_queue(self.id, Queue::take)
    }

    /// The next signal without waiting, if it came before this place.
    #[must_use]
    pub fn take_before(&self, position: u64) -> Option<Heard> {
        self.connection.with_queue(self.id, |queue| queue.take_before(position))
    }

    /// Passes over what came before this place: an answer that came there tells more.
    pub fn forget_before(&self, position: u64) {
        self.connection.with_queue(self.id, |queue| {
            queue.forget_before(position);
            Some(())
        });
    }

    /// Waits for the next signal; an error says that the connection is lost.
    pub async fn next(&self) -> Result<Heard> {
        poll_fn(|context| self.connection.poll_queue(context, self.id, Queue::take)).await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.connection.remove_tap(self.id);
    }
}
