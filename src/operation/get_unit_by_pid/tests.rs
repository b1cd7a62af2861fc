use std::os::unix::net::UnixListener;
use std::process::{Child, Command};

use zbus::Message;
use zbus::wire::ObjectPath;

use super::*;
use crate::backend::{Dbus, dbus};
use crate::bus::Connection;
use crate::bus::address::{Address, Endpoint, Peer};
use crate::bus::fake_peer::FakePeer;
use crate::flow::block::block;
use crate::scope::Scope;

const UNIT: &str = "a.service";
const PATH: &str = "/org/freedesktop/systemd1/unit/a_2eservice";

/// What a manager of our own says of this number; `agrees` to descriptors or not.
fn told(pid: u32, agrees: bool, answer: impl Fn(&mut FakePeer, &Message) + Send + 'static) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("private");
    let listener = UnixListener::bind(&path).unwrap();
    let server = std::thread::spawn(move || {
        let mut fake = FakePeer::new(listener.accept().unwrap().0);
        if agrees {
            fake.authenticate();
        } else {
            fake.authenticate_without_descriptors();
        }
        let mut asked = Vec::new();
        while let Some(call) = fake.call() {
            asked.push(FakePeer::member(&call));
            answer(&mut fake, &call);
        }
        asked
    });
    let endpoint = Endpoint { address: Address::Path(path), peer: Peer::Private };
    let connection = block(Connection::open(&endpoint, dbus::SERVICE, 0), None).unwrap().unwrap();
    let backend = Backend::Dbus(Dbus::new(connection, Scope::System, false));
    let process = GetUnitByPid::new(Value::Integer(pid.into())).unwrap();
    let unit = block(process.over(&backend), None).unwrap().unwrap();
    drop(backend);
    assert_eq!(server.join().unwrap().contains(&"GetUnitByPIDFD".to_owned()), agrees);
    unit
}

fn child() -> Child {
    Command::new("sleep").arg("60").spawn().unwrap()
}

fn end(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// systemd 252.
fn by_number(fake: &mut FakePeer, call: &Message) {
    if FakePeer::member(call) == "GetUnitByPIDFD" {
        fake.refuse(call, "org.freedesktop.DBus.Error.UnknownMethod", "Unknown method GetUnitByPIDFD");
    } else {
        fake.reply(call, &ObjectPath::try_from(PATH).unwrap());
    }
}

/// systemd 253 and newer: the process that it is given is the one that is asked about.
fn by_pidfd(fake: &mut FakePeer, call: &Message) {
    assert_eq!(FakePeer::member(call), "GetUnitByPIDFD");
    assert_eq!(call.data().fds().len(), 1);
    fake.reply(call, &(ObjectPath::try_from(PATH).unwrap(), UNIT, vec![7_u8; 16]));
}

#[test]
fn a_process_that_is_there_has_its_unit() {
    let mut process = child();
    let unit = Value::Text(UNIT.to_owned());
    assert_eq!(told(process.id(), true, by_pidfd), unit);
    assert_eq!(told(process.id(), true, by_number), unit);
    assert_eq!(told(process.id(), false, by_number), unit);
    end(&mut process);
}

#[test]
fn a_number_that_may_be_another_processs_by_now_has_none() {
    for agrees in [true, false] {
        let process = child();
        let pid = process.id();
        let process = std::sync::Mutex::new(process);
        let unit = told(pid, agrees, move |fake, call| {
            if FakePeer::member(call) == "GetUnitByPID" {
                end(&mut process.lock().unwrap());
            }
            by_number(fake, call);
        });
        assert_eq!(unit, Value::Null);
    }
}

#[test]
fn a_process_of_no_unit_and_one_that_went_have_none() {
    for error in ["org.freedesktop.systemd1.NoUnitForPID", "org.freedesktop.systemd1.NoSuchProcess"] {
        let unit = told(std::process::id(), true, move |fake, call| fake.refuse(call, error, "none"));
        assert_eq!(unit, Value::Null);
    }
}

#[test]
fn what_is_no_number_of_a_process_is_refused() {
    for given in [0, -1, 1 << 32] {
        let error = GetUnitByPid::new(Value::Integer(given)).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.facts().hint.is_some());
    }
}
