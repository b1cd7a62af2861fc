//! Properties of many units over D-Bus, with all questions in flight at once.

use std::collections::HashSet;

use zbus::Message;

use super::property::{may_prove_existence, not_read, proves_existence};
use super::{Dbus, check_exists, get_all_call, get_call, is_fatal};
use crate::backend::errors::{self, explained};
use crate::backend::{Answer, Chosen, Property};
use crate::bus::answer::check;
use crate::bus::connection::Reply;
use crate::bus::decode::{self, Values};
use crate::error::{Kind, Result};
use crate::unit::properties::{self, types_with};
use crate::unit::{UnitInfo, UnitName, UnitType};

/// So many properties are asked for one by one; more with `GetAll`. systemd goes to sleep for a second when it has been asked
/// fifty thousand times in one (`manager_loop` of systemd's manager.c).
const FEW: usize = 4;
/// More units than this are looked for in a list of all.
const MANY: usize = 16;

impl Dbus {
    /// These properties (all, without any) of several units.
    pub(in crate::backend) async fn ask_chosen(
        &self,
        units: &[UnitName],
        names: &[&str],
    ) -> Result<Vec<Result<Chosen>>> {
        if names.is_empty() || names.len() > FEW {
            return self.ask_all_of(units, names).await;
        }
        let paths: Vec<_> = units.iter().map(UnitName::object_path).collect();
        let types: Vec<_> = names.iter().map(|name| types_with(name)).collect();
        let mut calls = Vec::with_capacity(units.len() * names.len());
        for (unit, path) in units.iter().zip(&paths) {
            for (name, _) in names.iter().zip(&types).filter(|(_, types)| may_have(unit, types)) {
                calls.push(get_call(path, properties::of_property(unit.unit_type(), name), name)?);
            }
        }
        let mut replies = self.connection.call_all(&calls)?.into_iter();
        let (mut found, mut doubtful) = (Vec::with_capacity(units.len()), Vec::new());
        for (number, unit) in units.iter().enumerate() {
            let mut one =
                OfOne { unit, values: Vec::with_capacity(names.len()), exists: false, failed: None };
            for (name, types) in names.iter().zip(&types) {
                match if may_have(unit, types) { replies.next() } else { None } {
                    Some(reply) => one.take(name, reply).await?,
                    None => one.values.push(None),
                }
            }
            if !one.exists && one.failed.is_none() {
                doubtful.push(number);
            }
            found.push(one.done());
        }
        self.leave_out_missing(units, doubtful, &mut found).await?;
        Ok(found)
    }

    /// The same by one question for each unit.
    async fn ask_all_of(&self, units: &[UnitName], names: &[&str]) -> Result<Vec<Result<Chosen>>> {
        let paths: Vec<_> = units.iter().map(UnitName::object_path).collect();
        let calls = paths.iter().map(|path| get_all_call(path)).collect::<Result<Vec<_>>>()?;
        let mut found = Vec::with_capacity(units.len());
        for (answer, unit) in self.ask_each(&calls).await?.into_iter().zip(units) {
            let answer = answer.and_then(|answer| check(&answer).map(|()| answer));
            match answer.map_err(|error| explained(error, "read the properties of", Some(unit))) {
                Err(error) if is_fatal(&error) => return Err(error),
                Err(error) => found.push(Err(error)),
                Ok(answer) => found.push(check_exists(unit, &answer).and_then(|()| chosen_in(answer, names))),
            }
        }
        Ok(found)
    }

    /// Puts an error where nothing proved that a unit exists, and where none of its name does.
    async fn leave_out_missing(
        &self,
        units: &[UnitName],
        mut doubtful: Vec<usize>,
        found: &mut [Result<Chosen>],
    ) -> Result<()> {
        if doubtful.len() > MANY {
            // One list of all is quicker than as many questions.
            let rows = self.list_units(&[]).await?;
            let exists = |row: &&UnitInfo| row.load_state != "not-found" || row.active_state != "inactive";
            let known: HashSet<&str> = rows.iter().filter(exists).map(|row| row.name.as_str()).collect();
            doubtful.retain(|&number| !known.contains(units[number].as_str()));
        }
        for (name, of_nobody) in [("LoadState", "not-found"), ("ActiveState", "inactive")] {
            let asked: Vec<&UnitName> = doubtful.iter().map(|&number| &units[number]).collect();
            let mut texts = self.read_texts(&asked, name).await?.into_iter();
            doubtful.retain(|_| texts.next().is_some_and(|text| text == of_nobody));
        }
        for number in doubtful {
            found[number] = Err(errors::not_found(&units[number]));
        }
        Ok(())
    }

    /// One property that every unit has, of several units.
    async fn read_texts(&self, units: &[&UnitName], name: &str) -> Result<Vec<String>> {
        let paths: Vec<_> = units.iter().map(|unit| unit.object_path()).collect();
        let calls =
            paths.iter().map(|path| get_call(path, properties::UNIT, name)).collect::<Result<Vec<_>>>()?;
        let mut texts = Vec::with_capacity(units.len());
        for (reply, unit) in self.connection.call_all(&calls)?.into_iter().zip(units) {
            let answer = reply.await.and_then(|answer| check(&answer).map(|()| answer));
            let answer = answer.map_err(|error| not_read(error, unit, name))?;
            let value = decode::property(&answer, name, &Values)?;
            texts.push(value.as_text().unwrap_or_default().to_owned());
        }
        Ok(texts)
    }
}

/// What is being collected of one unit.
struct OfOne<'a> {
    unit: &'a UnitName,
    values: Vec<Option<Property>>,
    /// A value says so.
    exists: bool,
    failed: Option<crate::error::Error>,
}

impl OfOne<'_> {
    /// Takes in an answer; an error is one of the connection.
    async fn take(&mut self, name: &str, reply: Reply) -> Result<()> {
        let answer = reply.await.and_then(|answer| check(&answer).map(|()| answer));
        let answer: Result<Message> = answer.map_err(|error| not_read(error, self.unit, name));
        match answer {
            Ok(answer) => {
                self.exists = self.exists || may_prove_existence(name) && proves_existence(&answer, name)?;
                self.values.push(Some(Property::Message(answer)));
            }
            Err(error) if is_fatal(&error) => return Err(error),
            // The unit has none of that name.
            Err(error) if error.kind() == Kind::Config => self.values.push(None),
            Err(error) => {
                self.failed.get_or_insert(error);
            }
        }
        Ok(())
    }

    fn done(self) -> Result<Chosen> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok(Chosen::Each(self.values)),
        }
    }
}

/// What was chosen of all that a unit has.
fn chosen_in(answer: Message, names: &[&str]) -> Result<Chosen> {
    if names.is_empty() {
        return Ok(Chosen::All(Answer::Message(answer)));
    }
    let found = decode::wanted_properties(&answer, names, &Values)?;
    let value = |name: &&str| {
        let found = found.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| Property::Value(value.clone()))
    };
    Ok(Chosen::Each(names.iter().map(value).collect()))
}

/// Whether a unit has a property that units of these types have: all have it, or nobody knows, where there are none.
fn may_have(unit: &UnitName, types: &[UnitType]) -> bool {
    types.is_empty() || types.contains(&unit.unit_type())
}
