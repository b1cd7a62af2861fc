//! What was logged of units: by our own reader here, and through `journalctl` elsewhere.

use std::sync::Arc;

use super::ahead::Ahead;
use super::asked::Asked;
use super::matches::Match;
use super::query::Query;
use super::unit_entry::{NOT_EXECUTED, UnitEntry};
use crate::error::Result;
use crate::flow::readable;
use crate::location::Whose;
use crate::scope::Scope;
use crate::unit::{UnitName, UnitPattern};

/// One run of a unit, to tell its entries from others.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// When it was asked for, in microseconds since the epoch; without it, earlier runs count as well.
    pub since: Option<u64>,
    /// Its main process.
    pub pid: Option<u32>,
}

/// The last entries about a unit, oldest first, with what the manager says in fields of its own.
pub async fn unit_entries(whose: &Whose, unit: &UnitName, run: &Run, lines: usize) -> Result<Vec<UnitEntry>> {
    let asked = Asked {
        units: vec![unit.as_str().to_owned()],
        scope: Some(whose.scope),
        folder: whose.journals.clone(),
        since: run.since,
        lines: Some(lines as u64),
        fields: UnitEntry::FIELDS.map(str::to_owned).to_vec(),
        ..Asked::default()
    };
    let wanted = about_unit(whose, &UnitPattern::Name(unit.clone()), run.pid)?;
    read_all(open(whose, &asked, wanted, false)?).await
}

/// The last error that a unit's manager logged about its file. Anybody can write that a line is about this unit, but not
/// who wrote it.
pub(crate) async fn last_complaint(whose: &Whose, unit: &UnitName) -> Result<Option<UnitEntry>> {
    let (name, writer) = match whose.scope {
        Scope::System => ("UNIT", Some(("_PID", 1))),
        Scope::User | Scope::Global => ("USER_UNIT", whose.uid.map(|uid| ("_UID", uid))),
    };
    let writer = writer.map(|(name, number)| (name, number.to_string()));
    let matches = [(name, unit.as_str().to_owned())].into_iter().chain(writer);
    let asked = Asked {
        matches: matches.map(|(name, value)| (name.to_owned(), vec![value.into_bytes()])).collect(),
        folder: whose.journals.clone(),
        priority: Some("err".to_owned()),
        lines: Some(1),
        fields: UnitEntry::FIELDS.map(str::to_owned).to_vec(),
        ..Asked::default()
    };
    Ok(read_all(Ahead::begin(&asked, whose.location.clone())?).await?.pop())
}

/// All that it reads, without blocking whoever waits for more than one thing.
async fn read_all(reader: Ahead) -> Result<Vec<UnitEntry>> {
    let (reader, mut found) = (Arc::new(reader), Vec::new());
    loop {
        while let Some(entry) = reader.take()? {
            found.extend(UnitEntry::of(&entry));
        }
        if reader.has_ended() {
            return Ok(found);
        }
        readable(&Arc::new(Ahead::read_ahead(&reader)?)).await;
    }
}

/// The entries about units, from the last `lines` on; those that come as well, if they are followed.
pub fn about(
    whose: &Whose,
    units: &[UnitPattern],
    lines: Option<u64>,
    since: Option<u64>,
    follow: bool,
) -> Result<Ahead> {
    let asked = Asked {
        units: units.iter().map(|unit| unit.as_str().to_owned()).collect(),
        scope: Some(whose.scope),
        folder: whose.journals.clone(),
        lines,
        since,
        ..Asked::default()
    };
    let each = units.iter().map(|unit| about_unit(whose, unit, None));
    open(whose, &asked, Match::Any(each.collect::<Result<_>>()?), follow)
}

/// Reads what is asked for, which here is more than `journalctl` finds by its words.
fn open(whose: &Whose, asked: &Asked, wanted: Match, follow: bool) -> Result<Ahead> {
    match (whose.location.is_here(), follow) {
        (true, false) => Ahead::of_query(&Query { wanted, ..asked.query()? }),
        (true, true) => Ahead::follow_query(&Query { wanted, ..asked.query_to_follow()? }),
        (false, false) => Ahead::begin(asked, whose.location.clone()),
        (false, true) => Ahead::follow(asked, whose.location.clone()),
    }
}

/// What `journalctl --unit` looks for, and what processes say that journald could not tell whose they were: some did not get as
/// far as their program, and some of a user's were gone before it got to the line.
fn about_unit(whose: &Whose, unit: &UnitPattern, pid: Option<u32>) -> Result<Match> {
    let any = match (whose.scope, whose.uid) {
        (Scope::System, _) | (_, None) => {
            let not_executed = Match::field("MESSAGE_ID", NOT_EXECUTED);
            vec![Match::unit(unit)?, Match::All(vec![Match::of_unit("UNIT", unit)?, not_executed])]
        }
        (Scope::User | Scope::Global, Some(uid)) => {
            let process = pid.map(|pid| {
                let process = [("_PID", pid), ("_UID", uid)];
                Match::All(process.map(|(name, value)| Match::field(name, value.to_string())).to_vec())
            });
            [Match::user_unit(unit, uid)?].into_iter().chain(process).collect()
        }
    };
    Ok(Match::Any(any))
}
