//! What a user may not do, and managers that cannot be reached.

use std::path::PathBuf;
use std::process::Command as Process;

use pm2go::backend::{Backend, Command, JobOptions, JobVerb};
use pm2go::error::{Error, Kind};
use pm2go::scope::Scope;
use pm2go::unit::UnitName;

use super::both::{Both, run, same};

/// Everything that needs rights, on the system scope.
pub(crate) fn refused() {
    let both = Both::of(Scope::System);
    // Units that are there on every machine that has a message bus and a journal.
    let service: UnitName = "dbus.service".parse().unwrap();
    let missing: UnitName = "pm2t-nonexistent.service".parse().unwrap();
    let expected = if run(both.dbus.daemon_reload()).unwrap_err().kind() == Kind::AuthorizationRequired {
        Kind::AuthorizationRequired
    } else {
        Kind::PermissionDenied
    };
    for (side, backend) in both.commands() {
        for verb in [JobVerb::Start, JobVerb::Stop, JobVerb::Restart] {
            for unit in [&service, &missing] {
                let job = |backend: &pm2go::backend::Backend| {
                    run(backend.run_job(verb, unit, JobOptions::default()))
                };
                let dbus = job(&both.dbus);
                same(&format!("{} {unit} by {side}", verb.as_str()), &dbus, &job(backend));
                if *unit == service {
                    assert_eq!(dbus.unwrap_err().kind(), expected);
                }
            }
        }
        for unit in [&service, &missing] {
            let enable = |backend: &pm2go::backend::Backend| run(backend.enable_unit(unit));
            same(&format!("enable {unit} by {side}"), &enable(&both.dbus), &enable(backend));
            let disable = |backend: &pm2go::backend::Backend| run(backend.disable_unit(unit));
            same(&format!("disable {unit} by {side}"), &disable(&both.dbus), &disable(backend));
            let reset = |backend: &pm2go::backend::Backend| run(backend.reset_failed_unit(unit));
            same(&format!("reset {unit} by {side}"), &reset(&both.dbus), &reset(backend));
            let read = |backend: &pm2go::backend::Backend| {
                run(backend.get_unit_status(unit)).map(|status| status.name)
            };
            same(&format!("status of {unit} by {side}"), &read(&both.dbus), &read(backend));
        }
        same(&format!("reload by {side}"), &run(both.dbus.daemon_reload()), &run(backend.daemon_reload()));
    }
}

/// Runs a test of this program as the box's ordinary user.
pub(crate) fn run_as_tester(test: &str) {
    let id = Process::new("id").args(["--user", "tester"]).output().unwrap().stdout;
    let output = Process::new("setpriv")
        .args(["--reuid=tester", "--regid=tester", "--init-groups"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("HOME", "/home/tester")
        .env("XDG_RUNTIME_DIR", format!("/run/user/{}", String::from_utf8_lossy(&id).trim()))
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{output:?}");
}

/// The system's manager is there; a user's in a folder without one is not.
pub(crate) fn unreachable() {
    let command = |scope, folder| Command::new(scope, folder, Vec::new(), false);
    run(command(Scope::System, None).check()).unwrap();
    let own = Scope::of_user(super::both::uid());
    run(command(own, None).check()).unwrap();
    let empty = std::env::temp_dir().join(format!("pm2t-{}", std::process::id()));
    std::fs::create_dir(&empty).unwrap();
    let missing = PathBuf::from("/nonexistent");
    for (folder, hint) in [(&missing, "loginctl enable-linger"), (&empty, "no systemd ever ran there")] {
        let command = command(Scope::User, Some(folder.clone()));
        let unit: UnitName = "pm2t-x.service".parse().unwrap();
        let backend = Backend::Command(command.clone());
        let errors: Vec<Error> = vec![
            run(command.check()).unwrap_err(),
            run(backend.daemon_reload()).unwrap_err(),
            run(command.get_unit_properties(&unit)).unwrap_err(),
            run(command.get_unit_statuses(std::slice::from_ref(&unit))).unwrap_err(),
            run(command.list_units(&[])).unwrap_err(),
            run(backend.enable_unit(&unit)).unwrap_err(),
            run(backend.run_job(JobVerb::Start, &unit, JobOptions::default())).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), Kind::Unavailable, "{error}");
            assert!(error.facts().unsent && error.to_string().contains(hint), "{error}");
            assert!(error.to_string().contains(&folder.display().to_string()), "{error}");
        }
    }
    std::fs::remove_dir(&empty).unwrap();
}
