//! What becomes of the signals about units: events of a stream of units.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use zbus::Message;
use zbus::wire::ObjectPath;

use super::event::{EventKind, UnitEvent, UnitState};
use super::queue::Queue;
use super::selection::Selection;
use super::session::{self, Listener};
use super::snapshot::{self, Found};
use super::table::UnitTable;
use crate::backend::Dbus;
use crate::bus::decode::{self, Values};
use crate::bus::subscription::Subscription;
use crate::error::Result;
use crate::unit::UnitName;

/// Below this all units have their objects.
const UNITS: &str = "/org/freedesktop/systemd1/unit";

/// Makes events of the signals about some units.
pub(super) struct UnitListener {
    queue: Arc<Queue<UnitTable>>,
    selection: Selection,
    /// A session has begun: what is found at the beginning of the next is compared with what was known.
    began: bool,
    /// How things are is to be looked at, when all signals that are here have been heard.
    due: bool,
    reloading: bool,
    /// Units whose own interface has announced a change, with their states before: the other half, of the
    /// Unit interface, follows.
    halves: HashMap<String, Option<UnitState>>,
    /// The jobs that were told of as new, and not yet as removed: a reload announces all jobs anew.
    jobs: HashSet<u32>,
}

impl Listener for UnitListener {
    type Table = UnitTable;
    type Answer = Found;

    fn queue(&self) -> &Queue<UnitTable> {
        &self.queue
    }

    async fn begin(&mut self, dbus: &Dbus) -> Result<Subscription> {
        (self.reloading, self.due) = (false, false);
        let members = ["UnitNew", "UnitRemoved", "JobNew", "JobRemoved"];
        let subscription = session::listen(dbus, &members, session::changes(None, Some(UNITS))).await?;
        let (found, position) = snapshot::take(dbus, &mut self.selection).await?;
        subscription.forget_before(position);
        self.halves.clear();
        self.jobs.clear();
        self.queue.synchronize(found, !self.began);
        self.began = true;
        Ok(subscription)
    }

    async fn look(&mut self, _dbus: &Dbus, _tap: &Subscription) -> Result<()> {
        self.due = true;
        Ok(())
    }

    fn reloading(&mut self, begins: bool) {
        self.reloading = begins;
        let kind = if begins { EventKind::Reloading } else { EventKind::Reloaded };
        self.queue.tell(UnitEvent::new(kind, None));
    }

    fn hear(&mut self, member: &str, message: &Message) -> Result<()> {
        let body = message.body();
        match member {
            "PropertiesChanged" => self.properties_changed(message)?,
            "UnitNew" | "UnitRemoved" if !self.reloading => {
                if let Ok((unit, _)) = body.deserialize::<(&str, ObjectPath<'_>)>() {
                    self.unit_came_or_went(unit, member == "UnitNew");
                }
            }
            "JobNew" => {
                if let Ok((id, _, unit)) = body.deserialize::<(u32, ObjectPath<'_>, &str)>() {
                    self.job(EventKind::JobNew, id, unit, None);
                }
            }
            "JobRemoved" => {
                let removed: Result<(u32, ObjectPath<'_>, &str, &str), _> = body.deserialize();
                if let Ok((id, _, unit, result)) = removed {
                    self.job(EventKind::JobRemoved, id, unit, Some(result));
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn ask(&mut self, dbus: &Dbus) -> Result<Option<(Found, u64)>> {
        let is_due = std::mem::take(&mut self.due) || self.selection.has_grown(dbus).await?;
        if !is_due {
            return Ok(None);
        }
        snapshot::take(dbus, &mut self.selection).await.map(Some)
    }

    fn take_in(&mut self, found: Found) {
        self.halves.clear();
        self.queue.synchronize(found, false);
    }
}

impl UnitListener {
    pub(super) fn new(queue: Arc<Queue<UnitTable>>, selection: Selection) -> Self {
        Self {
            queue,
            selection,
            began: false,
            due: false,
            reloading: false,
            halves: HashMap::new(),
            jobs: HashSet::new(),
        }
    }

    fn job(&mut self, kind: EventKind, id: u32, unit: &str, result: Option<&str>) {
        if !self.selection.wants(unit) {
            return;
        }
        if kind == EventKind::JobNew && !self.jobs.insert(id) {
            return;
        }
        if kind == EventKind::JobRemoved {
            self.jobs.remove(&id);
        }
        let mut event = UnitEvent::new(kind, Some(unit));
        event.new = self.queue.known(unit);
        event.job_id = Some(id);
        event.job_result = result.map(str::to_owned);
        self.queue.tell(event);
    }

    fn unit_came_or_went(&mut self, unit: &str, came: bool) {
        if !self.selection.wants(unit) {
            if came {
                self.selection.hear_of(unit);
            }
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
            self.queue.turn(EventKind::Added, unit, None, state);
        }
    }

    /// Changes are announced in two halves: of the unit type's interface first, then of the Unit interface.
    /// They are one event.
    fn properties_changed(&mut self, message: &Message) -> Result<()> {
        let header = message.header();
        let Some(path) = header.path() else { return Ok(()) };
        let Ok(unit) = UnitName::from_object_path(path.as_str()) else { return Ok(()) };
        if !self.selection.wants(unit.as_str()) {
            return Ok(());
        }
        let decode::Changes { interface, changed, .. } =
            decode::wanted_changes(message, &snapshot::TOLD, &Values)?;
        let before = self.queue.known(unit.as_str());
        let mut state = before.clone().unwrap_or_default();
        for (place, value) in &changed {
            snapshot::apply(&mut state, snapshot::TOLD[*place], value);
        }
        // A listing tells the details of services alone: those of others are heard of first when something changes.
        let learns = !unit.as_str().ends_with(".service")
            && before.as_ref().is_some_and(|before| before.lacks_only_details_of(&state));
        let is_same = learns || before.as_ref() == Some(&state);
        if learns {
            self.queue.note(unit.as_str(), state.clone());
        }
        if interface != "org.freedesktop.systemd1.Unit" {
            if !is_same {
                self.halves.entry(unit.as_str().to_owned()).or_insert(before);
                self.queue.note(unit.as_str(), state);
            }
            return Ok(());
        }
        match self.halves.remove(unit.as_str()) {
            Some(before) => self.queue.turn(EventKind::Changed, unit.as_str(), before, state),
            None if is_same => {}
            None => self.queue.turn(EventKind::Changed, unit.as_str(), before, state),
        }
        Ok(())
    }
}
