//! What becomes of the signals about one unit's properties: events of a stream.

use std::collections::BTreeSet;
use std::sync::Arc;

use zbus::Message;
use zbus::wire::ObjectPath;

use super::questions::{self, Watched};
use super::queue::Queue;
use super::table::{Presence, PropertyTable};
use crate::backend::Dbus;
use crate::backend::dbus::{Listening, check_exists};
use crate::bus::decode::{self, Changes, Values};
use crate::bus::introspect::Emits;
use crate::error::{Error, Kind, Result};
use crate::unit::UnitName;
use crate::unit::properties::UNIT;
use crate::value::Value;
use crate::watch::listening;

/// How often in a row a name may turn out to be an alias: files may change while they are read.
const RENAMES: usize = 4;

/// Makes events of the signals about some properties of a unit.
pub(super) struct PropertyListener {
    queue: Arc<Queue>,
    unit: UnitName,
    names: Arc<[String]>,
    /// By the places of the names; none before the first look.
    watched: Vec<Watched>,
    reloading: bool,
    /// What the unit type's interface has announced: the other half, of the Unit interface, follows.
    half: Option<Changes<Value>>,
    due: Due,
    /// Whether the unit went since something was asked.
    went: bool,
}

/// What signals said that has to be asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// Everything, because signals may be missing.
    pub(super) everything: bool,
    /// How the unit is that was loaded: it may have been active from the beginning.
    pub(super) arrival: bool,
    /// New values of these.
    pub(super) values: BTreeSet<usize>,
}

/// What was asked for.
pub(super) enum Answer {
    /// The unit is not in memory.
    Absent,
    /// It is not any more, and all values are these now.
    Left(Vec<Value>),
    /// All values of a unit that has arrived.
    Arrival(Vec<Value>),
    /// All values.
    Everything(Vec<Value>),
    /// Some values, by the places of their names, out of those that were asked for.
    Some(Vec<(usize, Value)>, BTreeSet<usize>),
}

impl PropertyListener {
    /// The stream's queue.
    pub(super) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// Listens on a connection first, and only then looks: nothing falls between the two.
    pub(super) async fn begin(&mut self, dbus: &Dbus) -> Result<Listening> {
        (self.half, self.due, self.reloading) = (None, Due::default(), false);
        for _ in 0..RENAMES {
            let changes = vec![listening::changes(Some(self.unit.object_path()), None)];
            let listening = listening::listen(dbus, &["UnitNew", "UnitRemoved"], changes).await?;
            match self.first_look(dbus, &listening).await? {
                None => return Ok(listening),
                Some(unit) => self.unit = unit,
            }
        }
        Err(Error::new(Kind::Systemd, format!("{} is one alias after the other", self.unit))
            .with_unit(self.unit.as_str()))
    }

    /// The manager begins to read its unit files again, or has read them. In between units were announced as gone and come;
    /// what became of them is seen then.
    pub(super) fn reloading(&mut self, begins: bool) {
        self.reloading = begins;
        if !begins {
            self.look_again();
        }
    }

