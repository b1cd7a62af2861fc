//! What units of a client's manager have logged, and log while it is asked for something.

use std::sync::Arc;

use pyo3::prelude::*;

use super::client::Client;
use super::convert::{self, Count, Seconds, Text};
use super::journal::EntryReader;
use super::request::Request;
use super::run::run_by;
use super::telling::Telling;
use crate::journal::Ahead;
use crate::unit::UnitPattern;

/// Which entries about units are wanted.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct UnitLog {
    lines: Option<u64>,
    since: Option<u64>,
    follow: bool,
}

#[pymethods]
impl UnitLog {
    #[new]
    #[pyo3(signature = (lines, since, follow))]
    fn new(lines: Option<Count<'_>>, since: Option<u64>, follow: bool) -> PyResult<Self> {
        let lines = lines.map(|lines| lines.named("lines")).transpose()?.map(|lines| lines as u64);
        Ok(Self { lines, since, follow })
    }

    /// Those about these units of a client's manager.
    fn read(&self, py: Python<'_>, client: &Bound<'_, Client>, units: Vec<Text>) -> PyResult<EntryReader> {
        Ok(EntryReader { inner: Arc::new(self.entries(py, client, units)?) })
    }

    /// Does what is asked over a client, on the calling thread. A function is told what they log meanwhile.
    fn run<'py>(
        &self,
        py: Python<'py>,
        client: &Bound<'py, Client>,
        units: Vec<Text>,
        request: &Bound<'py, Request>,
        timeout: Option<Seconds<'py>>,
        log: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let request = &request.get().inner;
        let timeout = convert::timeout_of(request, timeout)?;
        let telling = Telling { entries: self.entries(py, client, units)?, log };
        let Client { home, closing, .. } = client.get();
        run_by(py, home, request, timeout, |timeout| {
            let deadline = home.client().deadline_of(timeout);
            telling.wait(
                py,
                closing.until(async {
                    telling.entries.begun(deadline).await?;
                    home.perform(request, timeout).await
                }),
            )
        })
    }
}

impl UnitLog {
    fn entries(&self, py: Python<'_>, client: &Bound<'_, Client>, units: Vec<Text>) -> PyResult<Ahead> {
        let units: Vec<String> = units.into_iter().map(Text::into_text).collect();
        let units = UnitPattern::parse_all(&units)?;
        let home = &client.get().home;
        Ok(py.detach(|| home.client().entries(&units, self.lines, self.since, self.follow))?)
    }
}
