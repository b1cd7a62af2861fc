//! The core's part of what `pm2go.journal` tells of the journal as a whole, and has done with it.

use std::os::fd::IntoRawFd as _;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};

use super::convert::{self, Count, Seconds, Text, wrong_type};
use super::journal_entry::value_in;
use super::run::wait;
use crate::journal::{Answer, Answering, Asked, Question, Room};
use crate::settings::Timeout;

/// What is asked of the journal as a whole. It is asked once.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct JournalQuestion {
    question: Question,
    answering: OnceLock<Arc<Answering>>,
}

impl From<Question> for JournalQuestion {
    fn from(question: Question) -> Self {
        Self { question, answering: OnceLock::new() }
    }
}

#[pymethods]
impl JournalQuestion {
    /// Which boots are known: ids, and the times of their first and last entries in microseconds.
    #[staticmethod]
    fn boots(folder: Option<PathBuf>, namespace: Option<Text>) -> Self {
        Question::Boots(asked(folder, namespace)).into()
    }

    /// The names of all fields.
    #[staticmethod]
    fn fields(folder: Option<PathBuf>, namespace: Option<Text>) -> Self {
        Question::FieldNames(asked(folder, namespace)).into()
    }

    /// All values of a field.
    #[staticmethod]
    fn field_values(name: Text, folder: Option<PathBuf>, namespace: Option<Text>) -> Self {
        Question::FieldValues(asked(folder, namespace), name.into_text()).into()
    }

    /// How many bytes of the disk the files have.
    #[staticmethod]
    fn usage(folder: Option<PathBuf>, namespace: Option<Text>) -> Self {
        Question::Usage(asked(folder, namespace)).into()
    }

    /// Removes old files. Gives those, and how many bytes of the disk they had.
    #[staticmethod]
    #[pyo3(signature = (size: "int | str | None", time, files, folder, namespace))]
    fn vacuum(
        #[pyo3(from_py_with = size_of)] size: Option<u64>,
        time: Option<Seconds<'_>>,
        files: Option<Count<'_>>,
        folder: Option<PathBuf>,
        namespace: Option<Text>,
    ) -> PyResult<Self> {
        let room = Room {
            size,
            age: time.map(|time| time.span("time")).transpose()?,
            files: files.map(|files| files.named("files")).transpose()?.map(|files| files as u64),
        };
        Ok(Question::Vacuum(asked(folder, namespace), room).into())
    }

    /// Has journald do something: `rotate`, `sync` or `flush`.
    #[staticmethod]
    fn daemon(task: Text, namespace: Option<Text>, timeout: Option<Seconds<'_>>) -> PyResult<Self> {
        let limit = convert::timeout(timeout)?.and_then(Timeout::limit);
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let namespace = namespace.map(Text::into_text);
        Ok(Question::Daemon { task: task.parse()?, namespace, deadline }.into())
    }

    /// The answer. It blocks, without the GIL.
    fn answer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        answer_in(py, wait(py, self.question.answer())?)
    }

    /// Looks for the answer on a thread of its own. Gives a descriptor, which the caller closes: it can be read when there
    /// is one.
    fn begin(&self, py: Python<'_>) -> PyResult<i32> {
        let answering = py.detach(|| Answering::begin(self.question.clone()))?;
        let descriptor = answering.descriptor()?;
        self.answering.get_or_init(|| answering);
        Ok(descriptor.into_raw_fd())
    }

    /// What was found on that thread.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let answer = match self.answering.get() {
            Some(answering) => answering.take()?,
            None => return self.answer(py),
        };
        answer_in(py, answer)
    }
}

fn answer_in(py: Python<'_>, answer: Answer) -> PyResult<Bound<'_, PyAny>> {
    match answer {
        Answer::Boots(boots) => {
            let boots: Vec<_> = boots.into_iter().map(|boot| (boot.id, boot.first, boot.last)).collect();
            boots.into_bound_py_any(py)
        }
        Answer::Names(names) => names.into_bound_py_any(py),
        Answer::Values(values) => {
            let values: Vec<_> = values.iter().map(|value| value_in(py, value)).collect::<PyResult<_>>()?;
            values.into_bound_py_any(py)
        }
        Answer::Size(size) => size.into_bound_py_any(py),
        Answer::Vacuumed(done) => {
            let removed = done.removed.iter().map(|path| path.to_string_lossy().into_owned());
            (removed.collect::<Vec<_>>(), done.freed).into_bound_py_any(py)
        }
        Answer::Done => Ok(py.None().into_bound(py)),
    }
}

fn asked(folder: Option<PathBuf>, namespace: Option<Text>) -> Asked {
    Asked { folder, namespace: namespace.map(Text::into_text), ..Asked::default() }
}

/// A number of bytes, or a text such as `"512M"`.
fn size_of(given: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
    let wrong = || wrong_type("size", given, "give a number of bytes, or a text such as \"512M\"");
    if given.is_none() {
        return Ok(None);
    }
    if given.is_instance_of::<PyString>() {
        return Ok(Some(crate::journal::parse_size(&given.extract::<Text>()?.into_text())?));
    }
    match given.extract() {
        Ok(size) if !given.is_instance_of::<PyBool>() => Ok(Some(size)),
        _ => Err(wrong()),
    }
}
