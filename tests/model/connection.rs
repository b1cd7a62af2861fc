//! A connection as src/bus/connection has it, with the library's own way to settle who reads, and threads and tasks that
//! wait for it as in src/flow/block and src/flow/tokio. Greenlets wait by src/flow/step itself.

#[path = "../../src/bus/connection/lead.rs"]
mod lead;
#[path = "../../src/bus/connection/wakeups.rs"]
mod wakeups;

use std::collections::{HashMap, HashSet, VecDeque};
use std::future::poll_fn;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::task::{Poll, Waker};

use shuttle::sync::Mutex;

use self::lead::Leadership;
use self::wakeups::Wakeups;
use crate::flow::parker::Told;
use crate::flow::{Bell, Lead, Parker, Source, Turn, Wait, poll, register, wait_for};

/// How many calls the socket holds while its other end does not read.
const ROOM: usize = 1;

/// Calls go out when the socket takes them, answers come in.
#[derive(Default)]
pub(crate) struct Connection {
    state: Mutex<State>,
    pub(crate) socket: Socket,
}

#[derive(Default)]
struct State {
    lead: Leadership,
    unsent: VecDeque<u32>,
    answers: HashSet<u32>,
    is_lost: bool,
    wakers: HashMap<u32, Waker>,
    /// A thread waits for the socket.
    is_read: bool,
}

/// Both ends of a socket. What can be waited for rings.
#[derive(Default)]
pub(crate) struct Socket {
    lines: Mutex<Lines>,
    /// It never rings.
    number: Bell,
    can_be_read: Bell,
    can_be_written: Bell,
    has_calls: Bell,
}

#[derive(Default)]
struct Lines {
    calls: VecDeque<u32>,
    answers: VecDeque<u32>,
    is_shut: bool,
    /// Whom an event loop wakes when something changes.
    tasks: Vec<Waker>,
}

impl Connection {
    pub(crate) fn new() -> Arc<Self> {
        let connection = Self::default();
        let socket = &connection.socket;
        register(
            socket.number.descriptor().as_raw_fd(),
            [socket.can_be_read.clone(), socket.can_be_written.clone()],
        );
        connection.socket.can_be_written.ring();
        Arc::new(connection)
    }

    /// Changes the state, and wakes those for whom something has come when the lock is free again.
    fn change<R>(&self, change: impl FnOnce(&mut State, &mut Vec<Waker>) -> R) -> R {
        let mut state = self.state.lock().unwrap();
        let mut news = Vec::new();
        let result = change(&mut state, &mut news);
        let wants_write = state.wants_write();
        let wakeups = Wakeups { news, called: state.lead.called(wants_write) };
        drop(state);
        drop(wakeups);
        result
    }

    pub(crate) fn submit(&self, call: u32) {
        self.change(|state, _| {
            state.unsent.push_back(call);
            self.socket.flush(state);
        });
    }

    /// Takes the answer, or has the waker woken when it comes; false says that there will be none.
    fn look(&self, call: u32, waker: &Waker) -> Option<bool> {
        self.change(|state, _| {
            if state.answers.remove(&call) {
                return Some(true);
            }
            if !state.is_lost {
                state.wakers.insert(call, waker.clone());
            }
            state.is_lost.then_some(false)
        })
    }

    fn forget(&self, call: u32) {
        self.change(|state, _| state.wakers.remove(&call));
    }

    fn join(&self, ticket: Option<u64>, parker: &Arc<Parker>) -> Turn {
        self.change(|state, _| {
            let wants_write = state.wants_write();
            state.lead.join(ticket, parker, wants_write)
        })
    }

    fn leave(&self, ticket: u64) {
        self.change(|state, _| state.lead.leave(ticket));
    }

    /// Sends and reads one thing each, so that others are left for whoever comes next.
    pub(crate) fn pump(&self) -> bool {
        self.change(|state, woken| {
            self.exchange(state, woken);
            let wants_write = state.wants_write();
            state.lead.knows(wants_write);
            wants_write
        })
    }

    fn exchange(&self, state: &mut State, woken: &mut Vec<Waker>) {
        self.socket.flush(state);
        match self.socket.read() {
            Ok(Some(answer)) => {
                state.answers.insert(answer);
                woken.extend(state.wakers.remove(&answer));
            }
            Ok(None) => {}
            Err(()) => {
                state.is_lost = true;
                woken.extend(state.wakers.drain().map(|(_, waker)| waker));
            }
        }
    }

    /// Waits for an answer as a thread does; false says that there is none. One without patience gives up when it could
    /// sleep.
    pub(crate) fn wait(&self, call: u32, is_patient: bool) -> bool {
        let parker = Parker::new();
        let waker = Waker::from(Arc::clone(&parker));
        loop {
            parker.forget();
            if let Some(is_answered) = self.look(call, &waker) {
                return is_answered;
            }
            let mut turn = self.join(None, &parker);
            loop {
                if !is_patient {
                    self.leave(turn.ticket);
                    self.forget(call);
                    return false;
                }
                let told = match &mut turn.lead {
                    Some(lead) => self.lead_once(&parker, lead),
                    None => parker.park(None),
                };
                match told {
                    Told::News => break,
                    Told::Called => turn = self.join(Some(turn.ticket), &parker),
                    Told::Nothing => {}
                }
            }
            self.leave(turn.ticket);
        }
    }

