//! A real systemd from tasks of a tokio runtime, over D-Bus and over commands.
//!
//! It needs a machine that was booted with systemd and may be changed: run the test program in `tests/box`, as
//! root and as a user with a manager of its own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../src/cannot_run.rs"]
mod cannot_run;

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use pm2go::backend::{BackendKind, JobOptions, JobVerb, dbus};
use pm2go::bus::Connection;
use pm2go::client::{Client, Options};
use pm2go::error::Kind;
use pm2go::flow::tokio::drive;
use pm2go::location::Location;
use pm2go::operation::{Job, RunJob};
use pm2go::request::{Call, Request, Response};
use pm2go::settings::{Arguments, BackendChoice, Settings, Timeout};
use pm2go::unit::UnitName;
use pm2go::watch::{EventKind, Home, PropertyOptions, PropertyWatch, Watch, WatchOptions};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::timeout;

use cannot_run::{cannot_run, check_that_it_is_said};

/// Long enough for a loaded machine; a test that waits so long has found a hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether this is the place for a test: only where `PM2GO_BOX` says that units may be changed at will.
fn in_the_box(test: &str) -> bool {
    if std::env::var_os("PM2GO_BOX").is_none() {
        cannot_run(test, "it changes the manager's units: run this program in tests/box, with PM2GO_BOX=1");
        return false;
    }
    assert!(
        Path::new("/run/systemd/system").is_dir(),
        "PM2GO_BOX is set, but this machine was not booted with systemd"
    );
    true
}

fn runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.worker_threads(2).enable_io().enable_time().build().unwrap())
}

#[test]
fn outside_of_the_box_it_is_said_that_nothing_was_tried() {
    check_that_it_is_said("a_watch_sees_a_start_and_a_stop", |command| {
        command.env_remove("PM2GO_BOX");
    });
}

/// Runs it to its end; a hang is a failure.
fn within_patience(runtime: &Runtime, flow: impl Future<Output = ()>) {
    runtime.block_on(async { timeout(PATIENCE, flow).await }).unwrap();
}

fn home(backend: BackendChoice) -> Arc<Home> {
    let arguments = Arguments { backend: Some(backend), ..Arguments::default() };
    let settings = Settings::resolve(&arguments, |_| None).unwrap();
    let options = Options {
        scope: None,
        settings,
        address: None,
        runtime_folder: None,
        interactive: false,
        location: Location::default(),
    };
    Arc::new(Home::of_loop(Client::new(&options).unwrap()))
}

/// A unit file of the running manager's; it is stopped and taken away when this is dropped.
struct Service {
    path: PathBuf,
    name: UnitName,
}

impl Service {
    /// The manager does not know it before it reads its files again.
    fn write(name: &str, settings: &str) -> Self {
        let folder = if rustix::process::geteuid().is_root() {
            PathBuf::from("/run/systemd/system")
        } else {
            PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR").unwrap()).join("systemd/user")
        };
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, format!("[Service]\n{settings}\n")).unwrap();
        Self { path, name: name.parse().unwrap() }
    }

    fn job(&self, verb: JobVerb) -> Request {
        Request::RunJob(RunJob { verb, unit: self.name.clone(), options: JobOptions::default() })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = home(BackendChoice::Auto).run(&self.job(JobVerb::Stop), None, None);
        let _ = std::fs::remove_file(&self.path);
    }
}

