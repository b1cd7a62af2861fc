//! What neither systemctl nor busctl(1) can do: over systemd-stdio-bridge, a program as they are, which speaks to the
//! message bus in our place; and over systemd's private socket, which systemctl itself talks to where there is no message
//! bus.

use super::Command;
use super::reachable::uid;
use crate::backend::Dbus;
use crate::backend::dbus::SERVICE;
use crate::bus::address::{Address, Endpoint, Peer, Program, bridged_endpoint};
use crate::bus::{Connection, address};
use crate::error::Result;
use crate::location::BRIDGE;

impl Command {
    /// The manager over a connection of a program's; where there is no message bus, over its private socket.
    pub(in crate::backend) async fn over_bridge(&self) -> Result<Dbus> {
        self.whose.check_manager("it")?;
        match Connection::open(&self.bridge(), SERVICE, uid()).await {
            Ok(connection) => Ok(Dbus::new(connection, self.whose.clone(), self.interactive)),
            Err(error) => self.at_private_socket().await.ok_or(error),
        }
    }

    fn bridge(&self) -> Endpoint {
        let location = &self.whose.location;
        let mut endpoint = bridged_endpoint(location, self.whose.scope, self.interactive);
        if location.is_default()
            && let Some(address) = self.bus_address()
        {
            let line = vec![BRIDGE.to_owned(), format!("-p{address}")];
            let program = Program { line, location: location.clone(), asks: self.interactive };
            endpoint = Endpoint { address: Address::Program(program.into()), peer: Peer::Bus };
        }
        endpoint
    }

    /// The manager at the other end of its private socket, if that can be reached: for one question.
    pub(in crate::backend) async fn at_private_socket(&self) -> Option<Dbus> {
        if !self.uses_socket || !self.whose.location.is_here() || !self.whose.has_manager() {
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
