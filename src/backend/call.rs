//! What one call does, as its row says: over D-Bus or over `systemctl`, with the same answer and the same errors.

use super::errors::{self, explained_verb};
use super::{Backend, Command, Dbus, dbus};
use crate::error::hint::over_dbus;
use crate::error::{Error, Kind, Result};
use crate::flow::tell::tell;
use crate::process::read_to_end;
use crate::unit::properties::UNIT;
use crate::unit::{UnitFileChange, UnitFileChanges, UnitName};
use crate::value::{Descriptor, Value};
use crate::verb::{self, Answered, Gives, Install, Verb};

/// What a verb gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Gave {
    /// A value: true where there is none, false or null where there was nothing to do or to find.
    Value(Value),
    /// What changed of unit files.
    Changes(UnitFileChanges),
}

impl Backend {
    /// Does what a row says; the arguments are checked ones ([`Argument::read`](crate::verb::Argument::read)).
    pub async fn call(&self, verb: &'static Verb, arguments: &[Value]) -> Result<Gave> {
        let verb = verb.without_descriptors.filter(|_| !self.passes_descriptors()).unwrap_or(verb);
        let gave = self.ask(verb, arguments).await?;
        if let Gave::Changes(changes) = &gave
            && changes.changed()
            && self.whose().has_manager()
        {
            self.daemon_reload().await.map_err(|error| error.with_unsent(false))?;
        }
        Ok(gave)
    }

    /// Whether file descriptors can go with a call and its answer.
    #[must_use]
    pub fn passes_descriptors(&self) -> bool {
        match self {
            Self::Dbus(dbus) => dbus.connection().carries_descriptors(),
            Self::Command(_) => false,
        }
    }

    /// Has the manager read all unit files again.
    pub async fn daemon_reload(&self) -> Result<()> {
        let done = self.ask(&verb::DAEMON_RELOAD, &[]).await.map(drop);
        tell("systemd has been asked to read all unit files again");
        done
    }

    /// Makes the unit start at boot and reloads if that changed anything.
    pub async fn enable_unit(&self, unit: &UnitName) -> Result<UnitFileChanges> {
        let no = Value::Boolean(false);
        self.change_files(&verb::ENABLE_UNIT, &[names(unit), no.clone(), no]).await
    }

    /// Makes the unit no longer start at boot and reloads if that changed anything.
    pub async fn disable_unit(&self, unit: &UnitName) -> Result<UnitFileChanges> {
        self.change_files(&verb::DISABLE_UNIT, &[names(unit), Value::Boolean(false)]).await
    }

    /// Clears a unit's failed state and its restart counter; a unit that is not in memory has nothing to clear.
    pub async fn reset_failed_unit(&self, unit: &UnitName) -> Result<()> {
        match self.call(&verb::RESET_FAILED_UNIT, &[Value::Text(unit.as_str().to_owned())]).await {
            Err(error) if error.kind() != Kind::UnitNotFound => Err(error),
            _ => Ok(()),
        }
    }

    async fn change_files(&self, verb: &'static Verb, arguments: &[Value]) -> Result<UnitFileChanges> {
        match self.call(verb, arguments).await? {
            Gave::Changes(changes) => Ok(changes),
            Gave::Value(_) => Ok(UnitFileChanges::default()),
        }
    }

    async fn ask(&self, verb: &'static Verb, arguments: &[Value]) -> Result<Gave> {
        let gave = match self {
            Self::Dbus(dbus) => dbus.call_verb(verb, arguments).await,
            Self::Command(command) => command.call_verb(verb, arguments).await,
        };
        match gave {
            Ok(Gave::Value(Value::Text(path))) if verb.gives == Gives::Unit => {
                self.unit_at(&path).await.map(|unit| Gave::Value(Value::Text(unit)))
            }
            Ok(gave) => Ok(gave),
            Err(error) => match answered(verb, &error) {
                Some(answer) => Ok(Gave::Value(answer)),
                None => Err(self.refused(verb, arguments, error).await),
            },
        }
    }

    /// The unit of an object path. One that was found by its invocation has a path that names that.
    async fn unit_at(&self, path: &str) -> Result<String> {
        if let Ok(unit) = UnitName::from_object_path(path) {
            return Ok(unit.as_str().to_owned());
        }
        let id = match self {
            Self::Dbus(dbus) => dbus.id_at(path).await,
            Self::Command(command) => command.id_at(path).await,
        };
        match id? {
            Value::Text(id) => Ok(id),
            _ => Err(Error::new(Kind::Systemd, format!("systemd does not tell the unit at {path}"))),
        }
    }

    /// What systemd answered instead; a refusal of an alias names its unit.
    async fn refused(&self, verb: &'static Verb, arguments: &[Value], error: Error) -> Error {
        let unit = verb.unit(arguments).and_then(|name| name.parse::<UnitName>().ok());
        let error = explained_verb(error, verb, unit.as_ref(), verb.about(arguments).as_deref());
        let Some(alias) = unit.filter(|_| errors::is_about_alias(&error)) else { return error };
        let behind = match self {
            Self::Dbus(dbus) => dbus.unit_behind(&alias).await,
            Self::Command(command) => command.unit_behind(&alias).await,
        };
        match behind {
            Ok(named) => errors::naming_unit_of_alias(error, &alias, named.as_deref()),
            Err(_) => error,
        }
    }
}

