//! Rows of a list of units as Python's objects: immutable, comparable, picklable, quick to make and to read.

use std::convert::Infallible;

use pyo3::basic::CompareOp;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyInt, PyIterator, PyList, PyString, PyTuple, PyType};

use super::call::{call, call_method};
use super::or_none::OrNone;
use super::record::{self, Record, record};
use crate::backend::Units;
use crate::bus::decode::{self, RowText, UnitRow};
use crate::unit;

/// Gives the values of the fields, one after the other.
struct FieldValues<'py>(Bound<'py, PyIterator>);

impl<'py> IntoPyObject<'py> for FieldValues<'py> {
    type Target = PyIterator;
    type Output = Bound<'py, PyIterator>;
    type Error = Infallible;

    // What is iterated over is not part of the type of an iterator of Python.
    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr = pyo3::type_hint_subscript!(
        pyo3::type_hint_identifier!("collections.abc", "Iterator"),
        pyo3::type_hint_identifier!("typing", "Any")
    );

    fn into_pyobject(self, _: Python<'py>) -> Result<Self::Output, Infallible> {
        Ok(self.0)
    }
}

/// One row of a list of units (`ListUnits` of `org.freedesktop.systemd1.Manager`).
///
/// It can also be taken apart like a tuple, in the order of its fields, as `pandas.DataFrame` does.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct UnitInfo {
    /// The unit's name with its type suffix.
    #[pyo3(get)]
    name: Py<PyString>,
    /// The unit's `Description`.
    #[pyo3(get)]
    description: Py<PyString>,
    /// `loaded`, `not-found`, `masked`, `bad-setting`, ...
    #[pyo3(get)]
    load_state: Py<PyString>,
    /// `active`, `inactive`, `failed`, `activating`, ...
    #[pyo3(get)]
    active_state: Py<PyString>,
    /// Depends on the unit's type, for example `running` or `auto-restart`.
    #[pyo3(get)]
    sub_state: Py<PyString>,
    /// The unit whose state this one follows.
    #[pyo3(get)]
    followed: Py<OrNone<PyString>>,
    /// The number of the job that is queued for the unit.
    #[pyo3(get)]
    job_id: Py<OrNone<PyInt>>,
    /// The type of that job: `start`, `stop`, ...
    #[pyo3(get)]
    job_type: Py<OrNone<PyString>>,
}

record!(UnitInfo, row, {
    name: &row.name,
    description: &row.description,
    load_state: &row.load_state,
    active_state: &row.active_state,
    sub_state: &row.sub_state,
    followed: &row.followed,
    job_id: &row.job_id,
    job_type: &row.job_type,
});

#[pymethods]
impl UnitInfo {
    #[new]
    #[pyo3(signature = (name, description, load_state, active_state, sub_state, followed=None, job_id=None, job_type=None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of the class, for pickle and for tests of programs"
    )]
    fn new(
        py: Python<'_>,
        name: Py<PyString>,
        description: Py<PyString>,
        load_state: Py<PyString>,
        active_state: Py<PyString>,
        sub_state: Py<PyString>,
        followed: Option<Bound<'_, PyString>>,
        job_id: Option<Bound<'_, PyInt>>,
        job_type: Option<Bound<'_, PyString>>,
    ) -> PyResult<Self> {
        register(py)?;
        let followed = OrNone::new(py, followed)?;
        let (job_id, job_type) = (OrNone::new(py, job_id)?, OrNone::new(py, job_type)?);
        Ok(Self { name, description, load_state, active_state, sub_state, followed, job_id, job_type })
    }
    /// The names of the fields, under the name by which `pandas` looks for them.
    #[classattr]
    fn _fields() -> <Self as Record>::Names {
        Self::NAMES
    }
    #[classattr]
    fn __match_args__() -> <Self as Record>::Names {
        Self::NAMES
    }
    /// All fields as a dict that `json.dumps` takes.
    #[pyo3(signature = () -> "dict[str, Any]")]
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        Record::to_dict(self, py)
    }
    /// The place of a value among the fields, as for any sequence.
    #[pyo3(signature = (value: "object", start=0, stop=isize::MAX) -> "int")]
    fn index<'py>(
        &self,
        value: &Bound<'py, PyAny>,
        start: isize,
        stop: isize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = value.py();
        let fields = self.values(py)?;
        call_method(&fields, intern!(py, "index"), (value, start, stop))
    }
    /// How many fields have this value, as for any sequence.
    #[pyo3(signature = (value: "object") -> "int")]
    fn count<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = value.py();
        let fields = self.values(py)?;
        call_method(&fields, intern!(py, "count"), (value,))
    }
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.values(py)?.len())
    }
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<FieldValues<'py>> {
        Ok(FieldValues(self.values(py)?.try_iter()?))
    }
    #[pyo3(signature = () -> "Iterator[Any]")]
    fn __reversed__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let reversed = py.import(intern!(py, "builtins"))?.getattr(intern!(py, "reversed"))?;
        Ok(call(&reversed, (self.values(py)?,))?.cast_into()?)
    }
    fn __getitem__<'py>(&self, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.values(key.py())?.into_any().get_item(key)
    }
    fn __richcmp__<'py>(
        &self,
        other: &Bound<'py, PyAny>,
        operation: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        match other.cast::<Self>() {
            Ok(other) => self.values(py)?.rich_compare(other.get().values(py)?, operation),
            Err(_) => Ok(py.NotImplemented().into_bound(py)),
        }
    }
    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.values(py)?.hash()
    }
    #[pyo3(signature = () -> "tuple[type[UnitInfo], tuple[Any, ...]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        record::reduce(slf)
    }
    fn __repr__(&self) -> String {
        format!("<UnitInfo {} {}/{}>", self.name, self.active_state, self.sub_state)
    }
}

