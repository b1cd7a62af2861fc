//! Lists units that start others: timers, sockets, paths, automounts, each with what it waits for.

use crate::backend::Backend;
use crate::client::{Asked, Step};
use crate::clock;
use crate::error::{Error, Result};
use crate::unit::{UnitInfo, UnitName, UnitPattern, UnitType};
use crate::value::Value;
use crate::verb::Repeat;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Timers: when each last fired, and when it does next.
    Timer,
    /// Sockets: a row for each address on which one listens.
    Socket,
    /// Paths: a row for each path that one watches.
    Path,
    /// Automounts.
    Automount,
}

/// Lists the units of one of these types that systemd has in memory.
#[derive(Clone, Debug)]
pub struct ListTriggers {
    kind: Trigger,
    patterns: Vec<String>,
}

impl Trigger {
    fn unit_type(self) -> UnitType {
        match self {
            Self::Timer => UnitType::Timer,
            Self::Socket => UnitType::Socket,
            Self::Path => UnitType::Path,
            Self::Automount => UnitType::Automount,
        }
    }

    /// The properties that a row is made of, besides those of a listing.
    fn properties(self) -> &'static [&'static str] {
        match self {
            Self::Timer => {
                &["Triggers", "NextElapseUSecRealtime", "NextElapseUSecMonotonic", "LastTriggerUSec"]
            }
            Self::Socket => &["Triggers", "Listen", "NAccepted", "NConnections", "NRefused"],
            Self::Path => &["Triggers", "Paths"],
            Self::Automount => &["Triggers", "Where", "TimeoutIdleUSec"],
        }
    }
}

impl ListTriggers {
    /// Those that match one of the patterns; all, without.
    pub fn new(kind: Trigger, patterns: &[String]) -> Result<Self> {
        let unit_type = kind.unit_type();
        let patterns = if patterns.is_empty() {
            vec![format!("*.{unit_type}")]
        } else {
            patterns.iter().map(|text| pattern(text, unit_type)).collect::<Result<_>>()?
        };
        Ok(Self { kind, patterns })
    }
}

impl Asked for ListTriggers {
    fn what(&self) -> String {
        format!("list of {}s", self.kind.unit_type())
    }

