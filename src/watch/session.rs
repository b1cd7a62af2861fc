//! The pump: connects, listens, takes a first look, hands signals to whoever makes events of them, and begins
//! again when the connection breaks.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zbus::Message;

use super::listening;
use super::queue::{Queue, Table};
use crate::backend::Dbus;
use crate::bus::subscription::{Heard, Subscription};
use crate::client::Client;
use crate::error::hint::text;
use crate::error::{Error, Kind, Part, Result};
use crate::flow::{Pauses, with_deadline};

/// Between two tries to connect again.
const PAUSES: Pauses = Pauses::new(Duration::from_millis(20), Duration::from_secs(2));

/// Which signals a stream is made of, and what becomes of them.
pub(super) trait Listener: Send {
    /// What the stream knows.
    type Table: Table;
    /// What it asks for besides, because of a signal.
    type Answer: Send;

    /// The stream's queue.
    fn queue(&self) -> &Queue<Self::Table>;

    /// Listens on a new connection first ([`listening::listen`]), and only then looks: nothing falls between the two.
    fn begin(&mut self, dbus: &Dbus) -> impl Future<Output = Result<Subscription>> + Send;

    /// Has a look at how things are, after signals that did not come or do not count.
    fn look(&mut self, dbus: &Dbus, subscription: &Subscription) -> impl Future<Output = Result<()>> + Send;

    /// The manager begins to read its unit files again, or has read them and is looked at next.
    fn reloading(&mut self, begins: bool);

    /// Takes in a signal of this name.
    fn hear(&mut self, member: &str, message: &Message) -> Result<()>;

    /// Asks for what the signals did not tell, if there is anything; the answer comes with its place among all
    /// messages. Signals from before that place are heard before it is taken in.
    fn ask(&mut self, dbus: &Dbus) -> impl Future<Output = Result<Option<(Self::Answer, u64)>>> + Send;

    /// Takes in what was asked for.
    fn take_in(&mut self, answer: Self::Answer);
}

/// Fills the queue until the stream is closed or cannot begin.
pub(super) async fn pump<L: Listener>(client: Arc<Client>, mut listener: L) {
    let mut began = false;
    let mut pauses = PAUSES;
    let mut gap_told = false;
    while !listener.queue().is_closed() {
        let mut session = Session { listener: &mut listener, began: false, held: None };
        let error = session.run(&client).await;
        if session.began {
            began = true;
            pauses.begin_anew();
            gap_told = false;
        } else if !began {
            listener.queue().fail(client.with_scope(error));
            return;
        }
        if !gap_told {
            listener.queue().gap(&error.facts().message);
            gap_told = true;
        }
        pauses.pause().await;
    }
}

/// One connection's time.
struct Session<'a, L: Listener> {
    listener: &'a mut L,
    /// Listening and the first look succeeded.
    began: bool,
    /// An answer that waits for the signals before it.
    held: Option<(L::Answer, u64)>,
}

impl<L: Listener> Session<'_, L> {
    /// Runs until the connection breaks, and says how it did.
    async fn run(&mut self, client: &Client) -> Error {
        let limit = client.settings().timeout.value.limit();
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let (dbus, subscription) = match with_deadline(deadline, self.begin(client)).await {
            Ok(connected) => connected,
            Err(error) if error.kind() == Kind::Timeout => {
                return Error::new(Kind::Timeout, "the manager did not answer in time")
                    .with_hint([text("it may be busy or stopped; raise "), Part::Argument("timeout")]);
            }
            Err(error) => return error,
        };
        self.began = true;
        loop {
            if let Err(error) = self.step(&dbus, &subscription).await {
                return error;
            }
        }
    }

    async fn begin(&mut self, client: &Client) -> Result<(Dbus, Subscription)> {
        let queue = self.listener.queue();
        // Who reads by calls that block leaves the socket unread between two events.
        let (dbus, _) = if queue.is_read_blocking() {
            client.sibling_often_unread().connect_to_watch().await?
        } else {
            client.connect_to_watch().await?
        };
        queue.set_socket(dbus.connection());
        let subscription = self.listener.begin(&dbus).await?;
        Ok((dbus, subscription))
    }

    /// Takes the next signal, or the answer whose turn it is.
    async fn step(&mut self, dbus: &Dbus, subscription: &Subscription) -> Result<()> {
        let heard = match &self.held {
            Some((_, position)) => subscription.take_before(*position),
            None => subscription.take(),
        };
        if let Some(heard) = heard {
            return self.hear(dbus, subscription, heard).await;
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
        let heard = subscription.next().await?;
        self.hear(dbus, subscription, heard).await
    }

    async fn hear(&mut self, dbus: &Dbus, subscription: &Subscription, heard: Heard) -> Result<()> {
        match heard {
            Heard::Signal(message) => self.hear_signal(dbus, subscription, &message).await,
            Heard::Lost(count) => {
                self.listener.queue().gap(&format!("{count} signals came faster than they could be read"));
                self.listener.look(dbus, subscription).await
            }
        }
    }

    async fn hear_signal(
        &mut self,
        dbus: &Dbus,
        subscription: &Subscription,
        message: &Message,
    ) -> Result<()> {
        let header = message.header();
        let member = header.member().map_or("", |member| member.as_str());
        match member {
            "Reloading" => {
                let begins = message.body().deserialize().unwrap_or(false);
                self.listener.reloading(begins);
                // In between units were announced as gone and come; what became of them is seen now.
                if begins { Ok(()) } else { self.listener.look(dbus, subscription).await }
            }
            "NameOwnerChanged" => {
                if !listening::has_new_owner(message) {
                    return Ok(());
                }
                self.listener.queue().gap("the manager came back to the bus under another name");
                dbus.subscribe().await?;
                self.listener.look(dbus, subscription).await
            }
            _ => self.listener.hear(member, message),
        }
    }
}
