//! The blocking driver, with several threads on one connection.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{scope, sleep, spawn};

use super::*;

const SOON: Duration = Duration::from_secs(2);

fn interrupted() -> Result<()> {
    Err(Error::new(Kind::Interrupted, "a signal handler raised"))
}

/// Long enough for a thread that was started to be in its wait.
fn let_it_wait() {
    sleep(Duration::from_millis(60));
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
    for by_hook in [false, true] {
        let (connection, mut fake) = private();
        scope(|threads| {
            let leader = threads.spawn(|| {
                let deadline = (!by_hook).then(|| Instant::now() + Duration::from_millis(150));
                let begin = Instant::now();
                let hook =
                    || if begin.elapsed() > Duration::from_millis(150) { interrupted() } else { Ok(()) };
                let flow = with_deadline(deadline, answered(ask(&connection, 1)));
                let hook: Option<crate::flow::block::Interrupt<'_>> =
                    if by_hook { Some(&hook) } else { None };
                block(flow, hook).and_then(|result| result).unwrap_err().kind()
            });
            let_it_wait();
            let follower = threads.spawn(|| wait(answered(ask(&connection, 2))));
            let expected = if by_hook { Kind::Interrupted } else { Kind::Timeout };
            assert_eq!(leader.join().unwrap(), expected);
            fake.call().unwrap();
            let call = fake.call().unwrap();
            let begin = Instant::now();
            fake.reply(&call, &2_u32);
            assert_eq!(follower.join().unwrap().unwrap(), 2);
            assert!(begin.elapsed() < SOON);
        });
        assert_eq!(connection.load(), (0, 0));
    }
}

#[test]
fn a_hook_ends_the_wait_of_a_follower() {
    let (connection, mut fake) = private();
    scope(|threads| {
        let leader = threads.spawn(|| wait(answered(ask(&connection, 1))));
        let_it_wait();
        let asked = AtomicUsize::new(0);
        let hook = || if asked.fetch_add(1, Ordering::SeqCst) == 1 { interrupted() } else { Ok(()) };
        let begin = Instant::now();
        let error = block(answered(ask(&connection, 2)), Some(&hook)).unwrap_err();
        assert_eq!(error.kind(), Kind::Interrupted);
        assert!(begin.elapsed() < SOON);
        let call = fake.call().unwrap();
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
                fake.signal("Something", 1);
                sleep(Duration::from_millis(1));
            }
        });
        let begin = Instant::now();
        let flow = with_deadline(Some(begin + SOON), answered(ask(&connection, 1)));
        let result = block(flow, Some(&interrupted));
        done.store(true, Ordering::SeqCst);
        assert_eq!(result.unwrap_err().kind(), Kind::Interrupted);
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
    let sent = AtomicBool::new(false);
    let mut delays = Vec::new();
    for round in 0..15 {
        sent.store(false, Ordering::SeqCst);
        let connection = connection.clone();
        let sent = &sent;
        let delay = scope(|threads| {
            let (number, thread) = std::sync::mpsc::channel();
            let waiter = threads.spawn(move || {
                number.send(rustix::thread::gettid()).unwrap();
                let hook = || if sent.load(Ordering::SeqCst) { interrupted() } else { Ok(()) };
                block(answered(ask(&connection, 1)), Some(&hook)).unwrap_err();
                Instant::now()
            });
            let thread = thread.recv().unwrap();
            sleep(Duration::from_millis(20 + round * 7));
            sent.store(true, Ordering::SeqCst);
            let begin = Instant::now();
            signal(thread.as_raw_nonzero().get());
            waiter.join().unwrap().saturating_duration_since(begin)
        });
        delays.push(delay);
    }
    delays.sort();
    assert!(delays[7] < Duration::from_millis(8), "{delays:?}");
}

fn signal(thread: i32) {
    #[expect(unsafe_code, reason = "the standard library sends no signals")]
    // SAFETY: tgkill(2) reads nothing but its numbers, and the thread is one of this process.
    let result = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, libc::SIGUSR1) };
    assert_eq!(result, 0);
}

/// A thread that follows has more to send than the socket takes, and the leader waits for input only.
#[test]
fn a_long_call_goes_out_while_another_thread_leads() {
    let (connection, mut fake) = private();
    scope(|threads| {
        let leader = threads.spawn(|| wait(answered(ask(&connection, 1))));
        let_it_wait();
        let follower = threads.spawn(|| {
            let text = "x".repeat(3 << 20);
            let call = Call::new("/a", "a.B", "Long").text(&text).unwrap();
            wait(answered(connection.call(&call).unwrap()))
        });
        let first = fake.call().unwrap();
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
            let begin = Instant::now();
            assert_eq!(wait(answered(ask(&connection, number))).unwrap(), number);
            assert!(begin.elapsed() < SOON);
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
        let_it_wait();
        let begin = Instant::now();
        connection.state().unwrap().lose(connection.endpoint(), &std::io::Error::other("a test"));
        assert_eq!(leader.join().unwrap().unwrap_err().kind(), Kind::ConnectionLost);
        assert!(begin.elapsed() < SOON);
    });
}