    /// Takes in a signal of this name.
    pub(super) fn hear(&mut self, member: &str, message: &Message) -> Result<()> {
        match member {
            "PropertiesChanged" => self.properties_changed(message)?,
            "UnitNew" | "UnitRemoved" if !self.reloading => {
                let body = message.body();
                if let Ok((unit, _)) = body.deserialize::<(&str, ObjectPath<'_>)>()
                    && unit == self.unit.as_str()
                {
                    self.came_or_went(member == "UnitNew");
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks for what the signals did not tell, if there is anything; the answer comes with its place among all
    /// messages. Signals from before that place are heard before it is taken in.
    pub(super) async fn ask(&mut self, dbus: &Dbus) -> Result<Option<(Answer, u64)>> {
        let due = self.take_due();
        if due.everything || due.arrival {
            return self.ask_for_all(dbus, due.everything).await.map(Some);
        }
        if due.values.is_empty() {
            return Ok(None);
        }
        let places = due.values.iter().copied();
        let (found, position) = questions::read(dbus, &self.unit, &self.names, &self.watched, places).await?;
        Ok(position.map(|position| (Answer::Some(found, due.values), position)))
    }

    /// Takes in what was asked for.
    pub(super) fn take_in(&mut self, answer: Answer) {
        // What was heard since it was asked for came before the answer, which tells of all that is due by now.
        match answer {
            Answer::Absent => {
                self.due = Due::default();
                self.queue.change(PropertyTable::remove);
            }
            // Reading made systemd load it once more: that is not how it is.
            Answer::Left(_) | Answer::Arrival(_) | Answer::Everything(_) | Answer::Some(..) if self.went => {}
            Answer::Left(values) => {
                self.due = Due::default();
                self.leave(values);
            }
            Answer::Everything(values) => {
                self.due = Due::default();
                self.apply(all(values));
            }
            Answer::Arrival(values) => {
                self.due = Due::default();
                // Signals that have come already tell more of what they tell.
                let is_known = self.presence() == Presence::Loaded;
                let mut found = all(values);
                found.retain(|(place, _)| !is_known || self.is_silent(*place));
                self.apply(found);
            }
            Answer::Some(found, asked) => {
                self.due.values = &self.due.values - &asked;
                self.apply(found);
            }
        }
    }
}

impl PropertyListener {
    pub(super) fn new(queue: Arc<Queue>, unit: UnitName) -> Self {
        Self {
            names: queue.look(PropertyTable::names).unwrap_or_default(),
            queue,
            unit,
            watched: Vec::new(),
            reloading: false,
            half: None,
            due: Due::default(),
            went: false,
        }
    }

    /// What is to be asked for now.
    pub(super) fn take_due(&mut self) -> Due {
        self.went = false;
        std::mem::take(&mut self.due)
    }

    fn presence(&self) -> Presence {
        self.queue.look(PropertyTable::presence).unwrap_or(Presence::Removed)
    }

    /// Whether signals do not tell the value.
    fn is_silent(&self, place: usize) -> bool {
        self.watched.get(place).is_some_and(|watched| watched.emits != Emits::Value)
    }

    fn apply(&self, found: Vec<(usize, Value)>) {
        self.queue.change(|table| table.take_in(found));
    }

    /// Notes that the unit is not in memory any more, and how it is.
    fn leave(&self, values: Vec<Value>) {
        self.queue.change(|table| table.update(all(values)));
        self.queue.change(PropertyTable::remove);
    }

    async fn ask_for_all(&self, dbus: &Dbus, is_everything: bool) -> Result<(Answer, u64)> {
        let (loaded, position) = dbus.get_loaded(&self.unit).await?;
        if let Some(unit) = loaded.as_ref().filter(|unit| **unit != self.unit) {
            let message = format!("{} has become an alias of {unit}", self.unit);
            return Err(Error::new(Kind::ConnectionLost, message));
        }
        if loaded.is_none() && self.presence() != Presence::Loaded {
            return Ok((Answer::Absent, position));
        }
        let (answer, position) = dbus.get_all_at(&self.unit).await?;
        let values = questions::values_of(&answer, &self.names)?;
        let answer = match loaded {
            None => Answer::Left(values),
            Some(_) if is_everything => Answer::Everything(values),
            Some(_) => Answer::Arrival(values),
        };
        Ok((answer, position))
    }

    /// Looks how the unit is; gives its own name, if it has another one. Signals that came before are passed over.
    async fn first_look(&mut self, dbus: &Dbus, listening: &Listening) -> Result<Option<UnitName>> {
        let (loaded, position) = dbus.get_loaded(&self.unit).await?;
        if loaded.as_ref().is_some_and(|unit| *unit != self.unit) {
            return Ok(loaded);
        }
        let is_first = self.queue.look(PropertyTable::has_begun) == Some(false);
        if loaded.is_none() && self.presence() == Presence::Removed {
            listening.forget_before(position);
            return Ok(None);
        }
        let (answer, position) = dbus.get_all_at(&self.unit).await?;
        let id = decode::wanted_properties(&answer, &["Id"], &Values)?;
        let id = id.first().and_then(|(_, id)| id.as_text()).unwrap_or_default();
        if id != self.unit.as_str() {
            return id.parse().map(Some);
        }
        if is_first {
            check_exists(&self.unit, &answer)?;
        }
        if self.watched.is_empty() {
            self.watched = questions::find_properties(dbus, &self.unit, &self.names).await?;
        }
        listening.forget_before(position);
        let values = questions::values_of(&answer, &self.names)?;
        self.queue.change(|table| table.rename(self.unit.as_str()));
        match (is_first, loaded.is_some()) {
            (true, is_loaded) => self.queue.change(|table| Some(table.begin(values, is_loaded))),
            (false, true) => self.apply(all(values)),
            (false, false) => self.leave(values),
        }
        Ok(None)
    }

    /// Changes are announced in two halves: of the unit type's interface first, then of the Unit interface.
    /// They are one event.
    fn properties_changed(&mut self, message: &Message) -> Result<()> {
        let changes = decode::wanted_changes(message, &self.names, &Values)?;
        if changes.interface != UNIT {
            self.hear_half();
            self.half = Some(changes);
            return Ok(());
        }
        let half = self.half.take();
        self.hear_both(half, changes);
        Ok(())
    }

    /// Has everything asked for, when all signals that are here have been heard.
    pub(super) fn look_again(&mut self) {
        self.hear_half();
        self.due.everything = true;
    }

    /// The other half has not come.
    fn hear_half(&mut self) {
        if let Some(half) = self.half.take() {
            self.hear_both(None, half);
        }
    }

    fn hear_both(&mut self, half: Option<Changes<Value>>, changes: Changes<Value>) {
        if self.presence() != Presence::Loaded {
            let silent: Vec<_> = (0..self.names.len()).filter(|place| self.is_silent(*place)).collect();
            self.due.values.extend(silent);
        }
        let mut found = changes.changed;
        self.due.values.extend(changes.invalidated);
        if let Some(half) = half {
            found.extend(half.changed);
            self.due.values.extend(half.invalidated);
        }
        self.apply(found);
    }

    fn came_or_went(&mut self, came: bool) {
        if came {
            // Others may have it loaded only to look at it. Whether it is still there is asked first, or it would
            // be loaded, and come and go, for ever.
            self.due.arrival |= self.presence() != Presence::Loaded;
            return;
        }
        self.hear_half();
        self.went = true;
        self.due.arrival = false;
        self.due.values.clear();
        self.queue.change(PropertyTable::remove);
    }
}

/// The values with the places of their names.
fn all(values: Vec<Value>) -> Vec<(usize, Value)> {
    values.into_iter().enumerate().collect()
}

#[cfg(test)]
impl PropertyListener {
    pub(super) fn set_watched(&mut self, watched: impl Into<Vec<Watched>>) {
        self.watched = watched.into();
    }
}
