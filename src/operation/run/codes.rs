//! How the scripts of commands elsewhere end: where the program is not found, the variables cannot be written, systemd-run
//! fails or has ended as the command has.

pub(super) const NO_PROGRAM: i32 = 21;
pub(super) const NO_VARIABLES: i32 = 22;
pub(super) const NOT_STARTED: i32 = 23;
