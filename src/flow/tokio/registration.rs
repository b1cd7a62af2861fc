//! What is registered with a tokio runtime: descriptors and a time.

use std::future::Future;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use ::tokio::io::unix::AsyncFd;
use ::tokio::time::{Sleep, sleep, sleep_until};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::fcntl_dupfd_cloexec;

use crate::flow::Interest;
use crate::fork::OfThisProcess;

/// How often a descriptor is looked at that could not be registered.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A descriptor that the runtime watches for one task.
///
/// It is a duplicate: an epoll instance takes each descriptor once, and several tasks wait for the same.
pub(super) struct Registration(Means);

enum Means {
    Registered(OfThisProcess<AsyncFd<OwnedFd>>),
    /// The process has no descriptor left, or the runtime no room: that is no fault of the flow's.
    Unwatched(OfThisProcess<Pin<Box<Sleep>>>),
}

impl Registration {
    pub(super) fn new(descriptor: BorrowedFd<'_>) -> Self {
        Self(match fcntl_dupfd_cloexec(descriptor, 0).ok().and_then(register) {
            Some(watched) => Means::Registered(OfThisProcess::new(watched)),
            None => Means::Unwatched(OfThisProcess::new(Box::pin(sleep(LOOK_AGAIN)))),
        })
    }

    /// Ready where there is, or may be, something to read or room to write.
    pub(super) fn poll(&mut self, interest: Interest, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Means::Registered(watched) => {
                watched.get().map_or(Poll::Ready(()), |watched| poll_watched(watched, interest, context))
            }
            Means::Unwatched(pause) => {
                let Some(pause) = pause.get_mut() else { return Poll::Ready(()) };
                let ended = pause.as_mut().poll(context);
                if ended.is_ready() {
                    pause.as_mut().reset(::tokio::time::Instant::now() + LOOK_AGAIN);
                }
                ended
            }
        }
    }
}

fn register(descriptor: OwnedFd) -> Option<AsyncFd<OwnedFd>> {
    // SAFETY: the descriptor is owned by what is returned, always the same one, and open until that is dropped.
    #[expect(unsafe_code, reason = "tokio takes any AsRawFd, which alone promises none of this")]
    let registered = unsafe { AsyncFd::register(descriptor) };
    registered.ok()
}

/// The runtime hears of changes only, and others read and write the same socket: what it believes is checked.
fn poll_watched(watched: &AsyncFd<OwnedFd>, interest: Interest, context: &mut Context<'_>) -> Poll<()> {
    loop {
        let guard = match interest {
            Interest::Read => watched.poll_read_ready(context),
            Interest::Write => watched.poll_write_ready(context),
        };
        match guard {
            Poll::Ready(Ok(mut guard)) if !is_ready(watched.get_ref(), interest) => guard.clear_ready(),
            // An error says that the runtime shuts down; it drops this task next.
            Poll::Pending | Poll::Ready(Err(_)) => return Poll::Pending,
            Poll::Ready(Ok(_)) => return Poll::Ready(()),
        }
    }
}

fn is_ready(descriptor: &OwnedFd, interest: Interest) -> bool {
    let flags = match interest {
        Interest::Read => PollFlags::IN,
        Interest::Write => PollFlags::OUT,
    };
    let mut fds = [PollFd::new(descriptor, flags)];
    !matches!(poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(0))
}

/// The time that a flow waits for, if it waits for one.
#[derive(Default)]
pub(super) struct Timer(Option<(Instant, OfThisProcess<Pin<Box<Sleep>>>)>);

impl Timer {
    pub(super) fn poll(&mut self, until: Option<Instant>, context: &mut Context<'_>) -> Poll<()> {
        let Some(until) = until else {
            self.0 = None;
            return Poll::Pending;
        };
        if self.0.as_ref().is_none_or(|(when, _)| *when != until) {
            self.0 = Some((until, OfThisProcess::new(Box::pin(sleep_until(until.into())))));
        }
        let Some(pause) = self.0.as_mut().and_then(|(_, pause)| pause.get_mut()) else {
            return Poll::Ready(());
        };
        let ended = pause.as_mut().poll(context);
        if ended.is_ready() {
            self.0 = None;
        }
        ended
    }
}
