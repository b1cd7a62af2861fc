//! The event loop's driver: sockets and times are registered with a running asyncio loop, flows are polled on
//! its thread, and futures are settled there. No Python call under a lock, and none on a thread of ours: while the loop
//! is blocked the keeper (`crate::bus::keeper`) reads its sockets, and rings.
//!
//! The loop's selector owns the driver (it holds the bound methods that are registered), so that closing the
//! loop closes the connection. In a forked child nothing is taken back from the inherited loop: its epoll
//! instance is shared, and removing a descriptor there would silence the parent.

mod flows;
mod registrations;

use std::collections::HashMap;
use std::os::fd::RawFd;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;

use super::call::call_method;
use super::client::Client;
use super::convert::{self, Seconds};
use super::job::Job;
use super::journal::EntryReader;
use super::request::Request;
use super::response::response;
use super::run::log;
use super::watch::AnyWatch;
use crate::error::{Error, Kind, Result};
use crate::flow::Interest;
use crate::flow::doorbell::Doorbell;
use crate::flow::limit::Limit;
use crate::fork::OfThisProcess;
use crate::request::Response;
use crate::watch::Home;

use flows::{Flow, Flows, Outcome};
use registrations::{Registrations, Timer, Watched};

/// Runs requests on one event loop.
#[pyclass(frozen, weakref, module = "pm2go._core")]
pub(super) struct LoopDriver {
    event_loop: Py<PyAny>,
    home: Arc<Home>,
    state: OfThisProcess<Mutex<State>>,
}

#[derive(Default)]
struct State {
    flows: Flows,
    /// Connections whose sockets the loop watches.
    sources: HashMap<RawFd, Watched>,
    /// The loop watches it as long as it watches a socket.
    bell: Option<Arc<Doorbell>>,
    /// Descriptors of single flows that the loop watches. They stay open until it no longer does.
    descriptors: HashMap<RawFd, Registrations>,
    /// Descriptors that flows have left since the last look.
    left: Vec<RawFd>,
    timer: Option<(Instant, Timer)>,
}

#[pymethods]
impl LoopDriver {
    /// A driver for this loop, with a connection of its own to the client's manager.
    #[new]
    fn new(client: &Bound<'_, Client>, event_loop: Py<PyAny>) -> Self {
        let home = Arc::new(Home::of_loop(client.get().home.client().sibling()));
        Self { event_loop, home, state: OfThisProcess::default() }
    }