    fn unit(&self) -> Option<UnitName> {
        None
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for ListTriggers {
    /// Rows; their fields are those of the classes of Python.
    type Answer = Vec<Value>;

    async fn over(&self, backend: &Backend) -> Result<Vec<Value>> {
        let mut units = backend.list_units(&self.patterns).await?;
        let suffix = format!(".{}", self.kind.unit_type());
        // What only others name is none.
        units.retain(|unit| unit.name.ends_with(&suffix) && unit.load_state != "not-found");
        let names = units.iter().map(|unit| unit.name.parse()).collect::<Result<Vec<UnitName>>>()?;
        let found = backend.read_units_properties(&names, self.kind.properties()).await?;
        let found = units.into_iter().zip(found).filter_map(|(unit, values)| Some((unit, values?)));
        let found: Vec<(UnitInfo, Vec<Value>)> = found.collect();
        match self.kind {
            Trigger::Timer => Ok(timers(found)),
            Trigger::Socket => Ok(found.iter().flat_map(|(unit, values)| sockets(unit, values)).collect()),
            Trigger::Path => Ok(found.iter().flat_map(|(unit, values)| paths(unit, values)).collect()),
            Trigger::Automount => automounts(backend, found).await,
        }
    }
}

/// What a caller means: a name without a suffix is that of a unit of the type that is listed.
fn pattern(text: &str, unit_type: UnitType) -> Result<String> {
    let has_suffix = text.rsplit_once('.').is_some_and(|(_, suffix)| UnitType::from_suffix(suffix).is_some());
    let is_glob = text.contains(['*', '?', '[']);
    let whole = if has_suffix || is_glob { text.to_owned() } else { format!("{text}.{unit_type}") };
    match UnitPattern::parse(&whole)? {
        UnitPattern::Name(name) if name.unit_type() != unit_type => {
            Err(Error::config(format!("{name} is no {unit_type}"))
                .with_hint(format!("give the name of one, such as {}.{unit_type}", name.prefix())))
        }
        pattern => Ok(pattern.as_str().to_owned()),
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The next firing comes first, and what never fires last.
fn timers(found: Vec<(UnitInfo, Vec<Value>)>) -> Vec<Value> {
    let (now, monotonic) = (clock::now(), clock::monotonic());
    let with_next = |(unit, values): (UnitInfo, Vec<Value>)| {
        let number = |at: usize| values.get(at).and_then(Value::as_unsigned);
        (next_elapse(number(1), number(2), now, monotonic), unit, values)
    };
    let mut rows: Vec<_> = found.into_iter().map(with_next).collect();
    let place =
        |(next, unit, _): &(Option<u64>, UnitInfo, Vec<Value>)| (next.is_none(), *next, unit.name.clone());
    rows.sort_by_cached_key(place);
    let row = |(next, unit, values): (Option<u64>, UnitInfo, Vec<Value>)| {
        let number = |number: Option<u64>| number.map_or(Value::Null, Value::Unsigned);
        let left = next.map(|next| next.saturating_sub(now));
        let value = |at: usize| values.get(at).cloned().unwrap_or(Value::Null);
        Value::Tuple(vec![
            text(&unit.name),
            number(next),
            number(left),
            value(3),
            value(0),
            text(&unit.active_state),
        ])
    };
    rows.into_iter().map(row).collect()
}

/// When a timer fires next, on the clock of the machine: the earlier of what it has by that clock and by the monotonic one.
fn next_elapse(realtime: Option<u64>, by_monotonic: Option<u64>, now: u64, monotonic: u64) -> Option<u64> {
    let converted = by_monotonic.map(|next| now.saturating_add(next).saturating_sub(monotonic));
    match (realtime, converted) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn sockets(unit: &UnitInfo, values: &[Value]) -> Vec<Value> {
    let counter = |at: usize| values.get(at).cloned().unwrap_or(Value::Null);
    let row = |(kind, address): (Value, Value)| {
        Value::Tuple(vec![
            text(&unit.name),
            address,
            kind,
            counter(0),
            counter(2),
            counter(3),
            counter(4),
            text(&unit.active_state),
        ])
    };
    pairs(values.get(1)).map(row).collect()
}

fn paths(unit: &UnitInfo, values: &[Value]) -> Vec<Value> {
    let triggers = || values.first().cloned().unwrap_or(Value::Null);
    let row = |(condition, path): (Value, Value)| {
        Value::Tuple(vec![text(&unit.name), path, condition, triggers(), text(&unit.active_state)])
    };
    pairs(values.get(1)).map(row).collect()
}

/// The pairs in a list of such.
fn pairs(list: Option<&Value>) -> impl Iterator<Item = (Value, Value)> + '_ {
    let items = match list {
        Some(Value::List(items)) => &items[..],
        _ => &[],
    };
    items.iter().filter_map(|item| match item {
        Value::Tuple(fields) => Some((fields.first()?.clone(), fields.get(1)?.clone())),
        _ => None,
    })
}

/// What an automount mounts is told by the mount that it starts.
async fn automounts(backend: &Backend, found: Vec<(UnitInfo, Vec<Value>)>) -> Result<Vec<Value>> {
    // A masked one has no place.
    let has_place =
        |(_, values): &(UnitInfo, Vec<Value>)| values.get(1).is_some_and(|place| *place != text(""));
    let found: Vec<_> = found.into_iter().filter(has_place).collect();
    let mount = |(unit, _): &(UnitInfo, Vec<Value>)| {
        let stem = unit.name.strip_suffix(".automount").unwrap_or(&unit.name);
        format!("{stem}.mount").parse::<UnitName>()
    };
    let mounts = found.iter().map(mount).collect::<Result<Vec<_>>>()?;
    let whats = backend.read_units_properties(&mounts, &["What"]).await?;
    let row = |((unit, mut values), what): ((UnitInfo, Vec<Value>), Option<Vec<Value>>)| {
        let what = what.and_then(|mut what| what.pop()).filter(|what| *what != text(""));
        // None is configured where it is 0.
        let idle = values.pop().filter(|idle| *idle != Value::Unsigned(0)).unwrap_or(Value::Null);
        let place = values.pop().unwrap_or(Value::Null);
        Value::Tuple(vec![
            text(&unit.name),
            place,
            what.unwrap_or(Value::Null),
            Value::Boolean(unit.sub_state == "running"),
            idle,
            values.pop().unwrap_or(Value::Null),
            text(&unit.active_state),
        ])
    };
    Ok(found.into_iter().zip(whats).map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_clock_counts() {
        for (realtime, monotonic, expected) in [
            (None, None, None),
            (Some(1_000), None, Some(1_000)),
            (None, Some(70), Some(1_020)),
            (None, Some(40), Some(990)),
            (Some(1_010), Some(70), Some(1_010)),
            (Some(1_030), Some(70), Some(1_020)),
        ] {
            assert_eq!(next_elapse(realtime, monotonic, 1_000, 50), expected);
        }
    }

    #[test]
    fn timers_come_in_the_order_in_which_they_fire() {
        let timer = |name: &str, next: Value| {
            let unit = UnitInfo { name: name.to_owned(), ..UnitInfo::default() };
            (unit, vec![Value::List(vec![text("a.service")]), next, Value::Null, Value::Unsigned(7)])
        };
        let far = Value::Unsigned(u64::MAX - 1);
        let rows = timers(vec![
            timer("never.timer", Value::Null),
            timer("b.timer", far.clone()),
            timer("a.timer", far),
            timer("past.timer", Value::Unsigned(1)),
        ]);
        let name = |row: &Value| match row {
            Value::Tuple(fields) => fields[0].as_text().unwrap().to_owned(),
            _ => panic!("{row:?}"),
        };
        assert_eq!(
            rows.iter().map(name).collect::<Vec<_>>(),
            ["past.timer", "a.timer", "b.timer", "never.timer"]
        );
        let Value::Tuple(past) = &rows[0] else { panic!() };
        assert_eq!(past[1..4], [Value::Unsigned(1), Value::Unsigned(0), Value::Unsigned(7)]);
    }

    #[test]
    fn a_name_without_a_suffix_is_of_the_type_that_is_listed() {
        for (given, expected) in [
            ("a", Some("a.timer")),
            ("a.b", Some("a.b.timer")),
            ("a.timer", Some("a.timer")),
            ("a*", Some("a*")),
            ("a.service", None),
            ("a b", None),
        ] {
            assert_eq!(pattern(given, UnitType::Timer).ok().as_deref(), expected, "{given}");
        }
    }
}
