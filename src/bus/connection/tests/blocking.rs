//! The blocking driver, with several threads on one connection.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{scope, spawn};

use super::*;
use crate::flow::block::{Interrupt, SIGNAL_SLICE};

fn interrupted() -> Result<()> {
    Err(Error::new(Kind::Interrupted, "a signal handler raised"))
}

/// Waits for what another thread is about to do.
fn until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "a hang");
        std::thread::yield_now();
    }
}

/// Whether a thread waits for the socket.
fn is_led(connection: &Connection) -> bool {
    connection.state().unwrap().lead.is_taken()
}

/// How many wait for the one that leads.
fn followers(connection: &Connection) -> usize {
    connection.state().unwrap().lead.followers()
}

#[test]
fn eight_threads_share_a_connection_and_each_gets_its_own_answers() {
    const EACH: u32 = 2000;
    let (connection, mut fake) = private();
    let server = spawn(move || {
        let mut answered = 0;
        while let Some(call) = fake.call() {
            let mut batch = vec![call];
            while batch.len() < 8 && fake.has_call() {
                batch.extend(fake.call());
            }
            answered += batch.len();
            let answers = batch.iter().rev().flat_map(|call| fake.answer(call, &asked(call)));
            let answers: Vec<u8> = answers.collect();
            fake.write(&answers);
        }
        answered
    });
    scope(|threads| {
        for thread in 0..8 {
            let connection = &connection;
            threads.spawn(move || {
                for number in thread * EACH..(thread + 1) * EACH {
                    assert_eq!(wait(answered(ask(connection, number))).unwrap(), number);
                }
            });
        }
    });
    assert_eq!(connection.load(), (0, 0));
    drop(connection);
    assert_eq!(server.join().unwrap(), 16_000);
}

/// The leader's deadline passes, or its hook ends the wait: one of the others reads from then on.
#[test]
fn a_leader_that_goes_hands_over() {
    let mut deadline = Duration::from_millis(100);
    while !hands_over(Goes::AtItsDeadline(deadline)) {
        deadline *= 2;
        assert!(deadline < PATIENCE, "nobody follows");
    }
    assert!(hands_over(Goes::ByItsHook));
}

#[derive(Clone, Copy)]
enum Goes {
    AtItsDeadline(Duration),
    ByItsHook,
}

/// False says that the leader's deadline had passed before somebody followed, which shows nothing.
fn hands_over(goes: Goes) -> bool {
    let (connection, mut fake) = private();
    let must_go = &AtomicBool::new(false);
    let hook = || if must_go.load(Ordering::SeqCst) { interrupted() } else { Ok(()) };
    let had_a_follower = scope(|threads| {
        let leader = threads.spawn(|| {
            let (within, hook): (_, Option<Interrupt<'_>>) = match goes {
                Goes::AtItsDeadline(within) => (within, None),
                Goes::ByItsHook => (PATIENCE, Some(&hook)),
            };
            let flow = with_deadline(Some(Instant::now() + within), answered(ask(&connection, 1)));
            block(flow, hook).and_then(|result| result).unwrap_err().kind()
        });
        let first = fake.call().unwrap();
        until(|| is_led(&connection) || leader.is_finished());
        let follower = threads.spawn(|| wait(answered(ask(&connection, 2))));
        until(|| followers(&connection) == 1 || leader.is_finished());
        let had_a_follower = followers(&connection) == 1;
        must_go.store(true, Ordering::SeqCst);
        let expected = match goes {
            Goes::AtItsDeadline(_) => Kind::Timeout,
            Goes::ByItsHook => Kind::Interrupted,
        };
        assert_eq!(leader.join().unwrap(), expected);
        let second = fake.call().unwrap();
        fake.reply(&second, &2_u32);
        assert_eq!(follower.join().unwrap().unwrap(), 2);
        fake.reply(&first, &1_u32);
        had_a_follower
    });
    assert_eq!(connection.load(), (0, 0));
    had_a_follower
}

#[test]
fn a_hook_ends_the_wait_of_a_follower() {
    let (connection, mut fake) = private();
    scope(|threads| {
        let leader = threads.spawn(|| wait(answered(ask(&connection, 1))));
        let call = fake.call().unwrap();
        until(|| is_led(&connection));
        let asked = AtomicUsize::new(0);
        let hook = || if asked.fetch_add(1, Ordering::SeqCst) == 1 { interrupted() } else { Ok(()) };
        let flow = with_deadline(Some(Instant::now() + PATIENCE), answered(ask(&connection, 2)));
        let error = block(flow, Some(&hook)).and_then(|result| result).unwrap_err();
        assert_eq!(error.kind(), Kind::Interrupted);
        fake.reply(&call, &1_u32);
        assert_eq!(leader.join().unwrap().unwrap(), 1);
    });
    assert_eq!(connection.load(), (0, 0));
}

/// Signals that never stop coming must not keep the hook from being asked.
#[test]
fn a_hook_is_asked_while_signals_pour_in() {
    let (connection, mut fake) = private();
    let done = AtomicBool::new(false);
    scope(|threads| {
        threads.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                // The next comes when the last was read, so that nobody is left with a full socket.
                if rustix::io::ioctl_fionread(connection.socket()) == Ok(0) {
                    fake.signal("Something", 1);
                }
            }
        });
        let flow = with_deadline(Some(Instant::now() + PATIENCE), answered(ask(&connection, 1)));
        let result = block(flow, Some(&interrupted)).and_then(|result| result);
        done.store(true, Ordering::SeqCst);
        assert_eq!(result.unwrap_err().kind(), Kind::Interrupted);
    });
}

