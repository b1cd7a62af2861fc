//! Who waits hears.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use shuttle::future::{block_on, spawn};
use shuttle::thread;

use crate::flow::notice::Notice;
use crate::in_all_orders;

fn at_least(wanted: u32) -> impl FnMut(&mut u32) -> Option<u32> {
    move |value| (*value >= wanted).then_some(*value)
}

#[test]
fn all_who_wait_hear_of_what_they_wait_for() {
    in_all_orders(|| {
        let notice = Arc::new(Notice::new(0_u32));
        let tellers: Vec<_> = (0..2)
            .map(|_| {
                let notice = Arc::clone(&notice);
                thread::spawn(move || {
                    notice.tell(|value| *value += 1);
                    notice.tell(|value| *value += 1);
                })
            })
            .collect();
        let waiters: Vec<_> = (1..=4)
            .map(|wanted| {
                let notice = Arc::clone(&notice);
                thread::spawn(move || block_on(notice.hear(at_least(wanted))))
            })
            .collect();
        for (wanted, waiter) in (1..=4).zip(waiters) {
            assert!(waiter.join().unwrap() >= wanted);
        }
        for teller in tellers {
            teller.join().unwrap();
        }
        assert_eq!(notice.look(|value| *value), Some(4));
        assert_eq!(notice.waiting(), 0);
    });
}

/// Two waits of one task have the same waker.
#[test]
fn a_wait_that_ends_takes_no_other_of_its_task_with_it() {
    in_all_orders(|| {
        let notice = Arc::new(Notice::new(0_u32));
        let teller = {
            let notice = Arc::clone(&notice);
            thread::spawn(move || {
                notice.tell(|value| *value = 1);
                notice.tell(|value| *value = 2);
            })
        };
        block_on(async {
            let mut late = pin!(notice.hear(at_least(2)));
            let mut early = Some(Box::pin(notice.hear(at_least(1))));
            std::future::poll_fn(|context| {
                let is_over = late.as_mut().poll(context).is_ready();
                if early.as_mut().is_some_and(|early| early.as_mut().poll(context).is_ready()) {
                    early = None;
                }
                if is_over { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        });
        teller.join().unwrap();
        assert_eq!(notice.waiting(), 0);
    });
}

#[test]
fn the_end_is_heard_by_all_who_wait() {
    in_all_orders(|| {
        let notice = Arc::new(Notice::new(false));
        let ender = {
            let notice = Arc::clone(&notice);
            thread::spawn(move || notice.end(|is_over| *is_over = true))
        };
        let task = {
            let notice = Arc::clone(&notice);
            spawn(async move { notice.hear(|is_over| is_over.then_some(())).await })
        };
        block_on(notice.ended());
        assert_eq!(notice.look(|is_over| *is_over), Some(true));
        block_on(task).unwrap();
        block_on(notice.ended());
        ender.join().unwrap();
        assert_eq!(notice.waiting(), 0);
    });
}
