//! The end of a command: waited for on as many connections as it takes, as systemd may execute itself anew meanwhile.

use std::time::{Duration, Instant};

use super::running::Running;
use crate::backend::Dbus;
use crate::client::{Client, is_lost};
use crate::error::{Error, Kind, Result};
use crate::flow::{First, Pauses, first};

/// How long systemd may be away.
const TIME_TO_COME_BACK: Duration = Duration::from_secs(30);

impl Running {
    /// Waits for its end. Then it is removed.
    pub(super) async fn end(&self, client: &Client) -> Result<()> {
        let Some(session) = self.life.session() else { return self.end_of_unit(client).await };
        match first(self.end_of_unit(client), session.lost()).await {
            First::One(done) => done?,
            First::Other(lost) => return Err(lost.with_unit(self.unit().as_str())),
        }
        session.finish().await.map_err(|error| error.with_unit(self.unit().as_str()))
    }

    async fn end_of_unit(&self, client: &Client) -> Result<()> {
        let mut pauses = Pauses::until_back();
        let mut deadline: Option<Instant> = None;
        let mut dbus = self.life.dbus();
        loop {
            let lost = match self.end_over(dbus.take(), client).await {
                Err(error) if is_away(&error) => error,
                done => return done,
            };
            let deadline = *deadline.get_or_insert_with(|| Instant::now() + TIME_TO_COME_BACK);
            if Instant::now() >= deadline {
                return Err(lost.with_unit(self.unit().as_str()));
            }
            pauses.pause().await;
        }
    }

    /// Whether it has ended; then it is removed.
    pub(super) async fn look(&self, client: &Client) -> Result<()> {
        if !self.has_ended() {
            let dbus = self.connect(client).await?;
            if !dbus.is_over(self.unit()).await? {
                return Ok(());
            }
        }
        self.end(client).await
    }

    /// Sends a signal to its main process, or to all of its processes; none to what has ended.
    pub(super) async fn signal(&self, whom: &str, signal: i32, client: &Client) -> Result<()> {
        if self.has_ended() {
            return Ok(());
        }
        self.connect(client).await?.signal_transient(self.unit(), whom, signal).await
    }

    async fn end_over(&self, dbus: Option<Dbus>, client: &Client) -> Result<()> {
        if !self.has_ended() {
            let dbus = match dbus {
                Some(dbus) => dbus,
                None => self.connect(client).await?,
            };
            let record = self.life.record();
            let ended = dbus.end_of_service(self.unit(), record.as_deref()).await?;
            self.ended.get_or_init(|| ended);
            self.life.stop_listening();
        }
        self.life.end().await
    }

    fn has_ended(&self) -> bool {
        self.ended.get().is_some()
    }

    /// The connection that there is now.
    pub(super) async fn connect(&self, client: &Client) -> Result<Dbus> {
        if let Some(dbus) = self.life.dbus().filter(|dbus| dbus.connection().check().is_ok()) {
            return Ok(dbus);
        }
        let lease = client.acquire().await?;
        lease.backend().to_run().await
    }
}

/// Whether systemd is away for a moment. A message bus answers in its place: that it left with a call, or is not there.
fn is_away(error: &Error) -> bool {
    let name =
        error.facts().dbus_name.as_deref().and_then(|name| name.strip_prefix("org.freedesktop.DBus.Error."));
    let says_the_bus = matches!(name, Some("NoReply" | "NameHasNoOwner" | "ServiceUnknown"));
    is_lost(error) || error.kind() == Kind::Unavailable || says_the_bus
}
