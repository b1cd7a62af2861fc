//! Units without a file: their start, their end, and what they have used.

use std::sync::{Mutex, PoisonError};

use zbus::Message;

use super::signals::Listening;
use super::witness::is;
use super::{Dbus, PROPERTIES};
use crate::backend::JobOptions;
use crate::backend::errors::explained;
use crate::backend::job::{AskedJob, JobVerb};
use crate::backend::transient::WithoutFile;
use crate::bus::decode::{self, Values};
use crate::bus::subscription::{Filter, Heard};
use crate::bus::{Call, Peer};
use crate::error::Result;
use crate::flow::first;
use crate::process::Streamed;
use crate::property::SIGNATURE;
use crate::unit::UnitName;
use crate::value::Value;

/// So many of a unit's signals may wait.
const CAPACITY: usize = 256;

/// What systemd says where there is nobody to send a signal to.
const GONE: [&str; 3] = [
    "org.freedesktop.systemd1.NoSuchProcess",
    "org.freedesktop.systemd1.NoSuchUnit",
    "org.freedesktop.systemd1.UnitInactive",
];

/// How a service ended, and what it used.
pub(crate) const OF_ENDED: [&str; 13] = [
    "Result",
    "ExecMainCode",
    "ExecMainStatus",
    "InvocationID",
    "ExecMainPID",
    "ExecMainStartTimestamp",
    "ExecMainExitTimestamp",
    "CPUUsageNSec",
    "MemoryPeak",
    "IOReadBytes",
    "IOWriteBytes",
    "OOMKills",
    "ActiveState",
];

/// The place of how it ended among these.
const CODE: usize = 1;

/// What is known of a service that has ended, in the order of [`OF_ENDED`]; null is what this systemd does not tell.
pub(crate) type Ended = Vec<Value>;

/// How the start of a service ended that somebody else has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Began {
    /// Its program runs, or has run.
    Well,
    /// It failed.
    Badly,
}

/// What a service's signals tell, from before its start on: whoever stops it right then leaves nothing else of it.
#[derive(Debug)]
pub(crate) struct Record {
    listening: Listening,
    told: Mutex<Ended>,
}

impl Record {
    /// What was told up to now, under what was told elsewhere since.
    fn with(&self, later: Ended) -> Ended {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(heard) = self.listening.take() {
            if let Heard::Signal(message) = heard
                && is(&message, "PropertiesChanged")
            {
                // One that cannot be read tells nothing.
                let _ = take_in(&message, &mut told);
            }
        }
        if has_past(&later) { later } else { told.clone() }
    }
}

fn nothing_told() -> Ended {
    vec![Value::Null; OF_ENDED.len()]
}

fn has_past(ended: &Ended) -> bool {
    ended[CODE].as_integer().is_some_and(|code| code != 0)
}

fn take_in(message: &Message, told: &mut Ended) -> Result<()> {
    for (place, value) in decode::wanted_changes(message, &OF_ENDED, &Values)?.changed {
        told[place] = value;
    }
    Ok(())
}

