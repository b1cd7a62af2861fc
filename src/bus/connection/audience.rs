//! Who listens to which signals: a signal finds those who may want it without asking everybody.

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use zbus::Message;

use crate::bus::decode::first_number;
use crate::bus::filter::Filter;
use crate::bus::signal_queue::SignalQueue;

/// The listeners of a connection, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Audience {
    queues: HashMap<u64, SignalQueue>,
    last: u64,
    /// Those that listen to single objects, by their paths.
    by_path: HashMap<String, Vec<u64>>,
    /// Those that listen to a signal about one thing, by its number.
    by_number: HashMap<u32, Vec<u64>>,
    /// Those that listen to many objects.
    wide: Vec<u64>,
}

/// A listener, and how the number is read that it is bound to.
pub(in crate::bus) struct Binding {
    pub(in crate::bus) listener: u64,
    pub(in crate::bus) number_in: fn(&Message) -> Option<u32>,
}

impl Audience {
    /// Adds a listener, and gives its number.
    pub(super) fn add(&mut self, queue: SignalQueue) -> u64 {
        self.last += 1;
        self.enter(self.last, &queue.filters);
        self.queues.insert(self.last, queue);
        self.last
    }

    /// Removes a listener.
    pub(super) fn remove(&mut self, id: u64) -> Option<SignalQueue> {
        let queue = self.queues.remove(&id)?;
        self.withdraw(id, &queue.filters);
        if let Some(number) = queue.number {
            leave(&mut self.by_number, &number, id);
        }
        Some(queue)
    }

    /// Changes what a listener listens to.
    pub(super) fn change(&mut self, id: u64, change: impl FnOnce(&mut Vec<Filter>)) {
        let Some(queue) = self.queues.get_mut(&id) else { return };
        let mut filters = std::mem::take(&mut queue.filters);
        self.withdraw(id, &filters);
        change(&mut filters);
        self.enter(id, &filters);
        if let Some(queue) = self.queues.get_mut(&id) {
            queue.filters = filters;
        }
    }

    fn enter(&mut self, id: u64, filters: &[Filter]) {
        match paths(filters) {
            Some(paths) => {
                for path in paths {
                    self.by_path.entry(path.to_owned()).or_default().push(id);
                }
            }
            None => self.wide.push(id),
        }
    }

    fn withdraw(&mut self, id: u64, filters: &[Filter]) {
        match paths(filters) {
            Some(paths) => paths.into_iter().for_each(|path| leave(&mut self.by_path, path, id)),
            None => self.wide.retain(|other| *other != id),
        }
    }

    /// Tells which number the signals have that this listener wants of those which have one.
    pub(super) fn bind(&mut self, id: u64, number: u32) {
        let Some(queue) = self.queues.get_mut(&id) else { return };
        if let Some(before) = queue.number.replace(number) {
            leave(&mut self.by_number, &before, id);
        }
        self.by_number.entry(number).or_default().push(id);
    }

