//! D-Bus over one unix socket: addresses, wire, connection, calls and signals. It knows nothing of systemd
//! but the two places where systemd's private socket differs from a message bus.

pub mod address;
pub mod answer;
pub mod call;
pub mod connection;
pub mod decode;
pub mod encode;
#[cfg(test)]
pub(crate) mod fake_peer;
mod filter;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod introspect;
pub mod keeper;
mod registry;
mod signal_queue;
pub mod subscription;
#[cfg(test)]
pub(crate) mod traced_file;
pub mod wire;

pub use address::{Address, Peer};
pub use call::Call;
pub use connection::Connection;
