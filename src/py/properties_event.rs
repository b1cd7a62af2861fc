//! Events of a unit's properties as Python's objects: immutable, comparable, hashable, picklable.

use std::convert::Infallible;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyMapping, PyString, PyTuple, PyType};

use super::call::call_method;
use super::convert::{Objects, object};
use super::record::{self, Record, record};
use crate::watch::{self, EventKind};

/// What became of the properties of a unit that `Systemd.watch_unit_properties` watches.
///
/// Values are typed as in `Systemd.get_unit_properties`; `None` stands for what is not set.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct PropertiesEvent {
    sequence: u64,
    timestamp: u64,
    kind: EventKind,
    unit: Py<PyString>,
    changed: Py<PyDict>,
    values: Py<PyDict>,
    dropped: Option<u64>,
    reason: Option<String>,
}

/// Values by the names of their properties, of which each is of its own type.
struct Properties<'py>(Bound<'py, PyDict>);

impl<'py> IntoPyObject<'py> for Properties<'py> {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = Infallible;

    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr = pyo3::type_hint_subscript!(
        pyo3::type_hint_identifier!("collections.abc", "Mapping"),
        pyo3::type_hint_identifier!("builtins", "str"),
        pyo3::type_hint_identifier!("typing", "Any")
    );

    fn into_pyobject(self, _: Python<'py>) -> Result<Self::Output, Infallible> {
        Ok(self.0)
    }
}

record!(PropertiesEvent, event, {
    sequence: event.sequence,
    timestamp_usec: event.timestamp,
    kind: event.kind.as_str(),
    unit: &event.unit,
    changed: &event.changed,
    values: &event.values,
    dropped: event.dropped,
    reason: &event.reason,
});

impl PropertiesEvent {
    /// The event of a stream, its values as `get_unit_properties` gives them.
    pub(super) fn of(py: Python<'_>, event: watch::PropertiesEvent) -> PyResult<Self> {
        let objects = Objects(py);
        let (values, changed) = (PyDict::new(py), PyDict::new(py));
        for (name, value) in event.values() {
            values.set_item(name, object(&objects, value)?)?;
        }
        for (name, _) in event.changed() {
            changed.set_item(name, values.get_item(name)?)?;
        }
        Ok(Self {
            sequence: event.sequence,
            timestamp: event.timestamp,
            kind: event.kind,
            unit: PyString::new(py, &event.unit).unbind(),
            changed: changed.unbind(),
            values: values.unbind(),
            dropped: event.dropped,
            reason: event.reason,
        })
    }
}

#[pymethods]
impl PropertiesEvent {
    #[new]
    #[pyo3(signature = (
        sequence, timestamp_usec, kind, unit,
        changed: "Mapping[str, Any] | None" = None, values: "Mapping[str, Any] | None" = None,
        dropped=None, reason=None
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of the class, for pickle and for tests of programs"
    )]
    fn new(
        py: Python<'_>,
        sequence: u64,
        timestamp_usec: u64,
        kind: &str,
        unit: Py<PyString>,
        changed: Option<Bound<'_, PyMapping>>,
        values: Option<Bound<'_, PyMapping>>,
        dropped: Option<u64>,
        reason: Option<String>,
    ) -> PyResult<Self> {
        let [changed, values] = [changed, values].map(|properties| {
            let dict = PyDict::new(py);
            if let Some(properties) = properties {
                call_method(&dict, intern!(py, "update"), (properties,))?;
            }
            PyResult::Ok(dict.unbind())
        });
        let (changed, values, kind) = (changed?, values?, record::event_kind(kind)?);
        Ok(Self { sequence, timestamp: timestamp_usec, kind, unit, changed, values, dropped, reason })
    }
    #[classattr]
    fn __match_args__() -> <Self as Record>::Names {
        Self::NAMES
    }
    /// Counts all events of the stream, from 1.
    #[getter]
    fn sequence(&self) -> u64 {
        self.sequence
    }
    /// When it was read, in microseconds since the epoch.
    #[getter]
    fn timestamp_usec(&self) -> u64 {
        self.timestamp
    }
    /// When it was read, as an aware `datetime` in UTC.
    #[getter]
    fn timestamp<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        record::moment(py, self.timestamp)
    }
    /// `snapshot` (how the properties were found), `changed`, `removed` (systemd has unloaded the unit) or `gap`
    /// (events were lost; what follows says how things are now).
    #[getter]
    fn kind(&self) -> &'static str {
        self.kind.as_str()
    }
    /// The unit, by its own name: an alias that was asked for is resolved.
    #[getter]
    fn unit(&self) -> &Py<PyString> {
        &self.unit
    }
    /// The properties that changed, with their new values; in a snapshot all of them.
    #[getter]
    fn changed<'py>(&self, py: Python<'py>) -> Properties<'py> {
        Properties(self.changed.bind(py).clone())
    }
    /// All properties that are watched, as of this event; as last known in `removed` and `gap`.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> Properties<'py> {
        Properties(self.values.bind(py).clone())
    }
    /// How many events were dropped, for `gap`, where that is known.
    #[getter]
    fn dropped(&self) -> Option<u64> {
        self.dropped
    }
    /// Why, for `gap`.
    #[getter]
    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
    /// All fields as a dict that `json.dumps` takes: the time in ISO 8601, bytes in hexadecimal.
    #[pyo3(signature = () -> "dict[str, Any]")]
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        Record::to_dict(self, py)
    }
    #[pyo3(signature = () -> "tuple[type[PropertiesEvent], tuple[Any, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        record::reduce(slf)
    }
    fn __eq__(&self, other: &Bound<'_, Self>) -> PyResult<bool> {
        let py = other.py();
        let values = Record::values(self, py)?;
        call_method(&values, intern!(py, "__eq__"), (Record::values(other.get(), py)?,))?.extract()
    }
    fn __hash__(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(record::hash(&(self.sequence, self.timestamp, self.unit.bind(py).hash()?)))
    }
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let told = if self.kind == EventKind::Gap {
            format!(" {}", self.reason.as_deref().unwrap_or("-"))
        } else {
            let reprlib = py.import(intern!(py, "reprlib"))?;
            let shown = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
                let value = call_method(&reprlib, intern!(py, "repr"), (value,))?;
                Ok(format!(" {name}={value}"))
            };
            self.changed.bind(py).iter().map(shown).collect::<PyResult<String>>()?
        };
        Ok(format!("<PropertiesEvent {} {} {}{told}>", self.sequence, self.kind.as_str(), self.unit))
    }
    /// What a program puts in by hand may lead back here; that is broken up where the mapping is cleared.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.changed)?;
        visit.call(&self.values)
    }
}
