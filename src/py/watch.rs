//! The class under `pm2go.Watch`, and the events that it gives.

use std::sync::Arc;
use std::time::Instant;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::client::Client;
use super::convert;
use super::run::wait;
use crate::error::{Error, Kind};
use crate::flow::with_deadline;
use crate::watch::{self, WatchOptions};

/// A stream of unit events, not yet begun.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Watch {
    pub(super) inner: Arc<watch::Watch>,
}

#[pymethods]
impl Watch {
    #[new]
    #[pyo3(signature = (client, patterns, types, states, capacity))]
    fn new(
        client: &Bound<'_, Client>,
        patterns: Vec<String>,
        types: Vec<String>,
        states: Vec<String>,
        capacity: usize,
    ) -> PyResult<Self> {
        let client = Arc::new(client.get().inner.sibling());
        let options = WatchOptions { patterns, types, states, capacity };
        Ok(Self { inner: Arc::new(watch::Watch::new(client, options)?) })
    }

    /// The next event without waiting; `None` if there is none.
    fn take(&self) -> PyResult<Option<UnitEvent>> {
        Ok(self.inner.take()?.map(UnitEvent))
    }

    /// The next event; `None` when the stream is closed. No event in time is an `OperationTimeoutError`.
    #[pyo3(signature = (timeout=None))]
    fn next(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Option<UnitEvent>> {
        let limit = convert::timeout(timeout)?.and_then(crate::settings::Timeout::limit);
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        loop {
            if let Some(event) = self.take()? {
                return Ok(Some(event));
            }
            if self.inner.is_closed() {
                return Ok(None);
            }
            let drive = async {
                self.inner.drive().await;
                Ok(())
            };
            wait(py, with_deadline(deadline, drive)).map_err(|error| late(py, error))?;
        }
    }

    /// Ends the stream; whoever waits for it stops.
    fn close(&self) {
        self.inner.close();
    }

    /// Whether the stream was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.inner.is_closed()
    }
}

/// Says what did not happen in time.
fn late(py: Python<'_>, error: PyErr) -> PyErr {
    let timeout: PyErr = Error::new(Kind::Timeout, "no event came in time").into();
    if error.get_type(py).is(timeout.get_type(py)) { timeout } else { error }
}

/// What a stream knows of a unit.
#[pyclass(frozen, eq, module = "pm2go._core")]
#[derive(PartialEq)]
pub(super) struct UnitState(watch::UnitState);

#[pymethods]
impl UnitState {
    /// `LoadState`.
    #[getter]
    fn load_state(&self) -> &str {
        &self.0.load_state
    }
    /// `ActiveState`.
    #[getter]
    fn active_state(&self) -> &str {
        &self.0.active_state
    }
    /// `SubState`.
    #[getter]
    fn sub_state(&self) -> &str {
        &self.0.sub_state
    }
    /// The service's main process.
    #[getter]
    fn main_pid(&self) -> Option<u32> {
        self.0.main_pid
    }
    /// The unit's `Result`.
    #[getter]
    fn result(&self) -> Option<&str> {
        self.0.result.as_deref()
    }
    /// How the last main process ended: 1 exited, 2 killed, 3 dumped core.
    #[getter]
    fn exec_main_code(&self) -> Option<i32> {
        self.0.exec_main_code
    }
    /// Its exit code or signal.
    #[getter]
    fn exec_main_status(&self) -> Option<i32> {
        self.0.exec_main_status
    }
    /// Automatic restarts since the last start by hand.
    #[getter]
    fn n_restarts(&self) -> Option<u32> {
        self.0.n_restarts
    }
    /// The identity of this run, in hexadecimal.
    #[getter]
    fn invocation_id(&self) -> Option<&str> {
        self.0.invocation_id.as_deref()
    }
    /// All fields as a dict.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        state_dict(py, &self.0)
    }
    fn __repr__(&self) -> String {
        format!("<UnitState {}/{}>", self.0.active_state, self.0.sub_state)
    }
    fn __hash__(&self) -> u64 {
        hash(&(&self.0.active_state, &self.0.sub_state, self.0.main_pid))
    }
}

/// Something that happened to a unit.
#[pyclass(frozen, eq, module = "pm2go._core")]
#[derive(PartialEq)]
pub(super) struct UnitEvent(watch::UnitEvent);

