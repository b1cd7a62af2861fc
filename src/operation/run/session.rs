//! The ssh that carries the streams of a command on another host, for as long as that runs.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use super::codes::NOT_STARTED;
use crate::backend::Dbus;
use crate::error::{Error, Kind, Result};
use crate::location::Location;
use crate::process::Streamed;
use crate::unit::UnitName;

/// The ssh that carries a command's streams.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) ssh: Streamed,
    /// What copies to and from files of this machine.
    copiers: Mutex<Vec<Streamed>>,
    has_begun: AtomicBool,
    location: Location,
}

impl Session {
    pub(super) fn new(ssh: Streamed, location: &Location) -> Self {
        let has_begun = AtomicBool::new(false);
        Self { ssh, copiers: Mutex::default(), has_begun, location: location.clone() }
    }

    /// That its streams are not carried any more while the command goes on: this ends only with that.
    pub(super) async fn lost(&self) -> Error {
        let how = match self.ssh.end().await {
            // systemd-run has ended as the command has.
            Ok(Some(status)) if !matches!(status.code(), Some(0 | NOT_STARTED)) => status.to_string(),
            Ok(_) => std::future::pending().await,
            Err(error) => error.to_string(),
        };
        let message =
            format!("ssh, which carried the streams of a command on {}, has ended: {how}", self.location);
        Error::new(Kind::ConnectionLost, message)
            .with_hint("the command was ended there: see what it has done before running it again")
    }

    /// Waits until all that was read from there is written to files of this machine.
    pub(super) async fn finish(&self) -> Result<()> {
        let copiers = std::mem::take(&mut *self.copiers.lock().unwrap_or_else(PoisonError::into_inner));
        for copier in copiers {
            let ended = copier.end().await;
            if !ended.is_ok_and(|status| status.is_none_or(|status| status.success())) {
                let message = "what a command on another host wrote could not be written to its file here";
                return Err(Error::new(Kind::Storage, message).with_hint("see that there is room for it"));
            }
        }
        Ok(())
    }

    /// The start has come to its end; from now on these copy to and from files of this machine.
    pub(super) fn begin(&self, copiers: Vec<Streamed>) {
        self.has_begun.store(true, Relaxed);
        self.copiers.lock().unwrap_or_else(PoisonError::into_inner).extend(copiers);
    }

    /// The ssh of a start that has not come to its end.
    pub(super) fn into_starting(self) -> Option<Streamed> {
        (!self.has_begun.load(Relaxed)).then_some(self.ssh)
    }

    /// Waits until the start has come to its end, whatever that is.
    pub(super) async fn settle(&self, dbus: &Dbus, unit: &UnitName) {
        if !self.has_begun.load(Relaxed) {
            dbus.settle(unit, &self.ssh).await;
        }
    }
}
