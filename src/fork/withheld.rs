//! Sockets that a forked child does not get.
//!
//! To the other end a socket is open as long as anybody has a copy of it. A child that outlives its parent, as one that
//! becomes a daemon, would be a client that reads nothing: systemd queues for it, and above a limit tells nobody anything
//! any more (see `crate::bus::keeper`).

use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicI32};

/// A process hardly has more connections; of what is beyond that a child gets a copy.
const PLACES: usize = 256;
const FREE: RawFd = -1;

/// No lock: what a child finds here may be in the middle of anything.
static SOCKETS: [AtomicI32; PLACES] = [const { AtomicI32::new(FREE) }; PLACES];
static HOOKED: AtomicBool = AtomicBool::new(false);

/// While it lives, forked children find nothing at the number of a socket. It goes before that is closed.
#[derive(Debug)]
pub struct Withheld {
    number: RawFd,
    place: Option<&'static AtomicI32>,
}

impl Withheld {
    /// Takes in a socket of this process.
    #[must_use]
    pub fn new(socket: &OwnedFd) -> Self {
        if !HOOKED.load(SeqCst) {
            // Two threads may both register: the hook does no harm a second time.
            let hooked = super::in_each_child(empty);
            debug_assert!(hooked, "it fails only for want of memory");
            HOOKED.store(true, SeqCst);
        }
        let number = socket.as_raw_fd();
        let place = SOCKETS.iter().find(|place| place.compare_exchange(FREE, number, SeqCst, SeqCst).is_ok());
        Self { number, place }
    }
}

impl Drop for Withheld {
    /// In a forked child the place may be that of another socket by now.
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let _ = place.compare_exchange(self.number, FREE, SeqCst, SeqCst);
        }
    }
}

/// First thing in a child: the numbers stay taken, as whoever has them there may close them later.
extern "C" fn empty() {
    let flags = libc::O_RDWR | libc::O_CLOEXEC;
    #[expect(unsafe_code, reason = "the standard library may allocate, which a forked child must not")]
    // SAFETY: the path is a C string. open(2), dup3(2) and close(2) may be called in a signal handler (signal-safety(7)),
    // and touch only descriptors of the child: the parent's are copies of the same sockets.
    unsafe {
        let nothing = libc::open(c"/dev/null".as_ptr(), flags);
        for place in &SOCKETS {
            let number = place.swap(FREE, SeqCst);
            if number != FREE && nothing != FREE {
                libc::dup3(nothing, number, libc::O_CLOEXEC);
            }
        }
        if nothing != FREE {
            libc::close(nothing);
        }
    }
}
