//! Units of every kind in the manager's own folder, started, failed or left alone.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use pm2go::scope::Scope;
use pm2go::unit::UnitName;

use super::both::uid;

/// Long enough for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something that happens by itself.
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "never happened: {what}");
    }
}

/// Waits until the unit has this `ActiveState`.
pub(crate) fn until_state(name: &str, state: &str) {
    eventually(&format!("{name} is {state}"), || {
        let shown = systemctl(&["show", "--value", "--property=ActiveState", "--", name]).stdout;
        String::from_utf8_lossy(&shown).trim() == state
    });
}

/// The units' files; they are taken away when this is dropped.
pub(crate) struct Units {
    folder: PathBuf,
}

const INSTALL: &str = "[Install]\nWantedBy=default.target\n";
const SLEEP: &str = "[Service]\nExecStart=/bin/sleep 1000\n";

/// Unit files: name and content; a content that begins with `->` is a symbolic link's target.
fn files() -> Vec<(String, String)> {
    let service = |settings: &str| format!("[Service]\n{settings}\n");
    let unit = |settings: &str| format!("[Unit]\n{settings}\n{SLEEP}");
    let mut files: Vec<(&str, String)> = vec![
        ("running.service", format!("{SLEEP}{INSTALL}Alias=pm2t-alias2.service\n")),
        ("alias.service", "->pm2t-running.service".to_owned()),
        ("static.service", SLEEP.to_owned()),
        ("failed.service", service("Type=oneshot\nExecStart=/bin/sh -c 'echo oops; exit 3'")),
        ("exits.service", service("ExecStart=/bin/sh -c 'echo oops; exit 4'")),
        ("signal.service", service("ExecStart=/bin/sh -c 'kill -9 $$$$'")),
        ("missing-program.service", service("ExecStart=/nonexistent")),
        ("exec.service", service("Type=exec\nExecStart=/nonexistent")),
        ("chdir.service", service("WorkingDirectory=/nonexistent\nExecStart=/bin/true")),
        ("exited.service", service("Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true")),
        ("oneshot.service", service("Type=oneshot\nExecStart=/bin/true\nExecStart=/bin/echo 'a b'")),
        ("short.service", service("ExecStart=/bin/true")),
        ("masked.service", "->/dev/null".to_owned()),
        ("empty.service", String::new()),
        ("template@.service", format!("[Service]\nExecStart=/bin/sleep 100%i\n{INSTALL}DefaultInstance=9\n")),
        ("bare@.service", format!("{SLEEP}{INSTALL}")),
        ("bad-setting.service", service("Type=nonsense\nRestart=always")),
        ("bad-restart.service", service("Type=oneshot\nRestart=always\nExecStart=/bin/true")),
        ("drop-in.service", SLEEP.to_owned()),
        ("drop-in.service.d/10 odd \"name\".conf", "[Unit]\nDescription=changed  twice \n".to_owned()),
        ("drop-in.service.d/20.conf", "[Service]\nEnvironment=A=1\n".to_owned()),
        ("condition.service", unit("ConditionPathExists=/nonexistent")),
        ("condition-holds.service", unit("ConditionPathExists=/\nConditionPathExists=|!/nonexistent")),
        ("assert.service", unit("AssertPathExists=/nonexistent")),
        ("unicode.service", unit("Description=Gr\u{fc}\u{df}e \u{1f600} \"q\" 'x' \\ $HOME %% `y` =z")),
        (r"with\x20space.service", SLEEP.to_owned()),
        ("notify-timeout.service", service("Type=notify\nTimeoutStartSec=200ms\nExecStart=/bin/sleep 1000")),
        (
            "job-timeout.service",
            "[Unit]\nJobTimeoutSec=200ms\n[Service]\nType=notify\nExecStart=/bin/sleep 1000\n".to_owned(),
        ),
        ("dependency.service", unit("Requires=pm2t-failed.service\nAfter=pm2t-failed.service")),
        ("missing-dependency.service", unit("Requires=pm2t-nonexistent.service")),
        ("masked-dependency.service", unit("Requires=pm2t-masked.service")),
        ("refuses.service", unit("RefuseManualStart=yes\nRefuseManualStop=yes")),
        ("limit.service", unit("StartLimitBurst=1\nStartLimitIntervalSec=1000")),
        ("restarts.service", service("Restart=always\nRestartSec=1\nExecStart=/bin/false")),
        ("waits.service", service("Type=notify\nTimeoutStartSec=infinity\nExecStart=/bin/sleep 1000")),
        ("stop-fails.service", service("ExecStart=/bin/sleep 1000\nExecStop=/bin/false")),
        ("also.service", format!("{SLEEP}[Install]\nAlso=pm2t-nonexistent.service pm2t-masked.service\n")),
        ("wanted-nowhere.service", format!("{SLEEP}[Install]\nWantedBy=pm2t-nonexistent.target\n")),
        (
            "both.service",
            format!("{SLEEP}{INSTALL}RequiredBy=pm2t-group.target\nAlso=pm2t-running.service\n"),
        ),
        ("full.service", FULL.to_owned()),
        ("group.target", "[Unit]\nDescription=A group\n".to_owned()),
        ("bounded.slice", "[Slice]\nMemoryMax=1G\nTasksMax=100\n".to_owned()),
        (
            "listening.socket",
            "[Socket]\nListenStream=@pm2t\nListenStream=127.0.0.1:8099\nSocketMode=0600\n".to_owned(),
        ),
        ("listening.service", SLEEP.to_owned()),
        ("clock.timer", "[Timer]\nOnCalendar=daily\nOnActiveSec=1h\nRandomizedDelaySec=90\n".to_owned()),
        ("clock.service", SLEEP.to_owned()),
        ("watched.path", "[Path]\nPathExists=/nonexistent\nMakeDirectory=no\n".to_owned()),
        ("watched.service", SLEEP.to_owned()),
    ];
    if uid() == 0 {
        files.push(("user.service", service("User=nobody-at-all\nExecStart=/bin/true")));
    }
    let mut files: Vec<_> =
        files.into_iter().map(|(name, content)| (format!("pm2t-{name}"), content)).collect();
    if uid() == 0 {
        let mount = "[Mount]\nWhat=tmpfs\nWhere=/run/pm2t\nType=tmpfs\nOptions=size=1M,mode=0700\n";
        files.push(("run-pm2t.mount".to_owned(), mount.to_owned()));
        files.push(("run-pm2t2.mount".to_owned(), mount.replace("/run/pm2t", "/run/pm2t2")));
        // The box is a container: no automounts there.
        files.push(("run-pm2t2.automount".to_owned(), "[Automount]\nWhere=/run/pm2t2\n".to_owned()));
    }
    files
}

