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
                for entry in py.detach(|| entries.rest())? {
                    call(&self.log, (Entry(entry),))?;
                }
                return Ok(result?);
            }
            self.tell(py)?;
        }
        wait(py, flow)
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
