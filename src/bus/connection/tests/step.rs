//! The stepping driver over a socket: flows of one thread that share a connection with each other and with threads.

use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::thread::{scope, spawn};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::*;
use crate::flow::step::{Awaited, Descriptor, Step, Stepped};

type Flow<'a> = Pin<Box<dyn Future<Output = Result<u32>> + 'a>>;

/// Flows of one thread, and what each of them waits for: as a hub has its greenlets.
#[derive(Default)]
struct Greenlets<'a> {
    waiting: Vec<(usize, Stepped<Flow<'a>>, Awaited)>,
    ended: Vec<(usize, Result<u32>)>,
    spawned: usize,
    steps: usize,
}

impl<'a> Greenlets<'a> {
    /// Takes the first step of a flow.
    fn spawn(&mut self, flow: impl Future<Output = Result<u32>> + 'a) {
        let flow: Flow<'a> = Box::pin(with_deadline(Some(Instant::now() + PATIENCE), flow));
        self.step(self.spawned, Stepped::new(flow));
        self.spawned += 1;
    }

    fn step(&mut self, number: usize, mut stepped: Stepped<Flow<'a>>) {
        self.steps += 1;
        match stepped.step().unwrap() {
            Step::Done(result) => self.ended.push((number, result)),
            Step::Waits(awaited) => self.waiting.push((number, stepped, awaited)),
        }
    }

    /// Drops one, as when it is killed.
    fn kill(&mut self, number: usize) {
        self.waiting.retain(|(other, ..)| *other != number);
    }

    /// Waits once for all of them, and goes on with those for which something has come.
    fn turn(&mut self) {
        let until = self.waiting.iter().filter_map(|(.., awaited)| awaited.until).min();
        let within = until.map_or(PATIENCE, |until| until.saturating_duration_since(Instant::now()));
        are_ready(&self.awaited(), within);
        self.go_on();
    }

    /// Takes a step of those for which something has come already.
    fn go_on(&mut self) {
        let (ready, rest): (Vec<_>, _) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(.., awaited)| has_come(awaited));
        self.waiting = rest;
        for (number, stepped, _) in ready {
            self.step(number, stepped);
        }
    }

    /// What they wait for. eventlet takes each descriptor from one greenlet.
    fn awaited(&self) -> Vec<Descriptor> {
        let awaited = self.waiting.iter().flat_map(|(.., awaited)| &awaited.descriptors);
        let awaited: Vec<Descriptor> = awaited.copied().collect();
        let mut numbers: Vec<_> = awaited.iter().map(|descriptor| descriptor.number).collect();
        numbers.sort_unstable();
        assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]), "two wait for one descriptor");
        awaited
    }

    fn run(&mut self) {
        while !self.waiting.is_empty() {
            self.turn();
        }
    }

    /// The answers, by the numbers of their greenlets.
    fn answers(&mut self) -> Vec<u32> {
        self.ended.sort_by_key(|(number, _)| *number);
        self.ended.drain(..).map(|(_, result)| result.unwrap()).collect()
    }

    /// Which of them wait for the socket.
    fn readers(&self, connection: &Connection) -> Vec<usize> {
        let number = connection.socket().as_raw_fd();
        let reads =
            |awaited: &Awaited| awaited.descriptors.iter().any(|descriptor| descriptor.number == number);
        self.waiting.iter().filter(|(.., awaited)| reads(awaited)).map(|(number, ..)| *number).collect()
    }
}

fn has_come(awaited: &Awaited) -> bool {
    awaited.until.is_some_and(|until| Instant::now() >= until)
        || are_ready(&awaited.descriptors, Duration::ZERO)
}

fn are_ready(descriptors: &[Descriptor], within: Duration) -> bool {
    let within = Timespec::try_from(within).unwrap();
    let mut fds: Vec<_> = descriptors
        .iter()
        .map(|descriptor| {
            let reads = if descriptor.reads { PollFlags::IN } else { PollFlags::empty() };
            let writes = if descriptor.writes { PollFlags::OUT } else { PollFlags::empty() };
            PollFd::from_borrowed_fd(borrowed(descriptor.number), reads | writes)
        })
        .collect();
    poll(&mut fds, Some(&within)).unwrap() > 0
}

