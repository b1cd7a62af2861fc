mod blocking;
mod bus;
mod descriptors;
mod kept;
mod lost;
mod step;
#[cfg(feature = "tokio")]
mod tokio;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use zbus::wire::{BE, LE};

use super::*;
use crate::bus::address::{Address, Peer};
use crate::bus::answer::check;
use crate::bus::fake_peer::{DISGUISED, FakePeer, PATIENCE, as_systemd};
use crate::bus::subscription::CAPACITY;
use crate::bus::subscription::Heard;
use crate::bus::wire::{self, Wire};
use crate::flow::block::block;
use crate::flow::{join_all, with_deadline};
use crate::value::Value;

const SIGNAL: Filter = Filter::new("a.B", "Something");

/// Runs a flow; a hang is a failure.
fn wait<T>(flow: impl Future<Output = Result<T>>) -> Result<T> {
    let flow = with_deadline(Some(Instant::now() + PATIENCE), flow);
    let result = block(flow, None).unwrap();
    if let Err(error) = &result {
        assert_ne!(error.facts().message, "the deadline passed", "a hang");
    }
    result
}

fn over(socket: OwnedFd, peer: Peer) -> Connection {
    let endpoint = Endpoint { address: Address::Path(PathBuf::from("/test")), peer };
    Connection::over(Wire::begin(socket, peer, 0).unwrap(), None, endpoint, "org.freedesktop.systemd1")
}

/// A connection to a private socket and the peer behind it.
fn private() -> (Connection, FakePeer) {
    let (socket, mut fake) = FakePeer::pair();
    let connection = over(socket, Peer::Private);
    fake.authenticate();
    wait(connection.authenticated()).unwrap();
    (connection, fake)
}

fn ask(connection: &Connection, number: u32) -> Reply {
    let call = Call::new("/a", "a.B", "Echo").to("org.freedesktop.systemd1");
    connection.call(&call.value("u", &Value::Unsigned(number.into())).unwrap()).unwrap()
}

fn asked(call: &Message) -> u32 {
    call.body().deserialize().unwrap()
}

/// The number in the answer.
async fn answered(reply: Reply) -> Result<u32> {
    let message = reply.await?;
    check(&message)?;
    Ok(message.body().deserialize().unwrap())
}

/// Answers each call with its own number, until the client leaves.
fn echo(mut fake: FakePeer) -> FakePeer {
    while let Some(call) = fake.call() {
        if FakePeer::member(&call) == "Echo" {
            fake.reply(&call, &asked(&call));
        }
    }
    fake
}

#[test]
fn answers_in_any_order_and_endianness_find_their_calls() {
    let (connection, mut fake) = private();
    let replies: Vec<_> = (0..200).map(|number| ask(&connection, number)).collect();
    let calls: Vec<_> = (0..200).map(|_| fake.call().unwrap()).collect();
    for (index, call) in calls.iter().enumerate().rev() {
        fake.endian = if index % 2 == 0 { LE } else { BE };
        fake.reply(call, &asked(call));
    }
    let flows = replies.into_iter().map(answered).collect();
    let numbers: Result<Vec<_>> = wait(async { Ok(join_all(flows).await) }).unwrap().into_iter().collect();
    assert_eq!(numbers.unwrap(), (0..200).collect::<Vec<_>>());
    assert_eq!(connection.load(), (0, 0));
}

#[test]
fn an_error_message_becomes_an_error_with_its_name() {
    let (connection, mut fake) = private();
    let reply = ask(&connection, 1);
    let call = fake.call().unwrap();
    fake.refuse(&call, "org.freedesktop.systemd1.NoSuchUnit", "Unit x not found.");
    let error = wait(answered(reply)).unwrap_err();
    assert_eq!(error.facts().dbus_name.as_deref(), Some("org.freedesktop.systemd1.NoSuchUnit"));
    assert_eq!(error.facts().message, "Unit x not found.");
    assert!(!error.facts().unsent);
}

/// Late answers, answers to nobody and calls of the peer's disturb nothing.
#[test]
fn ten_thousand_forgotten_calls_leave_nothing() {
    let (connection, fake) = private();
    let server = std::thread::spawn(|| echo(fake));
    for number in 0..10_000 {
        drop(ask(&connection, number));
    }
    assert_eq!(connection.load(), (0, 0));
    assert_eq!(wait(answered(ask(&connection, 77))).unwrap(), 77);
    assert_eq!(connection.load(), (0, 0));
    drop(connection);
    server.join().unwrap();
}

