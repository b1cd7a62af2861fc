//! Apps: what to run and how, checked on construction, and the unit files that say so.
//!
//! All pure, but for [`Machine`], which looks programs and folders up where relative names become absolute paths.

mod config;
mod extra;
mod foreign;
mod gathering;
mod interpreter;
mod key;
mod keys;
mod lookup;
mod meaning;
mod names;
mod pm2;
mod read;
mod record;
mod render;
mod resolve;
mod restart;
mod secrets;
#[cfg(test)]
mod tests;
mod validation;
mod warning;
mod words;

pub use config::AppConfig;
pub use gathering::{Fact, Facts, FoundPath, Gathering, Question};
pub use key::{
    Account, Delay, Environment, Extra, Folder, Input, Launches, Limit, Line, Name, PathText, Signal, Texts,
};
pub use keys::AppKeys;
pub use lookup::{FileAccess, Lookup, Machine};
pub use names::{DEFAULT_PREFIX, app_name, check_prefix, unit_name};
pub use read::{is_owned, read_app};
pub use record::OWNER_SECTION;
pub use render::render;
pub use restart::Restart;
pub use secrets::{REDACTED, looks_secret, redact, redact_arguments};
pub use warning::{Warning, WarningKind};
