//! What units log while somebody waits: told to a function of the caller's.

use std::pin::pin;

use pyo3::prelude::*;

use super::call::call;
use super::journal_entry::Entry;
use super::run::wait;
use crate::error::Result;
use crate::flow::{First, first};
use crate::journal::{Ahead, Progress};

/// Entries that come, and who is told of them.
pub(super) struct Telling<'py> {
    pub(super) entries: Ahead,
    pub(super) log: Bound<'py, PyAny>,
}

impl<'py> Telling<'py> {
    /// Runs a flow to its end, as `wait` does. The function is called between two waits: it may do whatever it likes, and what
    /// it raises ends the wait.
    pub(super) fn wait<T: Send>(
        &self,
        py: Python<'py>,
        flow: impl Future<Output = Result<T>> + Send,
    ) -> PyResult<T> {
        let (mut flow, entries) = (pin!(flow), &self.entries);
        while !entries.has_ended() {
            let ended = wait(py, async {
                match first(flow.as_mut(), entries.news(None)).await {
                    First::One(result) => Ok(Some(result)),
                    First::Other(news) => news.map(|()| None),
                }
            })?;
            if let Some(result) = ended {
                self.tell_rest(py)?;
                return Ok(result?);
            }
            self.tell(py)?;
        }
        wait(py, flow)
    }

    /// Tells all that there is now. What could not be read of it takes nothing from what has been done.
    fn tell_rest(&self, py: Python<'py>) -> PyResult<()> {
        let entries = &self.entries;
        for entry in py.detach(|| entries.rest())? {
            call(&self.log, (Entry(entry),))?;
        }
        let Ok(Some(rest)) = py.detach(|| entries.rest_elsewhere()) else { return Ok(()) };
        loop {
            while let Ok(Some(entry)) = rest.take() {
                call(&self.log, (Entry(entry),))?;
            }
            match py.detach(|| rest.read_some()) {
                Ok(Progress::Some) => {}
                Ok(Progress::Nothing) => wait(py, rest.news(None))?,
                Ok(Progress::End) | Err(_) => return Ok(()),
            }
        }
    }

    /// Tells what there is.
    fn tell(&self, py: Python<'py>) -> PyResult<()> {
        let entries = &self.entries;
        loop {
            while let Some(entry) = entries.take()? {
                call(&self.log, (Entry(entry),))?;
            }
            match py.detach(|| entries.read_some())? {
                Progress::Some => {}
                Progress::Nothing | Progress::End => return Ok(()),
            }
        }
    }
}
