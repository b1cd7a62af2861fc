//! Threads that wait for a connection, of which one reads for all: never two at once, and none waits while nobody reads.

use std::sync::Arc;

use shuttle::future::block_on;
use shuttle::thread;

use crate::connection::Connection;
use crate::in_all_orders;

fn spawn<T: Send + 'static>(
    connection: &Arc<Connection>,
    work: impl FnOnce(&Connection) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let connection = Arc::clone(connection);
    thread::spawn(move || work(&connection))
}

/// More is to be sent than the socket takes: whoever leads sends for the others too.
#[test]
fn every_thread_gets_its_answer() {
    in_all_orders(|| {
        let connection = Connection::new();
        let server = spawn(&connection, |connection| connection.socket.serve(4));
        let callers = [&[1, 2][..], &[3], &[4]].map(|calls| {
            spawn(&connection, move |connection| {
                for &call in calls {
                    connection.submit(call);
                    assert!(connection.wait(call, true));
                }
            })
        });
        for caller in callers {
            caller.join().unwrap();
        }
        server.join().unwrap();
        assert!(connection.is_at_rest());
    });
}

/// Nobody is answered before all have called, and the socket is full: the one that leads already has to hear of what the
/// others add.
#[test]
fn a_leader_sends_what_others_add() {
    in_all_orders(|| {
        let connection = Connection::new();
        let server = spawn(&connection, |connection| {
            let calls = [(); 3].map(|()| connection.socket.next_call());
            for call in calls {
                connection.socket.answer(call);
            }
        });
        let callers = [1, 2, 3].map(|call| {
            spawn(&connection, move |connection| {
                connection.submit(call);
                assert!(connection.wait(call, true));
            })
        });
        for caller in callers {
            caller.join().unwrap();
        }
        server.join().unwrap();
        assert!(connection.is_at_rest());
    });
}

/// One that gives up may lead at that moment, or have been called to.
#[test]
fn a_thread_that_gives_up_hands_the_lead_over() {
    in_all_orders(|| {
        let connection = Connection::new();
        let server = spawn(&connection, |connection| connection.socket.serve(4));
        let patient = [1, 2].map(|call| {
            spawn(&connection, move |connection| {
                connection.submit(call);
                assert!(connection.wait(call, true));
            })
        });
        let faint = [3, 4].map(|call| {
            spawn(&connection, move |connection| {
                connection.submit(call);
                connection.wait(call, false);
            })
        });
        for caller in patient.into_iter().chain(faint) {
            caller.join().unwrap();
        }
        // Nobody is there who would send what is left.
        while connection.has_output() {
            connection.pump();
            thread::yield_now();
        }
        server.join().unwrap();
        assert!(connection.is_at_rest());
    });
}

/// A thread that leads reads for tasks too; whom it leaves alone reads for himself.
#[test]
fn tasks_and_threads_get_their_answers() {
    in_all_orders(|| {
        let connection = Connection::new();
        let server = spawn(&connection, |connection| connection.socket.serve(3));
        let callers = [(1, true), (2, true), (3, false)].map(|(call, is_thread)| {
            spawn(&connection, move |connection| {
                connection.submit(call);
                if is_thread {
                    assert!(connection.wait(call, true));
                } else {
                    assert!(block_on(connection.wait_as_task(call)));
                }
            })
        });
        for caller in callers {
            caller.join().unwrap();
        }
        server.join().unwrap();
        assert!(connection.is_at_rest());
    });
}

#[test]
fn a_connection_that_is_lost_ends_every_wait() {
    in_all_orders(|| {
        let connection = Connection::new();
        let server = spawn(&connection, |connection| {
            connection.socket.serve(1);
            connection.socket.shut();
        });
        let callers = [1, 2, 3].map(|call| {
            spawn(&connection, move |connection| {
                connection.submit(call);
                connection.wait(call, true)
            })
        });
        let answered = callers.map(|caller| caller.join().unwrap());
        assert_eq!(answered.into_iter().filter(|is_answered| *is_answered).count(), 1);
        server.join().unwrap();
        assert!(connection.is_at_rest());
    });
}