#[pymethods]
impl UnitEvent {
    /// Counts all events of the stream, from 1.
    #[getter]
    fn sequence(&self) -> u64 {
        self.0.sequence
    }
    /// When it was read, in microseconds since the epoch.
    #[getter]
    fn timestamp_usec(&self) -> u64 {
        self.0.timestamp
    }
    /// What it tells: `snapshot`, `changed`, `added`, `removed`, `job-new`, `job-removed`, `reloading`,
    /// `reloaded` or `gap`.
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind.as_str()
    }
    /// The unit; `None` for what is about the manager or the stream.
    #[getter]
    fn unit(&self) -> Option<&str> {
        self.0.unit.as_deref()
    }
    /// The unit's state before.
    #[getter(old)]
    fn old_state(&self) -> Option<UnitState> {
        self.0.old.clone().map(UnitState)
    }
    /// The unit's state now.
    #[getter(new)]
    fn new_state(&self) -> Option<UnitState> {
        self.0.new.clone().map(UnitState)
    }
    /// The unit's `ActiveState` now.
    #[getter]
    fn active_state(&self) -> Option<&str> {
        self.0.new.as_ref().map(|state| state.active_state.as_str())
    }
    /// The unit's `SubState` now.
    #[getter]
    fn sub_state(&self) -> Option<&str> {
        self.0.new.as_ref().map(|state| state.sub_state.as_str())
    }
    /// The unit's main process now.
    #[getter]
    fn main_pid(&self) -> Option<u32> {
        self.0.new.as_ref().and_then(|state| state.main_pid)
    }
    /// The number of the job, for `job-new` and `job-removed`.
    #[getter]
    fn job_id(&self) -> Option<u32> {
        self.0.job_id
    }
    /// The job's result, for `job-removed`.
    #[getter]
    fn job_result(&self) -> Option<&str> {
        self.0.job_result.as_deref()
    }
    /// How many events were dropped, for `gap`, where that is known.
    #[getter]
    fn dropped(&self) -> Option<u64> {
        self.0.dropped
    }
    /// Why, for `gap`.
    #[getter]
    fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }
    /// All fields as a dict of plain values.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let event = &self.0;
        let dict = PyDict::new(py);
        dict.set_item("sequence", event.sequence)?;
        dict.set_item("timestamp_usec", event.timestamp)?;
        dict.set_item("kind", event.kind.as_str())?;
        dict.set_item("unit", &event.unit)?;
        dict.set_item("old", event.old.as_ref().map(|state| state_dict(py, state)).transpose()?)?;
        dict.set_item("new", event.new.as_ref().map(|state| state_dict(py, state)).transpose()?)?;
        dict.set_item("job_id", event.job_id)?;
        dict.set_item("job_result", &event.job_result)?;
        dict.set_item("dropped", event.dropped)?;
        dict.set_item("reason", &event.reason)?;
        Ok(dict)
    }
    fn __repr__(&self) -> String {
        let event = &self.0;
        let unit = event.unit.as_deref().unwrap_or("-");
        let states = [&event.old, &event.new].map(|state| {
            state
                .as_ref()
                .map_or_else(|| "-".to_owned(), |state| format!("{}/{}", state.active_state, state.sub_state))
        });
        format!(
            "<UnitEvent {} {} {unit} {} -> {}>",
            event.sequence,
            event.kind.as_str(),
            states[0],
            states[1]
        )
    }
    fn __hash__(&self) -> u64 {
        hash(&(self.0.sequence, self.0.timestamp, &self.0.unit))
    }
}

fn hash(value: &impl std::hash::Hash) -> u64 {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

fn state_dict<'py>(py: Python<'py>, state: &watch::UnitState) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("load_state", &state.load_state)?;
    dict.set_item("active_state", &state.active_state)?;
    dict.set_item("sub_state", &state.sub_state)?;
    dict.set_item("main_pid", state.main_pid)?;
    dict.set_item("result", &state.result)?;
    dict.set_item("exec_main_code", state.exec_main_code)?;
    dict.set_item("exec_main_status", state.exec_main_status)?;
    dict.set_item("n_restarts", state.n_restarts)?;
    dict.set_item("invocation_id", &state.invocation_id)?;
    Ok(dict)
}
