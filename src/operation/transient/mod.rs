//! The start of a unit that has no file: it is there from its start on, and gone when it is down.

mod scope;
mod trigger;
mod variables;

use crate::backend::{AskedJob, BegunJob, JobOptions, JobVerb, TransientUnit};
use crate::client::{Asked, Client};
use crate::error::{Error, Kind, Result};
use crate::input::Input;
use crate::location::Location;
use crate::property::Assignments;
use crate::temporary::random_name;
use crate::unit::{JobResult, UnitName, UnitType};
use crate::verb::Repeat;

use super::program;
pub use trigger::Triggered;

const COMMAND: &str = "ExecStart";

/// The start of a unit that has no file, and of others that come with it.
#[derive(Clone, Debug)]
pub struct StartTransient {
    unit: UnitName,
    properties: Assignments,
    auxiliary: Vec<(UnitName, Assignments)>,
    /// What its service runs, and the environment of that.
    argv: Option<Vec<String>>,
    variables: Vec<(String, String)>,
    /// It is for the calling process.
    is_for_this_process: bool,
    options: JobOptions,
}

impl StartTransient {
    /// A unit of this name with these settings; a service can have its command as words. The others are settings by the
    /// units' names.
    pub fn new(
        unit: UnitName,
        properties: Input,
        argv: Option<Vec<String>>,
        auxiliary: Input,
        options: JobOptions,
    ) -> Result<Self> {
        let properties = Assignments::read(properties)?;
        if argv.is_some() && unit.unit_type() != UnitType::Service {
            let message = format!("{unit} is no service, and runs no command");
            return Err(Error::config(message).with_hint("give the command to its service"));
        }
        let auxiliary = others(auxiliary)?;
        Self {
            unit,
            properties,
            auxiliary,
            argv: None,
            variables: Vec::new(),
            is_for_this_process: false,
            options,
        }
        .running(argv)
    }

    /// The same whose service runs this command.
    fn running(mut self, argv: Option<Vec<String>>) -> Result<Self> {
        let Some(argv) = argv else { return Ok(self) };
        program::check_arguments(&argv)?;
        if self.service().has(COMMAND) {
            return Err(Error::config(format!("both argv and {COMMAND} are given"))
                .with_hint("leave one of them out"));
        }
        self.argv = Some(argv);
        Ok(self)
    }

    /// The settings of its service: its own, or those of the one that comes with it.
    fn service(&mut self) -> &mut Assignments {
        match self.auxiliary.first_mut() {
            Some((_, settings)) if self.unit.unit_type() != UnitType::Service => settings,
            _ => &mut self.properties,
        }
    }

    /// The same with variables in its service's environment, which are nobody's to read.
    pub fn with_variables(mut self, variables: Vec<(String, String)>) -> Result<Self> {
        if !variables.is_empty() && self.argv.is_none() {
            return Err(Error::config("there are variables, and no command for them").with_hint(
                "give the command, too; a service that there is has its environment from its file",
            ));
        }
        self.variables = variables;
        Ok(self)
    }

    /// Has systemd start it, and judges how that went.
    pub(crate) async fn perform(&self, client: &Client) -> Result<JobResult> {
        let mut made = self.made(client)?;
        let file = match &self.variables[..] {
            [] => None,
            some => Some(variables::write(client, some)?),
        };
        if let Some(file) = &file {
            let path = Input::Text(file.display().to_string());
            made.service().add("EnvironmentFile", &path)?;
        }
        let unit = TransientUnit { properties: made.properties, auxiliary: made.auxiliary };
        let asked = AskedJob::now(JobVerb::Start, &self.unit, self.options).of_transient(unit);
        let ended = client.run_asked_job(self, &asked, None::<fn(&BegunJob)>).await;
        if let (Some(file), Err(_)) = (file, &ended) {
            variables::remove_if_unused(client, &file);
        }
        ended
    }

    /// The same with its command, whose program is looked for.
    fn made(&self, client: &Client) -> Result<Self> {
        let location = &client.whose().location;
        self.check_place(location)?;
        let mut made = self.clone();
        if let Some(argv) = &self.argv {
            let settings = made.service();
            let mut folders = settings.all().iter().filter(|one| one.name == "WorkingDirectory");
            let folder = folders.next_back().map(|one| one.value.as_str());
            let search =
                self.variables.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_str());
            let path = program::path_of(&argv[0], folder, search)?;
            let words = std::iter::once(&path).chain(&argv[1..]);
            settings.add(COMMAND, &Input::List(words.cloned().map(Input::Text).collect()))?;
        }
        Ok(made)
    }

    /// What is of this machine is of no use to somebody else's manager.
    fn check_place(&self, location: &Location) -> Result<()> {
        if self.is_for_this_process && !location.is_here() {
            let message = format!("this process is none of {location}");
            return Err(
                Error::new(Kind::Unsupported, message).with_hint("give the numbers of processes there")
            );
        }
        if let Some(argv) = &self.argv {
            program::check_place(&argv[0], location)?;
        }
        program::check_variables_place(&self.variables, location)
    }
}

impl Asked for StartTransient {
    fn what(&self) -> String {
        format!("start of {}", self.unit)
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.unit.clone())
    }

    fn repeat(&self) -> Repeat {
        Repeat::UnlessHeard
    }
}

/// Settings by the names of units.
fn others(given: Input) -> Result<Vec<(UnitName, Assignments)>> {
    let hint = "give a mapping of units' names to their properties";
    match given {
        Input::Null => Ok(Vec::new()),
        Input::Table(entries) => {
            let one =
                |(name, properties): (Input, Input)| match name {
                    Input::Text(name) => Ok((UnitName::complete(&name)?, Assignments::read(properties)?)),
                    other => Err(Error::config(format!("the name of an auxiliary unit {}", other.what()))
                        .with_hint(hint)),
                };
            entries.into_iter().map(one).collect()
        }
        other => Err(Error::config(format!("auxiliary {}", other.what())).with_hint(hint)),
    }
}

/// The name that is given to a unit of this type, or one that nobody has.
fn named(given: Option<&str>, unit_type: UnitType) -> Result<UnitName> {
    let suffix = unit_type.as_str();
    let Some(given) = given else {
        return random_name(&format!("pm2go-{suffix}-"), &format!(".{suffix}")).parse();
    };
    let named = UnitName::complete(given)?;
    if named.unit_type() == unit_type {
        return Ok(named);
    }
    if named.as_str() == given {
        return Err(Error::config(format!("{named} is no {suffix}"))
            .with_unit(named.as_str())
            .with_hint(format!("give a name that ends with .{suffix}, or one without an ending")));
    }
    named.with_type(unit_type).parse()
}

#[cfg(test)]
mod tests;
