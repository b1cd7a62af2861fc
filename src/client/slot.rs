//! Who owns the connection: one slot for each process, shared by the client's threads.
//!
//! A forked child finds a slot of its own. What it inherited stays untouched until it exits: it has no copy of the
//! socket (`crate::fork::Withheld`), and locks may be held by threads that do not exist in the child.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::{Chosen, Note};
use crate::backend::{Backend, Dbus};
use crate::bus::Connection;
use crate::bus::address::{Endpoint, Peer};
use crate::bus::keeper::Hold;
use crate::error::{Error, Kind, Result};
use crate::flow::notice::Notice;
use crate::fork::{EachProcess, OfThisProcess};

/// How long a connection that nobody uses stays open. Whoever asks every few seconds, as what polls does, shall not
/// pay for a new one each time (some hundred microseconds); after that it costs systemd, which sends it every signal,
/// and this process, which has to read them, more than it is worth.
const UNUSED_LIMIT: Duration = Duration::from_secs(10);
/// How long it counts as alive after somebody used it: whether it broke meanwhile costs a system call to know, and
/// it may break in the moment after that as well.
const ALIVE: Duration = Duration::from_millis(1);

/// The slots of a client.
#[derive(Debug, Default)]
pub(super) struct Slots(EachProcess<Slot>);

impl Slots {
    /// The slot of this process.
    pub(super) fn current(&self) -> &Slot {
        self.0.get_or_make(Slot::default)
    }
}

/// What one process knows of its connection.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// Also a child's leases that it has inherited lead here, and must find nothing.
    state: OfThisProcess<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    current: Option<Current>,
    /// While somebody connects: it is told when that has ended.
    connecting: Option<Arc<Notice<bool>>>,
    /// Where D-Bus connections have led.
    used: Vec<Endpoint>,
    notes: Vec<Note>,
}

#[derive(Debug)]
struct Current {
    backend: Arc<Backend>,
    chosen: Chosen,
    /// How many operations use it now.
    users: usize,
    /// When one of them ended last.
    used_at: Option<Instant>,
}

impl Current {
    fn begin_use(&mut self) {
        self.users += 1;
        if self.users == 1
            && let Some(kept) = self.kept()
        {
            kept.begin_use();
        }
        self.attend();
    }

    /// One uses it less; false says that it has to go, as nobody could read it.
    fn end_use(&mut self) -> bool {
        self.users -= 1;
        self.used_at = Some(Instant::now());
        let Some(connection) = self.connection().filter(|_| self.users == 0) else { return true };
        let is_private = connection.endpoint().peer == Peer::Private;
        if !connection.keep() {
            return !is_private;
        }
        if let Some(kept) = self.kept() {
            kept.rest(UNUSED_LIMIT);
        }
        true
    }

    fn connection(&self) -> Option<&Connection> {
        match &*self.backend {
            Backend::Dbus(dbus) => Some(dbus.connection()),
            Backend::Command(_) => None,
        }
    }

    fn kept(&self) -> Option<&Hold> {
        self.connection()?.kept()
    }

    /// Has the keeper come, also after a fork, if it is kept.
    fn attend(&self) {
        if let Some(kept) = self.kept() {
            // Where it cannot come now, whoever uses it next tries again.
            let _ = kept.is_attended();
        }
    }
}

impl Drop for Current {
    /// What uses it now, or a job that somebody has, may have it for long.
    fn drop(&mut self) {
        let has_others = Arc::strong_count(&self.backend) > 1;
        if let Some(connection) = self.connection().filter(|connection| has_others || connection.is_shared())
        {
            connection.keep_or_end();
        }
    }
}

