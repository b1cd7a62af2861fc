//! The core's part of `pm2go.journal.send`.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use super::convert::Text;
use crate::journal::{Draft, Sender};

/// What sends entries to a journald.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct JournalSocket {
    inner: Sender,
}

#[pymethods]
impl JournalSocket {
    #[new]
    fn new(namespace: Option<Text>) -> PyResult<Self> {
        let namespace = namespace.map(Text::into_text);
        Ok(Self { inner: Sender::new(namespace.as_deref())? })
    }

    /// Send an entry of these fields; a list is a field that is there several times.
    fn send(&self, py: Python<'_>, fields: &Bound<'_, PyDict>) -> PyResult<()> {
        let mut draft = Draft::default();
        for (name, value) in fields.iter() {
            let name = name.cast_into::<PyString>()?;
            let name = name.to_cow()?;
            if let Ok(values) = value.cast::<PyList>() {
                for value in values.iter() {
                    add(&mut draft, &name, &value)?;
                }
            } else if let Ok(values) = value.cast::<PyTuple>() {
                for value in values.iter() {
                    add(&mut draft, &name, &value)?;
                }
            } else {
                add(&mut draft, &name, &value)?;
            }
        }
        // journald is mostly quick.
        if !self.inner.try_send(&draft)? {
            py.detach(|| self.inner.send(&draft))?;
        }
        Ok(())
    }
}

/// Texts are in UTF-8; of one that has none (a lone surrogate) something is lost, and not the entry.
fn add(draft: &mut Draft, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    if value.is_none() {
        return Ok(());
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(draft.field(name, bytes.as_bytes())?);
    }
    let text = match value.cast::<PyString>() {
        Ok(text) => text.clone(),
        Err(_) => value.str()?,
    };
    Ok(draft.field(name, text.to_string_lossy().as_bytes())?)
}
