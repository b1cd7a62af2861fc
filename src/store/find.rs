//! Where the files of a unit are, by the rules of systemd.unit(5): for where no manager tells it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, readlinkat};

use super::folder::Folder;
use super::root::Root;
use crate::error::{Error, Kind, Result};
use crate::unit::UnitName;

/// How many aliases lead from one to the next at most.
const MOST_ALIASES: usize = 10;

/// The files of a unit, by their paths in the root folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundUnit {
    /// The unit's own name.
    pub id: String,
    /// Its file; a mask's link.
    pub fragment: PathBuf,
    /// Its drop-ins, in the order in which systemd reads them.
    pub drop_ins: Vec<PathBuf>,
}

/// The folders of unit files in a root folder, in systemd's order.
#[derive(Debug)]
pub struct Search {
    root: Root,
    folders: Vec<(PathBuf, Folder)>,
}

impl Search {
    /// Opens those that are there.
    pub fn of(root: &Root, folders: &[PathBuf]) -> Result<Self> {
        let mut opened = Vec::new();
        for path in folders {
            if let Some(folder) = Folder::open_within(root, path)? {
                opened.push((path.clone(), folder));
            }
        }
        Ok(Self { root: root.clone(), folders: opened })
    }

    /// A folder in one of them with links to units, or with drop-ins, that a link leads out of the root folder.
    #[must_use]
    pub fn leading_out(&self) -> Option<PathBuf> {
        self.folders.iter().find_map(|(path, folder)| {
            let names = folder.names().unwrap_or_default();
            let inner = names.iter().filter(|name| is_folder_of_unit(name)).map(|name| path.join(name));
            inner.into_iter().find(|inner| self.root.leads_out(inner))
        })
    }

    /// The path of the file of this name, or of a link, in the first folder that has it.
    #[must_use]
    pub fn path_of(&self, name: &str) -> Option<PathBuf> {
        self.entry(name).map(|(path, _)| path)
    }

    /// The files of a unit.
    pub fn find(&self, unit: &UnitName) -> Result<FoundUnit> {
        let mut names = vec![unit.as_str().to_owned()];
        let Some(fragment) = self.fragment(&mut names) else {
            let message = format!("there is no unit file {unit}");
            return Err(Error::new(Kind::UnitNotFound, message)
                .with_hint("check the name, or write its unit file")
                .with_unit(unit.as_str()));
        };
        let drop_ins = self.drop_ins(&names, unit.unit_type().as_str());
        Ok(FoundUnit { id: names.pop().unwrap_or_default(), fragment, drop_ins })
    }

    /// The file that the last of these names stands for; the names that it leads to are added.
    fn fragment(&self, names: &mut Vec<String>) -> Option<PathBuf> {
        for _ in 0..MOST_ALIASES {
            let name = names.last()?.clone();
            let template = template_of(&name);
            let found = self.entry(&name).or_else(|| self.entry(template.as_deref()?));
            let (path, link) = found?;
            let target = link.as_deref().and_then(Path::file_name).and_then(|target| target.to_str());
            let is_itself = |target: &str| target == name || Some(target) == template.as_deref();
            match target {
                Some(target) if link.as_deref() != Some(Path::new("/dev/null")) && !is_itself(target) => {
                    // Of an alias of a template the instance is that of the other template.
                    let other = target.parse::<UnitName>().ok()?;
                    let instance = name.parse::<UnitName>().ok()?.instance().map(str::to_owned);
                    names.push(match instance {
                        Some(instance) if other.is_template() => {
                            other.with_instance(&instance).ok()?.to_string()
                        }
                        _ => other.to_string(),
                    });
                }
                _ => return Some(path),
            }
        }
        None
    }

    /// What the first folder with this name has there: its path, and where it leads, if it is a link.
    fn entry(&self, name: &str) -> Option<(PathBuf, Option<PathBuf>)> {
        self.folders.iter().find_map(|(path, folder)| {
            let found = folder.stat(Path::new(name)).ok()?;
            let path = path.join(name);
            match FileType::from_raw_mode(found.st_mode) {
                FileType::RegularFile => Some((path, None)),
                FileType::Symlink => {
                    let target = readlinkat(folder, name, Vec::new()).ok()?;
                    Some((path, Some(PathBuf::from(target.to_str().ok()?))))
                }
                _ => None,
            }
        })
    }

    /// Of drop-ins of the same name that of the most special folder counts.
    fn drop_ins(&self, names: &[String], unit_type: &str) -> Vec<PathBuf> {
        let mut found = BTreeMap::new();
        let mut take = |name: &str, (path, _): &(PathBuf, Folder)| {
            let path = path.join(format!("{name}.d"));
            let Ok(Some(inner)) = Folder::open_within(&self.root, &path) else { return };
            for file in inner.names().unwrap_or_default() {
                if file.extension().is_some_and(|suffix| suffix == "conf") {
                    let path = path.join(&file);
                    found.entry(file).or_insert(path);
                }
            }
        };
        for name in names.iter().rev() {
            let of_name = less_and_less_special(name);
            for (folder, name) in
                self.folders.iter().flat_map(|folder| of_name.iter().map(move |it| (folder, it)))
            {
                take(name, folder);
            }
        }
        for folder in &self.folders {
            take(unit_type, folder);
        }
        found.into_values().collect()
    }
}

