//! pm2go: control systemd over D-Bus or systemctl, and deploy apps as units.
//!
//! The floors, from the ground up; a module uses only what stands before it (`tests/python/test_floors.py` holds that):
//!
//! - errors and values: [`error`], `near`, [`value`], `input`;
//! - pure values and text: [`settings`], [`scope`], [`mod@unit`], [`unit_file`], [`calendar`], [`app`], [`property`] (what units can be told at run time);
//! - what systemd does in one call, a row each: [`verb`];
//! - this process: `clock`, `sync`, [`mod@fork`], [`mod@flow`] (waiting without a runtime), [`process`], [`location`];
//! - one kind of thing on this machine each: [`time_zone`], `temporary`, [`journal`], [`figures`] (control groups), [`store`] (unit files), [`verify`], [`embedded`] (a private systemd);
//! - D-Bus: [`bus`];
//! - a manager, over D-Bus or `systemctl`: [`backend`];
//! - which manager, how it is reached, and what may be asked again: [`client`];
//! - streams of what happens to units: [`watch`];
//! - what takes several steps with a unit: [`operation`];
//! - apps: [`manager`];
//! - everything that can be asked, as a value: [`request`];
//! - the face of Python: `py`.

pub mod app;
pub mod backend;
pub mod bus;
pub mod calendar;
#[cfg(test)]
mod cannot_run;
pub mod client;
mod clock;
pub mod embedded;
pub mod error;
pub mod figures;
pub mod flow;
pub mod fork;
mod input;
pub mod journal;
pub mod location;
pub mod manager;
mod near;
pub mod operation;
pub mod process;
pub mod property;
#[cfg(feature = "python")]
mod py;
pub mod request;
pub mod scope;
pub mod settings;
pub mod store;
mod sync;
mod temporary;
pub mod time_zone;
pub mod unit;
pub mod unit_file;
pub mod value;
pub mod verb;
pub mod verify;
pub mod watch;
