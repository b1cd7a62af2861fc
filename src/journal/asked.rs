//! What somebody asks of the journal, in his words: checked, and made a query.

use std::path::PathBuf;

use super::cursor::{Cursor, parse_id};
use super::folder::{Journals, Owner};
use super::grep::Grep;
use super::matches::Match;
use super::names::{check_name, check_namespace};
use super::query::{Beginning, Boot, Query};
use crate::error::hint::{given, text};
use crate::error::{Error, Hint, Part, Result};
use crate::near::nearest;
use crate::process::own_uid;
use crate::scope::Scope;
use crate::unit::UnitPattern;

/// The words of syslog(3) for how urgent something is, the most urgent first.
pub const PRIORITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/// What somebody asks of the journal, in his words.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Only about these units; names or patterns.
    pub units: Vec<String>,
    /// Whose units they are, or, where none is named, whose journals are read.
    pub scope: Option<Scope>,
    /// The namespace of the journal.
    pub namespace: Option<String>,
    /// Another folder of journals.
    pub folder: Option<PathBuf>,
    /// These files.
    pub files: Vec<PathBuf>,
    /// Only entries that have one of the values of each of these fields.
    pub matches: Vec<(String, Vec<Vec<u8>>)>,
    /// Only what belongs to this run of a unit.
    pub invocation: Option<String>,
    /// Only this boot.
    pub boot: Option<Boot>,
    /// Only what is at least as urgent.
    pub priority: Option<String>,
    /// Only messages that are like this.
    pub grep: Option<String>,
    /// From this time on, in microseconds since the epoch.
    pub since: Option<u64>,
    /// Until this time.
    pub until: Option<u64>,
    /// From this entry on.
    pub cursor: Option<String>,
    /// From the entry behind this one on.
    pub after_cursor: Option<String>,
    /// At most so many.
    pub lines: Option<u64>,
    /// The newest first.
    pub reverse: bool,
    /// Only these fields.
    pub fields: Vec<String>,
}

impl Asked {
    /// The query that it is.
    pub fn query(&self) -> Result<Query> {
        self.fields.iter().try_for_each(|name| check_name(name))?;
        Ok(Query {
            journals: self.journals()?,
            wanted: self.wanted()?,
            boot: self.boot.as_ref().map(check_boot).transpose()?,
            grep: self.grep.as_deref().map(Grep::new).transpose()?,
            since: self.since,
            until: self.until,
            beginning: self.beginning()?,
            lines: self.lines,
            reverse: self.reverse,
            fields: self.fields.clone(),
        })
    }

    /// The query of one who goes on with what comes: if nothing is said of where to begin, only with that.
    pub fn query_to_follow(&self) -> Result<Query> {
        let query = self.query()?;
        if self.until.is_some() || self.reverse {
            return Err(Error::config("a journal that is followed has neither until nor reverse")
                .with_hint("read it, if it need not be followed"));
        }
        let is_begun = query.beginning != Beginning::Unset;
        if is_begun && query.lines.is_some() {
            return Err(Error::config(
                "lines and a cursor cannot both be given where the journal is followed",
            )
            .with_hint("give only one of them"));
        }
        let lines = if is_begun || query.since.is_some() { query.lines } else { query.lines.or(Some(0)) };
        Ok(Query { lines, ..query })
    }

    /// Where it is read.
    pub fn journals(&self) -> Result<Journals> {
        let given = [("folder", self.folder.is_some()), ("files", !self.files.is_empty())];
        let given = given.into_iter().chain([("namespace", self.namespace.is_some())]);
        let given: Vec<&str> = given.filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect();
        if let [one, other, ..] = given[..] {
            return Err(Error::config(format!("{one} and {other} cannot both be given"))
                .with_hint("give only one of them"));
        }
        if !self.files.is_empty() {
            return Ok(Journals::Files(self.files.clone()));
        }
        if let Some(folder) = &self.folder {
            return Ok(Journals::Folder(folder.clone()));
        }
        self.namespace.as_deref().map_or(Ok(()), check_namespace)?;
        let owner = match (self.scope, self.units.is_empty()) {
            (Some(Scope::Global), _) => return Err(no_global()),
            (Some(Scope::System), true) => Owner::System,
            // A service may run as a user, and log into that one's journal.
            (Some(Scope::System), false) => Owner::EverybodyAndSystem,
            (Some(Scope::User), true) => Owner::User(own_uid()),
            // Users of the system, and all where nothing is kept, have no journal of their own.
            (None, _) | (Some(Scope::User), false) => Owner::Everybody,
        };
        Ok(Journals::Local { owner, namespace: self.namespace.clone() })
    }

