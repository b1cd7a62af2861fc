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
        let (rules, serials) = self.enter_rules(endpoint, &filters, sender)?;
        Ok((self.audience.add(SignalQueue::new(filters, rules, capacity)), serials))
    }

    /// Has a listener listen to these signals too; with it go the serial numbers as above.
    pub(super) fn widen(
        &mut self,
        endpoint: &Endpoint,
        id: u64,
        filters: Vec<Filter>,
        sender: &str,
    ) -> Result<Vec<u32>> {
        self.check_lost().map_err(|lost| lost.with_unsent(true))?;
        let (rules, serials) = self.enter_rules(endpoint, &filters, sender)?;
        if let Some(queue) = self.audience.get_mut(id) {
            queue.rules.extend(rules);
        }
        self.audience.change(id, |known| known.extend(filters));
        Ok(serials)
    }

    /// Has a listener listen only to those of its signals that are wanted.
    pub(super) fn narrow(
        &mut self,
        endpoint: &Endpoint,
        id: u64,
        is_wanted: impl Fn(&Filter) -> bool,
        sender: &str,
    ) {
        let mut unwanted = Vec::new();
        self.audience.change(id, |filters| {
            unwanted = filters.extract_if(.., |filter| !is_wanted(filter)).collect();
        });
        let unwanted: Vec<String> = unwanted.iter().map(|filter| filter.match_rule(sender)).collect();
        let rules = self
            .audience
            .get_mut(id)
            .map(|queue| queue.rules.extract_if(.., |rule| unwanted.contains(rule)).collect::<Vec<_>>());
        self.leave_rules(endpoint, rules.unwrap_or_default());
    }

    fn enter_rules(
        &mut self,
        endpoint: &Endpoint,
        filters: &[Filter],
        sender: &str,
    ) -> Result<(Vec<String>, Vec<u32>)> {
        let (mut rules, mut serials) = (Vec::new(), Vec::new());
        // Who owns the service's name is told anyway.
        let of_service = |filter: &&Filter| endpoint.peer == Peer::Bus && filter.interface != BUS;
        for filter in filters.iter().filter(of_service) {
            let rule = filter.match_rule(sender);
            if self.rules.enter(&rule) {
                let call = Call::new(BUS_PATH, BUS, "AddMatch").to(BUS).text(&rule)?;
                serials.push(self.submit(endpoint, &call)?);
            }
            rules.push(rule);
        }
        Ok((rules, serials))
    }

    fn leave_rules(&mut self, endpoint: &Endpoint, rules: Vec<String>) {
        for rule in rules {
            if self.rules.leave(&rule)
                && let Ok(call) = remove_match(&rule)
            {
                self.send_unanswered(endpoint, call);
            }
        }
    }

    /// Removes a listener, and each match rule with the last one that stands on it, but for those that are kept.
    pub(super) fn remove_listener(&mut self, endpoint: &Endpoint, id: u64) {
        self.unwake(Awaited::Signal(id));
        let Some(queue) = self.audience.remove(id) else { return };
        self.leave_rules(endpoint, queue.rules);
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
