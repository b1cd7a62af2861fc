//! What the caller should know of an app that can be deployed all the same.

use super::config::AppConfig;
use super::extra;
use super::lookup::{FileAccess, Lookup};
use super::secrets::{looks_secret, secret_arguments};
use crate::unit_file::parse_environment;

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// Every local user can read something that looks secret.
    Secret,
    /// systemd may ignore a part of the configuration, or not find what it names.
    Config,
}

/// Something that the caller should know. It names secrets and never shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// What is so, and what to do.
    pub text: String,
}

const EXPOSED: &str =
    "every local user can read it over D-Bus; put it into environment_file (mode 0600) or a credential";

impl AppConfig {
    /// What the caller should know: what looks secret and is not kept so, and what systemd may ignore.
    #[must_use]
    pub fn warnings(&self, lookup: &impl Lookup) -> Vec<Warning> {
        let secret = secrets(self).into_iter().map(|text| Warning { kind: WarningKind::Secret, text });
        let unknown =
            extra::unknown(&self.extra).into_iter().map(|text| Warning { kind: WarningKind::Config, text });
        secret.chain(environment_files(self, lookup)).chain(unknown).collect()
    }
}

fn secrets(app: &AppConfig) -> Vec<String> {
    let mut found = Vec::new();
    for (name, _) in app.env.iter().filter(|(name, value)| looks_secret(name, value)) {
        found.push(format!("environment variable {name} looks secret: {EXPOSED}"));
    }
    for values in extra::in_force(&app.extra, "Service", "Environment") {
        let pairs = parse_environment(values).unwrap_or_default();
        for (name, _) in pairs.iter().filter(|(name, value)| looks_secret(name, value)) {
            found.push(format!("environment variable {name} (in extra) looks secret: {EXPOSED}"));
        }
    }
    let argv = app.argv();
    for (index, _) in secret_arguments(&argv).into_iter().enumerate().filter(|&(_, secret)| secret) {
        found.push(format!("argument {index} of the command looks secret: {EXPOSED}"));
    }
    found
}

/// Looks at the files that systemd will read variables from.
fn environment_files(app: &AppConfig, lookup: &impl Lookup) -> Vec<Warning> {
    let ours = app.environment_file.iter().map(|path| ("environment_file", &**path));
    // A pattern or a specifier stands for files that only systemd knows, and "-" for one that may be missing.
    let passed = extra::in_force(&app.extra, "Service", "EnvironmentFile").iter().map(String::as_str);
    let passed = passed.filter(|path| path.starts_with('/') && !path.contains(['*', '?', '[', '%', '\\']));
    let all = ours.chain(passed.map(|path| ("EnvironmentFile in extra", path)));
    all.filter_map(|(field, path)| match lookup.file_access(path) {
        FileAccess::Missing => Some(Warning {
            kind: WarningKind::Config,
            text: format!("{field} {path:?} is no file, and the app cannot start without it: write it first"),
        }),
        FileAccess::Everybody => Some(Warning {
            kind: WarningKind::Secret,
            text: format!(
                "{field} {path:?} can be read by every local user: `chmod 600` it if there are secrets in it"
            ),
        }),
        FileAccess::Restricted | FileAccess::Unknown => None,
    })
    .collect()
}
