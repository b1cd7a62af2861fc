//! What takes several steps with one unit, over as many connections as it takes.

mod get_unit_by_pid;
mod job;
mod late;
mod load_reason;
mod own_end;
mod power;
mod reason;
mod reexecute;
mod run_job;
mod steps;
mod unit_text;
mod wait_for_unit;

pub use get_unit_by_pid::GetUnitByPid;
pub use job::Job;
pub(crate) use late::{timed_out, told};
pub use power::Power;
pub use reexecute::Reexecute;
pub use run_job::RunJob;
pub use unit_text::{Care, DropInName, TextAnswer, TextWork, UnitText};
pub use wait_for_unit::WaitForUnit;
