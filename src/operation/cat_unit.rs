//! What a unit's files say: their text, and which settings are in force.

use std::path::{Path, PathBuf};

use super::unit_text::place::find_within;
use super::unit_text::reader::Reader;
use crate::backend::Backend;
use crate::client::{Asked, Step};
use crate::error::hint::{call, text};
use crate::error::{Error, Kind, Result};
use crate::flow::own_thread::on_own_thread;
use crate::location::Whose;
use crate::store::{Root, UnitStore};
use crate::unit::UnitName;
use crate::unit_file::{Setting, UnitFile, settings};
use crate::value::Value;
use crate::verb::Repeat;

/// The text of a unit's files.
#[derive(Clone, Debug)]
pub struct CatUnit {
    /// The unit.
    pub unit: UnitName,
}

/// The settings of a unit that are in force.
#[derive(Clone, Debug)]
pub struct GetUnitConfiguration {
    /// The unit.
    pub unit: UnitName,
}

/// A unit's files, as systemd names them and as they are now.
struct Files {
    id: Value,
    need_daemon_reload: Value,
    texts: Vec<(String, String)>,
}

impl Asked for CatUnit {
    fn what(&self) -> String {
        format!("text of {}", self.unit)
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.unit.clone())
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for CatUnit {
    /// The unit's name, whether its files changed since they were read, and each file's path and text.
    type Answer = Value;

    async fn over(&self, backend: &Backend) -> Result<Value> {
        let Files { id, need_daemon_reload, texts } = read(backend, &self.unit).await?;
        let row = |(path, text)| Value::Tuple(vec![Value::Text(path), Value::Text(text)]);
        let rows = Value::List(texts.into_iter().map(row).collect());
        Ok(Value::Tuple(vec![id, need_daemon_reload, rows]))
    }
}

impl Asked for GetUnitConfiguration {
    fn what(&self) -> String {
        format!("configuration of {}", self.unit)
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.unit.clone())
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for GetUnitConfiguration {
    /// Each setting's section, name, value, file and line.
    type Answer = Vec<Value>;

    async fn over(&self, backend: &Backend) -> Result<Vec<Value>> {
        let Files { texts, .. } = read(backend, &self.unit).await?;
        let parse = |(path, text): (String, String)| match UnitFile::parse(&text) {
            Ok(file) => Ok((path, file)),
            Err(error) => {
                let message = format!("{path}: {}", error.facts().message);
                Err(error.with_message(message).with_unit(self.unit.as_str()).with_path(path))
            }
        };
        let files = texts.into_iter().map(parse).collect::<Result<Vec<_>>>()?;
        let word = |word: &str| Value::Text(word.to_owned());
        let row = |setting: &Setting<'_>| {
            let made = setting.assignment;
            let line = Value::Unsigned(made.line.try_into().unwrap_or(u64::MAX));
            Value::Tuple(vec![word(made.section), word(made.key), word(made.value), word(setting.path), line])
        };
        Ok(settings(&files).iter().map(row).collect())
    }
}

/// The unit's own file and its drop-ins, in the order in which systemd reads them.
async fn read(backend: &Backend, unit: &UnitName) -> Result<Files> {
    let whose = backend.whose();
    let (id, need_daemon_reload, paths) =
        if whose.has_manager() { told(backend, unit).await? } else { found(whose, unit).await? };
    let reader = Reader::of(whose);
    let mut texts = Vec::with_capacity(paths.len());
    for path in paths {
        let text = reader.read(&path, unit).await.map_err(with_next_step)?;
        // What is no UTF-8 is nothing that systemd reads.
        texts.push((path.display().to_string(), String::from_utf8_lossy(&text).into_owned()));
    }
    Ok(Files { id, need_daemon_reload, texts })
}

/// The unit's name, whether its files changed since they were read, and their paths, as systemd tells them.
async fn told(backend: &Backend, unit: &UnitName) -> Result<(Value, Value, Vec<PathBuf>)> {
    let names = ["Id", "FragmentPath", "DropInPaths", "NeedDaemonReload"];
    let [id, fragment, drop_ins, need_daemon_reload] = backend.read_unit_properties(unit, names).await?;
    let fragment = fragment.as_text().filter(|path| !path.is_empty()).map(str::to_owned);
    let paths = fragment.into_iter().chain(drop_ins.as_texts().unwrap_or_default());
    Ok((id, need_daemon_reload, paths.map(PathBuf::from).collect()))
}

/// The same where no manager is.
async fn found(whose: &Whose, unit: &UnitName) -> Result<(Value, Value, Vec<PathBuf>)> {
    let root = Root::new(whose.location.root().unwrap_or(Path::new("/")));
    let (scope, unit) = (whose.scope, unit.clone());
    let found = on_own_thread("pm2go-files", move || {
        let store = UnitStore::for_scope(scope, |name| std::env::var_os(name))?;
        find_within(&root, &store, &unit)
    })
    .await??;
    let paths = std::iter::once(found.fragment).chain(found.drop_ins).collect();
    Ok((Value::Text(found.id), Value::Boolean(false), paths))
}

fn with_next_step(error: Error) -> Error {
    match error.kind() {
        Kind::PermissionDenied => error.with_hint("run it as root"),
        _ if error.facts().errno == Some(libc::ENOENT) => {
            error.with_hint([text("it was removed after systemd had read it: use "), call("daemon_reload")])
        }
        _ => error,
    }
}
