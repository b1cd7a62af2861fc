//! A flow with several drivers, who come and go.

use std::sync::Arc;

use shuttle::future::{block_on, yield_now};
use shuttle::thread;

use crate::flow::block;
use crate::flow::joint::{Flow, JointFlow};
use crate::flow::notice::Notice;
use crate::in_all_orders;

/// As a connection that brings one thing after the other.
struct Work {
    source: Arc<Notice<u32>>,
    done: Arc<Notice<u32>>,
    flow: JointFlow,
}

const STEPS: u32 = 3;

fn work() -> Arc<Work> {
    let (source, done) = (Arc::new(Notice::new(0)), Arc::new(Notice::new(0)));
    let (from, to) = (Arc::clone(&source), Arc::clone(&done));
    let flow = JointFlow::empty();
    flow.ensure(|| {
        Some(Box::pin(async move {
            for step in 1..=STEPS {
                from.hear(|brought| (*brought >= step).then_some(())).await;
                to.tell(|done| *done = step);
            }
        }))
    });
    Arc::new(Work { source, done, flow })
}

impl Work {
    async fn drive_until(&self, wanted: u32) {
        self.flow.drive(self.done.hear(|done| (*done >= wanted).then_some(()))).await;
    }

    fn bring_all(self: &Arc<Self>) -> thread::JoinHandle<()> {
        let work = Arc::clone(self);
        thread::spawn(move || {
            for _ in 0..STEPS {
                work.source.tell(|brought| *brought += 1);
            }
        })
    }
}

#[test]
fn a_driver_that_has_what_it_wants_hands_the_flow_over() {
    in_all_orders(|| {
        let work = work();
        let drivers: Vec<_> = (1..=STEPS)
            .map(|wanted| {
                let work = Arc::clone(&work);
                thread::spawn(move || block_on(work.drive_until(wanted)))
            })
            .collect();
        let bringer = work.bring_all();
        for driver in drivers {
            driver.join().unwrap();
        }
        bringer.join().unwrap();
        assert_eq!((work.source.waiting(), work.done.waiting()), (0, 0));
    });
}

#[test]
fn who_only_looks_takes_it_further_and_no_wake_up_from_a_driver() {
    in_all_orders(|| {
        let work = work();
        let drivers: Vec<_> = [1, STEPS]
            .map(|wanted| {
                let work = Arc::clone(&work);
                thread::spawn(move || block(work.drive_until(wanted), || ()))
            })
            .into();
        let bringer = work.bring_all();
        while work.done.look(|done| *done < STEPS) == Some(true) {
            if work.flow.has_news() {
                work.flow.glance();
            }
            thread::yield_now();
        }
        for driver in drivers {
            driver.join().unwrap();
        }
        bringer.join().unwrap();
    });
}

#[test]
fn a_driver_that_gives_up_hands_the_flow_over() {
    in_all_orders(|| {
        let work = work();
        let faint = {
            let work = Arc::clone(&work);
            thread::spawn(move || {
                block_on(async {
                    let mut driven = Box::pin(work.drive_until(STEPS));
                    let once = std::future::poll_fn(|context| {
                        let _ = driven.as_mut().poll(context);
                        std::task::Poll::Ready(())
                    });
                    once.await;
                    yield_now().await;
                });
            })
        };
        let patient = {
            let work = Arc::clone(&work);
            thread::spawn(move || block_on(work.drive_until(STEPS)))
        };
        let bringer = work.bring_all();
        patient.join().unwrap();
        faint.join().unwrap();
        bringer.join().unwrap();
    });
}

/// Threads sleep until they have what they want or are called; one of them is called, not all.
#[test]
fn a_thread_that_has_what_it_wants_hands_the_flow_over() {
    in_all_orders(|| {
        let work = work();
        let drivers: Vec<_> = [1, STEPS, STEPS]
            .map(|wanted| {
                let work = Arc::clone(&work);
                thread::spawn(move || block(work.drive_until(wanted), || ()))
            })
            .into();
        let bringer = work.bring_all();
        for driver in drivers {
            driver.join().unwrap();
        }
        bringer.join().unwrap();
        assert_eq!((work.source.waiting(), work.done.waiting()), (0, 0));
    });
}

