//! The table of what lies idle: descriptors, and when they are to be shut down or have a farewell sent to them.
//!
//! It holds no lock, and whoever looks through it makes only async-signal-safe calls.

use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicPtr, AtomicUsize, Ordering};
use std::time::Duration;

use crate::fork::OfThisProcess;

/// How many idle connections a process can have waiting to be closed; more are closed at once.
pub(super) const SEATS: usize = 64;
/// No descriptor in this seat.
pub(super) const NOBODY: i32 = -1;
/// Nobody has taken this seat.
const FREE: i64 = 0;
/// A point in time that does not come.
pub(super) const NEVER: i64 = i64::MAX;
/// How often a thread looks whether somebody is through with closing before it sleeps between the looks.
const QUICK_LOOKS: usize = 100;
const PAUSE: Duration = Duration::from_micros(20);

/// A descriptor and when it is to be shut down (nanoseconds of the monotonic clock), or these bytes are to be sent.
pub(super) struct Seat {
    pub(super) descriptor: AtomicI32,
    deadline: AtomicI64,
    farewell: AtomicPtr<u8>,
    length: AtomicUsize,
}

impl Seat {
    const fn new() -> Self {
        Self {
            descriptor: AtomicI32::new(NOBODY),
            deadline: AtomicI64::new(FREE),
            farewell: AtomicPtr::new(ptr::null_mut()),
            length: AtomicUsize::new(0),
        }
    }
}

pub(super) static TABLE: [Seat; SEATS] = [const { Seat::new() }; SEATS];
/// How many are shutting down what is due; a descriptor is closed only while nobody is.
pub(super) static CLOSING: AtomicUsize = AtomicUsize::new(0);

/// An idle socket's place in the table; dropping it takes the socket out of danger.
#[derive(Debug)]
pub struct Parked(OfThisProcess<Place>);

#[derive(Debug)]
struct Place {
    seat: usize,
    /// Keeps the descriptor's number from being used again.
    _socket: Arc<OwnedFd>,
    /// What the seat points to.
    _farewell: Option<Arc<[u8]>>,
}

/// Takes a seat for the socket; none if there is none left.
pub(super) fn sit_down(socket: &Arc<OwnedFd>, deadline: i64, farewell: Option<Arc<[u8]>>) -> Option<Parked> {
    let take = |seat: &Seat| {
        seat.deadline.compare_exchange(FREE, deadline, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    };
    let seat = TABLE.iter().position(take)?;
    let bytes = farewell.as_deref().unwrap_or_default();
    TABLE[seat].farewell.store(bytes.as_ptr().cast_mut(), Ordering::SeqCst);
    TABLE[seat].length.store(bytes.len(), Ordering::SeqCst);
    TABLE[seat].descriptor.store(socket.as_raw_fd(), Ordering::SeqCst);
    Some(Parked(OfThisProcess::new(Place { seat, _socket: Arc::clone(socket), _farewell: farewell })))
}

impl Parked {
    /// Takes the socket out of danger; true says that it was too late.
    #[must_use]
    pub fn take_back(self) -> bool {
        self.0.get().is_some_and(Place::leave)
    }

    /// The number of its seat; none in a forked child.
    #[cfg(test)]
    pub(super) fn seat(&self) -> Option<usize> {
        self.0.get().map(|place| place.seat)
    }
}

impl Place {
    /// Leaves the seat once nobody looks at it; says whether what it was for has been done.
    fn leave(&self) -> bool {
        let seat = &TABLE[self.seat];
        let is_done = seat.descriptor.swap(NOBODY, Ordering::SeqCst) == NOBODY;
        // Whoever closes may have read the descriptor just before: the socket must stay open, and its number
        // unused, until that one is through. It makes a few system calls, none of which waits.
        let mut looks = 0;
        while CLOSING.load(Ordering::SeqCst) > 0 {
            looks += 1;
            // It may need this processor.
            if looks < QUICK_LOOKS { std::hint::spin_loop() } else { std::thread::sleep(PAUSE) }
        }
        is_done
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
        TABLE[self.seat].deadline.store(FREE, Ordering::SeqCst);
    }
}

/// Shuts down what is due by then, and gives the deadline that follows. It makes only async-signal-safe calls.
pub(super) fn close_until(then: i64) -> i64 {
    CLOSING.fetch_add(1, Ordering::SeqCst);
    let mut next = NEVER;
    for seat in &TABLE {
        let descriptor = seat.descriptor.load(Ordering::SeqCst);
        if descriptor == NOBODY {
            continue;
        }
        let deadline = seat.deadline.load(Ordering::SeqCst);
        if deadline > then {
            next = next.min(deadline);
        } else if seat
            .descriptor
            .compare_exchange(descriptor, NOBODY, Ordering::SeqCst, Ordering::Relaxed)
            .is_ok()
        {
            end(descriptor, seat);
        }
    }
    CLOSING.fetch_sub(1, Ordering::SeqCst);
    next
}

/// Says the farewell on a descriptor, or shuts it down.
fn end(descriptor: i32, seat: &Seat) {
    let (bytes, length) = (seat.farewell.load(Ordering::SeqCst), seat.length.load(Ordering::SeqCst));
    // SAFETY: the descriptor is open and the bytes are there: whoever parked them takes the descriptor out of the
    // table and then waits for `CLOSING` to be 0 before one can be closed or the other freed.
    #[expect(unsafe_code, reason = "the table holds bare descriptors and bytes, which nobody owns here")]
    unsafe {
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        let is_said =
            length > 0 && libc::send(descriptor, bytes.cast(), length, flags) == length.cast_signed();
        if !is_said {
            libc::shutdown(descriptor, libc::SHUT_RDWR);
        }
    }
}

/// Empties the table in a forked child: what is in it belongs to the parent.
pub(super) fn forget_all() {
    for seat in &TABLE {
        seat.descriptor.store(NOBODY, Ordering::SeqCst);
        seat.deadline.store(FREE, Ordering::SeqCst);
    }
    CLOSING.store(0, Ordering::SeqCst);
}
