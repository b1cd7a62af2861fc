//! The store against real folders; what a process has to die for is done in a child of this test binary.

mod contention;
mod files;
mod interrupted;
mod limits;
mod waiting;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::lock::Locked;
use super::*;
use crate::flow::block::block;

/// What waits for the lock, run to its end on this thread.
trait Now {
    fn write_now(&self, name: &str, text: &str) -> Result<Written>;
    fn remove_now(&self, name: &str) -> Result<Removed>;
}

impl Now for UnitStore {
    fn write_now(&self, name: &str, text: &str) -> Result<Written> {
        block(self.write(name, text, None), None)?
    }

    fn remove_now(&self, name: &str) -> Result<Removed> {
        block(self.remove(name, None), None)?
    }
}

fn lock_now(folder: Folder) -> Result<Locked> {
    block(Locked::take(folder, Instant::now() + LOCK_WAIT), None)?
}

const NAME: &str = "pm2-api.service";

/// The steps of a write to a folder that exists, when nothing goes wrong.
const WRITE: [&str; 10] = [
    "open the lock file",
    "lock",
    "create the temporary file",
    "set the mode",
    "write",
    "sync the file",
    "rename",
    "sync the folder",
    "record the unit",
    "remove the lock file",
];

fn unit(description: &str) -> String {
    format!("[Unit]\nDescription={description}\n\n[X-Pm2go]\nVersion=1\n")
}

fn new_store() -> (TempDir, UnitStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = UnitStore::at(folder.path());
    (folder, store)
}

/// The hidden files in the folder: what a writer must not leave behind.
fn litter(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|name| name.to_string_lossy().starts_with('.')).collect()
}

/// All but the records of what was written there.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<PathBuf> = entries.map(|entry| entry.unwrap().file_name().into()).collect();
    names.retain(|name| name != Path::new(".pm2go.units"));
    names.sort();
    names
}

/// A child that runs one `child_...` test of this binary, which does nothing in a usual run.
fn child(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let path = format!("store::tests::{test}");
    command.args([path.as_str(), "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env("PM2GO_TEST_FOLDER", folder);
    command
}

/// The store that the parent gave to this child.
fn given_store() -> UnitStore {
    UnitStore::at(std::env::var_os("PM2GO_TEST_FOLDER").unwrap())
}

fn given(variable: &str) -> String {
    std::env::var(variable).unwrap()
}

/// A child that could not find its test would succeed as well, so that is looked for.
fn assert_passed(output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
