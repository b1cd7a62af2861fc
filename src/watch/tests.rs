use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};

use super::*;
use crate::client::Options;
use crate::flow::{Wait, poll_once};
use crate::settings::{Arguments, Settings};

struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

fn watch(address: &str) -> Watch {
    Watch::new(&home(address), WatchOptions::default()).unwrap()
}

fn home(address: &str) -> Arc<Home> {
    let options = Options {
        scope: None,
        settings: Settings::resolve(&Arguments::default(), |_| None).unwrap(),
        address: Some(address.to_owned()),
        runtime_folder: None,
        interactive: false,
        location: crate::location::Location::default(),
    };
    Arc::new(Home::of_threads(Client::new(&options).unwrap()))
}

#[test]
fn a_wait_that_is_given_up_leaves_nothing_in_the_queue() {
    let watch = watch("unix:path=/nonexistent");
    let hub = Arc::new(Hub::new(Arc::clone(watch.client())));
    let _pump = watch.attach(&hub).unwrap();
    for _ in 0..100 {
        let waker = Waker::from(Arc::new(Nobody));
        let mut news = pin!(watch.news());
        assert_eq!(poll_once(news.as_mut(), &waker, &mut Vec::new()), Poll::Pending);
        assert_eq!(hub.waiting(), 1);
    }
    assert_eq!(hub.waiting(), 0);
}

#[test]
fn the_same_of_a_watch_on_properties() {
    let options = PropertyOptions {
        unit: "a.service".parse().unwrap(),
        names: vec!["ActiveState".to_owned()],
        capacity: 1,
    };
    let home = home("unix:path=/nonexistent");
    let watch = PropertyWatch::new(&home, options).unwrap();
    let _pump = watch.attach(&home).unwrap();
    for _ in 0..100 {
        let waker = Waker::from(Arc::new(Nobody));
        let mut news = pin!(watch.news());
        assert_eq!(poll_once(news.as_mut(), &waker, &mut Vec::new()), Poll::Pending);
        assert_eq!(watch.waiting(), 1);
    }
    assert_eq!(watch.waiting(), 0);
}

/// As greenlets and tasks do, who are all called when one that ran the pump goes.
#[test]
fn whoever_waits_connects_when_the_one_that_did_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bus");
    let _silent = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let home = home(&format!("unix:path={}", path.display()));
    let watches = [(); 2].map(|()| Watch::new(&home, WatchOptions::default()).unwrap());
    let [first, second] = &watches;
    let (mut first, mut second) = (Box::pin(first.drive()), pin!(second.drive()));
    let waker = Waker::from(Arc::new(Nobody));
    let connects = |waits: &[Wait]| {
        waits.iter().any(|wait| matches!(wait, Wait::Descriptor { .. } | Wait::Source { .. }))
    };
    let mut waits = Vec::new();
    assert!(poll_once(second.as_mut(), &waker, &mut waits).is_pending());
    assert!(poll_once(first.as_mut(), &waker, &mut waits).is_pending());
    assert!(connects(&waits));
    drop(first);
    assert!(poll_once(second.as_mut(), &waker, &mut waits).is_pending());
    assert!(connects(&waits));
}

mod reload {
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use std::thread::JoinHandle;

    use serde::Serialize;
    use zbus::Message;
    use zbus::wire::{DynamicType, ObjectPath, Type};

    use super::*;
    use crate::bus::fake_peer::{DISGUISED, FakePeer, as_systemd};
    use crate::flow::block::block;

    /// A unit as `ListUnitsByPatterns` tells of it.
    fn row(name: &str) -> impl Serialize + Type + use<> {
        let none = || ObjectPath::try_from("/").unwrap();
        let [name, description, load, active, sub, following] =
            [name, name, "loaded", "inactive", "dead", ""].map(str::to_owned);
        (name, description, load, active, sub, following, none(), 0_u32, String::new(), none())
    }

    fn signal<B: Serialize + DynamicType>(member: &str, body: &B) -> Vec<u8> {
        let path = "/org/freedesktop/systemd1";
        let message = Message::signal(path, "org.freedesktop.systemd1.Manager", member);
        as_systemd(&message.sender(DISGUISED).build(body).unwrap())
    }

    fn job(member: &str, id: u32) -> Vec<u8> {
        let path = ObjectPath::try_from("/j").unwrap();
        match member {
            "JobNew" => signal(member, &(id, path, "a.service")),
            _ => signal(member, &(id, path, "a.service", "done")),
        }
    }

