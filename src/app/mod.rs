//! Apps: what to run and how, checked on construction, and the unit files that say so.
//!
//! All pure, but for [`Machine`], which looks programs and folders up where relative names become absolute paths.

mod config;
mod environment;
mod extra;
mod foreign;
mod interpreter;
mod lookup;
mod names;
mod read;
mod record;
mod render;
mod restart;
mod secrets;
mod settings;
#[cfg(test)]
mod tests;
mod times;
mod validation;
mod warning;

pub use config::{AppConfig, AppFields};
pub use environment::{Environment, Extra};
pub use foreign::{check_bare_time, pm2_advice, unknown_key};
pub use lookup::{FileAccess, Lookup, Machine};
pub use names::{DEFAULT_PREFIX, app_name, check_prefix, unit_name};
pub use read::{is_owned, read_app};
pub use record::OWNER_SECTION;
pub use render::render;
pub use restart::Restart;
pub use secrets::{REDACTED, looks_secret, redact, redact_arguments, redact_extra};
pub use settings::{AppSettings, KEYS};
pub use warning::{Warning, WarningKind};