impl Dbus {
    /// A call of `StartTransientUnit`.
    pub(super) fn transient_call(&self, name: &str, mode: &str, unit: &WithoutFile) -> Result<Call<'static>> {
        let [properties, others] = unit.sent()?;
        let call = self.manager("StartTransientUnit").text(name)?.text(mode)?;
        call.value(SIGNATURE, &properties)?.value("a(sa(sv))", &others)
    }

    /// Begins to record what a service's signals tell.
    pub(crate) async fn record(&self, unit: &UnitName) -> Result<Record> {
        Ok(Record { listening: self.listen_to(unit).await?, told: Mutex::new(nothing_told()) })
    }

    /// Waits until nothing of a service's main process is left, and tells how it ended. The unit is kept by its
    /// `RemainAfterExit=`, or as it has failed; of one that is gone all the same its signals tell, those of before by what
    /// has recorded them.
    pub(crate) async fn end_of_service(&self, unit: &UnitName, record: Option<&Record>) -> Result<Ended> {
        let listening = self.listen_to(unit).await?;
        let mut told = nothing_told();
        while !self.is_over(unit).await? {
            self.hear(listening.next().await?, &mut told)?;
        }
        // What came before the answer.
        while let Some(heard) = listening.take() {
            self.hear(heard, &mut told)?;
        }
        let found = self.read_known(unit, &OF_ENDED).await?;
        // One that systemd has forgotten was loaded anew, and has no past.
        Ok(if has_past(&found) { found } else { record.map_or(told.clone(), |record| record.with(told)) })
    }

    async fn listen_to(&self, unit: &UnitName) -> Result<Listening> {
        let path = Some(unit.object_path());
        let mut filters = vec![Filter { path, ..Filter::new(PROPERTIES, "PropertiesChanged") }];
        if self.connection.endpoint().peer == Peer::Bus {
            filters.push(Filter::owner_changes());
        }
        self.listen(filters, CAPACITY).await
    }

    /// Waits until the start of a service has ended that somebody else asks for.
    pub(crate) async fn begin_of_service(&self, unit: &UnitName) -> Result<Began> {
        let listening = self.listen_to(unit).await?;
        loop {
            if let Some(began) = self.look_how_it_began(unit).await? {
                return Ok(began);
            }
            self.hear(listening.next().await?, &mut nothing_told())?;
        }
    }

    /// Waits until the start of a service that this ssh asks for has come to its end, whatever that is.
    pub(crate) async fn settle(&self, unit: &UnitName, ssh: &Streamed) {
        let _ = first(self.begin_of_service(unit), ssh.end()).await;
    }

    /// How the start of a service ended; none if there was none, or it has not.
    pub(crate) async fn look_how_it_began(&self, unit: &UnitName) -> Result<Option<Began>> {
        let names = ["ActiveState", "ActiveEnterTimestampMonotonic", "InactiveExitTimestampMonotonic"];
        let found = self.read_values(unit, &names).await?;
        let [state, up, begun] = &found[..] else { return Ok(None) };
        let is_set = |time: &Value| time.as_unsigned().is_some_and(|time| time > 0);
        let is_down = matches!(state.as_text(), Some("inactive" | "failed"));
        Ok(match (is_set(up), is_set(begun) && is_down) {
            (true, _) => Some(Began::Well),
            (false, true) => Some(Began::Badly),
            (false, false) => None,
        })
    }

    fn hear(&self, heard: Heard, told: &mut Ended) -> Result<()> {
        match heard {
            Heard::Signal(message) if is(&message, "NameOwnerChanged") => {
                Err(self.connection.systemd_has_left())
            }
            Heard::Signal(message) => take_in(&message, told),
            Heard::Lost(_) => Ok(()),
        }
    }

    /// Whether nothing of a service's main process is left.
    pub(crate) async fn is_over(&self, unit: &UnitName) -> Result<bool> {
        let states = self.read_values(unit, &["ActiveState", "SubState"]).await?;
        let [active, sub] = &states[..] else { return Ok(true) };
        let is_down = matches!(active.as_text(), Some("inactive" | "failed"));
        Ok(is_down || sub.as_text() == Some("exited"))
    }

    /// The main process that a service has, or had last.
    pub(crate) async fn read_main_pid(&self, unit: &UnitName) -> Result<Option<u32>> {
        let found = self.read_values(unit, &["ExecMainPID"]).await?;
        let pid = found.first().and_then(Value::as_unsigned).and_then(|pid| u32::try_from(pid).ok());
        Ok(pid.filter(|pid| *pid != 0))
    }

    /// Removes a unit without a file: it is stopped, and its failure is forgotten. Returns when no process of it is left.
    pub(crate) async fn remove_transient(&self, unit: &UnitName) -> Result<()> {
        let removal = self.removal(unit)?;
        for reply in self.connection.call_all(&removal)? {
            // There may be nothing left to remove.
            reply.await?;
        }
        if !self.is_over(unit).await? {
            self.end_of_service(unit, None).await?;
            self.connection.call(&removal[1])?.await?;
        }
        Ok(())
    }

    /// Sends a signal to processes of a unit, if it has any.
    pub(crate) async fn signal_transient(&self, unit: &UnitName, whom: &str, signal: i32) -> Result<()> {
        let call = self.manager("KillUnit").text(unit.as_str())?.text(whom)?;
        match self.ask(&call.value("i", &Value::Integer(signal.into()))?).await {
            Err(error) if error.facts().dbus_name.as_deref().is_some_and(|name| GONE.contains(&name)) => {
                Ok(())
            }
            Err(error) => Err(explained(error, "send a signal to", Some(unit))),
            Ok(_) => Ok(()),
        }
    }

    /// Removes a unit without a file, and returns when its name is free.
    pub(crate) async fn end_transient_job(&self, unit: &UnitName) -> Result<()> {
        let asked = AskedJob::now(JobVerb::Stop, unit, JobOptions::default());
        self.begin_job(&asked, false).await?.end().await?;
        self.remove_transient(unit).await
    }

    /// The removal without a wait.
    pub(crate) fn kill_transient(&self, unit: &UnitName) {
        for call in self.removal(unit).into_iter().flatten() {
            self.connection.send_unanswered(call);
        }
    }

    fn removal(&self, unit: &UnitName) -> Result<[Call<'static>; 2]> {
        Ok([
            self.manager("StopUnit").text(unit.as_str())?.text("replace")?,
            self.manager("ResetFailedUnit").text(unit.as_str())?,
        ])
    }
}
