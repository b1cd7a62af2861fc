//! Which fields the journal has, and which values they have.

use std::collections::BTreeSet;

use super::folder::{self, Journals};
use super::names::check_name;
use crate::error::Result;

/// The names of all fields that an entry has. `journalctl --fields`.
pub(super) fn field_names(journals: &Journals) -> Result<Vec<String>> {
    let (files, _) = folder::open(journals)?;
    let mut found = BTreeSet::new();
    for mut file in files {
        let read = file.field_names(|name| {
            found.insert(String::from_utf8_lossy(name).into_owned());
        });
        read.map_err(|fault| folder::left_out(file.path(), &fault))?;
    }
    Ok(found.into_iter().collect())
}

/// All values that a field has in any entry, each once. `journalctl --field`.
pub(super) fn field_values(journals: &Journals, name: &str) -> Result<Vec<Vec<u8>>> {
    check_name(name)?;
    let (files, _) = folder::open(journals)?;
    let mut found = BTreeSet::new();
    for mut file in files {
        let read = file.values(name.as_bytes(), |_, value, _| {
            found.extend(value.get(name.len() + 1..).map(<[u8]>::to_vec));
            Ok(())
        });
        read.map_err(|fault| folder::left_out(file.path(), &fault))?;
    }
    Ok(found.into_iter().collect())
}