/// Settings whose values are hard to carry in text.
const FULL: &str = r#"[Unit]
Documentation=man:x(1) https://x.y/z
StartLimitIntervalSec=3min 5ms
JobRunningTimeoutSec=90
OnFailure=pm2t-static.service
RequiresMountsFor=/var /home
FailureActionExitStatus=3
[Service]
Environment="A=b c" 'B=x"y' C=$d "E=tab\tx" "F=ü" "G=nl\nx" "H=back\\slash" I= "J=`x`" "K=a;b|c&d*e?f[g]h~i#j!k%%l^m"
EnvironmentFile=-/etc/nonexistent
ExecStartPre=-/bin/true one "two three"
ExecStart=/bin/sh -c 'sleep 1000; echo "a b"' "quo\"ted" $$x "new\nline" "" ünï
ExecStopPost=+/bin/true
RestartSec=1.5s
TimeoutStopSec=12min 3s 250ms
RuntimeMaxSec=1y 2month
LimitNOFILE=100:200
UMask=0077
Nice=5
StandardOutput=null
SuccessExitStatus=4 SIGTERM
RestartPreventExitStatus=3
KillSignal=SIGINT
SystemCallFilter=@system-service
RestrictAddressFamilies=AF_UNIX AF_INET
SetCredential=name:va\x01lue
LogExtraFields=A=b
CPUAffinity=0
IPAddressDeny=10.0.0.0/8 ::1
DeviceAllow=/dev/null rw
BindPaths=-/nonexistent:/mnt
MemoryHigh=512M
CPUQuota=25%
TasksMax=77
"#;

/// What is started for reading; the rest stays as it is loaded.
const STARTED: [&str; 20] = [
    "pm2t-running.service",
    "pm2t-failed.service",
    "pm2t-exits.service",
    "pm2t-signal.service",
    "pm2t-missing-program.service",
    "pm2t-exited.service",
    "pm2t-oneshot.service",
    "pm2t-template@1.service",
    "pm2t-drop-in.service",
    "pm2t-condition.service",
    "pm2t-condition-holds.service",
    "pm2t-unicode.service",
    r"pm2t-with\x20space.service",
    "pm2t-full.service",
    "pm2t-group.target",
    "pm2t-bounded.slice",
    "pm2t-listening.socket",
    "pm2t-clock.timer",
    "pm2t-watched.path",
    "run-pm2t.mount",
];

