//! Descriptors that go with calls and come with answers.

use std::net::Shutdown;
use std::os::fd::AsFd;

use zbus::wire::Fd;

use super::bus::bus;
use super::*;
use crate::bus::decode::{self, Values};
use crate::bus::traced_file::{TracedFile, others};

/// A call that takes a copy of this file's descriptor along.
fn give(connection: &Connection, file: &TracedFile) -> Result<Reply> {
    let descriptor = Value::Descriptor(file.as_fd().try_clone_to_owned().unwrap().into());
    connection.call(&Call::new("/a", "a.B", "Give").to("org.freedesktop.systemd1").value("h", &descriptor)?)
}

fn answer_with(fake: &mut FakePeer, call: &Message, file: &TracedFile) {
    let bytes = fake.answer(call, &Fd::from(file));
    fake.write_with(&bytes, &[file]);
}

#[test]
fn an_answer_gives_its_descriptor() {
    let (connection, mut fake) = private();
    let file = TracedFile::new();
    let reply = ask(&connection, 1);
    let call = fake.call().unwrap();
    answer_with(&mut fake, &call, &file);
    let message = wait(reply).unwrap();
    let Ok(Value::Descriptor(descriptor)) = decode::answer(&message, "h", &Values) else { panic!() };
    drop(message);
    assert!(file.is(&descriptor));
    assert_eq!(file.others(), 1);
    drop(descriptor);
    assert_eq!(file.others(), 0);
}

#[test]
fn an_answer_that_nobody_reads_or_that_says_something_else_leaves_nothing_open() {
    let (connection, mut fake) = private();
    let files = TracedFile::several(2);
    let (forgotten, other) = (ask(&connection, 1), ask(&connection, 2));
    drop(forgotten);
    for file in &files {
        let call = fake.call().unwrap();
        answer_with(&mut fake, &call, file);
    }
    let message = wait(other).unwrap();
    assert!(decode::answer(&message, "s", &Values).is_err());
    drop(message);
    assert_eq!(others(&files), 0);
}

#[test]
fn a_peer_that_passes_no_descriptors_is_told_of_with_the_reason() {
    let (socket, mut fake) = FakePeer::pair();
    let connection = over(socket, Peer::Private);
    fake.authenticate_without_descriptors();
    wait(connection.authenticated()).unwrap();
    let file = TracedFile::new();
    let error = give(&connection, &file).unwrap_err();
    assert_eq!((error.kind(), error.facts().unsent), (Kind::Unsupported, true));
    let reason =
        "cannot call Give with file descriptors: the private socket /test has not agreed to pass any";
    assert!(error.facts().message.starts_with(reason), "{error}");
    assert_eq!((file.others(), connection.load()), (0, (0, 0)));
    // Everything else works.
    let reply = ask(&connection, 3);
    let call = fake.call().unwrap();
    fake.reply(&call, &3_u32);
    assert_eq!(wait(answered(reply)).unwrap(), 3);
}

#[test]
fn more_descriptors_than_linux_passes_are_refused() {
    let (connection, _fake) = private();
    let file = TracedFile::new();
    let descriptor = Value::Descriptor(file.as_fd().try_clone_to_owned().unwrap().into());
    let many = Value::List(vec![descriptor; 254]);
    let error = connection.call(&Call::new("/a", "a.B", "Give").value("ah", &many).unwrap()).unwrap_err();
    assert_eq!((error.kind(), error.facts().unsent), (Kind::Unsupported, true));
    // The connection is as good as before.
    connection.refresh().unwrap();
}

#[test]
fn a_lost_connection_closes_what_was_on_its_way() {
    let (socket, mut fake) = FakePeer::pair();
    rustix::net::sockopt::set_socket_send_buffer_size(&socket, 1).unwrap();
    let connection = over(socket, Peer::Private);
    fake.authenticate();
    wait(connection.authenticated()).unwrap();
    let files = TracedFile::several(2);
    let long = connection.call(&Call::new("/a", "a.B", "Echo").text(&"x".repeat(1 << 20)).unwrap()).unwrap();
    let reply = give(&connection, &files[0]).unwrap();
    // Half an answer with a descriptor.
    let call = Message::method_call("/a", "Echo").build(&()).unwrap();
    let bytes = fake.answer(&call, &Fd::from(&files[1]));
    fake.write_with(&bytes[..20], &files[1..]);
    connection.refresh().unwrap();
    assert_eq!(others(&files), 2);
    fake.stream.shutdown(Shutdown::Both).unwrap();
    for reply in [long, reply] {
        assert_eq!(wait(reply).unwrap_err().kind(), Kind::ConnectionLost);
    }
    // The connection itself is still held.
    assert_eq!(others(&files), 0);
    drop(connection);
}

#[test]
fn calls_behind_the_window_keep_their_descriptors_until_they_leave_or_are_forgotten() {
    let (connection, mut fake) = bus();
    let replies: Vec<_> = (0..100).map(|number| ask(&connection, number)).collect();
    let files = TracedFile::several(2);
    let [given, forgotten] = [&files[0], &files[1]].map(|file| give(&connection, file).unwrap());
    assert_eq!(others(&files), 2);
    drop(forgotten);
    assert_eq!(others(&files), 1);
    let plain = ask(&connection, 100);
    for _ in 0..100 {
        let call = fake.call().unwrap();
        fake.reply(&call, &asked(&call));
    }
    for reply in replies {
        wait(answered(reply)).unwrap();
    }
    assert_eq!(others(&files), 0);
    let call = fake.call().unwrap();
    assert!(files[0].is(&call.data().fds()[0]));
    fake.reply(&call, &7_u32);
    assert_eq!(wait(answered(given)).unwrap(), 7);
    let call = fake.call().unwrap();
    assert_eq!((asked(&call), call.data().fds().len()), (100, 0));
    fake.reply(&call, &100_u32);
    assert_eq!(wait(answered(plain)).unwrap(), 100);
}
