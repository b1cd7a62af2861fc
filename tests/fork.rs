//! What a forked child may do with its parent's connections: nothing, and it must do it well.
//!
//! No test harness: a child of a process with several threads may not do much.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "this is a test")]

#[expect(dead_code, reason = "it is part of the library's own tests too")]
#[path = "../src/bus/fake_peer.rs"]
mod fake_peer;
#[cfg(feature = "tokio")]
#[path = "fork/on_tokio.rs"]
mod on_tokio;

use std::cell::Cell;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use pm2go::bus::address::{Address, Endpoint, Peer};
use pm2go::bus::keeper::Hold;
use pm2go::bus::subscription::{Filter, Heard, Subscription};
use pm2go::bus::{Call, Connection};
use pm2go::error::{Error, Kind, Result};
use pm2go::flow::block::block;
use pm2go::flow::with_deadline;
use pm2go::fork;
use pm2go::value::Value;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use fake_peer::{FakePeer, PATIENCE};

/// How long a child may take.
const SECONDS_OF_A_CHILD: u32 = 40;
/// So many signals are more than any buffer takes.
const FLOOD: u32 = 20_000;

fn main() {
    a_connection_is_of_no_use_in_a_child();
    a_child_gives_up_what_its_thread_was_waiting_for();
    a_connection_ends_with_its_owner_though_a_child_has_its_socket();
    what_is_kept_is_read_after_a_fork_and_a_child_keeps_its_own();
    descriptors_run_out();
    #[cfg(feature = "tokio")]
    on_tokio::all();
}

/// Runs `work` in a forked child and fails if it panics.
fn in_child(work: impl FnOnce()) {
    let child = fork_child(work);
    wait_for(child);
}

fn fork_child(work: impl FnOnce()) -> i32 {
    let child = fork_here();
    if child == 0 {
        exit_child(std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_ok());
    }
    child
}

fn fork_here() -> i32 {
    #[expect(unsafe_code, reason = "the standard library does not fork")]
    // SAFETY: the child leaves through _exit, and takes no lock that another thread of the parent's may have.
    let child = unsafe { libc::fork() };
    if child == 0 {
        #[expect(unsafe_code, reason = "the standard library has no alarm")]
        // SAFETY: it takes a number only. A child that hangs is killed, which is a failure.
        unsafe {
            libc::alarm(SECONDS_OF_A_CHILD);
        }
    }
    child
}

fn exit_child(is_well: bool) -> ! {
    #[expect(unsafe_code, reason = "what is registered at exit belongs to the parent")]
    // SAFETY: it takes no argument but the code.
    unsafe {
        libc::_exit(i32::from(!is_well))
    }
}

fn wait_for(child: i32) {
    let child = rustix::process::Pid::from_raw(child);
    let (_, status) =
        rustix::process::waitpid(child, rustix::process::WaitOptions::empty()).unwrap().unwrap();
    assert_ne!(status.terminating_signal(), Some(libc::SIGALRM), "the child hung");
    assert_eq!(status.exit_status(), Some(0), "the child failed");
}

fn wait<T>(flow: impl Future<Output = Result<T>>) -> Result<T> {
    block(with_deadline(Some(Instant::now() + PATIENCE), flow), None)?
}

/// A private socket whose server answers every call but those of 0.
fn connect() -> Connection {
    connect_to(|mut fake| {
        while let Some(call) = fake.call() {
            assert_eq!(FakePeer::member(&call), "Echo", "a child has written to its parent's socket");
            if call.body().deserialize::<u32>().unwrap() > 0 {
                fake.reply(&call, &1_u32);
            }
        }
    })
}

/// A private socket with a server that does as it is told.
fn connect_to(serve: impl FnOnce(FakePeer) + Send + 'static) -> Connection {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("private");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        let mut fake = FakePeer::new(listener.accept().unwrap().0);
        fake.authenticate();
        serve(fake);
    });
    let endpoint = Endpoint { address: Address::Path(path), peer: Peer::Private };
    wait(Connection::open(&endpoint, "org.freedesktop.systemd1", 0)).unwrap()
}

