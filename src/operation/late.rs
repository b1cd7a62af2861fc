//! How something ended, or that it did not in time: in words.

use crate::client::Asked;
use crate::error::hint::text;
use crate::error::{Error, Hint, Kind, Part, Result};
use crate::settings::Timeout;
use crate::verb::Repeat;

/// What became of it, in a line.
pub(crate) fn told(asked: &dyn Asked, outcome: Result<&str, &Error>) -> String {
    let ended = outcome.unwrap_or_else(|error| &error.facts().message);
    format!("{}: {ended}", asked.what())
}

/// It took longer than this.
pub(crate) fn timed_out(asked: &dyn Asked, timeout: Timeout) -> Error {
    let hint = if asked.repeat() == Repeat::Always {
        Hint::from([
            text("the manager may be busy or stopped; raise "),
            Part::Argument("timeout"),
            text(" or PM2GO_DBUS_TIMEOUT"),
        ])
    } else {
        Hint::from([
            text("what systemd has begun goes on; look at the unit's state, or raise "),
            Part::Argument("timeout"),
        ])
    };
    let message = format!("the {} did not end within {timeout}", asked.what());
    let error = Error::new(Kind::Timeout, message).with_hint(hint);
    match asked.unit() {
        Some(unit) => error.with_unit(unit.as_str()),
        None => error,
    }
}
