//! The class under `pm2go.EmbeddedSystemd`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;

use super::convert::Seconds;
use crate::embedded::{self, EmbeddedOptions, Log};

/// A private systemd, running from its construction on.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Embedded {
    /// Whoever stops it holds the lock for seconds: nobody may wait for it with the interpreter in hand.
    inner: Mutex<embedded::Embedded>,
    stopping: AtomicBool,
    log: Arc<Log>,
    runtime_dir: PathBuf,
    unit_dir: PathBuf,
    private_socket: PathBuf,
    journal_dir: PathBuf,
    environment: BTreeMap<String, String>,
}

#[pymethods]
impl Embedded {
    #[new]
    #[pyo3(signature = (timeout))]
    fn new(py: Python<'_>, timeout: Seconds<'_>) -> PyResult<Self> {
        // A boot that may take as long as it takes would never be told as failed.
        let timeout = timeout.limit("timeout")?;
        let options = EmbeddedOptions { timeout, ..EmbeddedOptions::default() };
        let inner = py.detach(|| embedded::Embedded::start(&options))?;
        Ok(Self {
            log: inner.log(),
            runtime_dir: inner.runtime_dir().to_owned(),
            unit_dir: inner.unit_dir(),
            private_socket: inner.private_socket(),
            journal_dir: inner.journal_dir(),
            environment: inner.environment().into_iter().collect(),
            inner: Mutex::new(inner),
            stopping: AtomicBool::new(false),
        })
    }

    /// Its `XDG_RUNTIME_DIR`.
    #[getter]
    fn runtime_dir(&self) -> &Path {
        &self.runtime_dir
    }

    /// Where unit files belong.
    #[getter]
    fn unit_dir(&self) -> &Path {
        &self.unit_dir
    }

    /// The socket on which it speaks D-Bus.
    #[getter]
    fn private_socket(&self) -> &Path {
        &self.private_socket
    }

    /// The folder of its journal.
    #[getter]
    fn journal_dir(&self) -> &Path {
        &self.journal_dir
    }

    /// The variables with which `systemctl --user` and other programs find it.
    #[getter]
    fn environment(&self) -> BTreeMap<String, String> {
        self.environment.clone()
    }

    /// Whether it runs; not any more, as soon as somebody stops it.
    #[getter]
    fn running(&self, py: Python<'_>) -> bool {
        !self.stopping.load(Ordering::Acquire) && py.detach(|| self.inner().is_running())
    }

    /// The end of what its units and itself have said.
    fn read_log(&self, py: Python<'_>) -> PyResult<String> {
        Ok(py.detach(|| self.log.read())?)
    }

    /// Stops all its units and itself.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        self.stopping.store(true, Ordering::Release);
        Ok(py.detach(|| self.inner().stop())?)
    }
}

impl Embedded {
    fn inner(&self) -> MutexGuard<'_, embedded::Embedded> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
