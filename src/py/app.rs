//! An app's configuration between Python and the core.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::convert::{Count, Seconds, Text};
use super::hint::in_python;
use crate::app::{self, AppConfig, AppSettings, Extra, Machine, WarningKind};
use crate::error::Error;

/// A warning's text, and whether it is about a secret.
type Told = (String, bool);

/// Checks an app's configuration and gives it with all defaults and absolute paths, and what to warn of: each text
/// with whether it is about a secret.
#[pyfunction]
pub(super) fn check_app<'py>(
    py: Python<'py>,
    app: &Bound<'py, PyDict>,
) -> PyResult<(Bound<'py, PyDict>, Vec<Told>)> {
    let app = AppConfig::check(app_settings(app)?, &Machine)?;
    let warnings = app.warnings(&Machine).into_iter();
    let warnings = warnings.map(|warning| (warning.text, warning.kind == WarningKind::Secret));
    Ok((app_dict(py, &app)?, warnings.collect()))
}

/// The exception that says that an app has no such key, and what to use instead.
#[pyfunction]
pub(super) fn unknown_key(py: Python<'_>, key: Text) -> Py<PyAny> {
    PyErr::from(app::unknown_key(&key.into_text())).into_value(py).into_any()
}

/// What to use instead of a key of PM2's files; `None` if it is no such key.
#[pyfunction]
pub(super) fn pm2_advice(key: Text) -> Option<String> {
    app::pm2_advice(&key.into_text()).as_ref().map(in_python)
}

/// Refuses a bare number in a file that may be PM2's milliseconds; `beside` is a key of PM2 in the same app.
#[pyfunction]
#[pyo3(signature = (key, value, beside=None))]
pub(super) fn check_bare_time(key: &str, value: Seconds<'_>, beside: Option<Text>) -> PyResult<()> {
    let beside = beside.map(Text::into_text);
    value.read(key, |given| app::check_bare_time(key, given, beside.as_deref()))
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
            "restart_delay" => settings.restart_delay = Some(seconds(&key, &value)?),
            "max_restarts" => settings.max_restarts = Some(count(&key, &value)?),
            "min_uptime" => settings.min_uptime = Some(seconds(&key, &value)?),
            "kill_signal" => settings.kill_signal = value.extract().map_err(wrong)?,
            "kill_timeout" => settings.kill_timeout = Some(seconds(&key, &value)?),
            "description" => settings.description = value.extract().map_err(wrong)?,
            "autostart" => settings.autostart = value.extract().map_err(wrong)?,
            "extra" => settings.extra = Some(extra(&value).map_err(wrong)?),
            _ => return Err(app::unknown_key(&key).into()),
        }
    }
    Ok(settings)
}

fn seconds(key: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    Ok(Seconds::of(value).span(key)?.as_secs_f64())
}

fn count(key: &str, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    let count = Count::of(value).named(key)?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
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
