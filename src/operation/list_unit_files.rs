//! Lists unit files, with what the vendor wishes of each.

mod portions;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use self::portions::portions;
use crate::backend::{Backend, Command, Gave};
use crate::bus::answer::malformed;
use crate::client::{Asked, Step};
use crate::error::Result;
use crate::flow::own_thread::on_own_thread;
use crate::scope::Scope;
use crate::store::{Root, Search, UnitStore};
use crate::unit::{UnitName, UnitPattern, UnitType, check_file_state, check_types, is_of_types};
use crate::unit_file::Presets;
use crate::value::Value;
use crate::verb::{LIST_UNIT_FILES, Repeat};

/// Where presets are, the first of which counts of two files of the same name (systemd.preset(5)).
const FOLDERS: [&str; 4] = ["/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"];
/// The states in which a file cannot be enabled, so that nobody wishes anything of it.
const WITHOUT_PRESET: [&str; 4] = ["alias", "static", "generated", "transient"];

/// Which unit files are listed: all, where nothing is said.
#[derive(Clone, Debug, Default)]
pub struct ListUnitFiles {
    patterns: Vec<String>,
    states: Vec<String>,
    types: Vec<String>,
}

/// A unit file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitFileInfo {
    /// The unit's or the template's name.
    pub name: String,
    /// Where it is.
    pub path: String,
    /// `enabled`, `static`, ...
    pub state: String,
    /// `enabled`, `disabled` or `ignored`; none of a file that cannot be enabled.
    pub preset: Option<&'static str>,
}

impl ListUnitFiles {
    /// Those that match one of the patterns, are in one of the states and of one of the types.
    pub fn new(patterns: &[String], states: Vec<String>, types: Vec<String>) -> Result<Self> {
        let patterns = UnitPattern::parse_all(patterns)?;
        states.iter().try_for_each(|state| check_file_state(state))?;
        check_types(&types)?;
        let patterns = patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect();
        Ok(Self { patterns, states, types })
    }
}

impl Asked for ListUnitFiles {
    fn what(&self) -> String {
        LIST_UNIT_FILES.noun.to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        None
    }

    fn repeat(&self) -> Repeat {
        LIST_UNIT_FILES.repeat
    }
}

impl Step for ListUnitFiles {
    type Answer = Vec<UnitFileInfo>;

    async fn over(&self, backend: &Backend) -> Result<Vec<UnitFileInfo>> {
        if let Backend::Command(command) = backend
            && !command.whose().has_manager()
        {
            let found = without_manager(command, &self.states, &self.patterns).await?;
            return Ok(found.into_iter().filter(|file| is_of_types(&file.name, &self.types)).collect());
        }
        let mut found = files(backend, &self.states, &self.types, &self.patterns).await?;
        found.sort_by(|one, other| one.name.cmp(&other.name));
        // The files that tell are on the manager's machine.
        if !backend.whose().location.is_here() {
            return Ok(found);
        }
        let folders = folders(backend.scope());
        let presets = on_own_thread("pm2go-presets", move || read_presets(&folders)).await?;
        for file in &mut found {
            file.preset = (!WITHOUT_PRESET.contains(&file.state.as_str())).then(|| presets.of(&file.name));
        }
        Ok(found)
    }
}

