//! Restarts a unit and prints what happens to it, on a tokio runtime:
//! `cargo run --no-default-features --features tokio --example restart -- NAME.service`
//!
//! It speaks to the system's manager for root, and to the user's own for everybody else.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::sync::Arc;
use std::time::Duration;

use pm2go::backend::{JobOptions, JobVerb};
use pm2go::client::{Client, Options};
use pm2go::error::{Error, Result};
use pm2go::location::Location;
use pm2go::operation::RunJob;
use pm2go::request::{Call, Request, Response};
use pm2go::settings::{Arguments, Settings, Timeout};
use pm2go::unit::UnitName;
use pm2go::watch::{Home, Watch, WatchOptions};

/// After so long without an event the example ends.
const QUIET: Duration = Duration::from_secs(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let name = std::env::args().nth(1).ok_or_else(|| Error::config("give the name of a unit"))?;
    let unit: UnitName = name.parse()?;
    let client = Client::new(&Options {
        scope: None,
        settings: Settings::resolve(&Arguments::default(), |name| std::env::var_os(name))?,
        address: None,
        runtime_folder: None,
        interactive: false,
        location: Location::default(),
    })?;
    let home = Arc::new(Home::of_loop(client));

    // Two questions at once, over one connection.
    let services = Request::Call(Call::ListUnits(vec!["*.service".to_owned()]));
    let status = Request::Call(Call::GetUnitStatus(unit.clone()));
    let (services, status) = tokio::join!(home.ask(services, None), home.ask(status, None));
    if let Response::Units(services) = services? {
        println!("{} services are loaded", services.decode()?.len());
    }
    if let Response::Status(status) = status? {
        println!("{unit} is {}", status.active_state);
    }

    // The watch is there before the restart: it has seen the unit once its snapshot is complete.
    let options = WatchOptions { patterns: vec![unit.to_string()], ..WatchOptions::default() };
    let watch = Watch::new(&home, options)?;
    let first = watch.next_event().await?;
    println!("{:?}", first.map(|event| event.kind));

    // The future ends when the job has: events come in meanwhile.
    let restart = Request::RunJob(RunJob { verb: JobVerb::Restart, unit, options: JobOptions::default() });
    let restart = home.ask(restart, Some(Timeout::After(Duration::from_secs(60))));
    let events = async {
        while let Ok(event) = tokio::time::timeout(QUIET, watch.next_event()).await {
            let Some(event) = event? else { break };
            let state = event.new.map(|state| format!("{} ({})", state.active_state, state.sub_state));
            println!("{:?} {}", event.kind, state.unwrap_or_default());
        }
        Ok::<(), Error>(())
    };
    let (job, events) = tokio::join!(restart, events);
    events?;
    println!("{:?}", job?);
    Ok(())
}
