//! Timers, paths and sockets without a file, each with the service that it starts.

use super::{StartTransient, named};
use crate::backend::JobOptions;
use crate::error::hint::text;
use crate::error::{Error, Part, Result};
use crate::input::Input;
use crate::property::Assignments;
use crate::unit::{UnitName, UnitType};

/// What is started by a timer, a path or a socket.
#[derive(Clone, Debug)]
pub enum Triggered {
    /// This command, in a service of its own.
    Command(Vec<String>),
    /// The service of this name, which there is.
    Service(UnitName),
}

impl StartTransient {
    /// A unit that starts another: its own settings, and those of the service, where that is made with it.
    pub fn trigger(
        unit_type: UnitType,
        triggered: Triggered,
        name: Option<&str>,
        own: Input,
        service: Input,
        options: JobOptions,
    ) -> Result<Self> {
        let own = own_settings(unit_type, own)?;
        let service = Assignments::read(service)?;
        let with = |unit: UnitName, auxiliary| Self {
            unit,
            properties: own.clone(),
            auxiliary,
            argv: None,
            variables: Vec::new(),
            is_for_this_process: false,
            options,
        };
        match triggered {
            Triggered::Service(triggered) => {
                let unit = trigger_of(&triggered, unit_type, name, &service)?;
                Ok(with(unit, Vec::new()))
            }
            Triggered::Command(argv) => {
                if accepts(&own) {
                    return Err(Error::config("a socket that accepts starts a service for each connection")
                        .with_hint(
                            "give the name of its template, such as echo@.service, and not a command",
                        ));
                }
                let unit = named(name, unit_type)?;
                let triggered = unit.with_type(UnitType::Service).parse()?;
                with(unit, vec![(triggered, service)]).running(Some(argv))
            }
        }
    }
}

/// Its own settings, with what systemd-run adds to them: a timer that will not elapse again is gone.
fn own_settings(unit_type: UnitType, own: Input) -> Result<Assignments> {
    let mut own = Assignments::read(own)?;
    if !own.all().iter().any(|one| says_when(unit_type, &one.name)) {
        return Err(Error::config(format!("nothing says when the {unit_type} starts its service"))
            .with_hint(hint_of(unit_type)));
    }
    if unit_type == UnitType::Timer && !own.has("RemainAfterElapse") {
        own.add("RemainAfterElapse", &Input::Boolean(false))?;
    }
    Ok(own)
}

/// Whether a setting says when the service is started.
fn says_when(unit_type: UnitType, name: &str) -> bool {
    match unit_type {
        UnitType::Timer => name.starts_with("On"),
        UnitType::Path => name.starts_with("Path") || name == "DirectoryNotEmpty",
        UnitType::Socket => name.starts_with("Listen"),
        UnitType::Service
        | UnitType::Target
        | UnitType::Device
        | UnitType::Mount
        | UnitType::Automount
        | UnitType::Swap
        | UnitType::Slice
        | UnitType::Scope => false,
    }
}

fn hint_of(unit_type: UnitType) -> [Part; 3] {
    let [one, other] = match unit_type {
        UnitType::Timer => ["on_calendar", "on_active"],
        UnitType::Path => ["path_exists", "path_changed"],
        _ => ["listen_stream", "listen_datagram"],
    };
    [text("give at least one, such as "), Part::Argument(one), text(format!(" or {other}"))]
}

fn accepts(own: &Assignments) -> bool {
    let mut said = own.all().iter().filter(|one| one.name == "Accept");
    said.next_back().is_some_and(|one| crate::unit_file::parse_boolean(&one.value).unwrap_or(false))
}

/// The unit that starts a service that there is: it has the same name.
fn trigger_of(
    service: &UnitName,
    unit_type: UnitType,
    name: Option<&str>,
    settings: &Assignments,
) -> Result<UnitName> {
    let refuse = |message: String, hint: &'static str| {
        Err(Error::config(message).with_unit(service.as_str()).with_hint(hint))
    };
    if service.unit_type() != UnitType::Service {
        let message = format!("a {unit_type} without a file starts no {}", service.unit_type());
        return refuse(message, "give the name of a service");
    }
    if name.is_some() {
        let message = format!("the {unit_type} of {service} has its name");
        return refuse(message, "leave name out");
    }
    if !settings.is_empty() {
        let message = format!("{service} has its settings from its file");
        return refuse(message, "leave properties out, or give a command in its place");
    }
    if unit_type == UnitType::Socket && service.is_template() {
        return format!("{}.{unit_type}", service.prefix()).parse();
    }
    service.with_type(unit_type).parse()
}
