//! Which backend: the private socket, then the message bus, then systemctl.

use std::time::Duration;

use super::{Chosen, Client};
use crate::backend::dbus::SERVICE;
use crate::backend::{Backend, BackendKind, Dbus};
use crate::bus::Connection;
use crate::bus::address::Endpoint;
use crate::error::hint::{call, given, text};
use crate::error::{Error, Hint, Kind, Part, Result};
use crate::location::Whose;
use crate::scope::Scope;
use crate::settings::BackendChoice;

/// How long a manager that was on a bus before may be off it, as while it executes itself anew. Whoever gives up
/// on it sooner would go on over `systemctl` for good.
const TIME_TO_COME_BACK: Duration = Duration::from_secs(5);

impl Client {
    /// Connects by the first way that works and is allowed.
    pub(super) async fn connect(&self) -> Result<(Backend, Chosen)> {
        if !self.whose.has_manager() {
            let reason = "systemctl needs no manager to work on files".to_owned();
            let chosen = Chosen { kind: BackendKind::Command, endpoint: None, reason };
            return Ok((Backend::Command(self.command.clone()), chosen));
        }
        let choice = self.settings.backend.value;
        let mut tried = Vec::new();
        if choice != BackendChoice::Command
            && let Some((dbus, chosen)) = self.connect_dbus(&mut tried).await?
        {
            return Ok((Backend::Dbus(dbus), chosen));
        }
        let over_dbus = tried.len();
        if choice == BackendChoice::Command || (choice == BackendChoice::Auto && !self.explicit) {
            match self.command.check().await {
                Ok(()) => return Ok(self.choose_command(&tried)),
                Err(error) if error.kind() == Kind::Unavailable => tried.push(error),
                // What systemctl cannot do is not the reason why D-Bus could not.
                Err(error) if error.kind() == Kind::Unsupported && over_dbus > 0 => tried.push(error),
                Err(error) => return Err(error),
            }
        }
        Err(self.unreachable(&tried, over_dbus))
    }

    /// Connects for a stream of events, which only D-Bus has.
    pub(crate) async fn connect_to_watch(&self) -> Result<(Dbus, Chosen)> {
        self.whose.check_manager("a watch")?;
        let mut tried = Vec::new();
        if self.settings.backend.value != BackendChoice::Command
            && let Some(connected) = self.connect_dbus(&mut tried).await?
        {
            return Ok(connected);
        }
        let reasons: Vec<_> = tried.iter().map(|error| error.facts().message.as_str()).collect();
        let message = if reasons.is_empty() {
            "units cannot be watched through systemctl".to_owned()
        } else {
            format!("units cannot be watched: {}", reasons.join("; "))
        };
        let hint = tried.iter().find_map(|error| error.facts().hint.clone());
        let hint = hint.unwrap_or_else(|| {
            Hint::from([
                text("watching needs D-Bus: use "),
                given("backend", "auto"),
                text(" or "),
                given("backend", "dbus"),
                text(", and see that systemd's socket or the message bus can be reached"),
            ])
        });
        Err(with_cause(Error::new(Kind::MonitoringUnavailable, message).with_hint(hint), &tried))
    }

    async fn open(&self, endpoint: &Endpoint) -> Result<Dbus> {
        let uid = rustix::process::geteuid().as_raw();
        let connection = if self.slots.current().has_used(endpoint) {
            Connection::open_patiently(endpoint, SERVICE, uid, TIME_TO_COME_BACK).await?
        } else {
            Connection::open(endpoint, SERVICE, uid).await?
        };
        Ok(Dbus::new(connection, self.whose.clone(), self.interactive))
    }

    async fn connect_dbus(&self, tried: &mut Vec<Error>) -> Result<Option<(Dbus, Chosen)>> {
        for endpoint in &self.endpoints {
            match self.open(endpoint).await {
                Ok(dbus) => {
                    let reason = match tried.last() {
                        None => format!("the {endpoint} answered"),
                        Some(error) => format!("the {endpoint} answered; {}", error.facts().message),
                    };
                    let endpoint = Some(endpoint.clone());
                    return Ok(Some((dbus, Chosen { kind: BackendKind::Dbus, endpoint, reason })));
                }
                Err(error) if error.kind() == Kind::Unavailable => tried.push(error),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn choose_command(&self, tried: &[Error]) -> (Backend, Chosen) {
        let reason = if tried.is_empty() {
            format!("backend=command ({})", self.settings.backend.source)
        } else {
            let reasons: Vec<_> = tried.iter().map(|error| error.facts().message.as_str()).collect();
            format!("D-Bus cannot be reached: {}", reasons.join("; "))
        };
        let chosen = Chosen { kind: BackendKind::Command, endpoint: None, reason };
        (Backend::Command(self.command.clone()), chosen)
    }

    /// The first `over_dbus` of what was tried are connections.
    fn unreachable(&self, tried: &[Error], over_dbus: usize) -> Error {
        let reasons: Vec<_> = tried.iter().map(|error| error.facts().message.as_str()).collect();
        let Whose { scope, location, .. } = &self.whose;
        let place = if location.is_here() { String::new() } else { format!(" of {location}") };
        let message =
            format!("no systemd manager{place} ({scope} scope) can be reached: {}", reasons.join("; "));
        // Too many connections, or files: there is somebody at the address.
        let of_dbus = tried.iter().take(over_dbus).find_map(|error| error.facts().hint.clone());
        let of_files = || tried.iter().find(|error| has_no_descriptor(error))?.facts().hint.clone();
        let hint = of_dbus.or_else(of_files).unwrap_or_else(|| self.way_to_a_manager(tried));
        with_cause(Error::new(Kind::Unavailable, message).with_hint(hint), tried)
    }

    /// What to do where nobody could be reached.
    fn way_to_a_manager(&self, tried: &[Error]) -> Hint {
        let booted = std::path::Path::new("/run/systemd/system").exists();
        match (booted, self.whose.scope) {
            _ if !self.whose.location.is_here() => {
                tried.last().and_then(|error| error.facts().hint.clone()).unwrap_or_default()
            }
            _ if self.explicit => "check the address".into(),
            (false, _) => Hint::from([
                text("this machine was not booted with systemd: run it on one that was, give "),
                Part::Argument("address"),
                text(", or use "),
                call("pm2go.embedded"),
                text(" for a private systemd"),
            ]),
            (true, Scope::User | Scope::Global) => {
                let last = tried.last().and_then(|error| error.facts().hint.clone());
                last.unwrap_or_else(|| {
                    "start the user's manager with `loginctl enable-linger USER`, and set XDG_RUNTIME_DIR to \
                     /run/user/UID"
                        .into()
                })
            }
            (true, Scope::System) => Hint::from([
                text("check that dbus.service runs, or use "),
                given("backend", "auto"),
                text(" or "),
                given("backend", "command"),
            ]),
        }
    }
}

fn has_no_descriptor(error: &Error) -> bool {
    matches!(error.facts().errno, Some(libc::EMFILE | libc::ENFILE))
}

/// The same error, with the numbers and names of what failed first.
fn with_cause(error: Error, tried: &[Error]) -> Error {
    let error = error.with_errno(tried.iter().find_map(|error| error.facts().errno));
    match tried.iter().find_map(|error| error.facts().dbus_name.clone()) {
        Some(name) => error.with_dbus_name(name),
        None => error,
    }
}
