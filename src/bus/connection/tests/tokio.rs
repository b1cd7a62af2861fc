//! The tokio driver over a socket: tasks that share one connection with each other and with threads.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::tokio::runtime::{Builder, Runtime};
use ::tokio::task::{JoinSet, LocalSet};

use super::*;
use crate::flow::sleep_until;
use crate::flow::tokio::drive;

fn runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.worker_threads(2).enable_io().enable_time().build().unwrap())
}

/// Drives a flow; a hang is a failure.
async fn driven<T>(flow: impl Future<Output = Result<T>>) -> Result<T> {
    let result = drive(with_deadline(Some(Instant::now() + PATIENCE), flow)).await;
    if let Err(error) = &result {
        assert_ne!(error.facts().message, "the deadline passed", "a hang");
    }
    result
}

/// Answers so many calls, the last one first.
fn answer_backwards(mut fake: FakePeer, count: usize) -> std::thread::JoinHandle<FakePeer> {
    std::thread::spawn(move || {
        let calls: Vec<_> = (0..count).map(|_| fake.call().unwrap()).collect();
        for call in calls.iter().rev() {
            fake.reply(call, &asked(call));
        }
        fake
    })
}

#[test]
fn answers_in_any_order_find_their_tasks() {
    for runtime in runtimes() {
        let (connection, fake) = private();
        let server = answer_backwards(fake, 200);
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for number in 0..200 {
                let reply = ask(&connection, number);
                tasks.spawn(async move { (number, driven(answered(reply)).await.unwrap()) });
            }
            for (asked, answered) in tasks.join_all().await {
                assert_eq!(asked, answered);
            }
        });
        assert_eq!(connection.load(), (0, 0));
        drop(server.join().unwrap());
    }
}

#[test]
fn tasks_and_threads_share_a_connection() {
    for runtime in runtimes() {
        let (connection, fake) = private();
        let server = std::thread::spawn(move || echo(fake));
        std::thread::scope(|scope| {
            for thread in 0..3 {
                let connection = connection.clone();
                scope.spawn(move || {
                    for number in 0..300 {
                        assert_eq!(wait(answered(ask(&connection, number))).unwrap(), number, "{thread}");
                    }
                });
            }
            runtime.block_on(async {
                for number in 1000..1300 {
                    let (one, other) = (ask(&connection, number), ask(&connection, number + 1000));
                    let both = ::tokio::join!(driven(answered(one)), driven(answered(other)));
                    assert_eq!((both.0.unwrap(), both.1.unwrap()), (number, number + 1000));
                }
            });
        });
        assert_eq!(connection.load(), (0, 0));
        drop(connection);
        drop(server.join().unwrap());
    }
}

/// Another one reads for it; a thread that waits on the same connection as well.
#[test]
fn a_future_that_is_begun_and_not_polled_holds_nobody_up() {
    for runtime in runtimes() {
        let (connection, mut fake) = private();
        runtime.block_on(async {
            let mut begun = pin!(driven(answered(ask(&connection, 1))));
            ::tokio::select! {
                biased;
                _ = begun.as_mut() => panic!("nobody has answered"),
                () = std::future::ready(()) => {}
            }
            let first = fake.call().unwrap();
            for number in 2..10 {
                let reply = ask(&connection, number);
                let call = fake.call().unwrap();
                fake.reply(&call, &number);
                assert_eq!(driven(answered(reply)).await.unwrap(), number);
            }
            let reply = ask(&connection, 10);
            let call = fake.call().unwrap();
            fake.reply(&call, &10_u32);
            assert_eq!(wait(answered(reply)).unwrap(), 10);
            fake.reply(&first, &1_u32);
            assert_eq!(begun.await.unwrap(), 1);
        });
    }
}

#[test]
fn a_deadline_and_a_drop_leave_nothing_registered() {
    for runtime in runtimes() {
        let (connection, mut fake) = private();
        runtime.block_on(async {
            let begin = Instant::now();
            let deadline = Some(begin + Duration::from_millis(60));
            let error = drive(with_deadline(deadline, answered(ask(&connection, 1)))).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Timeout);
            assert!(begin.elapsed() >= Duration::from_millis(60));
            let late =
                ::tokio::time::timeout(Duration::from_millis(20), drive(answered(ask(&connection, 2))));
            assert!(late.await.is_err());
            assert_eq!(connection.load(), (0, 0));
            for _ in 0..2 {
                let call = fake.call().unwrap();
                fake.reply(&call, &0_u32);
            }
            let reply = ask(&connection, 3);
            let call = fake.call().unwrap();
            fake.reply(&call, &3_u32);
            assert_eq!(driven(answered(reply)).await.unwrap(), 3);
        });
    }
}

#[test]
fn a_lost_connection_ends_every_task() {
    for runtime in runtimes() {
        let (connection, fake) = private();
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            let begun = Arc::new(AtomicUsize::new(0));
            for number in 0..50 {
                let (begun, reply) = (Arc::clone(&begun), ask(&connection, number));
                tasks.spawn(async move {
                    begun.fetch_add(1, Ordering::SeqCst);
                    driven(answered(reply)).await
                });
            }
            while begun.load(Ordering::SeqCst) < 50 {
                ::tokio::task::yield_now().await;
            }
            drop(fake);
            for result in tasks.join_all().await {
                assert_eq!(result.unwrap_err().kind(), Kind::ConnectionLost);
            }
        });
        assert_eq!(connection.load().1, 0);
    }
}

/// More than a socket takes at once goes out while tasks wait, and every task gets its answer.
#[test]
fn output_that_does_not_fit_is_sent_later() {
    for runtime in runtimes() {
        let (connection, fake) = private();
        let text = "x".repeat(100_000);
        let replies: Vec<_> = (0..20)
            .map(|_| {
                let call = Call::new("/a", "a.B", "Length").to("org.freedesktop.systemd1");
                connection.call(&call.text(&text).unwrap()).unwrap()
            })
            .collect();
        let server = std::thread::spawn(move || {
            let mut fake = fake;
            for _ in 0..20 {
                let call = fake.call().unwrap();
                let length = call.body().deserialize::<&str>().unwrap().len();
                fake.reply(&call, &u32::try_from(length).unwrap());
            }
            fake
        });
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for reply in replies {
                tasks.spawn(driven(answered(reply)));
            }
            for length in tasks.join_all().await {
                assert_eq!(length.unwrap(), 100_000);
            }
        });
        drop(server.join().unwrap());
    }
}

#[test]
fn descriptors_times_and_local_sets_are_waited_for() {
    for runtime in runtimes() {
        let begin = Instant::now();
        let run = |script: &str| {
            let mut command = std::process::Command::new("sh");
            command.args(["-c", script]);
            crate::process::run(command)
        };
        LocalSet::new().block_on(&runtime, async {
            // Not `Send`, to be run by a task of the local set.
            let number = std::rc::Rc::new(7);
            let local = ::tokio::task::spawn_local(drive(async move {
                sleep_until(Instant::now() + Duration::from_millis(30)).await;
                *number
            }));
            let output = driven(run("echo begin; sleep 0.05; echo end; exit 3")).await.unwrap();
            assert_eq!(
                (output.stdout.as_slice(), output.status.and_then(|status| status.code())),
                (&b"begin\nend\n"[..], Some(3))
            );
            assert_eq!(local.await.unwrap(), 7);
            let killed = ::tokio::time::timeout(Duration::from_millis(50), drive(run("exec sleep 1000")));
            assert!(killed.await.is_err());
        });
        assert!((Duration::from_millis(100)..PATIENCE).contains(&begin.elapsed()));
    }
}
