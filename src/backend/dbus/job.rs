//! Jobs over D-Bus: the manager's methods, its `JobRemoved` signal, and what the unit's signals tell meanwhile.

use std::sync::Arc;

use zbus::Message;
use zbus::wire::ObjectPath;

use super::job_turn::JobTurn;
use super::signals::{Announced, Listening};
use super::witness::{Witness, is};
use super::{Dbus, MANAGER, PATH, PROPERTIES, SERVICE, get_call};
use crate::backend::errors::explained;
use crate::backend::job::{AskedJob, Before, JobEnd, JobVerb, Witnessed};
use crate::bus::Peer;
use crate::bus::answer::{check, malformed};
use crate::bus::connection::Reply;
use crate::bus::decode::{self, Values};
use crate::bus::subscription::{Filter, Heard, Subscription};
use crate::error::{Error, Result};
use crate::unit::{AffectedJob, UnitName, properties};
use crate::value::Value;

/// How many of the unit's signals may wait before the end is looked for instead: it may have been among those dropped.
const CAPACITY: usize = 4096;
/// Takes any job's type, and tells which other jobs come with it.
const ENQUEUE: &str = "EnqueueUnitJob";

/// A job that somebody listens for on a connection.
#[derive(Debug)]
pub struct DbusJob {
    dbus: Dbus,
    asked: AskedJob,
    id: u32,
    affected: Option<Vec<AffectedJob>>,
    before: Option<Before>,
    witness: Witness,
    /// Who has not asked for the job himself hears of its end only so.
    #[expect(dead_code, reason = "what it does is to live")]
    announced: Option<Announced>,
    #[expect(dead_code, reason = "the same")]
    turn: Option<JobTurn>,
}

/// A job's call and the questions that left with it.
struct Sent {
    answer: Reply,
    questions: Vec<(&'static str, Reply)>,
}

impl Dbus {
    /// `StartUnit`, `StopUnit` or `RestartUnit`; for who wants to know which other jobs come with it `EnqueueUnitJob`.
    pub(in crate::backend) async fn begin_job(
        &self,
        asked: &AskedJob,
        tell_affected: bool,
    ) -> Result<DbusJob> {
        let turn = self.job_turn().await;
        // The subscription is there before the call: the job may have ended when the answer comes.
        let (subscription, rules) =
            self.connection.listen_all(self.wanted(&asked.unit), SERVICE, CAPACITY)?;
        let sent = self.send_job(asked, tell_affected, &subscription)?;
        let is_asked_for = !rules.is_empty();
        for rule in rules {
            check(&rule.await?)?;
        }
        if is_asked_for {
            // Jobs come in bursts. (Another's rule may not be in force yet, and may never be.)
            subscription.keep_rules();
        }
        let (mut answer, mut found) = sent.received().await?;
        if tell_affected && is_closed_to_callers(&answer) {
            (answer, found) = self.send_job(asked, false, &subscription)?.received().await?;
        }
        check(&answer).map_err(|error| explained(error, asked.verb.as_str(), Some(&asked.unit)))?;
        let (id, affected) = taken_on(&answer)?;
        let (before, known) = if asked.verb == JobVerb::Stop {
            (Some(Before::of(|name| super::find(&found, name))), Vec::new())
        } else {
            (None, found)
        };
        let witness = Witness::new(subscription, asked, Witnessed::knowing(known));
        let (dbus, asked) = (self.clone(), asked.clone());
        Ok(DbusJob { dbus, asked, id, affected, before, witness, announced: None, turn })
    }