/// Lets rows pass as sequences, which they are but for the base class: pandas asks for this. With the first row,
/// as the import of a module should not load others.
fn register(py: Python<'_>) -> PyResult<()> {
    static REGISTERED: PyOnceLock<()> = PyOnceLock::new();
    let register = || {
        let sequence = py.import("collections.abc")?.getattr("Sequence")?;
        call_method(&sequence, intern!(py, "register"), (py.get_type::<UnitInfo>(),)).map(drop)
    };
    REGISTERED.get_or_try_init(py, register).copied()
}

/// A list of units by name, as instances of `UnitInfo`.
pub(super) fn unit_infos<'py>(py: Python<'py>, units: &Units) -> PyResult<Bound<'py, PyList>> {
    register(py)?;
    let mut rows = Rows::new(py);
    match units {
        Units::Values(units) => {
            let rows: PyResult<Vec<_>> = units.iter().map(|unit| rows.make(&row_of(unit))).collect();
            PyList::new(py, rows?)
        }
        Units::Message(message) => {
            let body = message.body();
            let mut named = Vec::new();
            for row in decode::unit_rows(message, body.data().bytes())? {
                let row = row?;
                named.push((row.name.0, rows.make(&row)?));
            }
            named.sort_unstable_by(|(one, _), (other, _)| decode::by_name(one, other));
            PyList::new(py, named.into_iter().map(|(_, row)| row))
        }
    }
}

fn row_of(unit: &unit::UnitInfo) -> UnitRow<'_> {
    let text = |text| RowText(str::as_bytes(text));
    UnitRow {
        name: text(&unit.name),
        description: text(&unit.description),
        states: [text(&unit.load_state), text(&unit.active_state), text(&unit.sub_state)],
        followed: text(unit.followed.as_deref().unwrap_or_default()),
        job_id: unit.job_id.unwrap_or_default(),
        job_type: text(unit.job_type.as_deref().unwrap_or_default()),
    }
}

/// More words than systemd has for a state; what comes beyond is not looked for.
const MOST_WORDS: usize = 64;

/// Makes rows. The few words that say how units are become one string of Python each, not one for each unit.
struct Rows<'py, 'a> {
    py: Python<'py>,
    /// The words met so far in each of the three states.
    states: [Vec<(RowText<'a>, Bound<'py, PyString>)>; 3],
}

impl<'py, 'a> Rows<'py, 'a> {
    fn new(py: Python<'py>) -> Self {
        Self { py, states: Default::default() }
    }

    fn make(&mut self, row: &UnitRow<'a>) -> PyResult<Bound<'py, UnitInfo>> {
        let [load_state, active_state, sub_state] = row.states;
        let job_id = if row.job_id == 0 { None } else { Some(PyInt::new(self.py, row.job_id)) };
        let row = UnitInfo {
            name: self.text(row.name)?.unbind(),
            description: self.text(row.description)?.unbind(),
            load_state: self.word(0, load_state)?,
            active_state: self.word(1, active_state)?,
            sub_state: self.word(2, sub_state)?,
            followed: self.optional(row.followed)?,
            job_id: OrNone::new(self.py, job_id)?,
            job_type: self.optional(row.job_type)?,
        };
        let row = Bound::new(self.py, row)?;
        leave_to_reference_counts(&row);
        Ok(row)
    }

    fn text(&self, text: RowText<'_>) -> PyResult<Bound<'py, PyString>> {
        Ok(PyString::new(self.py, text.text()?))
    }

    fn optional(&self, text: RowText<'_>) -> PyResult<Py<OrNone<PyString>>> {
        OrNone::new(self.py, if text.0.is_empty() { None } else { Some(self.text(text)?) })
    }

    fn word(&mut self, state: usize, word: RowText<'a>) -> PyResult<Py<PyString>> {
        if let Some((_, known)) = self.states[state].iter().find(|(known, _)| *known == word) {
            return Ok(known.clone().unbind());
        }
        let new = self.text(word)?;
        if self.states[state].len() < MOST_WORDS {
            self.states[state].push((word, new.clone()));
        }
        Ok(new.unbind())
    }
}

/// Has the garbage collector pass over a row: it refers to texts and numbers only, so it is in no cycle.
#[expect(unsafe_code, reason = "PyO3 makes every class one that the garbage collector looks after")]
fn leave_to_reference_counts(row: &Bound<'_, UnitInfo>) {
    // SAFETY: the object is alive, and its class has garbage collection, as each of PyO3's has. CPython does the
    // same with tuples of such values; an object that is not tracked is freed as any other.
    unsafe { pyo3::ffi::PyObject_GC_UnTrack(row.as_ptr().cast()) }
}
