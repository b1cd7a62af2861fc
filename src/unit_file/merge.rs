//! What is in force: a unit file and its drop-ins taken together.

use super::model::{Assignment, UnitFile};

/// Assignments in the order in which systemd applies them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective<'a> {
    assignments: Vec<Assignment<'a>>,
}

impl<'a> Effective<'a> {
    pub(super) fn new(assignments: impl Iterator<Item = Assignment<'a>>) -> Self {
        Self { assignments: assignments.collect() }
    }

    /// All assignments in order, empty ones included; `line` counts within the file each came from.
    #[must_use]
    pub fn assignments(&self) -> &[Assignment<'a>] {
        &self.assignments
    }

    /// The value in force: the last assignment; none if that is empty, because an empty assignment resets.
    #[must_use]
    pub fn get(&self, section: &str, key: &str) -> Option<&'a str> {
        self.get_all(section, key).pop()
    }

    /// The values in force of a setting that is a list: those after the last empty assignment.
    #[must_use]
    pub fn get_all(&self, section: &str, key: &str) -> Vec<&'a str> {
        let mut values = Vec::new();
        for assignment in self.assignments.iter().filter(|a| a.section == section && a.key == key) {
            if assignment.value.is_empty() {
                values.clear();
            } else {
                values.push(assignment.value);
            }
        }
        values
    }
}

/// What is in force in a file alone.
impl UnitFile {
    /// The assignments as systemd applies them (see [`Effective`]).
    #[must_use]
    pub fn effective(&self) -> Effective<'_> {
        Effective::new(self.assignments())
    }

    /// The value in force: the last assignment; none if that is empty, because an empty assignment resets.
    #[must_use]
    pub fn get(&self, section: &str, key: &str) -> Option<&str> {
        self.get_all(section, key).pop()
    }

    /// The values in force of a setting that is a list: those after the last empty assignment.
    #[must_use]
    pub fn get_all(&self, section: &str, key: &str) -> Vec<&str> {
        self.effective().get_all(section, key)
    }
}

/// A unit file with its drop-ins over it, in systemd's order (systemd.unit(5)).
///
/// Each drop-in comes with its path or file name. They apply in the order of their file names, wherever they lie; of
/// two with the same file name only the first one given counts, so give those of higher priority first.
#[must_use]
pub fn merge<'a>(base: &'a UnitFile, drop_ins: &[(&str, &'a UnitFile)]) -> Effective<'a> {
    let mut ordered: Vec<(&str, &UnitFile)> = Vec::new();
    for &(path, file) in drop_ins {
        let name = path.rsplit('/').next().unwrap_or(path);
        if !ordered.iter().any(|&(other, _)| other == name) {
            ordered.push((name, file));
        }
    }
    ordered.sort_by(|(a, _), (b, _)| a.as_bytes().cmp(b.as_bytes()));
    let over = ordered.into_iter().flat_map(|(_, file)| file.assignments());
    Effective::new(base.assignments().chain(over))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drop_ins_apply_by_file_name() {
        let parse = |text: &str| UnitFile::parse(text).unwrap();
        let base = parse("[Service]\nExecStart=/a\nEnvironment=A=1\nUser=x\n");
        let late = parse("[Service]\nExecStart=\nExecStart=/late\n");
        let early = parse("[Service]\nExecStart=/early\nEnvironment=B=2\nUser=\n");
        let masked = parse("[Service]\nEnvironment=C=3\n");
        let all = merge(
            &base,
            &[
                ("/etc/x.d/90-late.conf", &late),
                ("/run/x.d/10-a.conf", &early),
                ("/usr/x.d/10-a.conf", &masked),
            ],
        );
        assert_eq!(all.get_all("Service", "ExecStart"), ["/late"]);
        assert_eq!(all.get_all("Service", "Environment"), ["A=1", "B=2"]);
        assert_eq!(all.get("Service", "User"), None);
        assert_eq!(all.assignments().len(), 8);
        assert_eq!(base.get("Service", "User"), Some("x"));
        assert_eq!(base.get("Unit", "User"), None);
    }
}
