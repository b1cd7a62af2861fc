//! What only the process that made it may touch.

use std::fmt;
use std::mem::ManuallyDrop;

use super::generation;
use crate::sync::{Mutex, MutexGuard, PoisonError};

/// A value that a forked child neither uses nor drops: it belongs to the parent.
///
/// What it leads to, such as a socket or an event loop, is the parent's too, and a lock in it may be held by a thread
/// that the child does not have.
pub struct OfThisProcess<T> {
    generation: u64,
    value: ManuallyDrop<T>,
}

impl<T> OfThisProcess<T> {
    /// Takes in a value of this process.
    pub fn new(value: T) -> Self {
        Self { generation: generation(), value: ManuallyDrop::new(value) }
    }

    /// Whether this process is a forked child of the one that made it.
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        self.generation != generation()
    }

    /// The value; none in a forked child.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        (!self.is_inherited()).then_some(&*self.value)
    }

    /// The same, to change it.
    #[must_use]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        (!self.is_inherited()).then_some(&mut *self.value)
    }
}

impl<T> OfThisProcess<Mutex<T>> {
    /// The value, locked; none in a forked child. No invariant may span a panic: a poisoned lock is as good as any.
    pub fn lock(&self) -> Option<MutexGuard<'_, T>> {
        Some(self.get()?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T: Default> Default for OfThisProcess<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for OfThisProcess<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(value) => value.fmt(out),
            None => out.write_str("of the parent process"),
        }
    }
}

impl<T> Drop for OfThisProcess<T> {
    fn drop(&mut self) {
        if !self.is_inherited() {
            #[expect(unsafe_code, reason = "a forked child must leave what it inherited alone")]
            // SAFETY: this is the only place that drops it, and nothing uses it afterwards.
            unsafe {
                ManuallyDrop::drop(&mut self.value);
            }
        }
    }
}
