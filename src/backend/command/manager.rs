//! The manager's own properties: over `busctl`, and what `systemctl` has of them.

use super::{Command, json, verb};
use crate::backend::Properties;
use crate::backend::dbus::{MANAGER, PATH, PROPERTIES};
use crate::error::hint::over_dbus;
use crate::error::{Error, Kind, Result};
use crate::unit::manager_properties;
use crate::value::Value;

/// The properties that `systemctl` has a verb for.
const VERBS: [(&str, &str); 3] =
    [("LogLevel", "log-level"), ("LogTarget", "log-target"), ("ServiceWatchdogs", "service-watchdogs")];

impl Command {
    /// All of them; `None` where no message bus can be asked.
    pub(in crate::backend) async fn manager_properties_from_bus(&self) -> Result<Option<Properties>> {
        let Some(answer) = self.busctl(&[PATH, PROPERTIES, "GetAll", "s", MANAGER]).await? else {
            return Ok(None);
        };
        answer.check(&["GetAll"])?;
        json::properties(&answer.stdout).map(Some)
    }

    /// Those that systemctl prints faithfully.
    pub(in crate::backend) async fn manager_properties_from_systemctl(&self) -> Result<Properties> {
        let block = self.show_manager().await?;
        Ok(block.map(|block| block.without_inexact().manager_values()).unwrap_or_default())
    }

    /// Sets one; `None` where no message bus can be asked.
    pub(in crate::backend) async fn set_manager_property_over_bus(
        &self,
        name: &'static str,
        value: &Value,
    ) -> Result<Option<()>> {
        let signature = manager_properties::signature(name).unwrap_or_default();
        let mut words = vec![];
        verb::write(&Value::Variant(signature.into(), Box::new(value.clone())), &mut words);
        let mut call = vec![PATH, PROPERTIES, "Set", "ssv", MANAGER, name];
        call.extend(words.iter().map(String::as_str));
        let Some(answer) = self.busctl(&call).await? else { return Ok(None) };
        answer.check(&["Set"]).map(Some)
    }

    /// The same by a verb of systemctl's.
    pub(in crate::backend) async fn set_manager_property_by_systemctl(
        &self,
        name: &'static str,
        value: &Value,
    ) -> Result<()> {
        let Some((_, verb)) = VERBS.into_iter().find(|(property, _)| *property == name) else {
            let message = format!("cannot set {name} without D-Bus: systemctl has no verb for it");
            return Err(Error::new(Kind::Unsupported, message).with_hint(over_dbus()));
        };
        let word = match value {
            Value::Boolean(true) => "yes",
            Value::Boolean(false) => "no",
            value => value.as_text().unwrap_or_default(),
        };
        self.systemctl(&[verb, "--", word]).await?.check(&["Set"])
    }
}
