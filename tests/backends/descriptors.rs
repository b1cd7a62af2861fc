//! File descriptors to and from a real systemd, on its private socket and on the message bus.

use std::time::{Duration, Instant};

use pm2go::backend::{Backend, Dbus, Gave, dbus};
use pm2go::bus::answer::check;
use pm2go::bus::decode::{Values, answer};
use pm2go::bus::{Call, Connection, Peer};
use pm2go::error::Result;
use pm2go::flow::with_deadline;
use pm2go::process::read_to_end;
use pm2go::scope::Scope;
use pm2go::value::{Descriptor, Value};
use pm2go::verb::named;

use super::both::{endpoints, run, uid};

pub(crate) fn passed_on_each_socket() {
    let scope = Scope::of_user(uid());
    let endpoints = endpoints(scope);
    for peer in [Peer::Private, Peer::Bus] {
        let endpoint = endpoints.iter().find(|endpoint| endpoint.peer == peer).unwrap();
        let connection = run(Connection::open(endpoint, dbus::SERVICE, uid())).unwrap();
        assert!(connection.carries_descriptors(), "{endpoint}");
        received(&connection);
        sent(&connection);
        dumped(connection, scope);
    }
}

fn manager(member: &'static str) -> Call<'static> {
    let (path, interface) = ("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager");
    Call::new(path, interface, member).to(dbus::SERVICE)
}

fn ask(connection: &Connection, call: &Call<'_>, signature: &str) -> Value {
    let message = in_time(connection.call(call).unwrap()).unwrap();
    check(&message).unwrap();
    answer(&message, signature, &Values).unwrap()
}

fn in_time<T>(flow: impl Future<Output = Result<T>>) -> Result<T> {
    run(with_deadline(Some(Instant::now() + Duration::from_secs(60)), flow))
}

/// All that can be read there.
fn text(file: &Descriptor) -> String {
    let bytes = in_time(async { Ok(read_to_end(file).await.unwrap()) }).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn received(connection: &Connection) {
    let Value::Descriptor(file) = ask(connection, &manager("DumpByFileDescriptor"), "h") else { panic!() };
    assert!(text(&file).contains("Unit basic.target:"));
}

/// What the row makes of it is what a message tells that has the text itself.
fn dumped(connection: Connection, scope: Scope) {
    let Value::Text(told) = ask(&connection, &manager("Dump"), "s") else { panic!() };
    let backend = Backend::Dbus(Dbus::new(connection, scope, false));
    let gave = run(backend.call(named("dump").unwrap(), &[])).unwrap();
    let Gave::Value(Value::Text(dump)) = gave else { panic!("{gave:?}") };
    let units =
        |text: &str| text.lines().filter(|line| line.contains(" Unit ") && line.ends_with(':')).count();
    assert!(units(&dump) > 10);
    assert_eq!(units(&dump), units(&told));
}

/// A process that systemd starts writes into a pipe of ours.
fn sent(connection: &Connection) {
    let (reading, writing) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
    let text_of = |text: &str| Value::Text(text.to_owned());
    let property = |name: &str, signature: &'static str, value: Value| {
        Value::Tuple(vec![text_of(name), Value::Variant(signature.into(), Box::new(value))])
    };
    let words = ["/bin/sh", "-c", "echo by a process of systemd"].map(text_of);
    let command = Value::Tuple(vec![text_of("/bin/sh"), Value::List(words.into()), Value::Boolean(false)]);
    let properties = Value::List(vec![
        property("Type", "s", text_of("oneshot")),
        property("CollectMode", "s", text_of("inactive-or-failed")),
        property("ExecStart", "a(sasb)", Value::List(vec![command])),
        property("StandardOutputFileDescriptor", "h", Value::Descriptor(writing.into())),
    ]);
    let call = manager("StartTransientUnit").text("pm2t-transient.service").unwrap().text("replace").unwrap();
    let call = call.value("a(sv)", &properties).unwrap();
    let call = call.value("a(sa(sv))", &Value::List(Vec::new())).unwrap();
    ask(connection, &call, "o");
    // It ends when nobody has the pipe any more who could write: neither we nor systemd nor the process.
    drop((call, properties));
    assert_eq!(text(&reading.into()), "by a process of systemd\n");
}
