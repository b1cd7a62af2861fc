//! Which manager a client's options mean, and where it may be found.

use std::path::{Path, PathBuf};

use super::Options;
use crate::bus::address::{
    Address, Endpoint, bridged_endpoint, bus_endpoints, parse_endpoints, private_endpoint, runtime_folder,
};
use crate::error::hint::{given, text};
use crate::error::{Error, Hint, Kind, Part, Result};
use crate::journal::journals_of_embedded;
use crate::location::{Location, Whose};
use crate::process::uid_of;
use crate::scope::Scope;
use crate::settings::{BackendChoice, Source};

/// What is meant.
pub(super) struct Choice {
    pub(super) whose: Whose,
    /// In the order in which they are tried.
    pub(super) endpoints: Vec<Endpoint>,
    /// The `XDG_RUNTIME_DIR` of the user's manager.
    pub(super) runtime_folder: Option<PathBuf>,
    /// The caller named the endpoints: nothing else will do.
    pub(super) explicit: bool,
}

impl Choice {
    /// What these options mean. The environment is read now.
    pub(super) fn of(options: &Options) -> Result<Self> {
        check(options)?;
        if options.location.root().is_some() || options.scope == Some(Scope::Global) {
            return Self::of_files(options);
        }
        if options.location.is_here() { Self::here(options) } else { Self::elsewhere(options) }
    }

    /// No manager, but unit files.
    fn of_files(options: &Options) -> Result<Self> {
        check_files(options)?;
        let whose = Whose {
            scope: options.scope.unwrap_or(Scope::System),
            uid: None,
            location: options.location.clone(),
            journals: None,
        };
        Ok(Self { whose, endpoints: Vec::new(), runtime_folder: None, explicit: false })
    }

    fn elsewhere(options: &Options) -> Result<Self> {
        let location = options.location.clone();
        let scope = options.scope.unwrap_or(match location.user() {
            Some(_) => Scope::User,
            None => Scope::System,
        });
        let is_command = options.settings.backend.value == BackendChoice::Command;
        if is_command && scope == Scope::User && location.host().is_some() {
            let message = "systemctl reaches no user's manager on another host";
            let hint = Hint::from([text("use "), given("backend", "dbus")]);
            return Err(Error::new(Kind::Unsupported, message).with_hint(hint));
        }
        let endpoint = bridged_endpoint(&location, scope, options.interactive);
        let whose = Whose { scope, uid: None, location, journals: None };
        Ok(Self { whose, endpoints: vec![endpoint], runtime_folder: None, explicit: true })
    }

    fn here(options: &Options) -> Result<Self> {
        let own = rustix::process::geteuid().as_raw();
        let other = options.location.user().map(uid_of).transpose()?.filter(|&uid| uid != own);
        let scope = options.scope.unwrap_or_else(|| match options.location.user() {
            Some(_) => Scope::User,
            None => Scope::of_user(own),
        });
        let given_folder = match other {
            Some(uid) => Some(PathBuf::from(format!("/run/user/{uid}"))),
            None => options.runtime_folder.clone(),
        };
        let environment = |name: &str| match (&given_folder, name) {
            (Some(folder), "XDG_RUNTIME_DIR") => folder.to_str().map(str::to_owned),
            (Some(_), "DBUS_SESSION_BUS_ADDRESS") => None,
            _ => std::env::var(name).ok(),
        };
        let uid = other.unwrap_or(own);
        let endpoints = if let Some(address) = &options.address {
            parse_endpoints(address)?
        } else {
            let mut endpoints: Vec<_> = private_endpoint(scope, &environment, own).into_iter().collect();
            endpoints.extend(bus_endpoints(scope, &environment, uid)?);
            endpoints
        };
        let is_user = scope == Scope::User;
        let location = if other.is_some() { options.location.clone() } else { Location::default() };
        let runtime_folder = is_user.then(|| runtime_folder(&environment, own));
        let journals = match (&options.address, &runtime_folder) {
            (_, None) => None,
            (None, Some(folder)) => journals_of_embedded(folder),
            (Some(_), Some(_)) => endpoints.iter().find_map(journals_behind),
        };
        Ok(Self {
            whose: Whose { scope, uid: is_user.then_some(uid), location, journals },
            endpoints,
            runtime_folder,
            explicit: options.address.is_some(),
        })
    }
}