    /// Questions leave with the job's call. How the unit is before it is stopped comes first; systemd may have forgotten
    /// it afterwards. One that is started is loaded by the call.
    fn send_job(&self, asked: &AskedJob, tell_affected: bool, listener: &Subscription) -> Result<Sent> {
        let is_stop = asked.verb == JobVerb::Stop;
        let wanted = match self.connection.endpoint().peer {
            Peer::Private if is_stop => &Before::UNTOLD[..],
            Peer::Bus if is_stop => &Before::WANTED,
            Peer::Private | Peer::Bus => &["NeedDaemonReload"],
        };
        let path = asked.unit.object_path();
        let ask = |name: &&'static str| get_call(&path, properties::UNIT, name);
        let mut calls = wanted.iter().map(ask).collect::<Result<Vec<_>>>()?;
        let place = if is_stop { calls.len() } else { 0 };
        let (unit, verb) = (asked.unit.as_str(), asked.verb);
        let mode = asked.options.mode.as_str();
        let call = match &asked.transient {
            Some(properties) => self.transient_call(unit, mode, properties)?,
            None if tell_affected => self.manager(ENQUEUE).text(unit)?.text(verb.as_str())?.text(mode)?,
            None => self.manager(verb.method()).text(unit)?.text(mode)?,
        };
        calls.insert(place, call);
        let mut replies = listener.call_all_bound(&calls, place, number_of_job)?;
        let answer = replies.remove(place);
        Ok(Sent { answer, questions: wanted.iter().copied().zip(replies).collect() })
    }

    fn wanted(&self, unit: &UnitName) -> Vec<Filter> {
        let other = match self.connection.endpoint().peer {
            Peer::Private => {
                let path = Some(unit.object_path());
                Filter { path, ..Filter::new(PROPERTIES, "PropertiesChanged") }
            }
            Peer::Bus => Filter::owner_changes(),
        };
        vec![removed_jobs(), other]
    }

    /// Listens for a job that was begun on another connection; `None` says that it has ended.
    pub(crate) async fn follow_job(&self, asked: &AskedJob, id: u32) -> Result<Option<DbusJob>> {
        let Listening { subscription, announced } = self.listen(self.wanted(&asked.unit), CAPACITY).await?;
        subscription.bind(id);
        let witness = Witness::new(subscription, asked, Witnessed::default());
        let (dbus, asked) = (self.clone(), asked.clone());
        let job = DbusJob {
            dbus,
            asked,
            id,
            affected: None,
            before: None,
            witness,
            announced: Some(announced),
            turn: None,
        };
        Ok(if job.is_pending().await? { Some(job) } else { None })
    }
}

impl Sent {
    /// What is answered to the call, and what to the questions.
    async fn received(self) -> Result<(Message, Vec<(&'static str, Value)>)> {
        let mut found = Vec::with_capacity(self.questions.len());
        for (name, reply) in self.questions {
            // What is not told here is missing in the result; what is wrong the job itself says.
            found.extend(decode::property(&reply.await?, name, &Values).ok().map(|value| (name, value)));
        }
        Ok((self.answer.await?, found))
    }
}

impl DbusJob {
    pub(in crate::backend) fn id(&self) -> u32 {
        self.id
    }

    pub(in crate::backend) fn affected(&self) -> Option<&[AffectedJob]> {
        self.affected.as_deref()
    }

