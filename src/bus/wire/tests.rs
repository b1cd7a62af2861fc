mod received;
mod sent;

use std::net::Shutdown;

use proptest::prelude::*;
use zbus::wire::Endian;

use super::*;
use crate::bus::call::Call;
use crate::bus::fake_peer::{FakePeer, parse, serial};

const OK: &[u8] = b"OK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n";

fn begin(peer: Peer) -> (Wire, FakePeer) {
    let (socket, fake) = FakePeer::pair();
    (Wire::begin(socket, peer, 1000).unwrap(), fake)
}

/// A wire and a peer that have got past the authentication.
fn up(peer: Peer) -> (Wire, FakePeer) {
    let (mut wire, mut fake) = begin(peer);
    fake.authenticate();
    assert_eq!(advance(&mut wire).unwrap().len(), 0);
    assert!(wire.is_up());
    (wire, fake)
}

/// Sends and reads what goes through, as a connection does.
fn advance(wire: &mut Wire) -> io::Result<Vec<Message>> {
    wire.flush()?;
    let mut messages = Vec::new();
    loop {
        let fill = wire.fill()?;
        while let Some(message) = wire.next_message()? {
            messages.push(message);
        }
        match fill {
            Fill::Data => {}
            Fill::Empty => return Ok(messages),
            Fill::End => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// Reads until so many messages have come.
fn advance_to(wire: &mut Wire, count: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    while messages.len() < count {
        messages.extend(advance(wire).unwrap());
        std::thread::yield_now();
    }
    messages
}

fn call(serial: u32, text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    Call::new("/a", "a.B", "Echo").text(text).unwrap().encode(serial, &mut bytes).unwrap();
    bytes
}

fn text(message: &Message) -> String {
    message.body().deserialize().unwrap()
}

#[test]
fn a_private_socket_gets_nothing_before_it_has_accepted() {
    let (mut wire, mut fake) = begin(Peer::Private);
    wire.send(&call(1, "early")).unwrap();
    fake.read_authentication();
    assert_eq!(advance(&mut wire).unwrap().len(), 0);
    assert!(fake.unread().is_empty());
    assert!(!wire.wants_write(), "held output must not wake anybody");
    // An answer that comes in pieces is an answer.
    for piece in OK.chunks(7) {
        assert!(!wire.is_up());
        fake.write(piece);
        advance(&mut wire).unwrap();
    }
    assert!(wire.is_up());
    assert_eq!(text(&fake.call().unwrap()), "early");
    assert_eq!(wire.sent_total(), wire.queued_total());
}

#[test]
fn a_bus_gets_hello_together_with_the_authentication() {
    let (mut wire, mut fake) = begin(Peer::Bus);
    wire.send(&call(1, "hello")).unwrap();
    fake.read_authentication();
    assert_eq!(text(&fake.call().unwrap()), "hello");
    assert!(!wire.is_up());
    // The answer to it may come in the same piece as the server's acceptance.
    let mut bytes = OK.to_vec();
    bytes.extend(call(9, "answer"));
    fake.write(&bytes);
    assert_eq!(advance(&mut wire).unwrap().len(), 1);
}

#[test]
fn a_server_that_does_not_accept_is_an_error() {
    let endless = vec![b'x'; LONGEST_LINE * 2];
    let table: &[(&[u8], io::ErrorKind)] = &[
        (b"REJECTED EXTERNAL\r\n", io::ErrorKind::PermissionDenied),
        (b"OKAY\r\n", io::ErrorKind::PermissionDenied),
        (b"\xff\xfe\r\n", io::ErrorKind::PermissionDenied),
        (b"OK 0123\r\nAGREE\r\n", io::ErrorKind::PermissionDenied),
        (b"OK 0123\r\nOK 0123\r\n", io::ErrorKind::PermissionDenied),
        (&endless, io::ErrorKind::InvalidData),
    ];
    for (answer, kind) in table {
        let (mut wire, mut fake) = begin(Peer::Private);
        fake.write(answer);
        assert_eq!(advance(&mut wire).unwrap_err().kind(), *kind);
    }
}

#[test]
fn a_server_agrees_to_descriptors_or_works_without() {
    for (answer, agrees) in
        [("AGREE_UNIX_FD\r\n", true), ("ERROR\r\n", false), ("ERROR \"Unknown command\"\r\n", false)]
    {
        let (mut wire, mut fake) = begin(Peer::Private);
        fake.read_authentication();
        fake.write(b"OK 0123456789abcdef0123456789abcdef\r\n");
        advance(&mut wire).unwrap();
        assert!(!wire.is_up(), "{answer}");
        fake.write(answer.as_bytes());
        fake.write(&call(1, "first"));
        assert_eq!(text(&advance_to(&mut wire, 1)[0]), "first");
        assert_eq!((wire.is_up(), wire.carries_descriptors()), (true, agrees), "{answer}");
    }
}

/// What the first bytes after the authentication must not be.
#[test]
fn garbage_is_an_error_and_a_cut_is_the_end() {
    let mut wrong_version = call(1, "x");
    wrong_version[3] = 9;
    let mut too_long = call(1, "x");
    too_long[4..8].copy_from_slice(&(129_u32 << 20).to_le_bytes());
    let mut long_fields = call(1, "x");
    long_fields[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    let garbage = b"GET / HTTP/1.1\r\n".to_vec();
    for bytes in [garbage, wrong_version, too_long, long_fields] {
        let (mut wire, mut fake) = up(Peer::Private);
        fake.write(&bytes);
        assert_eq!(advance(&mut wire).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert!(wire.input.capacity() <= 2 * CHUNK, "nothing is allocated for what is refused");
    }
    let (mut wire, mut fake) = up(Peer::Private);
    fake.write(&call(1, "cut")[..20]);
    fake.stream.shutdown(Shutdown::Both).unwrap();
    assert_eq!(advance(&mut wire).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn many_messages_in_one_read_and_messages_in_many_reads() {
    let (mut wire, mut fake) = up(Peer::Bus);
    let bytes: Vec<u8> = (1..=500).flat_map(|number| call(number, &number.to_string())).collect();
    fake.write(&bytes);
    let mut messages = advance_to(&mut wire, 500);
    for piece in bytes.chunks(11) {
        fake.write(piece);
        messages.extend(advance(&mut wire).unwrap());
    }
    assert_eq!(messages.len(), 1000);
    for (index, message) in messages.iter().enumerate() {
        assert_eq!(text(message), (index % 500 + 1).to_string());
    }
}

/// A big message is gathered in a buffer of its size, which is handed on without a copy and not kept.
#[test]
fn a_big_message_comes_whole_and_leaves_no_big_buffer() {
    let (mut wire, mut fake) = up(Peer::Bus);
    let big = "x".repeat(8 << 20);
    let expected = big.clone();
    let writer = std::thread::spawn(move || {
        let mut bytes = call(1, &big);
        bytes.extend(call(2, "small"));
        for piece in bytes.chunks(50_001) {
            fake.write(piece);
        }
        fake
    });
    let messages = advance_to(&mut wire, 2);
    drop(writer.join().unwrap());
    assert!(text(&messages[0]) == expected);
    assert_eq!(text(&messages[1]), "small");
    assert!(messages[0].data().bytes().len() < (8 << 20) + 1000);
    assert!(wire.input.capacity() <= 2 * CHUNK, "{} bytes are kept", wire.input.capacity());
}

/// A header may claim what it likes: memory is taken as bytes come.
#[test]
fn memory_grows_as_bytes_come() {
    for claimed in [3_u32 << 20, 100 << 20] {
        let (mut wire, mut fake) = up(Peer::Bus);
        let mut bytes = call(1, "x");
        bytes[4..8].copy_from_slice(&claimed.to_le_bytes());
        fake.write(&bytes);
        for sent in [0, 1 << 20, 2 << 20] {
            while wire.input.len() < sent {
                fake.write(&vec![0; 100_000]);
                assert!(advance(&mut wire).unwrap().is_empty());
            }
            advance(&mut wire).unwrap();
            let most = 2 * wire.input.len() + TRUSTED + 2 * CHUNK;
            assert!(wire.input.capacity() <= most, "{} bytes for {sent}", wire.input.capacity());
        }
    }
}

/// With a send buffer of a few kilobytes nearly every send is partial.
#[test]
fn partial_writes_lose_and_reorder_nothing() {
    let (socket, mut fake) = FakePeer::pair();
    rustix::net::sockopt::set_socket_send_buffer_size(&socket, 1).unwrap();
    let mut wire = Wire::begin(socket, Peer::Private, 0).unwrap();
    let body = "y".repeat(2000);
    for number in 1..=1500 {
        wire.send(&call(number, &body)).unwrap();
    }
    let reader = std::thread::spawn(move || {
        fake.authenticate();
        for number in 1..=3000 {
            let call = fake.call().unwrap();
            assert_eq!((serial(&call).get(), text(&call).len()), (number, 2000));
        }
        fake.write(&call(1, "all"));
        fake
    });
    let mut next = 1501;
    let mut done = false;
    let mut was_partial = false;
    while !done {
        was_partial |= wire.wants_write();
        if next <= 3000 && wire.is_up() {
            wire.send(&call(next, &body)).unwrap();
            next += 1;
        }
        done = !advance(&mut wire).unwrap().is_empty();
    }
    reader.join().unwrap();
    assert!(was_partial);
    assert!(!wire.wants_write());
    assert_eq!(wire.sent_total(), wire.queued_total());
}

#[test]
fn only_the_sender_is_made_unique_in_both_endiannesses() {
    for endian in [Endian::Little, Endian::Big] {
        let (mut wire, mut fake) = up(Peer::Private);
        fake.endian = endian;
        let call = parse(call(7, "question"));
        // The same name in the body must stay as it is.
        fake.reply(&call, &"org.freedesktop.systemd1");
        fake.signal("Something", 5);
        let messages = advance_to(&mut wire, 2);
        assert_eq!(text(&messages[0]), "org.freedesktop.systemd1");
        assert_eq!(messages[0].header().reply_serial(), Some(serial(&call)));
        for message in &messages {
            assert_eq!(message.header().sender().unwrap().as_str(), ":rg.freedesktop.systemd1");
        }
        assert_eq!(messages[1].header().interface().unwrap().as_str(), "a.B");
        assert_eq!(messages[1].body().deserialize::<u32>().unwrap(), 5);
    }
}

/// On a bus senders are unique names already, and one that is not is a broken bus.
#[test]
fn the_sender_is_left_alone_on_a_bus() {
    let (mut wire, mut fake) = up(Peer::Bus);
    fake.signal("Something", 5);
    assert_eq!(advance(&mut wire).unwrap_err().kind(), io::ErrorKind::InvalidData);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// Whatever the peer sends, the wire does not panic, and what it gives out can be decoded or refused.
    #[test]
    fn any_bytes_are_survived(
        accepted: bool, private: bool, big_endian: bool, number: u32, piece in 1_usize..400,
        flips in proptest::collection::vec((0_usize..300, any::<u8>()), 0..4),
        garbage in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut input = if accepted { OK.to_vec() } else { Vec::new() };
        let begin = input.len();
        let (_, mut fake) = FakePeer::pair();
        fake.endian = if big_endian { Endian::Big } else { Endian::Little };
        let call = parse(call(number.max(1), "question"));
        input.extend(fake.answer(&call, &("text", number, vec![("name", true)])));
        input.extend(fake.answer(&call, &number));
        for (at, value) in flips {
            if let Some(byte) = input.get_mut(begin + at) {
                *byte = value;
            }
        }
        input.extend(garbage);
        crate::bus::fuzz::wire(&input, private, piece);
    }
}
