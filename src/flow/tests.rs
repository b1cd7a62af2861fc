//! Who is woken, and how often. (What must hold in all orders of threads is in `tests/model`.)

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use super::block::block;
use super::parker::Told;
use super::seat::{Seat, Sleeper};
use super::{Parker, both, sleep_until};

/// A seat that the first of so many threads has taken; with them go their tickets.
fn seat_of(count: usize) -> (Seat, Vec<(u64, Arc<Parker>)>) {
    let mut seat = Seat::default();
    let threads: Vec<_> = (0..count).map(|_| (seat.ticket(), Parker::new())).collect();
    for (place, (ticket, parker)) in threads.iter().enumerate() {
        assert_eq!(seat.take_or_wait(*ticket, Sleeper::Thread(Arc::clone(parker))), place == 0);
    }
    (seat, threads)
}

fn leave(seat: &mut Seat, ticket: u64) {
    seat.leave(ticket).iter().for_each(Sleeper::call);
}

/// The places of those who have been called.
fn called(threads: &[(u64, Arc<Parker>)]) -> Vec<usize> {
    let told = threads.iter().enumerate().filter(|(_, (_, parker))| parker.told() == Told::Called);
    told.map(|(place, _)| place).collect()
}

#[test]
fn whoever_leaves_has_exactly_one_called() {
    let (mut seat, threads) = seat_of(64);
    for (place, (ticket, parker)) in threads.iter().enumerate() {
        assert!(seat.take_or_wait(*ticket, Sleeper::Thread(Arc::clone(parker))));
        leave(&mut seat, *ticket);
        let next = if place + 1 < threads.len() { vec![place + 1] } else { vec![] };
        assert_eq!(called(&threads), next);
    }
    assert!(!seat.is_taken() && seat.waiting() == 0);
}

#[test]
fn one_that_is_called_and_goes_passes_it_on() {
    let (mut seat, threads) = seat_of(4);
    leave(&mut seat, threads[0].0);
    assert_eq!(called(&threads), [1]);
    // Those who were not called leave without a word.
    leave(&mut seat, threads[2].0);
    assert_eq!(called(&threads), [0_usize; 0]);
    leave(&mut seat, threads[1].0);
    assert_eq!(called(&threads), [3]);
}

/// It may be quicker than the one that was called, which comes nevertheless: nobody else has to be woken.
#[test]
fn whoever_comes_first_takes_the_seat() {
    let (mut seat, threads) = seat_of(3);
    leave(&mut seat, threads[0].0);
    assert_eq!(called(&threads), [1]);
    for _ in 0..3 {
        let quick = seat.ticket();
        assert!(seat.take_or_wait(quick, Sleeper::Thread(Parker::new())));
        leave(&mut seat, quick);
        assert_eq!(called(&threads), [0_usize; 0]);
    }
    let quick = seat.ticket();
    assert!(seat.take_or_wait(quick, Sleeper::Thread(Parker::new())));
    assert!(!seat.take_or_wait(threads[1].0, Sleeper::Thread(Arc::clone(&threads[1].1))));
    leave(&mut seat, quick);
    assert_eq!(called(&threads), [1], "it has kept its place in the row");
}

#[test]
fn a_thread_that_has_news_is_not_called() {
    let (mut seat, threads) = seat_of(3);
    Waker::from(Arc::clone(&threads[1].1)).wake();
    leave(&mut seat, threads[0].0);
    assert_eq!(called(&threads), [2]);
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn tasks_are_called_when_no_thread_waits() {
    let (mut seat, threads) = seat_of(2);
    let counts = [Arc::new(Count::default()), Arc::new(Count::default())];
    for count in &counts {
        let ticket = seat.ticket();
        assert!(!seat.take_or_wait(ticket, Sleeper::Task(Waker::from(Arc::clone(count)))));
    }
    let woken = || counts.each_ref().map(|count| count.0.load(SeqCst));
    leave(&mut seat, threads[0].0);
    assert_eq!((called(&threads), woken()), (vec![1], [0, 0]));
    leave(&mut seat, threads[1].0);
    assert_eq!((called(&threads), woken()), (vec![], [1, 1]));
}

/// It may belong to a future that nobody polls any more.
#[test]
fn a_task_makes_room_for_whoever_comes() {
    let mut seat = Seat::default();
    let idle = Arc::new(Count::default());
    let (first, second) = (seat.ticket(), seat.ticket());
    assert!(seat.take_or_wait(first, Sleeper::Task(Waker::from(Arc::clone(&idle)))));
    assert!(seat.take_or_wait(second, Sleeper::Flow(Parker::new())));
    leave(&mut seat, second);
    assert_eq!(idle.0.load(SeqCst), 1);
}

#[test]
fn what_a_thread_is_told_before_it_sleeps_keeps_it_awake() {
    let parker = Parker::new();
    parker.call();
    assert_eq!(parker.park(None), Told::Called);
    Waker::from(Arc::clone(&parker)).wake();
    // It stays so until the flow is polled.
    assert_eq!((parker.park(None), parker.park(None)), (Told::News, Told::News));
    assert!(!parker.begin_poll(None));
    parker.forget();
    assert_eq!(parker.park(Some(Duration::ZERO)), Told::Nothing);
    assert!(parker.begin_poll(None));
    parker.end_poll();
}

#[test]
fn of_two_flows_both_are_run() {
    let late = async {
        sleep_until(Instant::now() + Duration::from_millis(1)).await;
        2
    };
    assert_eq!(block(both(std::future::ready(1), late), None).unwrap(), (1, 2));
}
