//! Whether there is a manager to talk to, and what to do if there is none.

use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Command;
use crate::error::{Error, Kind, Result};
use crate::location::{Location, Whose};
use crate::scope::Scope;

/// systemd makes this folder when it boots a machine: `sd_booted(3)`.
const BOOTED: &str = "/run/systemd/system";

/// Whether this machine was booted with systemd.
pub(super) fn is_booted() -> bool {
    Path::new(BOOTED).is_dir()
}

/// Fails where there is no manager: in the system scope if this machine was not booted with systemd.
pub(super) fn booted(whose: &Whose) -> Result<()> {
    whose.check_manager("it")?;
    if whose.scope == Scope::User || !whose.location.is_here() || is_booted() {
        return Ok(());
    }
    Err(Error::new(Kind::Unavailable, "this machine was not booted with systemd")
        .with_hint(format!(
            "{BOOTED} is missing, so PID 1 is something else; run it on a machine or in a container whose \
             PID 1 is systemd"
        ))
        .with_unsent(true))
}

impl Command {
    /// Finds out whether `systemctl` is installed and the manager answers; `Unavailable` says what is missing.
    pub async fn check(&self) -> Result<()> {
        let answer = self.systemctl(&["show", "--property=Version"]).await?;
        if answer.text()?.starts_with("Version=") {
            return Ok(());
        }
        let error = answer.failure(&["GetAll"]);
        if error.kind() == Kind::Unsupported {
            return Err(error);
        }
        let reason = &error.facts().message;
        Err(Error::new(Kind::Unavailable, format!("systemd does not answer systemctl: {reason}")))
    }

    /// Why the manager cannot be reached, and what to do about it.
    pub(super) fn unreachable(&self, error: &Error) -> Error {
        let said = &error.facts().message;
        let reason = said.rsplit_once(": ").map_or(said.as_str(), |(_, reason)| reason);
        let location = &self.whose.location;
        let error = match self.whose.scope {
            _ if !location.is_here() => {
                Error::new(Kind::Unavailable, format!("systemd cannot be reached on {location}: {reason}"))
                    .with_hint(elsewhere(location))
            }
            Scope::System => Error::new(Kind::Unavailable, format!("systemd cannot be reached: {reason}"))
                .with_hint(
                    "see whether dbus.service runs; as root it is not needed (/run/systemd/private is enough)",
                ),
            Scope::User | Scope::Global => self.no_user_manager(reason),
        };
        error.with_unsent(true)
    }

    fn no_user_manager(&self, reason: &str) -> Error {
        let folder = self.user_runtime_folder();
        let (name, user) = (shown(&folder), uid());
        let message = format!("no systemd user manager can be reached in XDG_RUNTIME_DIR {name}: {reason}");
        let hint = if !folder.is_dir() {
            format!(
                "start it with `loginctl enable-linger {user}` (as root) or by logging in; its XDG_RUNTIME_DIR \
                 is then /run/user/{user}"
            )
        } else if let Some(owner) = owner_of(&folder).filter(|owner| *owner != user) {
            format!(
                "the folder is that of user {owner}: run as that user, or set XDG_RUNTIME_DIR=/run/user/{user}"
            )
        } else if !folder.join("systemd").is_dir() {
            format!(
                "no systemd ever ran there: set XDG_RUNTIME_DIR=/run/user/{user}, or start the manager with \
                 `loginctl enable-linger {user}` (as root)"
            )
        } else {
            // The system's manager is asked, whatever the scope.
            format!("start it with `systemctl start user@{user}.service` (as root)")
        };
        Error::new(Kind::Unavailable, message).with_hint(hint)
    }
}

fn elsewhere(location: &Location) -> String {
    match location.host() {
        Some(host) => format!("see that `ssh {host} systemctl is-system-running` works without a question"),
        None => "see that the container runs (machinectl), and that this is root".to_owned(),
    }
}

pub(super) fn uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The name of a folder as it may be shown.
fn shown(path: &Path) -> String {
    String::from_utf8_lossy(&path.as_os_str().to_owned().into_vec()).into_owned()
}

fn owner_of(folder: &Path) -> Option<u32> {
    std::fs::metadata(folder).ok().map(|metadata| metadata.uid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::block::block;

    fn command(folder: &Path, program: &str) -> Command {
        Command::new(Scope::User, Some(folder.into()), Vec::new(), false).with_systemctl(program)
    }

    #[test]
    fn a_missing_systemctl_is_named() {
        let command = command(Path::new("/nonexistent"), "no-such-systemctl");
        let error = block(command.check(), None).unwrap().unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.facts().unsent && error.to_string().contains("no-such-systemctl is not installed"));
    }

    #[test]
    fn hints_fit_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Error::new(Kind::Unavailable, "Failed to connect to bus: No such file or directory");
        let hint = |path: &Path| {
            let error = command(path, "systemctl").unreachable(&refused);
            assert!(error.facts().message.ends_with(": No such file or directory"), "{error}");
            assert!(error.facts().unsent);
            error.facts().hint.as_ref().unwrap().to_string()
        };
        assert!(hint(Path::new("/nonexistent")).contains("enable-linger"));
        if uid() != 0 {
            assert!(hint(Path::new("/")).contains("that of user 0"));
        }
        assert!(hint(folder.path()).contains("no systemd ever ran there"));
        std::fs::create_dir(folder.path().join("systemd")).unwrap();
        assert!(hint(folder.path()).contains("systemctl start user@"));
    }
}
