use std::os::unix::net::UnixListener;

use super::*;
use crate::bus::subscription::Subscription;
use crate::flow::kept::{Kept, Retired};

const SYSTEMD: &str = "org.freedesktop.systemd1";

/// Accepts one client and does what a bus does first; `owner` writes the answer to `GetNameOwner`.
fn greet(listener: &UnixListener, owner: impl FnOnce(&mut FakePeer, &Message)) -> FakePeer {
    let mut fake = FakePeer::new(listener.accept().unwrap().0);
    fake.name = Some(":1.7");
    fake.authenticate();
    let mut next = |member: &str| {
        let call = fake.call().unwrap();
        assert_eq!(FakePeer::member(&call), member);
        call
    };
    let (hello, rule, question) = (next("Hello"), next("AddMatch"), next("GetNameOwner"));
    fake.reply(&hello, &":1.42");
    fake.reply(&rule, &());
    owner(&mut fake, &question);
    fake
}

/// Opens a connection to a bus in a temporary folder.
fn open(owner: impl FnOnce(&mut FakePeer, &Message) + Send + 'static) -> (Result<Connection>, FakePeer) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bus");
    let listener = UnixListener::bind(&path).unwrap();
    let server = std::thread::spawn(move || greet(&listener, owner));
    let endpoint = Endpoint { address: Address::Path(path), peer: Peer::Bus };
    let connection = wait(Connection::open(&endpoint, SYSTEMD, 1000));
    (connection, server.join().unwrap())
}

pub(super) fn bus() -> (Connection, FakePeer) {
    let (connection, fake) = open(|fake, question| fake.reply(question, &":1.7"));
    (connection.unwrap(), fake)
}

fn listen(connection: &Connection, fake: &mut FakePeer) -> Subscription {
    let (subscription, reply) = connection.listen(SIGNAL, SYSTEMD).unwrap();
    let call = fake.call().unwrap();
    assert_eq!(FakePeer::member(&call), "AddMatch");
    fake.reply(&call, &());
    wait(reply.unwrap()).unwrap();
    subscription
}

/// Has everything read that the peer has sent so far.
fn settle(connection: &Connection, fake: &mut FakePeer) {
    let reply = ask(connection, 99);
    let call = fake.call().unwrap();
    fake.reply(&call, &99_u32);
    wait(answered(reply)).unwrap();
}

/// The numbers of the signals that have come.
fn heard(subscription: &Subscription) -> Vec<u32> {
    let mut numbers = Vec::new();
    while let Some(Heard::Signal(message)) = subscription.take() {
        numbers.push(message.body().deserialize().unwrap());
    }
    numbers
}

#[test]
fn only_the_owner_of_the_name_is_believed() {
    let (connection, mut fake) = bus();
    let subscription = listen(&connection, &mut fake);
    fake.signal_from(":1.7", "Something", 1);
    fake.signal_from(":1.66", "Something", 2);
    settle(&connection, &mut fake);
    assert_eq!(heard(&subscription), [1]);
    fake.write(&FakePeer::owner_changed("org.example.Other", ":1.66"));
    fake.signal_from(":1.66", "Something", 3);
    fake.signal_from(":1.7", "Something", 4);
    fake.write(&FakePeer::owner_changed(SYSTEMD, ":1.8"));
    fake.signal_from(":1.7", "Something", 5);
    fake.signal_from(":1.8", "Something", 6);
    // Between two owners nobody is believed.
    fake.write(&FakePeer::owner_changed(SYSTEMD, ""));
    fake.signal_from(":1.8", "Something", 7);
    settle(&connection, &mut fake);
    assert_eq!(heard(&subscription), [4, 6]);
}

/// The name changes hands right after the bus has said who owns it.
#[test]
fn a_new_owner_is_newer_than_the_answer_before_it() {
    let (connection, mut fake) = open(|fake, question| {
        let mut bytes = fake.answer(question, &":1.7");
        bytes.extend(FakePeer::owner_changed(SYSTEMD, ":1.9"));
        fake.write(&bytes);
    });
    let connection = connection.unwrap();
    let subscription = listen(&connection, &mut fake);
    fake.signal_from(":1.7", "Something", 1);
    fake.signal_from(":1.9", "Something", 2);
    settle(&connection, &mut fake);
    assert_eq!(heard(&subscription), [2]);
}

#[test]
fn a_bus_without_systemd_is_no_way_to_it() {
    let name = "org.freedesktop.DBus.Error.NameHasNoOwner";
    let (connection, _) = open(move |fake, question| {
        fake.refuse(question, name, "no such name");
        while let Some(again) = fake.call() {
            fake.refuse(&again, name, "no such name");
        }
    });
    let error = connection.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert_eq!(error.facts().dbus_name.as_deref(), Some(name));
    assert!(error.facts().unsent);
}

#[test]
fn a_bus_that_systemd_comes_to_a_little_later_is_waited_for() {
    let name = "org.freedesktop.DBus.Error.NameHasNoOwner";
    let (connection, _) = open(move |fake, question| {
        fake.refuse(question, name, "no such name");
        fake.write(&FakePeer::owner_changed(SYSTEMD, ":1.7"));
    });
    connection.unwrap();
}

