//! Flows that threads take step by step, as greenlets are: beside each other, beside threads that lead, and dropped.

use std::pin::Pin;
use std::sync::Arc;

use shuttle::thread;

use crate::connection::Connection;
use crate::flow::select;
use crate::flow::step::{Awaited, Step, Stepped};
use crate::in_all_orders;

type Flow = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Has a thread that waits for these calls on as many greenlets, and gives how many were answered. Those without patience
/// are killed in their first wait.
fn greenlets(connection: &Arc<Connection>, patient: &[u32], faint: &[u32]) -> thread::JoinHandle<usize> {
    let connection = Arc::clone(connection);
    let calls: Vec<_> =
        faint.iter().map(|call| (*call, false)).chain(patient.iter().map(|call| (*call, true))).collect();
    thread::spawn(move || {
        let begun = calls.into_iter().map(|(call, is_patient)| {
            connection.submit(call);
            let flow: Flow = Box::pin(Arc::clone(&connection).answer(call));
            (Stepped::new(flow), is_patient)
        });
        run(begun.collect())
    })
}

fn run(begun: Vec<(Stepped<Flow>, bool)>) -> usize {
    let (mut ready, mut waiting, mut answered) = (begun, Vec::new(), 0);
    loop {
        for (mut stepped, is_patient) in ready {
            match stepped.step().unwrap() {
                Step::Done(is_answered) => answered += usize::from(is_answered),
                Step::Waits(awaited) => waiting.push((stepped, is_patient, awaited)),
            }
        }
        waiting.retain(|(_, is_patient, _)| *is_patient);
        if waiting.is_empty() {
            return answered;
        }
        let awaited: Vec<&Awaited> = waiting.iter().map(|(.., awaited)| awaited).collect();
        let mut have_come = select(&awaited).into_iter();
        let (come, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|_| have_come.next().unwrap_or(false));
        ready = come.into_iter().map(|(stepped, is_patient, _)| (stepped, is_patient)).collect();
        waiting = rest;
    }
}

#[test]
fn greenlets_of_two_threads_and_a_thread_get_their_answers() {
    in_all_orders(|| {
        let connection = Connection::new();
        let server = {
            let connection = Arc::clone(&connection);
            thread::spawn(move || connection.socket.serve(4))
        };
        let threads = [greenlets(&connection, &[1, 2], &[]), greenlets(&connection, &[3], &[])];
        connection.submit(4);
        assert!(connection.wait(4, true));
        assert_eq!(threads.map(|thread| thread.join().unwrap()), [2, 1]);
        server.join().unwrap();
        assert!(connection.is_at_rest());
    });
}

/// One may read for the others at that moment, or have been called to, or wait until a thread leads no more.
#[test]
fn a_greenlet_that_is_killed_hands_over() {
    in_all_orders(|| {
        let connection = Connection::new();
        let server = {
            let connection = Arc::clone(&connection);
            thread::spawn(move || connection.socket.serve(4))
        };
        let threads = greenlets(&connection, &[1, 2], &[3]);
        connection.submit(4);
        assert!(connection.wait(4, true));
        // The one that was killed may have been quicker.
        assert!(threads.join().unwrap() >= 2);
        while connection.has_output() {
            connection.pump();
            thread::yield_now();
        }
        server.join().unwrap();
        assert!(connection.is_at_rest());
    });
}

#[test]
fn a_connection_that_is_lost_ends_the_waits_of_greenlets() {
    in_all_orders(|| {
        let connection = Connection::new();
        let server = {
            let connection = Arc::clone(&connection);
            thread::spawn(move || {
                connection.socket.serve(1);
                connection.socket.shut();
            })
        };
        let threads = [greenlets(&connection, &[1, 2], &[]), greenlets(&connection, &[3], &[])];
        let answered = threads.map(|thread| thread.join().unwrap());
        assert_eq!(answered.into_iter().sum::<usize>(), 1);
        server.join().unwrap();
        assert!(connection.is_at_rest());
    });
}
