//! Waits until a unit is in a state, on a stream of that unit's events.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::steps::Look;
use crate::backend::BackendKind;
use crate::client::Asked;
use crate::error::hint::{call, given, text};
use crate::error::{Error, Kind, Result};
use crate::flow::{by, with_deadline};
use crate::unit::{UnitName, UnitStatus, check_state};
use crate::verb::Repeat;
use crate::watch::{EventKind, Home, Hub, UnitEvent, UnitEvents, UnitState, check_allowed};

/// The wait until a unit is in one of some states.
#[derive(Clone, Debug)]
pub struct WaitForUnit {
    /// The unit.
    pub unit: UnitName,
    /// The states: each an `ActiveState` or a `SubState`.
    pub states: Vec<String>,
    /// For how long it has to stay so.
    pub stable: Duration,
}

impl Asked for WaitForUnit {
    fn what(&self) -> String {
        format!("wait for {} to be {}", self.unit, self.states.join(" or "))
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.unit.clone())
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl WaitForUnit {
    /// Waits, and gives the unit's status right after. An error that the deadline has passed has the unit's state.
    pub(crate) async fn perform(&self, home: &Home, deadline: Option<Instant>) -> Result<UnitStatus> {
        let client = home.client();
        self.states.iter().try_for_each(|state| check_state(state))?;
        check_allowed(client)?;
        let found = client.attempt(&Look(&self.unit)).await?;
        if client.chosen().is_some_and(|chosen| chosen.kind == BackendKind::Command) {
            let message = "units cannot be waited for through systemctl";
            return Err(Error::new(Kind::MonitoringUnavailable, message).with_hint([
                text("use "),
                given("backend", "dbus"),
                text(", or ask "),
                call("get_unit_status"),
                text(" from time to time"),
            ]));
        }
        let mut hold = Hold::new(&self.states, self.stable, &found);
        if hold.is_over() {
            return Ok(found);
        }
        // An alias has no events of its own.
        let unit: UnitName = found.name.parse()?;
        with_deadline(deadline, hold.wait(home.hub(), &unit)).await.map_err(|error| match error.kind() {
            Kind::Timeout => error.with_state(&hold.last.active_state, &hold.last.sub_state),
            _ => error,
        })?;
        match client.attempt(&Look(&unit)).await {
            // It went when it had ended, as units do that are made at run time: what was heard last stands.
            Err(error) if error.kind() == Kind::UnitNotFound => Ok(UnitStatus {
                active_state: hold.last.active_state,
                sub_state: hold.last.sub_state,
                main_pid: None,
                ..found
            }),
            other => other,
        }
    }
}

/// Whether a unit is as wanted, and since when.
struct Hold<'a> {
    states: &'a [String],
    stable: Duration,
    last: UnitState,
    since: Option<Instant>,
    /// It was as wanted for long enough, whatever came after that.
    over: bool,
}

impl<'a> Hold<'a> {
    fn new(states: &'a [String], stable: Duration, found: &UnitStatus) -> Self {
        let mut hold = Self { states, stable, last: UnitState::default(), since: None, over: false };
        hold.take_in(UnitState {
            load_state: found.load_state.clone(),
            active_state: found.active_state.clone(),
            sub_state: found.sub_state.clone(),
            invocation_id: found.invocation_id.clone(),
            ..UnitState::default()
        });
        hold
    }

    async fn wait(&mut self, hub: &Arc<Hub>, unit: &UnitName) -> Result<()> {
        let events = UnitEvents::since(hub, unit, self.last.clone())?;
        while !self.is_over() {
            let until = self.since.map(|since| since + self.stable);
            match by(until, events.next()).await {
                Some(event) => self.hear(event?),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn hear(&mut self, event: UnitEvent) {
        match event.kind {
            // Nobody knows what happened in between.
            EventKind::Gap => self.since = self.since.map(|_| Instant::now()),
            EventKind::Removed => self.take_in(UnitState {
                active_state: "inactive".to_owned(),
                sub_state: "dead".to_owned(),
                ..UnitState::default()
            }),
            EventKind::Snapshot | EventKind::Changed | EventKind::Added => {
                if let Some(state) = event.new {
                    self.take_in((*state).clone());
                }
            }
            EventKind::JobNew | EventKind::JobRemoved | EventKind::Reloading | EventKind::Reloaded => {}
        }
    }

    fn take_in(&mut self, state: UnitState) {
        let is_wanted =
            self.states.iter().any(|wanted| *wanted == state.active_state || *wanted == state.sub_state);
        // Another run is not the same state held.
        let is_same_run = state.invocation_id == self.last.invocation_id;
        self.since = match self.since {
            _ if !is_wanted => None,
            Some(since) if is_same_run => Some(since),
            _ => Some(Instant::now()),
        };
        self.over |= is_wanted && self.stable.is_zero();
        self.last = state;
    }

    fn is_over(&self) -> bool {
        self.over || self.since.is_some_and(|since| since.elapsed() >= self.stable)
    }
}
