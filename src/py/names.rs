//! The names of properties as strings of Python: systemd has some hundreds, and each is made once for a process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use pyo3::prelude::*;
use pyo3::types::PyString;

/// More names than any systemd has; what comes beyond is not kept.
const MOST: usize = 4096;

static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

#[derive(Default)]
struct Known {
    numbers: HashMap<Box<str>, usize>,
    names: Vec<Name>,
}

struct Name {
    text: Box<str>,
    string: Py<PyString>,
    /// The number of the name that came after this one the last time: most often it does again.
    next: usize,
}

/// The names that are known, for one reader at a time. Whoever comes meanwhile makes strings of its own: it may
/// be the same thread, in a finalizer, or a forked child in which the other thread is gone.
pub(super) struct Names {
    known: Option<MutexGuard<'static, Option<Known>>>,
    last: usize,
}

impl Names {
    pub(super) fn new() -> Self {
        let known = match KNOWN.try_lock() {
            Ok(known) => Some(known),
            Err(TryLockError::Poisoned(known)) => Some(PoisonError::into_inner(known)),
            Err(TryLockError::WouldBlock) => None,
        };
        Self { known, last: 0 }
    }

    pub(super) fn get<'py>(&mut self, py: Python<'py>, name: &str) -> Bound<'py, PyString> {
        let Some(known) = &mut self.known else { return PyString::new(py, name) };
        let known = known.get_or_insert_default();
        let expected = known.names.get(self.last).map_or(0, |last| last.next);
        let number = match known.names.get(expected) {
            Some(found) if *found.text == *name => expected,
            _ => match known.number(py, name) {
                Some(number) => number,
                None => return PyString::new(py, name),
            },
        };
        if number != expected
            && let Some(last) = known.names.get_mut(self.last)
        {
            last.next = number;
        }
        self.last = number;
        known.names[number].string.bind(py).clone()
    }
}

impl Known {
    /// The number of a name, which is taken in if there is room.
    fn number(&mut self, py: Python<'_>, name: &str) -> Option<usize> {
        if let Some(&number) = self.numbers.get(name) {
            return Some(number);
        }
        let number = self.names.len();
        if number == MOST {
            return None;
        }
        self.numbers.insert(name.into(), number);
        self.names.push(Name { text: name.into(), string: PyString::intern(py, name).unbind(), next: 0 });
        Some(number)
    }
}
