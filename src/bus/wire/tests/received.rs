//! Descriptors that come: to whom they belong, and that none stays open for which nobody asks.

use std::os::fd::AsFd;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::*;
use crate::bus::traced_file::{TracedFile, others};

/// A message that claims so many descriptors.
fn claiming(count: usize, text: &str) -> Vec<u8> {
    let mut call = Call::new("/a", "a.B", "Echo").text(text).unwrap();
    for file in TracedFile::several(count) {
        let descriptor = file.as_fd().try_clone_to_owned().unwrap();
        call = call.value("h", &crate::value::Value::Descriptor(descriptor.into())).unwrap();
    }
    let mut bytes = Vec::new();
    call.encode(1, &mut bytes).unwrap();
    bytes
}

fn has(message: &Message, files: &[TracedFile]) {
    let came = message.data().fds();
    assert_eq!(came.len(), files.len());
    for (descriptor, file) in came.iter().zip(files) {
        assert!(file.is(descriptor));
    }
}

fn invalid_data(wire: &mut Wire, reason: &str) {
    let error = advance(wire).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(error.to_string().contains(reason), "{error}");
}

#[test]
fn descriptors_are_those_of_their_message_and_close_with_it() {
    for peer in [Peer::Private, Peer::Bus] {
        let (mut wire, mut fake) = up(peer);
        let files = TracedFile::several(3);
        fake.write(&claiming(0, "before"));
        fake.write_with(&claiming(2, "two"), &files[..2]);
        fake.write(&claiming(0, "between"));
        fake.write_with(&claiming(1, "one"), &files[2..]);
        let messages = advance_to(&mut wire, 4);
        for (message, files) in messages.iter().zip([&[][..], &files[..2], &[], &files[2..]]) {
            has(message, files);
        }
        assert_eq!(others(&files), 3);
        let flags = rustix::io::fcntl_getfd(&messages[1].data().fds()[0]).unwrap();
        assert!(flags.contains(rustix::io::FdFlags::CLOEXEC), "a program that is started must not have it");
        drop(messages);
        assert_eq!(others(&files), 0);
    }
}

#[test]
fn several_messages_in_one_piece_take_theirs_in_order() {
    let (mut wire, mut fake) = up(Peer::Bus);
    let files = TracedFile::several(3);
    let piece = [claiming(1, "a"), claiming(0, "b"), claiming(2, "c")].concat();
    fake.write_with(&piece, &files);
    let messages = advance_to(&mut wire, 3);
    has(&messages[0], &files[..1]);
    has(&messages[1], &[]);
    has(&messages[2], &files[1..]);
}

