//! What an app brings with it into its unit: variables, and settings of systemd.

use std::collections::BTreeMap;

/// Environment variables, in the order of their names: the same app renders the same text, however it was described.
pub type Environment = BTreeMap<String, String>;

/// Settings that are written into the unit file as they are: section, setting, values (one line each).
pub type Extra = BTreeMap<String, BTreeMap<String, Vec<String>>>;
