//! Units that somebody has left who was interrupted: whoever blocks removes them before he goes on, as he may end his
//! process next, and a bus does not tell systemd what somebody may do who has left it.

use std::time::{Duration, Instant};

use super::Client;
use crate::backend::Dbus;
use crate::flow::block::block;
use crate::flow::with_deadline;
use crate::unit::UnitName;

/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// A unit without a file that nobody waits for any more.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) dbus: Dbus,
    pub(crate) unit: UnitName,
}

impl Client {
    /// Leaves a unit to [`Client::remove_left`].
    pub(crate) fn leave(&self, left: Left) {
        self.left.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(left);
    }

    /// Removes, on the calling thread, what was left.
    pub(crate) fn remove_left(&self) {
        let left = std::mem::take(&mut *self.left.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        if left.is_empty() {
            return;
        }
        let removal = async {
            for Left { dbus, unit } in &left {
                dbus.remove_transient(unit).await?;
            }
            Ok(())
        };
        // What is wrong the unit itself will show.
        let _ = block(with_deadline(Some(Instant::now() + PATIENCE), removal), None);
    }
}
