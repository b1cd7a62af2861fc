//! The class under `pm2go.Run` and `pm2go.AsyncRun`.

use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::convert::{Count, Text, bytes};
use super::request::{Request, request};
use super::run_command::fields;
use crate::error::Error;
use crate::operation::{OfRun, RunWork, Running};
use crate::request;
use crate::unit::{check_signal, parse_signal};

/// A command that was started. An unnamed one ends when nobody has it any more.
#[pyclass(frozen, weakref, module = "pm2go._core")]
pub(super) struct Run {
    pub(super) inner: Arc<Running>,
}

impl Run {
    fn ask(&self, work: RunWork) -> Request {
        request(request::Request::OfRun(OfRun { running: Arc::clone(&self.inner), work }))
    }
}

/// The place of a stream that a command writes to.
fn place(stream: &str) -> PyResult<usize> {
    match stream {
        "stdout" => Ok(0),
        "stderr" => Ok(1),
        _ => Err(Error::config(format!("{stream} is no output")).into()),
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // While somebody still asks for something of it, it lives.
        if Arc::strong_count(&self.inner) == 1 && self.inner.is_alive() {
            Python::try_attach(|py| py.detach(|| self.inner.end_now()));
        }
    }
}

/// The number of a signal that was given by it or by its name.
fn signal_of(signal: &Bound<'_, PyAny>) -> PyResult<i32> {
    Ok(match signal.extract::<i64>() {
        Ok(number) => check_signal("signal", number)?,
        Err(_) => parse_signal("signal", &signal.extract::<Text>()?.into_text())?,
    })
}

#[pymethods]
impl Run {
    /// Its service.
    #[getter]
    fn unit(&self) -> &str {
        self.inner.unit().as_str()
    }

    /// Its process.
    #[getter]
    fn pid(&self) -> Option<u32> {
        self.inner.pid()
    }

    /// Whether there is something of it that ends with this.
    #[getter]
    fn alive(&self) -> bool {
        self.inner.is_alive()
    }

    /// How it ended and what it used, by the names of a result; `None` as far as nobody has waited for that.
    #[pyo3(signature = () -> "dict[str, Any] | None")]
    fn ended<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.inner.ended().map(|ended| fields(py, &ended)).transpose()
    }

    /// Wait for its end.
    fn wait(&self) -> Request {
        self.ask(RunWork::Wait)
    }

    /// Tell whether it has ended.
    fn look(&self) -> Request {
        self.ask(RunWork::Look)
    }

    /// Write what is left to be written, close its input, read all that it writes, and wait for its end.
    fn exchange(&self) -> Request {
        self.ask(RunWork::Exchange)
    }

    /// Send a signal, by its number or name, to its main process or to all of its processes.
    #[pyo3(signature = (signal: "int | str", everybody: "bool"))]
    fn send_signal(&self, signal: &Bound<'_, PyAny>, everybody: bool) -> PyResult<Request> {
        let whom = if everybody { "all" } else { "main" };
        Ok(self.ask(RunWork::Signal(whom, signal_of(signal)?)))
    }

    /// Wait until an output has something to take, or ends.
    fn more(&self, stream: &str) -> PyResult<Request> {
        Ok(self.ask(RunWork::More(place(stream)?)))
    }

    /// Write some of these bytes to its input, and tell how many.
    fn write(&self, data: &Bound<'_, PyBytes>) -> Request {
        self.ask(RunWork::Write(data.as_bytes().to_vec()))
    }

    /// Write all that waits to be written to its input, and tell whether somebody reads it.
    fn drain(&self) -> Request {
        self.ask(RunWork::Drain)
    }

    /// Kill and remove what is left of it.
    fn end(&self) -> Request {
        self.ask(RunWork::End)
    }

    /// Remove a named one that has ended, and what it has written.
    fn discard(&self) -> Request {
        self.ask(RunWork::Discard)
    }

    /// The end on the calling thread, for whoever cannot wait otherwise.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.inner.end_now());
    }

    /// Whether something waits to be written to its input.
    #[getter]
    fn has_to_write(&self) -> bool {
        self.inner.has_to_write()
    }

    /// Its exit code, or the number of the signal that ended it below zero.
    #[getter]
    fn returncode(&self) -> Option<i64> {
        self.inner.returncode()
    }

    /// Gives its terminal another size.
    fn resize(&self, rows: Count<'_>, columns: Count<'_>) -> PyResult<()> {
        Ok(self.inner.resize(rows.named("rows")?, columns.named("columns")?)?)
    }

    /// Has this written next to its input.
    fn put(&self, data: &Bound<'_, PyBytes>) {
        self.inner.put(data.as_bytes());
    }

    /// Takes what was read from an output, or so many bytes of it.
    #[pyo3(signature = (stream, most=None))]
    fn take<'py>(&self, py: Python<'py>, stream: &str, most: Option<usize>) -> PyResult<Bound<'py, PyBytes>> {
        bytes(py, &self.inner.take(place(stream)?, most.unwrap_or(usize::MAX)))
    }

    /// Closes its input, or reads no more of an output.
    fn close_stream(&self, stream: &str) -> PyResult<()> {
        if stream == "stdin" {
            self.inner.close_input();
        } else {
            self.inner.close_output(place(stream)?);
        }
        Ok(())
    }

    /// The number of the descriptor of our end of a stream; `None` where there is none.
    fn fileno(&self, stream: &str) -> PyResult<Option<i32>> {
        let at = if stream == "stdin" { 0 } else { 1 + place(stream)? };
        Ok(self.inner.descriptors()[at].as_ref().map(|descriptor| descriptor.as_fd().as_raw_fd()))
    }

    fn __repr__(&self) -> String {
        format!("<Run {}>", self.inner.unit())
    }
}
