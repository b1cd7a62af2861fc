//! Units: their names, and what is known of them. Pure values; both backends fill the same ones.

mod control_group;
mod escape;
mod file_changes;
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

pub(crate) use control_group::units_of;
pub use escape::{escape, escape_path, unescape, unescape_path};
pub use file_changes::{UnitFileChange, UnitFileChanges};
pub use manager_status::{ManagerStatus, ResourceLimit};
pub use name::{OBJECT_PATH_PREFIX, UnitName};
pub use pattern::UnitPattern;
pub use signal::{check_signal, parse_signal, signal_number};
pub(crate) use states::{check_active_state, check_state};
pub use unit_type::UnitType;
pub use values::{AffectedJob, JobResult, UnitInfo, UnitStatus};
