//! A named command is found again, by whoever knows its name.

use std::sync::Arc;
use std::time::Instant;

use super::kept::place;
use super::life::{Life, TIME_TO_REMOVE};
use super::running::Running;
use crate::client::Asked;
use crate::error::{Error, Kind, Result};
use crate::flow::with_deadline;
use crate::store::KeptFolder;
use crate::unit::UnitName;
use crate::value::Value;
use crate::verb::Repeat;
use crate::watch::Home;

/// What there is to know of one.
const WANTED: [&str; 4] = ["LoadState", "Transient", "Documentation", "ExecMainPID"];

/// A named command, which may have ended.
#[derive(Clone, Debug)]
pub struct Attach(pub UnitName);

impl Attach {
    /// Finds it.
    pub(crate) async fn perform(&self, home: &Home) -> Result<Arc<Running>> {
        let client = home.client();
        let lease = client.acquire().await?;
        let dbus = lease.backend().with_descriptors().await?;
        let life = Life::new(self.0.clone(), client, true);
        life.listen(&dbus).await?;
        let found = dbus.read_known(&self.0, &WANTED).await?;
        let [load_state, transient, documentation, pid] = &found[..] else {
            return Err(not_found(&self.0));
        };
        if load_state.as_text() != Some("loaded") {
            return Err(not_found(&self.0));
        }
        let folder = place(client).ok().and_then(|place| KeptFolder::of(&place, documentation));
        let Some(folder) = folder.filter(|_| transient.as_boolean() == Some(true)) else {
            let message = format!("unit {} is no command that was started with a name", self.0);
            return Err(Error::new(Kind::NotOwned, message)
                .with_unit(self.0.as_str())
                .with_hint("attach to what spawn(name=...) has started, as the same user"));
        };
        life.begin(dbus);
        let running = Running::found(life, pid.as_unsigned(), folder)?;
        Ok(Arc::new(running))
    }
}

fn not_found(unit: &UnitName) -> Error {
    Error::new(Kind::UnitNotFound, format!("there is no command {unit}"))
        .with_unit(unit.as_str())
        .with_hint("it was collected, or somebody has stopped it; or the machine was started anew")
}

impl Asked for Attach {
    fn what(&self) -> String {
        format!("search for {}", self.0)
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.0.clone())
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Running {
    /// It is removed, with what it has written: somebody has that.
    pub(super) async fn discard(&self, home: &Home) -> Result<()> {
        let Some(folder) = self.folder() else { return Ok(()) };
        let dbus = self.connect(home.client()).await?;
        // Whose folder is another one's is another command of that name.
        let found = dbus.read_known(self.unit(), &["Documentation"]).await?;
        let is_ours = found.first().is_some_and(|pages| is_in(&folder.url(), pages));
        if is_ours {
            dbus.end_transient_job(self.unit()).await?;
        }
        folder.remove();
        Ok(())
    }
}

impl Running {
    /// Nothing is left of a named one that could not be started; of one that may have been all is.
    pub(super) async fn clean(&self, error: &Error) {
        let Some(folder) = self.folder() else { return };
        match error.kind() {
            Kind::Timeout | Kind::ConnectionLost | Kind::Interrupted => return,
            Kind::JobFailed | Kind::Job | Kind::DependencyFailed | Kind::JobTimeout => {
                if let Some(dbus) = self.life.dbus() {
                    let _ = with_deadline(
                        Some(Instant::now() + TIME_TO_REMOVE),
                        dbus.remove_transient(self.unit()),
                    )
                    .await;
                }
            }
            _ => {}
        }
        folder.remove();
    }
}

fn is_in(url: &str, pages: &Value) -> bool {
    matches!(pages, Value::List(pages) if pages.iter().any(|page| page.as_text() == Some(url)))
}
