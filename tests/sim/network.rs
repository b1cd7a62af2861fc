//! What lies between the pump and systemd: one connection at a time, on which everything comes in order, and late.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use super::random::Random;
use super::systemd::{ALIAS, Sent, Standing, Systemd, UNITS};
use crate::error::{Error, Kind, Result};
use crate::flow::Pauses;
use crate::unit::UnitName;
use crate::value::Value;
use crate::watch::defect::{Defect, is_back};
use crate::watch::event::UnitState;
use crate::watch::extent::Extent;
use crate::watch::line::{Heard, Line, Way};
use crate::watch::signal::Signal;
use crate::watch::snapshot::{Detail, Found};

/// More than there is to be done in one turn.
const MOST_TRIES: usize = 100_000;

/// The simulated world, all under one lock.
#[derive(Default)]
pub(super) struct World {
    pub(super) systemd: Systemd,
    /// Nobody can connect.
    pub(super) is_away: bool,
    connection: Option<Connection>,
    /// How often something was tried in one turn of the pump's.
    pub(super) tries: usize,
    connections: u64,
    last_request: u64,
    /// How the units were each time when something had been signalled.
    moments: Vec<[Standing; UNITS.len()]>,
}

#[derive(Default)]
struct Connection {
    number: u64,
    /// On their way to systemd.
    requests: VecDeque<(u64, Request)>,
    /// On their way here.
    frames: VecDeque<Frame>,
    /// Here, and not taken; with their places, and the moments when they were sent.
    arrived: VecDeque<(u64, usize, Sent)>,
    /// The moment of the signal that was taken last.
    taken: Option<usize>,
    lost_signals: u64,
    /// Of which units it brings the changes; of none before it was asked how they are.
    extent: Option<Extent>,
    answers: HashMap<u64, (Answer, u64)>,
    place: u64,
}

enum Request {
    Find(String),
    List,
    Details(String),
    Jobs,
    Ping,
}

enum Frame {
    Signal(usize, Sent),
    Answer(u64, Answer),
}

