//! Asking over the connection that there is, or over a new one; and once more, where that is safe.

use super::slot::{Gate, Lease};
use super::{Client, Note};
use crate::backend::{Backend, Dbus};
use crate::error::{Error, Kind, Result};
use crate::flow::Pauses;
use crate::unit::UnitName;
use crate::verb::Repeat;

/// How often a step is taken before its connection counts as lost: for some seconds.
const ATTEMPTS: usize = 10;

/// What is asked of systemd.
pub trait Asked: Sync {
    /// What it does, to complete "the ... did not end in time".
    fn what(&self) -> String;
    /// The unit that it is about, if it is about one.
    fn unit(&self) -> Option<UnitName>;
    /// When it may be asked again.
    fn repeat(&self) -> Repeat;
}

/// What is done over one connection, from its beginning to its end.
pub(crate) trait Step {
    /// What it gives.
    type Answer;
    /// Does it.
    fn over(&self, backend: &Backend) -> impl Future<Output = Result<Self::Answer>> + Send;
}

impl Client {
    /// Does it, and once more where that is safe after the connection broke.
    pub(crate) async fn attempt<S: Step + Asked>(&self, step: &S) -> Result<S::Answer> {
        let lease = self.acquire().await?;
        match step.over(lease.backend()).await {
            Err(error) => {
                let lease = self.acquire_after(error, lease, step).await?;
                step.over(lease.backend()).await
            }
            done => done,
        }
    }

    /// Takes a step that is as good twice as once, and takes it again while connections break under it.
    pub(crate) async fn insist<S: Step>(&self, asked: &dyn Asked, step: &S) -> Result<S::Answer> {
        let mut pauses = Pauses::until_back();
        let mut lost: Option<Error> = None;
        for _ in 0..ATTEMPTS {
            let error = match self.acquire().await {
                Ok(lease) => match step.over(lease.backend()).await {
                    Err(error) if is_lost(&error) => {
                        lease.discard();
                        error
                    }
                    done => return done,
                },
                // It is not there again yet.
                Err(error) if error.kind() == Kind::Unavailable && lost.is_some() => error,
                Err(error) => return Err(error),
            };
            let message = &error.facts().message;
            self.note(Note::info(format!("{message}; connecting again for the {}", asked.what())));
            lost.get_or_insert(error);
            pauses.pause().await;
        }
        let lost = lost.unwrap_or_else(|| Error::new(Kind::ConnectionLost, "the connection was lost"));
        Err(lost.with_hint(format!("the {} was not finished; ask again", asked.what())))
    }

    /// A new connection in the place of one that broke, if what was asked may be asked again; every other error is
    /// final.
    pub(crate) async fn acquire_after<'a>(
        &'a self,
        error: Error,
        lease: Lease<'a>,
        asked: &impl Asked,
    ) -> Result<Lease<'a>> {
        if !is_lost(&error) {
            return Err(error);
        }
        let has_left = has_left_the_bus(&error);
        let repeat = asked.repeat();
        let is_unheard = lease.is_unheard(&error) || has_left && repeat == Repeat::UnlessHeard;
        lease.discard();
        if repeat != Repeat::Always && !is_unheard {
            return Err(if has_left {
                error
            } else {
                error.with_hint(format!(
                    "systemd may have heard the request for the {}: look before asking again",
                    asked.what()
                ))
            });
        }
        self.note(Note::info(format!("{}; connecting again", error.facts().message)));
        self.acquire().await
    }

    /// The connection that there is, or a new one. Who comes while another connects waits for that one.
    pub(crate) async fn acquire(&self) -> Result<Lease<'_>> {
        let slot = self.slots.current();
        loop {
            if let Some(lease) = slot.lease() {
                if lease.is_alive() {
                    return Ok(lease);
                }
                lease.discard();
            }
            match slot.gate()? {
                Gate::Open(_turn) => {
                    let (backend, chosen) = self.connect().await?;
                    return Ok(slot.install(backend, chosen));
                }
                Gate::Closed(notice) => notice.hear(|has_ended| has_ended.then_some(())).await,
            }
        }
    }

    /// The same, but over D-Bus, whose signals no other backend has.
    pub(crate) async fn acquire_to_watch(&self) -> Result<(Lease<'_>, Dbus)> {
        let slot = self.slots.current();
        loop {
            if let Some(lease) = slot.lease() {
                match lease.dbus() {
                    Some(dbus) if lease.is_alive() => return Ok((lease, dbus)),
                    Some(_) => lease.discard(),
                    None => drop(lease),
                }
            }
            match slot.gate()? {
                Gate::Open(_turn) => {
                    let (dbus, chosen) = self.connect_to_watch().await?;
                    return Ok((slot.install(Backend::Dbus(dbus.clone()), chosen), dbus));
                }
                Gate::Closed(notice) => notice.hear(|has_ended| has_ended.then_some(())).await,
            }
        }
    }
}

/// Whether the connection is of no use any more, or leads to a bus that systemd has left.
pub(crate) fn is_lost(error: &Error) -> bool {
    error.kind() == Kind::ConnectionLost || has_left_the_bus(error)
}

/// Whether the bus is there, but systemd is not on it: while it re-executes itself it leaves for a moment. The bus
/// has kept the call that got this answer.
fn has_left_the_bus(error: &Error) -> bool {
    let name =
        error.facts().dbus_name.as_deref().and_then(|name| name.strip_prefix("org.freedesktop.DBus.Error."));
    error.kind() == Kind::Unavailable && matches!(name, Some("ServiceUnknown" | "NameHasNoOwner"))
}
