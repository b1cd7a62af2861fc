//! The classes under `pm2go.Watch` and `pm2go.PropertyWatch`, and what event loops read for.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use pyo3::prelude::*;

use super::client::Client;
use super::convert::{self, Count, Seconds, Text};
use super::event::UnitEvent;
use super::live::{LiveUnits, in_time};
use super::properties_event::PropertiesEvent;
use super::run::wait;
use crate::error::{Error, Kind, Result};
use crate::flow::joint::Flow;
use crate::flow::with_deadline;
use crate::request::Response;
use crate::settings::Timeout;
use crate::watch::{self, Home, PropertyOptions, WatchOptions};

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
        let options = WatchOptions {
            patterns: all(patterns),
            types: all(types),
            states: all(states),
            capacity: capacity.named("capacity")?,
        };
        Ok(Self { inner: Arc::new(watch::Watch::new(&client.get().home, options)?) })
    }

    /// The next event without waiting; `None` if there is none.
    fn take(&self) -> PyResult<Option<UnitEvent>> {
        Ok(self.inner.take()?.map(UnitEvent::from))
    }

    /// The next event; `None` when the stream is closed. No event in time is an `OperationTimeoutError`.
    #[pyo3(signature = (timeout=None))]
    fn next(&self, py: Python<'_>, timeout: Option<Seconds<'_>>) -> PyResult<Option<UnitEvent>> {
        Ok(next(py, &*self.inner, timeout)?.map(UnitEvent::from))
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
        let names = all(names);
        let capacity = capacity.named("capacity")?;
        let options = PropertyOptions { unit: name.into_unit()?, names, capacity };
        Ok(Self { inner: Arc::new(watch::PropertyWatch::new(&client.get().home, options)?) })
    }

    /// The next event without waiting; `None` if there is none.
    fn take(&self, py: Python<'_>) -> PyResult<Option<PropertiesEvent>> {
        self.inner.take()?.map(|event| PropertiesEvent::of(py, event)).transpose()
    }

    /// The next event; `None` when the stream is closed. No event in time is an `OperationTimeoutError`.
    #[pyo3(signature = (timeout=None))]
    fn next(&self, py: Python<'_>, timeout: Option<Seconds<'_>>) -> PyResult<Option<PropertiesEvent>> {
        next(py, &*self.inner, timeout)?.map(|event| PropertiesEvent::of(py, event)).transpose()
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

/// A watch of either kind, or a table.
#[derive(FromPyObject)]
pub(super) enum AnyWatch<'py> {
    Units(Bound<'py, Watch>),
    Properties(Bound<'py, PropertyWatch>),
    Table(Bound<'py, LiveUnits>),
}

impl AnyWatch<'_> {
    /// Gives away what brings the events in, if nobody runs that yet.
    pub(super) fn attach(&self, home: &Home) -> Result<Option<Flow>> {
        match self {
            Self::Units(watch) => watch.get().inner.attach(home.hub()),
            Self::Properties(watch) => Ok(watch.get().inner.attach(home)),
            Self::Table(table) => table.get().inner.attach(home.hub()),
        }
    }

    /// A flow that ends when there is something to take, or the stream has ended; of a table, when it is filled, or has
    /// changed since it had this version.
    pub(super) fn news(
        &self,
        since: Option<u64>,
        timeout: Option<Timeout>,
    ) -> Pin<Box<dyn Future<Output = Result<Response>> + Send>> {
        match self {
            Self::Units(watch) => {
                let watch = Arc::clone(&watch.get().inner);
                Box::pin(async move { watch.news().await.map(|()| Response::Done) })
            }
            Self::Properties(watch) => {
                let watch = Arc::clone(&watch.get().inner);
                Box::pin(async move { watch.news().await.map(|()| Response::Done) })
            }
            Self::Table(table) => {
                let table = Arc::clone(&table.get().inner);
                Box::pin(async move {
                    match since {
                        Some(since) => in_time(table.changed(since), timeout).await?,
                        None => table.filled().await?,
                    }
                    Ok(Response::Done)
                })
            }
        }
    }
}

/// A stream that a thread reads.
trait Read: Sync {
    type Event;
    fn take(&self) -> Result<Option<Self::Event>>;
    fn is_closed(&self) -> bool;
    fn drive(&self) -> impl Future<Output = Result<()>> + Send;
}

impl Read for watch::Watch {
    type Event = watch::UnitEvent;

    fn take(&self) -> Result<Option<Self::Event>> {
        Self::take(self)
    }

    fn is_closed(&self) -> bool {
        Self::is_closed(self)
    }

    fn drive(&self) -> impl Future<Output = Result<()>> + Send {
        Self::drive(self)
    }
}

impl Read for watch::PropertyWatch {
    type Event = watch::PropertiesEvent;

    fn take(&self) -> Result<Option<Self::Event>> {
        Self::take(self)
    }

    fn is_closed(&self) -> bool {
        Self::is_closed(self)
    }

    fn drive(&self) -> impl Future<Output = Result<()>> + Send {
        Self::drive(self)
    }
}

fn all(texts: Vec<Text>) -> Vec<String> {
    texts.into_iter().map(Text::into_text).collect()
}

/// The next event; `None` when the stream is closed.
fn next<T: Read>(py: Python<'_>, stream: &T, timeout: Option<Seconds<'_>>) -> PyResult<Option<T::Event>> {
    let limit = convert::timeout(timeout)?.and_then(Timeout::limit);
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    loop {
        if let Some(event) = stream.take()? {
            return Ok(Some(event));
        }
        if stream.is_closed() {
            return Ok(None);
        }
        let drive = async {
            with_deadline(deadline, stream.drive()).await.map_err(|error| match error.kind() {
                Kind::Timeout => Error::new(Kind::Timeout, "no event came in time"),
                _ => error,
            })
        };
        wait(py, drive)?;
    }
}