    fn serve(folder: &Path, script: impl FnOnce(&mut FakePeer) + Send + 'static) -> (Watch, JoinHandle<()>) {
        std::fs::create_dir(folder.join("systemd")).unwrap();
        let path = folder.join("systemd/private");
        let listener = UnixListener::bind(&path).unwrap();
        let server = std::thread::spawn(move || {
            let mut fake = FakePeer::new(listener.accept().unwrap().0);
            fake.authenticate();
            script(&mut fake);
            assert!(fake.call().is_none());
        });
        (watch(path.to_str().unwrap()), server)
    }

    /// What is told up to this, in words.
    fn read_until(watch: &Watch, last: &str) -> Vec<String> {
        let mut told = Vec::new();
        while told.last().is_none_or(|event| event != last) {
            match watch.take().unwrap() {
                Some(event) => {
                    let what = event
                        .job_id
                        .map(|id| id.to_string())
                        .or(event.unit.map(|unit| unit.to_string()))
                        .unwrap_or_default();
                    told.push(format!("{} {what}", event.kind.as_str()).trim_end().to_owned());
                }
                None => block(watch.drive(), None).unwrap().unwrap(),
            }
        }
        told
    }

    #[test]
    fn jobs_that_end_right_after_a_reload_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let (watch, server) = serve(folder.path(), |fake| {
            let call = fake.call().unwrap();
            fake.reply(&call, &vec![row("a.service")]);
            let all = [
                signal("Reloading", &true),
                job("JobRemoved", 1),
                signal("Reloading", &false),
                job("JobRemoved", 2),
                job("JobRemoved", 3),
            ];
            fake.write(&all.concat());
            let call = fake.call().unwrap();
            fake.write(&job("JobRemoved", 4));
            fake.reply(&call, &vec![row("a.service"), row("b.service")]);
            fake.write(&job("JobRemoved", 5));
        });
        let expected = [
            "snapshot a.service",
            "reloading",
            "job-removed 1",
            "reloaded",
            "job-removed 2",
            "job-removed 3",
            "job-removed 4",
            "added b.service",
            "job-removed 5",
        ];
        assert_eq!(read_until(&watch, "job-removed 5"), expected);
        drop(watch);
        server.join().unwrap();
    }

    #[test]
    fn jobs_that_a_reload_announces_anew_are_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let (watch, server) = serve(folder.path(), |fake| {
            let call = fake.call().unwrap();
            fake.reply(&call, &vec![row("a.service")]);
            let all = [
                job("JobNew", 1),
                signal("Reloading", &true),
                job("JobNew", 1),
                job("JobNew", 2),
                signal("Reloading", &false),
                job("JobRemoved", 1),
                job("JobRemoved", 2),
            ];
            fake.write(&all.concat());
            let call = fake.call().unwrap();
            fake.reply(&call, &vec![row("a.service")]);
            fake.write(&job("JobNew", 3));
        });
        let expected = [
            "snapshot a.service",
            "job-new 1",
            "reloading",
            "job-new 2",
            "reloaded",
            "job-removed 1",
            "job-removed 2",
            "job-new 3",
        ];
        assert_eq!(read_until(&watch, "job-new 3"), expected);
        drop(watch);
        server.join().unwrap();
    }
}

#[test]
fn who_begins_after_a_reload_whose_end_nobody_heard_is_told_of_new_units() {
    use super::reader::Wanted;
    use super::room::Room;
    use super::selection::Selection;
    use super::signal::Signal;

    let mut room = Room::default();
    let begin = |room: &mut Room| {
        room.listen_anew();
        let selection = Selection::new(&[], Vec::new()).unwrap();
        let wanted = Wanted { selection, states: Arc::default(), capacity: 1, known: None, is_table: false };
        let reader = room.join(wanted);
        let Some(question::Question::Look { groups, .. }) = room.question() else { panic!() };
        room.find(&groups, Vec::new(), &[], 0);
        room.settle(&groups, 0);
        reader
    };
    let first = begin(&mut room);
    room.hear(Signal::Reloading(true), 0);
    room.leave(first);
    let second = begin(&mut room);
    room.hear(Signal::UnitNew("a.service"), 0);
    assert_eq!(room.take(second, 0).unwrap().unwrap().kind, EventKind::Added);
}
