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

/// Turns a D-Bus error message into an error that carries its name.
pub fn check(message: &Message) -> Result<()> {
    if message.message_type() != Type::Error {
        return Ok(());
    }
    let header = message.header();
    let name = header.error_name().map_or("", |name| name.as_str());
    let body = message.body();
    let text: String = body.deserialize::<&str>().map_or_else(|_| name.to_owned(), str::to_owned);
    Err(Error::new(Kind::Systemd, text).with_dbus_name(name))
}
