//! What an event loop watches for its driver: sockets, descriptors, and one time.

use std::collections::BTreeSet;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};

use super::{LoopDriver, State};
use crate::bus::keeper::{self, Hold};
use crate::flow::doorbell::Doorbell;
use crate::flow::kept::Kept;
use crate::flow::{Interest, Source};
use crate::py::call::call_method;

/// A timer of the loop. The loop holds it, and it holds the driver: the other way round it is only known, so that
/// a loop that is closed lets go of all at once.
pub(super) struct Timer(Py<PyWeakrefReference>);

impl Timer {
    pub(super) fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        self.0
            .bind(py)
            .upgrade()
            .map_or(Ok(()), |handle| call_method(&handle, intern!(py, "cancel"), ()).map(drop))
    }
}

/// A connection whose socket the loop watches.
pub(super) struct Watched {
    pub(super) source: Arc<dyn Source>,
    /// For writing too.
    pub(super) writing: bool,
    /// While the loop is blocked, the keeper reads it.
    hold: Option<Hold>,
}

/// A descriptor that flows wait for.
pub(super) struct Registrations {
    pub(super) descriptor: Arc<OwnedFd>,
    pub(super) interest: Interest,
    /// In the order in which they came.
    pub(super) waiters: BTreeSet<u64>,
}

/// What the loop has to be told.
struct Changes {
    /// Sockets that are to be watched for writing from now on, or no longer.
    writers: Vec<(RawFd, bool)>,
    /// Sockets of lost connections.
    lost: Vec<RawFd>,
    /// Descriptors that a flow has left.
    left: Vec<RawFd>,
    /// When to wake up, if that is sooner than arranged.
    due: Option<Instant>,
}

impl State {
    /// A flow does not wait for these any more.
    pub(super) fn leave(&mut self, id: u64, descriptors: &[RawFd]) {
        for number in descriptors {
            let Some(watched) = self.descriptors.get_mut(number) else { continue };
            watched.waiters.remove(&id);
            if watched.waiters.is_empty() {
                self.left.push(*number);
            }
        }
    }

    /// What only this table holds any longer, if no flow waits for this descriptor.
    fn orphan(&self, number: RawFd) -> Option<Interest> {
        self.descriptors.get(&number).filter(|watched| watched.waiters.is_empty()).map(|found| found.interest)
    }

    fn changes(&mut self) -> Changes {
        let writers = self
            .sources
            .iter()
            .map(|(number, watched)| (*number, watched.writing, watched.source.wants_write()))
            .filter(|(_, writing, wants)| writing != wants)
            .map(|(number, _, wants)| (number, wants));
        // What only this table holds belongs to a watch that has ended.
        let lost = self
            .sources
            .iter()
            .filter(|(_, Watched { source, .. })| source.is_lost() || Arc::strong_count(source) == 1);
        Changes {
            writers: writers.collect(),
            lost: lost.map(|(number, _)| *number).collect(),
            left: std::mem::take(&mut self.left),
            due: self.flows.earlier_than(self.timer.as_ref().map(|(when, _)| *when)),
        }
    }

    /// After a fork the keeper comes back, if nobody has had it come before.
    fn attend(&self) {
        if let Some(hold) = self.sources.values().find_map(|watched| watched.hold.as_ref()) {
            // Where it cannot come now, the next turn of the loop tries again.
            let _ = hold.is_attended();
        }
    }

    fn has_nothing_to_do(&self) -> bool {
        self.flows.len() == 0 && self.sources.is_empty()
    }
}

impl LoopDriver {
    pub(super) fn watch_source(slf: &Bound<'_, Self>, source: Arc<dyn Source>) -> PyResult<()> {
        let descriptor = source.descriptor().as_raw_fd();
        let known =
            slf.get().state()?.sources.get(&descriptor).map(|known| Arc::ptr_eq(&known.source, &source));
        match known {
            Some(true) => return Ok(()),
            Some(false) => slf.get().drop_source(slf.py(), descriptor)?,
            None => {}
        }
        let bell = Self::bell(slf)?;
        let kept: Arc<dyn Kept> = Arc::<dyn Source>::clone(&source);
        let hold = keeper::hold(&kept, bell.map(Waker::from));
        drop(kept);
        slf.get().state()?.sources.insert(descriptor, Watched { source, writing: false, hold });
        let callback = slf.getattr(intern!(slf.py(), "on_source"))?;
        slf.get().watch(slf.py(), descriptor, Interest::Read, &callback)
    }

    /// What the keeper and other threads ring, as long as there are flows and sockets; none where no descriptor is left.
    pub(super) fn bell(slf: &Bound<'_, Self>) -> PyResult<Option<Arc<Doorbell>>> {
        let known = slf.get().state()?.bell.clone();
        if known.is_some() {
            return Ok(known);
        }
        let Some(bell) = Doorbell::new().ok().map(Arc::new) else { return Ok(None) };
        {
            let mut state = slf.get().state()?;
            state.bell = Some(Arc::clone(&bell));
            state.flows.ring_at(Some(Arc::clone(&bell)));
        }
        let callback = slf.getattr(intern!(slf.py(), "on_bell"))?;
        slf.get().watch(slf.py(), bell.descriptor().as_raw_fd(), Interest::Read, &callback)?;
        Ok(Some(bell))
    }

