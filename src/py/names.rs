//! The names of properties as strings of Python: systemd has some hundreds, and each is made once for a process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use pyo3::prelude::*;
use pyo3::types::PyString;

/// More names than any systemd has; what comes beyond is not kept.
const MOST: usize = 4096;

type Known = Option<HashMap<Box<str>, Py<PyString>>>;

static KNOWN: Mutex<Known> = Mutex::new(None);

/// The names that are known, for one reader at a time. Whoever comes meanwhile makes strings of its own: it may
/// be the same thread, in a finalizer, or a forked child in which the other thread is gone.
pub(super) struct Names(Option<MutexGuard<'static, Known>>);

impl Names {
    pub(super) fn new() -> Self {
        Self(match KNOWN.try_lock() {
            Ok(known) => Some(known),
            Err(TryLockError::Poisoned(known)) => Some(PoisonError::into_inner(known)),
            Err(TryLockError::WouldBlock) => None,
        })
    }

    pub(super) fn get<'py>(&mut self, py: Python<'py>, name: &str) -> Bound<'py, PyString> {
        let Some(known) = &mut self.0 else { return PyString::new(py, name) };
        let known = known.get_or_insert_with(HashMap::new);
        if let Some(found) = known.get(name) {
            return found.bind(py).clone();
        }
        let new = PyString::intern(py, name);
        if known.len() < MOST {
            known.insert(name.into(), new.clone().unbind());
        }
        new
    }
}
