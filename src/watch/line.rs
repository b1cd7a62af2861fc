//! What a pump hears and asks over: a connection to a manager, or what stands for one in a simulation.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use zbus::Message;
use zbus::wire::ObjectPath;

use super::extent::Extent;
use super::listening::{has_new_owner, listen};
use super::signal::{Signal, TOLD};
use super::snapshot::{self, Found};
use crate::backend::Dbus;
use crate::backend::dbus::Listening;
use crate::bus::Peer;
use crate::bus::answer::check;
use crate::bus::connection::Reply;
use crate::bus::decode::{self, Values};
use crate::bus::subscription::{self, Filter};
use crate::client::{Client, Lease};
use crate::error::Result;
use crate::flow::{Pauses, join_all};
use crate::unit::UnitName;
use crate::unit::properties::UNIT;

const OF_MANAGER: [&str; 4] = ["UnitNew", "UnitRemoved", "JobNew", "JobRemoved"];

/// How one comes to a manager.
pub(super) trait Way: Send + Sync {
    /// What that leads to.
    type Line<'a>: Line
    where
        Self: 'a;

    /// Connects, and listens: from then on no signal is missed.
    fn connect(&self) -> impl Future<Output = Result<Self::Line<'_>>> + Send;

    /// Waits before it is tried again.
    fn pause(&self, pauses: &mut Pauses) -> impl Future<Output = ()> + Send;
}

/// A connection on which somebody listens.
pub(super) trait Line: Send + Sync {
    /// A signal as it came.
    type Message: Send + Sync;

    /// The next signal without waiting; with a place only if it came before that.
    fn take(&self, before: Option<u64>) -> Option<Heard<Self::Message>>;

    /// Waits for the next signal; an error says that the connection is lost.
    fn next(&self) -> impl Future<Output = Result<Heard<Self::Message>>> + Send;

    /// Reads a signal, if it is about something that is wanted.
    fn read(
        &self,
        message: &Self::Message,
        wants: &dyn Fn(&str) -> bool,
        tell: impl FnOnce(Signal<'_>),
    ) -> Result<()>;

    /// For which units these names stand; none where there is none of this name in memory.
    fn find(
        &self,
        names: Vec<UnitName>,
    ) -> impl Future<Output = Result<Vec<(UnitName, Option<UnitName>)>>> + Send;

    /// How the units are that are wanted of these patterns, and the place of the answer among all that came. Changes of units
    /// of this extent are heard from then on; others need not be.
    fn look(
        &self,
        extent: &Extent,
        patterns: &[String],
        wants: &(dyn Fn(&str) -> bool + Sync),
    ) -> impl Future<Output = Result<(Found, u64)>> + Send;

    /// Which jobs there are, and for which units, and the place of the answer.
    fn jobs(&self) -> impl Future<Output = Result<(Vec<(u32, String)>, u64)>> + Send;

    /// The place of an answer to nothing: what happened before has come before.
    fn place(&self) -> impl Future<Output = Result<u64>> + Send;

    /// Asks a manager that is back on the bus for its signals.
    fn subscribe_again(&self) -> impl Future<Output = Result<()>> + Send;

    /// It is of no use any more. (One that is dropped otherwise may be used by others.)
    fn lose(self);
}

/// What came.
#[derive(Debug)]
pub(super) enum Heard<M> {
    /// A signal.
    Signal(M),
    /// So many signals were dropped, because nobody took them.
    Lost(u64),
    /// The manager is back on the bus, perhaps another one.
    NewOwner,
}

/// The way of a client's.
pub(super) struct OverDbus(pub(super) Arc<Client>);

/// A connection of a client's.
pub(super) struct DbusLine<'a> {
    lease: Option<Lease<'a>>,
    dbus: Dbus,
    listening: Listening,
    /// The changes that a message bus brings.
    heard: Mutex<Vec<Filter>>,
}

impl Way for OverDbus {
    type Line<'a> = DbusLine<'a>;

    async fn connect(&self) -> Result<DbusLine<'_>> {
        let connect = async {
            let (lease, dbus) = self.0.acquire_to_watch().await?;
            // systemd's own socket brings everything anyway.
            let everything =
                (dbus.connection().endpoint().peer == Peer::Private).then_some(Extent::Everything);
            let changes = everything.map(|extent| extent.filters()).unwrap_or_default();
            let listening = match listen(&dbus, &OF_MANAGER, changes).await {
                Ok(listening) => listening,
                Err(error) => {
                    lease.discard();
                    return Err(error);
                }
            };
            // Who waits for units often does so again soon.
            listening.keep_rules();
            Ok(DbusLine { lease: Some(lease), dbus, listening, heard: Mutex::default() })
        };
        connect.await.map_err(|error| self.0.with_scope(error))
    }

    async fn pause(&self, pauses: &mut Pauses) {
        pauses.pause().await;
    }
}