#[test]
fn jobs_and_states_over_both_backends() {
    if !in_the_box("jobs_and_states_over_both_backends") {
        return;
    }
    let service = Service::write("pm2t-tokio.service", "ExecStart=/bin/sleep 1000");
    for (runtime, choice) in runtimes().into_iter().flat_map(|runtime| {
        let runtime = Arc::new(runtime);
        [(Arc::clone(&runtime), BackendChoice::Dbus), (runtime, BackendChoice::Command)]
    }) {
        let home = home(choice);
        let flow = async {
            home.ask(Request::Call(Call::Connect), None).await.unwrap();
            home.ask(Request::verb("daemon_reload", Vec::new()).unwrap(), None).await.unwrap();
            for (verb, expected) in [(JobVerb::Start, "active"), (JobVerb::Stop, "inactive")] {
                home.ask(service.job(verb), None).await.unwrap();
                let status =
                    home.ask(Request::Call(Call::GetUnitStatus(service.name.clone())), None).await.unwrap();
                let Response::Status(status) = status else { panic!("{status:?}") };
                assert_eq!(status.active_state, expected);
            }
            let units =
                home.ask(Request::Call(Call::ListUnits(vec!["*.slice".to_owned()])), None).await.unwrap();
            let Response::Units(units) = units else { panic!("{units:?}") };
            assert!(units.decode().unwrap().iter().any(|unit| unit.name == "-.slice"));
        };
        within_patience(&runtime, flow);
        let kind = home.client().chosen().unwrap().kind;
        assert_eq!(kind == BackendKind::Command, choice == BackendChoice::Command);
    }
}

#[test]
fn a_hundred_calls_at_once() {
    if !in_the_box("a_hundred_calls_at_once") {
        return;
    }
    for runtime in runtimes() {
        let home = home(BackendChoice::Dbus);
        let flow = async {
            let mut tasks = JoinSet::new();
            for number in 0..100 {
                let home = Arc::clone(&home);
                let unit: UnitName = ["-.slice", "init.scope"][number % 2].parse().unwrap();
                tasks.spawn(async move {
                    let found =
                        home.ask(Request::Call(Call::GetUnitStatus(unit.clone())), None).await.unwrap();
                    let Response::Status(found) = found else { panic!("{found:?}") };
                    assert_eq!(found.name, unit.as_str());
                });
            }
            assert_eq!(tasks.join_all().await.len(), 100);
        };
        within_patience(&runtime, flow);
    }
}

/// What is given up in the middle is forgotten, and the connection is as good as before.
#[test]
fn what_is_given_up_leaves_nothing() {
    if !in_the_box("what_is_given_up_leaves_nothing") {
        return;
    }
    let service = Service::write(
        "pm2t-tokio-waits.service",
        "Type=notify\nExecStart=/bin/sleep 1000\nTimeoutStartSec=60",
    );
    for runtime in runtimes() {
        let home = home(BackendChoice::Dbus);
        let flow = async {
            home.ask(Request::verb("daemon_reload", Vec::new()).unwrap(), None).await.unwrap();
            let endpoint = home.client().chosen().unwrap().endpoint.unwrap();
            let uid = rustix::process::geteuid().as_raw();
            let connection = drive(Connection::open(&endpoint, dbus::SERVICE, uid)).await.unwrap();
            let backend = dbus_backend(&connection, home.client().scope());
            let start = backend.run_job(JobVerb::Start, &service.name, JobOptions::default());
            assert!(timeout(Duration::from_millis(200), drive(start)).await.is_err());
            assert_eq!(connection.load(), (0, 0));
            drive(backend.get_unit_status(&service.name)).await.unwrap();
            assert_eq!(connection.load(), (0, 0));

            let short = Some(Timeout::After(Duration::from_millis(200)));
            let error = home.ask(service.job(JobVerb::Restart), short).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Timeout, "{error}");
            home.ask(service.job(JobVerb::Stop), None).await.unwrap();
        };
        within_patience(&runtime, flow);
    }
}

