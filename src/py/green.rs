//! The stepping driver's Python end: a greenlet of gevent's or eventlet's waits in the `select` that they have put in the
//! place of Python's, and the other greenlets of its thread go on.

use std::time::Instant;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyCFunction;

use super::call::{call, call_method};
use super::loaded::loaded;
use crate::error::Result;
use crate::flow::step::{Awaited, Descriptor, Step, Stepped};

/// What `select.poll` calls that something can be read, and written.
const POLLIN: u32 = 1;
const POLLOUT: u32 = 4;

/// The module `select`, where greenlets wait.
pub(super) struct Select<'py> {
    module: Bound<'py, PyAny>,
    select: Bound<'py, PyAny>,
}

/// What this thread has to wait with; none where waiting stops nobody else.
///
/// `select.select` says so by itself, in some tens of nanoseconds: while it is Python's own, nobody has replaced it.
pub(super) fn select(py: Python<'_>) -> PyResult<Option<Select<'_>>> {
    let Some(module) = loaded(py, intern!(py, "select"))? else { return Ok(None) };
    let Some(select) = module.getattr_opt(intern!(py, "select"))? else { return Ok(None) };
    if is_pythons(&select) || !has_hub(&select)? {
        return Ok(None);
    }
    Ok(Some(Select { module, select }))
}

fn is_pythons(function: &Bound<'_, PyAny>) -> bool {
    function.is_exact_instance_of::<PyCFunction>()
}

/// Whether this `select` lets greenlets of this thread go on. Where a thread has no hub it has no greenlets; it would get
/// one by the first wait, and gevent's is there for good.
fn has_hub(select: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = select.py();
    let Some(of) = select.getattr_opt(intern!(py, "__module__"))? else { return Ok(false) };
    let hub = match of.extract::<String>().as_deref() {
        Ok("gevent.select") => {
            let Some(module) = loaded(py, intern!(py, "gevent._hub_local"))? else { return Ok(true) };
            let Some(find) = module.getattr_opt(intern!(py, "get_hub_if_exists"))? else { return Ok(true) };
            Some(call(&find, ())?)
        }
        Ok("eventlet.green.select") => {
            let Some(module) = loaded(py, intern!(py, "eventlet.hubs"))? else { return Ok(true) };
            let Some(local) = module.getattr_opt(intern!(py, "_threadlocal"))? else { return Ok(true) };
            local.getattr_opt(intern!(py, "hub"))?
        }
        // Somebody else's, as of a test, of which nobody knows what it does.
        _ => None,
    };
    Ok(hub.is_some_and(|hub| !hub.is_none()))
}

/// Runs a flow to its end on the calling greenlet. What is raised in it meanwhile, as when it is killed, ends the wait.
pub(super) fn wait<T: Send>(
    py: Python<'_>,
    select: &Select<'_>,
    flow: impl Future<Output = Result<T>> + Send,
) -> PyResult<T> {
    let mut stepped = Stepped::new(flow);
    let result = loop {
        let waited = match py.detach(|| stepped.step()) {
            Ok(Step::Done(result)) => break result.map_err(PyErr::from),
            Ok(Step::Waits(awaited)) => select.wait(&awaited),
            Err(error) => Err(error.into()),
        };
        if let Err(raised) = waited {
            break Err(raised);
        }
    };
    // What it asked for is forgotten, which may take others' locks.
    py.detach(move || drop(stepped));
    result
}

impl Select<'_> {
    /// Waits for any of that, or for less: whoever steps looks by himself. gevent's `select` takes no number above 1023,
    /// and eventlet has no `poll`.
    fn wait(&self, awaited: &Awaited) -> PyResult<()> {
        let py = self.module.py();
        let left = awaited.until.map(|until| until.saturating_duration_since(Instant::now()).as_secs_f64());
        match self.module.getattr_opt(intern!(py, "poll"))? {
            Some(poll) if !is_pythons(&poll) => {
                let poll = call(&poll, ())?;
                for descriptor in &awaited.descriptors {
                    let events = events(*descriptor);
                    call_method(&poll, intern!(py, "register"), (descriptor.number, events))?;
                }
                call_method(&poll, intern!(py, "poll"), (left.map(|seconds| seconds * 1000.0),))?;
            }
            _ => {
                let of = |is_wanted: fn(&&Descriptor) -> bool| -> Vec<_> {
                    awaited.descriptors.iter().filter(is_wanted).map(|descriptor| descriptor.number).collect()
                };
                let (reads, writes) = (of(|descriptor| descriptor.reads), of(|descriptor| descriptor.writes));
                call(&self.select, (reads, writes, Vec::<i32>::new(), left))?;
            }
        }
        Ok(())
    }
}

fn events(descriptor: Descriptor) -> u32 {
    (if descriptor.reads { POLLIN } else { 0 }) | (if descriptor.writes { POLLOUT } else { 0 })
}