    /// The loop.
    #[getter]
    fn event_loop<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.event_loop.bind(py).clone()
    }

    /// Begins with what is asked, when a journal is followed if one is to be, and gives a number and the future of the answer.
    #[pyo3(signature = (request, timeout=None, following=None))]
    fn submit<'py>(
        slf: &Bound<'py, Self>,
        request: &Bound<'py, Request>,
        timeout: Option<Seconds<'py>>,
        following: Option<&Bound<'py, EntryReader>>,
    ) -> PyResult<(u64, Bound<'py, PyAny>)> {
        let this = slf.get();
        this.check_process()?;
        let timeout = convert::timeout_of(&request.get().inner, timeout)?;
        let (home, request) = (Arc::clone(&this.home), request.get().inner.clone());
        let timeout = request.limit(timeout);
        let deadline = home.client().deadline_of(timeout);
        let following = following.map(|entries| Arc::clone(&entries.get().inner));
        let flow = Box::pin(async move {
            if let Some(entries) = following {
                entries.begun(deadline).await?;
            }
            let done = home.perform(&request, timeout).await;
            if request.may_change() {
                home.hub().wait_for_tables(deadline).await;
            }
            done
        });
        Self::begin_flow(slf, flow, deadline)
    }

    /// Asks for a job; gives it, and a number and a future that ends when systemd has taken it on.
    #[pyo3(signature = (request, timeout=None))]
    fn begin<'py>(
        slf: &Bound<'py, Self>,
        request: &Bound<'py, Request>,
        timeout: Option<Seconds<'py>>,
    ) -> PyResult<(Job, u64, Bound<'py, PyAny>)> {
        let this = slf.get();
        this.check_process()?;
        let timeout = convert::timeout(timeout)?;
        let job = Job::new(Arc::clone(this.home.watching()), request, None)?;
        if let Some(work) = job.inner.attach() {
            this.state()?.flows.add(without_answer(work), None, None);
        }
        let begun = Arc::clone(&job.inner);
        let (home, deadline) = (Arc::clone(&this.home), this.home.client().deadline_of(timeout));
        let begun = Box::pin(async move {
            let done = begun.begun(timeout).await;
            home.hub().wait_for_tables(deadline).await;
            done.map(|()| Response::Done)
        });
        let (id, future) = Self::begin_flow(slf, begun, None)?;
        Ok((job, id, future))
    }

    /// A number and the future of what becomes of a job that this driver has begun.
    #[pyo3(signature = (job, timeout=None))]
    fn ended<'py>(
        slf: &Bound<'py, Self>,
        job: &Bound<'py, Job>,
        timeout: Option<Seconds<'py>>,
    ) -> PyResult<(u64, Bound<'py, PyAny>)> {
        slf.get().check_process()?;
        let timeout = convert::timeout(timeout)?;
        let job = Arc::clone(&job.get().inner);
        Self::begin_flow(slf, Box::pin(async move { job.ended(timeout).await.map(Response::Job) }), None)
    }

    /// Reads for a watch from now on, as long as it is open.
    #[expect(clippy::needless_pass_by_value, reason = "an argument from Python")]
    fn attach(slf: &Bound<'_, Self>, watch: AnyWatch<'_>) -> PyResult<()> {
        let this = slf.get();
        this.check_process()?;
        let pump = watch.attach(&this.home)?;
        let Some(pump) = pump else { return Self::advance(slf) };
        this.state()?.flows.add(without_answer(pump), None, None);
        Self::advance(slf)
    }

    /// A number and a future that ends when the watch has something to take, or has ended; of a table, when it is filled,
    /// or has changed since it had this version.
    #[expect(clippy::needless_pass_by_value, reason = "an argument from Python")]
    #[pyo3(signature = (watch, since=None, timeout=None))]
    fn news<'py>(
        slf: &Bound<'py, Self>,
        watch: AnyWatch<'py>,
        since: Option<u64>,
        timeout: Option<Seconds<'py>>,
    ) -> PyResult<(u64, Bound<'py, PyAny>)> {
        slf.get().check_process()?;
        Self::begin_flow(slf, watch.news(since, convert::timeout(timeout)?), None)
    }

    /// Nobody waits for this answer any more: the work on it is dropped.
    fn forget(slf: &Bound<'_, Self>, id: u64) -> PyResult<()> {
        let this = slf.get();
        if this.check_process().is_err() {
            return Ok(());
        }
        let dropped = this.state()?.flows.remove(id);
        if let Some(entry) = dropped {
            this.state()?.leave(id, &entry.descriptors);
        }
        Self::advance(slf)
    }

    /// Goes on with what can go on: a watch may have ended.
    fn proceed(slf: &Bound<'_, Self>) -> PyResult<()> {
        if slf.get().check_process().is_err() {
            return Ok(());
        }
        Self::advance(slf)
    }

    /// Ends everything: pending answers fail, the connection is closed.
    fn close(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        if this.check_process().is_err() {
            return Ok(());
        }
        // A watch that was closed just before ends as such, not as a call that was cut off.
        Self::advance(slf)?;
        let entries = this.state()?.flows.clear();
        let mut futures = Vec::with_capacity(entries.len());
        for (id, entry) in entries {
            this.state()?.leave(id, &entry.descriptors);
            futures.extend(entry.future);
        }
        this.home.client().close();
        let sources = std::mem::take(&mut this.state()?.sources);
        for (descriptor, watched) in sources {
            this.unwatch(py, descriptor, Interest::Read)?;
            if watched.writing {
                this.unwatch(py, descriptor, Interest::Write)?;
            }
        }
        this.drop_timer(py)?;
        for future in futures {
            let closed = Error::new(Kind::ConnectionLost, "the client was closed while a call was pending");
            settle(py, future.bind(py), Err(closed), None)?;
        }
        Self::advance(slf)
    }

    /// How many answers are awaited, sockets and descriptors watched: for tests.
    fn load(&self) -> PyResult<(usize, usize, usize)> {
        let state = self.state()?;
        Ok((state.flows.len(), state.sources.len(), state.descriptors.len()))
    }

    /// The backend in use, where it leads and why it was chosen; `None` before the first call.
    fn chosen(&self) -> Option<(String, Option<String>, String)> {
        let chosen = self.home.client().chosen()?;
        Some((chosen.kind.to_string(), chosen.endpoint.map(|endpoint| endpoint.to_string()), chosen.reason))
    }

    fn on_source(slf: &Bound<'_, Self>, descriptor: RawFd) -> PyResult<()> {
        let this = slf.get();
        if this.check_process().is_err() {
            return Ok(());
        }
        let source = this.state()?.sources.get(&descriptor).map(|watched| Arc::clone(&watched.source));
        if let Some(source) = source {
            source.pump();
        }
        Self::advance(slf)
    }

    #[expect(unused_variables, reason = "as for sockets, the loop gives what it watches")]
    fn on_bell(slf: &Bound<'_, Self>, descriptor: RawFd) -> PyResult<()> {
        let this = slf.get();
        if this.check_process().is_err() {
            return Ok(());
        }
        let bell = this.state()?.bell.clone();
        if let Some(bell) = bell {
            bell.answer();
        }
        Self::advance(slf)
    }

    fn on_descriptor(slf: &Bound<'_, Self>, descriptor: RawFd) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        if this.check_process().is_err() {
            return Ok(());
        }
        let watched = this.state()?.descriptors.remove(&descriptor);
        if let Some(watched) = watched {
            this.unwatch(py, descriptor, watched.interest)?;
            let state = this.state()?;
            watched.waiters.iter().for_each(|id| state.flows.wake(*id));
        }
        Self::advance(slf)
    }

    fn on_timer(slf: &Bound<'_, Self>) -> PyResult<()> {
        let this = slf.get();
        if this.check_process().is_err() {
            return Ok(());
        }
        let timer = this.state()?.timer.take();
        drop(timer);
        this.state()?.flows.wake_due(Instant::now());
        Self::advance(slf)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.event_loop)?;
        if let Some(state) = self.state.get()
            && let Ok(state) = state.try_lock()
        {
            state.flows.traverse(&visit)?;
        }
        Ok(())
    }
}

