//! Has the manager execute itself again, and waits until it is there again.

use crate::backend::{Backend, Gave};
use crate::client::{Asked, Client, Note, Step, is_lost};
use crate::error::{Error, Result};
use crate::unit::UnitName;
use crate::verb::{DAEMON_REEXEC, Repeat};

/// The execution of the manager's program anew.
#[derive(Clone, Copy, Debug)]
pub struct Reexecute;

impl Asked for Reexecute {
    fn what(&self) -> String {
        DAEMON_REEXEC.noun.to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        None
    }

    fn repeat(&self) -> Repeat {
        DAEMON_REEXEC.repeat
    }
}

impl Step for Reexecute {
    type Answer = ();

    async fn over(&self, backend: &Backend) -> Result<()> {
        match backend.call(&DAEMON_REEXEC, &[]).await {
            // It leaves without an answer: on a bus that says so in its place.
            Err(error) if is_left(&error) => Ok(()),
            other => other.map(|_: Gave| ()),
        }
    }
}

/// Whether the manager is there again.
struct IsThere;

impl Step for IsThere {
    type Answer = ();

    async fn over(&self, backend: &Backend) -> Result<()> {
        backend.get_manager_property("Version").await.map(drop)
    }
}

impl Client {
    /// Has the manager execute itself again; the connection of this client is made again after it.
    pub(crate) async fn reexecute(&self) -> Result<()> {
        self.attempt(&Reexecute).await?;
        self.acquire().await?.discard();
        self.note(Note::info("the manager executes itself again; connecting again".to_owned()));
        self.insist(&Reexecute, &IsThere).await
    }
}

fn is_left(error: &Error) -> bool {
    is_lost(error) && !error.facts().unsent
}