    /// Waits for the job's end.
    pub(crate) async fn end(self) -> Result<JobEnd> {
        let explain = |error: Error| explained(error, self.asked.verb.as_str(), Some(&self.asked.unit));
        let result = loop {
            match self.witness.next().await.map_err(explain)? {
                Heard::Signal(message) if is(&message, "PropertiesChanged") => self.witness.keep(message),
                // What ends while systemd is not on the bus is told to nobody.
                Heard::Signal(message) if is(&message, "NameOwnerChanged") => {
                    return Err(self.dbus.connection.systemd_has_left());
                }
                // Only that of this job comes here.
                Heard::Signal(message) => {
                    let body = message.body();
                    let removed: (u32, ObjectPath<'_>, &str, &str) =
                        body.deserialize().map_err(|error| malformed(&error))?;
                    break Some(removed.3.to_owned());
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

/// Whether the call never came to systemd, or systemd is older than the method (242). The message bus of the machine
/// lets only root call it (org.freedesktop.systemd1.conf); whether the caller may do the same in the usual way is
/// systemd's decision.
fn is_closed_to_callers(answer: &Message) -> bool {
    let header = answer.header();
    let is_from_bus = header.sender().is_some_and(|sender| sender.as_str() == "org.freedesktop.DBus");
    match header.error_name().map(zbus::names::ErrorName::as_str) {
        Some("org.freedesktop.DBus.Error.AccessDenied") => is_from_bus,
        Some("org.freedesktop.DBus.Error.UnknownMethod") => true,
        _ => false,
    }
}

/// The number of the job that systemd has taken on.
fn number_of_job(answer: &Message) -> Option<u32> {
    taken_on(answer).ok().map(|(id, _)| id)
}

/// The number of the job that systemd has taken on, and the others that it has queued with it, where it was asked for them.
fn taken_on(answer: &Message) -> Result<(u32, Option<Vec<AffectedJob>>)> {
    type Path<'a> = ObjectPath<'a>;
    type Job<'a> = (u32, Path<'a>, &'a str, Path<'a>, &'a str);
    type Enqueued<'a> = (u32, Path<'a>, &'a str, Path<'a>, &'a str, Vec<Job<'a>>);
    let body = answer.body();
    if body.signature().to_string_no_parens() == "o" {
        let path: Path<'_> = body.deserialize().map_err(|error| malformed(&error))?;
        let id = path.as_str().rsplit('/').next().and_then(|last| last.parse().ok());
        return Ok((id.ok_or_else(|| malformed(&format!("{path} is no job")))?, None));
    }
    let (id, .., others): Enqueued<'_> = body.deserialize().map_err(|error| malformed(&error))?;
    let affected = |(id, _, unit, _, job_type): Job<'_>| {
        let (unit, job_type) = (unit.to_owned(), job_type.to_owned());
        AffectedJob { id, unit, job_type }
    };
    let mut affected: Vec<_> = others.into_iter().map(affected).collect();
    affected.sort_unstable_by_key(|job| job.id);
    Ok((id, Some(affected)))
}

fn removed_jobs() -> Filter {
    let path = Some(PATH.to_owned());
    Filter { path, by_number: true, ..Filter::new(MANAGER, "JobRemoved") }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use zbus::wire::DynamicType;

    use super::*;

    fn call() -> Message {
        Message::method_call("/", "EnqueueUnitJob").build(&()).unwrap()
    }

    fn answer(body: &(impl Serialize + DynamicType)) -> Message {
        Message::method_return(&call().header()).build(body).unwrap()
    }

    #[test]
    fn only_what_systemd_did_not_decide_is_asked_in_another_way() {
        let [bus, systemd] = ["org.freedesktop.DBus", ":1.0"];
        let standard = |name: &str| format!("org.freedesktop.DBus.Error.{name}");
        for (sender, name, expected) in [
            (bus, standard("AccessDenied"), true),
            (systemd, standard("AccessDenied"), false),
            (systemd, standard("InteractiveAuthorizationRequired"), false),
            (systemd, standard("UnknownMethod"), true),
            (systemd, "org.freedesktop.systemd1.NoSuchUnit".to_owned(), false),
        ] {
            let call = call();
            let error = Message::error(&call.header(), name.as_str()).sender(sender).build(&"no").unwrap();
            assert_eq!(is_closed_to_callers(&error), expected, "{sender} {name}");
        }
        assert!(!is_closed_to_callers(&answer(&())));
    }

    #[test]
    fn a_job_is_told_alone_or_with_others() {
        let path = |id: u32| ObjectPath::try_from(format!("/org/freedesktop/systemd1/job/{id}")).unwrap();
        assert_eq!(taken_on(&answer(&path(7))).unwrap(), (7, None));
        let other = |id: u32, unit: &'static str| (id, path(id), unit, path(1), "start");
        let told =
            (7_u32, path(7), "a.service", path(1), "nop", vec![other(9, "c.service"), other(8, "b.service")]);
        let (id, affected) = taken_on(&answer(&told)).unwrap();
        let affected: Vec<_> = affected.unwrap().into_iter().map(|job| (job.id, job.unit)).collect();
        assert_eq!((id, affected), (7, vec![(8, "b.service".to_owned()), (9, "c.service".to_owned())]));
        assert!(taken_on(&answer(&"text")).is_err());
        assert!(taken_on(&answer(&ObjectPath::try_from("/").unwrap())).is_err());
    }
}
