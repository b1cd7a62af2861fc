//! The pump: connects, listens, takes a snapshot, turns signals into events, and begins again when the
//! connection breaks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zbus::Message;

use super::WatchOptions;
use super::event::{EventKind, UnitEvent, UnitState};
use super::queue::EventQueue;
use super::snapshot;
use crate::backend::Dbus;
use crate::backend::dbus::{MANAGER, PATH, PROPERTIES, SERVICE};
use crate::bus::Peer;
use crate::bus::connection::check;
use crate::bus::decode::{self, Values};
use crate::bus::tap::{Filter, Heard, Tap};
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::flow::{sleep_until, with_deadline};
use crate::unit::UnitName;

/// Below this all units have their objects.
const UNITS: &str = "/org/freedesktop/systemd1/unit";
/// What `Subscribe` answers the second time.
const ALREADY_SUBSCRIBED: &str = "org.freedesktop.systemd1.AlreadySubscribed";
/// How many signals may wait between two polls of the pump.
const CAPACITY: usize = 1 << 17;
/// How long to wait before connecting again: from the first value, doubled each time, up to the last.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));

/// Fills the queue until the stream is closed or cannot begin.
pub(super) async fn pump(client: Arc<Client>, queue: Arc<EventQueue>, options: WatchOptions) {
    let mut began = false;
    let mut pause = BACK_OFF.0;
    let mut gap_told = false;
    while !queue.is_closed() {
        let mut session = Session::new(&queue, &options, !began);
        let error = session.run(&client).await;
        if session.began {
            began = true;
            pause = BACK_OFF.0;
            gap_told = false;
        } else if !began {
            queue.fail(error);
            return;
        }
        if !gap_told {
            queue.gap(&error.facts().message);
            gap_told = true;
        }
        sleep_until(Instant::now() + pause).await;
        pause = (pause * 2).min(BACK_OFF.1);
    }
}

struct Session<'a> {
    queue: &'a EventQueue,
    options: &'a WatchOptions,
    /// What is found at the beginning is a snapshot; later it is compared with what was known.
    first: bool,
    /// Listening and the first look succeeded.
    began: bool,
    reloading: bool,
    /// Units whose own interface has announced a change, with their states before: the other half, of the
    /// Unit interface, follows.
    halves: HashMap<String, Option<UnitState>>,
}

impl<'a> Session<'a> {
    fn new(queue: &'a EventQueue, options: &'a WatchOptions, first: bool) -> Self {
        Self { queue, options, first, began: false, reloading: false, halves: HashMap::new() }
    }

