//! Who listens on a connection, and the match rules that come and go with them.

use super::state::{Awaited, State};
use super::{BUS, BUS_PATH};
use crate::bus::address::{Endpoint, Peer};
use crate::bus::call::Call;
use crate::bus::filter::Filter;
use crate::bus::signal_queue::SignalQueue;
use crate::error::Result;

impl State {
    /// Adds a listener; with it go the serial numbers of the calls that ask the bus for the signals.
    pub(super) fn add_listener(
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
        Ok((self.audience.add(SignalQueue::new(filters, rules, capacity)), serials))
    }

    /// Removes a listener, and each match rule with the last one that stands on it, but for those that are kept.
    pub(super) fn remove_listener(&mut self, endpoint: &Endpoint, id: u64) {
        self.unwake(Awaited::Signal(id));
        let Some(queue) = self.audience.remove(id) else { return };
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
        if let Some(queue) = self.audience.get(id) {
            self.rules.kept.extend(queue.rules.iter().cloned());
        }
    }

    /// The connection is not used for a while: the rules that nobody stands on end.
    pub(super) fn end_kept_rules(&mut self, endpoint: &Endpoint) {
        for rule in self.rules.take_deserted() {
            if let Ok(call) = remove_match(&rule) {
                self.send_unanswered(endpoint, call);
            }
        }
    }
}

fn remove_match(rule: &str) -> Result<Call<'static>> {
    Call::new(BUS_PATH, BUS, "RemoveMatch").to(BUS).text(rule)
}
