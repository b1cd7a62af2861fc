//! Units: their names, and what is known of them. Pure values; both backends fill the same ones.

mod dependencies;
mod escape;
mod file_changes;
mod glob;
pub(crate) mod manager_properties;
mod manager_status;
mod meant;
mod name;
mod pattern;
pub(crate) mod properties;
mod signal;
mod states;
mod unit_type;
mod values;

pub(crate) use dependencies::dependency_properties;
pub use escape::{escape, escape_path, unescape, unescape_path};
pub use file_changes::{UnitFileChange, UnitFileChanges};
pub use glob::Pattern;
pub use manager_status::{ManagerStatus, ResourceLimit};
pub use name::{OBJECT_PATH_PREFIX, UnitName};
pub use pattern::UnitPattern;
pub use signal::{check_signal, parse_signal, signal_number};
pub(crate) use states::{check_active_state, check_file_state, check_listed_state, check_state};
pub use unit_type::UnitType;
pub(crate) use unit_type::{check_types, is_of_types};
pub use values::{AffectedJob, JobResult, UnitInfo, UnitStatus};
