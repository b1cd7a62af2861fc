//! The sockets that the keeper waits for.

use std::os::fd::{AsRawFd, RawFd};
use std::time::Instant;

use super::table::Key;
use crate::flow::doorbell::Doorbell;

/// One wait in poll(2).
#[derive(Default)]
pub(super) struct Polled {
    pub(super) sockets: Vec<(Key, RawFd)>,
    fds: Vec<libc::pollfd>,
}

impl Polled {
    /// Waits until the bell rings, a socket can be read or the time has come, and tells which sockets can be read.
    pub(super) fn wait(&mut self, bell: &Doorbell, until: Option<Instant>) -> impl Iterator<Item = Key> {
        let numbers = self.sockets.iter().map(|(_, number)| *number);
        let number_of_bell = bell.descriptor().as_raw_fd();
        let all = std::iter::once(number_of_bell).chain(numbers);
        self.fds.clear();
        self.fds.extend(all.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 }));
        let count = libc::nfds_t::try_from(self.fds.len()).unwrap_or(libc::nfds_t::MAX);
        #[expect(
            unsafe_code,
            reason = "sockets are named by their numbers: none is kept open for the sake of this wait"
        )]
        // SAFETY: it writes `revents` of as many elements as there are. It only looks at descriptors: where a number is
        // another file's by now, or nobody's, that wait ends for nothing, and its owner is not in the table any more.
        let result = unsafe { libc::poll(self.fds.as_mut_ptr(), count, milliseconds(until)) };
        if result <= 0 {
            self.fds.iter_mut().for_each(|fd| fd.revents = 0);
        }
        if self.fds[0].revents != 0 {
            bell.answer();
        }
        let ready = self.sockets.iter().zip(&self.fds[1..]).filter(|(_, fd)| fd.revents != 0);
        ready.map(|((key, _), _)| *key)
    }
}

/// As poll(2) counts; it never wakes up before the time.
fn milliseconds(until: Option<Instant>) -> i32 {
    until.map_or(-1, |until| {
        let left = until.saturating_duration_since(Instant::now());
        i32::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)
    })
}
