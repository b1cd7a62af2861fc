//! The manager's signals, which it sends over a message bus only while somebody has asked for them.

use std::ops::Deref;

use zbus::Message;
use zbus::wire::ObjectPath;

use super::{Dbus, PATH, SERVICE};
use crate::bus::answer::{check, malformed};
use crate::bus::subscription::{Filter, Subscription};
use crate::bus::{Call, Peer};
use crate::error::Result;

/// What `Subscribe` answers the second time.
const ALREADY_SUBSCRIBED: &str = "org.freedesktop.systemd1.AlreadySubscribed";

/// A subscription to signals that the manager sends only to those who have asked for them.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(super) subscription: Subscription,
    pub(super) announced: Announced,
}

/// While it lives, the manager announces what happens; it is told when the last of a connection ends.
#[derive(Debug)]
pub(super) struct Announced(Dbus);

impl Announced {
    fn new(dbus: &Dbus) -> Self {
        dbus.connection.begin_listening();
        Self(dbus.clone())
    }
}

impl Deref for Listening {
    type Target = Subscription;

    fn deref(&self) -> &Subscription {
        &self.subscription
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        let Dbus { connection, .. } = &self.0;
        if connection.end_listening() && connection.endpoint().peer == Peer::Bus {
            connection.send_unanswered(self.0.manager("Unsubscribe"));
        }
    }
}

impl Dbus {
    /// Listens to these signals, and returns when none can be missed any more. (Only who asks for a job hears of
    /// that one's end without this.)
    pub(crate) async fn listen(&self, filters: Vec<Filter>, capacity: usize) -> Result<Listening> {
        let (subscription, rules) = self.connection.listen_all(filters, SERVICE, capacity)?;
        let listening = Listening { subscription, announced: Announced::new(self) };
        let subscribed = if self.connection.endpoint().peer == Peer::Bus {
            Some(self.connection.call(&self.manager("Subscribe"))?)
        } else {
            None
        };
        for rule in rules {
            check(&rule.await?)?;
        }
        if let Some(subscribed) = subscribed {
            check_subscribed(&subscribed.await?)?;
        }
        Ok(listening)
    }

    /// `org.freedesktop.DBus.Peer.Ping`: the place of systemd's answer among all messages of the connection.
    pub(crate) async fn ping(&self) -> Result<u64> {
        let call = Call::new(PATH, "org.freedesktop.DBus.Peer", "Ping").to(SERVICE);
        Ok(self.ask_at(&call).await?.1)
    }

    /// `ListJobs`: the jobs in progress with their units, and the place of the answer among all messages.
    pub(crate) async fn jobs_at(&self) -> Result<(Vec<(u32, String)>, u64)> {
        let (answer, position) = self.ask_at(&self.manager("ListJobs")).await?;
        let body = answer.body();
        let rows: Vec<JobRow<'_>> = body.deserialize().map_err(|error| malformed(&error))?;
        Ok((rows.into_iter().map(|row| (row.0, row.1.to_owned())).collect(), position))
    }

    /// `Subscribe`
    pub(crate) async fn subscribe(&self) -> Result<()> {
        check_subscribed(&self.connection.call(&self.manager("Subscribe"))?.await?)
    }
}

/// Number, unit, type and state of a job, and the objects of the job and of the unit.
type JobRow<'a> = (u32, &'a str, &'a str, &'a str, ObjectPath<'a>, ObjectPath<'a>);

/// A manager that has executed itself anew remembers who had subscribed.
fn check_subscribed(answer: &Message) -> Result<()> {
    match check(answer) {
        Err(error) if error.facts().dbus_name.as_deref() == Some(ALREADY_SUBSCRIBED) => Ok(()),
        other => other,
    }
}