fn echo(number: u32) -> Call<'static> {
    Call::new("/a", "a.B", "Echo").value("u", &Value::Unsigned(number.into())).unwrap()
}

fn something() -> Filter {
    Filter::new("a.B", "Something")
}

fn is_refused<T>(result: Result<T>) -> bool {
    result.is_err_and(|error: Error| error.kind() == Kind::ConnectionLost && error.facts().unsent)
}

fn a_connection_is_of_no_use_in_a_child() {
    let generation = fork::generation();
    let connection = connect();
    wait(connection.call(&echo(1)).unwrap()).unwrap();
    let pending = connection.call(&echo(0)).unwrap();
    let dropped = connection.call(&echo(0)).unwrap();
    let (subscription, _) = connection.listen(something(), "org.freedesktop.systemd1").unwrap();
    let path = format!("/proc/self/fd/{}", connection.socket().as_raw_fd());
    in_child(|| {
        assert_eq!(
            std::fs::read_link(&path).unwrap().to_str(),
            Some("/dev/null"),
            "a copy is another client"
        );
        assert_ne!(fork::generation(), generation);
        assert!(is_refused(connection.call(&echo(1))));
        assert!(is_refused(connection.refresh()));
        assert!(is_refused(connection.listen(something(), "org.freedesktop.systemd1")));
        connection.send_unanswered(echo(1));
        assert!(is_refused(wait(pending)));
        drop((dropped, subscription, connection.clone()));
        // A connection of the child's own is as good as any. (Its server is a thread of the child's.)
        let own = connect();
        wait(own.call(&echo(1)).unwrap()).unwrap();
        in_child(|| assert!(is_refused(own.call(&echo(1)))));
        wait(own.call(&echo(1)).unwrap()).unwrap();
    });
    assert_eq!(fork::generation(), generation);
    wait(connection.call(&echo(1)).unwrap()).unwrap();
    connection.refresh().unwrap();
}

/// As where a handler of Python's forks that runs in the middle of a call, while other threads wait too.
fn a_child_gives_up_what_its_thread_was_waiting_for() {
    let connection = connect();
    let others: Vec<_> = (0..4).map(|_| connection.call(&echo(0)).unwrap()).collect();
    for _ in 0..20 {
        let child = Cell::new(None);
        let hook = || match child.get() {
            None => {
                child.set(Some(fork_here()));
                Ok(())
            }
            Some(0) => Ok(()),
            Some(_) => Err(Error::new(Kind::Interrupted, "a handler raised")),
        };
        let (end, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    while !end.load(SeqCst) {
                        wait(connection.call(&echo(1)).unwrap()).unwrap();
                        calls.fetch_add(1, SeqCst);
                    }
                });
            }
            while calls.load(SeqCst) < 8 {
                std::thread::yield_now();
            }
            let result = block(connection.call(&echo(0)).unwrap(), Some(&hook)).and_then(|result| result);
            if child.get() == Some(0) {
                exit_child(is_refused(result));
            }
            assert_eq!(result.unwrap_err().kind(), Kind::Interrupted);
            end.store(true, SeqCst);
        });
        wait_for(child.get().unwrap());
    }
    drop(others);
}

/// To the peer a socket is open as long as anybody has a copy, and systemd queues signals for it.
fn a_connection_ends_with_its_owner_though_a_child_has_its_socket() {
    let (ended, has_ended) = channel();
    let connection = connect_to(move |mut fake| {
        while let Some(call) = fake.call() {
            fake.reply(&call, &1_u32);
        }
        ended.send(()).unwrap();
    });
    wait(connection.call(&echo(1)).unwrap()).unwrap();
    let (until, over) = rustix::pipe::pipe().unwrap();
    let child = fork_child(|| {
        rustix::io::read(&until, &mut [0]).unwrap();
    });
    drop(connection);
    has_ended.recv_timeout(PATIENCE).expect("the peer hears of the end while the child lives");
    rustix::io::write(&over, b"x").unwrap();
    wait_for(child);
}

