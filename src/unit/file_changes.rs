//! What enabling and disabling do on disk, and what systemd has to say beside that.

/// One change on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitFileChange {
    /// `symlink` or `unlink`.
    pub kind: String,
    /// The symlink that was made or removed.
    pub path: String,
    /// What a new symlink points to.
    pub destination: Option<String>,
}

/// What enabling or disabling did (`EnableUnitFiles`, `DisableUnitFiles`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitFileChanges {
    /// The unit files have an `[Install]` section; unknown when disabling.
    pub carries_install_info: Option<bool>,
    /// The changes, in the order in which they were made; empty when all was so already.
    pub changes: Vec<UnitFileChange>,
    /// What systemd remarked, in words: it changed nothing by that.
    pub notes: Vec<String>,
}

impl UnitFileChanges {
    /// Tells changes from remarks: systemd lists them as one (`install_changes_to_bus` in its dbus-manager.c).
    #[must_use]
    pub fn new(unit: &str, carries_install_info: Option<bool>, told: Vec<UnitFileChange>) -> Self {
        let mut changes = Self { carries_install_info, ..Self::default() };
        for change in told {
            match remark(&change) {
                Some(note) => changes.notes.push(note),
                None => changes.changes.push(change),
            }
        }
        if carries_install_info == Some(false) {
            changes.notes.push(format!(
                "{unit} has nothing in an [Install] section that says when it starts: it cannot be enabled"
            ));
        }
        changes
    }

    /// Whether anything on disk is another than before.
    #[must_use]
    pub fn changed(&self) -> bool {
        !self.changes.is_empty()
    }
}

/// What a change says that is none (`InstallChangeType` in systemd's src/shared/install.h); a type that nobody
/// knows may be one.
fn remark(told: &UnitFileChange) -> Option<String> {
    let UnitFileChange { kind, path, destination } = told;
    match kind.as_str() {
        "masked" => Some(format!("{path} is masked, so it was passed over")),
        "masked by generator" => Some(format!("{path} is masked by a generator, so it was passed over")),
        "dangling" => Some(format!("{path} is an alias of a unit that is not there, so it was passed over")),
        "destination not present" => Some(format!(
            "{} waits for {path} to start it, and there is no such unit",
            destination.as_deref().unwrap_or("it")
        )),
        "auxiliary unit failed" => Some(format!("{path}, which Also= names, could not be enabled with it")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_another_on_disk_is_a_change() {
        for (kind, is_change) in [
            ("symlink", true),
            ("unlink", true),
            ("masked", false),
            ("masked by generator", false),
            ("dangling", false),
            ("destination not present", false),
            ("auxiliary unit failed", false),
            ("something of a later systemd", true),
        ] {
            let told = UnitFileChange {
                kind: kind.to_owned(),
                path: "p.service".to_owned(),
                destination: Some("d.service".to_owned()),
            };
            let changes = UnitFileChanges::new("a.service", Some(true), vec![told]);
            assert_eq!((changes.changed(), changes.notes.is_empty()), (is_change, is_change), "{kind}");
            assert!(changes.notes.iter().all(|note| note.contains("p.service")), "{kind}");
        }
        let without = UnitFileChanges::new("a.service", Some(false), Vec::new());
        assert!(!without.changed() && without.notes[0].starts_with("a.service has nothing in an [Install]"));
        assert_eq!(UnitFileChanges::new("a.service", None, Vec::new()), UnitFileChanges::default());
    }
}
