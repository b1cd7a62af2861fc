//! Where a manager can be reached: D-Bus addresses, systemd's private sockets, and programs that reach a bus elsewhere.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::location::Location;
use crate::scope::Scope;

/// What is at the other end of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// systemd itself: no Hello, no match rules, every signal is sent.
    Private,
    /// A message bus that systemd is on.
    Bus,
}

/// Where the other end is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A socket in the file system.
    Path(PathBuf),
    /// A socket in the abstract name space.
    Abstract(Vec<u8>),
    /// A program that is run, and speaks on a socket of its own.
    Program(Arc<Program>),
}

/// A program that reaches a message bus elsewhere.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Program {
    /// The program and its arguments.
    pub line: Vec<String>,
    /// Where that bus is.
    pub location: Location,
    /// It may ask somebody for a password.
    pub asks: bool,
}

/// A socket and what is to be found there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Where.
    pub address: Address,
    /// What.
    pub peer: Peer,
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let peer = match self.peer {
            Peer::Private => "private socket",
            Peer::Bus => "message bus",
        };
        match &self.address {
            Address::Path(path) => write!(out, "{peer} {}", path.display()),
            Address::Abstract(name) => write!(out, "{peer} @{}", String::from_utf8_lossy(name)),
            Address::Program(program) => write!(out, "{peer} of {}", program.location),
        }
    }
}

/// Looks up an environment variable.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The runtime folder of a user: `XDG_RUNTIME_DIR`, else the one that systemd-logind makes.
#[must_use]
pub fn runtime_folder(environment: Environment<'_>, uid: u32) -> PathBuf {
    match environment("XDG_RUNTIME_DIR") {
        Some(folder) if folder.starts_with('/') => PathBuf::from(folder),
        _ => PathBuf::from(format!("/run/user/{uid}")),
    }
}

/// systemd's private socket, where this user may use it: PID 1's for root, a user's own for that user.
#[must_use]
pub fn private_endpoint(scope: Scope, environment: Environment<'_>, uid: u32) -> Option<Endpoint> {
    let path = match scope {
        Scope::System if uid == 0 => PathBuf::from("/run/systemd/private"),
        Scope::System | Scope::Global => return None,
        Scope::User => runtime_folder(environment, uid).join("systemd/private"),
    };
    Some(Endpoint { address: Address::Path(path), peer: Peer::Private })
}

/// The message bus of a manager that is not on this machine.
#[must_use]
pub fn bridged_endpoint(location: &Location, scope: Scope, asks: bool) -> Endpoint {
    let line = location.bridge(scope, asks);
    let program = Program { line, location: location.clone(), asks };
    Endpoint { address: Address::Program(Arc::new(program)), peer: Peer::Bus }
}

/// The message buses to try, in this order.
pub fn bus_endpoints(scope: Scope, environment: Environment<'_>, uid: u32) -> Result<Vec<Endpoint>> {
    let (variable, well_known) = match scope {
        Scope::Global => return Ok(Vec::new()),
        Scope::System => ("DBUS_SYSTEM_BUS_ADDRESS", PathBuf::from("/run/dbus/system_bus_socket")),
        Scope::User => ("DBUS_SESSION_BUS_ADDRESS", runtime_folder(environment, uid).join("bus")),
    };
    let mut addresses = match environment(variable) {
        Some(text) if !text.is_empty() => parse(&text).map_err(|error| {
            let hint = format!("correct or unset the environment variable {variable}");
            Error::config(error.facts().message.clone()).with_hint(hint)
        })?,
        _ => Vec::new(),
    };
    let mut fallbacks = vec![Address::Path(well_known)];
    if scope == Scope::User {
        fallbacks.push(Address::Path(PathBuf::from(format!("/run/user/{uid}/bus"))));
    } else {
        fallbacks.push(Address::Path(PathBuf::from("/var/run/dbus/system_bus_socket")));
    }
    for fallback in fallbacks {
        if addresses.is_empty() || (scope == Scope::User && !addresses.contains(&fallback)) {
            addresses.push(fallback);
        }
    }
    Ok(addresses.into_iter().map(|address| Endpoint { address, peer: Peer::Bus }).collect())
}

