//! Jobs over D-Bus: the manager's methods, and its `JobRemoved` signal.

use super::{Dbus, MANAGER, PATH, SERVICE, get_call};
use crate::backend::errors::explained;
use crate::backend::interface;
use crate::backend::job::{JobEnd, JobMode, JobVerb};
use crate::bus::connection::{check, malformed};
use crate::bus::decode::{self, Values};
use crate::bus::tap::{Filter, Heard, Tap};
use crate::error::{Error, Result};
use crate::unit::UnitName;
use crate::value::Value;

/// How many ends of other jobs may wait before ours is looked for instead.
const CAPACITY: usize = 4096;

/// A job that somebody listens for on a connection.
#[derive(Debug)]
pub struct DbusJob {
    dbus: Dbus,
    tap: Tap,
    verb: JobVerb,
    unit: UnitName,
    id: u32,
}

impl Dbus {
    /// `StartUnit`, `StopUnit` or `RestartUnit`.
    pub(in crate::backend) async fn begin_job(
        &self,
        verb: JobVerb,
        unit: &UnitName,
        mode: JobMode,
    ) -> Result<DbusJob> {
        // The tap is there before the call: the job may have ended when the answer comes.
        let (tap, rule) = self.connection.listen(removed_jobs(), SERVICE)?;
        let call = self.manager(verb.method()).text(unit.as_str())?.text(mode.as_str())?;
        let answer = self.connection.call(&call)?;
        if let Some(rule) = rule {
            check(&rule.await?)?;
        }
        let answer = answer.await?;
        check(&answer).map_err(|error| explained(error, verb.as_str(), Some(unit)))?;
        let body = answer.body();
        let path: zbus::wire::ObjectPath<'_> = body.deserialize().map_err(|error| malformed(&error))?;
        let id = path.as_str().rsplit('/').next().and_then(|last| last.parse().ok());
        let id = id.ok_or_else(|| malformed(&format!("{path} is no job")))?;
        Ok(DbusJob { dbus: self.clone(), tap, verb, unit: unit.clone(), id })
    }

    /// Listens for a job that was begun on another connection; `None` says that it has ended.
    pub(crate) async fn follow_job(
        &self,
        verb: JobVerb,
        unit: &UnitName,
        id: u32,
    ) -> Result<Option<DbusJob>> {
        let tap = self.listen(vec![removed_jobs()], CAPACITY).await?;
        let job = DbusJob { dbus: self.clone(), tap, verb, unit: unit.clone(), id };
        Ok(if job.is_pending().await? { Some(job) } else { None })
    }

    /// `CancelJob`
    pub(in crate::backend) async fn cancel_job(&self, id: u32) -> Result<()> {
        let canceled = self.ask(&self.manager("CancelJob").number(id)).await;
        canceled.map(drop).map_err(|error| explained(error, "cancel a job", None))
    }
}

impl DbusJob {
    pub(in crate::backend) fn id(&self) -> u32 {
        self.id
    }

    /// Waits for the job's end; what happens to other jobs is passed over.
    pub(crate) async fn end(self) -> Result<JobEnd> {
        let explain = |error: Error| explained(error, self.verb.as_str(), Some(&self.unit));
        loop {
            match self.tap.next().await.map_err(explain)? {
                Heard::Signal(message) => {
                    let body = message.body();
                    let removed: (u32, zbus::wire::ObjectPath<'_>, &str, &str) =
                        body.deserialize().map_err(|error| malformed(&error))?;
                    if removed.0 == self.id {
                        return Ok(JobEnd::Said(removed.3.to_owned()));
                    }
                }
                // Ours may have been among what was dropped.
                Heard::Lost(_) if !self.is_pending().await.map_err(explain)? => return Ok(JobEnd::Unheard),
                Heard::Lost(_) => {}
            }
        }
    }

    /// Whether it is still the unit's job. (A manager that was started anew counts from 1 again.)
    async fn is_pending(&self) -> Result<bool> {
        let path = self.unit.object_path();
        let answer = self.dbus.ask(&get_call(&path, interface::UNIT, "Job")?).await?;
        let job = decode::property(&answer, "Job", &Values)?;
        Ok(
            matches!(job, Value::Tuple(fields) if fields.first().and_then(Value::as_unsigned) == Some(self.id.into())),
        )
    }
}

fn removed_jobs() -> Filter {
    Filter { interface: MANAGER, member: "JobRemoved", path: Some(PATH.to_owned()), path_namespace: None }
}
