//! Connections that their owners leave unread.

use std::sync::atomic::Ordering;

use super::bus::bus;
use super::*;
use crate::bus::keeper::Hold;
use crate::bus::subscription::Subscription;
use crate::flow::kept::{Found, Kept, Retired};
use crate::flow::{Parker, Source, Turn};

/// So many signals are more than all buffers of the kernel take.
const FLOOD: u32 = 20_000;
const LONG: Duration = Duration::from_secs(3600);

fn listen(connection: &Connection, capacity: usize) -> Subscription {
    connection.listen_all(vec![SIGNAL], "org.freedesktop.systemd1", capacity).unwrap().0
}

fn hold(connection: &Connection) -> Hold {
    connection.hold(None).expect("there can be a thread")
}

fn number_of(heard: Heard) -> u32 {
    let Heard::Signal(message) = heard else { panic!("{heard:?}") };
    message.body().deserialize().unwrap()
}

/// Nobody reads: the peer could not go on, and would wait in vain.
#[test]
fn a_peer_can_send_what_nobody_reads_and_nothing_is_lost() {
    let (connection, mut fake) = private();
    let subscription = listen(&connection, FLOOD as usize);
    let _hold = hold(&connection);
    for number in 0..FLOOD {
        fake.signal("Something", number);
    }
    let heard = (0..FLOOD).map(|_| number_of(wait(subscription.next()).unwrap()));
    assert!(heard.eq(0..FLOOD));
}

#[test]
fn what_does_not_fit_into_the_bounds_is_told() {
    let (connection, mut fake) = private();
    let subscription = listen(&connection, 100);
    let _hold = hold(&connection);
    for number in 0..FLOOD {
        fake.signal("Something", number);
    }
    fake.signal("Else", 0);
    let mut told = 0;
    while told < u64::from(FLOOD) {
        told += match wait(subscription.next()).unwrap() {
            Heard::Lost(count) => count,
            Heard::Signal(_) => 1,
        };
    }
    assert_eq!(told, u64::from(FLOOD));
}

#[test]
fn any_number_is_kept() {
    let connections: Vec<_> = (0..200).map(|_| private()).collect();
    let mut held: Vec<_> = connections.iter().map(|(connection, _)| hold(connection)).collect();
    let kept = connections.into_iter().map(|(connection, mut fake)| {
        let reads = Arc::clone(&connection.0.reads);
        let before = reads.load(Ordering::SeqCst);
        fake.signal("Something", 1);
        (connection, fake, reads, before)
    });
    for (connection, fake, reads, before) in kept.collect::<Vec<_>>() {
        until(|| reads.load(Ordering::SeqCst) > before);
        drop((connection, fake));
    }
    held.clear();
}

fn until(holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < PATIENCE);
        std::thread::yield_now();
    }
}

/// Whoever leads waits in poll(2) for what is there to be read.
#[test]
fn what_somebody_leads_is_let_be() {
    let (connection, mut fake) = private();
    let subscription = listen(&connection, 10);
    let seen = connection.0.reads.load(Ordering::SeqCst);
    let Some(Turn { ticket, lead: Some(_) }) = connection.0.join(None, &Parker::new()) else {
        panic!("nobody else leads");
    };
    fake.signal("Something", 1);
    assert_eq!(connection.0.read_in_place(seen), Found::Attended);
    connection.0.leave(ticket);
    assert_eq!(connection.0.read_in_place(seen), Found::Read(1));
    assert_eq!(connection.0.read_in_place(seen), Found::Attended, "it has been read since");
    assert_eq!(subscription.take().map(number_of), Some(1));
    let state = connection.state().unwrap();
    assert_eq!(connection.0.read_in_place(seen + 1), Found::Attended, "somebody is at work on it");
    drop(state);
    drop(fake);
    assert_eq!(connection.0.read_in_place(seen + 1), Found::Lost);
}

/// A piece of a long message moves nothing else: its owner reads it all the same.
#[test]
fn each_piece_of_a_long_message_counts_as_read() {
    let (connection, mut fake) = private();
    let received = connection.state().unwrap().received;
    let seen = connection.0.reads.load(Ordering::SeqCst);
    let signal = Message::signal("/a", "a.B", "Something").sender(DISGUISED);
    let signal = as_systemd(&signal.build(&"x".repeat(1000)).unwrap());
    fake.write(&signal[..500]);
    connection.0.pump();
    assert_eq!(connection.state().unwrap().received, received);
    assert_eq!(connection.0.reads.load(Ordering::SeqCst), seen + 1);
}

