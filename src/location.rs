//! Where a manager runs: here, in a container, or on another host; and whose it is. Or the folder in which none runs.

mod host;
mod shell;

pub use host::Host;

use std::path::{Path, PathBuf};

use crate::error::hint::{given, text};
use crate::error::{Error, Hint, Kind, Part, Result};
use crate::process::{own_uid, quoted};
use crate::scope::Scope;

/// The program that speaks D-Bus on its standard input and output, for a bus that it can reach.
pub(crate) const BRIDGE: &str = "systemd-stdio-bridge";

/// Where a manager runs. By default on this machine, in the open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Location {
    host: Option<Host>,
    machine: Option<String>,
    user: Option<String>,
    root: Option<PathBuf>,
}

impl Location {
    /// A container of this name (machinectl(1)) on that host, and there the manager of that user; each of which may be
    /// left out.
    pub fn new(host: Option<Host>, machine: Option<&str>, user: Option<&str>) -> Result<Self> {
        let word = |name: &str, given: Option<&str>| given.map(|given| one_word(name, given)).transpose();
        Ok(Self { host, machine: word("machine", machine)?, user: word("user", user)?, root: None })
    }

    /// The same in a folder that stands for `/`, such as that of an image: there is no manager.
    pub fn with_root(self, root: Option<PathBuf>) -> Result<Self> {
        let Some(root) = root else { return Ok(self) };
        let root = std::path::absolute(&root).unwrap_or(root);
        if root.to_str().is_none() {
            return Err(Error::config(format!("root is {}, which is not UTF-8", root.display()))
                .with_hint("give a folder by another path"));
        }
        Ok(Self { root: Some(root), ..self })
    }

    /// The root folder, if it is one.
    #[must_use]
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// The host, if it is another one.
    #[must_use]
    pub fn host(&self) -> Option<&Host> {
        self.host.as_ref()
    }

    /// The user whose manager it is, if it is not the caller's own.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Whether it is that of this machine, or the caller's own.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it is on this machine, and in no container.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.host.is_none() && self.machine.is_none()
    }

    /// Whether it is another host itself, and no container or other user there.
    #[must_use]
    pub fn is_host(&self) -> bool {
        self.host.is_some() && self.machine.is_none() && self.user.is_none()
    }

    /// The options by which a program on its host reaches it.
    #[must_use]
    pub fn options_there(&self, scope: Scope) -> Vec<String> {
        let user = (scope == Scope::User).then(|| "--user".to_owned());
        let machine = self.machine(scope).map(|machine| format!("--machine={machine}"));
        user.into_iter().chain(machine).collect()
    }

    /// The options by which `systemctl` and `busctl` reach it.
    #[must_use]
    pub fn options(&self, scope: Scope) -> Vec<String> {
        let mut options = Vec::new();
        if let Some(host) = &self.host {
            let container = self.machine.as_ref().map_or_else(String::new, |machine| format!("/{machine}"));
            options.push(format!("--host={}{container}", host.for_systemctl()));
        } else if let Some(machine) = self.machine(scope) {
            options.push(format!("--machine={machine}"));
        }
        options.extend(self.root.iter().map(|root| format!("--root={}", root.display())));
        if scope == Scope::Global {
            options.push("--global".to_owned());
        }
        options
    }

    /// The program to run for a connection to its message bus, with its arguments.
    #[must_use]
    pub fn bridge(&self, scope: Scope, interactive: bool) -> Vec<String> {
        let mut bridge = vec![BRIDGE.to_owned()];
        match (scope, self.machine(scope)) {
            (Scope::System | Scope::Global, None) => {}
            // --user came with systemd 248. The host's shell puts the folder in, as every one of them would.
            (Scope::User, None) => bridge.push("-punix:path=$XDG_RUNTIME_DIR/bus".to_owned()),
            (scope, Some(machine)) => {
                if scope == Scope::User {
                    bridge.push("--user".to_owned());
                }
                bridge.push(format!("--machine={machine}"));
            }
        }
        match &self.host {
            None => bridge,
            Some(host) => {
                let mut line = host.command(interactive);
                line.push(bridge.join(" "));
                line
            }
        }
    }

    /// A program that runs where the manager does, with its arguments.
    #[must_use]
    pub fn command(&self, program: &[&str]) -> Vec<String> {
        match &self.host {
            None => program.iter().map(|&word| word.to_owned()).collect(),
            Some(host) => {
                let mut line = host.command(false);
                let words: Vec<String> = program.iter().map(|word| quoted(word)).collect();
                line.push(words.join(" "));
                line
            }
        }
    }

    /// The container, as options call it; a user's manager is one, too, even on the machine itself.
    fn machine(&self, scope: Scope) -> Option<String> {
        match (&self.machine, &self.user, scope) {
            (machine, Some(user), Scope::User) => {
                Some(format!("{user}@{}", machine.as_deref().unwrap_or(".host")))
            }
            (machine, ..) => machine.clone(),
        }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            self.user.as_ref().map(|user| format!("the user {user}")),
            self.machine.as_ref().map(|machine| format!("the container {machine}")),
            self.host.as_ref().map(|host| format!("the host {host}")),
            self.root.as_ref().map(|root| format!("the root folder {}", root.display())),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        out.write_str(if parts.is_empty() { "this machine" } else { "" })?;
        out.write_str(&parts.join(" on "))
    }
}

/// A manager: whose, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whose {
    /// The machine's or a user's.
    pub scope: Scope,
    /// The user whose manager it is, if it is one of this machine.
    pub uid: Option<u32>,
    /// Where it runs.
    pub location: Location,
    /// The folder of its journal, where that is not the machine's.
    pub journals: Option<PathBuf>,
}

impl Whose {
    /// Whether there is a manager, and not only unit files.
    #[must_use]
    pub fn has_manager(&self) -> bool {
        self.location.root.is_none() && self.scope != Scope::Global
    }

    /// Refuses what only a manager can do where there is none.
    pub fn check_manager(&self, what: &str) -> Result<()> {
        if self.has_manager() {
            return Ok(());
        }
        let (place, hint) = match &self.location.root {
            Some(root) => (
                format!("in the root folder {} none runs", root.display()),
                Hint::from([
                    text("boot it, as with `systemd-nspawn --boot`, and give "),
                    Part::Argument("machine"),
                ]),
            ),
            None => (
                "all users have unit files in common, and none".to_owned(),
                Hint::from([
                    text("ask that of a user: use "),
                    given("scope", "user"),
                    text(", or give "),
                    Part::Argument("user"),
                ]),
            ),
        };
        Err(Error::new(Kind::Unsupported, format!("{what} needs a manager, and {place}")).with_hint(hint))
    }
}

impl From<Scope> for Whose {
    /// The machine's manager, or the caller's own.
    fn from(scope: Scope) -> Self {
        Self {
            scope,
            uid: (scope == Scope::User).then(own_uid),
            location: Location::default(),
            journals: None,
        }
    }
}

/// A name that is one word of a command's, and no option.
fn one_word(argument: &str, given: &str) -> Result<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if given.is_empty() || given.starts_with('-') || !given.chars().all(is_plain) {
        return Err(Error::config(format!("{argument} is {given:?}"))
            .with_hint("give a name of letters, digits, - _ . and :"));
    }
    Ok(given.to_owned())
}

#[cfg(test)]
mod tests;
