//! The classes under `pm2go.Watch` and `pm2go.PropertyWatch`.

use std::sync::Arc;
use std::time::Instant;

use pyo3::prelude::*;

use super::client::Client;
use super::convert::{self, Count, Seconds, Text};
use super::event::UnitEvent;
use super::properties_event::PropertiesEvent;
use super::run::wait;
use crate::error::{Error, Kind};
use crate::flow::joint::Flow;
use crate::flow::with_deadline;
use crate::watch::{self, PropertyOptions, Stream, Table, WatchOptions};

/// A stream of unit events, not yet begun. It ends when nobody has it any more.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Watch {
    inner: Arc<watch::Watch>,
}

#[pymethods]
impl Watch {
    #[new]
    #[pyo3(signature = (client, patterns, types, states, capacity))]
    fn new(
        client: &Bound<'_, Client>,
        patterns: Vec<Text>,
        types: Vec<Text>,
        states: Vec<Text>,
        capacity: Count<'_>,
    ) -> PyResult<Self> {
        let client = Arc::new(client.get().inner.sibling());
        let options = WatchOptions {
            patterns: all(patterns),
            types: all(types),
            states: all(states),
            capacity: capacity.named("capacity")?,
        };
        Ok(Self { inner: Arc::new(watch::Watch::new(client, options)?) })
    }

    /// The next event without waiting; `None` if there is none.
    fn take(&self) -> PyResult<Option<UnitEvent>> {
        Ok(self.inner.take()?.map(UnitEvent::from))
    }

    /// The next event; `None` when the stream is closed. No event in time is an `OperationTimeoutError`.
    #[pyo3(signature = (timeout=None))]
    fn next(&self, py: Python<'_>, timeout: Option<Seconds<'_>>) -> PyResult<Option<UnitEvent>> {
        Ok(next(py, &self.inner, timeout)?.map(UnitEvent::from))
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

/// A stream of what becomes of a unit's properties, not yet begun. It ends when nobody has it any more.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct PropertyWatch {
    inner: Arc<watch::PropertyWatch>,
}

#[pymethods]
impl PropertyWatch {
    #[new]
    #[pyo3(signature = (client, name, names, capacity))]
    fn new(client: &Bound<'_, Client>, name: Text, names: Vec<Text>, capacity: Count<'_>) -> PyResult<Self> {
        let client = Arc::new(client.get().inner.sibling());
        let names = all(names);
        let capacity = capacity.named("capacity")?;
        let options = PropertyOptions { unit: name.into_unit()?, names, capacity };
        Ok(Self { inner: Arc::new(watch::PropertyWatch::new(client, options)?) })
    }

    /// The next event without waiting; `None` if there is none.
    fn take(&self, py: Python<'_>) -> PyResult<Option<PropertiesEvent>> {
        self.inner.take()?.map(|event| PropertiesEvent::of(py, event)).transpose()
    }

    /// The next event; `None` when the stream is closed. No event in time is an `OperationTimeoutError`.
    #[pyo3(signature = (timeout=None))]
    fn next(&self, py: Python<'_>, timeout: Option<Seconds<'_>>) -> PyResult<Option<PropertiesEvent>> {
        next(py, &self.inner, timeout)?.map(|event| PropertiesEvent::of(py, event)).transpose()
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

impl Drop for PropertyWatch {
    fn drop(&mut self) {
        self.inner.close();
    }
}

/// A watch of either kind.
#[derive(FromPyObject)]
pub(super) enum AnyWatch<'py> {
    Units(Bound<'py, Watch>),
    Properties(Bound<'py, PropertyWatch>),
}

impl AnyWatch<'_> {
    /// Gives away the stream's pump, once.
    pub(super) fn attach(&self) -> Option<Flow> {
        match self {
            Self::Units(watch) => watch.get().inner.attach(),
            Self::Properties(watch) => watch.get().inner.attach(),
        }
    }

    /// A flow that ends when there is something to take, or the stream has ended.
    pub(super) fn news(&self) -> Flow {
        match self {
            Self::Units(watch) => news(&watch.get().inner),
            Self::Properties(watch) => news(&watch.get().inner),
        }
    }
}

fn all(texts: Vec<Text>) -> Vec<String> {
    texts.into_iter().map(Text::into_text).collect()
}

fn news<T: Table>(stream: &Arc<Stream<T>>) -> Flow {
    let stream = Arc::clone(stream);
    Box::pin(async move { stream.news().await })
}

/// The next event; `None` when the stream is closed.
fn next<T: Table>(
    py: Python<'_>,
    stream: &Stream<T>,
    timeout: Option<Seconds<'_>>,
) -> PyResult<Option<T::Event>> {
    let limit = convert::timeout(timeout)?.and_then(crate::settings::Timeout::limit);
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    loop {
        if let Some(event) = stream.take()? {
            return Ok(Some(event));
        }
        if stream.is_closed() {
            return Ok(None);
        }
        let drive = async {
            stream.drive().await;
            Ok(())
        };
        wait(py, with_deadline(deadline, drive)).map_err(|error| late(py, error))?;
    }
}

/// Says what did not happen in time.
fn late(py: Python<'_>, error: PyErr) -> PyErr {
    let timeout: PyErr = Error::new(Kind::Timeout, "no event came in time").into();
    if error.get_type(py).is(timeout.get_type(py)) { timeout } else { error }
}
