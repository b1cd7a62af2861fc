//! What has to stand ready where a command is to run: its program is found there, and its variables are in a file.

use super::codes::{NO_PROGRAM, NO_VARIABLES};
use super::command::Run;
use super::on_host::hold;
use super::ready::{Held, Ready};
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::location::Location;
use crate::operation::program::{self, Variables};
use crate::process::{LastWords, hold_script};

impl Run {
    /// Sees to it on this machine, be it in the caller's own name, in a container, or for another user.
    pub(super) async fn ready(&self, client: &Client) -> Result<Ready> {
        let location = &client.whose().location;
        let is_found = self.argv[0].starts_with('/');
        if location.is_default() {
            return self.ready_here(client);
        }
        if is_found && self.variables.is_empty() {
            return Ok(Ready { program: self.argv[0].clone(), variables: None, held: Held::Nobody });
        }
        let script = hold(self, client.whose())?;
        let held = hold_script(&location.shell(), &script, 2).await;
        let held = held.map_err(|error| no_shell(location, &error).with_errno(error.raw_os_error()))?;
        let shell = held.map_err(|words| self.not_ready(location, &words))?;
        let [program, file] = &shell.lines[..] else { return Err(no_shell(location, &"it says too much")) };
        let variables = Some(file.clone()).filter(|file| !file.is_empty());
        Ok(Ready { program: program.clone(), variables, held: Held::Shell { _shell: shell } })
    }

    fn ready_here(&self, client: &Client) -> Result<Ready> {
        let program = program::path_of(&self.argv[0], self.folder(), self.search())?;
        if self.variables.is_empty() {
            return Ok(Ready { program, variables: None, held: Held::Nobody });
        }
        let file = Variables::write(client, "pm2go-run-", &self.variables)?;
        Ok(Ready { program, variables: Some(file.path()), held: Held::We { _file: file } })
    }

    /// Why a shell elsewhere did not get as far as the command.
    pub(super) fn not_ready(&self, location: &Location, words: &LastWords) -> Error {
        let last = words.lines.last().map_or("it says nothing", String::as_str);
        match words.status.and_then(|status| status.code()) {
            Some(NO_PROGRAM) => {
                Error::config(format!("the program {:?} is not in PATH of {location}", self.argv[0]))
                    .with_hint("install it there, or give its whole path")
            }
            Some(NO_VARIABLES) => {
                let message = format!("cannot write a file of variables for {location}: {last}");
                Error::new(Kind::Storage, message).with_hint("see that there is room in /run there")
            }
            _ => no_shell(location, &last),
        }
        .with_unit(self.unit.as_str())
    }

    /// Refuses what ssh carries no further than to a host.
    pub(super) fn check_place(&self, location: &Location) -> Result<()> {
        if location.host().is_none()
            || location.is_host()
            || self.argv[0].starts_with('/') && self.variables.is_empty()
        {
            return Ok(());
        }
        let message = format!("neither programs are looked for nor variables written for {location}");
        Err(Error::new(Kind::Unsupported, message)
            .with_hint("give the program's whole path, and name a file there in EnvironmentFile"))
    }
}

fn no_shell(location: &Location, reason: &dyn std::fmt::Display) -> Error {
    Error::new(
        Kind::Unavailable,
        format!("cannot run a command for {location}: no shell can be had: {reason}"),
    )
}
