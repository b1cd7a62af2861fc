//! Another host, which OpenSSH's client reaches in the way that its configuration says.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::process::ssh_client;

/// A host that is gone without a word ends the connection within a minute, not with each call's deadline.
const ALIVE: &str = "-oServerAliveInterval=15";

/// A host: `[USER@]NAME[:PORT]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host {
    /// The name, with the user if one was given.
    destination: String,
    port: Option<u16>,
}

impl Host {
    /// The command up to what is to be run there. Nobody is asked for a password, unless it is `interactive`.
    pub(super) fn command(&self, interactive: bool) -> Vec<String> {
        let mut line = vec![ssh_client(), "-xT".to_owned(), ALIVE.to_owned()];
        if !interactive {
            line.push("-oBatchMode=yes".to_owned());
        }
        if let Some(port) = self.port {
            line.push(format!("-p{port}"));
        }
        line.extend(["--".to_owned(), self.destination.replace(['[', ']'], "")]);
        line
    }

    /// The host as `systemctl --host=` takes it.
    pub(super) fn for_systemctl(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.destination)?;
        self.port.map_or(Ok(()), |port| write!(out, ":{port}"))
    }
}

impl FromStr for Host {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |reason: &str| {
            Error::config(format!("host is {text:?}, which {reason}")).with_hint(
                "give a name as ssh takes it, such as \"web1\", \"user@web1\" or \"user@web1:2222\"",
            )
        };
        // ssh would take it for an option, or the shell that it may hand it to for more than a word.
        let is_odd = |c: char| c.is_whitespace() || c.is_control() || "'\"`$\\;&|<>(){}*?!#/".contains(c);
        if text.is_empty() {
            return Err(wrong("is empty"));
        }
        if text.starts_with('-') || text.contains("@-") {
            return Err(wrong("begins as an option does"));
        }
        if text.contains(is_odd) {
            return Err(wrong("has characters that no host's name has"));
        }
        let name_begins = text.rfind('@').map_or(0, |at| at + 1);
        let name = &text[name_begins..];
        // More than one colon, without brackets: an IPv6 address.
        let (name, port) = match name.rsplit_once(':') {
            Some((before, port)) if before.ends_with(']') || !before.contains(':') => (before, Some(port)),
            _ => (name, None),
        };
        if name.is_empty() || name_begins == 1 {
            return Err(wrong("names no host"));
        }
        let port = match port.map(str::parse::<u16>) {
            None => None,
            Some(Ok(port)) if port > 0 => Some(port),
            Some(_) => return Err(wrong("has a port that is no number from 1 to 65535")),
        };
        Ok(Self { destination: format!("{}{name}", &text[..name_begins]), port })
    }
}
