//! The class under `pm2go.Job` and `pm2go.AsyncJob`.

use std::sync::Arc;

use pyo3::prelude::*;

use super::convert::{self, Seconds};
use super::request::Request;
use super::response::response;
use super::run::{log, wait};
use crate::client::{Asked, Client, VerbCall};
use crate::error::Error;
use crate::flow::closing::Closing;
use crate::operation;
use crate::request::{self, Call, Response};
use crate::unit::AffectedJob;
use crate::value::Value;
use crate::verb::CANCEL_JOB;

/// A job that nobody waits for, or not yet. When nobody has it any more, only the wait for it ends.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Job {
    pub(super) inner: Arc<operation::Job>,
    /// Ends the waits of threads; on an event loop the driver does.
    closing: Option<Arc<Closing>>,
}

impl Job {
    /// The job that this request asks for; nothing happens until it is driven.
    pub(super) fn new(
        client: Arc<Client>,
        request: &Bound<'_, Request>,
        closing: Option<Arc<Closing>>,
    ) -> PyResult<Self> {
        match &request.get().inner {
            request::Request::RunJob(asked) => {
                Ok(Self { inner: Arc::new(operation::Job::new(client, asked.clone())), closing })
            }
            other => Err(Error::config(format!("the {} is no job", other.what())).into()),
        }
    }
}

#[pymethods]
impl Job {
    /// The job's number; `None` where `systemctl` is too old to tell.
    #[getter]
    fn id(&self) -> Option<u32> {
        self.inner.id()
    }

    /// The other jobs that were queued with it: number, unit and type of each; `None` where nobody told.
    #[getter]
    fn affected(&self) -> Option<Vec<(u32, String, String)>> {
        let told = |job: &AffectedJob| (job.id, job.unit.clone(), job.job_type.clone());
        self.inner.affected().map(|jobs| jobs.iter().map(told).collect())
    }

    /// What was asked for, in systemd's word.
    #[getter]
    fn operation(&self) -> &'static str {
        self.inner.verb().as_str()
    }

    /// The unit.
    #[getter]
    fn unit(&self) -> &str {
        self.inner.unit().as_str()
    }

    /// Whether it is known how it ended.
    #[getter]
    fn ended(&self) -> bool {
        self.inner.has_ended()
    }

    /// What cancels it; `None` where its number is not known.
    fn cancellation(&self) -> Option<Request> {
        let id = self.inner.cancel_is_next()?;
        let call = VerbCall { verb: &CANCEL_JOB, arguments: vec![Value::Unsigned(id.into())] };
        Some(Request { inner: request::Request::Call(Call::Verb(call)) })
    }

    /// Whether it has ended, as far as can be read without waiting.
    fn glance(&self, py: Python<'_>) -> PyResult<bool> {
        wait(py, self.inner.glance())
    }

    /// Waits for its end on the calling thread, and gives its unit, its operation and its result.
    #[pyo3(signature = (timeout=None))]
    fn wait<'py>(&self, py: Python<'py>, timeout: Option<Seconds<'py>>) -> PyResult<Bound<'py, PyAny>> {
        let timeout = convert::timeout(timeout)?;
        let ended = self.inner.drive_until_ended(timeout);
        let ended = match &self.closing {
            Some(closing) => wait(py, closing.until(ended)),
            None => wait(py, ended),
        };
        log(py, &self.inner.take_notes())?;
        response(py, Response::Job(ended?))
    }
}
