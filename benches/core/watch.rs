//! A stream of unit events from end to end: signals in the socket to events in the reader's hand.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use criterion::{BatchSize, Criterion, Throughput};
use pm2go::client::{Client, Options};
use pm2go::flow::block::block;
use pm2go::flow::joint::Flow;
use pm2go::scope::Scope;
use pm2go::settings::{Arguments, BackendChoice, Settings};
use pm2go::watch::{Home, Watch, WatchOptions};
use zbus::wire::Variant;

use crate::fake_peer::FakePeer;
use crate::messages::{
    Properties, SERVICE_UNIT, UNIT, properties_changed, rows, service_name, status_properties,
};
use crate::server::Server;

/// Each changes once: two signals, which make one event. So many that they fit into the socket's buffer.
const CHANGES: usize = 50;

/// A watch on so many units that has taken its first look.
fn watch(units: usize, options: WatchOptions) -> (Watch, Flow, FakePeer) {
    let server = Server::start(move |fake| {
        let call = fake.call().unwrap();
        fake.reply(&call, &rows(units));
    });
    let arguments = Arguments { backend: Some(BackendChoice::Dbus), ..Arguments::default() };
    let options_of_client = Options {
        scope: Some(Scope::System),
        settings: Settings::resolve(&arguments, |_| None).unwrap(),
        address: Some(server.path.to_str().unwrap().to_owned()),
        runtime_folder: None,
        interactive: false,
        location: pm2go::location::Location::default(),
    };
    let home = Arc::new(Home::of_loop(Client::new(&options_of_client).unwrap()));
    let watch = Watch::new(&home, options).unwrap();
    let mut pump = watch.attach(home.hub()).unwrap().unwrap();
    read(&watch, &mut pump, units);
    (watch, pump, server.peer())
}

/// Takes so many events.
fn read(watch: &Watch, pump: &mut Flow, count: usize) {
    let mut taken = 0;
    let all = poll_fn(|context| {
        let _ = pump.as_mut().poll(context);
        while let Some(event) = watch.take().unwrap() {
            assert!(event.unit.is_some(), "{event:?}");
            taken += 1;
        }
        if taken < count { Poll::Pending } else { Poll::Ready(()) }
    });
    block(all, None).unwrap();
    assert_eq!(taken, count);
}

/// The signals of units that become active, or inactive.
fn burst(active: bool) -> Vec<u8> {
    let state = if active { "active" } else { "inactive" };
    let mut of_unit = status_properties();
    of_unit.insert("ActiveState".to_owned(), Variant::new(state));
    let of_service = Properties::from([("MainPID".to_owned(), Variant::U32(u32::from(active) * 4711))]);
    let signals = |number| {
        let name = service_name(number);
        let first = properties_changed(&name, SERVICE_UNIT, &of_service);
        [first, properties_changed(&name, UNIT, &of_unit)].concat()
    };
    (0..CHANGES).flat_map(signals).collect()
}

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("watch");
    group.throughput(Throughput::Elements(CHANGES as u64));
    let bursts = [burst(true), burst(false)];
    let patterns = |patterns: &[&str]| WatchOptions {
        patterns: patterns.iter().map(|&pattern| pattern.to_owned()).collect(),
        ..WatchOptions::default()
    };
    for (name, units, options) in [
        ("changes of 50 units", CHANGES, patterns(&[])),
        ("changes of 50 among 1000 units", 1000, patterns(&[])),
        ("changes of 50 units, 3 patterns", CHANGES, patterns(&["a*", "*.timer", "pm2-*"])),
    ] {
        let (watch, mut pump, mut fake) = watch(units, options);
        let mut turns = bursts.iter().cycle();
        group.bench_function(name, |bencher| {
            let setup = || fake.write(turns.next().unwrap());
            bencher.iter_batched(setup, |()| read(&watch, &mut pump, CHANGES), BatchSize::PerIteration);
        });
    }
    group.finish();
}
