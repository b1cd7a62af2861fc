//! Locks, in one place: `tests/model` puts shuttle's under the same code and looks through the orders of threads.

pub(crate) use std::sync::{Mutex, MutexGuard, PoisonError};
