//! A command in a unit of its own: started, fed, read, waited for, and gone when it has ended.

mod attach;
mod command;
mod end;
mod kept;
mod life;
mod perform;
mod pipes;
mod running;
mod streams;
mod work;

pub use attach::Attach;
pub use command::Run;
pub use running::{Ran, Running};
pub use streams::Stream;
pub use work::{OfRun, RunAnswer, RunWork, Spawn};
