//! Questions that cost systemd much, with others in mind. A message bus hands it all clients' questions in one queue: whoever
//! asks for something small there waits until all that was asked before is answered.

use std::time::{Duration, Instant};

use zbus::Message;

use super::Dbus;
use crate::bus::Call;
use crate::bus::address::{Address, Endpoint, Peer};
use crate::error::Result;

/// So long others may wait for our sake.
const SHARE: Duration = Duration::from_millis(2);
/// So many are in flight at most, however quickly they are answered.
const MOST: usize = 100;

impl Dbus {
    /// The answers to several calls, in their order. No more are in flight at once than others can wait for; on a private
    /// socket all, as systemd takes from each client in turn.
    pub(in crate::backend) async fn ask_each(&self, calls: &[Call<'_>]) -> Result<Vec<Result<Message>>> {
        let mut answers = Vec::with_capacity(calls.len());
        let mut pace = Pace::on(self.connection.endpoint());
        let mut rest = calls;
        while !rest.is_empty() {
            let (next, later) = rest.split_at(pace.window.min(rest.len()));
            let begin = Instant::now();
            for reply in self.connection.call_all(next)? {
                answers.push(reply.await);
            }
            pace.took(next.len(), begin.elapsed());
            rest = later;
        }
        Ok(answers)
    }
}

/// How many calls are in flight.
struct Pace {
    window: usize,
    is_measured: bool,
}

impl Pace {
    fn on(endpoint: &Endpoint) -> Self {
        // The time to another machine and back says nothing of systemd's.
        let is_measured = endpoint.peer == Peer::Bus && !matches!(endpoint.address, Address::Program(_));
        Self { window: if is_measured { 1 } else { usize::MAX }, is_measured }
    }

    /// So many were answered in this time.
    fn took(&mut self, count: usize, time: Duration) {
        if self.is_measured {
            let fitting = SHARE.as_nanos() * count as u128 / time.as_nanos().max(1);
            self.window = usize::try_from(fitting).unwrap_or(MOST).clamp(1, MOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(peer: Peer) -> Pace {
        Pace::on(&Endpoint { address: Address::Path("/x".into()), peer })
    }

    #[test]
    fn on_a_bus_no_more_are_in_flight_than_others_can_wait_for() {
        let mut pace = pace(Peer::Bus);
        assert_eq!(pace.window, 1);
        for (count, milliseconds, window) in
            [(1, 1, 2), (2, 1, 4), (4, 1, 8), (8, 16, 1), (1, 5, 1), (1, 0, MOST)]
        {
            pace.took(count, Duration::from_millis(milliseconds));
            assert_eq!(pace.window, window, "{count} in {milliseconds} ms");
        }
    }

    #[test]
    fn on_a_private_socket_all_are() {
        let mut pace = pace(Peer::Private);
        pace.took(1, Duration::from_secs(1));
        assert_eq!(pace.window, usize::MAX);
    }
}
