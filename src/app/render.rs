//! From an app to its unit file.

use super::config::AppConfig;
use super::meaning::meaning;
use super::names::unit_name;
use super::record::{OWNER_SECTION, RECORD_KEY, record};
use crate::error::Result;
use crate::scope::Scope;
use crate::unit_file::UnitFile;

/// The version of this library that wrote the file.
const VERSION_KEY: &str = "Version";

/// The unit file of an app for this scope; the prefix is checked with the app's name, which it is written under.
pub fn render(app: &AppConfig, scope: Scope, prefix: &str) -> Result<UnitFile> {
    let unit = unit_name(&app.name, prefix)?;
    let (mut file, problems) = meaning(app, scope);
    problems.into_result(&app.name).map_err(|error| error.with_unit(unit.as_str()))?;
    file.add(OWNER_SECTION, VERSION_KEY, env!("CARGO_PKG_VERSION"))?;
    file.add(OWNER_SECTION, RECORD_KEY, &record(app))?;
    Ok(file)
}