/// Whether a folder of this name has links to units, or drop-ins, of a unit.
fn is_folder_of_unit(name: &Path) -> bool {
    let suffix = name.extension().and_then(|suffix| suffix.to_str());
    matches!(suffix, Some("wants" | "requires" | "upholds" | "d"))
}

/// The name of an instance's template.
fn template_of(name: &str) -> Option<String> {
    let unit: UnitName = name.parse().ok()?;
    unit.instance().map(|_| format!("{}@.{}", unit.prefix(), unit.unit_type()))
}

/// The name, its template, and what is left of it before each dash: `a-b-c.service`, `a-b-.service`, `a-.service`.
fn less_and_less_special(name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    names.extend(template_of(name));
    let Ok(unit) = name.parse::<UnitName>() else { return names };
    let mut rest = unit.prefix();
    while let Some((before, _)) = rest.trim_end_matches('-').rsplit_once('-') {
        names.push(format!("{before}-.{}", unit.unit_type()));
        rest = before;
    }
    names
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn names_of_drop_in_folders() {
        for (name, expected) in [
            ("a.service", &["a.service"][..]),
            ("a-b-c.service", &["a-b-c.service", "a-b-.service", "a-.service"]),
            ("a-b@i-j.service", &["a-b@i-j.service", "a-b@.service", "a-.service"]),
        ] {
            assert_eq!(less_and_less_special(name), expected);
        }
    }

    #[test]
    fn folders_of_links_lead_nowhere_else() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let etc = folder.path().join("etc");
        fs::create_dir_all(etc.join("a.target.wants")).unwrap();
        fs::create_dir_all(folder.path().join("srv")).unwrap();
        symlink("../srv", etc.join("b.target.wants")).unwrap();
        symlink(outside.path(), etc.join("c.service")).unwrap();
        let root = Root::new(folder.path().canonicalize().unwrap());
        let search = Search::of(&root, &["/etc".into()]).unwrap();
        assert_eq!(search.leading_out(), None);
        for name in ["a.target.requires", "a.service.d", "a.target.upholds", "z.target.wants"] {
            symlink(outside.path(), etc.join(name)).unwrap();
            assert_eq!(search.leading_out(), Some(Path::new("/etc").join(name)));
            fs::remove_file(etc.join(name)).unwrap();
            // It is there in the root folder, and not outside of it.
            symlink("/srv", etc.join(name)).unwrap();
            assert_eq!(search.leading_out(), Some(Path::new("/etc").join(name)));
            fs::remove_file(etc.join(name)).unwrap();
        }
    }

    #[test]
    fn files_are_found_as_systemd_finds_them() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in ["etc/a.service.d", "usr/a.service.d", "usr/service.d"] {
            fs::create_dir_all(at(path)).unwrap();
        }
        for path in [
            "usr/a.service",
            "usr/t@.service",
            "usr/over.service",
            "etc/over.service",
            "etc/a.service.d/20.conf",
            "usr/a.service.d/20.conf",
            "usr/a.service.d/10.conf",
            "usr/service.d/15.conf",
        ] {
            fs::write(at(path), "").unwrap();
        }
        symlink("/usr/a.service", at("etc/alias.service")).unwrap();
        symlink("t@.service", at("usr/u@.service")).unwrap();
        symlink("/dev/null", at("etc/masked.service")).unwrap();
        let root = Root::new(folder.path());
        let search = Search::of(&root, &["/etc".into(), "/run".into(), "/usr".into()]).unwrap();
        let of_all = "/usr/service.d/15.conf";
        let of_a = &["/usr/a.service.d/10.conf", of_all, "/etc/a.service.d/20.conf"][..];
        for (name, id, fragment, drop_ins) in [
            ("a.service", "a.service", "/usr/a.service", of_a),
            ("alias.service", "a.service", "/usr/a.service", of_a),
            ("t@i.service", "t@i.service", "/usr/t@.service", &[of_all]),
            ("u@i.service", "t@i.service", "/usr/t@.service", &[of_all]),
            ("over.service", "over.service", "/etc/over.service", &[of_all]),
            ("masked.service", "masked.service", "/etc/masked.service", &[of_all]),
        ] {
            let found = search.find(&name.parse().unwrap()).unwrap();
            assert_eq!((&*found.id, &*found.fragment), (id, Path::new(fragment)), "{name}");
            assert_eq!(found.drop_ins, drop_ins.iter().map(PathBuf::from).collect::<Vec<_>>(), "{name}");
        }
        assert_eq!(search.find(&"no.service".parse().unwrap()).unwrap_err().kind(), Kind::UnitNotFound);
        assert_eq!(search.path_of("alias.service").as_deref(), Some(Path::new("/etc/alias.service")));
    }
}
