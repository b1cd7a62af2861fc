//! The class under `pm2go.LiveUnits` and `pm2go.AsyncLiveUnits`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::client::Client;
use super::convert::{self, Seconds, Text};
use super::event::UnitState;
use super::run::wait;
use crate::error::{Error, Kind, Result};
use crate::flow::with_deadline;
use crate::settings::Timeout;
use crate::watch::{self, TableFilter, TableOptions};

/// A live table of units, not yet filled. It ends when nobody has it any more.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct LiveUnits {
    pub(super) inner: Arc<watch::LiveUnits>,
    /// All units as they were at that revision. The dict is never changed.
    picture: Mutex<Option<(u64, Py<PyDict>)>>,
}

#[pymethods]
impl LiveUnits {
    #[new]
    #[pyo3(signature = (client, patterns, types, states, *, awaited))]
    fn new(
        client: &Bound<'_, Client>,
        patterns: Vec<Text>,
        types: Vec<Text>,
        states: Vec<Text>,
        awaited: bool,
    ) -> PyResult<Self> {
        let (patterns, types, states) = (all(patterns), all(types), all(states));
        let options = TableOptions { patterns, types, states, is_awaited: awaited };
        let inner = Arc::new(watch::LiveUnits::new(&client.get().home, options)?);
        Ok(Self { inner, picture: Mutex::default() })
    }

    /// Fills it, on the calling thread.
    fn fill(&self, py: Python<'_>) -> PyResult<()> {
        wait(py, self.inner.drive_until_filled())
    }

    /// How a unit is; `None` if it is not in the table.
    fn get<'py>(&self, name: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = name.py();
        self.freshen(py)?;
        let Ok(text) = name.cast::<PyString>() else { return Ok(None) };
        if let Some(units) = self.known(py, self.inner.revision()?)
            && let Some(found) = units.get_item(text)?
        {
            return Ok(Some(found));
        }
        let Ok(text) = text.to_cow() else { return Ok(None) };
        let found = self.inner.get(&text)?;
        found.map(|state| Ok(Bound::new(py, UnitState::new_from(py, state))?.into_any())).transpose()
    }

    /// All units by their names, in their order, as they are at this moment. The dict is not to be changed.
    #[pyo3(signature = () -> "dict[str, UnitState]")]
    fn units<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.freshen(py)?;
        if let Some(units) = self.known(py, self.inner.revision()?) {
            return Ok(units);
        }
        let (revision, units) = self.inner.picture()?;
        let units = dict(py, units)?;
        *self.picture.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((revision, units.clone().unbind()));
        Ok(units)
    }

    /// Those in one of these states and of one of these types.
    #[pyo3(signature = (states, types) -> "dict[str, UnitState]")]
    fn select<'py>(
        &self,
        py: Python<'py>,
        states: Vec<Text>,
        types: Vec<Text>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let filter = TableFilter::new(all(states), all(types))?;
        let found = PyDict::new(py);
        for (unit, state) in self.units(py)? {
            let name = unit.cast::<PyString>()?.to_cow()?;
            if filter.takes(&name, state.cast::<UnitState>()?.get().state()) {
                found.set_item(unit, state)?;
            }
        }
        Ok(found)
    }

    /// The numbers of the jobs in progress, by their units.
    #[pyo3(signature = () -> "dict[str, int]")]
    fn jobs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.freshen(py)?;
        let jobs = PyDict::new(py);
        for (unit, id) in self.inner.jobs()? {
            jobs.set_item(&*unit, id)?;
        }
        Ok(jobs)
    }

    /// Waits until it has changed since it had this version.
    #[pyo3(signature = (since, timeout=None))]
    fn wait(&self, py: Python<'_>, since: u64, timeout: Option<Seconds<'_>>) -> PyResult<()> {
        let timeout = convert::timeout(timeout)?;
        wait(py, in_time(self.inner.drive_until_changed(since), timeout))
    }

    /// How often it has changed.
    #[getter]
    fn version(&self) -> PyResult<u64> {
        Ok(self.inner.version()?)
    }

    /// Whether all that systemd has told is in it.
    #[getter]
    fn current(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(py.detach(|| self.inner.is_current())?)
    }

    /// How long that is, in seconds; `None` for as long as it takes.
    #[staticmethod]
    #[pyo3(signature = (timeout=None))]
    fn limit(timeout: Option<Seconds<'_>>) -> PyResult<Option<f64>> {
        let limit = convert::timeout(timeout)?.and_then(Timeout::limit);
        Ok(limit.map(|limit| limit.as_secs_f64()))
    }

    /// Ends it; whoever waits for it stops.
    fn close(&self) {
        self.inner.close();
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.inner.is_closed()
    }
}

impl LiveUnits {
    /// Has all in it that has come and that this client has changed; that takes no time where nothing has.
    fn freshen(&self, py: Python<'_>) -> PyResult<()> {
        if self.inner.is_fresh()? { Ok(()) } else { wait(py, self.inner.freshen()) }
    }

    /// All units, if they were asked for since something changed.
    fn known<'py>(&self, py: Python<'py>, revision: u64) -> Option<Bound<'py, PyDict>> {
        let known = self.picture.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(of, _)| *of == revision).map(|(_, units)| units.bind(py).clone())
    }
}

impl Drop for LiveUnits {
    fn drop(&mut self) {
        self.inner.close();
    }
}

/// Waits for a change of the table, but no longer than that.
pub(super) async fn in_time(
    changed: impl Future<Output = Result<()>> + Send,
    timeout: Option<Timeout>,
) -> Result<()> {
    let limit = timeout.and_then(Timeout::limit);
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    with_deadline(deadline, changed).await.map_err(|error| match error.kind() {
        Kind::Timeout => Error::new(Kind::Timeout, "nothing changed in time"),
        _ => error,
    })
}

fn all(texts: Vec<Text>) -> Vec<String> {
    texts.into_iter().map(Text::into_text).collect()
}

fn dict(py: Python<'_>, units: Vec<(Arc<str>, Arc<watch::UnitState>)>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    for (unit, state) in units {
        dict.set_item(&*unit, UnitState::new_from(py, state).into_pyobject(py)?)?;
    }
    Ok(dict)
}
