//! Names of fields as Python's texts, made once: a journal has few of them, and each in nearly every entry.

use std::collections::HashMap;
use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::PyString;

/// Who logs may make up names: of those beyond so many each is made anew.
const MOST: usize = 1000;

/// Whoever looks here has the interpreter and runs nothing of Python's, so that nobody waits. In a forked child it may be
/// taken for ever by a thread that is not there: then nothing is found.
static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

#[derive(Default)]
struct Known {
    texts: HashMap<Box<[u8]>, Py<PyString>>,
    /// By the addresses of the texts, which live as long as this.
    names: HashMap<usize, Box<[u8]>>,
}

/// The text of a name.
pub(super) fn name_of<'py>(py: Python<'py>, name: &[u8]) -> Bound<'py, PyString> {
    let known = || KNOWN.try_lock().ok()?.as_ref()?.texts.get(name).map(|text| text.bind(py).clone());
    known().unwrap_or_else(|| {
        let text = PyString::intern(py, &String::from_utf8_lossy(name));
        remember(&text, name);
        text
    })
}

fn remember(text: &Bound<'_, PyString>, name: &[u8]) {
    let Ok(mut known) = KNOWN.try_lock() else { return };
    let known = known.get_or_insert_with(Known::default);
    if known.texts.len() < MOST && std::str::from_utf8(name).is_ok() {
        known.names.insert(text.as_ptr() as usize, name.into());
        known.texts.insert(name.into(), text.clone().unbind());
    }
}

/// Finds something by a name that somebody gives; what is no text is no name.
pub(super) fn find<T>(name: &Bound<'_, PyAny>, find: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
    if let Ok(known) = KNOWN.try_lock()
        && let Some(name) = known.as_ref().and_then(|known| known.names.get(&(name.as_ptr() as usize)))
    {
        return find(name);
    }
    find(name.cast::<PyString>().ok()?.to_cow().ok()?.as_bytes())
}