/// The same where no manager is, by name. systemctl does not tell where they are: they are looked for.
async fn without_manager(
    command: &Command,
    states: &[String],
    patterns: &[String],
) -> Result<Vec<UnitFileInfo>> {
    let listed = command.list_files(states, patterns).await?;
    let whose = command.whose();
    let (scope, root) = (whose.scope, Root::new(whose.location.root().unwrap_or(Path::new("/"))));
    let mut found = on_own_thread("pm2go-files", move || {
        let store = UnitStore::for_scope(scope, |name| std::env::var_os(name))?;
        let search = Search::of(&root, &store.all_folders())?;
        let file = |(name, state, preset): (String, String, Option<&'static str>)| {
            let path = search
                .path_of(&name)
                .map_or_else(String::new, |path| root.outside(&path).display().to_string());
            UnitFileInfo { name, path, state, preset }
        };
        Ok(listed.into_iter().map(file).collect::<Vec<_>>())
    })
    .await??;
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// The files in some states, of some types and of some patterns (all, without), and without what the vendor wishes.
pub(super) async fn files(
    backend: &Backend,
    states: &[String],
    types: &[String],
    patterns: &[String],
) -> Result<Vec<UnitFileInfo>> {
    let mut patterns: Vec<_> =
        UnitPattern::parse_all(patterns)?.iter().map(|pattern| pattern.as_str().to_owned()).collect();
    if patterns.is_empty() {
        patterns.extend(types.iter().map(|kind| format!("*.{kind}")));
    }
    let names = known_names(backend).await?;
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    // One after the other: on a message bus all clients' questions come to systemd in one queue.
    for portion in portions(&patterns, &names) {
        let portion = if portion == ["*"] { Vec::new() } else { portion };
        let files = files_at_once(backend, states, &portion).await?;
        found.extend(files.into_iter().filter(|file| seen.insert(file.path.clone())));
    }
    found.retain(|file| is_of_types(&file.name, types));
    Ok(found)
}

async fn files_at_once(
    backend: &Backend,
    states: &[String],
    patterns: &[String],
) -> Result<Vec<UnitFileInfo>> {
    let texts = |texts: &[String]| Value::List(texts.iter().map(|text| Value::Text(text.clone())).collect());
    let gave = backend.call(&LIST_UNIT_FILES, &[texts(states), texts(patterns)]).await?;
    let Gave::Value(Value::List(rows)) = gave else { return Err(malformed(&"no unit files")) };
    rows.iter().map(|row| file(row).ok_or_else(|| malformed(&"what is no unit file"))).collect()
}

/// The names of the unit files that can be seen from here. There may be others; none are known where a question costs more
/// than systemd's time: those of a program, or of another machine.
async fn known_names(backend: &Backend) -> Result<Vec<String>> {
    if !matches!(backend, Backend::Dbus(_)) || !backend.whose().location.is_here() {
        return Ok(Vec::new());
    }
    let folders = backend.get_manager_property("UnitPath").await?.decode("UnitPath")?;
    let folders = folders.as_texts().unwrap_or_default();
    on_own_thread("pm2go-unit-files", move || names_in(&folders)).await
}

fn names_in(folders: &[String]) -> Vec<String> {
    let entries = folders.iter().flat_map(fs::read_dir).flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let names: BTreeSet<String> = names.filter(|name| may_be_of_unit(name)).collect();
    names.into_iter().collect()
}

/// Whether systemd lists a file of this name, as far as its characters tell.
fn may_be_of_unit(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, suffix)| UnitType::from_suffix(suffix).is_some())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || ":-_.\\@".contains(character))
}

fn file(row: &Value) -> Option<UnitFileInfo> {
    let Value::Tuple(fields) = row else { return None };
    let [path, state] = &fields[..] else { return None };
    let (path, state) = (path.as_text()?.to_owned(), state.as_text()?.to_owned());
    let name = path.rsplit('/').next()?.to_owned();
    Some(UnitFileInfo { name, path, state, preset: None })
}

fn folders(scope: Scope) -> Vec<PathBuf> {
    let folder = match scope {
        Scope::System => "system-preset",
        Scope::User | Scope::Global => "user-preset",
    };
    FOLDERS.iter().map(|above| Path::new(above).join(folder)).collect()
}

/// What cannot be read is not there for systemctl either.
fn read_presets(folders: &[PathBuf]) -> Presets {
    let mut files = BTreeMap::new();
    for folder in folders {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if Path::new(&name).extension().is_some_and(|suffix| suffix == "preset") {
                files.entry(name).or_insert_with(|| entry.path());
            }
        }
    }
    let texts: Vec<String> = files.values().filter_map(|path| fs::read_to_string(path).ok()).collect();
    Presets::parse(texts.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_files_of_a_name_the_first_folder_has_the_one_that_counts() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(second.path().join("50-a.preset"), "disable a.service\n").unwrap();
        fs::write(second.path().join("90-b.preset"), "disable *\n").unwrap();
        fs::write(second.path().join("10-c.conf"), "disable a.service\n").unwrap();
        fs::write(first.path().join("50-a.preset"), "enable a.service\n").unwrap();
        let read = |folders: &[&Path]| {
            read_presets(&folders.iter().map(|folder| folder.to_path_buf()).collect::<Vec<_>>())
        };
        assert_eq!(read(&[first.path(), second.path()]).of("a.service"), "enabled");
        assert_eq!(read(&[second.path()]).of("a.service"), "disabled");
        assert_eq!(read(&[first.path(), second.path()]).of("b.service"), "disabled");
    }

    #[test]
    fn what_is_listed_is_checked_before() {
        let texts = |text: &str| vec![text.to_owned()];
        assert!(ListUnitFiles::new(&texts("a"), texts("enabled"), texts("service")).is_ok());
        assert!(ListUnitFiles::new(&texts("a b"), Vec::new(), Vec::new()).is_err());
        assert!(ListUnitFiles::new(&[], texts("active"), Vec::new()).is_err());
        assert!(ListUnitFiles::new(&[], Vec::new(), texts("servce")).is_err());
    }
}
