//! systemd's private socket, which systemctl itself talks to where there is no message bus: systemctl prints less
//! than it is told there, and busctl(1) cannot use it.

use super::Command;
use super::reachable::uid;
use crate::backend::Dbus;
use crate::backend::dbus::SERVICE;
use crate::bus::{Connection, address};

impl Command {
    /// The manager at the other end of its private socket, if that can be reached: for one question.
    pub(in crate::backend) async fn at_private_socket(&self) -> Option<Dbus> {
        if !self.uses_socket || !self.whose.location.is_here() {
            return None;
        }
        let variable = |name: &str| match (name, &self.runtime_folder) {
            ("XDG_RUNTIME_DIR", Some(folder)) => folder.to_str().map(str::to_owned),
            _ => self.variable(name),
        };
        let endpoint = address::private_endpoint(self.whose.scope, &variable, uid())?;
        let connection = Connection::open(&endpoint, SERVICE, uid()).await.ok()?;
        Some(Dbus::new(connection, self.whose.clone(), self.interactive))
    }
}
