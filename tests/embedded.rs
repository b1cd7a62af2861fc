//! An embedded systemd, started for real: needs root, systemd and util-linux; fails where they are missing.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test fails by a panic, and may talk"
)]

mod embedded {
    mod command;
    mod errors;
    mod life;
    mod owner;
    mod traces;
    mod user;
}