impl Units {
    /// Writes the files and has the manager read them.
    pub(crate) fn make() -> Self {
        let folder = if uid() == 0 {
            PathBuf::from("/etc/systemd/system")
        } else {
            PathBuf::from(std::env::var_os("HOME").unwrap()).join(".config/systemd/user")
        };
        let units = Self { folder };
        units.remove();
        units.write_all();
        systemctl(&["daemon-reload"]);
        units
    }

    /// Writes the files anew: disabling a unit takes links to it away that were there before.
    pub(crate) fn write_all(&self) {
        for (name, content) in files() {
            let path = self.folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let _ = std::fs::remove_file(&path);
            match content.strip_prefix("->") {
                Some(target) => symlink(target, path).unwrap(),
                None => std::fs::write(path, content).unwrap(),
            }
        }
    }

    /// Starts what is to be looked at while it runs.
    pub(crate) fn start(&self) {
        for name in STARTED {
            if self.folder.join(name).exists() || name.contains('@') {
                systemctl(&["start", name]);
            }
        }
        let description = "--property=Description=two\nlines";
        let scope = if uid() == 0 { "--system" } else { "--user" };
        let transient = ["--quiet", scope, "--unit=pm2t-transient", description, "sleep", "1000"];
        assert!(Command::new("systemd-run").args(transient).status().unwrap().success());
        systemctl(&["start", "--no-block", "pm2t-waits.service"]);
        // What ends by itself has ended, and what waits is the only job that is left.
        for name in ["pm2t-failed.service", "pm2t-exits.service", "pm2t-signal.service"] {
            until_state(name, "failed");
        }
        until_state("pm2t-missing-program.service", "failed");
        until_state("pm2t-waits.service", "activating");
    }

    /// The names of all units with files here, and some without.
    pub(crate) fn names() -> Vec<UnitName> {
        let files = files();
        let own = files.iter().map(|(name, _)| name.as_str()).filter(|name| !name.contains(['/', '"']));
        let more = [
            "pm2t-nonexistent.service",
            "pm2t-nonexistent.target",
            "pm2t-template@1.service",
            "pm2t-template@2.service",
            "pm2t-bare@x.service",
            "pm2t-transient.service",
            "-.slice",
            "-.mount",
            "init.scope",
        ];
        own.chain(more).map(|name| name.parse().unwrap()).collect()
    }

    /// Adds a file or changes one, without having it read.
    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.folder.join(name);
        let of_before = std::fs::metadata(&path).and_then(|metadata| metadata.modified());
        std::fs::write(&path, content).unwrap();
        // Two changes within a tick of the clock have the same time, and systemd compares nothing else.
        if let Ok(of_before) = of_before {
            let file = std::fs::File::options().append(true).open(&path).unwrap();
            file.set_modified(of_before + Duration::from_secs(1)).unwrap();
        }
    }

    /// What is in the manager's folder: names of files, links with their targets.
    pub(crate) fn listing(&self) -> Vec<String> {
        let mut found = Vec::new();
        list(&self.folder, &mut found);
        found.retain(|entry| entry.contains("pm2t"));
        found.sort();
        found
    }

    fn remove(&self) {
        let run = |arguments: &[&str]| systemctl(arguments);
        run(&["stop", "--no-block", "--", "pm2t-waits.service"]);
        run(&["stop", "--", "pm2t-*", "run-pm2t.mount"]);
        for entry in self.listing() {
            let path = entry.split(" -> ").next().unwrap();
            let _ = std::fs::remove_file(path);
        }
        run(&["daemon-reload"]);
        run(&["reset-failed", "--", "pm2t-*"]);
    }
}

impl Drop for Units {
    fn drop(&mut self) {
        self.remove();
    }
}

fn list(folder: &std::path::Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.display().to_string();
        match std::fs::read_link(&path) {
            Ok(target) => found.push(format!("{name} -> {}", target.display())),
            Err(_) if path.is_dir() => list(&path, found),
            Err(_) => found.push(name),
        }
    }
}

/// Runs the systemctl of this user's own scope, whatever comes of it.
pub(crate) fn systemctl(arguments: &[&str]) -> Output {
    let scope = if Scope::of_user(uid()) == Scope::System { "--system" } else { "--user" };
    Command::new("systemctl").arg(scope).args(arguments).output().unwrap()
}
