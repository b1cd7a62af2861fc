//! What a user of pyo3-asyncio's successor writes to ask systemd for a property: see README.md in the folder above.
//!
//! `Zbus` is the plain way, zbus on that crate's tokio runtime. `OwnWire` has pm2go's own connection below it, so
//! that nothing but the way from the runtime to the event loop differs from `pm2go.AsyncSystemd`.

use std::sync::Arc;

use pm2go::backend::Property;
use pm2go::bus::decode::{self, Values};
use pm2go::client::{Client, Options};
use pm2go::request::{Call, Request, Response};
use pm2go::scope::Scope;
use pm2go::settings::{Arguments, BackendChoice, Settings};
use pm2go::unit::UnitName;
use pm2go::watch::Home;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3_asyncio::tokio::future_into_py;
use tokio::sync::Semaphore;
use zbus::wire::Variant;

const SERVICE: &str = "org.freedesktop.systemd1";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// dbus-daemon refuses the 129th unanswered call of a connection.
const AT_ONCE: usize = 100;

fn failed(error: impl std::fmt::Display) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

/// systemd on the system's message bus, by zbus.
#[pyclass(frozen)]
struct Zbus {
    connection: zbus::Connection,
    admitted: Arc<Semaphore>,
}

#[pymethods]
impl Zbus {
    /// Connects; to be awaited.
    #[staticmethod]
    fn connect(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async {
            let connection = zbus::Connection::system().await.map_err(failed)?;
            Ok(Self { connection, admitted: Arc::new(Semaphore::new(AT_ONCE)) })
        })
    }

    /// A unit's `ActiveState`; to be awaited.
    fn get_active_state<'py>(&self, py: Python<'py>, unit: &str) -> PyResult<Bound<'py, PyAny>> {
        let path = unit.parse::<UnitName>().map_err(failed)?.object_path();
        let (connection, admitted) = (self.connection.clone(), Arc::clone(&self.admitted));
        future_into_py(py, async move {
            let _permit = admitted.acquire().await.map_err(failed)?;
            let body = (UNIT, "ActiveState");
            let answer = connection.call_method(Some(SERVICE), path, Some(PROPERTIES), "Get", &body);
            let body = answer.await.map_err(failed)?.body();
            let value: Variant<'_> = body.deserialize().map_err(failed)?;
            String::try_from(value).map_err(failed)
        })
    }
}

/// systemd over pm2go's own connection, driven by a task of the runtime.
#[pyclass(frozen)]
struct OwnWire(Arc<Home>);

#[pymethods]
impl OwnWire {
    /// Connects to the socket at this address; to be awaited.
    #[staticmethod]
    fn connect(py: Python<'_>, address: String) -> PyResult<Bound<'_, PyAny>> {
        let arguments = Arguments { backend: Some(BackendChoice::Dbus), ..Arguments::default() };
        let options = Options {
            scope: Some(Scope::System),
            settings: Settings::resolve(&arguments, |_| None).map_err(failed)?,
            address: Some(address),
            runtime_folder: None,
            interactive: false,
            location: pm2go::location::Location::default(),
        };
        let home = Arc::new(Home::of_loop(Client::new(&options).map_err(failed)?));
        future_into_py(py, async {
            home.ask(Request::Call(Call::Connect), None).await.map_err(failed)?;
            Ok(Self(home))
        })
    }

    /// A unit's `ActiveState`; to be awaited.
    fn get_active_state<'py>(&self, py: Python<'py>, unit: &str) -> PyResult<Bound<'py, PyAny>> {
        let home = Arc::clone(&self.0);
        let unit = unit.parse::<UnitName>().map_err(failed)?;
        let request = Request::Call(Call::GetUnitProperty(unit, "ActiveState".to_owned()));
        future_into_py(py, async move {
            let answer = home.ask(request, None).await.map_err(failed)?;
            let Response::Property(name, Property::Message(message)) = answer else {
                return Err(failed("something else came than what was asked for"));
            };
            let value = decode::property(&message, &name, &Values).map_err(failed)?;
            value.as_text().map(str::to_owned).ok_or_else(|| failed("ActiveState is no text"))
        })
    }
}

/// Nothing; to be awaited. It shows what the way there and back costs by itself.
#[pyfunction]
fn nothing(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    future_into_py(py, async { Ok("active") })
}

#[pymodule]
mod successor {
    #[pymodule_export]
    use super::{OwnWire, Zbus, nothing};
}
