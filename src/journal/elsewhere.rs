//! The journal of another host or of a container, which `journalctl` reads there.

use std::ops::RangeInclusive;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::io::{Errno, read};

use super::asked::Asked;
use super::entry::Entry;
use super::export::Export;
use super::folder::LeftOut;
use super::journalctl::command;
use super::journals::who_may_read;
use super::progress::Progress;
use crate::error::{Error, Hint, Kind, Result};
use crate::flow::block::block;
use crate::location::Location;
use crate::process::{Companion, LastWords};
use crate::scope::Scope;

/// So much is read in one go.
const PIECE: usize = 64 << 10;
/// How ssh(1) says that it did not get as far as the command, and a shell that it does not know it.
const NOT_THERE: i32 = 255;
const UNKNOWN: i32 = 127;
/// How journalctl says that no message is like that.
const NONE_FOUND: i32 = 1;

/// The entries that were asked for, as `journalctl` writes them elsewhere.
#[derive(Debug)]
pub(super) struct Elsewhere {
    location: Location,
    is_followed: bool,
    /// Messages are looked through.
    is_searched: bool,
    asked: Asked,
    /// What came so far of the line before the first entry, until that is whole: the cursor of the last entry that there was.
    first_line: Option<Vec<u8>>,
    /// Where who goes on begins.
    last: Option<String>,
    output: Arc<OwnedFd>,
    /// Gone when it has ended, or is not needed any more.
    program: Option<Companion>,
    export: Export,
    /// How many more are wanted.
    left: u64,
    /// None of other times: `journalctl` does not take all bounds together with a cursor.
    times: RangeInclusive<u64>,
    /// The last ones, the newest first, until all have come.
    held: Option<Vec<Entry>>,
    /// The system's journal must not be missing.
    is_of_system: bool,
    left_out: Vec<LeftOut>,
}

impl Elsewhere {
    /// Begins to read there.
    pub(super) fn begin(asked: &Asked, location: Location, is_followed: bool) -> Result<Self> {
        let query = if is_followed { asked.query_to_follow()? } else { asked.query()? };
        let line = command(asked, &query, &location, is_followed)?;
        let (output, program) = Companion::start(&line, false).map_err(|error| {
            let program = line.first().map_or("", String::as_str);
            unread(&location, &format!("{program}: {error}")).with_errno(error.raw_os_error())
        })?;
        let holds = !is_followed && query.is_of_last() && !query.reverse;
        let lines = if is_followed { None } else { query.lines };
        Ok(Self {
            location,
            asked: asked.clone(),
            first_line: (is_followed && query.is_of_what_comes()).then(Vec::new),
            last: None,
            is_followed,
            is_searched: asked.grep.is_some(),
            output: Arc::new(output),
            program: Some(program),
            export: Export::of(&query.fields),
            left: lines.unwrap_or(u64::MAX),
            times: query.since.unwrap_or_default()..=query.until.unwrap_or(u64::MAX),
            held: holds.then(Vec::new),
            is_of_system: asked.scope == Some(Scope::System)
                || asked.scope.is_none() && !asked.units.is_empty(),
            left_out: Vec::new(),
        })
    }

    /// Whether `journalctl` knows there what there was before: whatever is logged from then on is told.
    pub(super) fn has_begun(&self) -> bool {
        self.first_line.is_none()
    }

    /// The same of what there is behind all that was given, without what comes.
    pub(super) fn rest_of_now(&self) -> Result<Self> {
        let asked = Asked { lines: None, ..self.asked.clone() };
        let asked = match &self.last {
            Some(cursor) => Asked { since: None, cursor: None, after_cursor: Some(cursor.clone()), ..asked },
            None => asked,
        };
        Self::begin(&asked, self.location.clone(), false)
    }

    /// It can be read when there may be more.
    pub(super) fn news(&self) -> &Arc<OwnedFd> {
        &self.output
    }

    /// What is not read, and why.
    pub(super) fn left_out(&self) -> Vec<LeftOut> {
        match &self.program {
            Some(program) if is_partial(&program.complaints()) => vec![hidden(&self.location)],
            _ => self.left_out.clone(),
        }
    }