impl LoopDriver {
    fn state(&self) -> Result<MutexGuard<'_, State>> {
        self.state.lock().ok_or_else(|| {
            Error::new(Kind::ConnectionLost, "this event loop was made by the parent process")
                .with_hint("make a new loop in the forked child, for example with asyncio.run()")
                .with_unsent(true)
        })
    }

    fn check_process(&self) -> Result<()> {
        self.state().map(drop)
    }

    /// Takes in a flow, and gives its number and the future of its answer.
    fn begin_flow<'py>(
        slf: &Bound<'py, Self>,
        flow: Flow,
        deadline: Option<Instant>,
    ) -> PyResult<(u64, Bound<'py, PyAny>)> {
        let (py, this) = (slf.py(), slf.get());
        let future = call_method(this.event_loop.bind(py), intern!(py, "create_future"), ())?;
        let id = this.state()?.flows.add(flow, Some(future.clone().unbind()), deadline);
        Self::advance(slf)?;
        Ok((id, future))
    }

    /// Polls what can go on, until nothing can; then tells the loop what to watch, and settles futures.
    fn advance(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        let mut ended = Vec::new();
        // Another thread may have news for a flow as soon as it was polled.
        if this.state()?.flows.len() > 0 {
            Self::bell(slf)?;
        }
        loop {
            let outcomes = this.state()?.flows.poll_ready();
            if outcomes.is_empty() {
                break;
            }
            for outcome in outcomes {
                match outcome {
                    Outcome::Ended(id, entry, result) => {
                        this.state()?.leave(id, &entry.descriptors);
                        ended.extend(entry.future.map(|future| (future, entry.deadline, result)));
                    }
                    Outcome::Pending { id, sources, descriptors, left } => {
                        for source in sources {
                            Self::watch_source(slf, source)?;
                        }
                        for (descriptor, interest) in descriptors {
                            Self::watch_descriptor(slf, descriptor, interest, id)?;
                        }
                        this.state()?.leave(id, &left);
                    }
                }
            }
        }
        Self::tidy(slf)?;
        if ended.is_empty() {
            return Ok(());
        }
        log(py, &this.home.client().take_notes())?;
        for (future, deadline, result) in ended {
            settle(py, future.bind(py), result, deadline)?;
        }
        Ok(())
    }
}

/// A flow of which only the end counts.
fn without_answer(work: impl Future<Output = ()> + Send + 'static) -> Flow {
    Box::pin(async move {
        work.await;
        Ok(Response::Done)
    })
}

/// Gives a future its result, unless somebody has ended it already.
fn settle(
    py: Python<'_>,
    future: &Bound<'_, PyAny>,
    result: Result<Response>,
    deadline: Option<Instant>,
) -> PyResult<()> {
    if call_method(future, intern!(py, "done"), ())?.is_truthy()? {
        return Ok(());
    }
    let _limit = Limit::new(deadline);
    match result.map_err(PyErr::from).and_then(|found| response(py, found)) {
        Ok(found) => call_method(future, intern!(py, "set_result"), (found,))?,
        Err(error) => call_method(future, intern!(py, "set_exception"), (error.into_value(py),))?,
    };
    Ok(())
}
