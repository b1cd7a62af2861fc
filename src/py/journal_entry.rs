//! The class `pm2go.journal.Entry`.

use std::convert::Infallible;

use pyo3::exceptions::PyKeyError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
#[cfg(feature = "stubs")]
use pyo3::type_hint_union;
use pyo3::types::{PyBytes, PyDateTime, PyDelta, PyDict, PyList, PyString, PyTuple, PyType};

use super::call::{call, call_method};
use super::convert::{Objects, Text, bytes};
use super::field_names::{find, name_of};
use super::record::{hash, moment};
use crate::bus::decode::Build as _;
use crate::journal::{self, Cursor};

/// One entry of the journal. It can be compared and pickled, and is looked into when something of it is asked for.
#[pyclass(frozen, eq, module = "pm2go._core")]
#[derive(PartialEq)]
pub(super) struct Entry(pub(super) journal::Entry);

#[pymethods]
impl Entry {
    #[new]
    #[pyo3(signature = (cursor, fields: "list[tuple[str, str | bytes]]"))]
    fn new(cursor: Text, fields: Vec<(Text, Bound<'_, PyAny>)>) -> PyResult<Self> {
        let cursor = Cursor::parse(&cursor.into_text())?;
        let fields = fields.into_iter().map(|(name, value)| Ok((name.0, value_of(&value)?)));
        Ok(Self(journal::Entry::new(&cursor, fields.collect::<PyResult<Vec<_>>>()?)?))
    }

    /// When journald received it.
    #[getter]
    fn timestamp<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        moment(py, self.0.realtime())
    }

    /// The same in microseconds since the epoch.
    #[getter]
    fn timestamp_usec(&self) -> u64 {
        self.0.realtime()
    }

    /// How long after the machine booted journald received it.
    #[getter]
    fn monotonic<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDelta>> {
        const DAY: u64 = 86_400_000_000;
        let time = self.0.monotonic();
        let (days, rest) = (i32::try_from(time / DAY).unwrap_or(i32::MAX), time % DAY);
        let seconds = i32::try_from(rest / 1_000_000).unwrap_or_default();
        PyDelta::new(
            py,
            days.min(999_999_999),
            seconds,
            i32::try_from(rest % 1_000_000).unwrap_or_default(),
            false,
        )
    }

    /// The boot in which it was written.
    #[getter]
    fn boot_id(&self) -> String {
        self.0.boot_id()
    }

    /// Its number, which rises from each entry to the next.
    #[getter]
    fn seqnum(&self) -> u64 {
        self.0.seqnum()
    }

    /// Where it is in the journal, for the arguments `cursor` and `after_cursor`.
    #[getter]
    fn cursor(&self) -> String {
        self.0.cursor().to_string()
    }

    /// What was said (`MESSAGE`); what is not UTF-8 in it is replaced.
    #[getter]
    fn message(&self) -> Option<String> {
        self.0.message().map(|message| String::from_utf8_lossy(message).into_owned())
    }