    fn wanted(&self) -> Result<Match> {
        let mut all = Vec::new();
        if !self.units.is_empty() {
            all.push(self.about_units()?);
        }
        for (name, values) in &self.matches {
            check_name(name)?;
            all.push(Match::Any(values.iter().map(|value| Match::field(name, value)).collect()));
        }
        if let Some(id) = &self.invocation {
            let id = parse_id(id).ok_or_else(|| no_id("invocation", id))?;
            all.push(Match::invocation(&super::cursor::id_text(id)));
        }
        if let Some(priority) = &self.priority {
            all.push(Match::priority(parse_priority(priority)?));
        }
        Ok(Match::All(all))
    }

    fn about_units(&self) -> Result<Match> {
        let uid = own_uid();
        let scope = self.scope.unwrap_or_else(|| Scope::of_user(uid));
        let about = |pattern: &UnitPattern| match scope {
            Scope::System | Scope::Global => Match::unit(pattern),
            Scope::User => Match::user_unit(pattern, uid),
        };
        let units = UnitPattern::parse_all(&self.units)?;
        units.iter().map(about).collect::<Result<_>>().map(Match::Any)
    }

    fn beginning(&self) -> Result<Beginning> {
        match (&self.cursor, &self.after_cursor) {
            (None, None) => Ok(Beginning::Unset),
            (Some(cursor), None) => Cursor::parse(cursor).map(Beginning::At),
            (None, Some(cursor)) => Cursor::parse(cursor).map(Beginning::After),
            (Some(_), Some(_)) => Err(Error::config("cursor and after_cursor cannot both be given")
                .with_hint("give only one of them")),
        }
    }
}

fn check_boot(boot: &Boot) -> Result<Boot> {
    match boot {
        Boot::Number(number) => Ok(Boot::Number(*number)),
        Boot::Id(id) => match parse_id(id) {
            Some(known) => Ok(Boot::Id(super::cursor::id_text(known))),
            None => Err(no_id("boot", id)),
        },
    }
}

fn no_id(name: &'static str, id: &str) -> Error {
    Error::config(format!("{name} is {id:?}, which is no id")).with_hint("an id has 32 hexadecimal digits")
}

/// The number of a priority that was given by it or by its name.
pub(super) fn parse_priority(given: &str) -> Result<u8> {
    let place = PRIORITIES.iter().position(|word| *word == given);
    let number = place.or_else(|| given.parse().ok()).and_then(|number| u8::try_from(number).ok());
    number.filter(|number| usize::from(*number) < PRIORITIES.len()).ok_or_else(|| {
        let hint = nearest(given, PRIORITIES).map_or_else(
            || format!("give 0 to 7, or one of {}", PRIORITIES.join(", ")),
            |near| format!("did you mean {near}?"),
        );
        Error::config(format!("priority is {given:?}, which is none")).with_hint(hint)
    })
}

fn no_global() -> Error {
    let hint: [Part; 4] = [text("use "), given("scope", "system"), text(" or "), given("scope", "user")];
    Error::config("the global scope has no manager, and no journal").with_hint(Hint::from(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(asked: &Asked) -> String {
        asked.query().unwrap_err().facts().message.clone()
    }

    #[test]
    fn what_nobody_can_read_is_told() {
        let some = |word: &str| Some(word.to_owned());
        let here = Asked::default;
        let cases = [
            (Asked { priority: some("eror"), ..here() }, "priority is \"eror\", which is none"),
            (Asked { priority: some("8"), ..here() }, "priority is \"8\", which is none"),
            (Asked { fields: vec!["message".to_owned()], ..here() }, "\"message\" is no name of a field"),
            (Asked { matches: vec![(String::new(), vec![])], ..here() }, "\"\" is no name of a field"),
            (Asked { invocation: some("1"), ..here() }, "invocation is \"1\", which is no id"),
            (Asked { boot: Some(Boot::Id("x".to_owned())), ..here() }, "boot is \"x\", which is no id"),
            (Asked { namespace: some("../a"), ..here() }, "namespace is \"../a\", which is no name"),
            (
                Asked { namespace: some("a"), folder: Some("/".into()), ..here() },
                "folder and namespace cannot both be given",
            ),
            (
                Asked { cursor: some("t=1"), after_cursor: some("t=1"), ..here() },
                "cursor and after_cursor cannot both be given",
            ),
            (
                Asked { scope: Some(Scope::Global), ..here() },
                "the global scope has no manager, and no journal",
            ),
        ];
        for (asked, expected) in cases {
            assert_eq!(refused(&asked), expected);
        }
        assert!(refused(&Asked { grep: some("("), ..here() }).starts_with("\"(\" is no regular expression"));
        assert!(refused(&Asked { units: vec!["a b".to_owned()], ..here() }).contains("a b"));
    }

    #[test]
    fn priorities_are_numbers_and_words() {
        for (number, word) in (0..8).zip(PRIORITIES) {
            assert_eq!(
                (parse_priority(word).unwrap(), parse_priority(&number.to_string()).unwrap()),
                (number, number)
            );
        }
    }
}
