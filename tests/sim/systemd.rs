//! A systemd: units that come, change and go, jobs, reloads, and the signals about all that, in systemd's order.

use std::collections::{BTreeMap, BTreeSet};

use super::random::Random;
use crate::value::Value;
use crate::watch::event::UnitState;
use crate::watch::signal::TOLD;

/// All units that there can be.
pub(super) const UNITS: [&str; 8] = [
    "a.service",
    "b.service",
    "c.socket",
    "d.target",
    "pm2-x.service",
    "pm2-y.service",
    "pm2-z.timer",
    "real.service",
];
/// Another name of a unit, while that is loaded.
pub(super) const ALIAS: (&str, &str) = ("alias.service", "real.service");

/// A signal that owns what it says.
#[derive(Clone, Debug)]
pub(super) enum Sent {
    UnitNew(String),
    UnitRemoved(String),
    JobNew(u32, String),
    JobRemoved(u32, String),
    Changed {
        unit: String,
        is_last: bool,
        values: Vec<(usize, Value)>,
    },
    Reloading(bool),
    /// systemd is on the bus again.
    NewOwner,
}

#[derive(Default)]
pub(super) struct Systemd {
    pub(super) units: BTreeMap<String, UnitState>,
    jobs: BTreeMap<u32, String>,
    last_job: u32,
    /// Each change of a unit has a number, which is its `SubState`: so that each can be found again.
    last_change: u64,
    /// How the units were after each change.
    past: BTreeMap<u64, UnitState>,
    /// How often each unit came or went.
    turns: BTreeMap<String, u64>,
    /// Units that came or went in silence: who has not looked since hears of their changes first by looking.
    pub(super) silent: BTreeSet<String>,
    /// What was signalled since the last time somebody asked.
    pub(super) out: Vec<Sent>,
}

/// How a unit is at a moment: who finds it the same at a later one knows that nothing happened to it.
pub(super) type Standing = (u64, Option<u64>);

/// The number of a change.
pub(super) fn change_of(state: &UnitState) -> u64 {
    state.sub_state.parse().unwrap_or(0)
}

impl Systemd {
    /// Something happens.
    pub(super) fn act(&mut self, random: &mut Random) {
        let unit = (*random.one_of(&UNITS)).to_owned();
        match random.below(12) {
            0 => self.load(&unit),
            1 => self.unload(&unit),
            2 | 3 => self.begin_job(&unit),
            4..=6 => self.end_job(random),
            7 if random.once_in(8) => self.reload(random),
            _ => self.change(&unit, random),
        }
    }

    fn load(&mut self, unit: &str) {
        if !self.units.contains_key(unit) {
            self.units.insert(unit.to_owned(), UnitState::of_new_unit());
            self.turn(unit);
            self.out.push(Sent::UnitNew(unit.to_owned()));
        }
    }

    fn unload(&mut self, unit: &str) {
        let has_job = self.jobs.values().any(|of| of == unit);
        if !has_job && self.units.remove(unit).is_some() {
            self.turn(unit);
            self.out.push(Sent::UnitRemoved(unit.to_owned()));
        }
    }

    fn turn(&mut self, unit: &str) {
        *self.turns.entry(unit.to_owned()).or_default() += 1;
    }

    /// How a unit is at this moment: how often it came or went, and by which change it is as it is, if it is there.
    pub(super) fn standing(&self, unit: &str) -> Standing {
        (self.turns.get(unit).copied().unwrap_or(0), self.units.get(unit).map(change_of))
    }

    fn begin_job(&mut self, unit: &str) {
        self.load(unit);
        self.last_job += 1;
        self.jobs.insert(self.last_job, unit.to_owned());
        self.out.push(Sent::JobNew(self.last_job, unit.to_owned()));
    }

    /// What is pending of the unit is sent before its job's end.
    fn end_job(&mut self, random: &mut Random) {
        let Some((&id, unit)) = self.jobs.iter().next() else { return };
        let unit = unit.clone();
        self.change(&unit, random);
        self.jobs.remove(&id);
        self.out.push(Sent::JobRemoved(id, unit));
    }

    fn change(&mut self, unit: &str, random: &mut Random) {
        if !self.units.contains_key(unit) {
            return;
        }
        self.alter(unit, random);
        self.announce(unit);
    }

