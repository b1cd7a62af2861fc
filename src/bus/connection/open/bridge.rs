//! A program that is to reach a message bus elsewhere, and cannot: why, and what to do.

use std::io;

use super::{Connection, no_system_call, not_greeted, unavailable};
use crate::bus::address::{Address, Endpoint, Program};
use crate::error::{Error, Hint, Kind};
use crate::location::Host;
use crate::process::{Companion, LastWords};

/// How ssh(1) says that it did not get as far as the command.
const NOT_THERE: i32 = 255;
/// How a shell says that it does not know the command.
const UNKNOWN: i32 = 127;

impl Connection {
    /// The other end took the connection and did not keep it: what a program that reaches a bus said last.
    pub(super) async fn not_greeted(&self, error: &Error) -> Error {
        let endpoint = self.endpoint();
        let companion = self.0.companion.lock().map_or(None, |mut companion| companion.take());
        match (&endpoint.address, companion) {
            (Address::Program(program), Some(companion)) => {
                let instead = self.state().ok().and_then(|state| state.wire.said_instead());
                let words = companion.last_words().await;
                match (program.location.host(), instead) {
                    (Some(host), Some(line)) => chatty(endpoint, host, &line),
                    _ => unreached(endpoint, program, error, &words),
                }
            }
            _ => not_greeted(endpoint, error),
        }
    }
}

/// The first bytes could not be sent: a program that has ended by then said why.
pub(super) async fn not_begun(endpoint: &Endpoint, companion: Option<Companion>, error: &io::Error) -> Error {
    match (&endpoint.address, companion) {
        (Address::Program(program), Some(companion)) => {
            let lost = Error::new(Kind::ConnectionLost, error.to_string());
            unreached(endpoint, program, &lost, &companion.last_words().await)
        }
        _ => no_system_call(endpoint, error),
    }
}

/// The socket cannot be had, or the program not be started.
pub(super) fn not_started(endpoint: &Endpoint, error: &io::Error) -> Error {
    match &endpoint.address {
        Address::Program(program) if error.kind() == io::ErrorKind::NotFound => {
            let name = program.line.first().map_or("", String::as_str);
            unavailable(endpoint, &format!("{name} is not installed"))
                .with_errno(error.raw_os_error())
                .with_hint(format!("install the package that has {name}, or correct PATH"))
        }
        _ => no_system_call(endpoint, error),
    }
}

/// What a shell prints comes before what is run in it.
fn chatty(endpoint: &Endpoint, host: &Host, line: &str) -> Error {
    unavailable(endpoint, &format!("it says {line:?}")).with_hint(format!(
        "`ssh {host} true` has to print nothing: see what the shell there does when it starts"
    ))
}

fn unreached(endpoint: &Endpoint, program: &Program, error: &Error, words: &LastWords) -> Error {
    let facts = error.facts();
    let said = words.lines.last().map_or(facts.message.as_str(), String::as_str);
    let mut unavailable = unavailable(endpoint, &said);
    if let Some(name) = &facts.dbus_name {
        unavailable = unavailable.with_dbus_name(name);
    }
    unavailable.with_hint(hint(program, words))
}

fn hint(program: &Program, words: &LastWords) -> Hint {
    let code = words.status.and_then(|status| status.code());
    match (program.location.host(), code) {
        (Some(host), Some(NOT_THERE)) => {
            format!("see that `ssh {host} true` works without a question, as from a script").into()
        }
        (_, Some(UNKNOWN)) => {
            format!("{} has no systemd-stdio-bridge in its PATH, which is part of systemd", program.location).into()
        }
        (Some(host), _) => {
            format!("see what `ssh {host} systemctl is-system-running` says: systemd and its message bus have to run there")
                .into()
        }
        (None, _) if program.location.is_default() => {
            "see that a message bus runs here (dbus.service, or dbus.socket of the user's manager)".into()
        }
        (None, _) => "see that the container runs (machinectl), has systemd and a message bus, and that this is root".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bus::address::Peer;
    use crate::flow::block::block;
    use crate::location::Location;

    #[test]
    fn a_program_that_ended_before_the_first_byte_said_why() {
        let line = ["sh", "-c", "echo connect to host a port 1: Connection refused >&2; exit 255"];
        let line = line.map(str::to_owned).to_vec();
        let (_socket, companion) = Companion::start(&line, false).unwrap();
        let location = Location::new(Some("a:1".parse().unwrap()), None, None).unwrap();
        let address = Address::Program(Arc::new(Program { line, location, asks: false }));
        let endpoint = Endpoint { address, peer: Peer::Bus };
        let broken = io::Error::from(io::ErrorKind::BrokenPipe);
        let error = block(not_begun(&endpoint, Some(companion), &broken), None).unwrap();
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.to_string().contains("Connection refused"), "{error}");
        assert!(error.facts().hint.as_ref().is_some_and(|hint| hint.to_string().contains("ssh a:1 true")));
    }
}
