//! What takes several steps with one unit, over as many connections as it takes.

mod cat_unit;
mod current_unit;
mod get_unit_by_pid;
mod get_unit_dependencies;
mod get_unit_processes;
mod get_units_properties;
mod job;
mod late;
mod list_triggers;
mod list_unit_files;
mod list_units;
mod load_reason;
mod own_end;
mod power;
mod reason;
mod reexecute;
mod run_job;
mod steps;
mod unit_text;
mod wait_for_unit;

pub use cat_unit::{CatUnit, GetUnitConfiguration};
pub use current_unit::CurrentUnit;
pub use get_unit_by_pid::GetUnitByPid;
pub use get_unit_dependencies::GetUnitDependencies;
pub use get_unit_processes::GetUnitProcesses;
pub use get_units_properties::{GetUnitsProperties, UnitsProperties};
pub use job::Job;
pub(crate) use late::{timed_out, told};
pub use list_triggers::{ListTriggers, Trigger};
pub use list_unit_files::{ListUnitFiles, UnitFileInfo};
pub use list_units::{ListUnits, ListUnitsByNames};
pub use power::Power;
pub use reexecute::Reexecute;
pub use run_job::RunJob;
pub use unit_text::{Care, DropInName, TextAnswer, TextWork, UnitText};
pub use wait_for_unit::WaitForUnit;
