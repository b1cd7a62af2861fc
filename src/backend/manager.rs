//! The manager's own properties, over D-Bus or over `systemctl`.

use super::dbus::{MANAGER, PATH, PROPERTIES, SERVICE, get_call};
use super::errors::explained;
use super::{Answer, Backend, Command, Dbus, Properties, Property, find};
use crate::bus::Call;
use crate::bus::decode::{self, Values};
use crate::error::{Error, Kind, Result};
use crate::unit::{ManagerStatus, manager_properties};
use crate::value::Value;

const STATUS: &str = "read the manager's properties";

impl Backend {
    /// All properties of the manager, as they were answered.
    pub async fn ask_manager_properties(&self) -> Result<Answer> {
        match self {
            Self::Dbus(dbus) => dbus.ask_manager_properties().await.map(Answer::Message),
            Self::Command(command) => command.manager_properties().await.map(Answer::Values),
        }
    }

    /// One property of the manager.
    pub async fn get_manager_property(&self, name: &str) -> Result<Property> {
        match self {
            Self::Dbus(dbus) => {
                let answer = dbus.ask(&get_call(PATH, MANAGER, name)?).await;
                answer.map(Property::Message).map_err(|error| not_read(error, name))
            }
            Self::Command(command) => {
                let properties = command.manager_properties().await?;
                let found = find(&properties, name).cloned();
                found.map(Property::Value).ok_or_else(|| manager_properties::no_such_property(name))
            }
        }
    }

    /// Sets a property of the manager that can be set (`manager_properties::settable`).
    pub async fn set_manager_property(&self, name: &'static str, value: &Value) -> Result<()> {
        let set = match self {
            Self::Dbus(dbus) => dbus.set_manager_property(name, value).await,
            Self::Command(command) => command.set_manager_property(name, value).await,
        };
        set.map_err(|error| {
            let action = format!("set the manager's property {name}");
            match explained(error, &action, None) {
                error if error.kind() == Kind::Config => {
                    error.with_hint("systemd takes the words that org.freedesktop.systemd1(5) lists")
                }
                error => error,
            }
        })
    }

    /// What is known of the manager.
    pub async fn get_manager_status(&self) -> Result<ManagerStatus> {
        let properties = match self.ask_manager_properties().await? {
            Answer::Message(message) => decode::properties(&message, &Values)?,
            Answer::Values(values) => values,
        };
        Ok(ManagerStatus::new(|name| find(&properties, name)))
    }

    /// The variables that the manager gives to what it starts.
    pub async fn get_environment(&self) -> Result<Value> {
        let told = self.get_manager_property("Environment").await?.decode("Environment")?;
        let variables = told.as_texts().unwrap_or_default().into_iter().map(|variable| {
            let (name, value) = variable.split_once('=').unwrap_or((&variable, ""));
            (Value::Text(name.to_owned()), Value::Text(value.to_owned()))
        });
        Ok(Value::Dict(variables.collect()))
    }
}

impl Dbus {
    async fn ask_manager_properties(&self) -> Result<zbus::Message> {
        let call = Call::new(PATH, PROPERTIES, "GetAll").to(SERVICE).text(MANAGER)?;
        self.ask(&call).await.map_err(|error| explained(error, STATUS, None))
    }

    async fn set_manager_property(&self, name: &'static str, value: &Value) -> Result<()> {
        let signature = manager_properties::signature(name).unwrap_or_default();
        let value = Value::Variant(signature.into(), Box::new(value.clone()));
        let call = Call::new(PATH, PROPERTIES, "Set").to(SERVICE).interactive(self.interactive);
        self.ask(&call.text(MANAGER)?.text(name)?.value("v", &value)?).await.map(drop)
    }
}

impl Command {
    /// As for a unit's: from the message bus, or else over systemd's private socket, or else what `systemctl show` prints
    /// faithfully.
    async fn manager_properties(&self) -> Result<Properties> {
        if let Some(properties) = self.manager_properties_from_bus().await? {
            return Ok(properties);
        }
        if let Some(dbus) = self.at_private_socket().await {
            return decode::properties(&dbus.ask_manager_properties().await?, &Values);
        }
        self.manager_properties_from_systemctl().await.map_err(|error| explained(error, STATUS, None))
    }

    async fn set_manager_property(&self, name: &'static str, value: &Value) -> Result<()> {
        if self.set_manager_property_over_bus(name, value).await?.is_some() {
            return Ok(());
        }
        match self.at_private_socket().await {
            Some(dbus) => dbus.set_manager_property(name, value).await,
            None => self.set_manager_property_by_systemctl(name, value).await,
        }
    }
}

fn not_read(error: Error, name: &str) -> Error {
    match error.facts().dbus_name.as_deref() {
        Some("org.freedesktop.DBus.Error.UnknownProperty") => manager_properties::no_such_property(name),
        _ => explained(error, "read a property of the manager", None),
    }
}