/// Many tasks wait for one job; those that give up, the one that reads among them, leave it to the others.
#[test]
fn a_job_has_many_waiters() {
    if !in_the_box("a_job_has_many_waiters") {
        return;
    }
    let service = Service::write("pm2t-tokio-job.service", "Type=oneshot\nExecStart=/bin/sleep 0.5");
    for (runtime, choice) in runtimes().into_iter().zip([BackendChoice::Dbus, BackendChoice::Command]) {
        let home = home(choice);
        let flow = async {
            home.ask(Request::verb("daemon_reload", Vec::new()).unwrap(), None).await.unwrap();
            let (unit, options) = (service.name.clone(), JobOptions::default());
            let job =
                Job::begin(Arc::clone(home.client()), RunJob { verb: JobVerb::Start, unit, options }, None)
                    .await
                    .unwrap();
            assert!(job.id().is_some() && !job.has_ended());
            let job = Arc::new(job);
            let mut tasks = JoinSet::new();
            for number in 0..20 {
                let job = Arc::clone(&job);
                tasks.spawn(async move {
                    // Every other one gives up, the last one too.
                    let patience = if number % 2 == 0 { PATIENCE } else { Duration::from_millis(50) };
                    timeout(patience, job.wait(None)).await.map(Result::unwrap)
                });
            }
            let ended = tasks.join_all().await;
            let results = ended.iter().flatten().filter(|job| job.result == "done").count();
            assert_eq!((results, ended.len()), (10, 20));
            assert!(job.has_ended());
        };
        within_patience(&runtime, flow);
    }
}

fn dbus_backend(connection: &Connection, scope: pm2go::scope::Scope) -> pm2go::backend::Backend {
    pm2go::backend::Backend::Dbus(dbus::Dbus::new(connection.clone(), scope, false))
}

#[test]
fn a_watch_sees_a_start_and_a_stop() {
    if !in_the_box("a_watch_sees_a_start_and_a_stop") {
        return;
    }
    let service = Service::write("pm2t-tokio-watched.service", "ExecStart=/bin/sleep 1000");
    for runtime in runtimes() {
        let home = home(BackendChoice::Dbus);
        let options = WatchOptions { patterns: vec![service.name.to_string()], ..WatchOptions::default() };
        let watch = Arc::new(Watch::new(&home, options).unwrap());
        let flow = async {
            home.ask(Request::verb("daemon_reload", Vec::new()).unwrap(), None).await.unwrap();
            home.ask(service.job(JobVerb::Stop), None).await.unwrap();
            // A reader that gave up loses nothing for the next one.
            let _ = timeout(Duration::from_millis(100), watch.next_event()).await;
            let (reader, state) = (Arc::clone(&watch), "active");
            let seen = tokio::spawn(async move { until_state(&reader, state).await });
            home.ask(service.job(JobVerb::Start), None).await.unwrap();
            seen.await.unwrap();
            home.ask(service.job(JobVerb::Stop), None).await.unwrap();
            until_state(&watch, "inactive").await;
            let mut end = Box::pin(async { while watch.next_event().await.unwrap().is_some() {} });
            assert!(poll_fn(|context| Poll::Ready(end.as_mut().poll(context).is_pending())).await);
            watch.close();
            end.await;
        };
        within_patience(&runtime, flow);
    }
}

/// So many children use the client, drop what was begun, or do nothing.
const CHILDREN: usize = 100;

#[test]
fn children_use_the_client_and_their_parent_watches_on() {
    if !in_the_box("children_use_the_client_and_their_parent_watches_on") {
        return;
    }
    let service = Service::write("pm2t-tokio-forks.service", "ExecStart=/bin/sleep 1000");
    for runtime in runtimes() {
        let home = home(BackendChoice::Dbus);
        let options = WatchOptions { patterns: vec![service.name.to_string()], ..WatchOptions::default() };
        let watch = Arc::new(Watch::new(&home, options).unwrap());
        let flow = async {
            home.ask(Request::verb("daemon_reload", Vec::new()).unwrap(), None).await.unwrap();
            home.ask(service.job(JobVerb::Stop), None).await.unwrap();
            // Reads how things are, and then waits for what happens.
            let _ = timeout(Duration::from_millis(200), until_state(&watch, "active")).await;
            let mut begun = Some(Box::pin(until_state(&watch, "active")));
            for number in 0..CHILDREN {
                let next = begun.as_mut().unwrap();
                assert!(poll_fn(|context| Poll::Ready(next.as_mut().poll(context).is_pending())).await);
                in_child(|| match number % 3 {
                    0 => drop(begun.take()),
                    1 => use_in_child(&home),
                    _ => {}
                });
                if number % 10 == 0 {
                    home.ask(Request::Call(Call::GetUnitStatus(service.name.clone())), None).await.unwrap();
                }
            }
            let starting = Command::new("systemctl")
                .args(if rustix::process::geteuid().is_root() { None } else { Some("--user") })
                .args(["start", service.name.as_str()])
                .status();
            assert!(starting.unwrap().success());
            begun.take().unwrap().await;
            home.ask(service.job(JobVerb::Stop), None).await.unwrap();
            until_state(&watch, "inactive").await;
        };
        within_patience(&runtime, flow);
    }
}

