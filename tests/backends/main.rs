//! Both backends side by side on a real systemd: the same properties, statuses, rows, results and errors.
//!
//! It needs a machine that was booted with systemd and may be changed, as the box in `tests/box` is: run the
//! test program there twice, as root (system scope) and as a user with a manager of its own (user scope, and
//! the system scope without rights).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod another;
mod both;
#[path = "../../src/cannot_run.rs"]
mod cannot_run;
mod compare;
mod descriptors;
mod operations;
mod permissions;
mod units;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use both::Both;
use cannot_run::{cannot_run, check_that_it_is_said};
use units::Units;

/// The tests change the same units: one at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Whether this is the place for a test: only where `PM2GO_BOX` says that units may be changed at will.
fn in_the_box(test: &str) -> Option<MutexGuard<'static, ()>> {
    if std::env::var_os("PM2GO_BOX").is_none() {
        cannot_run(test, "it changes the manager's units: run this program in tests/box, with PM2GO_BOX=1");
        return None;
    }
    assert!(
        Path::new("/run/systemd/system").is_dir(),
        "PM2GO_BOX is set, but this machine was not booted with systemd"
    );
    Some(ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner))
}

#[test]
fn outside_of_the_box_it_is_said_that_nothing_was_compared() {
    check_that_it_is_said("what_is_read_is_the_same", |command| {
        command.env_remove("PM2GO_BOX");
    });
}

#[test]
fn what_is_read_is_the_same() {
    let Some(_turn) = in_the_box("what_is_read_is_the_same") else { return };
    let units = Units::make();
    let both = Both::own_scope();
    compare::everything_read(&both, &units);
}

#[test]
fn descriptors_are_passed_on_each_socket() {
    let Some(_turn) = in_the_box("descriptors_are_passed_on_each_socket") else { return };
    descriptors::passed_on_each_socket();
}

#[test]
fn jobs_end_the_same() {
    let Some(_turn) = in_the_box("jobs_end_the_same") else { return };
    let units = Units::make();
    operations::jobs(&Both::own_scope(), &units);
}

#[test]
fn unit_files_change_the_same() {
    let Some(_turn) = in_the_box("unit_files_change_the_same") else { return };
    let units = Units::make();
    operations::unit_files(&Both::own_scope(), &units);
}

#[test]
fn reload_and_reset_do_the_same() {
    let Some(_turn) = in_the_box("reload_and_reset_do_the_same") else { return };
    let units = Units::make();
    operations::reload_and_reset(&Both::own_scope(), &units);
}

#[test]
fn a_manager_that_is_not_there_is_explained() {
    let Some(_turn) = in_the_box("a_manager_that_is_not_there_is_explained") else { return };
    permissions::unreachable();
}

#[test]
fn a_manager_in_another_folder_is_found_and_lost() {
    let Some(_turn) = in_the_box("a_manager_in_another_folder_is_found_and_lost") else { return };
    another::over_the_private_socket();
    another::killed();
}

#[test]
fn refusals_are_the_same() {
    let Some(_turn) = in_the_box("refusals_are_the_same") else { return };
    if rustix::process::geteuid().is_root() {
        permissions::run_as_tester("refusals_are_the_same");
    } else {
        permissions::refused();
    }
}
