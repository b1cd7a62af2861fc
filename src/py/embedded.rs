//! The class under `pm2go.EmbeddedSystemd`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;

use super::convert::Seconds;
use crate::embedded::{self, EmbeddedOptions};

/// A private systemd, running from its construction on.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Embedded {
    inner: Mutex<embedded::Embedded>,
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
        Ok(Self { inner: Mutex::new(inner) })
    }

    /// Its `XDG_RUNTIME_DIR`.
    #[getter]
    fn runtime_dir(&self) -> PathBuf {
        self.inner().runtime_dir().to_owned()
    }

    /// Where unit files belong.
    #[getter]
    fn unit_dir(&self) -> PathBuf {
        self.inner().unit_dir()
    }

    /// The socket on which it speaks D-Bus.
    #[getter]
    fn private_socket(&self) -> PathBuf {
        self.inner().private_socket()
    }

    /// The variables with which `systemctl --user` and other programs find it.
    #[getter]
    fn environment(&self) -> BTreeMap<String, String> {
        self.inner().environment().into_iter().collect()
    }

    /// Whether it runs.
    #[getter]
    fn running(&self) -> bool {
        self.inner().is_running()
    }

    /// The end of what its units and itself have written.
    fn read_log(&self) -> PyResult<String> {
        Ok(self.inner().read_log()?)
    }

    /// Stops all its units and itself.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        Ok(py.detach(|| self.inner().stop())?)
    }
}

impl Embedded {
    fn inner(&self) -> MutexGuard<'_, embedded::Embedded> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
