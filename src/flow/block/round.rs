//! One wait of a thread, from one poll of its flow to the next. Meanwhile it may lead connections, for others too.

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::error::{Error, Kind, Result};
use crate::flow::parker::Told;
use crate::flow::{Bell, Interest, Parker, Source, Turn, Wait};

/// How long a thread sleeps in poll(2), where this process has no descriptor left to wake it with, before it looks whether
/// it was told something.
const NO_BELL_PAUSE: Duration = Duration::from_millis(2);

/// Waits for any of that; with `look` until then at most, and so that a signal ends it. False says that nothing came for
/// the flow.
pub(super) fn wait(parker: &Arc<Parker>, waits: &[Wait], look: Option<Instant>) -> Result<bool> {
    let Some(mut round) = Round::join(parker, waits, look) else { return Ok(true) };
    loop {
        match round.sleep()? {
            Woken::News => return Ok(true),
            Woken::Called => round.join_again(),
            Woken::Signal => return Ok(false),
            Woken::Nothing if round.is_over() => return Ok(false),
            Woken::Nothing => {}
        }
    }
}

/// What has woken the thread.
enum Woken {
    /// There is something for its flow.
    News,
    /// It has to take a connection's lead, or to look again at how to lead.
    Called,
    /// The process got a signal.
    Signal,
    /// Something for others, or the time.
    Nothing,
}

/// What the thread waits for.
struct Round<'a> {
    parker: &'a Arc<Parker>,
    places: Vec<Place<'a>>,
    descriptors: Vec<(&'a Arc<OwnedFd>, Interest)>,
    until: Option<Instant>,
    /// A signal has to end the wait.
    hears_signals: bool,
    /// What wakes it in poll(2) where it leads no connection.
    bell: Option<Bell>,
}

/// Leads or follows a connection while it lives.
struct Place<'a> {
    source: &'a Arc<dyn Source>,
    turn: Turn,
    /// As its leader it waits for the socket to take more, too.
    wants_write: Cell<bool>,
}

impl<'a> Place<'a> {
    fn new(source: &'a Arc<dyn Source>, turn: Turn) -> Self {
        let wants_write = Cell::new(turn.lead.as_ref().is_some_and(|lead| lead.wants_write));
        Self { source, turn, wants_write }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.source.leave(self.turn.ticket);
    }
}

impl<'a> Round<'a> {
    /// Joins every connection; none in a forked child of the process that made one of them.
    fn join(parker: &'a Arc<Parker>, waits: &'a [Wait], look: Option<Instant>) -> Option<Self> {
        let mut round = Self {
            parker,
            places: Vec::new(),
            descriptors: Vec::new(),
            until: look,
            hears_signals: look.is_some(),
            bell: None,
        };
        for wait in waits {
            match wait {
                Wait::Source { source } => round.join_source(source)?,
                Wait::Descriptor { descriptor, interest } => round.descriptors.push((descriptor, *interest)),
                Wait::Until(when) => round.until = Some(round.until.map_or(*when, |until| until.min(*when))),
                Wait::Work(_) => {}
            }
        }
        Some(round)
    }

    fn join_source(&mut self, source: &'a Arc<dyn Source>) -> Option<()> {
        if !self.places.iter().any(|place| Arc::ptr_eq(place.source, source)) {
            let turn = source.join(None, self.parker)?;
            self.places.push(Place::new(source, turn));
        }
        Some(())
    }

    /// Somebody has called: a connection has nobody who leads it, or more to send.
    fn join_again(&mut self) {
        for place in &mut self.places {
            if let Some(turn) = place.source.join(Some(place.turn.ticket), self.parker) {
                place.wants_write.set(turn.lead.as_ref().is_some_and(|lead| lead.wants_write));
                place.turn = turn;
            }
        }
    }

    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Sleeps once, and reads for everybody what has come.
    fn sleep(&mut self) -> Result<Woken> {
        let mut timeout = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        let polls_descriptors =
            !self.descriptors.is_empty() || self.places.iter().any(|place| place.turn.lead.is_some());
        let bell = if polls_descriptors || self.hears_signals { self.find_bell() } else { None };
        if bell.is_none() {
            if !polls_descriptors {
                return Ok(match self.parker.park(timeout) {
                    Told::News => Woken::News,
                    Told::Called => Woken::Called,
                    Told::Nothing if self.hears_signals => Woken::Signal,
                    Told::Nothing => Woken::Nothing,
                });
            }
            timeout = Some(timeout.map_or(NO_BELL_PAUSE, |left| left.min(NO_BELL_PAUSE)));
        }
        self.poll(bell.as_ref(), timeout)
    }

    /// The bell of a connection that it leads, as nobody else listens to that, or one of its own.
    fn find_bell(&mut self) -> Option<Bell> {
        let mut leads = self.places.iter().filter_map(|place| place.turn.lead.as_ref());
        if let Some(bell) = leads.find_map(|lead| lead.bell.clone()) {
            return Some(bell);
        }
        if self.bell.is_none() {
            self.bell = Bell::new(Kind::Unavailable, "cannot wait").ok();
        }
        self.bell.clone()
    }

    fn poll(&self, bell: Option<&Bell>, timeout: Option<Duration>) -> Result<Woken> {
        let mut has_news = false;
        if self.parker.begin_poll(bell) {
            let mut fds = self.fds(bell);
            let timeout = timeout.and_then(|duration| Timespec::try_from(duration).ok());
            let polled = poll(&mut fds, timeout.as_ref());
            self.parker.end_poll();
            match polled {
                Ok(0) => {}
                Ok(_) => has_news = self.take_in(&fds, bell),
                Err(Errno::INTR) if self.hears_signals => return Ok(Woken::Signal),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(failed(errno)),
            }
        }
        Ok(match self.parker.told() {
            Told::News => Woken::News,
            _ if has_news => Woken::News,
            Told::Called => Woken::Called,
            Told::Nothing => Woken::Nothing,
        })
    }

    /// What to sleep with: the bell first, then the sockets of the connections that it leads, then the flow's own.
    fn fds<'b>(&'b self, bell: Option<&'b Bell>) -> Vec<PollFd<'b>> {
        let mut fds = Vec::with_capacity(4);
        fds.extend(bell.map(|bell| PollFd::new(bell.descriptor(), PollFlags::IN)));
        for place in self.leads() {
            let flags = if place.wants_write.get() { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            fds.push(PollFd::from_borrowed_fd(place.source.descriptor(), flags));
        }
        for (descriptor, interest) in &self.descriptors {
            let flags = match interest {
                Interest::Read => PollFlags::IN,
                Interest::Write => PollFlags::OUT,
            };
            fds.push(PollFd::new(*descriptor, flags));
        }
        fds
    }

    fn leads(&self) -> impl Iterator<Item = &Place<'a>> {
        self.places.iter().filter(|place| place.turn.lead.is_some())
    }

    /// Reads for everybody what has come; whether one of the flow's own descriptors is ready.
    fn take_in(&self, fds: &[PollFd<'_>], bell: Option<&Bell>) -> bool {
        let mut are_ready = fds.iter().map(|fd| !fd.revents().is_empty());
        if let Some(bell) = bell
            && are_ready.next() == Some(true)
        {
            bell.silence();
        }
        for (place, is_ready) in self.leads().zip(&mut are_ready) {
            if is_ready {
                place.wants_write.set(place.source.pump());
            }
        }
        are_ready.any(|is_ready| is_ready)
    }
}

#[cold]
fn failed(errno: Errno) -> Error {
    Error::new(Kind::Storage, format!("poll failed: {errno}")).with_errno(Some(errno.raw_os_error()))
}