    /// It changes, and nobody is told yet.
    fn alter(&mut self, unit: &str, random: &mut Random) {
        self.last_change += 1;
        let Some(state) = self.units.get_mut(unit) else { return };
        state.active_state = (*random.one_of(&["active", "inactive", "failed", "activating"])).to_owned();
        state.sub_state = self.last_change.to_string();
        if unit.ends_with(".service") {
            state.main_pid = Some(u32::try_from(random.below(3)).unwrap() + 1);
            state.result = Some((*random.one_of(&["success", "exit-code"])).to_owned());
            state.n_restarts = Some(u32::try_from(random.below(3)).unwrap());
        }
        self.past.insert(self.last_change, state.clone());
    }

    fn announce(&mut self, unit: &str) {
        let Some(state) = self.units.get(unit) else { return };
        let number = |value: Option<u32>| Value::Unsigned(value.unwrap_or(0).into());
        let text = |text: &str| Value::Text(text.to_owned());
        let mut of_type = Vec::new();
        if unit.ends_with(".service") {
            of_type = vec![
                ("MainPID", number(state.main_pid)),
                ("Result", text(state.result.as_deref().unwrap_or_default())),
                ("NRestarts", number(state.n_restarts)),
            ];
        }
        let of_unit = vec![("ActiveState", text(&state.active_state)), ("SubState", text(&state.sub_state))];
        for (is_last, values) in [(false, of_type), (true, of_unit)] {
            let place = |name: &str| TOLD.iter().position(|told| *told == name).unwrap();
            let values = values.into_iter().map(|(name, value)| (place(name), value)).collect();
            self.out.push(Sent::Changed { unit: unit.to_owned(), is_last, values });
        }
    }

    /// Units come and go in silence, and all that there is is announced anew.
    pub(super) fn reload(&mut self, random: &mut Random) {
        self.out.push(Sent::Reloading(true));
        for unit in UNITS {
            if random.once_in(2) {
                self.out.push(Sent::UnitRemoved(unit.to_owned()));
            }
            self.turn_silently(unit, random);
            if random.once_in(2) && self.units.contains_key(unit) {
                self.out.push(Sent::UnitNew(unit.to_owned()));
            }
        }
        for (id, unit) in &self.jobs {
            self.out.push(Sent::JobNew(*id, unit.clone()));
        }
        if random.once_in(2) {
            self.end_job(random);
        }
        self.out.push(Sent::Reloading(false));
    }

    fn turn_silently(&mut self, unit: &str, random: &mut Random) {
        let has_job = self.jobs.values().any(|of| of == unit);
        // What is up stays.
        let is_down = self.units.get(unit).is_some_and(|state| state.active_state == "inactive");
        match random.below(4) {
            0 if !has_job && is_down => drop(self.units.remove(unit)),
            1 if !self.units.contains_key(unit) => {
                self.units.insert(unit.to_owned(), UnitState::of_new_unit());
            }
            _ => return,
        }
        self.turn(unit);
        self.silent.insert(unit.to_owned());
    }

    /// It executes itself anew: what happens meanwhile is told to nobody.
    pub(super) fn execute_anew(&mut self, random: &mut Random) {
        for _ in 0..random.below(6) {
            self.act(random);
        }
        self.out.clear();
    }

    /// Rows of a listing: without details.
    pub(super) fn list(&self) -> Vec<(String, UnitState)> {
        let row = |(unit, state): (&String, &UnitState)| {
            let listed = UnitState {
                load_state: state.load_state.clone(),
                active_state: state.active_state.clone(),
                sub_state: state.sub_state.clone(),
                ..UnitState::default()
            };
            (unit.clone(), listed)
        };
        self.units.iter().map(row).collect()
    }

    /// How a unit was after this change of it.
    pub(super) fn after(&self, change: u64) -> Option<&UnitState> {
        self.past.get(&change)
    }

    /// The number of the last change of any unit.
    pub(super) fn last_change(&self) -> u64 {
        self.last_change
    }

    /// The jobs that wait or run.
    pub(super) fn list_jobs(&self) -> Vec<(u32, String)> {
        self.jobs.iter().map(|(id, unit)| (*id, unit.clone())).collect()
    }

    /// The details of a service; an error for one that is not loaded.
    pub(super) fn details(&self, unit: &str) -> Vec<Option<(&'static str, Value)>> {
        let Some(state) = self.units.get(unit) else { return vec![None] };
        let mut details = vec![("MainPID", Value::Unsigned(state.main_pid.unwrap_or(0).into()))];
        details.extend(state.result.clone().map(|result| ("Result", Value::Text(result))));
        details.extend(state.n_restarts.map(|count| ("NRestarts", Value::Unsigned(count.into()))));
        details.into_iter().map(Some).collect()
    }
}