/// What is kept goes on being read in the parent, also if that never comes to it; a child has a keeper of its own.
fn what_is_kept_is_read_after_a_fork_and_a_child_keeps_its_own() {
    until_alone();
    let mut kept = Some(Flooded::new());
    let child = fork_child(|| {
        assert_eq!(threads(), 1, "the keeper has come along");
        drop(kept.take());
        Flooded::new().hears_all();
    });
    wait_for(child);
    let kept = kept.unwrap();
    kept.hears_all();
}

/// A connection whose peer sends more than any buffer takes, which nobody reads meanwhile.
struct Flooded {
    subscription: Subscription,
    hold: Hold,
    go: Sender<()>,
    is_sent: Receiver<()>,
    has_ended: Receiver<()>,
}

impl Flooded {
    fn new() -> Self {
        let (go, told) = channel();
        let (sent, is_sent) = channel();
        let (ended, has_ended) = channel();
        let connection = connect_to(move |mut fake| {
            if told.recv().is_ok() {
                (0..FLOOD).for_each(|number| fake.signal("Something", number));
                sent.send(()).unwrap();
                assert!(fake.call().is_none());
                ended.send(()).unwrap();
            }
        });
        let systemd = "org.freedesktop.systemd1";
        let (subscription, _) = connection.listen_all(vec![something()], systemd, FLOOD as usize).unwrap();
        let hold = connection.hold(None).unwrap();
        Self { subscription, hold, go, is_sent, has_ended }
    }

    fn hears_all(&self) {
        self.go.send(()).unwrap();
        self.is_sent.recv_timeout(PATIENCE).expect("somebody reads");
        for number in 0..FLOOD {
            let Heard::Signal(message) = wait(self.subscription.next()).unwrap() else {
                panic!("signal {number}")
            };
            assert_eq!(message.body().deserialize::<u32>().unwrap(), number);
        }
        self.hold.rest(Duration::ZERO);
        self.has_ended.recv_timeout(PATIENCE).expect("one that nobody uses is closed");
    }
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// For a child that starts threads: one of the parent's that ended just then would have left its locks to the child.
fn until_alone() {
    let deadline = Instant::now() + PATIENCE;
    while threads() > 1 {
        assert!(Instant::now() < deadline, "threads of the tests before do not end");
        std::thread::yield_now();
    }
}

/// A thread that leads and cannot be woken for want of a descriptor looks again and again, and all get their answers.
fn descriptors_run_out() {
    const CALLS: u32 = 200;
    until_alone();
    in_child(|| {
        let (called, is_called) = channel();
        // It answers the first call together with the last.
        let connection = connect_to(move |mut fake| {
            let first = fake.call().unwrap();
            called.send(()).unwrap();
            for _ in 0..CALLS {
                let call = fake.call().unwrap();
                fake.reply(&call, &1_u32);
            }
            fake.reply(&first, &1_u32);
            while fake.call().is_some() {}
        });
        // The lowest number that is free is the first that is refused.
        let free = rustix::io::dup(connection.socket()).unwrap().as_raw_fd();
        let limit = Rlimit { current: Some(free.try_into().unwrap()), ..getrlimit(Resource::Nofile) };
        setrlimit(Resource::Nofile, limit).unwrap();
        std::thread::scope(|threads| {
            let other = threads.spawn(|| wait(connection.call(&echo(0)).unwrap()));
            // From here on both wait at the same time, again and again: one of them leads, without a bell.
            is_called.recv().unwrap();
            for _ in 0..CALLS {
                wait(connection.call(&echo(1)).unwrap()).unwrap();
            }
            other.join().unwrap().unwrap();
        });
        let refused = rustix::io::dup(connection.socket());
        assert_eq!(refused.unwrap_err(), rustix::io::Errno::MFILE);
    });
}
