//! In the place of src/fork.rs: the library's own type, and forks that are a number.

#[path = "../../src/fork/of_this_process.rs"]
mod of_this_process;

use std::cell::Cell;

pub(crate) use of_this_process::OfThisProcess;

thread_local! {
    /// All of shuttle's threads run on one of the system's.
    static GENERATION: Cell<u64> = const { Cell::new(0) };
}

pub(crate) fn generation() -> u64 {
    GENERATION.get()
}

/// Does what a forked child does, whose memory is the parent's of that moment.
pub(crate) fn as_child<R>(work: impl FnOnce() -> R) -> R {
    GENERATION.set(GENERATION.get() + 1);
    let result = work();
    GENERATION.set(GENERATION.get() - 1);
    result
}
