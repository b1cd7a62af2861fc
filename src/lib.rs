//! pm2go: control systemd over D-Bus or systemctl, and deploy apps as units.
//!
//! The floors, from the ground up; a module uses only what stands before it:
//!
//! - pure values and text: [`error`], `near`, [`settings`], [`scope`], [`mod@unit`], [`unit_file`], [`app`];
//! - waiting without a runtime: [`mod@flow`], [`mod@fork`], [`process`], [`journal`];
//! - unit files on disk: [`store`];
//! - D-Bus: [`bus`];
//! - unit operations: [`backend`], and the [`client`] that chooses one;
//! - event streams: [`watch`];
//! - apps: [`manager`], and everything that can be asked as a value: [`request`];
//! - a private systemd: [`embedded`].

pub mod app;
pub mod backend;
pub mod bus;
#[cfg(test)]
mod cannot_run;
pub mod client;
mod clock;
pub mod embedded;
pub mod error;
pub mod flow;
pub mod fork;
pub mod journal;
mod load_reason;
pub mod manager;
mod near;
pub mod process;
#[cfg(feature = "python")]
mod py;
pub mod request;
pub mod scope;
pub mod settings;
pub mod store;
pub mod unit;
pub mod unit_file;
pub mod value;
pub mod watch;
