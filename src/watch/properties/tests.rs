use std::collections::HashMap;
use std::sync::Arc;

use zbus::Message;
use zbus::wire::{ObjectPath, Variant};

use super::listener::{Answer, Due, PropertyListener};
use super::questions::{Watched, choose};
use super::table::PropertyTable;
use super::*;
use crate::bus::introspect::{Emits, Property};
use crate::error::Kind;
use crate::unit::properties::UNIT;
use crate::value::Value;
use crate::watch::EventKind;

const SERVICE: &str = "org.freedesktop.systemd1.Service";

/// A listener in the middle of a stream, without a connection.
struct Stage {
    queue: Arc<Queue>,
    listener: PropertyListener,
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

impl Stage {
    /// Watches `ActiveState`, `MainPID` and `ExecStart`, of which the last is announced by its name alone.
    fn new(is_loaded: bool, capacity: usize) -> Self {
        let names = ["ActiveState", "MainPID", "ExecStart"].map(str::to_owned);
        let queue = Arc::new(Queue::new(PropertyTable::new("a.service", &names), capacity).unwrap());
        let mut listener = PropertyListener::new(Arc::clone(&queue), "a.service".parse().unwrap());
        listener.set_watched(
            [(UNIT, Emits::Value), (SERVICE, Emits::Value), (SERVICE, Emits::Invalidation)]
                .map(|(interface, emits)| Watched { interface: interface.to_owned(), emits }),
        );
        let values = vec![text("inactive"), Value::Unsigned(0), text("never")];
        queue.change(|table| Some(table.begin(values, is_loaded)));
        Self { queue, listener }
    }

    fn service(&mut self, pid: u32, invalidated: &[&str]) {
        self.changed(SERVICE, HashMap::from([("MainPID", Variant::U32(pid))]), invalidated);
    }

    fn unit(&mut self, state: &str) {
        self.changed(UNIT, HashMap::from([("ActiveState", state.into()), ("Other", 1_u8.into())]), &[]);
    }

    fn changed(&mut self, interface: &str, values: HashMap<&str, Variant<'_>>, invalidated: &[&str]) {
        self.hear("PropertiesChanged", &(interface, values, invalidated));
    }

    fn came_or_went(&mut self, member: &str, unit: &str) {
        self.hear(member, &(unit, ObjectPath::try_from("/a").unwrap()));
    }

    fn hear<B: serde::Serialize + zbus::wire::DynamicType>(&mut self, member: &str, body: &B) {
        let message = Message::signal("/a", "a.B", member).build(body).unwrap();
        self.listener.hear(member, &message).unwrap();
    }

    fn answer(&mut self, answer: Answer) {
        self.listener.take_in(answer);
    }

    /// Everything as it would be read now.
    fn all(state: &str, pid: u64, start: &str) -> Vec<Value> {
        vec![text(state), Value::Unsigned(pid), text(start)]
    }

