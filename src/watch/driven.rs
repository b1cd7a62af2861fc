//! A pump that whoever reads runs, or an event loop for good.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use crate::client::Client;
use crate::error::hint::text;
use crate::error::{Error, Kind, Part, Result};
use crate::flow::joint::{Flow, JointFlow};
use crate::flow::with_deadline;

/// What brings the news in for those who read, and who runs it.
pub(super) struct Driven {
    pump: JointFlow,
    whereabouts: Arc<Whereabouts>,
}

/// Where a pump is, and how far.
#[derive(Debug, Default)]
pub(super) struct Whereabouts {
    /// An event loop has it.
    is_away: AtomicBool,
    /// It has no connection yet.
    is_connecting: AtomicBool,
}

impl Driven {
    /// Nothing happens until somebody reads.
    pub(super) fn new(whereabouts: Arc<Whereabouts>) -> Self {
        Self { pump: JointFlow::empty(), whereabouts }
    }

    /// Drops the pump where nobody drives it and this says that nobody reads any more: its connection goes now.
    pub(super) fn drop_if_deserted(&self, is_deserted: impl FnOnce() -> bool) {
        self.pump.drop_if_deserted(is_deserted);
    }

    /// Gives away the pump as a flow, for an event loop that polls it whenever its connection has news; none if somebody
    /// has it.
    pub(super) fn attach(&self, make: impl FnOnce() -> Flow) -> Option<Flow> {
        self.pump.ensure(|| self.is_here().then(make));
        let pump = self.pump.take()?;
        self.whereabouts.is_away.store(true, SeqCst);
        let away = Away(Arc::clone(&self.whereabouts));
        Some(Box::pin(async move {
            let _away = away;
            pump.await;
        }))
    }

    /// Runs the pump until `heard` has ended, which waits for what comes of it.
    pub(super) async fn drive<R>(
        &self,
        client: &Client,
        make: impl Fn() -> Flow,
        heard: impl Future<Output = R>,
    ) -> R {
        let _resting = Resting(self);
        let _reading = client.read();
        self.pump.ensure_and_drive(|| self.is_here().then(&make), heard).await
    }

    /// Whether [`Driven::glance`] would take something in.
    pub(super) fn has_news(&self) -> bool {
        self.pump.has_news()
    }

    /// Takes the pump as far as it goes without waiting, unless somebody runs it.
    pub(super) fn glance(&self) {
        let _resting = Resting(self);
        self.pump.glance();
    }

    fn is_here(&self) -> bool {
        !self.whereabouts.is_away.load(SeqCst)
    }
}

impl Whereabouts {
    /// While this lives, the pump has no connection yet.
    pub(super) fn connecting(&self) -> Connecting<'_> {
        self.is_connecting.store(true, SeqCst);
        Connecting(self)
    }
}

/// See [`Whereabouts::connecting`].
pub(super) struct Connecting<'a>(&'a Whereabouts);

impl Drop for Connecting<'_> {
    fn drop(&mut self) {
        self.0.is_connecting.store(false, SeqCst);
    }
}

/// A pump that connects has others wait until it has: it must not do that while nobody runs it.
struct Resting<'a>(&'a Driven);

impl Drop for Resting<'_> {
    fn drop(&mut self) {
        let whereabouts = &self.0.whereabouts;
        self.0.pump.drop_if_deserted(|| whereabouts.is_connecting.load(SeqCst));
    }
}

/// While it lives, an event loop has the pump.
struct Away(Arc<Whereabouts>);

impl Drop for Away {
    fn drop(&mut self) {
        self.0.is_away.store(false, SeqCst);
    }
}

/// Waits for the begin of a watch, but no longer than a call may take; it goes on waiting with the next call.
pub(super) async fn in_time(client: &Client, begun: impl Future<Output = ()>) -> Result<()> {
    let begun = async {
        begun.await;
        Ok(())
    };
    with_deadline(client.deadline_of(None), begun).await.map_err(|_| {
        let timeout = client.settings().timeout.value;
        Error::new(
            Kind::NotBegun,
            format!("the watch has not begun within {timeout}: the manager does not answer"),
        )
        .with_hint([
            text("it may be busy, stopped or away; ask for the next event to go on waiting, or raise "),
            Part::Argument("timeout"),
        ])
    })
}
