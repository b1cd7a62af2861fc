//! The pump: comes to the connection that all who watch in one place share, listens, takes a first look, hands signals
//! to whoever makes events of them, and begins again when the connection breaks.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use zbus::Message;

use super::listener::{Answer, PropertyListener};
use crate::backend::Dbus;
use crate::backend::dbus::Listening;
use crate::bus::subscription::Heard;
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::flow::Pauses;
use crate::watch::listening::has_new_owner;

/// Between two tries to connect again.
const PAUSES: Pauses = Pauses::new(Duration::from_millis(20), Duration::from_secs(2));

/// Fills the queue until the stream cannot begin. Whoever runs it ends it with the stream.
pub(super) async fn pump(client: Arc<Client>, mut listener: PropertyListener) {
    let mut pauses = PAUSES;
    loop {
        let mut session = Session { listener: &mut listener, began: false, held: None };
        let Err(error) = session.run(&client).await;
        let (began, queue) = (session.began, listener.queue());
        let error = client.with_scope(error);
        if is_final(&error) && !queue.has_begun() {
            queue.fail(error);
            return;
        }
        if began {
            pauses.begin_anew();
        }
        queue.lose(&error);
        pauses.pause().await;
    }
}

/// Whether it is an answer, about the unit or its properties, and not the want of one.
fn is_final(error: &Error) -> bool {
    let may_come_back = matches!(
        error.kind(),
        Kind::ConnectionLost | Kind::Unavailable | Kind::MonitoringUnavailable | Kind::Timeout
    );
    !may_come_back
}

/// One connection's time.
struct Session<'a> {
    listener: &'a mut PropertyListener,
    /// Listening and the first look succeeded.
    began: bool,
    /// An answer that waits for the signals before it.
    held: Option<(Answer, u64)>,
}

impl Session<'_> {
    /// Runs until the connection breaks, and says how it did.
    async fn run(&mut self, client: &Client) -> Result<Infallible> {
        let connected = {
            let queue = Arc::clone(self.listener.queue());
            let _connecting = queue.whereabouts().connecting();
            client.acquire_to_watch().await
        };
        let (_lease, dbus) = connected?;
        let listening = self.listener.begin(&dbus).await?;
        self.began = true;
        self.listener.queue().begin();
        loop {
            self.step(&dbus, &listening).await?;
        }
    }

    /// Takes the next signal, or the answer whose turn it is.
    async fn step(&mut self, dbus: &Dbus, listening: &Listening) -> Result<()> {
        let heard = match &self.held {
            Some((_, position)) => listening.take_before(*position),
            None => listening.take(),
        };
        if let Some(heard) = heard {
            return self.hear(dbus, heard).await;
        }
        if let Some((answer, _)) = self.held.take() {
            self.listener.take_in(answer);
            return Ok(());
        }
        // Only when all has been heard: what came last may make a question needless.
        self.held = self.listener.ask(dbus).await?;
        if self.held.is_some() {
            return Ok(());
        }
        let heard = listening.next().await?;
        self.hear(dbus, heard).await
    }

    async fn hear(&mut self, dbus: &Dbus, heard: Heard) -> Result<()> {
        match heard {
            Heard::Signal(message) => self.hear_signal(dbus, &message).await,
            Heard::Lost(count) => {
                self.miss(&format!("{count} signals came faster than they could be read"));
                Ok(())
            }
        }
    }

    async fn hear_signal(&mut self, dbus: &Dbus, message: &Message) -> Result<()> {
        let header = message.header();
        let member = header.member().map_or("", |member| member.as_str());
        match member {
            "Reloading" => self.listener.reloading(message.body().deserialize().unwrap_or(false)),
            "NameOwnerChanged" if has_new_owner(message) => {
                self.miss("the manager came back to the bus under another name");
                dbus.subscribe().await?;
            }
            "NameOwnerChanged" => {}
            _ => self.listener.hear(member, message)?,
        }
        Ok(())
    }

    fn miss(&mut self, reason: &str) {
        self.listener.queue().gap(reason);
        self.listener.look_again();
    }
}