/// A thread that is inside of one runtime cannot enter another, so this takes a new thread.
fn use_in_child(home: &Arc<Home>) {
    let home = Arc::clone(home);
    let using = std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build().unwrap();
        let ask = Request::Call(Call::ListUnits(vec!["*.slice".to_owned()]));
        let found = runtime.block_on(home.ask(ask, None)).unwrap();
        let Response::Units(units) = found else { panic!("{found:?}") };
        assert!(!units.decode().unwrap().is_empty());
    });
    using.join().unwrap();
}

/// Runs it in a forked child and waits for that; if it hangs, it is killed.
fn in_child(work: impl FnOnce()) {
    #[expect(unsafe_code, reason = "the standard library does not fork")]
    // SAFETY: the child leaves through _exit; alarm takes a number only.
    let child = unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::alarm(20);
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_ok();
            libc::_exit(i32::from(!done));
        }
        child
    };
    let child = rustix::process::Pid::from_raw(child);
    let ended = rustix::process::waitpid(child, rustix::process::WaitOptions::empty()).unwrap().unwrap();
    assert_eq!(ended.1.exit_status(), Some(0), "the child failed");
}

#[test]
fn a_property_watch_tells_each_state() {
    if !in_the_box("a_property_watch_tells_each_state") {
        return;
    }
    let service = Service::write("pm2t-tokio-properties.service", "ExecStart=/bin/sleep 1000");
    for runtime in runtimes() {
        let home = home(BackendChoice::Dbus);
        let names = vec!["ActiveState".to_owned()];
        let options = PropertyOptions { unit: service.name.clone(), names, capacity: 100 };
        let watch = PropertyWatch::new(&home, options.clone()).unwrap();
        let silent = PropertyOptions { names: vec!["MemoryCurrent".to_owned()], ..options };
        let silent = PropertyWatch::new(&home, silent).unwrap();
        let flow = async {
            home.ask(Request::verb("daemon_reload", Vec::new()).unwrap(), None).await.unwrap();
            assert_eq!(watch.next_event().await.unwrap().unwrap().kind, EventKind::Snapshot);
            home.ask(service.job(JobVerb::Start), None).await.unwrap();
            home.ask(service.job(JobVerb::Stop), None).await.unwrap();
            let mut states = Vec::new();
            while states.last().is_none_or(|state| state != "inactive") {
                let event = watch.next_event().await.unwrap().unwrap();
                states.extend(event.changed().filter_map(|(_, value)| value.as_text().map(str::to_owned)));
            }
            assert_eq!(states, ["active", "deactivating", "inactive"]);
            assert_eq!(silent.next_event().await.unwrap_err().kind(), Kind::Config);
            watch.close();
            assert!(watch.next_event().await.unwrap().is_none());
        };
        within_patience(&runtime, flow);
    }
}

/// Reads until the unit is in that state, or has gone, as stopped units do.
async fn until_state(watch: &Watch, wanted: &str) {
    loop {
        let event = watch.next_event().await.unwrap().unwrap();
        let is_there = event.new.is_some_and(|state| state.active_state == wanted);
        if is_there || (wanted == "inactive" && event.kind == EventKind::Removed) {
            return;
        }
    }
}
