//! What wakes a thread in poll(2), and event loops: a descriptor that can be read once somebody has rung.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::event::{EventfdFlags, eventfd};

use crate::error::{Error, Kind, Result};

/// What to do where a process has no descriptor left.
pub(crate) const TOO_MANY_FILES: &str = "too many files are open; close some, or raise the limit (ulimit -n)";

/// An event descriptor. Once it has rung it stays so, for all who wait, until somebody silences it.
#[derive(Clone, Debug)]
pub struct Bell(Arc<OwnedFd>);

impl Bell {
    /// A bell that has not rung; `purpose` says for the error what cannot be done without one ("cannot connect").
    pub fn new(kind: Kind, purpose: &str) -> Result<Self> {
        let descriptor = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(|errno| {
            Error::new(kind, format!("{purpose}: {errno}"))
                .with_errno(Some(errno.raw_os_error()))
                .with_hint(TOO_MANY_FILES)
                .with_unsent(true)
        })?;
        Ok(Self(Arc::new(descriptor)))
    }

    /// Wakes all who wait, now and later.
    pub fn ring(&self) {
        // A full counter rings as well; nothing else can go wrong with an event descriptor.
        let _ = rustix::io::write(&*self.0, &1_u64.to_ne_bytes());
    }

    /// Takes back what it has rung: only for somebody who is the only one that waits for it.
    pub(super) fn silence(&self) {
        // There is nothing to be read where it has not rung.
        let _ = rustix::io::read(&*self.0, &mut [0; 8]);
    }

    /// What a driver waits for.
    #[must_use]
    pub fn descriptor(&self) -> &Arc<OwnedFd> {
        &self.0
    }
}

impl PartialEq for Bell {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
