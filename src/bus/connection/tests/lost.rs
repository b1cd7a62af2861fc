use std::net::Shutdown;
use std::os::unix::net::UnixListener;
use std::task::Waker;

use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::*;
use crate::flow::poll_once;

#[test]
fn a_broken_connection_fails_each_call_and_says_whether_it_had_left() {
    let (socket, mut fake) = FakePeer::pair();
    rustix::net::sockopt::set_socket_send_buffer_size(&socket, 1).unwrap();
    let connection = over(socket, Peer::Private);
    fake.authenticate();
    wait(connection.authenticated()).unwrap();
    let (subscription, _) = connection.listen(SIGNAL, "org.freedesktop.systemd1").unwrap();
    let replies: Vec<_> = (0..500).map(|number| ask(&connection, number)).collect();
    let call = fake.call().unwrap();
    assert_eq!(asked(&call), 0);
    drop(fake);
    let mut unsent = Vec::new();
    for reply in replies {
        let error = wait(reply).unwrap_err();
        assert_eq!(error.kind(), Kind::ConnectionLost);
        unsent.push(error.facts().unsent);
    }
    // Those that left, then those that did not.
    assert!(!unsent[0] && unsent[499]);
    assert!(unsent.is_sorted());
    // A listener has sent nothing that could be sent again.
    let error = wait(subscription.next()).unwrap_err();
    assert_eq!((error.kind(), error.facts().unsent), (Kind::ConnectionLost, false));
    // A later call has not left, for certain.
    let error = connection.call(&Call::new("/a", "a.B", "Echo")).unwrap_err();
    assert_eq!((error.kind(), error.facts().unsent), (Kind::ConnectionLost, true));
    drop(subscription);
    assert_eq!(connection.load(), (0, 0));
}

/// The peer answers and closes; the next call cannot leave, but the answer is there.
#[test]
fn an_answer_that_has_come_survives_the_end() {
    let (connection, mut fake) = private();
    let reply = ask(&connection, 1);
    let call = fake.call().unwrap();
    fake.reply(&call, &1_u32);
    drop(fake);
    let error = connection.call(&Call::new("/a", "a.B", "Echo")).unwrap_err();
    assert_eq!((error.kind(), error.facts().unsent), (Kind::ConnectionLost, true));
    assert_eq!(wait(answered(reply)).unwrap(), 1);
}

#[test]
fn a_connection_that_broke_while_it_lay_idle_is_found_out() {
    let (connection, mut fake) = private();
    connection.refresh().unwrap();
    // What nobody read meanwhile does not hide the end.
    fake.signal("Something", 1);
    fake.stream.shutdown(Shutdown::Both).unwrap();
    let error = connection.refresh().unwrap_err();
    assert_eq!((error.kind(), error.facts().unsent), (Kind::ConnectionLost, true));
}

/// Whoever leads must learn at once that another thread has found the connection broken.
#[test]
fn a_malformed_message_ends_the_connection_for_both_sides() {
    let (connection, mut fake) = private();
    let reply = ask(&connection, 1);
    fake.call().unwrap();
    fake.write(b"this is not D-Bus");
    let error = wait(reply).unwrap_err();
    assert_eq!((error.kind(), error.facts().unsent), (Kind::ConnectionLost, false));
    // The peer must not go on queueing for somebody who does not read any more.
    assert!(fake.call().is_none());
    drop(connection);
}

fn private_at(path: PathBuf) -> Endpoint {
    Endpoint { address: Address::Path(path), peer: Peer::Private }
}

#[test]
fn a_server_that_is_not_there_or_does_not_accept_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let absent = private_at(folder.path().join("absent"));
    let table: &[&[u8]] = &[b"", b"REJECTED EXTERNAL\r\n", b"OK"];
    let error = wait(Connection::open(&absent, "a.B", 0)).unwrap_err();
    assert_eq!((error.kind(), error.facts().unsent), (Kind::Unavailable, true));
    for (index, answer) in table.iter().enumerate() {
        let path = folder.path().join(index.to_string());
        let listener = UnixListener::bind(&path).unwrap();
        let server = std::thread::spawn(move || {
            let mut fake = FakePeer::new(listener.accept().unwrap().0);
            fake.read_authentication();
            fake.write(answer);
        });
        let error = wait(Connection::open(&private_at(path), "a.B", 0)).unwrap_err();
        assert_eq!((error.kind(), error.facts().unsent), (Kind::Unavailable, true), "{answer:?}");
        assert_eq!(error.facts().message.contains("rejected"), answer.starts_with(b"REJ"), "{error}");
        server.join().unwrap();
    }
}

/// systemd listens with a short queue; who comes while it is full waits.
#[test]
fn a_full_queue_of_connections_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("private");
    let listener =
        rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
            .unwrap();
    rustix::net::bind(&listener, &rustix::net::SocketAddrUnix::new(&path).unwrap()).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let listener = UnixListener::from(listener);
    let address = private_at(path.clone()).address;
    let mut queue = Vec::new();
    while let Ok((socket, _)) = wire::open(&address) {
        queue.push(socket);
    }
    let endpoint = private_at(path);
    let mut flow = Box::pin(Connection::open(&endpoint, "a.B", 0));
    let mut waits = Vec::new();
    assert!(poll_once(flow.as_mut(), Waker::noop(), &mut waits).is_pending());
    assert!(matches!(waits.as_slice(), [Wait::Until(_)]));
    let server = std::thread::spawn(move || {
        for _ in 0..queue.len() {
            listener.accept().unwrap();
        }
        FakePeer::new(listener.accept().unwrap().0).authenticate();
    });
    wait(flow).unwrap();
    server.join().unwrap();
}