    /// The events that wait: kind, what changed, and the active state by then.
    fn events(&self) -> Vec<(&'static str, Vec<String>, Value)> {
        let mut events = Vec::new();
        while let Some(event) = self.queue.take().unwrap() {
            let changed = event.changed().map(|(name, _)| name.to_owned()).collect();
            let state = event.values().find(|(name, _)| *name == "ActiveState").unwrap().1.clone();
            events.push((event.kind.as_str(), changed, state));
        }
        events
    }
}

fn told(kind: &'static str, changed: &[&str], state: &str) -> (&'static str, Vec<String>, Value) {
    (kind, changed.iter().map(|&name| name.to_owned()).collect(), text(state))
}

const ALL: &[&str] = &["ActiveState", "MainPID", "ExecStart"];

#[test]
fn two_halves_are_one_event() {
    let mut stage = Stage::new(true, 100);
    stage.service(7, &["ExecStart"]);
    assert_eq!(stage.events(), [told("snapshot", ALL, "inactive")]);
    stage.unit("active");
    assert_eq!(stage.events(), [told("changed", &["ActiveState", "MainPID"], "active")]);
    assert_eq!(stage.listener.take_due().values, [2].into());
    // Told again, it is no news.
    stage.service(7, &[]);
    stage.unit("active");
    assert_eq!(stage.events(), []);
}

#[test]
fn a_half_without_the_other_is_not_lost() {
    for (end, expected) in [
        ("half", vec![told("changed", &["MainPID"], "inactive")]),
        ("look", vec![told("changed", &["MainPID"], "inactive")]),
        ("gone", vec![told("changed", &["MainPID"], "inactive"), told("removed", &[], "inactive")]),
    ] {
        let mut stage = Stage::new(true, 100);
        stage.events();
        stage.service(7, &[]);
        match end {
            "half" => stage.service(8, &[]),
            "look" => stage.listener.look_again(),
            _ => stage.came_or_went("UnitRemoved", "a.service"),
        }
        assert_eq!(stage.events(), expected, "{end}");
    }
}

#[test]
fn a_unit_goes_and_comes_back() {
    let mut stage = Stage::new(true, 100);
    stage.events();
    stage.came_or_went("UnitRemoved", "b.service");
    stage.came_or_went("UnitRemoved", "a.service");
    // Somebody looks at it: systemd loads and forgets it.
    for _ in 0..3 {
        stage.came_or_went("UnitNew", "a.service");
        stage.came_or_went("UnitRemoved", "a.service");
        assert_eq!(stage.listener.take_due(), Due::default());
    }
    assert_eq!(stage.events(), [told("removed", &[], "inactive")]);
    stage.came_or_went("UnitNew", "a.service");
    assert_eq!(stage.listener.take_due(), Due { arrival: true, ..Due::default() });
    stage.answer(Answer::Absent);
    assert_eq!(stage.events(), []);
    // It is back, also where nothing is another than before; what signals do not tell has to be read.
    stage.service(0, &[]);
    stage.unit("inactive");
    assert_eq!(stage.events(), [told("changed", &[], "inactive")]);
    assert_eq!(stage.listener.take_due().values, [2].into());
}

#[test]
fn a_unit_that_was_not_loaded_is_not_removed() {
    let mut stage = Stage::new(false, 100);
    stage.came_or_went("UnitNew", "a.service");
    stage.came_or_went("UnitRemoved", "a.service");
    assert_eq!(stage.events(), [told("snapshot", ALL, "inactive")]);
    stage.came_or_went("UnitNew", "a.service");
    assert!(stage.listener.take_due().arrival);
    stage.answer(Answer::Arrival(Stage::all("inactive", 0, "never")));
    assert_eq!(stage.events(), []);
    stage.came_or_went("UnitRemoved", "a.service");
    assert_eq!(stage.events(), [told("removed", &[], "inactive")]);
}

#[test]
fn units_may_arrive_active() {
    let mut stage = Stage::new(false, 100);
    stage.events();
    stage.came_or_went("UnitNew", "a.service");
    stage.answer(Answer::Arrival(Stage::all("active", 7, "now")));
    assert_eq!(stage.events(), [told("changed", ALL, "active")]);
}

#[test]
fn signals_that_come_before_an_answer_go_first() {
    // The answer is of a time when the unit is active; its signals tell how it came to that.
    let mut stage = Stage::new(false, 100);
    stage.events();
    stage.came_or_went("UnitNew", "a.service");
    stage.unit("activating");
    stage.answer(Answer::Arrival(Stage::all("active", 7, "now")));
    assert_eq!(
        stage.events(),
        [told("changed", &["ActiveState"], "activating"), told("changed", &["ExecStart"], "activating")]
    );
    stage.listener.look_again();
    stage.answer(Answer::Everything(Stage::all("active", 7, "now")));
    assert_eq!(stage.events(), [told("changed", &["ActiveState", "MainPID"], "active")]);
}

#[test]
fn what_was_read_of_a_unit_that_went_meanwhile_does_not_count() {
    let some = || Answer::Some(vec![(2, text("reset"))], [2].into());
    for answer in [
        Answer::Everything(Stage::all("active", 1, "x")),
        Answer::Left(Stage::all("failed", 0, "x")),
        Answer::Arrival(Stage::all("active", 1, "x")),
        some(),
    ] {
        let mut stage = Stage::new(true, 100);
        stage.came_or_went("UnitRemoved", "a.service");
        stage.events();
        stage.answer(answer);
        assert_eq!(stage.events(), []);
    }
    let mut stage = Stage::new(true, 100);
    stage.events();
    stage.service(0, &["ExecStart"]);
    stage.unit("inactive");
    stage.answer(some());
    assert_eq!(stage.events(), [told("changed", &["ExecStart"], "inactive")]);
    assert_eq!(stage.listener.take_due(), Due::default());
}

#[test]
fn nothing_comes_or_goes_while_the_manager_reloads() {
    let mut stage = Stage::new(true, 100);
    stage.events();
    stage.listener.reloading(true);
    stage.came_or_went("UnitRemoved", "a.service");
    stage.came_or_went("UnitNew", "a.service");
    assert_eq!(stage.listener.take_due(), Due::default());
    stage.listener.reloading(false);
    assert_eq!(stage.events(), []);
    assert!(stage.listener.take_due().everything);
    stage.answer(Answer::Left(Stage::all("failed", 0, "never")));
    assert_eq!(stage.events(), [told("changed", &["ActiveState"], "failed"), told("removed", &[], "failed")]);
}

#[test]
fn a_reader_that_was_too_slow_begins_afresh() {
    for (is_gone, last) in [(false, vec![]), (true, vec![told("removed", &[], "active")])] {
        let mut stage = Stage::new(true, 2);
        for pid in 1..5 {
            stage.service(pid, &[]);
            stage.unit("active");
        }
        if is_gone {
            stage.came_or_went("UnitRemoved", "a.service");
        }
        let gap = stage.queue.take().unwrap().unwrap();
        assert_eq!((gap.kind, gap.dropped), (EventKind::Gap, Some(5 + u64::from(is_gone))));
        let mut expected = vec![told("snapshot", ALL, "active")];
        expected.extend(last);
        assert_eq!(stage.events(), expected);
    }
}

#[test]
fn a_backlog_is_bounded_in_bytes() {
    let mut stage = Stage::new(true, 1000);
    let long = "x".repeat(1 << 20);
    for number in 0..100 {
        stage.unit(&format!("{number}{long}"));
    }
    let gap = stage.queue.take().unwrap().unwrap();
    assert_eq!(gap.kind, EventKind::Gap);
    assert!(gap.dropped > Some(60), "{:?}", gap.dropped);
    assert_eq!(stage.events().len(), 1);
}

#[test]
fn events_keep_their_values() {
    let mut stage = Stage::new(true, 100);
    stage.unit("active");
    stage.unit("failed");
    assert_eq!(
        stage.events(),
        [
            told("snapshot", ALL, "inactive"),
            told("changed", &["ActiveState"], "active"),
            told("changed", &["ActiveState"], "failed"),
        ]
    );
}

#[test]
fn only_what_is_announced_can_be_watched() {
    let property = |interface, name, emits| Property { interface, name, emits };
    let known = [
        property("org.freedesktop.DBus.Other", "MainPID", Emits::Nothing),
        property(SERVICE, "MainPID", Emits::Value),
        property(SERVICE, "MemoryCurrent", Emits::Nothing),
        property(SERVICE, "TasksCurrent", Emits::Nothing),
        property(SERVICE, "ExecStart", Emits::Invalidation),
        property(UNIT, "Id", Emits::Constant),
        property("org.freedesktop.systemd1.Socket", "NAccepted", Emits::Value),
    ];
    let unit: UnitName = "a.service".parse().unwrap();
    let chosen = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        choose(&unit, &known, &names)
    };
    let found = chosen(&["Id", "MainPID", "ExecStart"]).unwrap();
    let found: Vec<_> = found.iter().map(|found| (found.interface.as_str(), found.emits)).collect();
    assert_eq!(found, [(UNIT, Emits::Constant), (SERVICE, Emits::Value), (SERVICE, Emits::Invalidation)]);
    for (names, says) in [
        (vec!["MemoryCurrent", "Id", "TasksCurrent"], "MemoryCurrent, TasksCurrent of unit a.service"),
        (vec!["MemoryCurrent", "Nonsense"], "no property \"Nonsense\""),
        (vec!["NAccepted"], "no property \"NAccepted\""),
        (vec!["mainpid"], "no property \"mainpid\""),
    ] {
        let error = chosen(&names).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.facts().message.contains(says), "{error}");
        assert!(error.facts().hint.is_some());
    }
}