#[test]
fn a_deadline_leaves_nothing_registered() {
    let (connection, mut fake) = private();
    let flow = async {
        let (subscription, _) = connection.listen(SIGNAL, "org.freedesktop.systemd1")?;
        answered(ask(&connection, 1)).await?;
        subscription.next().await
    };
    let begin = Instant::now();
    let deadline = begin + Duration::from_millis(60);
    let error = block(with_deadline(Some(deadline), flow), None).unwrap().unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    assert!(begin.elapsed() >= Duration::from_millis(60));
    assert_eq!(connection.load(), (0, 0));
    // The connection is as good as before, and the late answer is dropped.
    let late = fake.call().unwrap();
    fake.reply(&late, &1_u32);
    let reply = ask(&connection, 2);
    let call = fake.call().unwrap();
    fake.reply(&call, &2_u32);
    assert_eq!(wait(answered(reply)).unwrap(), 2);
}

/// A peer that does not read costs a bounded number of bytes.
#[test]
fn what_waits_to_be_sent_is_bounded_in_bytes() {
    let (connection, fake) = private();
    let long = "x".repeat(100 << 20);
    let call = || connection.call(&Call::new("/a", "a.B", "Echo").text(&long).unwrap());
    let mut replies = vec![call().unwrap(), call().unwrap()];
    let refused = call().unwrap_err();
    assert_eq!((refused.kind(), refused.facts().unsent), (Kind::Unavailable, true));
    replies.push(ask(&connection, 1));
    assert_eq!(connection.load(), (3, 0));
    drop((replies, fake));
}

/// Long signals count by their bytes.
#[test]
fn signals_that_wait_are_bounded_in_bytes() {
    const LONG: usize = 1 << 20;
    let (connection, mut fake) = private();
    let (subscription, _) = connection.listen(SIGNAL, "org.freedesktop.systemd1").unwrap();
    let reply = ask(&connection, 5);
    let server = std::thread::spawn(move || {
        let call = fake.call().unwrap();
        let signal = Message::signal("/a", "a.B", "Something").sender(DISGUISED);
        let signal = as_systemd(&signal.build(&"x".repeat(LONG)).unwrap());
        for _ in 0..100 {
            fake.write(&signal);
        }
        fake.reply(&call, &5_u32);
        fake
    });
    assert_eq!(wait(answered(reply)).unwrap(), 5);
    drop(server.join().unwrap());
    assert!(matches!(subscription.take(), Some(Heard::Lost(lost)) if lost > 80));
    let mut kept = 0;
    while let Some(Heard::Signal(message)) = subscription.take() {
        kept += message.data().bytes().len();
    }
    assert!((LONG..17 * LONG).contains(&kept), "{kept} bytes");
}

/// A listener that does not read costs a bounded number of signals and holds nobody up.
#[test]
fn a_flood_of_signals_is_bounded_and_counted() {
    let (connection, mut fake) = private();
    let (subscription, _) = connection.listen(SIGNAL, "org.freedesktop.systemd1").unwrap();
    let other = Filter { path: Some("/elsewhere".to_owned()), ..SIGNAL };
    let (elsewhere, _) = connection.listen(other, "org.freedesktop.systemd1").unwrap();
    let reply = ask(&connection, 5);
    let server = std::thread::spawn(move || {
        let call = fake.call().unwrap();
        for number in 0..10_000 {
            fake.signal("Something", number);
            if number % 3 == 0 {
                fake.signal("Else", number);
            }
        }
        fake.reply(&call, &5_u32);
        fake
    });
    assert_eq!(wait(answered(reply)).unwrap(), 5);
    drop(server.join().unwrap());
    let kept = u32::try_from(CAPACITY).unwrap();
    assert!(matches!(subscription.take(), Some(Heard::Lost(lost)) if lost == u64::from(10_000 - kept)));
    for number in 10_000 - kept..10_000 {
        let Ok(Heard::Signal(message)) = wait(subscription.next()) else { panic!("signal {number}") };
        assert_eq!(message.body().deserialize::<u32>().unwrap(), number);
    }
    assert!(subscription.take().is_none());
    assert!(elsewhere.take().is_none());
}
