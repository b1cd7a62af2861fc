//! Which command of a unit ended in this attempt, and how.

use super::JobVerb;
use super::executed::MAIN;
use super::failure::Failure;
use super::witnessed::Exit;
use crate::journal::ProcessEnd;
use crate::value::Value;

/// The settings whose commands are run beside the main process, in the order in which they are to blame.
const COMMANDS: [&str; 6] =
    ["ExecCondition", "ExecStartPre", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost"];

/// A command that ended.
pub(super) struct End {
    /// The setting that it was started by.
    pub(super) command: String,
    pub(super) exit: Exit,
}

impl Failure<'_> {
    /// The command that failed, or the main process, if it ended in this attempt.
    pub(super) fn end(&self) -> Option<End> {
        let main = |exit| End { command: MAIN.to_owned(), exit };
        self.failed_command()
            .or_else(|| self.main_process().map(main))
            .or_else(|| self.evidence.witnessed.exit().map(main))
            .or_else(|| self.logged_end())
    }

    fn failed_command(&self) -> Option<End> {
        COMMANDS.iter().filter(|name| self.may_blame(name)).find_map(|&name| {
            let Value::List(commands) = self.find(name)? else { return None };
            let exit = commands.iter().find_map(|command| self.failed(command))?;
            Some(End { command: name.to_owned(), exit })
        })
    }

    fn may_blame(&self, name: &str) -> bool {
        name != "ExecStop" || self.asked.verb == JobVerb::Stop
    }

    /// `(sasbttttuii)`: path, arguments, whether its failure does not count, four times, PID, how it ended.
    fn failed(&self, command: &Value) -> Option<Exit> {
        let Value::Tuple(fields) = command else { return None };
        let counts = fields.get(2)?.as_boolean() != Some(true);
        let ended = fields.get(6)?.as_unsigned();
        let exit = Exit::of(fields.get(8), fields.get(9))?;
        (counts && self.asked.is_before(ended) && exit.exit_code() != Some(0)).then_some(exit)
    }

    fn main_process(&self) -> Option<Exit> {
        let is_of_this = self.asked.is_before(self.number("ExecMainExitTimestampMonotonic"));
        let exit = Exit::of(self.find("ExecMainCode"), self.find("ExecMainStatus"));
        exit.filter(|_| is_of_this)
    }

    /// The last end that the manager logged; one that failed, if there is one.
    fn logged_end(&self) -> Option<End> {
        let ends = || self.evidence.entries.iter().rev().filter_map(|entry| entry.exit.as_ref());
        let failed = ends().find(|end| end.code != "exited" || end.status != 0);
        failed.or_else(|| ends().next()).map(logged)
    }
}

fn logged(end: &ProcessEnd) -> End {
    let code = match end.code.as_str() {
        "exited" => 1,
        "dumped" => 3,
        _ => 2,
    };
    End { command: end.command.clone(), exit: Exit { code, status: end.status } }
}
