//! Unit events as Python's objects: immutable, comparable, hashable, picklable.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDateTime, PyDict, PyModule, PyTuple};

use super::call::call_method;
use crate::error::Error;
use crate::watch::{self, EventKind};

/// What a stream knows of a unit.
#[pyclass(frozen, eq, module = "pm2go._core")]
#[derive(Clone, PartialEq)]
pub(super) struct UnitState(watch::UnitState);

#[pymethods]
impl UnitState {
    #[new]
    #[pyo3(signature = (load_state, active_state, sub_state, main_pid=None, result=None, exec_main_code=None, exec_main_status=None, n_restarts=None, invocation_id=None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of the class, for pickle and for tests of programs"
    )]
    fn new(
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
        Self(watch::UnitState {
            load_state,
            active_state,
            sub_state,
            main_pid,
            result,
            exec_main_code,
            exec_main_status,
            n_restarts,
            invocation_id,
        })
    }
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
    #[pyo3(signature = () -> "dict[str, Any]")]
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        state_dict(py, &self.0)
    }
    #[pyo3(signature = () -> "tuple[type[UnitState], tuple[Any, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let state = &slf.get().0;
        let fields = (
            &state.load_state,
            &state.active_state,
            &state.sub_state,
            state.main_pid,
            &state.result,
            state.exec_main_code,
            state.exec_main_status,
            state.n_restarts,
            &state.invocation_id,
        );
        Ok((slf.get_type().into_any(), fields.into_pyobject(slf.py())?))
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

impl From<watch::UnitEvent> for UnitEvent {
    fn from(event: watch::UnitEvent) -> Self {
        Self(event)
    }
}

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
        let kinds = EventKind::ALL.map(EventKind::as_str).join(", ");
        let kind = EventKind::from_name(kind).ok_or_else(|| {
            Error::config(format!("there is no kind of event {kind:?}"))
                .with_hint(format!("the kinds are {kinds}"))
        })?;
        let (old, new) = [old, new].map(|state| state.map(|state| state.get().0.clone())).into();
        let timestamp = timestamp_usec;
        Ok(Self(watch::UnitEvent {
            sequence,
            timestamp,
            kind,
            unit,
            old,
            new,
            job_id,
            job_result,
            dropped,
            reason,
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
        moment(py, self.0.timestamp)
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
    /// All fields as a dict that `json.dumps` takes, with the time in ISO 8601.
    #[pyo3(signature = () -> "dict[str, Any]")]
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let event = &self.0;
        let dict = PyDict::new(py);
        dict.set_item("sequence", event.sequence)?;
        dict.set_item(
            "timestamp",
            call_method(moment(py, event.timestamp)?.as_any(), intern!(py, "isoformat"), ())?,
        )?;
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
    #[pyo3(signature = () -> "tuple[type[UnitEvent], tuple[Any, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let event = &slf.get().0;
        let fields = (
            event.sequence,
            event.timestamp,
            event.kind.as_str(),
            &event.unit,
            event.old.clone().map(UnitState),
            event.new.clone().map(UnitState),
            event.job_id,
            &event.job_result,
            event.dropped,
            &event.reason,
        );
        Ok((slf.get_type().into_any(), fields.into_pyobject(slf.py())?))
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

/// The time that is so many microseconds after the epoch.
fn moment(py: Python<'_>, microseconds: u64) -> PyResult<Bound<'_, PyDateTime>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = MODULE.get_or_try_init(py, || py.import("pm2go.models").map(Bound::unbind))?;
    Ok(call_method(module.bind(py), intern!(py, "moment"), (microseconds,))?
        .cast_into()
        .map_err(|_| Error::config("the event's time is beyond the year 9999"))?)
}
