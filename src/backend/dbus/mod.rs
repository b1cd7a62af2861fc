//! The operations over D-Bus: the manager's methods, and properties read in one go.

mod chosen;
mod job;
mod job_turn;
mod paced;
mod property;
mod signals;
mod transient;
mod witness;

use std::sync::Arc;

use zbus::Message;

use super::errors::explained;
use super::job::{AskedJob, Found, Witnessed};
use super::{Properties, status};
use crate::bus::answer::{check, malformed};
use crate::bus::decode::{self, RowText, UnitRow, Values};
use crate::bus::{Call, Connection};
use crate::error::{Error, Kind, Result};
use crate::flow::notice::Notice;
use crate::location::Whose;
use crate::scope::Scope;
use crate::unit::{UnitInfo, UnitName, UnitStatus, UnitType};
use crate::value::Value;

pub use job::DbusJob;
pub(crate) use signals::Listening;
pub(crate) use transient::{Began, OF_ENDED, Record};
pub(super) use witness::Witness;

/// systemd's name on a bus, its object and its interfaces: org.freedesktop.systemd1(5).
pub const SERVICE: &str = "org.freedesktop.systemd1";
pub(crate) const PATH: &str = "/org/freedesktop/systemd1";
pub(crate) const MANAGER: &str = "org.freedesktop.systemd1.Manager";
pub(crate) const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// So many units are loaded in one call.
const AT_ONCE: usize = 4;
const INTROSPECTABLE: &str = "org.freedesktop.DBus.Introspectable";

/// A manager at the other end of a D-Bus connection.
#[derive(Clone, Debug)]
pub struct Dbus {
    connection: Connection,
    whose: Whose,
    pub(super) interactive: bool,
    /// How many jobs that were asked for over the connection have not ended.
    jobs: Arc<Notice<usize>>,
}

impl Dbus {
    /// The manager that this connection leads to. With `interactive` polkit may ask somebody for a password.
    #[must_use]
    pub fn new(connection: Connection, whose: impl Into<Whose>, interactive: bool) -> Self {
        Self { connection, whose: whose.into(), interactive, jobs: Arc::new(Notice::new(0)) }
    }