/// Parses an address that a caller gave: a D-Bus address, or the path of a private socket.
///
/// A path that ends in `/private` is systemd's private socket, everything else is a message bus.
pub fn parse_endpoints(text: &str) -> Result<Vec<Endpoint>> {
    let addresses =
        if text.starts_with('/') { vec![Address::Path(PathBuf::from(text))] } else { parse(text)? };
    Ok(addresses
        .into_iter()
        .map(|address| {
            let private = matches!(&address, Address::Path(path) if path.ends_with("systemd/private"));
            Endpoint { address, peer: if private { Peer::Private } else { Peer::Bus } }
        })
        .collect())
}

/// Parses a list of D-Bus addresses; `unix:path=` and `unix:abstract=` are what systemd uses.
///
/// See "Server Addresses" in the D-Bus specification.
pub fn parse(text: &str) -> Result<Vec<Address>> {
    let addresses: Result<Vec<_>> = text.split(';').filter(|part| !part.is_empty()).map(parse_one).collect();
    let addresses: Vec<Address> = addresses?.into_iter().flatten().collect();
    if addresses.is_empty() {
        return Err(wrong(text, "names no unix socket"));
    }
    Ok(addresses)
}

fn parse_one(text: &str) -> Result<Option<Address>> {
    let Some((transport, options)) = text.split_once(':') else {
        return Err(wrong(text, "has no transport"));
    };
    if transport != "unix" {
        return Ok(None);
    }
    for option in options.split(',') {
        let Some((key, value)) = option.split_once('=') else {
            return Err(wrong(text, "has an option without a value"));
        };
        let value = percent_decoded(value).ok_or_else(|| wrong(text, "has a bad % escape"))?;
        if value.contains(&0) {
            return Err(wrong(text, "contains a zero byte"));
        }
        match key {
            "path" => return Ok(Some(Address::Path(PathBuf::from(os_string(value))))),
            "abstract" => return Ok(Some(Address::Abstract(value))),
            _ => {}
        }
    }
    Ok(None)
}

fn os_string(bytes: Vec<u8>) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            decoded.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    Some(decoded)
}

fn wrong(text: &str, reason: &str) -> Error {
    Error::config(format!("the D-Bus address {text:?} {reason}"))
        .with_hint("give something like unix:path=/run/dbus/system_bus_socket")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Address {
        Address::Path(PathBuf::from(text))
    }

    #[test]
    fn addresses_are_parsed() {
        let table: &[(&str, Vec<Address>)] = &[
            ("unix:path=/a", vec![path("/a")]),
            ("unix:path=/a,guid=12", vec![path("/a")]),
            ("unix:guid=12,path=/a%20b", vec![path("/a b")]),
            ("tcp:host=x,port=1;unix:path=/a", vec![path("/a")]),
            ("unix:abstract=/tmp/x", vec![Address::Abstract(b"/tmp/x".to_vec())]),
            ("unix:path=/a;unix:path=/b;", vec![path("/a"), path("/b")]),
        ];
        for (text, expected) in table {
            assert_eq!(&parse(text).unwrap(), expected, "{text}");
        }
        for text in
            ["", "nonsense", "tcp:host=x", "unix:path", "unix:path=%zz", "unix:path=%0", "unix:path=%00"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn endpoints_follow_the_environment() {
        let none = |_: &str| None;
        let user = bus_endpoints(Scope::User, &none, 1000).unwrap();
        assert_eq!(user[0].address, path("/run/user/1000/bus"));
        let set = |name: &str| match name {
            "XDG_RUNTIME_DIR" => Some("/x".to_owned()),
            "DBUS_SESSION_BUS_ADDRESS" => Some("unix:path=/y".to_owned()),
            _ => None,
        };
        let user: Vec<_> = bus_endpoints(Scope::User, &set, 5)
            .unwrap()
            .into_iter()
            .map(|endpoint| endpoint.address)
            .collect();
        assert_eq!(user, [path("/y"), path("/x/bus"), path("/run/user/5/bus")]);
        let private = private_endpoint(Scope::User, &set, 5).unwrap();
        assert_eq!(private.address, path("/x/systemd/private"));
        assert_eq!(private_endpoint(Scope::System, &none, 1000), None);
    }
}
