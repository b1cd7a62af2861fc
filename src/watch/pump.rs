//! The pump of a hub: connects, listens, asks how things are, takes signals to the room in their order, and begins again
//! when the connection breaks. It ends when nobody reads any more.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::audience::GroupId;
use super::defect::{Defect, is_back};
use super::desk::Shared;
use super::line::{Heard, Line, Way};
use super::question::Question;
use super::signal::Signal;
use super::snapshot::{Detail, Found};
use crate::error::{Error, Kind, Result};
use crate::flow::Pauses;
use crate::unit::UnitName;

/// Between two tries to connect again.
const PAUSES: Pauses = Pauses::new(Duration::from_millis(20), Duration::from_secs(2));

/// Fills the backlogs until nobody reads.
pub(super) async fn pump<W: Way>(shared: Arc<Shared>, way: W) {
    let mut pauses = PAUSES;
    while !shared.is_deserted() {
        let mut session = Session { shared: &shared, held: Answers::new(), has_begun: false };
        let Err(error) = session.run(&way).await else { continue };
        if session.has_begun {
            pauses.begin_anew();
        }
        shared.change(|desk, now| {
            if is_unavailable(&error) {
                desk.room.refuse(&error);
            }
            desk.room.lose(&error.facts().message, now);
        });
        if is_back(Defect::SpinsWhileNobodyIsThere) {
            continue;
        }
        let mut pause = pin!(way.pause(&mut pauses));
        let _ = unless_deserted(&shared, pause.as_mut()).await;
    }
}

/// Whether there is nobody who could tell how units are: a reader that has not begun need not wait for that.
fn is_unavailable(error: &Error) -> bool {
    error.kind() != Kind::ConnectionLost
}

/// Runs a step until it is done, or nobody reads any more: then it is dropped.
async fn unless_deserted<F: Future>(shared: &Shared, mut step: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|context| match step.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => shared.poll_deserted(context).map(|()| None),
    })
    .await
}

/// What was asked for, and came.
enum Answer {
    /// How units are, of these groups; these details of the units' follow.
    Found(Vec<GroupId>, Found, Vec<Arc<str>>),
    /// What that did not tell: answers with nothing between them.
    Details(Vec<Detail>),
    /// All that was asked for of these groups has come.
    Settled(Vec<GroupId>),
    /// The jobs in progress, with their units.
    Jobs(Vec<(u32, String)>),
    /// Nothing but its place.
    Place,
}

/// Answers that count at their places, in that order.
type Answers = VecDeque<(Answer, u64)>;

/// What came of a look, each answer at its place.
fn answers_of(groups: Vec<GroupId>, mut found: Found, place: u64) -> Answers {
    let details = std::mem::take(&mut found.details);
    let missing = details.iter().map(|detail| Arc::clone(&detail.unit)).collect();
    let mut answers = Answers::from([(Answer::Found(groups.clone(), found, missing), place)]);
    let mut last = place;
    for detail in details {
        let place = if is_back(Defect::DetailsOutOfTurn) { place } else { detail.place };
        match answers.back_mut() {
            Some((Answer::Details(together), _)) if place <= last + 1 => together.push(detail),
            _ => answers.push_back((Answer::Details(vec![detail]), place)),
        }
        last = place;
    }
    answers.push_back((Answer::Settled(groups), last));
    answers
}

/// One connection's time.
struct Session<'a> {
    shared: &'a Shared,
    /// Answers that wait for the signals before them.
    held: Answers,
    /// The first question was answered.
    has_begun: bool,
}

