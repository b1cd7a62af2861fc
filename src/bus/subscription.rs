//! Signals that somebody listens for.

use std::future::poll_fn;

use zbus::Message;

use super::Call;
use super::connection::{Binding, Connection, Reply};
use super::signal_queue::SignalQueue;
use crate::error::Result;

pub use super::filter::Filter;
pub use super::signal_queue::Heard;

/// How many signals wait for one listener before the oldest is dropped.
pub(super) const CAPACITY: usize = 4096;

/// A waiter's hold on its queue; dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    connection: Connection,
    id: u64,
    /// Whose signals it listens to.
    sender: &'static str,
}

impl Connection {
    /// Listens to signals of `sender`. The subscription is there before this returns; on a message bus the future
    /// that comes with it gives the bus's word that the match rule is in force. (Without it the rule was
    /// asked for before: it is in force before any call that is made from now on.)
    pub fn listen(&self, filter: Filter, sender: &'static str) -> Result<(Subscription, Option<Reply>)> {
        let (subscription, mut replies) = self.listen_all(vec![filter], sender, CAPACITY)?;
        Ok((subscription, replies.pop()))
    }

    /// Listens to signals of several kinds, which stay in their order; at most `capacity` of them wait.
    pub fn listen_all(
        &self,
        filters: Vec<Filter>,
        sender: &'static str,
        capacity: usize,
    ) -> Result<(Subscription, Vec<Reply>)> {
        let (id, replies) = self.add_listener(filters, sender, capacity)?;
        Ok((Subscription { connection: self.clone(), id, sender }, replies))
    }
}

impl Subscription {
    /// Leaves its subscriptions, which are in force, to the next listener of this kind: they end when the connection is
    /// not used for a while.
    pub fn keep_rules(&self) {
        self.connection.keep_rules(self.id);
    }

    /// The next signal without waiting.
    pub fn take(&self) -> Option<Heard> {
        self.connection.with_queue(self.id, SignalQueue::take)
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
        poll_fn(|context| self.connection.poll_queue(context, self.id, SignalQueue::take)).await
    }

    /// Makes several calls in one go, of which the one at `place` is answered with the number that this listener is bound to:
    /// `number_in` reads it. No signal about that one that comes after the answer is missed.
    pub fn call_all_bound(
        &self,
        calls: &[Call<'_>],
        place: usize,
        number_in: fn(&Message) -> Option<u32>,
    ) -> Result<Vec<Reply>> {
        self.connection.call_all_and_bind(calls, place, Binding { listener: self.id, number_in })
    }

    /// Listens to these signals too, from any call on that is made from now on. On a message bus the futures give its word
    /// on that.
    pub fn widen(&self, filters: Vec<Filter>) -> Result<Vec<Reply>> {
        self.connection.widen(self.id, filters, self.sender)
    }

    /// Listens only to those of the signals that are wanted, as this says.
    pub fn narrow(&self, is_wanted: impl Fn(&Filter) -> bool) {
        self.connection.narrow(self.id, is_wanted, self.sender);
    }

    /// Binds this listener to a number that is known.
    pub fn bind(&self, number: u32) {
        self.connection.bind(self.id, number);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.connection.remove_listener(self.id);
    }
}
