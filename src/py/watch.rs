//! The class under `pm2go.Watch`.

use std::sync::Arc;
use std::time::Instant;

use pyo3::prelude::*;

use super::client::Client;
use super::convert;
use super::event::UnitEvent;
use super::run::wait;
use crate::error::{Error, Kind};
use crate::flow::with_deadline;
use crate::watch::{self, WatchOptions};

/// A stream of unit events, not yet begun. It ends when nobody has it any more.
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
        Ok(self.inner.take()?.map(UnitEvent::from))
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

impl Drop for Watch {
    fn drop(&mut self) {
        self.inner.close();
    }
}

/// Says what did not happen in time.
fn late(py: Python<'_>, error: PyErr) -> PyErr {
    let timeout: PyErr = Error::new(Kind::Timeout, "no event came in time").into();
    if error.get_type(py).is(timeout.get_type(py)) { timeout } else { error }
}
