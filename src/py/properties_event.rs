//! Events of a unit's properties as Python's objects.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use super::call::call;
use super::convert::{Objects, object};
use crate::value::Value;
use crate::watch::PropertiesEvent;

/// The event as a `pm2go.PropertiesEvent`, its values as `get_unit_properties` gives them.
pub(super) fn properties_event<'py>(py: Python<'py>, event: &PropertiesEvent) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = CLASS.get_or_try_init(py, || {
        py.import("pm2go.properties")?.getattr("PropertiesEvent").map(Bound::unbind)
    })?;
    let fields = (
        event.sequence,
        event.timestamp,
        event.kind.as_str(),
        &*event.unit,
        dict(py, event.changed())?,
        dict(py, event.values())?,
        event.dropped,
        event.reason.as_deref(),
    );
    call(class.bind(py), fields)
}

fn dict<'a, 'py>(
    py: Python<'py>,
    properties: impl Iterator<Item = (&'a str, &'a Value)>,
) -> PyResult<Bound<'py, PyDict>> {
    let objects = Objects(py);
    let dict = PyDict::new(py);
    for (name, value) in properties {
        dict.set_item(name, object(&objects, value)?)?;
    }
    Ok(dict)
}
