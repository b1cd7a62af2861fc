//! The rows of the bench that zbus takes part in.

use std::thread;

use futures_util::future::try_join_all;
use pm2go::unit::UnitName;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use zbus::Connection;
use zbus::proxy::CacheProperties;

use crate::jobs::Jobs;
use crate::systemd::{ManagerProxy, UnitProxy};
use crate::{Driver, Outcome};

pub(crate) const NAMES: &str = "property list job connect gather64 gather256 threads64";
const SERVICE: &str = "bench.service";
const TARGET: &str = "bench-job.target";
const THREADS: usize = 64;
const CALLS_OF_A_THREAD: usize = 50;
/// dbus-daemon refuses the 129th unanswered call of a connection.
const AT_ONCE: usize = 100;

/// One connection, with what is asked of it.
pub(crate) struct Peer {
    manager: ManagerProxy<'static>,
    unit: UnitProxy<'static>,
    jobs: Jobs,
}

/// The service, asked each time: what is remembered costs nothing.
async fn service(connection: &Connection) -> Outcome<UnitProxy<'static>> {
    let path = SERVICE.parse::<UnitName>()?.object_path();
    Ok(UnitProxy::builder(connection).path(path).cache_properties(CacheProperties::No).build().await?)
}

impl Peer {
    pub(crate) async fn connect() -> Outcome<Self> {
        let connection = Connection::system().await?;
        let manager = ManagerProxy::new(&connection).await?;
        let jobs = Jobs::follow(&manager).await?;
        Ok(Self { unit: service(&connection).await?, manager, jobs })
    }

    pub(crate) async fn row(&self, name: &str) -> Outcome<Value> {
        Ok(match name {
            "property" => json!(self.unit.active_state().await?),
            "list" => json!(self.manager.list_units().await?),
            "job" => json!(self.stop_and_start().await?),
            "connect" => json!(service(&Connection::system().await?).await?.active_state().await?),
            "gather64" => json!(self.gather(64).await?),
            "gather256" => json!(self.gather(256).await?),
            _ => return Err(format!("there is no row {name}").into()),
        })
    }

    async fn stop_and_start(&self) -> Outcome<String> {
        self.jobs.forget();
        self.jobs.result_of(self.manager.stop_unit(TARGET, "replace").await?).await?;
        self.jobs.result_of(self.manager.start_unit(TARGET, "replace").await?).await
    }

    async fn gather(&self, count: usize) -> Outcome<usize> {
        let admitted = Semaphore::new(AT_ONCE);
        let ask = || async {
            let _permit = admitted.acquire().await?;
            Outcome::Ok(self.unit.active_state().await?)
        };
        Ok(try_join_all((0..count).map(|_| ask())).await?.len())
    }
}

async fn ask_often(unit: UnitProxy<'static>) -> zbus::Result<()> {
    for _ in 0..CALLS_OF_A_THREAD {
        unit.active_state().await?;
    }
    Ok(())
}

/// As many at once: tasks of the runtime, or threads that each block.
pub(crate) fn ask_from_threads(driver: &Driver, peer: &Peer) -> Outcome<Value> {
    let units = (0..THREADS).map(|_| peer.unit.clone());
    match driver {
        Driver::Tasks(runtime) => {
            let tasks: Vec<_> = units.map(|unit| runtime.spawn(ask_often(unit))).collect();
            for answered in runtime.block_on(try_join_all(tasks))? {
                answered?;
            }
        }
        Driver::BlockOn => {
            let threads: Vec<_> =
                units.map(|unit| thread::spawn(move || zbus::block_on(ask_often(unit)))).collect();
            for thread in threads {
                thread.join().map_err(|_| "a thread panicked")??;
            }
        }
    }
    Ok(Value::Null)
}
