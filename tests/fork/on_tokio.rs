//! Flows that a tokio runtime drives. A child shares the epoll instance in which they are registered: taking
//! anything back from it would silence the parent.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::mpsc::{Sender, channel};
use std::task::Poll;
use std::time::{Duration, Instant};

use ::tokio::runtime::{Builder, Runtime};
use ::tokio::task::yield_now;
use ::tokio::time::{sleep, timeout};
use pm2go::bus::Connection;
use pm2go::bus::subscription::{Heard, Subscription};
use pm2go::error::Result;
use pm2go::flow::tokio::drive;
use pm2go::flow::with_deadline;

use super::{FakePeer, PATIENCE, connect, connect_to, echo, fork_child, in_child, something, wait_for};

/// So many children of each kind.
const CHILDREN: usize = 5;
/// So many children of a runtime whose threads take and give back its locks all the time.
const CHILDREN_OF_A_STORM: usize = 200;

type Begun<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

pub(super) fn all() {
    for runtime in runtimes() {
        for work in [Work::Nothing, Work::Drop, Work::Anew] {
            the_parent_hears_what_it_waits_for(&runtime, work);
        }
    }
    a_runtime_is_dropped_in_a_child();
    children_of_a_storm();
}

fn runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.worker_threads(2).enable_io().enable_time().build().unwrap())
}

/// What a child does.
#[derive(Clone, Copy)]
enum Work {
    Nothing,
    /// It drops what its parent has begun.
    Drop,
    /// It leaves that alone, and begins anew in a runtime of its own.
    Anew,
}

/// What the parent waits for: each has registered with the runtime.
struct Waiting {
    answer: Begun<zbus::Message>,
    signal: Begun<Heard>,
}

impl Waiting {
    fn new(connection: &Connection) -> Self {
        let reply = connection.call(&echo(1)).unwrap();
        let (subscription, _) = connection.listen(something(), "org.freedesktop.systemd1").unwrap();
        Self { answer: Box::pin(drive(reply)), signal: Box::pin(drive(heard(subscription))) }
    }

    /// Has both register, now that nothing has come.
    async fn begin(&mut self) {
        assert!(is_pending(&mut self.answer).await);
        assert!(is_pending(&mut self.signal).await);
    }

    async fn end(self) {
        let both = async { (self.answer.await, self.signal.await) };
        let (answer, signal) = timeout(PATIENCE / 2, both).await.expect("a child has silenced its parent");
        answer.unwrap();
        assert!(matches!(signal.unwrap(), Heard::Signal(_)));
    }
}

async fn heard(subscription: Subscription) -> Result<Heard> {
    subscription.next().await
}

async fn is_pending<T>(begun: &mut Begun<T>) -> bool {
    poll_fn(|context| Poll::Ready(begun.as_mut().poll(context).is_pending())).await
}

/// A connection whose server answers one call, and sends one signal, when it is told to.
fn connect_to_one_that_waits() -> (Connection, Sender<()>) {
    let (go, told) = channel();
    let connection = connect_to(move |mut fake: FakePeer| {
        let call = fake.call().unwrap();
        told.recv().unwrap();
        fake.reply(&call, &1_u32);
        fake.signal("Something", 1);
        assert!(fake.call().is_none(), "a child has written to its parent's socket");
    });
    (connection, go)
}

fn the_parent_hears_what_it_waits_for(runtime: &Runtime, work: Work) {
    let (connection, go) = connect_to_one_that_waits();
    let mut waiting = Some(Waiting::new(&connection));
    runtime.block_on(async {
        waiting.as_mut().unwrap().begin().await;
        for _ in 0..CHILDREN {
            in_child(|| match work {
                Work::Nothing => {}
                Work::Drop => drop(waiting.take()),
                // A thread that is inside of one runtime cannot enter another.
                Work::Anew => std::thread::spawn(use_a_runtime).join().unwrap(),
            });
        }
        go.send(()).unwrap();
        waiting.take().unwrap().end().await;
    });
    if matches!(work, Work::Anew) {
        in_child(use_a_runtime);
    }
}

fn use_a_runtime() {
    for runtime in runtimes() {
        let connection = connect();
        for _ in 0..3 {
            let answer = drive(connection.call(&echo(1)).unwrap());
            runtime.block_on(async { timeout(PATIENCE, answer).await.unwrap().unwrap() });
        }
    }
}

/// Only one without threads: a child that waits for its parent's threads waits for ever, whoever it is.
fn a_runtime_is_dropped_in_a_child() {
    let [runtime, _] = runtimes();
    let (connection, go) = connect_to_one_that_waits();
    let Waiting { answer, signal } = Waiting::new(&connection);
    let tasks = (runtime.spawn(answer), runtime.spawn(signal));
    runtime.block_on(async {
        for _ in 0..10 {
            yield_now().await;
        }
    });
    let mut runtime = Some(runtime);
    for _ in 0..CHILDREN {
        in_child(|| drop(runtime.take()));
    }
    go.send(()).unwrap();
    let both = async { (tasks.0.await.unwrap(), tasks.1.await.unwrap()) };
    let ended = runtime.unwrap().block_on(async { timeout(PATIENCE / 2, both).await });
    let (answer, signal) = ended.expect("a child has silenced its parent");
    answer.unwrap();
    signal.unwrap();
}

/// At the moment of a fork other threads may hold the locks of the runtime, which nobody releases in the child.
fn children_of_a_storm() {
    let [_, runtime] = runtimes();
    let busy = connect();
    for _ in 0..4 {
        let busy = busy.clone();
        runtime.spawn(async move {
            loop {
                // It registers a descriptor and a time, and takes them back.
                let deadline = Some(Instant::now() + PATIENCE);
                let answer = async { busy.call(&echo(1))?.await };
                drive(with_deadline(deadline, answer)).await.unwrap();
                sleep(Duration::from_micros(1)).await;
            }
        });
    }
    let connection = connect();
    for _ in 0..CHILDREN_OF_A_STORM {
        let deadline = Some(Instant::now() + PATIENCE);
        let reply = connection.call(&echo(0)).unwrap();
        let mut begun: Option<Begun<_>> = Some(Box::pin(drive(with_deadline(deadline, reply))));
        let child = runtime.block_on(async {
            assert!(is_pending(begun.as_mut().unwrap()).await);
            fork_child(|| drop(begun.take()))
        });
        wait_for(child);
    }
    runtime.shutdown_background();
}