impl Line for DbusLine<'_> {
    type Message = Message;

    fn take(&self, before: Option<u64>) -> Option<Heard<Message>> {
        loop {
            let heard = match before {
                Some(position) => self.listening.take_before(position),
                None => self.listening.take(),
            };
            if let Some(heard) = told(heard?) {
                return Some(heard);
            }
        }
    }

    async fn next(&self) -> Result<Heard<Message>> {
        loop {
            if let Some(heard) = told(self.listening.next().await?) {
                return Ok(heard);
            }
        }
    }

    fn read(
        &self,
        message: &Message,
        wants: &dyn Fn(&str) -> bool,
        tell: impl FnOnce(Signal<'_>),
    ) -> Result<()> {
        let (header, body) = (message.header(), message.body());
        match header.member().map_or("", |member| member.as_str()) {
            "PropertiesChanged" => return read_changes(message, wants, tell),
            "Reloading" => tell(Signal::Reloading(body.deserialize().unwrap_or(false))),
            member @ ("UnitNew" | "UnitRemoved") => {
                if let Ok((unit, _)) = body.deserialize::<(&str, ObjectPath<'_>)>() {
                    let has_come = member == "UnitNew";
                    tell(if has_come { Signal::UnitNew(unit) } else { Signal::UnitRemoved(unit) });
                }
            }
            "JobNew" => {
                if let Ok((id, _, unit)) = body.deserialize::<(u32, ObjectPath<'_>, &str)>() {
                    tell(Signal::JobNew { id, unit });
                }
            }
            "JobRemoved" => {
                if let Ok((id, _, unit, result)) = body.deserialize::<(u32, ObjectPath<'_>, &str, &str)>() {
                    tell(Signal::JobRemoved { id, unit, result });
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn find(&self, names: Vec<UnitName>) -> Result<Vec<(UnitName, Option<UnitName>)>> {
        let found = join_all(names.iter().map(|name| self.dbus.get_loaded(name)).collect()).await;
        names.into_iter().zip(found).map(|(name, found)| Ok((name, found?.0))).collect()
    }

    async fn look(
        &self,
        extent: &Extent,
        patterns: &[String],
        wants: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<(Found, u64)> {
        let rules = self.hear(extent)?;
        let found = snapshot::take(&self.dbus, patterns, wants).await?;
        // They were asked for before the question, and so were in force when systemd answered that.
        for rule in rules {
            check(&rule.await?)?;
        }
        Ok(found)
    }

    async fn jobs(&self) -> Result<(Vec<(u32, String)>, u64)> {
        self.dbus.jobs_at().await
    }

    async fn place(&self) -> Result<u64> {
        self.dbus.ping().await
    }

    async fn subscribe_again(&self) -> Result<()> {
        self.dbus.subscribe().await
    }

    fn lose(mut self) {
        self.lease.take().map(Lease::discard).unwrap_or_default();
    }
}

impl DbusLine<'_> {
    /// Has a message bus bring the changes of these units, and of no others.
    fn hear(&self, extent: &Extent) -> Result<Vec<Reply>> {
        if self.dbus.connection().endpoint().peer == Peer::Private {
            return Ok(Vec::new());
        }
        let wanted = extent.filters();
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = wanted.iter().filter(|filter| !heard.contains(filter)).cloned().collect();
        let replies = self.listening.widen(missing)?;
        let is_needed = |filter: &Filter| !heard.contains(filter) || wanted.contains(filter);
        self.listening.narrow(is_needed);
        *heard = wanted;
        Ok(replies)
    }
}

/// What matters of it; that the manager has left the bus does not, until it is back.
fn told(heard: subscription::Heard) -> Option<Heard<Message>> {
    match heard {
        subscription::Heard::Lost(count) => Some(Heard::Lost(count)),
        subscription::Heard::Signal(message) => {
            let is_of_owner =
                message.header().member().is_some_and(|member| member.as_str() == "NameOwnerChanged");
            if is_of_owner {
                has_new_owner(&message).then_some(Heard::NewOwner)
            } else {
                Some(Heard::Signal(message))
            }
        }
    }
}

fn read_changes(
    message: &Message,
    wants: &dyn Fn(&str) -> bool,
    tell: impl FnOnce(Signal<'_>),
) -> Result<()> {
    let header = message.header();
    let Some(path) = header.path() else { return Ok(()) };
    let Ok(unit) = UnitName::from_object_path(path.as_str()) else { return Ok(()) };
    if wants(unit.as_str()) {
        let changes = decode::wanted_changes(message, &TOLD, &Values)?;
        let (unit, is_last) = (unit.as_str(), changes.interface == UNIT);
        tell(Signal::Changed { unit, is_last, values: &changes.changed });
    }
    Ok(())
}