impl Session<'_> {
    /// Runs until nobody reads; an error says how the connection broke.
    async fn run<W: Way>(&mut self, way: &W) -> Result<()> {
        let shared = self.shared;
        let connecting = pin!(way.connect());
        let connected = {
            let _connecting = shared.whereabouts().connecting();
            unless_deserted(shared, connecting).await
        };
        let Some(line) = connected else { return Ok(()) };
        let line = line?;
        shared.look(|desk| desk.room.listen_anew());
        let outcome = {
            let over = pin!(self.over(&line));
            unless_deserted(shared, over).await
        };
        match outcome {
            Some(Err(error)) => {
                line.lose();
                Err(error)
            }
            Some(Ok(never)) => match never {},
            None => Ok(()),
        }
    }

    async fn over<L: Line>(&mut self, line: &L) -> Result<Infallible> {
        loop {
            self.step(line).await?;
        }
    }

    /// Takes the next signal, or the answer whose turn it is; asks what has to be asked; waits for more.
    async fn step<L: Line>(&mut self, line: &L) -> Result<()> {
        let place = self.held.front().map(|(_, place)| *place);
        if let Some(place) = place
            && is_back(Defect::JobsLostAroundReload)
        {
            while line.take(Some(place)).is_some() {}
        }
        if is_back(Defect::AnswerOutOfTurn)
            && let Some((answer, _)) = self.held.pop_front()
        {
            self.take_in(answer);
            return Ok(());
        }
        if let Some(heard) = line.take(place) {
            return self.hear(line, heard).await;
        }
        if let Some((answer, _)) = self.held.pop_front() {
            self.take_in(answer);
            return Ok(());
        }
        // Only when all has been heard: what came last may make a question needless.
        if let Some(question) = self.shared.look(|desk| desk.room.question()).flatten() {
            self.held = self.ask(line, question).await?;
            return Ok(());
        }
        if let Some(heard) = self.next(line).await? {
            self.hear(line, heard).await?;
        }
        Ok(())
    }

    /// The next signal; none where something is to be asked first.
    async fn next<L: Line>(&self, line: &L) -> Result<Option<Heard<L::Message>>> {
        let mut next = pin!(line.next());
        poll_fn(|context| match next.as_mut().poll(context) {
            Poll::Ready(heard) => Poll::Ready(heard.map(Some)),
            Poll::Pending => self.shared.poll_question(context).map(|()| Ok(None)),
        })
        .await
    }

    async fn ask<L: Line>(&self, line: &L, question: Question) -> Result<Answers> {
        let mut question = question;
        if let Question::Names(names) = question {
            let found: Vec<(UnitName, Option<UnitName>)> = line.find(names).await?;
            let next = self.shared.change(|desk, now| desk.room.find_names(&found, now)).flatten();
            let Some(next) = next else { return Ok(Answers::new()) };
            question = next;
        }
        match question {
            Question::Names(_) => Ok(Answers::new()),
            Question::Look { groups, patterns } => {
                let Some(extent) = self.shared.look(|desk| desk.room.extent()) else {
                    return Ok(Answers::new());
                };
                let wants = |unit: &str| self.is_wanted(unit);
                let (found, place) = line.look(&extent, &patterns, &wants).await?;
                Ok(answers_of(groups, found, place))
            }
            Question::Jobs => {
                let (jobs, place) = line.jobs().await?;
                Ok([(Answer::Jobs(jobs), place)].into())
            }
            Question::Place => Ok([(Answer::Place, line.place().await?)].into()),
        }
    }

    fn is_wanted(&self, unit: &str) -> bool {
        self.shared.look(|desk| desk.room.is_wanted(unit)).unwrap_or(false)
    }

    fn take_in(&mut self, answer: Answer) {
        self.has_begun = true;
        self.shared.change(|desk, now| match answer {
            Answer::Found(groups, found, missing) => {
                desk.room.find(&groups, found.units, &missing, now);
                desk.room.describe(found.rows);
            }
            Answer::Details(details) => {
                for Detail { unit, told, .. } in details {
                    desk.room.find_detail(&unit, told.as_ref(), now);
                }
            }
            Answer::Settled(groups) => desk.room.settle(&groups, now),
            Answer::Jobs(jobs) => desk.room.find_jobs(jobs),
            Answer::Place => desk.room.begin_at_place(now),
        });
    }

    async fn hear<L: Line>(&mut self, line: &L, heard: Heard<L::Message>) -> Result<()> {
        match heard {
            Heard::Signal(message) => {
                let tell = |signal: Signal<'_>| {
                    self.shared.change(|desk, now| desk.room.hear(signal, now));
                };
                line.read(&message, &|unit| self.is_wanted(unit), tell)
            }
            Heard::Lost(count) => {
                self.miss(&format!("{count} signals came faster than they could be read"));
                Ok(())
            }
            Heard::NewOwner => {
                self.miss("the manager came back to the bus under another name");
                line.subscribe_again().await
            }
        }
    }

    fn miss(&self, reason: &str) {
        self.shared.change(|desk, now| desk.room.miss(reason, now));
    }
}
