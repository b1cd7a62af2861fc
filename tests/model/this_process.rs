//! What a forked child finds: at the moment of the fork any thread may have held any lock, and none is there to give it
//! back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use shuttle::sync::{Condvar, Mutex};
use shuttle::thread;

use crate::flow::joint::JointFlow;
use crate::flow::notice::Notice;
use crate::fork::{OfThisProcess, as_child};
use crate::in_all_orders;

/// Counts how often it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_child_neither_gets_nor_drops_it_and_the_parent_does() {
    let drops = Arc::new(AtomicUsize::new(0));
    let mut own = OfThisProcess::new(Counted(Arc::clone(&drops)));
    as_child(|| assert!(own.is_inherited() && own.get().is_none() && own.get_mut().is_none()));
    assert!(!own.is_inherited() && own.get().is_some() && own.get_mut().is_some());
    let other = OfThisProcess::new(Counted(Arc::clone(&drops)));
    as_child(|| drop(other));
    assert_eq!(drops.load(Relaxed), 0);
    drop(own);
    assert_eq!(drops.load(Relaxed), 1);
}

/// Another thread has the lock for as long as the child lives: whoever took it would wait for ever.
#[test]
fn a_child_takes_no_lock_of_its_parent() {
    in_all_orders(|| {
        let notice = Arc::new(Notice::new(0_u32));
        let is_over = Arc::new((Mutex::new(false), Condvar::new()));
        let holder = {
            let (notice, is_over) = (Arc::clone(&notice), Arc::clone(&is_over));
            thread::spawn(move || {
                notice.tell(|value| {
                    let mut over = is_over.0.lock().unwrap();
                    while !*over {
                        over = is_over.1.wait(over).unwrap();
                    }
                    *value = 1;
                });
            })
        };
        let flow = JointFlow::new(Box::pin(std::future::pending()));
        as_child(|| {
            assert_eq!(notice.look(|value| *value), None);
            assert_eq!(notice.tell(|value| *value = 9), None);
            assert_eq!(notice.end(|value| *value = 9), None);
            assert!(notice.is_inherited());
            assert!(flow.take().is_none());
            flow.drop_if_deserted(|| true);
            drop(flow);
        });
        *is_over.0.lock().unwrap() = true;
        is_over.1.notify_all();
        holder.join().unwrap();
        assert_eq!(notice.look(|value| *value), Some(1));
    });
}