    /// Runs until the connection breaks, and says how it did.
    async fn run(&mut self, client: &Client) -> Error {
        let limit = client.settings().timeout.value.limit();
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let (dbus, tap) = match with_deadline(deadline, self.begin(client)).await {
            Ok(connected) => connected,
            Err(error) if error.kind() == Kind::Timeout => {
                return Error::new(Kind::Timeout, "the manager did not answer in time")
                    .with_hint("it may be busy or stopped; raise timeout=");
            }
            Err(error) => return error,
        };
        self.began = true;
        loop {
            let heard = match tap.next().await {
                Ok(Heard::Signal(message)) => self.hear(&dbus, &tap, &message).await,
                Ok(Heard::Lost(count)) => {
                    self.queue.gap(&format!("{count} signals came faster than they could be read"));
                    self.synchronize(&dbus, &tap).await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = heard {
                return error;
            }
        }
    }

    /// Connects and listens first, and only then looks: nothing falls between the two.
    async fn begin(&mut self, client: &Client) -> Result<(Dbus, Tap)> {
        let dbus = client.connect_to_watch(self.queue.is_read_blocking()).await?;
        self.queue.set_socket(dbus.connection());
        let (tap, rules) = dbus.connection().listen_all(filters(), SERVICE, CAPACITY)?;
        let subscribed = if dbus.connection().endpoint().peer == Peer::Bus {
            Some(dbus.connection().call(&dbus.manager("Subscribe"))?)
        } else {
            None
        };
        for rule in rules {
            check(&rule.await?)?;
        }
        if let Some(subscribed) = subscribed {
            check_subscribed(&subscribed.await?)?;
        }
        self.synchronize(&dbus, &tap).await?;
        Ok((dbus, tap))
    }

    async fn synchronize(&mut self, dbus: &Dbus, tap: &Tap) -> Result<()> {
        let found = snapshot::take(dbus, tap, self.queue, &self.options.patterns).await?;
        self.halves.clear();
        self.queue.synchronize(found, self.first);
        Ok(())
    }

    async fn hear(&mut self, dbus: &Dbus, tap: &Tap, message: &Message) -> Result<()> {
        let header = message.header();
        let member = header.member().map_or("", |member| member.as_str());
        let body = message.body();
        match member {
            "PropertiesChanged" => self.properties_changed(message)?,
            "UnitNew" | "UnitRemoved" if !self.reloading => {
                if let Ok((unit, _)) = body.deserialize::<(&str, zbus::wire::ObjectPath<'_>)>() {
                    self.unit_came_or_went(unit, member == "UnitNew");
                }
            }
            "JobNew" => {
                if let Ok((id, _, unit)) = body.deserialize::<(u32, zbus::wire::ObjectPath<'_>, &str)>() {
                    self.job(EventKind::JobNew, id, unit, None);
                }
            }
            "JobRemoved" => {
                let removed: Result<(u32, zbus::wire::ObjectPath<'_>, &str, &str), _> = body.deserialize();
                if let Ok((id, _, unit, result)) = removed {
                    self.job(EventKind::JobRemoved, id, unit, Some(result));
                }
            }
            "Reloading" => {
                self.reloading = body.deserialize().unwrap_or(false);
                let kind = if self.reloading { EventKind::Reloading } else { EventKind::Reloaded };
                self.queue.tell(UnitEvent::new(kind, None));
                // In between units were announced as gone and come; what became of them is seen now.
                if !self.reloading {
                    self.synchronize(dbus, tap).await?;
                }
            }
            "NameOwnerChanged" => {
                let (_, _, owner): (&str, &str, &str) = body.deserialize().unwrap_or_default();
                if owner.is_empty() {
                    return Ok(());
                }
                self.queue.gap("the manager came back to the bus under another name");
                check_subscribed(&dbus.connection().call(&dbus.manager("Subscribe"))?.await?)?;
                self.synchronize(dbus, tap).await?;
            }
            _ => {}
        }
        Ok(())
    }

    fn job(&self, kind: EventKind, id: u32, unit: &str, result: Option<&str>) {
        if !self.queue.wants(unit) {
            return;
        }
        let mut event = UnitEvent::new(kind, Some(unit));
        event.new = self.queue.known(unit);
        event.job_id = Some(id);
        event.job_result = result.map(str::to_owned);
        self.queue.tell(event);
    }

    fn unit_came_or_went(&mut self, unit: &str, came: bool) {
        if !self.queue.wants(unit) {
            return;
        }
        if !came {
            self.halves.remove(unit);
            self.queue.remove(unit);
        } else if self.queue.known(unit).is_none() {
            // Reading its properties here could load it again, and so on for ever; a unit begins like this.
            let state = UnitState {
                load_state: "loaded".to_owned(),
                active_state: "inactive".to_owned(),
                sub_state: "dead".to_owned(),
                ..UnitState::default()
            };
            self.queue.change(EventKind::Added, unit, None, state);
        }
    }

    /// Changes are announced in two halves: of the unit type's interface first, then of the Unit interface.
    /// They are one event.
    fn properties_changed(&mut self, message: &Message) -> Result<()> {
        let header = message.header();
        let Some(path) = header.path() else { return Ok(()) };
        let Ok(unit) = UnitName::from_object_path(path.as_str()) else { return Ok(()) };
        if !self.queue.wants(unit.as_str()) {
            return Ok(());
        }
        let (interface, changed) = decode::changed_properties(message, &Values)?;
        let before = self.queue.known(unit.as_str());
        let mut state = before.clone().unwrap_or_default();
        for (name, value) in &changed {
            snapshot::apply(&mut state, name, value);
        }
        let is_same = before.as_ref() == Some(&state);
        if interface != "org.freedesktop.systemd1.Unit" {
            if !is_same {
                self.halves.entry(unit.as_str().to_owned()).or_insert(before);
                self.queue.note(unit.as_str(), state);
            }
            return Ok(());
        }
        match self.halves.remove(unit.as_str()) {
            Some(before) => self.queue.change(EventKind::Changed, unit.as_str(), before, state),
            None if is_same => {}
            None => self.queue.change(EventKind::Changed, unit.as_str(), before, state),
        }
        Ok(())
    }
}

/// A manager that has executed itself anew remembers who had subscribed.
fn check_subscribed(answer: &Message) -> Result<()> {
    match check(answer) {
        Err(error) if error.facts().dbus_name.as_deref() == Some(ALREADY_SUBSCRIBED) => Ok(()),
        other => other,
    }
}

/// All that a stream is made of.
fn filters() -> Vec<Filter> {
    let of_manager =
        |member| Filter { interface: MANAGER, member, path: Some(PATH.to_owned()), path_namespace: None };
    let mut filters: Vec<Filter> =
        ["UnitNew", "UnitRemoved", "JobNew", "JobRemoved", "Reloading"].map(of_manager).into();
    filters.push(Filter {
        interface: PROPERTIES,
        member: "PropertiesChanged",
        path: None,
        path_namespace: Some(UNITS),
    });
    filters.push(Filter {
        interface: "org.freedesktop.DBus",
        member: "NameOwnerChanged",
        path: None,
        path_namespace: None,
    });
    filters
}