enum Answer {
    Unit(Option<String>),
    Rows(Vec<(String, UnitState)>),
    Details(Vec<Option<(&'static str, Value)>>),
    Jobs(Vec<(u32, String)>),
    Nothing,
}

pub(super) type Shared = Arc<Mutex<World>>;

pub(super) fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    fn count_a_try(&mut self) {
        self.tries += 1;
        assert!(self.tries < MOST_TRIES, "it spins");
    }

    /// What systemd has signalled leaves for whoever listens.
    pub(super) fn send(&mut self) {
        let sent = std::mem::take(&mut self.systemd.out);
        if !sent.is_empty() {
            self.moments.push(UNITS.map(|unit| self.systemd.standing(unit)));
        }
        let moment = self.moments.len().saturating_sub(1);
        if let Some(connection) = &mut self.connection {
            let extent = connection.extent.as_ref();
            let is_heard = |sent: &Sent| match sent {
                Sent::Changed { unit, .. } => extent.is_some_and(|extent| extent.has(unit)),
                _ => true,
            };
            let signal = |sent| Frame::Signal(moment, sent);
            connection.frames.extend(sent.into_iter().filter(is_heard).map(signal));
        }
    }

    /// systemd answers the next request.
    pub(super) fn answer(&mut self) -> bool {
        self.send();
        let Some(connection) = &mut self.connection else { return false };
        let Some((id, request)) = connection.requests.pop_front() else { return false };
        let systemd = &self.systemd;
        let answer = match request {
            Request::Find(name) => {
                let real = if name == ALIAS.0 { ALIAS.1.to_owned() } else { name };
                Answer::Unit(Some(real).filter(|unit| systemd.units.contains_key(unit)))
            }
            Request::List => Answer::Rows(systemd.list()),
            Request::Details(unit) => Answer::Details(systemd.details(&unit)),
            Request::Jobs => Answer::Jobs(systemd.list_jobs()),
            Request::Ping => Answer::Nothing,
        };
        connection.frames.push_back(Frame::Answer(id, answer));
        true
    }

    /// The next frame arrives.
    pub(super) fn deliver(&mut self) -> bool {
        let Some(connection) = &mut self.connection else { return false };
        let Some(frame) = connection.frames.pop_front() else { return false };
        connection.place += 1;
        match frame {
            Frame::Signal(moment, signal) => {
                connection.arrived.push_back((connection.place, moment, signal));
            }
            Frame::Answer(id, answer) => drop(connection.answers.insert(id, (answer, connection.place))),
        }
        true
    }

    /// The connection breaks, and what has not been taken is lost; whether there was one.
    pub(super) fn cut(&mut self) -> bool {
        self.connection.take().is_some()
    }

    /// The process forks, and goes on.
    pub(super) fn fork(&mut self) {
        if is_back(Defect::GapForAFork) {
            self.cut();
        }
    }

    /// Nobody reads for a while, of so many: what comes meanwhile is kept for them.
    pub(super) fn lie_unread(&mut self, readers: usize) {
        if readers > 64 && is_back(Defect::SixtyFourSeats) {
            self.cut();
        }
    }

    /// How the units were at the moment of which everything that was signalled has been taken, and nothing later.
    pub(super) fn known_moment(&self) -> Option<&[Standing]> {
        let connection = self.connection.as_ref().filter(|connection| connection.lost_signals == 0)?;
        let taken = connection.taken?;
        let on_the_way = connection.frames.iter().find_map(|frame| match frame {
            Frame::Signal(moment, _) => Some(*moment),
            Frame::Answer(..) => None,
        });
        let next = connection.arrived.front().map(|(_, moment, _)| *moment).or(on_the_way);
        (next != Some(taken)).then(|| self.moments[taken].as_slice())
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// The reader was too slow: the oldest signal is dropped, and counted; whether there was one.
    pub(super) fn overflow(&mut self) -> bool {
        let Some(connection) = &mut self.connection else { return false };
        let is_lost = connection.arrived.pop_front().is_some();
        connection.lost_signals += u64::from(is_lost);
        is_lost
    }

    /// systemd leaves the bus for a moment; whether somebody was listening.
    pub(super) fn execute_anew(&mut self, random: &mut Random) -> bool {
        self.send();
        self.systemd.execute_anew(random);
        self.systemd.out.push(Sent::NewOwner);
        self.send();
        self.is_connected()
    }

    /// Whether everything has come.
    pub(super) fn is_quiet(&self) -> bool {
        self.connection
            .as_ref()
            .is_some_and(|connection| connection.requests.is_empty() && connection.frames.is_empty())
    }
}

/// How the pump comes there.
pub(super) struct SimulatedWay(pub(super) Shared);

pub(super) struct SimulatedLine {
    world: Shared,
    number: u64,
}

impl Way for SimulatedWay {
    type Line<'a> = SimulatedLine;

    async fn connect(&self) -> Result<SimulatedLine> {
        let mut world = lock(&self.0);
        world.count_a_try();
        if world.is_away {
            return Err(Error::new(Kind::Unavailable, "nobody is there"));
        }
        world.connections += 1;
        let number = world.connections;
        // What was signalled before is not for this one.
        world.systemd.out.clear();
        world.connection = Some(Connection { number, ..Connection::default() });
        drop(world);
        Ok(SimulatedLine { world: Arc::clone(&self.0), number })
    }

    async fn pause(&self, _pauses: &mut Pauses) {
        let mut has_paused = false;
        poll_fn(|_| if std::mem::replace(&mut has_paused, true) { Poll::Ready(()) } else { Poll::Pending })
            .await;
    }
}

impl SimulatedLine {
    fn with<R>(&self, look: impl FnOnce(&mut Connection) -> R) -> Result<R> {
        let mut world = lock(&self.world);
        match &mut world.connection {
            Some(connection) if connection.number == self.number => Ok(look(connection)),
            _ => Err(Error::new(Kind::ConnectionLost, "the connection broke")),
        }
    }

    fn request(&self, request: Request) -> Result<u64> {
        let id = {
            let mut world = lock(&self.world);
            world.last_request += 1;
            world.last_request
        };
        self.with(|connection| connection.requests.push_back((id, request)))?;
        Ok(id)
    }

    async fn answered(&self, id: u64) -> Result<(Answer, u64)> {
        poll_fn(|_| match self.with(|connection| connection.answers.remove(&id)) {
            Ok(Some(found)) => Poll::Ready(Ok(found)),
            Ok(None) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        })
        .await
    }

    fn pop(&self, before: Option<u64>) -> Result<Option<Heard<Sent>>> {
        self.with(|connection| {
            if connection.lost_signals > 0 {
                return Some(Heard::Lost(std::mem::take(&mut connection.lost_signals)));
            }
            let (place, ..) = connection.arrived.front()?;
            if before.is_some_and(|before| *place >= before) {
                return None;
            }
            let (_, moment, signal) = connection.arrived.pop_front()?;
            connection.taken = Some(moment);
            match signal {
                Sent::NewOwner => Some(Heard::NewOwner),
                signal => Some(Heard::Signal(signal)),
            }
        })
    }
}

impl Line for SimulatedLine {
    type Message = Sent;

    fn take(&self, before: Option<u64>) -> Option<Heard<Sent>> {
        self.pop(before).ok().flatten()
    }

    async fn next(&self) -> Result<Heard<Sent>> {
        lock(&self.world).count_a_try();
        poll_fn(|_| match self.pop(None) {
            Ok(Some(heard)) => Poll::Ready(Ok(heard)),
            Ok(None) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        })
        .await
    }

    fn read(
        &self,
        message: &Sent,
        wants: &dyn Fn(&str) -> bool,
        tell: impl FnOnce(Signal<'_>),
    ) -> Result<()> {
        match message {
            Sent::UnitNew(unit) => tell(Signal::UnitNew(unit)),
            Sent::UnitRemoved(unit) => tell(Signal::UnitRemoved(unit)),
            Sent::JobNew(id, unit) => tell(Signal::JobNew { id: *id, unit }),
            Sent::JobRemoved(id, unit) => tell(Signal::JobRemoved { id: *id, unit, result: "done" }),
            Sent::Changed { unit, is_last, values } if wants(unit) => {
                tell(Signal::Changed { unit, is_last: *is_last, values });
            }
            Sent::Changed { .. } | Sent::NewOwner => {}
            Sent::Reloading(begins) => tell(Signal::Reloading(*begins)),
        }
        Ok(())
    }

    async fn find(&self, names: Vec<UnitName>) -> Result<Vec<(UnitName, Option<UnitName>)>> {
        let mut found = Vec::new();
        for name in names {
            let id = self.request(Request::Find(name.as_str().to_owned()))?;
            let Answer::Unit(unit) = self.answered(id).await?.0 else { panic!("another answer") };
            found.push((name, unit.map(|unit| unit.parse().unwrap())));
        }
        Ok(found)
    }

    async fn look(
        &self,
        extent: &Extent,
        _patterns: &[String],
        wants: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<(Found, u64)> {
        self.with(|connection| connection.extent = Some(extent.clone()))?;
        let id = self.request(Request::List)?;
        let (Answer::Rows(rows), place) = self.answered(id).await? else { panic!("another answer") };
        let units: Vec<_> = rows.into_iter().filter(|(unit, _)| wants(unit)).collect();
        let has_details = |(unit, state): &&(String, UnitState)| {
            unit.ends_with(".service") && state.active_state != "inactive"
        };
        let ask = |(unit, _): &(String, UnitState)| {
            Ok((Arc::from(unit.as_str()), self.request(Request::Details(unit.clone()))?))
        };
        let asked = units.iter().filter(has_details).map(ask).collect::<Result<Vec<(Arc<str>, u64)>>>()?;
        let mut details = Vec::new();
        for (unit, id) in asked {
            let (Answer::Details(found), place) = self.answered(id).await? else { panic!("another answer") };
            details.extend(found.into_iter().map(|told| Detail { unit: Arc::clone(&unit), told, place }));
        }
        Ok((Found { units, rows: Vec::new(), details }, place))
    }

    async fn jobs(&self) -> Result<(Vec<(u32, String)>, u64)> {
        let id = self.request(Request::Jobs)?;
        let (Answer::Jobs(jobs), place) = self.answered(id).await? else { panic!("another answer") };
        Ok((jobs, place))
    }

    async fn place(&self) -> Result<u64> {
        let id = self.request(Request::Ping)?;
        Ok(self.answered(id).await?.1)
    }

    async fn subscribe_again(&self) -> Result<()> {
        Ok(())
    }

    fn lose(self) {}
}
