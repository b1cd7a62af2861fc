//! Where a message ends, and who it says sent it.

use std::io;

use super::invalid;

/// The longest message that the D-Bus specification allows.
const LONGEST_MESSAGE: usize = 128 << 20;
/// The part of a message's header that every message has.
const FIXED_HEADER: usize = 16;
/// The header field that names the sender.
const SENDER_FIELD: u8 = 7;
/// The header field with the number of descriptors.
const DESCRIPTORS_FIELD: u8 = 9;

/// The lengths in a message's fixed header.
pub(super) struct Frame {
    pub(super) little_endian: bool,
    fields: usize,
    pub(super) length: usize,
}

impl Frame {
    /// Reads the fixed header; `None` while it is not there as a whole.
    pub(super) fn of(bytes: &[u8]) -> io::Result<Option<Self>> {
        if bytes.len() < FIXED_HEADER {
            return Ok(None);
        }
        let little_endian = match bytes[0] {
            b'l' => true,
            b'B' => false,
            other => return Err(invalid(format!("a message begins with byte {other:#04x}"))),
        };
        let body = number(bytes, 4, little_endian);
        let fields = number(bytes, 12, little_endian);
        let length = FIXED_HEADER.saturating_add(fields.next_multiple_of(8)).saturating_add(body);
        if length > LONGEST_MESSAGE {
            return Err(invalid(format!("a message of {length} bytes is longer than D-Bus allows")));
        }
        Ok(Some(Self { little_endian, fields, length }))
    }
}

/// The 32-bit number at `index`; 0 where the bytes end before it.
fn number(bytes: &[u8], index: usize, little_endian: bool) -> usize {
    let Some(bytes) = bytes.get(index..index + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()) else {
        return 0;
    };
    let number = if little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
    number as usize
}

/// On its private socket systemd names `org.freedesktop.systemd1` as the sender of every message. That is
/// no unique name, which zbus (rightly) demands there, so the first byte becomes a colon.
///
/// <https://github.com/z-galaxy/zbus/issues/1497>
pub(super) fn make_sender_unique(message: &mut [u8], frame: &Frame) {
    let Some(length_at) = value_of(SENDER_FIELD, message, frame) else { return };
    let end = FIXED_HEADER + frame.fields;
    if let Some(first) = message[..end].get_mut(length_at + 4) {
        *first = b':';
    }
}

/// How many descriptors a message claims to have.
pub(super) fn claimed_descriptors(message: &[u8], frame: &Frame) -> usize {
    value_of(DESCRIPTORS_FIELD, message, frame).map_or(0, |at| number(message, at, frame.little_endian))
}

/// Where the value of a header field begins. Only types that known fields have are passed over.
fn value_of(wanted: u8, message: &[u8], frame: &Frame) -> Option<usize> {
    let end = FIXED_HEADER + frame.fields;
    let mut index = FIXED_HEADER;
    while index + 4 <= end {
        index = index.next_multiple_of(8);
        let &[code, signature_length, kind] = message.get(index..index + 3)? else { return None };
        if signature_length != 1 {
            return None;
        }
        index += 4;
        if code == wanted {
            return Some(index);
        }
        index += match kind {
            b's' | b'o' => {
                let length = number(message, index, frame.little_endian);
                if length > end.saturating_sub(index) {
                    return None;
                }
                4 + length + 1
            }
            b'g' => message.get(index).map_or(0, |&length| usize::from(length)) + 2,
            b'u' => 4,
            _ => return None,
        };
    }
    None
}
