//! The terminal of a command.

use std::os::fd::AsFd;

use super::command::Run;
use super::running::Running;
use super::streams::Stream;
use crate::error::hint::{given, text};
use crate::error::{Error, Kind, Result};
use crate::flow::TOO_MANY_FILES;
use crate::location::Location;
use crate::process::terminal::{Terminal, TerminalSize};
use crate::property::property;
use crate::value::Value;

/// The size of a terminal of which nothing else is known.
const USUAL: TerminalSize = TerminalSize { rows: 24, columns: 80 };
/// The type of one of which nothing is known, as systemd has it.
const UNKNOWN: &str = "vt220";

impl Run {
    /// Whether one of its streams is a terminal.
    pub(super) fn has_terminal(&self) -> bool {
        self.streams.contains(&Stream::Terminal)
    }

    /// What kind it has, which is ours; a later word on that stands.
    pub(super) fn terminal_type(&self) -> Option<Value> {
        self.has_terminal().then(|| {
            let name = std::env::var("TERM").ok().filter(|name| !name.is_empty());
            let variable = format!("TERM={}", name.as_deref().unwrap_or(UNKNOWN));
            property("Environment", "as", Value::List(vec![Value::Text(variable)]))
        })
    }

    /// Refuses a terminal of another host.
    pub(super) fn check_terminal_place(&self, location: &Location) -> Result<()> {
        if location.host().is_none() || !self.has_terminal() {
            return Ok(());
        }
        let message =
            format!("a command cannot have a terminal on {location}: ssh carries its streams as pipes");
        Err(Error::new(Kind::Unsupported, message).with_hint("give it pipes, or run ssh -t itself"))
    }

    pub(super) fn open_terminal(&self) -> Result<Terminal> {
        Terminal::open(self.terminal_size()).map_err(|error| {
            Error::new(Kind::Unavailable, format!("cannot make a pseudo terminal: {error}"))
                .with_errno(error.raw_os_error())
                .with_hint(TOO_MANY_FILES)
                .with_unsent(true)
        })
    }

    /// What its variables say, or else the terminal of this process.
    fn terminal_size(&self) -> TerminalSize {
        let said = |wanted: &str| {
            let found = self.variables.iter().find(|(name, _)| name == wanted)?;
            found.1.parse().ok().filter(|count| *count > 0)
        };
        let ours = || {
            let (input, output, error) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
            TerminalSize::of_any([input.as_fd(), output.as_fd(), error.as_fd()]).unwrap_or(USUAL)
        };
        match (said("LINES"), said("COLUMNS")) {
            (Some(rows), Some(columns)) => TerminalSize { rows, columns },
            (rows, columns) => {
                let ours = ours();
                TerminalSize { rows: rows.unwrap_or(ours.rows), columns: columns.unwrap_or(ours.columns) }
            }
        }
    }
}

impl Running {
    /// Its terminal has been made: what it writes comes on one output.
    pub(super) fn open_terminal(&self, run: &Run, terminal: Terminal) {
        if run.streams[0] == Stream::Terminal {
            self.input.open_terminal(&terminal.ours);
        }
        let is_terminal = |stream: &Stream| *stream == Stream::Terminal;
        if let Some(place) = run.streams[1..].iter().position(is_terminal) {
            self.outputs[place].open_terminal(&terminal);
        }
        self.terminal.get_or_init(|| terminal.ours);
    }

    /// Gives its terminal another size.
    pub fn resize(&self, rows: usize, columns: usize) -> Result<()> {
        let Some(terminal) = self.terminal.get() else {
            return Err(Error::config(format!("{} has no terminal", self.unit()))
                .with_unit(self.unit().as_str())
                .with_hint([
                    text("start it with "),
                    given("stdin", "pty"),
                    text(" or "),
                    given("stdout", "pty"),
                ]));
        };
        let size = TerminalSize { rows: count("rows", rows)?, columns: count("columns", columns)? };
        size.set(terminal).map_err(|error| self.failed(&error))
    }
}

fn count(name: &str, count: usize) -> Result<u16> {
    match u16::try_from(count) {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(Error::config(format!("{name} is {count}, which no terminal can have"))
            .with_hint(format!("give a number from 1 to {}", u16::MAX))),
    }
}
