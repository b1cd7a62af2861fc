//! The core's part of `pm2go.journal`: what is asked of the journal, and who reads it.

use std::os::fd::IntoRawFd as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};

use super::convert::{self, Count, Seconds, Text, wrong_type};
use super::journal_entry::{Entry, value_of};
use super::run::wait;
use crate::journal::{Ahead, Asked, Boot, LeftOut, Progress};
use crate::location::Location;
use crate::settings::Timeout;

/// What is asked of the journal, one entry after the other. It may be read by several threads.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct EntryReader {
    pub(super) inner: Arc<Ahead>,
}

#[pymethods]
impl EntryReader {
    #[new]
    #[pyo3(signature = (
        units, *, scope, namespace, folder, files, matches: "list[tuple[str, list[str | bytes]]]", invocation,
        boot: "int | str | None", priority: "int | str | None", grep, since, until, cursor, after_cursor, lines, reverse,
        fields, machine, host, follow,
    ))]
    #[expect(clippy::too_many_arguments, reason = "those of pm2go.journal.read and follow")]
    fn new(
        py: Python<'_>,
        units: Vec<Text>,
        scope: Option<Text>,
        namespace: Option<Text>,
        folder: Option<PathBuf>,
        files: Vec<PathBuf>,
        #[pyo3(from_py_with = all_matches)] matches: Vec<(String, Vec<Vec<u8>>)>,
        invocation: Option<Text>,
        #[pyo3(from_py_with = boot_of)] boot: Option<Boot>,
        #[pyo3(from_py_with = word_of)] priority: Option<String>,
        grep: Option<Text>,
        since: Option<u64>,
        until: Option<u64>,
        cursor: Option<Text>,
        after_cursor: Option<Text>,
        lines: Option<Count<'_>>,
        reverse: bool,
        fields: Vec<Text>,
        machine: Option<Text>,
        host: Option<Text>,
        follow: bool,
    ) -> PyResult<Self> {
        let machine = machine.map(Text::into_text);
        let location = Location::new(host.map(Text::parse).transpose()?, machine.as_deref(), None)?;
        let asked = Asked {
            units: all(units),
            scope: scope.map(Text::parse).transpose()?,
            namespace: namespace.map(Text::into_text),
            folder,
            files,
            matches,
            invocation: invocation.map(Text::into_text),
            boot,
            priority,
            grep: grep.map(Text::into_text),
            since,
            until,
            cursor: cursor.map(Text::into_text),
            after_cursor: after_cursor.map(Text::into_text),
            lines: lines.map(|lines| lines.named("lines")).transpose()?.map(|lines| lines as u64),
            reverse,
            fields: all(fields),
        };
        let begin = || {
            if follow { Ahead::follow(&asked, location) } else { Ahead::begin(&asked, location) }
        };
        let inner = py.detach(begin)?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The next entry that was read ahead; `None` if there is none.
    fn take(&self) -> PyResult<Option<Entry>> {
        Ok(self.inner.take()?.map(Entry))
    }

    /// All that is there, without waiting for the news of it.
    fn rest(&self, py: Python<'_>) -> PyResult<Vec<Entry>> {
        Ok(py.detach(|| self.inner.rest())?.into_iter().map(Entry).collect())
    }

    /// Whether all that is logged from now on is told.
    #[getter]
    fn begun(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(py.detach(|| self.inner.has_begun())?)
    }

    /// What there is on another host, or in a container, behind all that was read; here, the rest is all.
    fn rest_elsewhere(&self, py: Python<'_>) -> PyResult<Option<Self>> {
        let rest = py.detach(|| self.inner.rest_elsewhere())?;
        Ok(rest.map(|rest| Self { inner: Arc::new(rest) }))
    }

    /// The next entry; `None` if there is none left. No entry in time is an `OperationTimeoutError`.
    #[pyo3(signature = (timeout=None))]
    fn next(&self, py: Python<'_>, timeout: Option<Seconds<'_>>) -> PyResult<Option<Entry>> {
        let limit = convert::timeout(timeout)?.and_then(Timeout::limit);
        self.next_within(py, limit)
    }

    /// Whether there is no entry left.
    #[getter]
    fn ended(&self) -> bool {
        self.inner.has_ended()
    }

    /// Reads ahead on a thread of its own. Gives a descriptor, which the caller closes: it can be read when that is done.
    fn read_ahead(&self, py: Python<'_>) -> PyResult<i32> {
        Ok(py.detach(|| Ahead::read_ahead(&self.inner))?.into_raw_fd())
    }

    /// What was not read, and why.
    #[getter]
    fn left_out(&self, py: Python<'_>) -> Vec<(String, String)> {
        let left_out = py.detach(|| self.inner.left_out());
        let told =
            |left: LeftOut| (left.path.to_string_lossy().into_owned(), left.reason.facts().message.clone());
        left_out.into_iter().map(told).collect()
    }

    /// Ends it.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.inner.close());
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Entry> {
        self.next_within(py, None)?.ok_or_else(|| PyStopIteration::new_err(()))
    }
}

impl EntryReader {
    fn next_within(&self, py: Python<'_>, limit: Option<Duration>) -> PyResult<Option<Entry>> {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        loop {
            if let Some(entry) = self.inner.take()? {
                return Ok(Some(Entry(entry)));
            }
            match py.detach(|| self.inner.read_some())? {
                Progress::Some => {
                    py.check_signals()?;
                    self.inner.check_time(deadline)?;
                }
                Progress::Nothing => wait(py, self.inner.news(deadline))?,
                Progress::End if self.inner.has_ended() => return Ok(None),
                Progress::End => {}
            }
        }
    }
}

fn all(texts: Vec<Text>) -> Vec<String> {
    texts.into_iter().map(Text::into_text).collect()
}

/// Names of fields with the values that they may have.
fn all_matches(given: &Bound<'_, PyAny>) -> PyResult<Vec<(String, Vec<Vec<u8>>)>> {
    let each: Vec<(Text, Vec<Bound<'_, PyAny>>)> = given.extract()?;
    each.into_iter()
        .map(|(name, values)| Ok((name.0, values.iter().map(value_of).collect::<PyResult<_>>()?)))
        .collect()
}

fn boot_of(given: &Bound<'_, PyAny>) -> PyResult<Option<Boot>> {
    if given.is_none() {
        return Ok(None);
    }
    if given.is_instance_of::<PyString>() {
        return Ok(Some(Boot::Id(given.extract::<Text>()?.into_text())));
    }
    match given.extract() {
        Ok(number) if !given.is_instance_of::<PyBool>() => Ok(Some(Boot::Number(number))),
        _ => Err(wrong_type("boot", given, "give a number, such as 0 or -1, or the boot's id")),
    }
}

/// A number or a word.
fn word_of(given: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if given.is_none() {
        return Ok(None);
    }
    if given.is_instance_of::<PyString>() {
        return Ok(Some(given.extract::<Text>()?.into_text()));
    }
    let number = given.extract::<i64>();
    number
        .map(|number| Some(number.to_string()))
        .map_err(|_| wrong_type("priority", given, "give 0 to 7, or a word such as \"warning\""))
}