    /// Waits for an answer as a task does, which never leads while it waits.
    pub(crate) async fn wait_as_task(&self, call: u32) -> bool {
        let mut ticket = None;
        let answered = poll_fn(|context| {
            loop {
                if let Some(is_answered) = self.look(call, context.waker()) {
                    return Poll::Ready(is_answered);
                }
                let (reads, writes) = self.socket.is_ready(context.waker());
                let sent = writes && self.flush();
                if !(reads && self.pump_unless_led(&mut ticket, context.waker()) || sent) {
                    return Poll::Pending;
                }
            }
        });
        let answered = answered.await;
        if let Some(ticket) = ticket {
            self.leave(ticket);
        }
        answered
    }

    /// The answer, for a driver that looks after the connection itself; false says that there is none.
    pub(crate) async fn answer(self: Arc<Self>, call: u32) -> bool {
        let forgotten = Forgotten(&self, call);
        let answered = poll_fn(|context| {
            if let Some(is_answered) = self.look(call, context.waker()) {
                return Poll::Ready(is_answered);
            }
            let source: Arc<dyn Source> = Arc::<Self>::clone(&self);
            wait_for(Wait::Source { source });
            Poll::Pending
        });
        let answered = answered.await;
        drop(forgotten);
        answered
    }

    fn pump_unless_led(&self, ticket: &mut Option<u64>, waker: &Waker) -> bool {
        self.change(|state, woken| {
            if state.lead.is_taken() {
                state.lead.look_on(ticket, waker);
                return false;
            }
            self.exchange(state, woken);
            true
        })
    }

    fn flush(&self) -> bool {
        self.change(|state, _| {
            let wanted = state.wants_write();
            self.socket.flush(state);
            wanted
        })
    }

    fn lead_once(&self, parker: &Parker, lead: &mut Lead) -> Told {
        let bell = lead.bell.as_ref().unwrap();
        if parker.begin_poll(Some(bell)) {
            let was_read = self.change(|state, _| std::mem::replace(&mut state.is_read, true));
            assert!(!was_read, "two threads read one socket");
            let mut waits = vec![bell, &self.socket.can_be_read];
            waits.extend(lead.wants_write.then_some(&self.socket.can_be_written));
            let ringing = poll(&waits);
            self.change(|state, _| state.is_read = false);
            parker.end_poll();
            if ringing[0] {
                bell.silence();
            }
            if ringing[1..].contains(&true) {
                lead.wants_write = self.pump();
            }
        }
        parker.told()
    }

    /// There is output that the socket did not take.
    pub(crate) fn has_output(&self) -> bool {
        self.change(|state, _| state.wants_write())
    }

    /// All that waited has gone.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.change(|state, _| {
            !state.lead.is_taken() && state.lead.followers() == 0 && state.wakers.is_empty()
        })
    }
}

impl Source for Connection {
    fn number(&self) -> RawFd {
        self.socket.number.descriptor().as_raw_fd()
    }

    fn wants_write(&self) -> bool {
        self.has_output()
    }

    fn pump_unless_led(&self, ticket: &mut Option<u64>, waker: &Waker) -> bool {
        self.pump_unless_led(ticket, waker)
    }

    fn leave(&self, ticket: u64) {
        self.leave(ticket);
    }
}

/// Nobody waits for the answer any more, however that ends.
struct Forgotten<'a>(&'a Connection, u32);

impl Drop for Forgotten<'_> {
    fn drop(&mut self) {
        self.0.forget(self.1);
    }
}

impl State {
    fn wants_write(&self) -> bool {
        !self.is_lost && !self.unsent.is_empty()
    }
}

impl Socket {
    fn flush(&self, state: &mut State) {
        let mut lines = self.lines.lock().unwrap();
        while lines.calls.len() < ROOM
            && let Some(call) = state.unsent.pop_front()
        {
            lines.calls.push_back(call);
            self.has_calls.ring();
        }
        if lines.calls.len() == ROOM {
            self.can_be_written.silence();
        }
    }

    fn read(&self) -> Result<Option<u32>, ()> {
        let mut lines = self.lines.lock().unwrap();
        let answer = lines.answers.pop_front();
        if lines.is_shut && answer.is_none() {
            return Err(());
        }
        if lines.answers.is_empty() && !lines.is_shut {
            self.can_be_read.silence();
        }
        Ok(answer)
    }

    /// Answers so many calls, and goes.
    pub(crate) fn serve(&self, count: usize) {
        for _ in 0..count {
            let call = self.next_call();
            self.answer(call);
        }
    }

    pub(crate) fn next_call(&self) -> u32 {
        poll(&[&self.has_calls]);
        let mut lines = self.lines.lock().unwrap();
        let call = lines.calls.pop_front().unwrap();
        if lines.calls.is_empty() {
            self.has_calls.silence();
        }
        self.can_be_written.ring();
        lines.tasks.drain(..).for_each(Waker::wake);
        call
    }

    pub(crate) fn answer(&self, call: u32) {
        let mut lines = self.lines.lock().unwrap();
        lines.answers.push_back(call);
        self.can_be_read.ring();
        lines.tasks.drain(..).for_each(Waker::wake);
    }

    /// What a task finds, of which it hears when it changes.
    fn is_ready(&self, waker: &Waker) -> (bool, bool) {
        self.lines.lock().unwrap().tasks.push(waker.clone());
        (self.can_be_read.has_rung(), self.can_be_written.has_rung())
    }

    pub(crate) fn shut(&self) {
        self.lines.lock().unwrap().is_shut = true;
        self.can_be_read.ring();
        self.can_be_written.ring();
    }
}
