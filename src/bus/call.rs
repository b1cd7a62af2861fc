//! Method calls as bytes. All names come from constants or from checked types; text from elsewhere can
//! only become an argument.

use super::encode::{Body, encode, length_of, put_text, too_long};
use crate::error::Result;
use crate::value::{Descriptor, Value};

/// The flag bits of a message.
const NO_REPLY_EXPECTED: u8 = 1;
const NO_AUTO_START: u8 = 2;
const ALLOW_INTERACTIVE_AUTHORIZATION: u8 = 4;

/// A method call, complete but for its serial number.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    path: &'a str,
    interface: &'static str,
    member: &'static str,
    destination: Option<&'static str>,
    signature: String,
    body: Body,
    flags: u8,
}

impl<'a> Call<'a> {
    /// A call of `interface.member` on the object at `path`, which must be a valid object path.
    #[must_use]
    pub fn new(path: &'a str, interface: &'static str, member: &'static str) -> Self {
        Self {
            path,
            interface,
            member,
            destination: None,
            signature: String::new(),
            body: Body::default(),
            flags: NO_AUTO_START,
        }
    }

    /// Addresses the call to a well-known name (a message bus needs one, a private socket ignores it).
    #[must_use]
    pub fn to(mut self, destination: &'static str) -> Self {
        self.destination = Some(destination);
        self
    }

    /// Asks for no reply.
    #[must_use]
    pub fn without_reply(mut self) -> Self {
        self.flags |= NO_REPLY_EXPECTED;
        self
    }

    /// Lets polkit ask somebody for a password; the reply may then take minutes.
    #[must_use]
    pub fn interactive(mut self, allow: bool) -> Self {
        if allow {
            self.flags |= ALLOW_INTERACTIVE_AUTHORIZATION;
        }
        self
    }

    /// Adds a string (`s`).
    pub fn text(mut self, text: &str) -> Result<Self> {
        self.signature.push('s');
        put_text(text, &mut self.body.bytes)?;
        Ok(self)
    }

    /// Adds a list of strings (`as`).
    pub fn texts<T: AsRef<str>>(mut self, texts: &[T]) -> Result<Self> {
        self.signature.push_str("as");
        let body = &mut self.body.bytes;
        pad(body, 4);
        let length_at = body.len();
        body.extend([0; 4]);
        for text in texts {
            put_text(text.as_ref(), body)?;
        }
        let length = length_of(body.len() - length_at - 4)?;
        body[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
        Ok(self)
    }

    /// Adds a value of this type.
    pub fn value(mut self, signature: &str, value: &Value) -> Result<Self> {
        self.signature.push_str(signature);
        encode(signature.as_bytes(), value, &mut self.body)?;
        Ok(self)
    }

    /// The name of the method, for messages.
    #[must_use]
    pub fn member(&self) -> &'static str {
        self.member
    }

    /// Whom the call is addressed to.
    pub(super) fn destination(&self) -> Option<&'static str> {
        self.destination
    }

    /// The descriptors that go with it.
    pub(super) fn descriptors(&self) -> &[Descriptor] {
        &self.body.descriptors
    }

    /// Appends the bytes of the whole message to `out`.
    pub fn encode(&self, serial: u32, out: &mut Vec<u8>) -> Result<()> {
        let begin = out.len();
        let body = &self.body.bytes;
        out.reserve(160 + body.len());
        out.extend([b'l', 1, self.flags, 1]);
        out.extend(length_of(body.len())?.to_le_bytes());
        out.extend(serial.to_le_bytes());
        out.extend([0; 4]);
        let mut fields = Fields { out, begin };
        fields.text(1, b'o', self.path)?;
        fields.text(2, b's', self.interface)?;
        fields.text(3, b's', self.member)?;
        if let Some(destination) = self.destination {
            fields.text(6, b's', destination)?;
        }
        if !self.signature.is_empty() {
            fields.signature(&self.signature)?;
        }
        if !self.body.descriptors.is_empty() {
            fields.number(9, length_of(self.body.descriptors.len())?);
        }
        let length = length_of(out.len() - begin - 16)?;
        out[begin + 12..begin + 16].copy_from_slice(&length.to_le_bytes());
        pad_from(out, begin, 8);
        out.extend(body);
        Ok(())
    }
}

/// Writes header fields; their alignment counts from the message's beginning.
struct Fields<'a> {
    out: &'a mut Vec<u8>,
    begin: usize,
}

impl Fields<'_> {
    fn text(&mut self, code: u8, kind: u8, text: &str) -> Result<()> {
        pad_from(self.out, self.begin, 8);
        self.out.extend([code, 1, kind, 0]);
        self.out.extend(length_of(text.len())?.to_le_bytes());
        self.out.extend(text.as_bytes());
        self.out.push(0);
        Ok(())
    }

    fn number(&mut self, code: u8, number: u32) {
        pad_from(self.out, self.begin, 8);
        self.out.extend([code, 1, b'u', 0]);
        self.out.extend(number.to_le_bytes());
    }

    fn signature(&mut self, signature: &str) -> Result<()> {
        let length = u8::try_from(signature.len()).map_err(|_| too_long())?;
        pad_from(self.out, self.begin, 8);
        self.out.extend([8, 1, b'g', 0, length]);
        self.out.extend(signature.as_bytes());
        self.out.push(0);
        Ok(())
    }
}

fn pad(out: &mut Vec<u8>, alignment: usize) {
    pad_from(out, 0, alignment);
}

fn pad_from(out: &mut Vec<u8>, begin: usize, alignment: usize) {
    out.resize(begin + (out.len() - begin).next_multiple_of(alignment), 0);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zbus::Message;
    use zbus::wire::LE;
    use zbus::wire::serialized::{Context, Data};

    use super::*;

    fn read(call: &Call<'_>, before: usize) -> Message {
        let mut bytes = vec![0; before];
        call.encode(77, &mut bytes).unwrap();
        #[expect(unsafe_code, reason = "the test wants to know whether zbus accepts the bytes")]
        // SAFETY: the body is read below through zbus's checking deserializer only.
        unsafe { Message::from_bytes(Data::new(bytes.split_off(before), Context::new(LE, 0))) }.unwrap()
    }

    proptest! {
        /// zbus reads back what was encoded, wherever in a buffer the message begins.
        #[test]
        fn zbus_reads_what_is_encoded(
            text in "[^\0]{0,40}", list in proptest::collection::vec("[^\0]{0,12}", 0..6),
            flag: bool, number: u32, before in 0_usize..9, destination: bool,
        ) {
            let mut call = Call::new("/org/freedesktop/systemd1/unit/a_2eservice", "a.B", "Member")
                .text(&text).unwrap().texts(&list).unwrap();
            call = call.value("b", &Value::Boolean(flag)).unwrap();
            call = call.value("u", &Value::Unsigned(number.into())).unwrap();
            if destination {
                call = call.to("org.freedesktop.systemd1");
            }
            let message = read(&call, before);
            let header = message.header();
            prop_assert_eq!(header.primary().serial_num().get(), 77);
            prop_assert_eq!(header.member().unwrap().as_str(), "Member");
            prop_assert_eq!(header.destination().is_some(), destination);
            let body = message.body();
            let expected = (text.as_str(), list, flag, number);
            let found: (&str, Vec<String>, bool, u32) = body.deserialize().unwrap();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_zero_byte_is_refused() {
        assert!(Call::new("/", "a.B", "C").text("a\0b").is_err());
    }
}
