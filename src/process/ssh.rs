//! The client that reaches other hosts.

/// The variable that names another client; systemd's own programs read it, too.
const CLIENT: &str = "SYSTEMD_SSH";

/// OpenSSH's, where nothing else is said.
#[must_use]
pub fn ssh_client() -> String {
    let client = std::env::var(CLIENT).ok().filter(|client| !client.is_empty());
    client.unwrap_or_else(|| "ssh".to_owned())
}
