//! The class under `pm2go.Systemd`.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;

use super::after_fork;
use super::convert::{self, Seconds, Text};
use super::job::Job;
use super::request::Request;
use super::run::{log, run, wait};
use crate::client::{self, Options};
use crate::flow::closing::Closing;
use crate::location::Location;
use crate::settings::{Arguments, Settings};
use crate::watch::Home;

/// A client of one manager.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Client {
    pub(super) home: Arc<Home>,
    /// Ends the waits of other threads.
    pub(super) closing: Arc<Closing>,
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (*, scope=None, backend=None, address=None, timeout=None, monitoring=None, runtime_dir=None, interactive=false, user=None, machine=None, host=None, root=None))]
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the class in Python")]
    fn new(
        scope: Option<Text>,
        backend: Option<Text>,
        address: Option<Text>,
        timeout: Option<Seconds<'_>>,
        monitoring: Option<bool>,
        runtime_dir: Option<PathBuf>,
        interactive: bool,
        user: Option<Text>,
        machine: Option<Text>,
        host: Option<Text>,
        root: Option<PathBuf>,
    ) -> PyResult<Self> {
        let (machine, user) = (machine.map(|machine| machine.0), user.map(|user| user.0));
        let host = host.map(Text::parse).transpose()?;
        let arguments = Arguments {
            backend: backend.map(Text::parse).transpose()?,
            timeout: convert::timeout(timeout)?,
            monitoring,
        };
        let options = Options {
            scope: scope.map(Text::parse).transpose()?,
            settings: Settings::resolve(&arguments, |name| std::env::var_os(name))?,
            address: address.map(|address| address.0),
            runtime_folder: runtime_dir,
            interactive,
            location: Location::new(host, machine.as_deref(), user.as_deref())?.with_root(root)?,
        };
        after_fork::prepare();
        let inner = client::Client::new(&options)?;
        Ok(Self { home: Arc::new(Home::of_threads(inner)), closing: Arc::default() })
    }

    /// `system` or `user`.
    #[getter]
    fn scope(&self) -> &'static str {
        self.home.client().scope().as_str()
    }

    /// The backend in use, `dbus` or `command`; `None` before the first call.
    #[getter]
    fn backend(&self) -> Option<String> {
        self.chosen().map(|chosen| chosen.kind.to_string())
    }

    /// Where the D-Bus connection leads.
    #[getter]
    fn endpoint(&self) -> Option<String> {
        self.chosen()?.endpoint.map(|endpoint| endpoint.to_string())
    }

    /// Why this backend was chosen.
    #[getter]
    fn reason(&self) -> Option<String> {
        self.chosen().map(|chosen| chosen.reason)
    }

    /// The settings and where they came from.
    #[getter]
    fn settings(&self) -> String {
        self.home.client().settings().to_string()
    }

    /// Whether watching is allowed.
    #[getter]
    fn monitoring(&self) -> bool {
        self.home.client().settings().monitoring.value
    }

    /// How long a call may take, in seconds; `None` for as long as it takes.
    #[getter]
    fn timeout(&self) -> Option<f64> {
        self.home.client().settings().timeout.value.limit().map(|limit| limit.as_secs_f64())
    }

    /// Does what is asked, on the calling thread.
    #[pyo3(signature = (request, timeout=None))]
    fn run<'py>(
        &self,
        py: Python<'py>,
        request: &Bound<'py, Request>,
        timeout: Option<Seconds<'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let request = &request.get().inner;
        run(py, &self.home, &self.closing, request, convert::timeout_of(request, timeout)?)
    }

    /// Asks for a job on the calling thread; it returns when systemd has taken it on.
    #[pyo3(signature = (request, timeout=None))]
    fn begin(
        &self,
        py: Python<'_>,
        request: &Bound<'_, Request>,
        timeout: Option<Seconds<'_>>,
    ) -> PyResult<Job> {
        let timeout = convert::timeout(timeout)?;
        let job = Job::new(Arc::clone(self.home.watching()), request, Some(Arc::clone(&self.closing)))?;
        let _changing = self.home.changing();
        let begun = wait(py, self.closing.until(job.inner.drive_until_begun(timeout)));
        log(py, &self.home.watching().take_notes())?;
        begun.map(|()| job)
    }

    /// Ends what other threads wait for, and closes the connection.
    fn close(&self) {
        self.closing.close();
        self.home.client().close();
        self.home.watching().close();
    }
}

impl Client {
    fn chosen(&self) -> Option<client::Chosen> {
        self.home.client().chosen().or_else(|| self.home.watching().chosen())
    }
}
