//! An app in detail: its configuration, its state, and what systemd really runs.

use super::Manager;
use crate::app::{self, AppConfig, Environment};
use crate::backend::{Backend, Properties, status_of};
use crate::error::{Error, Kind, Result};
use crate::unit::UnitStatus;
use crate::unit_file::UnitFile;
use crate::value::Value;

/// An app in detail.
#[derive(Clone, Debug)]
pub struct Description {
    /// Its configuration, as its unit file holds it.
    pub app: AppConfig,
    /// What it is doing.
    pub status: UnitStatus,
    /// The program and its arguments, as systemd has them (drop-ins included), redacted.
    pub exec_start: Vec<String>,
    /// Its environment, as systemd has it, redacted.
    pub environment: Environment,
    /// Its working directory.
    pub working_directory: Option<String>,
    /// Its unit file.
    pub unit_path: String,
}

impl Manager {
    /// Tells all about an app.
    pub async fn describe(&self, backend: &Backend, name: &str) -> Result<Description> {
        let unit = self.unit(name)?;
        let text = self.store.read(unit.as_str())?.ok_or_else(|| self.no_such_app(name, &unit))?;
        let unreadable = |reason: String| {
            Error::new(Kind::UnitLoad, format!("{} cannot be read: {reason}", self.shown_path(&unit)))
                .with_unit(unit.as_str())
                .with_hint("start the app again with its configuration")
        };
        let file = UnitFile::parse(&text).map_err(|error| unreadable(error.to_string()))?;
        let app = app::read_app(&file)
            .map_err(|error| unreadable(error.to_string()))?
            .ok_or_else(|| unreadable("it holds no app".to_owned()))?;
        let properties = backend.get_unit_properties(&unit).await?;
        let status = status_of(&unit, &properties)?;
        let exec_start = exec_start(&properties).unwrap_or_else(|| app.argv());
        let environment = environment(&properties).unwrap_or_else(|| app.env.clone());
        let working_directory = text_of(&properties, "WorkingDirectory").or_else(|| Some(app.cwd.clone()));
        Ok(Description {
            exec_start: app::redact_arguments(&exec_start),
            environment: app::redact(&environment),
            working_directory,
            unit_path: self.shown_path(&unit),
            app,
            status,
        })
    }
}

fn find<'a>(properties: &'a Properties, wanted: &str) -> Option<&'a Value> {
    properties.iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
}

fn text_of(properties: &Properties, name: &str) -> Option<String> {
    find(properties, name).and_then(Value::as_text).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The argument vector in `ExecStart`, `a(sasbttttuii)`.
fn exec_start(properties: &Properties) -> Option<Vec<String>> {
    match find(properties, "ExecStart")? {
        Value::List(commands) => match commands.first()? {
            // Environment variables are put in when the program is executed; until then $$ stands for $.
            Value::Tuple(fields) => {
                Some(fields.get(1)?.as_texts()?.iter().map(|word| word.replace("$$", "$")).collect())
            }
            _ => None,
        },
        _ => None,
    }
}

/// The assignments in `Environment`.
fn environment(properties: &Properties) -> Option<Environment> {
    let assignments = find(properties, "Environment")?.as_texts()?;
    let pairs = assignments.iter().filter_map(|assignment| assignment.split_once('='));
    Some(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
