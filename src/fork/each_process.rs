//! What each process has one of its own of: a forked child makes another.

use std::fmt;
use std::sync::OnceLock;

use super::OfThisProcess;

/// A value for each process that uses it. A forked child leaves its parent's alone until it exits: what is in it may be
/// locked by threads that the child does not have.
pub struct EachProcess<T> {
    first: OnceLock<Box<Place<T>>>,
}

struct Place<T> {
    value: OfThisProcess<T>,
    next: OnceLock<Box<Self>>,
}

impl<T> EachProcess<T> {
    /// The value of this process; the first that asks makes it.
    pub fn get_or_make(&self, make: impl Fn() -> T) -> &T {
        let new = || Box::new(Place { value: OfThisProcess::new(make()), next: OnceLock::new() });
        let mut place = self.first.get_or_init(new);
        loop {
            match place.value.get() {
                Some(value) => return value,
                None => place = place.next.get_or_init(new),
            }
        }
    }
}

impl<T> Default for EachProcess<T> {
    fn default() -> Self {
        Self { first: OnceLock::new() }
    }
}

impl<T> fmt::Debug for EachProcess<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("EachProcess")
    }
}
