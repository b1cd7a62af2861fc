//! Jobs over D-Bus: the manager's methods, its `JobRemoved` signal, and what the unit's signals tell meanwhile.

use std::sync::Arc;

use super::witness::{Witness, is};
use super::{Dbus, MANAGER, PATH, PROPERTIES, SERVICE, get_call};
use crate::backend::errors::explained;
use crate::backend::job::{AskedJob, Before, JobEnd, JobVerb, Witnessed};
use crate::bus::Peer;
use crate::bus::answer::{check, malformed};
use crate::bus::connection::Reply;
use crate::bus::decode::{self, Values};
use crate::bus::subscription::{Filter, Heard};
use crate::error::{Error, Result};
use crate::unit::{UnitName, properties};
use crate::value::Value;

/// How many ends of other jobs may wait before ours is looked for instead.
const CAPACITY: usize = 4096;

/// A job that somebody listens for on a connection.
#[derive(Debug)]
pub struct DbusJob {
    dbus: Dbus,
    asked: AskedJob,
    id: u32,
    before: Option<Before>,
    witness: Witness,
}

impl Dbus {
    /// `StartUnit`, `StopUnit` or `RestartUnit`.
    pub(in crate::backend) async fn begin_job(&self, asked: &AskedJob) -> Result<DbusJob> {
        // The subscription is there before the call: the job may have ended when the answer comes.
        let (subscription, rules) =
            self.connection.listen_all(self.wanted(&asked.unit), SERVICE, CAPACITY)?;
        let (answer, questions) = self.send_job(asked)?;
        let is_asked_for = !rules.is_empty();
        for rule in rules {
            check(&rule.await?)?;
        }
        if is_asked_for {
            // Jobs come in bursts. (Another's rule may not be in force yet, and may never be.)
            subscription.keep_rules();
        }
        let mut found = Vec::with_capacity(questions.len());
        for (name, reply) in questions {
            // What is not told here is missing in the result; what is wrong the job itself says.
            found.extend(decode::property(&reply.await?, name, &Values).ok().map(|value| (name, value)));
        }
        let answer = answer.await?;
        check(&answer).map_err(|error| explained(error, asked.verb.as_str(), Some(&asked.unit)))?;
        let id = job_number(&answer)?;
        let (before, known) = if asked.verb == JobVerb::Stop {
            (Some(Before::of(|name| super::find(&found, name))), Vec::new())
        } else {
            (None, found)
        };
        let witness = Witness::new(subscription, asked, Witnessed::knowing(known));
        Ok(DbusJob { dbus: self.clone(), id, before, witness, asked: asked.clone() })
    }

    /// Questions leave with the job's call. How the unit is before it is stopped comes first; systemd may have forgotten
    /// it afterwards. One that is started is loaded by the call.
    fn send_job(&self, asked: &AskedJob) -> Result<(Reply, Vec<(&'static str, Reply)>)> {
        let is_stop = asked.verb == JobVerb::Stop;
        let wanted = if is_stop { &Before::WANTED[..] } else { &["NeedDaemonReload"] };
        let path = asked.unit.object_path();
        let ask = |name: &&'static str| get_call(&path, properties::UNIT, name);
        let mut calls = wanted.iter().map(ask).collect::<Result<Vec<_>>>()?;
        let place = if is_stop { calls.len() } else { 0 };
        let call = self.manager(asked.verb.method()).text(asked.unit.as_str())?;
        calls.insert(place, call.text(asked.options.mode.as_str())?);
        let mut replies = self.connection.call_all(&calls)?;
        let answer = replies.remove(place);
        Ok((answer, wanted.iter().copied().zip(replies).collect()))
    }

    fn wanted(&self, unit: &UnitName) -> Vec<Filter> {
        let other = match self.connection.endpoint().peer {
            Peer::Private => {
                let (interface, member) = (PROPERTIES, "PropertiesChanged");
                Filter { interface, member, path: Some(unit.object_path()), path_namespace: None }
            }
            Peer::Bus => Filter::owner_changes(),
        };
        vec![removed_jobs(), other]
    }

    /// Listens for a job that was begun on another connection; `None` says that it has ended.
    pub(crate) async fn follow_job(&self, asked: &AskedJob, id: u32) -> Result<Option<DbusJob>> {
        let subscription = self.listen(self.wanted(&asked.unit), CAPACITY).await?;
        let witness = Witness::new(subscription, asked, Witnessed::default());
        let job = DbusJob { dbus: self.clone(), asked: asked.clone(), id, before: None, witness };
        Ok(if job.is_pending().await? { Some(job) } else { None })
    }
}

impl DbusJob {
    pub(in crate::backend) fn id(&self) -> u32 {
        self.id
    }

    /// Waits for the job's end; what happens to other jobs is passed over.
    pub(crate) async fn end(self) -> Result<JobEnd> {
        let explain = |error: Error| explained(error, self.asked.verb.as_str(), Some(&self.asked.unit));
        let result = loop {
            match self.witness.next().await.map_err(explain)? {
                Heard::Signal(message) if is(&message, "PropertiesChanged") => self.witness.take_in(&message),
                // What ends while systemd is not on the bus is told to nobody.
                Heard::Signal(message) if is(&message, "NameOwnerChanged") => {
                    return Err(self.dbus.connection.systemd_has_left());
                }
                Heard::Signal(message) => {
                    let body = message.body();
                    let removed: (u32, zbus::wire::ObjectPath<'_>, &str, &str) =
                        body.deserialize().map_err(|error| malformed(&error))?;
                    if removed.0 == self.id {
                        break Some(removed.3.to_owned());
                    }
                }
                // Ours may have been among what was dropped.
                Heard::Lost(_) if !self.is_pending().await.map_err(explain)? => break None,
                Heard::Lost(_) => {}
            }
        };
        Ok(JobEnd { result, before: self.before, witness: Some(Arc::new(self.witness)) })
    }

    /// Whether it is still the unit's job. (A manager that was started anew counts from 1 again.)
    async fn is_pending(&self) -> Result<bool> {
        let path = self.asked.unit.object_path();
        let answer = self.dbus.ask(&get_call(&path, properties::UNIT, "Job")?).await?;
        let job = decode::property(&answer, "Job", &Values)?;
        Ok(
            matches!(job, Value::Tuple(fields) if fields.first().and_then(Value::as_unsigned) == Some(self.id.into())),
        )
    }
}

/// The number of the job that systemd has taken on.
fn job_number(answer: &zbus::Message) -> Result<u32> {
    let body = answer.body();
    let path: zbus::wire::ObjectPath<'_> = body.deserialize().map_err(|error| malformed(&error))?;
    let id = path.as_str().rsplit('/').next().and_then(|last| last.parse().ok());
    id.ok_or_else(|| malformed(&format!("{path} is no job")))
}

fn removed_jobs() -> Filter {
    Filter { interface: MANAGER, member: "JobRemoved", path: Some(PATH.to_owned()), path_namespace: None }
}