#[test]
fn a_message_that_did_not_come_as_a_whole_leaves_nothing_open() {
    let (mut wire, mut fake) = up(Peer::Bus);
    let files = TracedFile::several(1);
    let message = claiming(1, "cut");
    fake.write_with(&message[..20], &files);
    assert!(advance(&mut wire).unwrap().is_empty());
    assert_eq!(others(&files), 1);
    fake.stream.shutdown(Shutdown::Both).unwrap();
    assert_eq!(advance(&mut wire).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    wire.forget_descriptors();
    assert_eq!(others(&files), 0);
}

#[test]
fn a_message_that_cannot_be_read_leaves_nothing_open() {
    let (mut wire, mut fake) = up(Peer::Bus);
    let files = TracedFile::several(1);
    let mut message = claiming(1, "x");
    // Padding that is not zero: zbus refuses it when the descriptors are the message's already.
    let padding = message.windows(4).position(|part| part == [9, 1, b'u', 0]).unwrap() - 1;
    message[padding] = 7;
    fake.write_with(&message, &files);
    invalid_data(&mut wire, "malformed message");
    assert_eq!(others(&files), 0);
}

#[test]
fn more_or_fewer_descriptors_than_a_message_claims_are_the_end() {
    for (claimed, came, reason) in [
        (0, 1, "more file descriptors came than the 0"),
        (1, 3, "more file descriptors came than the 1"),
        (2, 1, "claims 2 file descriptors, and 1 came"),
    ] {
        let (mut wire, mut fake) = up(Peer::Bus);
        let files = TracedFile::several(came);
        fake.write_with(&claiming(claimed, "x"), &files);
        invalid_data(&mut wire, reason);
        drop(wire);
        assert_eq!(others(&files), 0, "{reason}");
    }
    let (mut wire, mut fake) = up(Peer::Bus);
    fake.write(&claiming(1, "x"));
    assert_eq!(advance(&mut wire).unwrap_err().kind(), io::ErrorKind::InvalidData);
}

#[test]
fn descriptors_of_the_message_before_are_not_those_of_the_next() {
    let (mut wire, mut fake) = up(Peer::Bus);
    let files = TracedFile::several(1);
    fake.write_with(&claiming(0, "x"), &files);
    fake.write(&claiming(1, "y"));
    invalid_data(&mut wire, "more file descriptors came than the 0");
}

#[test]
fn descriptors_that_nobody_agreed_to_are_the_end() {
    let (mut wire, mut fake) = begin(Peer::Private);
    fake.authenticate_without_descriptors();
    advance(&mut wire).unwrap();
    let files = TracedFile::several(1);
    fake.write_with(&claiming(1, "x"), &files);
    invalid_data(&mut wire, "nobody has agreed to");
    drop(wire);
    assert_eq!(others(&files), 0);
}

#[test]
fn descriptors_during_the_authentication_are_the_end() {
    let (mut wire, mut fake) = begin(Peer::Private);
    fake.read_authentication();
    let files = TracedFile::several(1);
    fake.write_with(OK, &files);
    invalid_data(&mut wire, "more file descriptors came than the 0");
    drop(wire);
    assert_eq!(others(&files), 0);
}

/// A peer that goes on sending descriptors for one message would otherwise take all that this process may open.
#[test]
fn descriptors_of_one_message_are_limited() {
    let (mut wire, mut fake) = up(Peer::Bus);
    let files = TracedFile::several(MOST_DESCRIPTORS);
    let message = claiming(0, &"x".repeat(1000));
    fake.write_with(&message[..10], &files);
    assert!(advance(&mut wire).unwrap().is_empty());
    assert_eq!(others(&files), MOST_DESCRIPTORS);
    fake.write_with(&message[10..20], &files[..1]);
    invalid_data(&mut wire, "more than 253 file descriptors");
    drop(wire);
    assert_eq!(others(&files), 0);
}

const FEW_FILES: &str = "PM2GO_TEST_FEW_FILES";

/// Linux gives as many descriptors as this process may open, and says that there were more. The limit is the whole
/// process's: the test is a process of its own.
#[test]
fn descriptors_that_are_cut_off_are_the_end() {
    if std::env::var_os(FEW_FILES).is_none() {
        let test = "bus::wire::tests::received::descriptors_that_are_cut_off_are_the_end";
        let mut alone = Command::new(std::env::current_exe().unwrap());
        let output = alone.args(["--exact", test]).env(FEW_FILES, "1").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
        return;
    }
    let (mut wire, mut fake) = up(Peer::Bus);
    let files = TracedFile::several(5);
    let message = claiming(5, "x");
    fake.write_with(&message, &files);
    let all = getrlimit(Resource::Nofile);
    let open = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64;
    // The folder itself is one, and closed again.
    setrlimit(Resource::Nofile, Rlimit { current: Some(open - 1 + 2), ..all }).unwrap();
    let read = advance(&mut wire);
    setrlimit(Resource::Nofile, all).unwrap();
    let error = read.unwrap_err();
    assert!(error.to_string().contains("too many files are open"), "{error}");
    assert_eq!(others(&files), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// However the stream is cut, and whenever it is read, each message has its own descriptors.
    #[test]
    fn each_message_has_its_own_however_the_stream_is_cut(
        lengths in proptest::collection::vec((0_usize..200, 0_usize..4), 1..12),
        cuts in proptest::collection::vec((1_usize..300, any::<bool>(), any::<bool>()), 1..60),
    ) {
        let (mut wire, mut fake) = up(Peer::Bus);
        let mut stream = Vec::new();
        let mut waiting = std::collections::VecDeque::new();
        let mut files = Vec::new();
        for &(length, count) in &lengths {
            let begins_at = stream.len();
            stream.extend(claiming(count, &"x".repeat(length)));
            waiting.push_back((begins_at, stream.len(), count, files.len()));
            files.extend(TracedFile::several(count));
        }
        let mut messages = Vec::new();
        let (mut at, mut cuts, mut unread) = (0, cuts.into_iter().cycle(), 0);
        while at < stream.len() {
            let (length, reads, is_late) = cuts.next().unwrap();
            let mut end = (at + length).min(stream.len());
            // Descriptors go with the piece that has their message's first byte, or with a later one of its pieces:
            // then that one ends with the message at the latest.
            let mut piece = Vec::new();
            while let Some(&(begins_at, ends_at, count, first)) = waiting.front() {
                let may_wait = is_late && end < ends_at && begins_at >= at;
                if begins_at >= end || may_wait {
                    break;
                }
                piece.extend(&files[first..first + count]);
                waiting.pop_front();
                if begins_at < at {
                    end = end.min(ends_at);
                }
            }
            if piece.is_empty() {
                fake.write(&stream[at..end]);
            } else {
                fake.write_with(&stream[at..end], &piece);
            }
            at = end;
            unread += 1;
            // A socket that nobody reads is full of some hundred pieces, however small they are.
            if reads || unread == 100 {
                messages.extend(advance(&mut wire).unwrap());
                unread = 0;
            }
        }
        messages.extend(advance(&mut wire).unwrap());
        prop_assert_eq!(messages.len(), lengths.len());
        let mut first = 0;
        for (message, (length, count)) in messages.iter().zip(&lengths) {
            has(message, &files[first..first + count]);
            first += count;
            prop_assert_eq!(message.body().data().bytes()[0] as usize, *length);
        }
        drop(messages);
        prop_assert_eq!(others(&files), 0);
    }
}
