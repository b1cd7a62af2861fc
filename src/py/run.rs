//! The blocking driver's Python end: no GIL while it waits, signal handlers run, notes go to `logging`. Greenlets wait in
//! their own way (`green`).

use std::cell::{Cell, RefCell};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::call::call_method;
use super::green;
use super::loaded::loaded;
use super::response::response;
use crate::client::{Level, Note};
use crate::error::{Error, Kind, Result};
use crate::flow::block::{Interrupt, block};
use crate::flow::closing::Closing;
use crate::flow::limit::Limit;
use crate::fork;
use crate::request::{Request, Response};
use crate::settings::Timeout;
use crate::watch::Home;

/// Does what is asked on the calling thread, and writes to the log what happened on the way.
pub(super) fn run<'py>(
    py: Python<'py>,
    home: &Home,
    closing: &Closing,
    request: &Request,
    timeout: Option<Timeout>,
) -> PyResult<Bound<'py, PyAny>> {
    run_by(py, home, request, timeout, |timeout| wait(py, closing.until(home.perform(request, timeout))))
}

/// The same, by this wait, which is given how long it may take.
pub(super) fn run_by<'py>(
    py: Python<'py>,
    home: &Home,
    request: &Request,
    timeout: Option<Timeout>,
    wait: impl FnOnce(Option<Timeout>) -> PyResult<Response>,
) -> PyResult<Bound<'py, PyAny>> {
    let client = home.client();
    let timeout = request.limit(timeout);
    let deadline = client.deadline_of(timeout);
    let result = wait(timeout);
    if result.is_err() {
        py.detach(|| client.remove_left());
    }
    log(py, &client.take_notes())?;
    let _limit = Limit::new(deadline);
    response(py, result?)
}

/// Runs a flow to its end on the calling thread, without the GIL; or on the calling greenlet.
pub(super) fn wait<T: Send>(py: Python<'_>, flow: impl Future<Output = Result<T>> + Send) -> PyResult<T> {
    if let Some(select) = green::select(py)? {
        return green::wait(py, &select, flow);
    }
    let result = py.detach(|| {
        let raised = RefCell::new(None);
        let check = || check_signals(&raised);
        let interrupt: Option<Interrupt<'_>> = if is_main_thread() { Some(&check) } else { None };
        let result = block(flow, interrupt).and_then(|result| result);
        result.map_err(|error| raised.into_inner().map_or(Failure::Error(error), Failure::Raised))
    });
    result.map_err(|failure| match failure {
        Failure::Error(error) => error.into(),
        Failure::Raised(raised) => raised,
    })
}

/// Why an operation did not succeed.
enum Failure {
    /// It failed.
    Error(Error),
    /// A signal handler raised an exception meanwhile.
    Raised(PyErr),
}

/// Lets Python run its signal handlers; an exception that one raises ends the wait.
fn check_signals(raised: &RefCell<Option<PyErr>>) -> Result<()> {
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method alone is not general enough")]
    let checked = Python::try_attach(|py| py.check_signals());
    match checked {
        Some(Ok(())) => Ok(()),
        Some(Err(exception)) => {
            *raised.borrow_mut() = Some(exception);
            Err(Error::new(Kind::Interrupted, "a signal handler ended the wait"))
        }
        // The interpreter is going away: this thread must neither enter it nor return to it.
        None => loop {
            std::thread::park();
        },
    }
}

thread_local! {
    /// Whether this is the main thread, with the fork generation in which that was found out.
    static MAIN: Cell<(u64, bool)> = const { Cell::new((0, false)) };
}

/// Only the main thread runs Python's signal handlers. In a forked child that is the thread that forked.
fn is_main_thread() -> bool {
    let generation = fork::generation();
    let (known, is_main) = MAIN.get();
    if known == generation {
        return is_main;
    }
    let is_main = rustix::thread::gettid() == rustix::process::getpid();
    MAIN.set((generation, is_main));
    is_main
}

/// Writes notes to the logger `pm2go`.
pub(super) fn log(py: Python<'_>, notes: &[Note]) -> PyResult<()> {
    static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if notes.is_empty() {
        return Ok(());
    }
    if loaded(py, intern!(py, "logging"))?.is_none() {
        // Nobody can have asked for them, and to load it would cost as much as some calls.
        return Ok(());
    }
    let logger = LOGGER.get_or_try_init(py, || {
        let logging = py.import("logging")?;
        call_method(&logging, intern!(py, "getLogger"), ("pm2go",)).map(Bound::unbind)
    })?;
    for note in notes {
        let method = match note.level {
            Level::Debug => intern!(py, "debug"),
            Level::Info => intern!(py, "info"),
        };
        call_method(logger.bind(py), method, ("%s", note.text.as_str()))?;
    }
    Ok(())
}