    pub(super) fn get(&self, id: u64) -> Option<&SignalQueue> {
        self.queues.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut SignalQueue> {
        self.queues.get_mut(&id)
    }

    pub(super) fn len(&self) -> usize {
        self.queues.len()
    }

    /// Gives a signal to all who want it, each of whom `told` hears of.
    pub(super) fn hand_out(&mut self, position: u64, message: &Message, mut told: impl FnMut(u64)) {
        let header = message.header();
        let at_path = header.path().and_then(|path| self.by_path.get(path.as_str()));
        let number = if self.by_number.is_empty() { None } else { first_number(message) };
        let numbered = number.and_then(|number| self.by_number.get(&number));
        for id in at_path.into_iter().chain(numbered).flatten().chain(&self.wide) {
            if let Some(queue) = self.queues.get_mut(id)
                && queue.wants(message, number)
                && queue.push(position, message)
            {
                told(*id);
            }
        }
    }
}

/// The objects that these filters are about, but for what the numbers lead to; none where those are many.
fn paths(filters: &[Filter]) -> Option<BTreeSet<&str>> {
    filters.iter().filter(|filter| !filter.by_number).map(|filter| filter.path.as_deref()).collect()
}

fn leave<K: Eq + Hash + Borrow<Q>, Q: Eq + Hash + ?Sized>(rows: &mut HashMap<K, Vec<u64>>, key: &Q, id: u64) {
    if let Some(row) = rows.get_mut(key) {
        row.retain(|other| *other != id);
        if row.is_empty() {
            rows.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: &str = "/org/freedesktop/systemd1/unit";

    fn signal(path: &str, member: &str, number: u32) -> Message {
        Message::signal(path, "a.B", member).build(&(number, "unit")).unwrap()
    }

    fn at(path: &str) -> Filter {
        Filter { path: Some(path.to_owned()), ..Filter::new("a.B", "Changed") }
    }

    fn removed() -> Filter {
        Filter { path: Some("/jobs".to_owned()), by_number: true, ..Filter::new("a.B", "Removed") }
    }

    fn told(audience: &mut Audience, position: u64, message: &Message) -> Vec<u64> {
        let mut told = Vec::new();
        audience.hand_out(position, message, |id| told.push(id));
        told.sort_unstable();
        told
    }

    /// Whoever stands in several rows hears of a signal once, and each only of what his filters say.
    #[test]
    fn a_signal_finds_those_who_want_it() {
        let mut audience = Audience::default();
        let mut add = |filters: &[Filter]| audience.add(SignalQueue::new(filters.to_vec(), Vec::new(), 10));
        let one = add(&[at("/one"), removed()]);
        let both = add(&[at("/one"), at("/two")]);
        let all = add(&[Filter::new("a.B", "Changed"), at("/one")]);
        let below = add(&[Filter { path_namespace: Some(UNITS), ..Filter::new("a.B", "Changed") }]);
        let unbound = add(&[removed()]);
        audience.bind(one, 7);
        let cases = [
            ("/one", "Changed", 7, vec![one, both, all]),
            ("/two", "Changed", 7, vec![both, all]),
            ("/one", "Else", 7, vec![]),
            ("/org/freedesktop/systemd1/unit/x", "Changed", 7, vec![all, below]),
            ("/jobs", "Removed", 7, vec![one]),
            ("/jobs", "Removed", 8, vec![]),
        ];
        for (position, (path, member, number, expected)) in (1..).zip(cases) {
            assert_eq!(
                told(&mut audience, position, &signal(path, member, number)),
                expected,
                "{path} {member}"
            );
        }
        audience.bind(unbound, 8);
        audience.bind(one, 8);
        assert!(told(&mut audience, 5000, &signal("/jobs", "Removed", 7)).is_empty());
        assert_eq!(told(&mut audience, 5001, &signal("/jobs", "Removed", 8)), [one, unbound]);
        audience.change(both, |filters| drop(filters.remove(0)));
        audience.change(all, |filters| filters.truncate(0));
        audience.change(below, |filters| filters.push(at("/one")));
        assert_eq!(told(&mut audience, 5002, &signal("/one", "Changed", 1)), [one, below]);
        for id in [one, both, all, below, unbound] {
            assert!(audience.remove(id).is_some());
        }
        assert_eq!(audience.len(), 0);
        assert!(audience.by_path.is_empty() && audience.by_number.is_empty() && audience.wide.is_empty());
    }

    /// Nobody is asked who cannot want it: of many thousand each hears of his own job alone.
    #[test]
    fn jobs_find_their_waiters_without_a_search() {
        const MANY: u32 = 20_000;
        let mut audience = Audience::default();
        for number in 0..MANY {
            let id = audience.add(SignalQueue::new(vec![removed()], Vec::new(), 10));
            audience.bind(id, number);
        }
        for number in 0..MANY {
            let position = u64::from(number);
            assert_eq!(told(&mut audience, position, &signal("/jobs", "Removed", number)).len(), 1);
        }
    }
}
