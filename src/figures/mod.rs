//! What units use, read from the files of their control groups without asking systemd: processor time, memory, tasks, input
//! and output, pressure. Of hierarchies there may be one (version 2), one a controller (version 1), or both at once.

mod files;
mod group;
mod hierarchies;
mod parents;
mod processes;
#[cfg(test)]
mod tests;
mod text;
mod units;

pub use group::{Figures, MemorySource};
pub use hierarchies::Hierarchies;
pub use text::{Pressure, Stall};
pub use units::{Group, Reader};
