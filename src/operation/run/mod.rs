//! A command in a unit of its own: started, fed, read, waited for, and gone when it has ended.

mod attach;
mod codes;
mod command;
mod end;
mod input;
mod kept;
mod life;
mod on_host;
mod orphans;
mod output;
mod perform;
mod place;
mod ready;
mod result;
mod running;
mod session;
mod streams;
mod terminal;
mod work;

pub use attach::Attach;
pub use command::Run;
pub use running::{Ran, Running};
pub use streams::Stream;
pub use work::{OfRun, RunAnswer, RunWork, Spawn};