#[test]
fn match_rules_that_are_kept_end_when_the_connection_is_retired() {
    let (connection, mut fake) = bus();
    for _ in 0..2 {
        let subscription = listen(&connection, &mut fake);
        subscription.keep_rules();
        assert_eq!(connection.0.retire(), Retired::Done);
        assert!(fake.is_quiet(), "somebody listens");
        drop(subscription);
        let (again, reply) = connection.listen(SIGNAL, SYSTEMD).unwrap();
        assert!(reply.is_none(), "it is in force");
        assert_eq!(connection.0.retire(), Retired::Done);
        drop(again);
        assert!(fake.is_quiet());
        assert_eq!(connection.0.retire(), Retired::Done);
        let call = fake.call().unwrap();
        assert_eq!(FakePeer::member(&call), "RemoveMatch");
        assert!(call.primary_header().flags().contains(zbus::message::Flags::NO_REPLY_EXPECTED));
        let rule: String = call.body().deserialize().unwrap();
        assert_eq!(rule, SIGNAL.match_rule(SYSTEMD));
        assert_eq!(connection.0.retire(), Retired::Done);
        assert!(fake.is_quiet());
    }
}

#[test]
fn match_rules_are_added_once_and_removed_with_the_last_listener() {
    let (connection, mut fake) = bus();
    for _ in 0..2 {
        let one = listen(&connection, &mut fake);
        let (two, reply) = connection.listen(SIGNAL, SYSTEMD).unwrap();
        assert!(reply.is_none());
        drop(one);
        settle(&connection, &mut fake);
        fake.signal_from(":1.7", "Something", 8);
        settle(&connection, &mut fake);
        assert_eq!(heard(&two), [8]);
        drop(two);
        let call = fake.call().unwrap();
        assert_eq!(FakePeer::member(&call), "RemoveMatch");
        let rule: String = call.body().deserialize().unwrap();
        assert_eq!(
            rule,
            "type='signal',sender='org.freedesktop.systemd1',interface='a.B',member='Something'"
        );
        assert_eq!(connection.load(), (0, 0));
    }
}

/// dbus-daemon refuses the 129th unanswered call of a connection.
#[test]
fn a_hundred_calls_are_in_flight_and_the_others_follow() {
    let (connection, mut fake) = bus();
    let mut replies: Vec<_> = (0..150).map(|number| Some(ask(&connection, number))).collect();
    let mut calls: Vec<_> = (0..100).map(|_| fake.call().unwrap()).collect();
    assert!(fake.is_quiet());
    // Held calls that nobody waits for any more are never made; the bus itself is not limited.
    replies[120..130].fill_with(|| None);
    let subscription = listen(&connection, &mut fake);
    for call in calls.drain(..30) {
        fake.reply(&call, &asked(&call));
    }
    for (number, reply) in replies[..30].iter_mut().enumerate() {
        assert_eq!(wait(answered(reply.take().unwrap())).unwrap() as usize, number);
    }
    calls.extend((0..30).map(|_| fake.call().unwrap()));
    assert!(fake.is_quiet());
    let numbers: Vec<u32> = calls.iter().map(asked).collect();
    assert_eq!(numbers, (30..120).chain(130..140).collect::<Vec<_>>());
    let server = std::thread::spawn(move || {
        for call in calls {
            fake.reply(&call, &asked(&call));
        }
        echo(fake)
    });
    for (number, reply) in replies.into_iter().enumerate() {
        if let Some(reply) = reply {
            assert_eq!(wait(answered(reply)).unwrap() as usize, number);
        }
    }
    assert_eq!(connection.load(), (0, 1));
    drop((subscription, connection));
    server.join().unwrap();
}

/// The bus goes on counting a call that nobody waits for.
#[test]
fn forgotten_calls_are_in_flight_until_they_are_answered() {
    let (connection, mut fake) = bus();
    for number in 0..100 {
        drop(ask(&connection, number));
    }
    let reply = ask(&connection, 100);
    let calls: Vec<_> = (0..100).map(|_| fake.call().unwrap()).collect();
    assert!(fake.is_quiet());
    for call in &calls {
        fake.reply(call, &0_u32);
    }
    let server = std::thread::spawn(|| echo(fake));
    assert_eq!(wait(answered(reply)).unwrap(), 100);
    assert_eq!(connection.load(), (0, 0));
    drop(connection);
    server.join().unwrap();
}

/// The listener that asked for the rule goes before its question has left; another one counts on the rule.
#[test]
fn a_rule_is_asked_for_even_if_the_first_to_want_it_gives_up() {
    let (connection, mut fake) = bus();
    let replies: Vec<_> = (0..100).map(|number| ask(&connection, number)).collect();
    let first = connection.listen(SIGNAL, SYSTEMD).unwrap();
    let (second, none) = connection.listen(SIGNAL, SYSTEMD).unwrap();
    assert!(none.is_none());
    drop(first);
    for _ in 0..100 {
        let call = fake.call().unwrap();
        fake.reply(&call, &asked(&call));
    }
    for reply in replies {
        wait(answered(reply)).unwrap();
    }
    assert_eq!(FakePeer::member(&fake.call().unwrap()), "AddMatch");
    fake.signal_from(":1.7", "Something", 3);
    settle(&connection, &mut fake);
    assert_eq!(heard(&second), [3]);
}
