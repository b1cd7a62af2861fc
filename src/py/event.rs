//! Unit events as Python's objects: immutable, comparable, hashable, picklable.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyString, PyTuple, PyType};

use super::record::{self, Record, record};
use crate::watch;

/// What a stream knows of a unit.
#[pyclass(frozen, eq, module = "pm2go._core")]
pub(super) struct UnitState {
    state: Arc<watch::UnitState>,
    /// `ActiveState`.
    // A member, which Python reads without a call: who has a table reads thousands of them.
    #[pyo3(get)]
    active_state: Py<PyString>,
}

impl PartialEq for UnitState {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state
    }
}

/// An active state. A new systemd's new one is a word like any other.
fn word<'py>(py: Python<'py>, state: &str) -> Bound<'py, PyString> {
    let known = match state {
        "active" => intern!(py, "active"),
        "activating" => intern!(py, "activating"),
        "deactivating" => intern!(py, "deactivating"),
        "failed" => intern!(py, "failed"),
        "inactive" => intern!(py, "inactive"),
        other => return PyString::new(py, other),
    };
    known.clone()
}

impl UnitState {
    pub(super) fn new_from(py: Python<'_>, state: Arc<watch::UnitState>) -> Self {
        let active_state = word(py, &state.active_state).unbind();
        Self { state, active_state }
    }

    /// What it tells.
    pub(super) fn state(&self) -> &watch::UnitState {
        &self.state
    }
}

record!(UnitState, state, {
    load_state: &state.state.load_state,
    active_state: &state.state.active_state,
    sub_state: &state.state.sub_state,
    main_pid: state.state.main_pid,
    result: &state.state.result,
    exec_main_code: state.state.exec_main_code,
    exec_main_status: state.state.exec_main_status,
    n_restarts: state.state.n_restarts,
    invocation_id: &state.state.invocation_id,
});

#[pymethods]
impl UnitState {
    #[new]
    #[pyo3(signature = (load_state, active_state, sub_state, main_pid=None, result=None, exec_main_code=None, exec_main_status=None, n_restarts=None, invocation_id=None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of the class, for pickle and for tests of programs"
    )]
    fn new(
        py: Python<'_>,
        load_state: String,
        active_state: String,
        sub_state: String,
        main_pid: Option<u32>,
        result: Option<String>,
        exec_main_code: Option<i32>,
        exec_main_status: Option<i32>,
        n_restarts: Option<u32>,
        invocation_id: Option<String>,
    ) -> Self {
        let state = watch::UnitState {
            load_state,
            active_state,
            sub_state,
            main_pid,
            result,
            exec_main_code,
            exec_main_status,
            n_restarts,
            invocation_id,
        };
        Self::new_from(py, Arc::new(state))
    }
    /// `LoadState`.
    #[getter]
    fn load_state(&self) -> &str {
        &self.state.load_state
    }
    /// `SubState`.
    #[getter]
    fn sub_state(&self) -> &str {
        &self.state.sub_state
    }
    /// The service's main process.
    #[getter]
    fn main_pid(&self) -> Option<u32> {
        self.state.main_pid
    }
    /// The unit's `Result`.
    #[getter]
    fn result(&self) -> Option<&str> {
        self.state.result.as_deref()
    }
    /// How the last main process ended: 1 exited, 2 killed, 3 dumped core.
    #[getter]
    fn exec_main_code(&self) -> Option<i32> {
        self.state.exec_main_code
    }
    /// Its exit code or signal.
    #[getter]
    fn exec_main_status(&self) -> Option<i32> {
        self.state.exec_main_status
    }
    /// Automatic restarts since the last start by hand.
    #[getter]
    fn n_restarts(&self) -> Option<u32> {
        self.state.n_restarts
    }
    /// The identity of this run, in hexadecimal.
    #[getter]
    fn invocation_id(&self) -> Option<&str> {
        self.state.invocation_id.as_deref()
    }
    /// All fields as a dict.
    #[pyo3(signature = () -> "dict[str, Any]")]
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        Record::to_dict(self, py)
    }
    #[pyo3(signature = () -> "tuple[type[UnitState], tuple[Any, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        record::reduce(slf)
    }
    fn __repr__(&self) -> String {
        format!("<UnitState {}/{}>", self.state.active_state, self.state.sub_state)
    }
    fn __hash__(&self) -> u64 {
        record::hash(&(&self.state.active_state, &self.state.sub_state, self.state.main_pid))
    }
}

/// Something that happened to a unit.
#[pyclass(frozen, eq, module = "pm2go._core")]
#[derive(PartialEq)]
pub(super) struct UnitEvent(watch::UnitEvent);

impl From<watch::UnitEvent> for UnitEvent {
    fn from(event: watch::UnitEvent) -> Self {
        Self(event)
    }
}

record!(UnitEvent, event, py, {
    sequence: event.0.sequence,
    timestamp_usec: event.0.timestamp,
    kind: event.0.kind.as_str(),
    unit: event.0.unit.as_deref(),
    old: event.old_state(py),
    new: event.new_state(py),
    job_id: event.0.job_id,
    job_result: event.0.job_result.as_deref(),
    dropped: event.0.dropped,
    reason: event.0.reason.as_deref(),
});

#[pymethods]
impl UnitEvent {
    #[new]
    #[pyo3(signature = (sequence, timestamp_usec, kind, unit=None, old=None, new=None, job_id=None, job_result=None, dropped=None, reason=None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of the class, for pickle and for tests of programs"
    )]
    fn new(
        sequence: u64,
        timestamp_usec: u64,
        kind: &str,
        unit: Option<String>,
        old: Option<Bound<'_, UnitState>>,
        new: Option<Bound<'_, UnitState>>,
        job_id: Option<u32>,
        job_result: Option<String>,
        dropped: Option<u64>,
        reason: Option<String>,
    ) -> PyResult<Self> {
        let kind = record::event_kind(kind)?;
        let (old, new) = [old, new].map(|state| state.map(|state| Arc::clone(&state.get().state))).into();
        let timestamp = timestamp_usec;
        Ok(Self(watch::UnitEvent {
            sequence,
            timestamp,
            kind,
            unit: unit.map(Arc::from),
            old,
            new,
            job_id,
            job_result: job_result.map(Arc::from),
            dropped,
            reason: reason.map(Arc::from),
        }))
    }
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
    /// When it was read, as an aware `datetime` in UTC.
    #[getter]
    fn timestamp<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        record::moment(py, self.0.timestamp)
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
    fn old_state(&self, py: Python<'_>) -> Option<UnitState> {
        self.0.old.clone().map(|state| UnitState::new_from(py, state))
    }
    /// The unit's state now.
    #[getter(new)]
    fn new_state(&self, py: Python<'_>) -> Option<UnitState> {
        self.0.new.clone().map(|state| UnitState::new_from(py, state))
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
    /// All fields as a dict that `json.dumps` takes, with the time in ISO 8601.
    #[pyo3(signature = () -> "dict[str, Any]")]
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        Record::to_dict(self, py)
    }
    #[pyo3(signature = () -> "tuple[type[UnitEvent], tuple[Any, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        record::reduce(slf)
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
        record::hash(&(self.0.sequence, self.0.timestamp, &self.0.unit))
    }
}
