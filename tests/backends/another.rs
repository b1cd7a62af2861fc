//! A second manager with a runtime folder of its own and no message bus, as an embedded one is.

use std::path::Path;
use std::process::Command as Process;
use std::time::Duration;

use pm2go::backend::{Backend, Command, Dbus, JobOptions, JobVerb, dbus};
use pm2go::bus::address::Endpoint;
use pm2go::bus::{Address, Connection, Peer};
use pm2go::error::{Error, Kind};
use pm2go::scope::Scope;
use pm2go::unit::{UnitInfo, UnitName};
use rustix::process::{Pid, Signal, kill_process};

use super::both::{run, same, uid};
use super::units::{eventually, systemctl};

const SERVICE: &str = "pm2t-manager.service";
const UNITS: [(&str, &str); 5] = [
    ("ok.service", "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=default.target\n"),
    ("fails.service", "[Service]\nExecStart=/bin/false\n"),
    ("waits.service", "[Service]\nType=notify\nExecStart=/bin/sleep 1000\n"),
    ("too.service", "[Service]\nType=notify\nExecStart=/bin/sleep 1000\n"),
    ("default.target", "[Unit]\nDescription=Nothing\n"),
];

/// A `systemd --user` in a service of this user's own manager.
struct Manager {
    folder: tempfile::TempDir,
}

impl Manager {
    /// With `bus` there is a message bus in its folder that systemd is not on.
    fn start(bus: bool) -> Self {
        let manager = Self { folder: tempfile::tempdir().unwrap() };
        let units = manager.path().join("units");
        std::fs::create_dir(&units).unwrap();
        for (name, content) in UNITS {
            std::fs::write(units.join(name), content).unwrap();
        }
        if !bus {
            std::os::unix::fs::symlink("/dev/null", units.join("dbus.socket")).unwrap();
        }
        let scope = if uid() == 0 { "--system" } else { "--user" };
        let status = Process::new("systemd-run")
            .args(["--quiet", "--collect", scope, "--unit", SERVICE])
            .args(["--property=Delegate=yes", "--property=Type=notify"])
            .arg(format!("--setenv=XDG_RUNTIME_DIR={}", manager.path().display()))
            .arg(format!("--setenv=XDG_CONFIG_HOME={}", manager.path().display()))
            .arg(format!("--setenv=SYSTEMD_UNIT_PATH={}:", units.display()))
            .arg("--setenv=DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent")
            .args(["/lib/systemd/systemd", "--user"])
            .status();
        assert!(status.unwrap().success());
        manager
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, environment: Vec<(String, String)>) -> Command {
        Command::new(Scope::User, Some(self.path().to_owned()), environment, false)
    }

    fn dbus(&self) -> Dbus {
        let address = Address::Path(self.path().join("systemd/private"));
        let endpoint = Endpoint { address, peer: Peer::Private };
        Dbus::new(run(Connection::open(&endpoint, dbus::SERVICE, uid())).unwrap(), Scope::User, false)
    }
}

impl Manager {
    fn kill() {
        let pid = systemctl(&["show", "--value", "--property=MainPID", SERVICE]).stdout;
        let pid: i32 = String::from_utf8(pid).unwrap().trim().parse().unwrap();
        if let Some(pid) = Pid::from_raw(pid) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        Self::kill();
        systemctl(&["stop", SERVICE]);
    }
}

pub(crate) fn over_the_private_socket() {
    for bus in [false, true] {
        same_as_dbus(&Manager::start(bus));
    }
}

fn same_as_dbus(manager: &Manager) {
    let command = manager.command(Vec::new());
    run(command.check()).unwrap();
    let (dbus, command) = (Backend::Dbus(manager.dbus()), Backend::Command(command));
    let ok: UnitName = "ok.service".parse().unwrap();
    for (verb, name, kind) in [
        (JobVerb::Start, "ok.service", None),
        (JobVerb::Restart, "ok.service", None),
        (JobVerb::Start, "fails.service", Some(Kind::JobFailed)),
        (JobVerb::Start, "none.service", Some(Kind::UnitNotFound)),
    ] {
        let options = JobOptions { settle: Duration::from_millis(250), ..JobOptions::default() };
        let job = |backend: &Backend| run(backend.run_job(verb, &name.parse().unwrap(), options));
        let over_dbus = job(&dbus);
        // The other one finds it as this one did.
        let _ = run(dbus.run_job(JobVerb::Stop, &name.parse().unwrap(), options));
        assert_eq!(over_dbus.as_ref().err().map(Error::kind), kind, "{over_dbus:?}");
        same(name, &over_dbus, &job(&command));
    }
    // The bus comes and goes with its units.
    let patterns = ["[!d]*.service", "*.mount", "*.target"].map(str::to_owned);
    let [over_dbus, rows] = [&dbus, &command].map(|backend| run(backend.list_units(&patterns)).unwrap());
    assert!(over_dbus.len() > 10);
    assert!(difference(&over_dbus, &rows).is_empty(), "only over D-Bus: {:?}", difference(&over_dbus, &rows));
    assert!(
        difference(&rows, &over_dbus).is_empty(),
        "only by systemctl: {:?}",
        difference(&rows, &over_dbus)
    );
    let properties = run(command.get_unit_properties(&ok)).unwrap();
    assert!(
        properties.iter().any(|(name, value)| name == "ActiveState" && value.as_text() == Some("active"))
    );
    let enabled = run(command.enable_unit(&ok));
    run(dbus.disable_unit(&ok)).unwrap();
    same("enable", &run(dbus.enable_unit(&ok)), &enabled);
    assert_eq!(enabled.unwrap().changes.len(), 1);
}

fn difference<'a>(some: &'a [UnitInfo], others: &[UnitInfo]) -> Vec<&'a UnitInfo> {
    some.iter().filter(|row| !others.contains(row)).collect()
}

/// The manager is killed while a start waits: whether that was done is not known.
pub(crate) fn killed() {
    let info = ("SYSTEMD_LOG_LEVEL".to_owned(), "info".to_owned());
    let names = ["waits.service", "too.service"];
    for environment in [Vec::new(), vec![info]] {
        let manager = Manager::start(false);
        let (command, dbus) = (manager.command(environment), manager.dbus());
        let backends = [Backend::Command(command.clone()), Backend::Dbus(dbus)];
        let start = |backend: &Backend, name: &str| {
            run(backend.run_job(JobVerb::Start, &name.parse().unwrap(), JobOptions::default()))
        };
        let errors = std::thread::scope(|scope| {
            let starts: Vec<_> = std::iter::zip(&backends, names)
                .map(|(backend, name)| scope.spawn(move || start(backend, name)))
                .collect();
            let onlooker = Backend::Dbus(manager.dbus());
            for name in names {
                eventually(name, || {
                    let status = run(onlooker.get_unit_status(&name.parse().unwrap()));
                    status.unwrap().active_state == "activating"
                });
            }
            Manager::kill();
            starts.into_iter().map(|start| start.join().unwrap().unwrap_err()).collect::<Vec<_>>()
        });
        for (error, name) in std::iter::zip(errors, names) {
            assert_eq!((error.kind(), error.facts().unsent), (Kind::ConnectionLost, false), "{error:?}");
            assert_eq!(error.facts().unit.as_deref(), Some(name), "{error:?}");
        }
        let gone = run(command.check()).unwrap_err();
        assert_eq!(gone.kind(), Kind::Unavailable);
        assert!(gone.to_string().contains("start user@"), "{gone}");
    }
}