    /// The connection.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The manager's scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.whose.scope
    }

    /// Whose manager it is, and where.
    #[must_use]
    pub fn whose(&self) -> &Whose {
        &self.whose
    }

    /// A call of a method of the manager's.
    pub(crate) fn manager(&self, member: &'static str) -> Call<'static> {
        Call::new(PATH, MANAGER, member).to(SERVICE).interactive(self.interactive)
    }

    pub(super) async fn ask(&self, call: &Call<'_>) -> Result<Message> {
        Ok(self.ask_at(call).await?.0)
    }

    /// The answer's value, which must be of this type: one complete type, or several, which make a tuple.
    pub(super) async fn ask_for(&self, call: &Call<'_>, signature: &str) -> Result<Value> {
        let answer = self.ask(call).await?;
        decode::answer(&answer, signature, &Values)
    }

    /// The unit that a name stands for.
    pub(super) async fn unit_behind(&self, alias: &UnitName) -> Result<Option<String>> {
        Ok(self.read_one(alias, "Id").await?.as_text().map(str::to_owned))
    }

    /// The answer, with its place among all messages of the connection.
    async fn ask_at(&self, call: &Call<'_>) -> Result<(Message, u64)> {
        let mut reply = self.connection.call(call)?;
        let answer = (&mut reply).await?;
        check(&answer)?;
        Ok((answer, reply.position()))
    }

    pub(super) async fn read_for_job(&self, unit: &UnitName) -> Result<Found> {
        let answer = self.ask_all(unit, "read the status of").await?;
        let mut wanted = status::WANTED.to_vec();
        wanted.extend(status::FOR_JOBS);
        wanted.extend(status::CONDITIONS);
        let values = decode::wanted_properties(&answer, &wanted, &Values)?;
        Found::new(unit, |wanted| find(&values, wanted))
    }

    /// What matters after a job that succeeded of a unit that is up; nothing of any other, and nothing where an
    /// answer is an error: then one has to look at everything. What was `told` need not be asked for.
    ///
    /// `GetAll` would have systemd search all folders for what enables the unit: after a start, when the unit
    /// was loaded just now, that takes several times as long as the start.
    pub(super) async fn read_if_up(&self, asked: &AskedJob, told: &Witnessed) -> Option<Found> {
        let unit = &asked.unit;
        let mut values = Vec::new();
        if unit.unit_type() == UnitType::Service {
            // Its state by itself: each question would load one that is down and forgotten from disk once more.
            self.learn(unit, &["ActiveState"], told, &mut values).await?;
            if !is_active(&values) {
                return None;
            }
            let more = [
                "NRestarts",
                "Type",
                "ExecMainStartTimestampMonotonic",
                "NeedDaemonReload",
                "InactiveExitTimestampMonotonic",
            ];
            self.learn(unit, &more, told, &mut values).await?;
        } else {
            self.learn(unit, &["NeedDaemonReload", "InactiveExitTimestampMonotonic"], told, &mut values)
                .await?;
            let begun = find(&values, "InactiveExitTimestampMonotonic").and_then(Value::as_unsigned);
            if told.get("ActiveState").is_none() && asked.is_before(begun) {
                // Its job is done and had it leave "inactive": it came up. That is asked of services only, which may
                // have ended since.
                values.push(("ActiveState", Value::Text("active".to_owned())));
            } else {
                self.learn(unit, &["ActiveState"], told, &mut values).await?;
            }
            if !is_active(&values) {
                return None;
            }
        }
        // One that ended between two questions was loaded anew, and has no past.
        find(&values, "InactiveExitTimestampMonotonic").and_then(Value::as_unsigned)?;
        Found::new(unit, |wanted| find(&values, wanted)).ok()
    }

    /// Adds the values of these properties: those that were told, and the others asked for in one go.
    async fn learn(
        &self,
        unit: &UnitName,
        names: &[&'static str],
        told: &Witnessed,
        values: &mut Vec<(&'static str, Value)>,
    ) -> Option<()> {
        let mut missing = Vec::new();
        for &name in names {
            match told.get(name) {
                Some(value) => values.push((name, value.clone())),
                None => missing.push(name),
            }
        }
        if !missing.is_empty() {
            let found = self.read_values(unit, &missing).await.ok()?;
            values.extend(missing.into_iter().zip(found));
        }
        Some(())
    }

    /// The undecoded answer of `ListUnitsByPatterns`, with its place among all messages of the connection.
    pub(crate) async fn ask_units(&self, patterns: &[String]) -> Result<(Message, u64)> {
        let call = self.manager("ListUnitsByPatterns").texts::<&str>(&[])?.texts(patterns)?;
        self.ask_at(&call).await.map_err(|error| explained(error, "list units", None))
    }

    /// `ListUnitsByPatterns`
    pub async fn list_units(&self, patterns: &[String]) -> Result<Vec<UnitInfo>> {
        Ok(self.list_units_at(patterns).await?.0)
    }

    /// The same, with the place of the answer among all messages of the connection.
    pub(crate) async fn list_units_at(&self, patterns: &[String]) -> Result<(Vec<UnitInfo>, u64)> {
        let (answer, position) = self.ask_units(patterns).await?;
        Ok((unit_infos(&answer)?, position))
    }

    /// `ListUnitsByNames`: a few names a call, as systemd reads each unit that it does not have in memory from disk, and answers
    /// nobody else meanwhile.
    pub(in crate::backend) async fn list_units_by_names(&self, names: &[UnitName]) -> Result<Vec<UnitInfo>> {
        let calls = names.chunks(AT_ONCE).map(|names| {
            let names: Vec<&str> = names.iter().map(UnitName::as_str).collect();
            self.manager("ListUnitsByNames").texts(&names)
        });
        let calls = calls.collect::<Result<Vec<_>>>()?;
        let mut rows = Vec::with_capacity(names.len());
        for answer in self.ask_each(&calls).await? {
            let answer = answer.and_then(|answer| check(&answer).map(|()| answer));
            rows.extend(unit_infos(&answer.map_err(|error| explained(error, "list units", None))?)?);
        }
        Ok(rows)
    }

    /// Several units' status: all their properties are asked for in one go.
    pub async fn get_unit_statuses(&self, units: &[UnitName]) -> Result<Vec<Result<UnitStatus>>> {
        let paths: Vec<_> = units.iter().map(UnitName::object_path).collect();
        // `GetAll`, not many `Get`s: each of those would load a unit that is not loaded again from disk.
        let calls = paths.iter().map(|path| get_all_call(path)).collect::<Result<Vec<_>>>()?;
        let mut statuses = Vec::with_capacity(units.len());
        for (answer, unit) in self.ask_each(&calls).await?.into_iter().zip(units) {
            let status = match answer.and_then(|answer| check(&answer).map(|()| answer)) {
                Ok(answer) => status_in(unit, &answer),
                Err(error) => Err(explained(error, "read the status of", Some(unit))),
            };
            match status {
                Err(error) if is_fatal(&error) => return Err(error),
                status => statuses.push(status),
            }
        }
        Ok(statuses)
    }

    /// `Properties.GetAll` of all interfaces at once; `UnitNotFound` if there is no such unit.
    pub async fn get_unit_properties(&self, unit: &UnitName) -> Result<Properties> {
        let answer = self.get_all(unit).await?;
        decode::properties(&answer, &Values)
    }

    /// The same; one that does not exist has the properties of a unit that is not loaded.
    pub(in crate::backend) async fn get_all_properties(&self, unit: &UnitName) -> Result<Properties> {
        let answer = self.ask_all(unit, "read the properties of").await?;
        decode::properties(&answer, &Values)
    }

    /// The undecoded answer of `Properties.GetAll`; `UnitNotFound` if there is no such unit.
    pub async fn get_all(&self, unit: &UnitName) -> Result<Message> {
        let answer = self.ask_all(unit, "read the properties of").await?;
        check_exists(unit, &answer)?;
        Ok(answer)
    }

    /// The undecoded answer of `Properties.GetAll`, with its place among all messages of the connection; also of
    /// a unit that does not exist ([`check_exists`]).
    pub(crate) async fn get_all_at(&self, unit: &UnitName) -> Result<(Message, u64)> {
        let path = unit.object_path();
        let answer = self.ask_at(&get_all_call(&path)?).await;
        answer.map_err(|error| explained(error, "read the properties of", Some(unit)))
    }

    /// `GetUnit`: the unit that this name stands for, if systemd has it in memory, with the place of the answer.
    /// (Whoever reads a property of one that it has not makes it load that unit.)
    pub(crate) async fn get_loaded(&self, unit: &UnitName) -> Result<(Option<UnitName>, u64)> {
        let mut reply = self.connection.call(&self.manager("GetUnit").text(unit.as_str())?)?;
        let answer = (&mut reply).await?;
        if let Err(error) = check(&answer) {
            let error = explained(error, "find", Some(unit));
            return if error.kind() == Kind::UnitNotFound {
                Ok((None, reply.position()))
            } else {
                Err(error)
            };
        }
        let body = answer.body();
        let path: zbus::wire::ObjectPath<'_> = body.deserialize().map_err(|error| malformed(&error))?;
        Ok((Some(UnitName::from_object_path(path.as_str())?), reply.position()))
    }

    /// `Introspectable.Introspect` of a unit's object.
    pub(crate) async fn introspect(&self, unit: &UnitName) -> Result<String> {
        let path = unit.object_path();
        let answer = self.ask(&Call::new(&path, INTROSPECTABLE, "Introspect").to(SERVICE)).await;
        let answer = answer.map_err(|error| explained(error, "read the properties of", Some(unit)))?;
        answer.body().deserialize().map_err(|error| malformed(&error))
    }

    async fn ask_all(&self, unit: &UnitName, action: &str) -> Result<Message> {
        let path = unit.object_path();
        let answer = self.ask(&get_all_call(&path)?).await;
        answer.map_err(|error| explained(error, action, Some(unit)))
    }
}

/// A call of `Properties.Get`.
pub(crate) fn get_call<'a>(path: &'a str, interface: &str, name: &str) -> Result<Call<'a>> {
    Call::new(path, PROPERTIES, "Get").to(SERVICE).text(interface)?.text(name)
}

