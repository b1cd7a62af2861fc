//! Match rules: what a message bus was asked to hand to this connection. The private socket has none.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::state::{Awaited, State};
use super::{BUS, BUS_PATH};
use crate::bus::address::{Endpoint, Peer};
use crate::bus::call::Call;
use crate::bus::subscription::{Filter, Queue};
use crate::error::Result;

/// The match rules of a connection.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// How many subscriptions stand on each that is in force.
    standing: HashMap<String, usize>,
    /// Those that stay for a while when no subscription stands on them.
    kept: HashSet<String>,
    /// What ends those that stay now.
    farewell: Option<Arc<[u8]>>,
}

impl Rules {
    /// One more subscription stands on the rule; true says that the bus has to be asked for it.
    fn enter(&mut self, rule: &str) -> bool {
        self.farewell = None;
        match self.standing.get_mut(rule) {
            Some(count) => {
                *count += 1;
                false
            }
            None => self.standing.insert(rule.to_owned(), 1).is_none(),
        }
    }

    /// One subscription less stands on the rule; true says that the bus has to be told that nobody does.
    fn leave(&mut self, rule: &str) -> bool {
        let Some(count) = self.standing.get_mut(rule) else { return false };
        *count -= 1;
        if *count > 0 {
            return false;
        }
        self.farewell = None;
        !self.kept.contains(rule) && self.standing.remove(rule).is_some()
    }

    fn deserted(&self) -> impl Iterator<Item = &str> {
        self.standing.iter().filter(|(_, count)| **count == 0).map(|(rule, _)| rule.as_str())
    }
}

impl State {
    /// Adds a listener; with it go the serial numbers of the calls that ask the bus for the signals.
    pub(super) fn add_tap(
        &mut self,
        endpoint: &Endpoint,
        filters: Vec<Filter>,
        sender: &str,
        capacity: usize,
    ) -> Result<(u64, Vec<u32>)> {
        self.check_lost().map_err(|lost| lost.with_unsent(true))?;
        let mut serials = Vec::new();
        let mut rules = Vec::new();
        if endpoint.peer == Peer::Bus {
            // Who owns the service's name is told anyway.
            for filter in filters.iter().filter(|filter| filter.interface != BUS) {
                let rule = filter.match_rule(sender);
                if self.rules.enter(&rule) {
                    let call = Call::new(BUS_PATH, BUS, "AddMatch").to(BUS).text(&rule)?;
                    serials.push(self.submit(endpoint, &call)?);
                }
                rules.push(rule);
            }
        }
        self.last_subscription += 1;
        self.subscriptions.insert(self.last_subscription, Queue::new(filters, rules, capacity));
        Ok((self.last_subscription, serials))
    }

    /// Removes a listener, and each match rule with the last one that stands on it, but for those that are kept.
    pub(super) fn remove_tap(&mut self, endpoint: &Endpoint, id: u64) {
        self.unwake(Awaited::Signal(id));
        let Some(queue) = self.subscriptions.remove(&id) else { return };
        for rule in queue.rules {
            if self.rules.leave(&rule)
                && let Ok(call) = remove_match(&rule)
            {
                self.send_unanswered(endpoint, call);
            }
        }
    }

    /// From now on the rules that this listener stands on, which are in force, stay when it goes, for the next.
    pub(super) fn keep_rules(&mut self, id: u64) {
        if let Some(queue) = self.subscriptions.get(&id) {
            self.rules.kept.extend(queue.rules.iter().cloned());
        }
    }

    /// What to send when the connection is not used for a while: the end of the rules that nobody stands on. None if
    /// there are none, or something else is still on its way.
    pub(super) fn farewell(&mut self) -> Option<Arc<[u8]>> {
        if self.check_lost().is_err() || self.wire.unsent() > 0 {
            return None;
        }
        if self.rules.farewell.is_none() {
            let mut bytes = Vec::new();
            for rule in self.rules.deserted() {
                let serial = self.registry.next_serial();
                remove_match(rule).and_then(|call| call.without_reply().encode(serial, &mut bytes)).ok()?;
            }
            self.rules.farewell = (!bytes.is_empty()).then(|| bytes.into());
        }
        self.rules.farewell.clone()
    }

    /// The rules that nobody stands on are not in force any more.
    pub(super) fn forget_rules(&mut self) {
        self.rules.standing.retain(|_, count| *count > 0);
        self.rules.farewell = None;
    }
}

fn remove_match(rule: &str) -> Result<Call<'static>> {
    Call::new(BUS_PATH, BUS, "RemoveMatch").to(BUS).text(rule)
}
