//! What a test does that cannot run where it is: it says so, and fails where CI=true, where nobody would read it.

use std::io::Write as _;
use std::process::Command;

/// Says so on the terminal, where the harness shows nothing of a test that passes.
pub(crate) fn cannot_run(test: &str, reason: &str) {
    let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!is_ci, "{test} cannot run here: {reason}");
    let _ = writeln!(std::io::stderr(), "{test} did not run: {reason}");
}

/// Runs a test of this program where it cannot run: with CI=true it must fail, and else it must say so.
pub(crate) fn check_that_it_is_said(test: &str, take_away: impl Fn(&mut Command)) {
    for is_ci in [true, false] {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test]).env("CI", if is_ci { "true" } else { "" });
        take_away(&mut command);
        let output = command.output().unwrap();
        assert_eq!(output.status.success(), !is_ci, "{output:?}");
        let said = if is_ci { &output.stdout } else { &output.stderr };
        let said = String::from_utf8_lossy(said);
        assert!(said.contains(if is_ci { "cannot run here: " } else { "did not run: " }), "{said}");
    }
}