/// The answer that an error is.
fn answered(verb: &Verb, error: &Error) -> Option<Value> {
    let name = error.facts().dbus_name.as_deref()?.rsplit('.').next()?;
    let (_, answer) = verb.answers.iter().find(|(known, _)| *known == name)?;
    Some(match answer {
        Answered::False => Value::Boolean(false),
        Answered::Null => Value::Null,
    })
}

fn names(unit: &UnitName) -> Value {
    Value::List(vec![Value::Text(unit.as_str().to_owned())])
}

impl Gave {
    /// What an answer on D-Bus amounts to.
    pub(super) fn read(verb: &Verb, arguments: &[Value], told: Value) -> Self {
        match (verb.gives, told) {
            (Gives::Nothing, _) => Self::done(),
            (Gives::Changes(install), told) => Self::Changes(changes(verb, arguments, install, told)),
            (Gives::NamedUnit, Value::Tuple(mut fields)) if fields.len() > 1 => {
                Self::Value(fields.swap_remove(1))
            }
            (Gives::Value(_) | Gives::Unit | Gives::NamedUnit | Gives::Text, told) => Self::Value(told),
        }
    }

    /// Nothing but that it is done.
    pub(super) fn done() -> Self {
        Self::Value(Value::Boolean(true))
    }
}

/// The changes that D-Bus tells: each its type, the path, and where a symlink leads.
fn changes(verb: &Verb, arguments: &[Value], install: Install, told: Value) -> UnitFileChanges {
    let (carries, list) = match told {
        Value::Tuple(fields) => match <[Value; 2]>::try_from(fields) {
            Ok([carries, list]) => (carries.as_boolean(), list),
            Err(_) => (None, Value::Null),
        },
        list => (None, list),
    };
    let rows = if let Value::List(rows) = list { rows } else { Vec::new() };
    let change = |row: Value| {
        let Value::Tuple(fields) = row else { return None };
        let text = |at: usize| fields.get(at).and_then(Value::as_text).map(str::to_owned);
        let destination = text(2).filter(|destination| !destination.is_empty());
        Some(UnitFileChange { kind: text(0)?, path: text(1)?, destination })
    };
    let told = rows.into_iter().filter_map(change).collect();
    UnitFileChanges::new(
        &verb.about(arguments).unwrap_or_default(),
        carries.filter(|_| install == Install::Told),
        told,
    )
}

impl Dbus {
    pub(super) async fn call_verb(&self, verb: &'static Verb, arguments: &[Value]) -> Result<Gave> {
        let mut call = self.manager(verb.method);
        for (argument, value) in verb.takes.iter().zip(arguments) {
            call = call.value(argument.kind.signature(), &*argument.kind.on_dbus(value)?)?;
        }
        let told = match self.ask_for(&call, verb.gives.signature()).await? {
            Value::Descriptor(file) if verb.gives == Gives::Text => read_text(&file).await?,
            told => told,
        };
        Ok(Gave::read(verb, arguments, told))
    }

    /// The name of the unit at an object path.
    async fn id_at(&self, path: &str) -> Result<Value> {
        self.ask_for(&dbus::get_call(path, UNIT, "Id")?, "v").await
    }
}

impl Command {
    pub(super) async fn call_verb(&self, verb: &'static Verb, arguments: &[Value]) -> Result<Gave> {
        let Some(told) = self.ask_for(verb, arguments).await? else {
            let Some(dbus) = self.at_private_socket().await else { return Err(cannot(verb)) };
            return dbus.call_verb(verb, arguments).await;
        };
        Ok(told)
    }

    /// The name of the unit at an object path.
    async fn id_at(&self, path: &str) -> Result<Value> {
        match self.property_at(path, "Id").await? {
            Some(id) => Ok(id),
            None => match self.at_private_socket().await {
                Some(dbus) => dbus.id_at(path).await,
                None => Ok(Value::Null),
            },
        }
    }
}

/// The text of a file. What is no UTF-8 in it, such as a name on disk, is replaced.
async fn read_text(file: &Descriptor) -> Result<Value> {
    let bytes = read_to_end(file).await.map_err(|error| {
        let message = format!("the file that systemd answered with cannot be read: {error}");
        Error::new(Kind::Systemd, message).with_errno(error.raw_os_error())
    })?;
    let text = String::from_utf8(bytes);
    Ok(Value::Text(text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())))
}

fn cannot(verb: &Verb) -> Error {
    let reason = match verb.systemctl {
        verb::Systemctl::No(reason) => reason,
        verb::Systemctl::Words(_)
        | verb::Systemctl::WordsAndAnswer(..)
        | verb::Systemctl::WordsAndAnyAnswer(..) => "systemctl cannot do it here",
    };
    Error::new(Kind::Unsupported, format!("cannot {} without D-Bus: {reason}", verb.act))
        .with_hint(over_dbus())
}