    /// How urgent it is.
    #[getter]
    fn priority<'py>(&self, py: Python<'py>) -> PyResult<Option<Priority<'py>>> {
        static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let Some(priority) = self.0.priority() else { return Ok(None) };
        let class = || Ok::<_, PyErr>(py.import("pm2go.journal")?.getattr("Priority")?.unbind());
        let class = CLASS.get_or_try_init(py, class)?;
        call(class.bind(py), (priority,)).map(|found| Some(Priority(found)))
    }

    /// The unit of the system's manager that it is about, as `journalctl --unit` means it.
    #[getter]
    fn unit(&self) -> Option<&str> {
        self.0.unit()
    }

    /// The unit of a user's manager that it is about.
    #[getter]
    fn user_unit(&self) -> Option<&str> {
        self.0.user_unit()
    }

    /// The process that sent it.
    #[getter]
    fn pid(&self) -> Option<u32> {
        self.0.pid()
    }

    /// The name that the program has given itself.
    #[getter]
    fn identifier(&self) -> Option<&str> {
        self.0.identifier()
    }

    /// All fields in the journal's order, a name as often as it is there.
    #[getter]
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Vec<(Bound<'py, PyString>, FieldValue<'py>)>> {
        self.0.fields().map(|(name, value)| Ok((name_of(py, name), value_in(py, value)?))).collect()
    }

    /// The first value of a field, or something else if there is none.
    #[pyo3(signature = (name, default=None) -> "Any")]
    fn get<'py>(
        &self,
        name: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = find(name, |name| self.0.get(name));
        found.map_or(Ok(default), |value| Ok(Some(value_in(name.py(), value)?.0)))
    }

    /// All values of a field.
    fn get_all<'py>(&self, name: &Bound<'py, PyAny>) -> PyResult<Vec<FieldValue<'py>>> {
        let wanted = find(name, |name| Some(name.to_owned())).unwrap_or_default();
        let found = self.0.fields().filter(|(name, _)| *name == wanted);
        found.map(|(_, value)| value_in(name.py(), value)).collect()
    }

    /// The names of its fields, each once.
    #[pyo3(signature = () -> "list[str]")]
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let names = PyDict::new(py);
        for (name, _) in self.0.fields() {
            names.set_item(name_of(py, name), py.None())?;
        }
        Ok(names.keys())
    }

    /// All as a dict that `json.dumps` takes: the fields by their names, repeated ones as lists, bytes in hexadecimal.
    #[pyo3(signature = () -> "dict[str, Any]")]
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item(
            "timestamp",
            call_method(&self.timestamp(py)?.into_any(), intern!(py, "isoformat"), ())?,
        )?;
        dict.set_item("cursor", self.cursor())?;
        for (name, value) in self.0.fields() {
            let (name, mut value) = (name_of(py, name), value_in(py, value)?.0);
            if value.is_instance_of::<PyBytes>() {
                value = call_method(&value, intern!(py, "hex"), ())?;
            }
            match dict.get_item(&name)? {
                None => dict.set_item(name, value)?,
                Some(before) => match before.cast::<PyList>() {
                    Ok(list) => list.append(value)?,
                    Err(_) => dict.set_item(name, PyList::new(py, [before, value])?)?,
                },
            }
        }
        Ok(dict)
    }

    fn __getitem__<'py>(&self, name: &Bound<'py, PyAny>) -> PyResult<FieldValue<'py>> {
        let found = find(name, |name| self.0.get(name));
        found.map_or_else(
            || Err(PyKeyError::new_err(name.clone().unbind())),
            |value| value_in(name.py(), value),
        )
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        find(name, |name| self.0.get(name)).is_some()
    }

    fn __hash__(&self) -> u64 {
        hash(&(self.0.seqnum(), self.0.realtime(), self.0.boot_id()))
    }

    #[pyo3(signature = () -> "tuple[type[Entry], tuple[Any, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        let (py, this) = (slf.py(), slf.get());
        Ok((slf.as_any().get_type(), (this.cursor(), this.fields(py)?).into_pyobject(py)?))
    }

    /// A line as a log has it: when, who, and what.
    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        let time =
            call_method(&self.timestamp(py)?.into_any(), intern!(py, "strftime"), ("%Y-%m-%d %H:%M:%S",))?;
        let who = self.0.identifier().unwrap_or("?");
        let pid = self.0.pid().map_or_else(String::new, |pid| format!("[{pid}]"));
        Ok(format!("{time} UTC {who}{pid}: {}", self.message().unwrap_or_default()))
    }

    fn __repr__(&self) -> String {
        const MOST: usize = 60;
        let message = self.message().unwrap_or_default();
        let short: String = message.chars().take(MOST).collect();
        let end = if short.len() < message.len() { "..." } else { "" };
        let about = self.0.user_unit().or_else(|| self.0.unit()).or_else(|| self.0.identifier());
        format!("<Entry {}: {short}{end}>", about.unwrap_or("?"))
    }
}

/// A text where it is UTF-8, and else bytes.
pub(super) fn value_in<'py>(py: Python<'py>, value: &[u8]) -> PyResult<FieldValue<'py>> {
    match std::str::from_utf8(value) {
        Ok(text) => Ok(FieldValue(Objects(py).text(text)?)),
        Err(_) => Ok(FieldValue(bytes(py, value)?.into_any())),
    }
}

/// Gives a class of objects its type in the stub.
macro_rules! typed {
    ($name:ident, $type:expr) => {
        impl<'py> IntoPyObject<'py> for $name<'py> {
            type Target = PyAny;
            type Output = Bound<'py, PyAny>;
            type Error = Infallible;

            #[cfg(feature = "stubs")]
            const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr = $type;

            fn into_pyobject(self, _: Python<'py>) -> Result<Self::Output, Infallible> {
                Ok(self.0)
            }
        }
    };
}

/// A text, or bytes.
pub(super) struct FieldValue<'py>(Bound<'py, PyAny>);

typed!(
    FieldValue,
    type_hint_union!(
        pyo3::type_hint_identifier!("builtins", "str"),
        pyo3::type_hint_identifier!("builtins", "bytes")
    )
);

/// One of `pm2go.journal.Priority`.
struct Priority<'py>(Bound<'py, PyAny>);

typed!(Priority, pyo3::type_hint_identifier!("pm2go.journal", "Priority"));

pub(super) fn value_of(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    match value.cast::<PyBytes>() {
        Ok(bytes) => Ok(bytes.as_bytes().to_vec()),
        Err(_) => Ok(value.extract::<Text>()?.into_text().into_bytes()),
    }
}