/// A task or a loop that waits has a waker: it is woken as if somebody else had read.
#[test]
fn who_waits_for_what_came_is_woken_and_so_is_the_owner() {
    struct Flag(std::sync::atomic::AtomicUsize);
    impl std::task::Wake for Flag {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let woken = || Arc::new(Flag(0.into()));
    let (connection, mut fake) = private();
    let subscription = listen(&connection, 10);
    let (waiter, owner) = (woken(), woken());
    let mut next = Box::pin(subscription.next());
    let waker = std::task::Waker::from(Arc::clone(&waiter));
    assert!(next.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let _hold = connection.hold(Some(std::task::Waker::from(Arc::clone(&owner)))).unwrap();
    fake.signal("Something", 1);
    until(|| waiter.0.load(Ordering::SeqCst) == 1 && owner.0.load(Ordering::SeqCst) == 1);
    let Poll::Ready(heard) = next.as_mut().poll(&mut Context::from_waker(&waker)) else { panic!() };
    assert_eq!(number_of(heard.unwrap()), 1);
}

#[test]
fn a_private_connection_that_nobody_uses_is_closed() {
    let (connection, mut fake) = private();
    let used = private();
    let (hold, other) = (hold(&connection), hold(&used.0));
    other.rest(LONG);
    other.begin_use();
    hold.rest(Duration::from_millis(1));
    assert!(fake.call().is_none());
    assert!(connection.refresh().is_err());
    used.0.refresh().unwrap();
}

/// On a bus the connection stays; what it was asked for ends, and comes back when it is asked for again.
#[test]
fn the_rules_of_a_bus_connection_that_nobody_uses_end() {
    let (connection, mut fake) = bus();
    let hold = hold(&connection);
    for _ in 0..2 {
        hold.begin_use();
        let (subscription, reply) = connection.listen(SIGNAL, "org.freedesktop.systemd1").unwrap();
        let call = fake.call().unwrap();
        assert_eq!(FakePeer::member(&call), "AddMatch");
        fake.reply(&call, &());
        wait(reply.unwrap()).unwrap();
        subscription.keep_rules();
        drop(subscription);
        hold.rest(Duration::from_millis(1));
        assert_eq!(FakePeer::member(&fake.call().unwrap()), "RemoveMatch");
    }
    connection.refresh().unwrap();
}

#[test]
fn one_on_which_somebody_listens_stays_open() {
    let (connection, _fake) = private();
    connection.begin_listening();
    assert_eq!(connection.0.retire(), Retired::Wanted);
    assert!(connection.refresh().is_ok());
    assert!(connection.end_listening());
    assert_eq!(connection.0.retire(), Retired::Done);
    assert!(connection.refresh().is_err());
}

/// Threads use connections and lay them down while their time runs out: one may be closed while it is not used, but
/// never after somebody has begun to use it.
#[test]
fn a_connection_in_use_is_never_closed() {
    const ROUNDS: u32 = 60;
    let worker = |seed: u32| {
        let (mut dice, mut kept) = (seed, 0);
        for _ in 0..ROUNDS {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (connection, _fake) = private();
            let hold = hold(&connection);
            // The end of the limit and the use come in either order, and at times at once.
            hold.rest(Duration::from_micros(u64::from(dice >> 20)));
            for _ in 0..(dice >> 8) & 0xffff {
                std::hint::spin_loop();
            }
            hold.begin_use();
            if connection.refresh().is_ok() {
                wait_for_a_round();
                assert!(connection.refresh().is_ok(), "closed in use");
                kept += 1;
            }
        }
        kept
    };
    let kept: Vec<u32> = std::thread::scope(|threads| {
        let workers: Vec<_> = (1..=4).map(|seed| threads.spawn(move || worker(seed * 7919))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    // Every round of one that was kept has seen another one closed: that is the other outcome.
    assert!(kept.iter().all(|&rounds| rounds > 0), "{kept:?}");
}

/// Waits until the thread has looked at all connections, among which one of this call's own is due.
fn wait_for_a_round() {
    let (connection, mut fake) = private();
    let hold = hold(&connection);
    hold.rest(Duration::ZERO);
    assert!(fake.call().is_none());
}