    /// Where there is nothing to do nobody has a reason to ring.
    fn drop_bell(&self, py: Python<'_>) -> PyResult<()> {
        let bell = {
            let mut state = self.state()?;
            let bell = if state.has_nothing_to_do() { state.bell.take() } else { None };
            if bell.is_some() {
                state.flows.ring_at(None);
            }
            bell
        };
        bell.map_or(Ok(()), |bell| self.unwatch(py, bell.descriptor().as_raw_fd(), Interest::Read))
    }

    pub(super) fn watch_descriptor(
        slf: &Bound<'_, Self>,
        descriptor: Arc<OwnedFd>,
        interest: Interest,
        id: u64,
    ) -> PyResult<()> {
        let number = descriptor.as_raw_fd();
        {
            let mut state = slf.get().state()?;
            if let Some(watched) = state.descriptors.get_mut(&number) {
                watched.waiters.insert(id);
                return Ok(());
            }
            state
                .descriptors
                .insert(number, Registrations { descriptor, interest, waiters: BTreeSet::from([id]) });
        }
        let callback = slf.getattr(intern!(slf.py(), "on_descriptor"))?;
        slf.get().watch(slf.py(), number, interest, &callback)
    }

    /// Ends watching what nobody waits for any more, and sees to output and times.
    pub(super) fn tidy(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        let Changes { writers, lost, left, due } = {
            let mut state = this.state()?;
            state.attend();
            state.changes()
        };
        for (descriptor, wants) in writers {
            if let Some(watched) = this.state()?.sources.get_mut(&descriptor) {
                watched.writing = wants;
            }
            if wants {
                let callback = slf.getattr(intern!(py, "on_source"))?;
                this.watch(py, descriptor, Interest::Write, &callback)?;
            } else {
                this.unwatch(py, descriptor, Interest::Write)?;
            }
        }
        for descriptor in lost {
            this.drop_source(py, descriptor)?;
        }
        for descriptor in left {
            let Some(interest) = this.state()?.orphan(descriptor) else { continue };
            this.unwatch(py, descriptor, interest)?;
            // Only now may the descriptor be closed and its number be used again.
            let watched = this.state()?.descriptors.remove(&descriptor);
            drop(watched.map(|watched| watched.descriptor));
        }
        this.drop_bell(py)?;
        if this.state()?.has_nothing_to_do() {
            return this.drop_timer(py);
        }
        due.map_or(Ok(()), |when| Self::set_timer(slf, when))
    }

    fn set_timer(slf: &Bound<'_, Self>, when: Instant) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        let delay = when.saturating_duration_since(Instant::now()).as_secs_f64();
        let callback = slf.getattr(intern!(py, "on_timer"))?;
        let handle = call_method(this.event_loop.bind(py), intern!(py, "call_later"), (delay, callback))?;
        let timer = Timer(PyWeakrefReference::new(&handle)?.unbind());
        let before = this.state()?.timer.replace((when, timer));
        before.map_or(Ok(()), |(_, timer)| timer.cancel(py))
    }

    /// Its loop would keep the driver of a watch that has ended until the time comes.
    pub(super) fn drop_timer(&self, py: Python<'_>) -> PyResult<()> {
        let timer = self.state()?.timer.take();
        timer.map_or(Ok(()), |(_, timer)| timer.cancel(py))
    }

    fn drop_source(&self, py: Python<'_>, descriptor: RawFd) -> PyResult<()> {
        self.unwatch(py, descriptor, Interest::Read)?;
        let writing = self.state()?.sources.get(&descriptor).is_some_and(|watched| watched.writing);
        if writing {
            self.unwatch(py, descriptor, Interest::Write)?;
        }
        // Only now may the socket be closed and its number be used again.
        let source = self.state()?.sources.remove(&descriptor);
        drop(source);
        Ok(())
    }

    fn watch(
        &self,
        py: Python<'_>,
        descriptor: RawFd,
        interest: Interest,
        callback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let method = match interest {
            Interest::Read => intern!(py, "add_reader"),
            Interest::Write => intern!(py, "add_writer"),
        };
        call_method(self.event_loop.bind(py), method, (descriptor, callback, descriptor)).map(drop)
    }

    pub(super) fn unwatch(&self, py: Python<'_>, descriptor: RawFd, interest: Interest) -> PyResult<()> {
        let method = match interest {
            Interest::Read => intern!(py, "remove_reader"),
            Interest::Write => intern!(py, "remove_writer"),
        };
        call_method(self.event_loop.bind(py), method, (descriptor,)).map(drop)
    }
}