/// A call of `Properties.GetAll`, for the properties of all interfaces.
fn get_all_call(path: &str) -> Result<Call<'_>> {
    Call::new(path, PROPERTIES, "GetAll").to(SERVICE).text("")
}

fn status_in(unit: &UnitName, answer: &Message) -> Result<UnitStatus> {
    let values = decode::wanted_properties(answer, &status::WANTED, &Values)?;
    status::found(unit, status::assemble(unit, |wanted| find(&values, wanted)))
}

/// Says where all properties of a unit are those of one that does not exist.
pub(crate) fn check_exists(unit: &UnitName, answer: &Message) -> Result<()> {
    let values = decode::wanted_properties(answer, &["LoadState", "ActiveState"], &Values)?;
    status::found(unit, status::assemble(unit, |wanted| find(&values, wanted))).map(drop)
}

/// Whether the error is about the connection, not about one unit.
fn is_fatal(error: &Error) -> bool {
    matches!(error.kind(), Kind::ConnectionLost | Kind::Timeout | Kind::Unavailable)
}

fn is_active(values: &[(&str, Value)]) -> bool {
    find(values, "ActiveState").and_then(Value::as_text) == Some("active")
}

fn find<'a>(values: &'a [(&str, Value)], wanted: &str) -> Option<&'a Value> {
    values.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

/// The units in the answer to `ListUnitsByPatterns`.
pub(super) fn unit_infos(answer: &Message) -> Result<Vec<UnitInfo>> {
    let body = answer.body();
    decode::unit_rows(answer, body.data().bytes())?.map(|row| unit_info(&row?)).collect()
}

fn unit_info(row: &UnitRow<'_>) -> Result<UnitInfo> {
    let text = |text: RowText<'_>| text.text().map(str::to_owned);
    let optional = |found: RowText<'_>| Ok(Some(text(found)?).filter(|text| !text.is_empty()));
    let [load_state, active_state, sub_state] = row.states;
    Ok(UnitInfo {
        name: text(row.name)?,
        description: text(row.description)?,
        load_state: text(load_state)?,
        active_state: text(active_state)?,
        sub_state: text(sub_state)?,
        followed: optional(row.followed)?,
        job_id: Some(row.job_id).filter(|&id| id != 0),
        job_type: optional(row.job_type)?,
    })
}
