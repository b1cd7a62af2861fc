//! Requests about the texts of unit files and drop-ins, and what they answer.

use pyo3::prelude::*;

use super::convert::Text;
use super::request::{Request, request};
use crate::operation::{Care, DropInName, TextAnswer, TextWork, UnitText};
use crate::request;

/// Makes requests about the texts of a unit's files.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct TextRequest;

fn about(unit: Text, work: TextWork) -> PyResult<Request> {
    Ok(request(request::Request::UnitText(UnitText { unit: unit.into_unit()?, work })))
}

#[pymethods]
impl TextRequest {
    /// Read a unit's file, to change it.
    #[staticmethod]
    fn edit(unit: Text) -> PyResult<Request> {
        about(unit, TextWork::Edit)
    }

    /// Put a text in the place of a unit's file.
    #[staticmethod]
    fn save(unit: Text, before: Option<Text>, text: Text, check: bool, dry_run: bool) -> PyResult<Request> {
        let before = before.map(Text::into_text);
        about(unit, TextWork::Save(before, text.into_text(), Care { check, dry_run }))
    }

    /// Write a drop-in.
    #[staticmethod]
    fn write_drop_in(
        unit: Text,
        name: Text,
        runtime: bool,
        text: Text,
        check: bool,
        dry_run: bool,
    ) -> PyResult<Request> {
        let name = DropInName { name: name.into_text(), runtime };
        about(unit, TextWork::WriteDropIn(name, text.into_text(), Care { check, dry_run }))
    }

    /// Read a drop-in.
    #[staticmethod]
    fn read_drop_in(unit: Text, name: Text, runtime: bool) -> PyResult<Request> {
        about(unit, TextWork::ReadDropIn(DropInName { name: name.into_text(), runtime }))
    }

    /// Remove a drop-in.
    #[staticmethod]
    fn remove_drop_in(unit: Text, name: Text, runtime: bool, dry_run: bool) -> PyResult<Request> {
        let name = DropInName { name: name.into_text(), runtime };
        about(unit, TextWork::RemoveDropIn(name, Care { check: false, dry_run }))
    }

    /// List the drop-ins that are in force.
    #[staticmethod]
    fn list_drop_ins(unit: Text) -> PyResult<Request> {
        about(unit, TextWork::ListDropIns)
    }

    /// Have systemd look at a text.
    #[staticmethod]
    fn check(unit: Text, text: Text) -> PyResult<Request> {
        about(unit, TextWork::Check(text.into_text()))
    }
}

/// What is known of a text, as plain objects.
pub(super) fn text_answer(py: Python<'_>, answer: TextAnswer) -> PyResult<Bound<'_, PyAny>> {
    Ok(match answer {
        TextAnswer::Edit(edited) => (edited.unit, edited.path, edited.source, edited.before, edited.text)
            .into_pyobject(py)?
            .into_any(),
        TextAnswer::Change(change) => {
            (change.path, change.before, change.after).into_pyobject(py)?.into_any()
        }
        TextAnswer::Text(text) => text.into_pyobject(py)?.into_any(),
        TextAnswer::DropIns(found) => found.into_pyobject(py)?,
        TextAnswer::Problems(found) => {
            let told: Vec<_> = found.into_iter().map(|problem| (problem.line, problem.message)).collect();
            told.into_pyobject(py)?
        }
    })
}
