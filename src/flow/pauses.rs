//! Pauses between tries: each is twice as long as the one before, up to a limit.

use std::time::{Duration, Instant};

use super::sleep_until;

/// Pauses between tries.
#[derive(Debug)]
pub struct Pauses {
    first: Duration,
    next: Duration,
    longest: Duration,
}

impl Pauses {
    /// Pauses from the first to the longest.
    #[must_use]
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, next: first, longest }
    }

    /// Pauses for somebody who waits until a manager is there again.
    #[must_use]
    pub const fn until_back() -> Self {
        Self::new(Duration::from_millis(20), Duration::from_secs(1))
    }

    /// Begins with the first one again.
    pub fn begin_anew(&mut self) {
        self.next = self.first;
    }

    /// Makes a pause.
    pub async fn pause(&mut self) {
        sleep_until(self.end()).await;
    }

    /// Makes a pause that ends at that point in time, if not before.
    pub async fn pause_until(&mut self, limit: Instant) {
        sleep_until(limit.min(self.end())).await;
    }

    fn end(&mut self) -> Instant {
        let end = Instant::now() + self.next;
        self.next = (self.next * 2).min(self.longest);
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_limit_and_begin_anew() {
        let mut pauses = Pauses::new(Duration::from_millis(3), Duration::from_millis(10));
        let mut next = || {
            let (now, next) = (Instant::now(), pauses.next);
            assert!(pauses.end() >= now + next);
            next.as_millis()
        };
        assert_eq!([next(), next(), next(), next()], [3, 6, 10, 10]);
        pauses.begin_anew();
        assert_eq!(pauses.next, Duration::from_millis(3));
    }
}
