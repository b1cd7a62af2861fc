//! Units that somebody has left who was interrupted: whoever blocks removes them before he goes on, and who awaits before he
//! is told. He may end his process next, and a bus does not tell systemd what somebody may do who has left it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Client, is_lost};
use crate::backend::Dbus;
use crate::error::{Kind, Result};
use crate::flow::block::block;
use crate::flow::with_deadline;
use crate::process::Streamed;
use crate::unit::UnitName;

/// How long that may take. Where the start itself has to be waited for, on another host, it is as long as for any call.
const PATIENCE: Duration = Duration::from_secs(1);
/// So many are remembered at most; the first of more are asked for once, as all are.
const MOST: usize = 64;

/// A unit without a file that nobody waits for any more.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) dbus: Dbus,
    pub(crate) unit: UnitName,
    /// The ssh that starts it, if that has not come to its end.
    pub(crate) starting: Option<Streamed>,
}

impl Client {
    /// Leaves a unit to [`Client::remove_left`].
    pub(crate) fn leave(&self, left: Left) {
        let mut known = self.left();
        if known.len() >= MOST {
            known.remove(0);
        }
        known.push(left);
    }

    fn take_left(&self) -> Vec<Left> {
        std::mem::take(&mut *self.left())
    }

    /// Those of this process: a forked child has left none, and must not wait for a thread that it does not have.
    fn left(&self) -> MutexGuard<'_, Vec<Left>> {
        self.left.get_or_make(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes, on the calling thread, what was left.
    pub(crate) fn remove_left(&self) {
        let left = self.take_left();
        if !left.is_empty() {
            let _ = block(self.removal(&left), None);
        }
    }

    /// Removes what was left.
    pub(crate) async fn end_left(&self) {
        self.removal(&self.take_left()).await;
    }

    async fn removal(&self, left: &[Left]) {
        let removal = async {
            for Left { dbus, unit, starting } in left {
                if let Some(ssh) = starting {
                    dbus.settle(unit, ssh).await;
                }
                self.end_transient(dbus, unit).await?;
            }
            Ok(())
        };
        // What is wrong the unit itself will show.
        let is_starting = left.iter().any(|left| left.starting.is_some());
        let deadline = if is_starting { self.deadline_of(None) } else { Some(Instant::now() + PATIENCE) };
        let _ = with_deadline(deadline, removal).await;
    }

    /// Kills and removes a unit without a file: where it was begun, so that systemd hears of that first; or, if that
    /// connection is gone, over another.
    pub(crate) async fn end_transient(&self, dbus: &Dbus, unit: &UnitName) -> Result<()> {
        match dbus.remove_transient(unit).await {
            Err(error) if is_lost(&error) || error.kind() == Kind::Unavailable => {
                let lease = self.acquire().await?;
                lease.backend().to_run().await?.remove_transient(unit).await
            }
            done => done,
        }
    }
}
