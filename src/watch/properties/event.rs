//! What a stream of one unit's properties is made of.

use std::sync::Arc;

use crate::value::Value;
use crate::watch::event::EventKind;

/// What became of the properties that are watched.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertiesEvent {
    /// Counts all events of the stream, from 1.
    pub sequence: u64,
    /// When it was read, in microseconds since the epoch.
    pub timestamp: u64,
    /// What it tells: `Snapshot`, `Changed`, `Removed` or `Gap`.
    pub kind: EventKind,
    /// The unit, by its own name.
    pub unit: Arc<str>,
    /// How many events were dropped, for `Gap`, where that is known.
    pub dropped: Option<u64>,
    /// Why, for `Gap`.
    pub reason: Option<String>,
    pub(super) names: Arc<[String]>,
    pub(super) values: Arc<[Value]>,
    pub(super) changed: Vec<usize>,
}

impl PropertiesEvent {
    /// The properties that changed, with their new values; all, in a snapshot.
    pub fn changed(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.changed
            .iter()
            .filter_map(|&place| Some((self.names.get(place)?.as_str(), self.values.get(place)?)))
    }

    /// All properties that are watched, as of this event; as last known, where it is `Removed` or `Gap`.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.names.iter().map(String::as_str).zip(self.values.iter())
    }

    /// About how many bytes of memory it takes. Values that did not change are those of the event before.
    pub(super) fn weight(&self) -> usize {
        let places = self.changed.iter().filter_map(|&place| self.values.get(place));
        size_of::<Self>() + self.values.len() * size_of::<Value>() + places.map(weight).sum::<usize>()
    }
}

/// What a value takes besides itself.
fn weight(value: &Value) -> usize {
    let of = |value: &Value| size_of::<Value>() + weight(value);
    match value {
        Value::Null
        | Value::Boolean(_)
        | Value::Integer(_)
        | Value::Unsigned(_)
        | Value::Double(_)
        | Value::Descriptor(_) => 0,
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(values) | Value::Tuple(values) => values.iter().map(of).sum(),
        Value::Dict(entries) => entries.iter().map(|(key, value)| of(key) + of(value)).sum(),
        Value::Variant(signature, value) => signature.len() + of(value),
    }
}