fn borrowed<'a>(number: RawFd) -> BorrowedFd<'a> {
    #[expect(unsafe_code, reason = "whoever steps has numbers, as a select has")]
    // SAFETY: what a flow waits for is open until its next step.
    unsafe {
        BorrowedFd::borrow_raw(number)
    }
}

#[test]
fn answers_in_any_order_find_their_flows() {
    let (connection, mut fake) = private();
    let mut greenlets = Greenlets::default();
    for number in 0..200 {
        greenlets.spawn(answered(ask(&connection, number)));
    }
    assert_eq!(greenlets.readers(&connection), [0]);
    let calls: Vec<_> = (0..200).map(|_| fake.call().unwrap()).collect();
    for call in calls.iter().rev() {
        fake.reply(call, &asked(call));
    }
    greenlets.run();
    assert_eq!(greenlets.answers(), (0..200).collect::<Vec<_>>());
    // One begins to wait and one ends; some read for others.
    assert!(greenlets.steps < 5 * 200, "{} steps", greenlets.steps);
    assert_eq!(connection.load(), (0, 0));
}

#[test]
fn flows_and_threads_share_a_connection() {
    let (connection, fake) = private();
    let server = spawn(|| echo(fake));
    scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                for number in 0..1000 {
                    assert_eq!(wait(answered(ask(&connection, number))).unwrap(), number);
                }
            });
        }
        for _ in 0..2 {
            threads.spawn(|| {
                let mut greenlets = Greenlets::default();
                for number in 0..10 {
                    let connection = &connection;
                    greenlets.spawn(async move {
                        for again in 0..100 {
                            assert_eq!(answered(ask(connection, again)).await.unwrap(), again);
                        }
                        Ok(number)
                    });
                }
                greenlets.run();
                assert_eq!(greenlets.answers(), (0..10).collect::<Vec<_>>());
            });
        }
    });
    assert_eq!(connection.load(), (0, 0));
    drop(connection);
    drop(server.join().unwrap());
}

/// The one that reads, one that was called to, and one that only waits.
#[test]
fn a_flow_that_is_dropped_hands_over() {
    let (connection, mut fake) = private();
    let mut greenlets = Greenlets::default();
    for number in 0..5 {
        greenlets.spawn(answered(ask(&connection, number)));
    }
    let calls: Vec<_> = (0..5).map(|_| fake.call().unwrap()).collect();
    greenlets.kill(0);
    greenlets.kill(1);
    greenlets.kill(3);
    greenlets.turn();
    assert_eq!(greenlets.readers(&connection), [2]);
    for call in &calls {
        fake.reply(call, &asked(call));
    }
    greenlets.run();
    assert_eq!(greenlets.answers(), [2, 4]);
    assert_eq!(connection.load(), (0, 0));
}

/// Nobody waits at the moment: one has ended, and the other one has news, but has not come to the processor yet.
#[test]
fn one_that_comes_back_late_takes_nobodys_place() {
    let (connection, mut fake) = private();
    let mut greenlets = Greenlets::default();
    greenlets.spawn(answered(ask(&connection, 0)));
    greenlets.spawn(async {
        answered(ask(&connection, 1)).await?;
        answered(ask(&connection, 4)).await
    });
    for call in [fake.call().unwrap(), fake.call().unwrap()] {
        fake.reply(&call, &asked(&call));
    }
    greenlets.turn();
    assert_eq!(greenlets.ended.len(), 1);
    for number in 2..4 {
        greenlets.spawn(answered(ask(&connection, number)));
    }
    greenlets.kill(2);
    let calls = [fake.call().unwrap(), fake.call().unwrap()];
    greenlets.turn();
    for call in calls.into_iter().chain([fake.call().unwrap()]) {
        fake.reply(&call, &asked(&call));
    }
    greenlets.run();
    assert_eq!(greenlets.answers(), [0, 4, 3]);
}

