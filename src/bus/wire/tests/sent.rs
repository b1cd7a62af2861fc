//! Descriptors that are sent: each once, with the first byte of its message, whatever the socket takes at a time.

use std::os::fd::AsFd;

use super::*;
use crate::bus::traced_file::{TracedFile, others};
use crate::value::Value;

/// A call with copies of these files' descriptors.
fn with(serial: u32, text: &str, files: &[TracedFile]) -> Outgoing {
    let mut call = Call::new("/a", "a.B", "Echo").text(text).unwrap();
    for file in files {
        let descriptor = file.as_fd().try_clone_to_owned().unwrap();
        call = call.value("h", &Value::Descriptor(descriptor.into())).unwrap();
    }
    let mut bytes = Vec::new();
    call.encode(serial, &mut bytes).unwrap();
    Outgoing { bytes, descriptors: call.descriptors().to_vec() }
}

#[test]
fn they_go_with_their_message_and_are_closed_here() {
    let (mut wire, mut fake) = up(Peer::Private);
    let files = TracedFile::several(3);
    let message = with(1, "three", &files);
    wire.send_message(message).unwrap();
    assert_eq!(others(&files), 0, "they are on their way");
    let call = fake.call().unwrap();
    assert_eq!(call.header().unix_fds(), Some(3));
    for (place, file) in files.iter().enumerate() {
        assert!(file.is(&call.data().fds()[place]));
    }
    let body = call.body();
    let (text, ..): (String, zbus::wire::Fd<'_>, zbus::wire::Fd<'_>, zbus::wire::Fd<'_>) =
        body.deserialize().unwrap();
    assert_eq!(text, "three");
}

#[test]
fn those_that_wait_are_closed_when_nothing_more_is_sent() {
    let (mut wire, _fake) = begin(Peer::Private);
    let files = TracedFile::several(2);
    wire.send_message(with(1, "held", &files)).unwrap();
    assert_eq!(others(&files), 2);
    wire.forget_descriptors();
    assert_eq!(others(&files), 0);
}

/// Read byte by byte, descriptors come with the very byte that they were sent with.
#[test]
fn each_goes_once_and_with_the_first_byte_of_its_message() {
    const MESSAGES: usize = 60;
    let (socket, mut fake) = FakePeer::pair();
    rustix::net::sockopt::set_socket_send_buffer_size(&socket, 1).unwrap();
    let mut wire = Wire::begin(socket, Peer::Private, 0).unwrap();
    let files = TracedFile::several(MESSAGES);
    // Every third message has two descriptors, and all are of different lengths, up to some kilobytes.
    let own = |number: usize| if number.is_multiple_of(3) { &files[number..number + 2] } else { &files[..0] };
    let message = |number: usize| {
        let serial = u32::try_from(number + 1).unwrap();
        with(serial, &"y".repeat(number * number * 2), own(number))
    };
    for number in 0..MESSAGES / 2 {
        wire.send_message(message(number)).unwrap();
    }
    fake.authenticate();
    let mut was_partial = false;
    let (mut stream, mut came) = (Vec::new(), Vec::new());
    let mut next = MESSAGES / 2;
    loop {
        wire.flush().unwrap();
        advance(&mut wire).unwrap();
        if next < MESSAGES && wire.is_up() {
            wire.send_message(message(next)).unwrap();
            next += 1;
        }
        was_partial |= wire.wants_write();
        if stream.len() as u64 + fake_authentication() == wire.sent_total() {
            if next == MESSAGES && !wire.wants_write() {
                break;
            }
            continue;
        }
        let (byte, descriptors) = fake.read(1);
        for descriptor in descriptors {
            came.push((stream.len(), descriptor));
        }
        stream.extend(byte);
    }
    assert!(was_partial);
    let mut begins_at = 0;
    let mut came = came.into_iter();
    for number in 0..MESSAGES {
        for file in own(number) {
            let (at, descriptor) = came.next().unwrap();
            assert_eq!(at, begins_at, "those of message {number}");
            assert!(file.is(descriptor));
        }
        begins_at += message(number).bytes.len();
    }
    assert_eq!((came.next().is_none(), stream.len()), (true, begins_at));
    assert_eq!(others(&files), 0);
}

/// How many bytes the client's part of the authentication has, for user 0.
fn fake_authentication() -> u64 {
    "\0AUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n".len() as u64
}
