//! The blocking driver: the calling thread waits in poll(2) for what its flow waits for.

use std::future::Future;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::{Bell, Interest, Source, Turn, Wait, poll_once};
use crate::error::{Error, Kind, Result};

/// How long the thread that handles signals waits at most before it looks for one.
///
/// A signal ends poll(2) at once; this covers the one that lands between the look and the wait, or on
/// another thread.
pub(crate) const SIGNAL_SLICE: Duration = Duration::from_millis(40);

/// Asks whether a signal handler wants the wait to end; an error ends it.
pub type Interrupt<'a> = &'a dyn Fn() -> Result<()>;

/// Runs a flow to its end on the calling thread.
///
/// With `interrupt` (the thread that handles signals) it is asked after every interrupted or long wait.
pub fn block<F: Future>(flow: F, interrupt: Option<Interrupt<'_>>) -> Result<F::Output> {
    let mut flow = pin!(flow);
    let mut waits = Vec::new();
    let mut asked = Instant::now();
    loop {
        if let Poll::Ready(result) = poll_once(flow.as_mut(), Waker::noop(), &mut waits) {
            return Ok(result);
        }
        let news = wait_once(&waits, interrupt.is_some())?;
        if let Some(check) = interrupt
            // While there is always news no wait is ever interrupted.
            && (!news || asked.elapsed() >= SIGNAL_SLICE)
        {
            // Python code may run in the check: nobody waits for this thread meanwhile, as it leads nothing.
            check()?;
            asked = Instant::now();
        }
    }
}

/// Leads a source while it lives.
pub(super) struct Lead<'a>(pub(super) &'a Arc<dyn Source>);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// Follows a source while it lives.
struct Follow<'a> {
    source: &'a Arc<dyn Source>,
    bell: Bell,
    wants_write: bool,
}

impl Drop for Follow<'_> {
    fn drop(&mut self) {
        self.source.unfollow(&self.bell);
    }
}

/// What one wait of this thread has taken on.
#[derive(Default)]
struct Round<'a> {
    leads: Vec<(Lead<'a>, bool)>,
    follows: Vec<Follow<'a>>,
    descriptors: Vec<(&'a Arc<OwnedFd>, Interest)>,
    until: Option<Instant>,
}

impl<'a> Round<'a> {
    /// Joins every source; `None` if one of them has news already.
    fn join(waits: &'a [Wait]) -> Option<Self> {
        let mut round = Self::default();
        for wait in waits {
            match wait {
                Wait::Source { source, seen } => round.join_source(source, *seen)?,
                Wait::Descriptor { descriptor, interest } => round.descriptors.push((descriptor, *interest)),
                Wait::Until(when) => round.until = Some(round.until.map_or(*when, |until| until.min(*when))),
            }
        }
        Some(round)
    }

    fn join_source(&mut self, source: &'a Arc<dyn Source>, seen: u64) -> Option<()> {
        let mut joined = self.leads.iter().map(|(lead, _)| lead.0);
        if joined.any(|other| Arc::ptr_eq(other, source)) {
            return Some(());
        }
        let mut joined = self.follows.iter().map(|follow| follow.source);
        if joined.any(|other| Arc::ptr_eq(other, source)) {
            return Some(());
        }
        match source.join(seen) {
            Turn::Moved => return None,
            Turn::Lead { wants_write } => self.leads.push((Lead(source), wants_write)),
            Turn::Follow(bell) => {
                let mut follow = Follow { source, bell, wants_write: false };
                follow.wants_write = source.wants_write();
                self.follows.push(follow);
            }
        }
        Some(())
    }

    fn poll(&self, timeout: Option<Duration>) -> Result<bool, Errno> {
        let mut fds = Vec::with_capacity(4);
        for (lead, wants_write) in &self.leads {
            let flags = if *wants_write { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            fds.push(PollFd::from_borrowed_fd(lead.0.descriptor(), flags));
        }
        for follow in &self.follows {
            fds.push(PollFd::from_borrowed_fd(follow.bell.descriptor().as_fd(), PollFlags::IN));
            if follow.wants_write {
                fds.push(PollFd::from_borrowed_fd(follow.source.descriptor(), PollFlags::OUT));
            }
        }
        for (descriptor, interest) in &self.descriptors {
            let flags = match interest {
                Interest::Read => PollFlags::IN,
                Interest::Write => PollFlags::OUT,
            };
            fds.push(PollFd::from_borrowed_fd(descriptor.as_fd(), flags));
        }
        let timeout = timeout.and_then(|duration| Timespec::try_from(duration).ok());
        Ok(poll(&mut fds, timeout.as_ref())? > 0)
    }
}

/// Waits once; false says that nothing came, or that a signal interrupted the wait.
fn wait_once(waits: &[Wait], sliced: bool) -> Result<bool> {
    let Some(round) = Round::join(waits) else { return Ok(true) };
    let until = round.until.map(|when| when.saturating_duration_since(Instant::now()));
    let timeout =
        if sliced { Some(until.map_or(SIGNAL_SLICE, |left| left.min(SIGNAL_SLICE))) } else { until };
    match round.poll(timeout) {
        Ok(true) => {
            for (lead, _) in &round.leads {
                lead.0.pump();
            }
            for follow in round.follows.iter().filter(|follow| follow.wants_write) {
                follow.source.flush();
            }
            Ok(true)
        }
        Ok(false) | Err(Errno::INTR) => Ok(false),
        Err(errno) => {
            Err(Error::new(Kind::Storage, format!("poll failed: {errno}"))
                .with_errno(Some(errno.raw_os_error())))
        }
    }
}
