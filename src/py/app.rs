//! An app's configuration between Python and the core.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::app::{AppConfig, AppSettings, Extra, KEYS, Machine};
use crate::error::Error;

/// Checks an app's configuration and gives it with all defaults and absolute paths, and what to warn of.
#[pyfunction]
pub(super) fn check_app<'py>(
    py: Python<'py>,
    app: &Bound<'py, PyDict>,
) -> PyResult<(Bound<'py, PyDict>, Vec<String>)> {
    let app = AppConfig::check(app_settings(app)?, &Machine)?;
    Ok((app_dict(py, &app)?, app.warnings(&Machine).into_iter().map(|w| w.text).collect()))
}

/// The settings of an app from a dict of Python; an unknown key is an error.
pub(super) fn app_settings(app: &Bound<'_, PyDict>) -> PyResult<AppSettings> {
    let mut settings = AppSettings::default();
    for (key, value) in app.iter() {
        if value.is_none() {
            continue;
        }
        let key: String = key.extract()?;
        let wrong = |_: PyErr| -> PyErr {
            let kind = value.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
            Error::config(format!("{key} has the wrong type: {kind}"))
                .with_hint("see pm2go.AppConfig for what it takes")
                .into()
        };
        match key.as_str() {
            "name" => settings.name = value.extract().map_err(wrong)?,
            "script" => settings.script = value.extract().map_err(wrong)?,
            "command" => settings.command = value.extract().map_err(wrong)?,
            "interpreter" => settings.interpreter = value.extract().map_err(wrong)?,
            "interpreter_args" => settings.interpreter_args = value.extract().map_err(wrong)?,
            "args" => settings.args = value.extract().map_err(wrong)?,
            "cwd" => settings.cwd = value.extract().map_err(wrong)?,
            "env" => settings.env = value.extract().map_err(wrong)?,
            "environment_file" => settings.environment_file = value.extract().map_err(wrong)?,
            "user" => settings.user = value.extract().map_err(wrong)?,
            "group" => settings.group = value.extract().map_err(wrong)?,
            "restart" => settings.restart = value.extract().map_err(wrong)?,
            "restart_delay" => settings.restart_delay = value.extract().map_err(wrong)?,
            "max_restarts" => settings.max_restarts = value.extract().map_err(wrong)?,
            "min_uptime" => settings.min_uptime = value.extract().map_err(wrong)?,
            "kill_signal" => settings.kill_signal = value.extract().map_err(wrong)?,
            "kill_timeout" => settings.kill_timeout = value.extract().map_err(wrong)?,
            "description" => settings.description = value.extract().map_err(wrong)?,
            "autostart" => settings.autostart = value.extract().map_err(wrong)?,
            "extra" => settings.extra = Some(extra(&value).map_err(wrong)?),
            _ => {
                let hint = format!("the settings of an app are {}", KEYS.join(", "));
                return Err(Error::config(format!("an app has no setting {key:?}")).with_hint(hint).into());
            }
        }
    }
    Ok(settings)
}

/// Sections of settings that are passed through; a value is one text or a list of them.
fn extra(value: &Bound<'_, PyAny>) -> PyResult<Extra> {
    #[derive(FromPyObject)]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    let sections: BTreeMap<String, BTreeMap<String, Texts>> = value.extract()?;
    let texts = |texts| match texts {
        Texts::One(text) => vec![text],
        Texts::Many(texts) => texts,
    };
    let section = |settings: BTreeMap<String, Texts>| {
        settings.into_iter().map(|(key, value)| (key, texts(value))).collect()
    };
    Ok(sections.into_iter().map(|(name, settings)| (name, section(settings))).collect())
}

/// An app's settings as a dict of Python.
pub(super) fn app_dict<'py>(py: Python<'py>, app: &AppConfig) -> PyResult<Bound<'py, PyDict>> {
    let settings = app.settings();
    let dict = PyDict::new(py);
    dict.set_item("name", settings.name)?;
    dict.set_item("script", settings.script)?;
    dict.set_item("command", settings.command)?;
    dict.set_item("interpreter", settings.interpreter)?;
    dict.set_item("interpreter_args", settings.interpreter_args)?;
    dict.set_item("args", settings.args)?;
    dict.set_item("cwd", settings.cwd)?;
    dict.set_item("env", settings.env)?;
    dict.set_item("environment_file", settings.environment_file)?;
    dict.set_item("user", settings.user)?;
    dict.set_item("group", settings.group)?;
    dict.set_item("restart", settings.restart)?;
    dict.set_item("restart_delay", settings.restart_delay)?;
    dict.set_item("max_restarts", settings.max_restarts)?;
    dict.set_item("min_uptime", settings.min_uptime)?;
    dict.set_item("kill_signal", settings.kill_signal)?;
    dict.set_item("kill_timeout", settings.kill_timeout)?;
    dict.set_item("description", settings.description)?;
    dict.set_item("autostart", settings.autostart)?;
    dict.set_item("extra", settings.extra)?;
    Ok(dict)
}
