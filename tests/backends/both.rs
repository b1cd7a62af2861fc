//! The ways to reach one manager, and how their answers are compared.

use std::fmt::Debug;

use pm2go::backend::{Backend, Command, Dbus, dbus};
use pm2go::bus::address::{self, Endpoint};
use pm2go::bus::{Connection, Peer};
use pm2go::error::{Error, Facts};
use pm2go::flow::block::block;
use pm2go::scope::Scope;

/// One manager over D-Bus and over commands.
pub(crate) struct Both {
    pub(crate) scope: Scope,
    pub(crate) dbus: Backend,
    pub(crate) command: Backend,
    /// systemctl alone, as where there is no message bus.
    pub(crate) systemctl: Backend,
    /// systemctl without its debug log, so that only its words for people are left.
    pub(crate) words: Backend,
}

impl Both {
    /// Of root the system's, of a user the user's own.
    pub(crate) fn own_scope() -> Self {
        Self::of(Scope::of_user(uid()))
    }

    pub(crate) fn of(scope: Scope) -> Self {
        let command = || Command::new(scope, None, Vec::new(), false);
        let info = vec![("SYSTEMD_LOG_LEVEL".to_owned(), "info".to_owned())];
        Self {
            scope,
            dbus: Backend::Dbus(Dbus::new(connection(scope), scope, false)),
            command: Backend::Command(command()),
            systemctl: Backend::Command(command().with_systemctl_alone()),
            words: Backend::Command(Command::new(scope, None, info, false).with_systemctl_alone()),
        }
    }

    /// The command backends, with what to call them.
    pub(crate) fn commands(&self) -> [(&'static str, &Backend); 3] {
        [("command", &self.command), ("systemctl alone", &self.systemctl), ("words alone", &self.words)]
    }
}

pub(crate) fn uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Where a manager may be reached.
pub(crate) fn endpoints(scope: Scope) -> Vec<Endpoint> {
    let environment = |name: &str| std::env::var(name).ok();
    let private = address::private_endpoint(scope, &environment, uid());
    private.into_iter().chain(address::bus_endpoints(scope, &environment, uid()).unwrap()).collect()
}

fn connection(scope: Scope) -> Connection {
    let mut errors = Vec::new();
    for endpoint in endpoints(scope) {
        match run(Connection::open(&endpoint, dbus::SERVICE, uid())) {
            Ok(connection) => return connection,
            Err(error) => errors.push((endpoint.peer == Peer::Private, error)),
        }
    }
    panic!("no connection: {errors:?}")
}

/// Runs a flow on this thread.
pub(crate) fn run<T>(flow: impl Future<Output = T>) -> T {
    block(flow, None).unwrap()
}

/// Fails unless both answers are the same; of log lines only whether there are any.
pub(crate) fn same<T: PartialEq + Debug>(what: &str, dbus: &Result<T, Error>, command: &Result<T, Error>) {
    match (dbus, command) {
        (Err(dbus), Err(command)) => assert_eq!(comparable(dbus), comparable(command), "{what}"),
        _ => assert_eq!(dbus, command, "{what}"),
    }
}

fn comparable(error: &Error) -> Facts {
    let mut facts = error.facts().clone();
    if let Some(job) = &mut facts.job {
        job.log.truncate(0);
    }
    facts
}
