//! pm2go: control systemd over D-Bus or systemctl, and deploy apps as units.
//!
//! The floors, from the ground up; nothing depends on what stands below it in this list's reverse:
//! pure values and text ([`error`], [`scope`], [`unit`], [`unit_file`], [`app`]), unit files on disk
//! ([`store`]), a private systemd ([`embedded`]).

pub mod app;
pub mod embedded;
pub mod error;
pub mod scope;
pub mod settings;
pub mod store;
pub mod unit;
pub mod unit_file;