/// Another flow of its thread may keep the processor for as long as it likes.
#[test]
fn a_thread_waits_for_no_flow_that_nobody_steps() {
    let (connection, mut fake) = private();
    let mut greenlets = Greenlets::default();
    greenlets.spawn(answered(ask(&connection, 1)));
    let first = fake.call().unwrap();
    for number in 2..10 {
        let reply = ask(&connection, number);
        let call = fake.call().unwrap();
        fake.reply(&call, &number);
        assert_eq!(wait(answered(reply)).unwrap(), number);
    }
    fake.reply(&first, &1_u32);
    greenlets.run();
    assert_eq!(greenlets.answers(), [1]);
}

/// It sleeps until the thread has its news, or leaves.
#[test]
fn a_flow_leaves_the_socket_to_a_thread_that_leads() {
    let (connection, mut fake) = private();
    let mut greenlets = Greenlets::default();
    scope(|threads| {
        let leader = threads.spawn(|| wait(answered(ask(&connection, 1))));
        let first = fake.call().unwrap();
        let deadline = Instant::now() + PATIENCE;
        while !connection.state().unwrap().lead.is_taken() {
            assert!(Instant::now() < deadline, "a hang");
            std::thread::yield_now();
        }
        for number in 2..4 {
            greenlets.spawn(answered(ask(&connection, number)));
        }
        let calls = [fake.call().unwrap(), fake.call().unwrap()];
        // The leader may be the quicker one, and nothing is left for them to see.
        let deadline = Instant::now() + PATIENCE;
        while !greenlets.readers(&connection).is_empty() {
            assert!(Instant::now() < deadline, "it reads beside the leader");
            fake.signal("Something", 1);
            greenlets.go_on();
        }
        fake.reply(&calls[1], &3_u32);
        while greenlets.ended.is_empty() {
            greenlets.turn();
        }
        fake.reply(&first, &1_u32);
        assert_eq!(leader.join().unwrap().unwrap(), 1);
        fake.reply(&calls[0], &2_u32);
        greenlets.run();
        assert_eq!(greenlets.answers(), [2, 3]);
    });
}

/// More than the socket takes: the flow that reads has to send it.
#[test]
fn a_long_call_goes_out_while_another_flow_reads() {
    let (connection, mut fake) = private();
    let mut greenlets = Greenlets::default();
    greenlets.spawn(answered(ask(&connection, 1)));
    let first = fake.call().unwrap();
    let server = spawn(move || {
        let second = fake.call().unwrap();
        fake.reply(&second, &2_u32);
        fake.reply(&first, &1_u32);
        fake
    });
    let text = "x".repeat(3 << 20);
    let call = Call::new("/a", "a.B", "Long").text(&text).unwrap();
    greenlets.spawn(answered(connection.call(&call).unwrap()));
    greenlets.run();
    assert_eq!(greenlets.answers(), [1, 2]);
    drop(server.join().unwrap());
}

#[test]
fn a_deadline_ends_a_wait_and_leaves_nothing() {
    let (connection, mut fake) = private();
    let mut greenlets = Greenlets::default();
    greenlets.spawn(with_deadline(Some(Instant::now()), answered(ask(&connection, 1))));
    greenlets.spawn(answered(ask(&connection, 2)));
    greenlets
        .spawn(with_deadline(Some(Instant::now() + Duration::from_millis(1)), answered(ask(&connection, 3))));
    while greenlets.waiting.len() > 1 {
        greenlets.turn();
    }
    let (_, second) = (fake.call().unwrap(), fake.call().unwrap());
    fake.reply(&second, &2_u32);
    greenlets.run();
    let kinds = greenlets.ended.iter().map(|(_, result)| result.as_ref().map_err(Error::kind));
    let timeouts = kinds.filter(|kind| *kind == Err(Kind::Timeout)).count();
    assert_eq!((timeouts, connection.load()), (2, (0, 0)));
}

#[test]
fn a_connection_that_is_lost_ends_every_flow() {
    let (connection, mut fake) = private();
    let mut greenlets = Greenlets::default();
    for number in 0..3 {
        greenlets.spawn(answered(ask(&connection, number)));
    }
    fake.call().unwrap();
    drop(fake);
    greenlets.run();
    let kinds = greenlets.ended.iter().map(|(_, result)| result.as_ref().unwrap_err().kind());
    assert_eq!(kinds.collect::<Vec<_>>(), [Kind::ConnectionLost; 3]);
}
