//! What units use, as Python asks for it, and as it is told.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::convert::{Seconds, Text};
use super::request::{Request, request, texts};
use crate::figures::{Figures, MemorySource, Pressure, Stall};
use crate::operation::{GetUnitDetails, Kept, ReadFigures, ReadMetrics, Sampler, UnitFigures};
use crate::request::{self, Question};

/// Tell what units use, with `details` also their descriptors, threads and network.
#[pyfunction]
pub(super) fn read_figures(patterns: Vec<Text>, details: bool) -> PyResult<Request> {
    let read = ReadFigures::new(&texts(patterns), details)?;
    Ok(request(request::Request::Question(Question::Figures(read))))
}

/// Tell all about a unit, what it uses included.
#[pyfunction]
pub(super) fn read_unit_details(name: Text) -> PyResult<Request> {
    let asked = GetUnitDetails(name.into_unit()?);
    Ok(request(request::Request::Question(Question::GetUnitDetails(asked))))
}

/// The same each time that the interval is over: a request that is made again and again.
#[pyfunction]
pub(super) fn sample_figures(interval: Seconds<'_>, patterns: Vec<Text>, details: bool) -> PyResult<Request> {
    let read = ReadFigures::new(&texts(patterns), details)?;
    let sampler = Sampler::new(read, interval.span("interval")?)?;
    Ok(request(request::Request::Sample(Arc::new(sampler))))
}

/// What the counters of a client's metrics go on from.
#[pyclass(frozen, module = "pm2go._core")]
pub(super) struct Metrics(Arc<Kept>);

#[pymethods]
impl Metrics {
    #[new]
    fn new() -> Self {
        Self(Arc::default())
    }

    /// Tell what units are and use, as a text for those who gather figures.
    fn read(&self, patterns: Vec<Text>, types: Vec<Text>) -> PyResult<Request> {
        let read = ReadMetrics::new(texts(patterns), texts(types), Arc::clone(&self.0))?;
        Ok(request(request::Request::Question(Question::Metrics(read))))
    }
}

/// The fields of `pm2go.UnitFigures`, for each unit; times are microseconds.
pub(super) fn rows<'py>(py: Python<'py>, rows: &[UnitFigures]) -> PyResult<Bound<'py, PyList>> {
    let rows = rows.iter().map(|row| fields(py, row)).collect::<PyResult<Vec<_>>>()?;
    PyList::new(py, rows)
}

fn fields<'py>(py: Python<'py>, row: &UnitFigures) -> PyResult<Bound<'py, PyTuple>> {
    let Figures {
        monotonic: _,
        group: _,
        cpu,
        cpu_user,
        cpu_system,
        memory,
        memory_without_cache,
        memory_peak,
        memory_swap,
        memory_limit,
        memory_source,
        tasks,
        tasks_limit,
        io_read_bytes,
        io_written_bytes,
        io_reads,
        io_writes,
        cpu_pressure,
        memory_pressure,
        io_pressure,
        oom_kills,
        descriptors,
        threads,
    } = &row.figures;
    let source = memory_source.map(|source| match source {
        MemorySource::ControlGroup => "control-group",
        MemorySource::Processes => "processes",
    });
    let cpu = (cpu, cpu_user, cpu_system, row.cpu_percent).into_pyobject(py)?;
    let memory =
        (memory, memory_without_cache, memory_peak, memory_swap, memory_limit, source).into_pyobject(py)?;
    let tasks = (tasks, tasks_limit).into_pyobject(py)?;
    let transfer =
        (io_read_bytes, io_written_bytes, io_reads, io_writes, row.network_received, row.network_sent)
            .into_pyobject(py)?;
    let pressures =
        [cpu_pressure, memory_pressure, io_pressure].map(|pressure| pressure.as_ref().map(pressure_fields));
    let others = (oom_kills, row.restarts, descriptors, threads).into_pyobject(py)?;
    (row.unit.as_str(), cpu, memory, tasks, transfer, pressures, others).into_pyobject(py)
}

type StallFields = (f64, f64, f64, u64);

fn pressure_fields(pressure: &Pressure) -> (StallFields, Option<StallFields>) {
    (stall_fields(pressure.some), pressure.full.map(stall_fields))
}

fn stall_fields(stall: Stall) -> StallFields {
    (stall.average_10, stall.average_60, stall.average_300, stall.total)
}
