//! The environment of a service that stays: a file that only its owner and systemd can read. systemd reads it at each start of
//! the service, so it is kept until systemd has forgotten the unit.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::client::Client;
use crate::error::Result;
use crate::operation::program::{Variables, folder};
use crate::scope::Scope;

/// How the names of such files begin.
pub(super) const STEM: &str = "pm2go-environment-";
/// A younger file may be that of a unit which is about to be made.
const YOUNG: Duration = Duration::from_secs(60);

/// Writes the file, and removes those of units that are gone.
pub(super) fn write(client: &Client, variables: &[(String, String)]) -> Result<PathBuf> {
    remove_unused(client);
    Ok(Variables::write(client, STEM, variables)?.keep())
}

/// Removes a file, if no unit has come to use it.
pub(super) fn remove_if_unused(client: &Client, path: &Path) {
    if !is_used(client, path) {
        // It is in nobody's way.
        let _ = fs::remove_file(path);
    }
}

fn remove_unused(client: &Client) {
    let Ok(entries) = fs::read_dir(folder(client)) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(STEM);
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if is_ours && age().is_some_and(|age| age > YOUNG) {
            remove_if_unused(client, &entry.path());
        }
    }
}

/// Whether the file of a unit names it that systemd has made for it, and removes with it.
fn is_used(client: &Client, path: &Path) -> bool {
    let of_scope = match client.scope() {
        Scope::System | Scope::Global => PathBuf::from("/run"),
        Scope::User => folder(client),
    };
    let Ok(units) = fs::read_dir(of_scope.join("systemd/transient")) else { return false };
    let name = path.to_string_lossy();
    units.flatten().any(|unit| fs::read_to_string(unit.path()).is_ok_and(|text| text.contains(&*name)))
}