/// Python code may run in it for as long as it likes.
#[test]
fn another_thread_leads_while_the_leader_is_in_its_hook() {
    let (connection, mut fake) = private();
    let (is_in_hook, may_leave) = (AtomicBool::new(false), AtomicBool::new(false));
    scope(|threads| {
        let leader = threads.spawn(|| {
            let hook = || {
                is_in_hook.store(true, Ordering::SeqCst);
                until(|| may_leave.load(Ordering::SeqCst));
                interrupted()
            };
            block(answered(ask(&connection, 1)), Some(&hook)).and_then(|result| result).unwrap_err().kind()
        });
        fake.call().unwrap();
        let follower = threads.spawn(|| wait(answered(ask(&connection, 2))));
        let second = fake.call().unwrap();
        until(|| is_in_hook.load(Ordering::SeqCst));
        fake.reply(&second, &2_u32);
        assert_eq!(follower.join().unwrap().unwrap(), 2);
        assert!(!is_led(&connection) && followers(&connection) == 0);
        may_leave.store(true, Ordering::SeqCst);
        assert_eq!(leader.join().unwrap(), Kind::Interrupted);
    });
}

extern "C" fn nothing(_: libc::c_int) {}

/// A signal ends poll(2) at once; without that the hook would be asked only at the end of a slice.
#[test]
fn a_signal_has_the_hook_asked_at_once() {
    #[expect(unsafe_code, reason = "the standard library does not handle signals")]
    // SAFETY: the handler does nothing.
    unsafe {
        libc::signal(libc::SIGUSR1, nothing as extern "C" fn(libc::c_int) as libc::sighandler_t);
    }
    let (connection, _fake) = private();
    scope(|threads| {
        let (number, thread) = std::sync::mpsc::channel();
        let waiter = threads.spawn(move || {
            number.send(rustix::thread::gettid()).unwrap();
            let last = Cell::new(Instant::now());
            // A wait that nothing interrupts is never shorter than a slice.
            let hook =
                || if last.replace(Instant::now()).elapsed() < SIGNAL_SLICE { interrupted() } else { Ok(()) };
            let flow = with_deadline(Some(Instant::now() + PATIENCE), answered(ask(&connection, 1)));
            block(flow, Some(&hook)).and_then(|result| result).unwrap_err().kind()
        });
        let thread = thread.recv().unwrap();
        // On a busy machine it takes some until one comes at a time when the thread waits and runs again soon.
        while !waiter.is_finished() {
            signal(thread.as_raw_nonzero().get());
            std::thread::yield_now();
        }
        assert_eq!(waiter.join().unwrap(), Kind::Interrupted);
    });
}

fn signal(thread: i32) {
    #[expect(unsafe_code, reason = "the standard library sends no signals")]
    // SAFETY: tgkill(2) reads nothing but its numbers, and the thread is one of this process.
    let result = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, libc::SIGUSR1) };
    assert_eq!(result, 0);
}

/// A thread that follows has more to send than the socket takes: the leader, which waits for input, has to send it.
#[test]
fn a_long_call_goes_out_while_another_thread_leads() {
    let (connection, mut fake) = private();
    scope(|threads| {
        let leader = threads.spawn(|| wait(answered(ask(&connection, 1))));
        let first = fake.call().unwrap();
        until(|| is_led(&connection));
        let follower = threads.spawn(|| {
            let text = "x".repeat(3 << 20);
            let call = Call::new("/a", "a.B", "Long").text(&text).unwrap();
            wait(answered(connection.call(&call).unwrap()))
        });
        let second = fake.call().unwrap();
        fake.reply(&second, &2_u32);
        assert_eq!(follower.join().unwrap().unwrap(), 2);
        fake.reply(&first, &1_u32);
        assert_eq!(leader.join().unwrap().unwrap(), 1);
    });
}

/// Looking whether the connection is still there must not take away what a leader waits for.
#[test]
fn refreshing_beside_a_leader_loses_nothing() {
    let (connection, fake) = private();
    let server = spawn(|| echo(fake));
    let done = AtomicBool::new(false);
    scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    connection.refresh().unwrap();
                }
            });
        }
        for number in 0..4000 {
            assert_eq!(wait(answered(ask(&connection, number))).unwrap(), number);
        }
        done.store(true, Ordering::SeqCst);
    });
    drop(connection);
    server.join().unwrap();
}

/// Whoever leads learns at once that another thread has found the connection broken.
#[test]
fn a_leader_wakes_when_another_thread_loses_the_connection() {
    let (connection, mut fake) = private();
    scope(|threads| {
        let leader = threads.spawn(|| wait(answered(ask(&connection, 1))));
        fake.call().unwrap();
        until(|| is_led(&connection));
        connection.state().unwrap().lose(connection.endpoint(), &std::io::Error::other("a test"));
        assert_eq!(leader.join().unwrap().unwrap_err().kind(), Kind::ConnectionLost);
    });
}