/// The journal of the embedded systemd whose private socket this is: `RUNTIME_FOLDER/systemd/private`.
fn journals_behind(endpoint: &Endpoint) -> Option<PathBuf> {
    match &endpoint.address {
        Address::Path(path) => journals_of_embedded(path.parent()?.parent()?),
        Address::Abstract(_) | Address::Program(_) => None,
    }
}

/// Refuses what excludes one another.
fn check(options: &Options) -> Result<()> {
    let Options { scope, address, runtime_folder, location, .. } = options;
    let leave_out = |name| Hint::from([text("leave out "), Part::Argument(name)]);
    if location.user().is_some() && *scope == Some(Scope::System) {
        return Err(Error::config("a user is given, and the scope of the machine's manager")
            .with_hint(leave_out("scope")));
    }
    if !location.is_default() && address.is_some() {
        return Err(Error::config("an address is given, and also whose manager it is")
            .with_hint(leave_out("address")));
    }
    if !location.is_default() && runtime_folder.is_some() {
        return Err(Error::config("a runtime folder is given, and also whose manager it is")
            .with_hint(leave_out("runtime_dir")));
    }
    Ok(())
}

/// Refuses what has no meaning without a manager.
fn check_files(options: &Options) -> Result<()> {
    let Options { scope, address, runtime_folder, location, settings, .. } = options;
    let what = if location.root().is_some() { "a root folder" } else { "the scope of all users" };
    let refused = |reason: &str, name| {
        Err(Error::config(format!("{what} is given, and {reason}"))
            .with_hint(Hint::from([text("leave out "), Part::Argument(name)])))
    };
    if address.is_some() {
        return refused("an address, where no manager is", "address");
    }
    if runtime_folder.is_some() {
        return refused("a runtime folder, where no manager is", "runtime_dir");
    }
    if settings.backend.value == BackendChoice::Dbus && settings.backend.source == Source::Argument {
        return refused("D-Bus, where no manager is: systemctl works on the files", "backend");
    }
    if !location.is_here() || location.user().is_some() {
        return refused("also whose manager it is", "host").map_err(|error| {
            error.with_hint(Hint::from([
                text("leave out "),
                Part::Argument("host"),
                text(", "),
                Part::Argument("machine"),
                text(" and "),
                Part::Argument("user"),
            ]))
        });
    }
    let Some(root) = location.root() else { return Ok(()) };
    if *scope == Some(Scope::User) {
        return Err(Error::config("a root folder is given, and the scope of one user")
            .with_hint(Hint::from([text("for what all its users have use "), given("scope", "global")])));
    }
    check_root(root)
}

/// systemctl takes `/` for no root folder, and would ask the manager.
fn check_root(root: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let identity =
        |path: &Path| std::fs::metadata(path).map(|found| (found.is_dir(), found.dev(), found.ino()));
    let shown = root.display();
    match (identity(root), identity(Path::new("/"))) {
        (Err(error), _) => Err(Error::file("look at", root, &error)
            .with_kind(Kind::Config)
            .with_hint("give a folder that has the files of a system in it")),
        (Ok((false, ..)), _) => Err(Error::config(format!("root is {shown}, which is no folder"))
            .with_hint("mount the image, and give the folder")),
        (Ok(given), Ok(own)) if given == own => Err(Error::config("root is the root folder of this machine")
            .with_hint(Hint::from([text("leave out "), Part::Argument("root")]))),
        (Ok(_), _) => Ok(()),
    }
}
