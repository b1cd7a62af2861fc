//! One connection: what came on the socket is handed to those who wait for it. The peer has sent it before the
//! clock runs, so that this is poll(2), recv(2), framing, zbus's parser and our tables, on one thread.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};
use pm2go::bus::connection::Reply;
use pm2go::bus::subscription::{Filter, Heard, Subscription};
use pm2go::bus::{Address, Connection, Peer, address::Endpoint};
use pm2go::error::Result;
use pm2go::flow::block::block;
use pm2go::flow::join_all;
use zbus::wire::Variant;

use crate::calls::get;
use crate::fake_peer::FakePeer;
use crate::messages::{PROPERTIES, SERVICE, UNIT, properties_changed, service_name, status_properties};
use crate::server::Server;

/// So many that they fit into the socket's buffer.
const SIGNALS: usize = 50;

fn wait<T>(flow: impl Future<Output = Result<T>>) -> T {
    block(flow, None).unwrap().unwrap()
}

fn connect() -> (Connection, FakePeer) {
    let server = Server::start(|_| ());
    let endpoint = Endpoint { address: Address::Path(server.path.clone()), peer: Peer::Private };
    let connection = wait(Connection::open(&endpoint, SERVICE, 0));
    (connection, server.peer())
}

fn listen(connection: &Connection, member: &'static str) -> Subscription {
    let units = Some("/org/freedesktop/systemd1/unit");
    let filter = Filter { path_namespace: units, ..Filter::new(PROPERTIES, member) };
    connection.listen(filter, SERVICE).unwrap().0
}

/// Makes calls and has them answered; the answers wait in the socket.
fn asked(connection: &Connection, fake: &mut FakePeer, count: usize) -> Vec<Reply> {
    let path = "/org/freedesktop/systemd1/unit/pm2_2dapi_2eservice";
    let call = get(path, "ActiveState").unwrap();
    let replies = (0..count).map(|_| connection.call(&call).unwrap()).collect();
    for _ in 0..count {
        let call = fake.call().unwrap();
        fake.reply(&call, &Variant::new("active"));
    }
    replies
}

pub(crate) fn bench(criterion: &mut Criterion) {
    replies(criterion);
    signals(criterion);
}

fn replies(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dispatch");
    let (connection, mut fake) = connect();
    for count in [1, 64] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(format!("replies, {count} at once"), |bencher| {
            let setup = || asked(&connection, &mut fake, count);
            let run = |replies| block(join_all(replies), None).unwrap();
            bencher.iter_batched(setup, run, BatchSize::PerIteration);
        });
    }
    let call = get("/org/freedesktop/systemd1/unit/pm2_2dapi_2eservice", "ActiveState").unwrap();
    group.throughput(Throughput::Elements(1));
    group.bench_function("a call that is sent and forgotten", |bencher| {
        bencher.iter_batched(
            || {
                while fake.has_call() {
                    fake.call();
                }
            },
            |()| drop(connection.call(black_box(&call)).unwrap()),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn signals(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dispatch");
    let (connection, mut fake) = connect();
    let changed = status_properties();
    let burst: Vec<u8> =
        (0..SIGNALS).flat_map(|number| properties_changed(&service_name(number), UNIT, &changed)).collect();
    group.throughput(Throughput::Elements(SIGNALS as u64));
    for (listeners, name) in [(1, "1 listener"), (10, "10 listeners")] {
        let subscriptions: Vec<Subscription> =
            (0..listeners).map(|_| listen(&connection, "PropertiesChanged")).collect();
        group.bench_function(format!("{SIGNALS} signals, {name}"), |bencher| {
            bencher.iter_batched(|| fake.write(&burst), |()| hear(&subscriptions), BatchSize::PerIteration);
        });
    }
    let _other = listen(&connection, "SomethingElse");
    group.bench_function(format!("{SIGNALS} signals that nobody wants"), |bencher| {
        bencher.iter_batched(
            || fake.write(&burst),
            |()| connection.refresh().unwrap(),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Takes a whole burst from each of them.
fn hear(subscriptions: &[Subscription]) {
    for subscription in subscriptions {
        for _ in 0..SIGNALS {
            assert!(matches!(black_box(wait(subscription.next())), Heard::Signal(_)));
        }
    }
}