/// As in Python code that runs between two waits, for as long as it likes.
#[test]
fn nobody_waits_for_a_thread_that_is_away() {
    in_all_orders(|| {
        let work = work();
        let away = {
            let work = Arc::clone(&work);
            thread::spawn(move || {
                let until_all_is_done = || block_on(work.done.hear(|done| (*done == STEPS).then_some(())));
                block(work.drive_until(STEPS), until_all_is_done);
            })
        };
        let other = {
            let work = Arc::clone(&work);
            thread::spawn(move || block(work.drive_until(STEPS), || ()))
        };
        let bringer = work.bring_all();
        for thread in [away, other, bringer] {
            thread.join().unwrap();
        }
    });
}

/// A task may hold a future that it does not poll any more.
#[test]
fn nobody_waits_for_a_task_that_does_not_poll() {
    in_all_orders(|| {
        let work = work();
        let mut idle = Box::pin(work.drive_until(STEPS));
        let _ = idle.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        let drivers = [true, false].map(|is_thread| {
            let work = Arc::clone(&work);
            thread::spawn(move || {
                if is_thread {
                    block(work.drive_until(2), || ());
                } else {
                    block_on(work.drive_until(STEPS));
                }
            })
        });
        let bringer = work.bring_all();
        for driver in drivers {
            driver.join().unwrap();
        }
        bringer.join().unwrap();
        block_on(idle);
    });
}

#[test]
fn a_flow_is_dropped_only_where_nobody_waits_for_it() {
    in_all_orders(|| {
        let work = work();
        let patient = Arc::clone(&work);
        let driver = thread::spawn(move || {
            block_on(async {
                let mut driven = Box::pin(patient.drive_until(STEPS));
                let mut other = None;
                std::future::poll_fn(|context| {
                    let polled = driven.as_mut().poll(context);
                    // Somebody waits by now.
                    other.get_or_insert_with(|| {
                        let work = Arc::clone(&patient);
                        thread::spawn(move || work.flow.drop_if_deserted(|| true))
                    });
                    polled
                })
                .await;
                other
            })
        });
        let bringer = work.bring_all();
        driver.join().unwrap().unwrap().join().unwrap();
        bringer.join().unwrap();
        work.flow.drop_if_deserted(|| true);
        assert!(work.flow.take().is_none());
    });
}

/// Who is there, and who has been answered.
#[derive(Default)]
struct Desk {
    visitors: Vec<u32>,
    answered: Vec<u32>,
}

/// Answers whoever comes, for ever.
fn answering(desk: &Arc<Notice<Desk>>) -> Flow {
    let desk = Arc::clone(desk);
    Box::pin(async move {
        loop {
            let next = |desk: &mut Desk| {
                desk.visitors.iter().copied().find(|visitor| !desk.answered.contains(visitor))
            };
            let visitor = desk.hear(next).await;
            desk.tell(|desk| desk.answered.push(visitor));
        }
    })
}

/// The last that leaves has the flow dropped, and somebody else may come at that moment.
#[test]
fn one_that_comes_while_the_last_leaves_is_answered() {
    in_all_orders(|| visitors_are_answered(|desk| desk.visitors.is_empty()));
}

/// As a connection that is being made: nobody may wait for one that has stopped where somebody left it.
#[test]
fn one_that_waits_is_answered_also_where_whoever_leaves_has_the_flow_dropped() {
    in_all_orders(|| visitors_are_answered(|_| true));
}

fn visitors_are_answered(is_dropped: fn(&mut Desk) -> bool) {
    let (desk, joint) = (Arc::new(Notice::new(Desk::default())), Arc::new(JointFlow::empty()));
    let come_and_go = |visitor: u32| {
        let (desk, joint) = (Arc::clone(&desk), Arc::clone(&joint));
        thread::spawn(move || {
            desk.tell(|desk| desk.visitors.push(visitor));
            let answered = desk.hear(|desk| desk.answered.contains(&visitor).then_some(()));
            block(joint.ensure_and_drive(|| Some(answering(&desk)), answered), || ());
            desk.tell(|desk| desk.visitors.retain(|other| *other != visitor));
            joint.drop_if_deserted(|| desk.look(is_dropped).unwrap());
        })
    };
    for visitor in [1, 2, 3].map(come_and_go) {
        visitor.join().unwrap();
    }
    assert!(joint.take().is_none());
}
