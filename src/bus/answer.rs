//! What an answer has to be, and what it says instead.

use std::fmt;

use zbus::Message;
use zbus::message::Type;

use crate::error::{Error, Kind, Result};

/// The answers to as many questions.
pub(crate) fn each<T, const COUNT: usize>(answers: Vec<T>) -> Result<[T; COUNT]> {
    answers.try_into().map_err(|_| malformed(&format_args!("{COUNT} were asked for")))
}

/// An answer that does not have the form it must have.
pub fn malformed(reason: &dyn fmt::Display) -> Error {
    Error::new(Kind::Systemd, format!("the answer is malformed: {reason}"))
}

/// What a bus answers itself to a call to somebody who has left it, or leaves while he is asked.
const LOST: [&str; 4] = ["Disconnected", "NameHasNoOwner", "NoReply", "ServiceUnknown"];

/// Turns a D-Bus error message into an error that carries its name.
pub fn check(message: &Message) -> Result<()> {
    if message.message_type() != Type::Error {
        return Ok(());
    }
    let header = message.header();
    let name = header.error_name().map_or("", |name| name.as_str());
    let body = message.body();
    let text: String = body.deserialize::<&str>().map_or_else(|_| name.to_owned(), str::to_owned);
    let is_lost = name.strip_prefix("org.freedesktop.DBus.Error.").is_some_and(|name| LOST.contains(&name));
    let kind = if is_lost { Kind::ConnectionLost } else { Kind::Systemd };
    Err(Error::new(kind, text).with_dbus_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_left_the_bus_is_lost() {
        let call = Message::method_call("/a", "B").build(&()).unwrap();
        for (name, kind) in [
            ("org.freedesktop.DBus.Error.NoReply", Kind::ConnectionLost),
            ("org.freedesktop.DBus.Error.ServiceUnknown", Kind::ConnectionLost),
            ("org.freedesktop.DBus.Error.AccessDenied", Kind::Systemd),
            ("org.freedesktop.systemd1.NoReply", Kind::Systemd),
        ] {
            let answer = Message::error(&call.header(), name).build(&("gone",)).unwrap();
            let error = check(&answer).unwrap_err();
            assert_eq!((error.kind(), error.facts().message.as_str()), (kind, "gone"), "{name}");
        }
    }
}