impl Slot {
    /// What it knows; none in a forked child that still holds what its parent began.
    fn state(&self) -> Option<MutexGuard<'_, State>> {
        self.state.lock()
    }

    pub(super) fn chosen(&self) -> Option<Chosen> {
        self.state()?.current.as_ref().map(|current| current.chosen.clone())
    }

    pub(super) fn take_notes(&self) -> Vec<Note> {
        self.state().map(|mut state| std::mem::take(&mut state.notes)).unwrap_or_default()
    }

    pub(super) fn note(&self, note: Note) {
        if let Some(mut state) = self.state() {
            state.notes.push(note);
        }
    }

    /// Ends the connection, also for a job that somebody still has: nobody could wait for that.
    pub(super) fn close(&self) {
        let current = self.state().and_then(|mut state| state.current.take());
        if let Some(connection) = current.as_ref().and_then(Current::connection) {
            connection.end();
        }
    }

    /// The use of the connection that there is.
    pub(super) fn lease(&self) -> Option<Lease<'_>> {
        let mut state = self.state()?;
        let current = state.current.as_mut()?;
        let is_fresh = current.used_at.is_some_and(|used| used.elapsed() < ALIVE);
        current.begin_use();
        let backend = Arc::clone(&current.backend);
        drop(state);
        Some(Lease::new(self, backend, is_fresh))
    }

    /// Asks to be the one that connects.
    pub(super) fn gate(&self) -> Result<Gate<'_>> {
        let Some(mut state) = self.state() else {
            return Err(Error::new(Kind::ConnectionLost, "this call was begun by the parent process")
                .with_hint("call again in the forked child")
                .with_unsent(true));
        };
        if let Some(has_ended) = &state.connecting {
            return Ok(Gate::Closed(Arc::clone(has_ended)));
        }
        state.connecting = Some(Arc::new(Notice::new(false)));
        Ok(Gate::Open(Connecting { slot: self }))
    }

    /// Takes in a new connection.
    pub(super) fn install(&self, backend: Backend, chosen: Chosen) -> Lease<'_> {
        let backend = Arc::new(backend);
        if let Some(mut state) = self.state() {
            let text = format!("using the {} backend: {}", chosen.kind, chosen.reason);
            state.notes.push(Note::info(text));
            if let Some(endpoint) = chosen.endpoint.as_ref().filter(|endpoint| !state.used.contains(endpoint))
            {
                state.used.push(endpoint.clone());
            }
            state.current = Some(Current { backend: Arc::clone(&backend), chosen, users: 1, used_at: None });
        }
        Lease::new(self, backend, true)
    }

    /// Whether a connection of this process has led there before.
    pub(super) fn has_used(&self, endpoint: &Endpoint) -> bool {
        self.state().is_some_and(|state| state.used.contains(endpoint))
    }

    fn release(&self, backend: &Arc<Backend>) {
        // An operation of the parent that a forked child drops: the connection is not the child's to close.
        let Some(mut state) = self.state() else { return };
        let Some(current) = state.current.as_mut().filter(|current| Arc::ptr_eq(&current.backend, backend))
        else {
            return;
        };
        if !current.end_use() {
            state.current = None;
        }
    }

    /// Reads for operations that go on while nobody waits for them, until this is dropped.
    pub(super) fn read(&self) -> Reading<'_> {
        if let Some(state) = self.state()
            && let Some(current) = &state.current
        {
            current.attend();
        }
        Reading { slot: self }
    }

    fn stop_reading(&self) {
        let Some(mut state) = self.state() else { return };
        let Some(current) = state.current.as_mut().filter(|current| current.users > 0) else { return };
        if let Some(connection) = current.connection() {
            connection.keep_or_end();
        }
    }

    fn discard(&self, backend: &Arc<Backend>) {
        if let Some(mut state) = self.state()
            && state.current.as_ref().is_some_and(|current| Arc::ptr_eq(&current.backend, backend))
        {
            state.current = None;
        }
    }
}

/// The answer to [`Slot::gate`].
#[derive(Debug)]
pub(super) enum Gate<'a> {
    /// Connect, and hold this meanwhile.
    Open(Connecting<'a>),
    /// Somebody else connects; this is told when that has ended.
    Closed(Arc<Notice<bool>>),
}

/// The turn of the one that connects; it ends when this is dropped, however that went.
#[derive(Debug)]
pub(super) struct Connecting<'a> {
    slot: &'a Slot,
}

impl Drop for Connecting<'_> {
    fn drop(&mut self) {
        let connecting = self.slot.state().and_then(|mut state| state.connecting.take());
        if let Some(notice) = connecting {
            notice.end(|has_ended| *has_ended = true);
        }
    }
}

/// The time in which somebody reads.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    slot: &'a Slot,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.slot.stop_reading();
    }
}

/// The use of a connection for one operation.
#[derive(Debug)]
pub(crate) struct Lease<'a> {
    slot: &'a Slot,
    backend: Arc<Backend>,
    /// How many bytes had been sent on the connection when the operation began.
    sent_before: u64,
    /// Somebody else has just used the connection.
    is_fresh: bool,
}

impl<'a> Lease<'a> {
    fn new(slot: &'a Slot, backend: Arc<Backend>, is_fresh: bool) -> Self {
        let sent_before = sent(&backend);
        Self { slot, backend, sent_before, is_fresh }
    }

    pub(crate) fn backend(&self) -> &Backend {
        &self.backend
    }

    pub(super) fn dbus(&self) -> Option<Dbus> {
        match &*self.backend {
            Backend::Dbus(dbus) => Some(dbus.clone()),
            Backend::Command(_) => None,
        }
    }

    /// Whether the connection is still there, as far as one can see without asking.
    pub(super) fn is_alive(&self) -> bool {
        match &*self.backend {
            Backend::Dbus(dbus) if self.is_fresh => dbus.connection().check().is_ok(),
            Backend::Dbus(dbus) => dbus.connection().refresh().is_ok(),
            Backend::Command(_) => true,
        }
    }

    /// Whether not one byte has left on this connection since the operation began.
    pub(super) fn is_unheard(&self, error: &Error) -> bool {
        error.facts().unsent && sent(&self.backend) == self.sent_before
    }

    /// Nobody shall use this connection any more.
    pub(crate) fn discard(self) {
        self.slot.discard(&self.backend);
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.slot.release(&self.backend);
    }
}

fn sent(backend: &Backend) -> u64 {
    match backend {
        Backend::Dbus(dbus) => dbus.connection().sent_total(),
        Backend::Command(_) => 0,
    }
}
