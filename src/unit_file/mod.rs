//! Unit files as text: read and changed without disturbing the rest, and values quoted exactly.
//!
//! The rules are those of systemd.syntax(7), systemd.service(5) and systemd.exec(5), checked against systemd's own
//! parser (`oracle`, in the tests). What a file cannot say is refused, never changed silently.

mod diff;
mod edit;
pub(crate) mod known_words;
mod merge;
mod model;
pub(crate) mod numbers;
#[cfg(test)]
mod oracle;
mod parse;
mod preset;
mod quote;
mod rules;
mod settings;
mod timespan;
mod values;

pub use diff::unified_diff;
pub use merge::{Effective, merge};
pub use model::{Assignment, IgnoredLine, UnitFile};
pub use preset::Presets;
pub use quote::{boolean, bytes, environment, exec_command, path, plain};
pub use settings::{Setting, settings};
pub use timespan::{parse_timespan, timespan};
pub(crate) use values::words;
pub use values::{
    ExecCommand, parse_boolean, parse_environment, parse_exec_command, parse_path, parse_plain,
};

pub(crate) use rules::{check_key, check_section, check_value, shown_name};