    /// Gives so many entries, or fewer, of what has come.
    pub(super) fn read_some(&mut self, most: usize) -> Result<(Progress, Vec<Entry>)> {
        let mut found = Vec::new();
        while found.len() < most && self.left > 0 {
            let Some(entry) = self.export.next()? else { break };
            if self.times.contains(&entry.realtime()) {
                self.left -= 1;
                found.push(entry);
            }
        }
        if self.left == 0 && self.program.is_some() {
            self.left_out = self.left_out();
            self.program = None;
        }
        if let Some(entry) = found.last().filter(|_| self.is_followed) {
            self.last = Some(entry.cursor().to_string());
        }
        if !found.is_empty() {
            let Some(held) = &mut self.held else { return Ok((Progress::Some, found)) };
            held.append(&mut found);
            return Ok((Progress::Some, Vec::new()));
        }
        if self.program.is_none() {
            return Ok(self.rest(most));
        }
        self.read_piece()
    }

    /// Reads what has come.
    fn read_piece(&mut self) -> Result<(Progress, Vec<Entry>)> {
        let mut piece = vec![0; PIECE];
        match read(&self.output, &mut piece[..]) {
            Ok(0) => self.end()?,
            Ok(count) => self.take_in(&piece[..count]),
            Err(Errno::AGAIN) if self.is_of_system && !self.left_out().is_empty() => {
                return Err(refused(&self.location));
            }
            Err(Errno::AGAIN) => return Ok((Progress::Nothing, Vec::new())),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(unread(&self.location, &errno).with_errno(Some(errno.raw_os_error()))),
        }
        Ok((Progress::Some, Vec::new()))
    }

    fn take_in(&mut self, piece: &[u8]) {
        let Some(line) = &mut self.first_line else { return self.export.push(piece) };
        let Some(end) = piece.iter().position(|byte| *byte == b'\n') else { return line.extend(piece) };
        line.extend(&piece[..end]);
        self.last = Some(String::from_utf8_lossy(line).into_owned()).filter(|cursor| !cursor.is_empty());
        self.first_line = None;
        self.export.push(&piece[end + 1..]);
    }

    /// Of those that were held the oldest ones.
    fn rest(&mut self, most: usize) -> (Progress, Vec<Entry>) {
        let Some(held) = self.held.as_mut().filter(|held| !held.is_empty()) else {
            return (Progress::End, Vec::new());
        };
        let mut oldest = held.split_off(held.len().saturating_sub(most));
        oldest.reverse();
        (Progress::Some, oldest)
    }

    /// It has ended: by itself, or for a reason that it tells.
    fn end(&mut self) -> Result<()> {
        let Some(program) = self.program.take() else { return Ok(()) };
        let words = block(program.last_words(), None)?;
        if is_partial(&words.lines) {
            if self.is_of_system {
                return Err(refused(&self.location));
            }
            self.left_out.push(hidden(&self.location));
        }
        let code = words.status.and_then(|status| status.code());
        let is_quiet = words.lines.is_empty() || is_partial(&words.lines);
        let is_well = code == Some(0) || code == Some(NONE_FOUND) && self.is_searched && is_quiet;
        if is_well && !self.is_followed { Ok(()) } else { Err(ended(&self.location, &words)) }
    }
}

/// Whether `journalctl` says that it does not show all.
fn is_partial(lines: &[String]) -> bool {
    lines.iter().any(|line| line.contains("not seeing messages"))
}

fn hidden(location: &Location) -> LeftOut {
    LeftOut { path: PathBuf::from(location.to_string()), reason: refused(location) }
}

fn unread(location: &Location, reason: &dyn std::fmt::Display) -> Error {
    Error::new(Kind::Unavailable, format!("cannot read the journal of {location}: {reason}"))
}

fn refused(location: &Location) -> Error {
    let message = format!("the journal of {location} may not be read, or not all of it");
    Error::new(Kind::PermissionDenied, message).with_hint(who_may_read())
}

fn ended(location: &Location, words: &LastWords) -> Error {
    if words.lines.iter().any(|line| line.contains("insufficient permissions")) {
        return refused(location);
    }
    let said = words.lines.last().map_or("journalctl has ended", String::as_str);
    let hint: Hint = match (location.host(), words.status.and_then(|status| status.code())) {
        (Some(host), Some(NOT_THERE)) => {
            format!("see that `ssh {host} true` works without a question, as from a script").into()
        }
        (_, Some(UNKNOWN)) => {
            format!("{location} has no journalctl in its PATH, which is part of systemd").into()
        }
        (Some(_), _) => "see what journalctl says there".into(),
        (None, _) => "see that the container runs (machinectl), and that this is root".into(),
    };
    unread(location, &said).with_hint(hint)
}
