//! A service that ends with whoever has it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::session::Session;
use crate::backend::{Dbus, Record};
use crate::client::{Client, Left};
use crate::error::Result;
use crate::flow::block::block;
use crate::flow::with_deadline;
use crate::fork::OfThisProcess;
use crate::sync::Mutex;
use crate::unit::UnitName;

/// How long its removal may take where nobody has set a time for it. On another host, where somebody has to log in again
/// perhaps, it is as long as for any call.
pub(super) const TIME_TO_REMOVE: Duration = Duration::from_secs(2);

/// The life of a service. It ends with this, unless it was given up; in a forked child it is not the child's to end.
#[derive(Debug)]
pub(super) struct Life {
    /// Where it is to be ended, once it may have begun.
    dbus: OfThisProcess<Mutex<Option<Dbus>>>,
    /// What its signals tell.
    record: OfThisProcess<Mutex<Option<Arc<Record>>>>,
    pub(super) unit: UnitName,
    /// What carries its streams, on another host.
    session: OnceLock<Session>,
    client: Arc<Client>,
    /// Nobody's end is its end.
    pub(super) outlives: bool,
}

impl Life {
    pub(super) fn new(unit: UnitName, client: &Arc<Client>, outlives: bool) -> Self {
        let (dbus, record) = (OfThisProcess::default(), OfThisProcess::default());
        Self { dbus, record, unit, session: OnceLock::new(), client: Arc::clone(client), outlives }
    }

    pub(super) fn dbus(&self) -> Option<Dbus> {
        self.dbus.lock()?.clone()
    }

    /// From now on what its signals tell is recorded.
    pub(super) async fn listen(&self, dbus: &Dbus) -> Result<()> {
        let record = dbus.record(&self.unit).await?;
        if let Some(mut known) = self.record.lock() {
            *known = Some(Arc::new(record));
        }
        Ok(())
    }

    pub(super) fn record(&self) -> Option<Arc<Record>> {
        self.record.lock()?.clone()
    }

    /// Nothing is told any more.
    pub(super) fn stop_listening(&self) {
        let record = self.record.lock().and_then(|mut known| known.take());
        drop(record);
    }

    /// From now on there may be something to end.
    pub(super) fn begin(&self, dbus: Dbus) {
        if let Some(mut known) = self.dbus.lock() {
            *known = Some(dbus);
        }
    }

    /// The same on another host.
    pub(super) fn begin_on_host(&self, dbus: Dbus, session: Session) -> &Session {
        self.begin(dbus);
        self.session.get_or_init(|| session)
    }

    /// What carries its streams, on another host.
    pub(super) fn session(&self) -> Option<&Session> {
        self.session.get()
    }

    /// Whether there is something that ends with this.
    pub(super) fn ends(&self) -> bool {
        !self.outlives && self.dbus().is_some()
    }

    /// There is nothing to end any more.
    pub(super) fn give_up(&self) {
        if let Some(mut known) = self.dbus.lock() {
            known.take();
        }
    }

    /// What is left of it is killed and removed.
    pub(super) async fn end(&self) -> Result<()> {
        if self.outlives {
            return Ok(());
        }
        let Some(dbus) = self.dbus() else { return Ok(()) };
        if let Some(session) = self.session() {
            session.settle(&dbus, &self.unit).await;
        }
        self.client.end_transient(&dbus, &self.unit).await?;
        self.give_up();
        Ok(())
    }

    /// The same, but not for long; what goes wrong the unit itself will show.
    pub(super) async fn end_soon(&self) {
        let deadline = match self.session() {
            Some(_) => self.client.deadline_of(None),
            None => Some(Instant::now() + TIME_TO_REMOVE),
        };
        let _ = with_deadline(deadline, self.end()).await;
    }

    /// The same on the calling thread.
    pub(super) fn end_now(&self) {
        if self.ends() {
            let _ = block(self.end_soon(), None);
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if let Some(dbus) = self.dbus().filter(|_| !self.outlives) {
            dbus.kill_transient(&self.unit);
            let starting = self.session.take().and_then(Session::into_starting);
            self.client.leave(Left { dbus, unit: self.unit.clone(), starting });
        }
    }
}
