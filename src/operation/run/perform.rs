//! A command that is run to its end in one go.

use std::sync::Arc;
use std::time::Instant;

use super::command::Run;
use super::running::{Ran, Running};
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::flow::with_deadline;
use crate::operation::timed_out;
use crate::settings::Timeout;
use crate::watch::Home;

impl Run {
    /// Runs it to its end within a time of its own; after that it is killed, and the error has what it wrote.
    pub(crate) async fn perform(&self, home: &Home, timeout: Option<Timeout>) -> Result<Ran> {
        let running = Running::new(self, home.client());
        let limit = timeout.and_then(Timeout::limit);
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let done = with_deadline(deadline, Box::pin(self.run(home.client(), &running))).await;
        let Err(error) = done else { return Ok(running.take_ran()) };
        // Whoever hears of the error may end this process next.
        running.life.end_soon().await;
        if error.kind() != Kind::Timeout || error.facts().dbus_name.is_some() {
            return Err(error);
        }
        let late = match (&error.facts().unit, timeout) {
            (None, Some(timeout)) => {
                timed_out(self, timeout).with_hint("it was killed; give it a longer timeout")
            }
            _ => error,
        };
        let output = [0, 1].map(|output| running.take(output, usize::MAX));
        Err(late.with_unit(self.unit.as_str()).with_output(output))
    }

    async fn run(&self, client: &Arc<Client>, running: &Running) -> Result<()> {
        self.start(client, running, None).await?;
        running.input.put(self.input.as_deref().unwrap_or_default());
        running.exchange(client).await
    }

    /// Has systemd start it, within the time that any call has.
    pub(super) async fn start(
        &self,
        client: &Arc<Client>,
        running: &Running,
        timeout: Option<Timeout>,
    ) -> Result<()> {
        let begun = with_deadline(client.deadline_of(timeout), running.begin(self, client)).await;
        begun.map_err(|error| self.late_start(error, timeout.unwrap_or(client.settings().timeout.value)))
    }

    fn late_start(&self, error: Error, timeout: Timeout) -> Error {
        match error.kind() {
            Kind::Timeout if error.facts().dbus_name.is_none() => {
                timed_out(self, timeout).with_unit(self.unit.as_str())
            }
            _ => error,
        }
    }
}
