//! All who watch units in one place, a process whose threads block or an event loop: one connection brings the signals,
//! and one model makes the meaning of them.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Instant;

use super::desk::{Ear, Shared};
use super::driven::{Driven, in_time};
use super::event::UnitEvent;
use super::line::OverDbus;
use super::live::listed::Row;
use super::pump::pump;
use super::reader::Wanted;
use super::room::Room;
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::flow::joint::Flow;
use crate::flow::with_deadline;

/// The readers of one connection.
pub struct Hub {
    client: Arc<Client>,
    shared: Arc<Shared>,
    pump: Driven,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Hub")
    }
}

impl Hub {
    /// Nothing happens until somebody reads.
    #[must_use]
    pub fn new(client: Arc<Client>) -> Self {
        let shared: Arc<Shared> = Arc::default();
        let pump = Driven::new(Arc::clone(shared.whereabouts()));
        Self { client, shared, pump }
    }

    /// Whether it belongs to a parent of this process.
    pub(super) fn is_inherited(&self) -> bool {
        self.shared.is_inherited()
    }

    /// Lets a reader in.
    pub(super) fn join(&self, wanted: Wanted) -> Result<u64> {
        self.shared.change(|desk, _| desk.room.join(wanted)).ok_or_else(of_the_parent)
    }

    /// Lets a reader go, from any thread: whoever waits for its events stops.
    pub(super) fn leave(&self, reader: u64) {
        self.shared.change(|desk, _| desk.room.leave(reader));
        // Where nobody drives it, the connection of the last one goes now.
        self.pump.drop_if_deserted(|| self.shared.look(|desk| desk.room.is_empty()).unwrap_or(false));
    }

    /// The next event of a reader without waiting; an error is why it has not begun.
    pub(super) fn take(&self, reader: u64) -> Result<Option<UnitEvent>> {
        self.shared.change(|desk, now| desk.room.take(reader, now)).ok_or_else(of_the_parent)?
    }

    /// Gives away the pump as a flow that ends when nobody reads any more, for an event loop that polls it whenever its
    /// connection has news; `None` if somebody has it.
    pub(super) fn attach(&self) -> Option<Flow> {
        self.pump.attach(|| self.make_pump())
    }

    /// Waits until a reader has something to take or has left; another driver runs the pump.
    pub(super) async fn news(&self, reader: u64) -> Result<()> {
        if self.has_begun(reader) {
            self.hear(reader, Room::has_news).await;
            return Ok(());
        }
        in_time(&self.client, self.hear(reader, has_news_or_begun)).await?;
        self.hear(reader, Room::has_news).await;
        Ok(())
    }

    /// Runs the pump until a reader has something to take or has left.
    pub(super) async fn drive(&self, reader: u64) -> Result<()> {
        if !self.has_begun(reader) {
            let begun = self.hear(reader, has_news_or_begun);
            in_time(&self.client, self.pump.drive(&self.client, || self.make_pump(), begun)).await?;
        }
        let heard = self.hear(reader, Room::has_news);
        self.pump.drive(&self.client, || self.make_pump(), heard).await;
        Ok(())
    }

    /// Looks at the room; an error in a forked child.
    pub(super) fn look<R>(&self, look: impl FnOnce(&Room) -> R) -> Result<R> {
        self.shared.look(|desk| look(&desk.room)).ok_or_else(of_the_parent)
    }

    /// Wants to know when all has been heard that happened until now, and gives the number to wait for.
    pub(super) fn want_place(&self) -> Result<u64> {
        self.shared.change(|desk, _| desk.room.want_place()).ok_or_else(of_the_parent)
    }

    /// Takes in what was listed while no more units have come or gone than that.
    pub(super) fn describe(&self, comings: u64, rows: Vec<(String, Row)>) {
        self.shared.look(|desk| {
            if desk.room.listed.comings() == comings {
                desk.room.describe(rows);
            }
        });
    }

    /// Whether [`Hub::catch_up`] would take something in: what there is to be read is read for that.
    pub(super) fn has_come(&self) -> bool {
        self.pump.has_news()
    }

    /// Takes in what has come without waiting. Where a thread waits for news, or an event loop has the pump, those do that.
    pub(super) fn catch_up(&self) {
        self.pump.glance();
    }

    /// Waits until the tables that there are have all that happened until now, where a change on an event loop would be
    /// read next: an answer to a call comes before the signals of what the call has changed. It is no error where that
    /// cannot be: then they are not current.
    pub async fn wait_for_tables(&self, deadline: Option<Instant>) {
        let Some(table) = self.shared.look(|desk| desk.room.table_to_wait_with()).flatten() else { return };
        let Ok(place) = self.want_place() else { return };
        let is_over =
            |room: &Room, id| room.version_of(id).is_none() || room.has_place(place) || room.is_lost();
        let waited_for = async {
            self.hear(table, is_over).await;
            Ok(())
        };
        let _ = with_deadline(deadline, waited_for).await;
    }

    /// Runs the pump until a reader finds something in the room.
    pub(super) async fn drive_until(&self, reader: u64, find: impl Fn(&Room, u64) -> bool) {
        let heard = self.hear(reader, find);
        self.pump.drive(&self.client, || self.make_pump(), heard).await;
    }

    /// Its client.
    pub(super) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// How many wait for events.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.shared.look(|desk| desk.ears.values().map(Vec::len).sum()).unwrap_or(0)
    }

    fn has_begun(&self, reader: u64) -> bool {
        self.shared.look(|desk| desk.room.has_begun(reader)).unwrap_or(true)
    }

    fn make_pump(&self) -> Flow {
        Box::pin(pump(Arc::clone(&self.shared), OverDbus(Arc::clone(&self.client))))
    }

    /// Waits until a reader finds something in the room; another driver runs the pump.
    pub(super) async fn hear(&self, reader: u64, find: impl Fn(&Room, u64) -> bool) {
        let mut ear = Ear::new(&self.shared, reader);
        poll_fn(|context| ear.poll(context, &find)).await;
    }
}

fn has_news_or_begun(room: &Room, reader: u64) -> bool {
    room.has_news(reader) || room.has_begun(reader)
}

fn of_the_parent() -> Error {
    Error::new(Kind::ConnectionLost, "this watch belongs to the parent process")
        .with_hint("make a new one in the forked child")
}
