//! A machine that is asked from afar: an app is checked against what is known of it, and what else the check wants to know is
//! noted, to be asked all at once.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::lookup::{FileAccess, Lookup};
use crate::error::Result;

/// What a check wants to know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// The current folder.
    CurrentFolder,
    /// The program that this name runs.
    Program(String),
    /// What there is at this path.
    Path(String),
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A folder, or the path of a program; nothing, where there is no such program.
    Place(Option<String>),
    /// What there is at a path.
    Path(FoundPath),
}

/// What there is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPath {
    /// A file.
    pub is_file: bool,
    /// A file that somebody may execute.
    pub is_executable: bool,
    /// A folder.
    pub is_folder: bool,
    /// The path without symlinks and `..`, if it exists.
    pub canonical: Option<String>,
    /// Who can read it.
    pub access: FileAccess,
}

/// All that is known.
pub type Facts = BTreeMap<Question, Fact>;

/// A machine of which this much is known. What is not known is taken for as it should be, until it is asked.
#[derive(Debug)]
pub struct Gathering<'a> {
    facts: &'a Facts,
    open: RefCell<BTreeSet<Question>>,
}

impl<'a> Gathering<'a> {
    /// One of which these facts are known.
    #[must_use]
    pub fn new(facts: &'a Facts) -> Self {
        Self { facts, open: RefCell::default() }
    }

    /// What has to be asked before the check counts.
    #[must_use]
    pub fn open(self) -> Vec<Question> {
        self.open.into_inner().into_iter().collect()
    }

    fn find(&self, question: Question) -> Option<&Fact> {
        let fact = self.facts.get(&question);
        if fact.is_none() {
            self.open.borrow_mut().insert(question);
        }
        fact
    }

    fn place(&self, question: Question, meanwhile: &str) -> Option<String> {
        match self.find(question) {
            Some(Fact::Place(place)) => place.clone(),
            Some(Fact::Path(_)) | None => Some(meanwhile.to_owned()),
        }
    }

    fn path(&self, path: &str) -> Option<&FoundPath> {
        match self.find(Question::Path(path.to_owned())) {
            Some(Fact::Path(found)) => Some(found),
            Some(Fact::Place(_)) | None => None,
        }
    }
}

impl Lookup for Gathering<'_> {
    fn current_dir(&self) -> Result<String> {
        Ok(self.place(Question::CurrentFolder, "/").unwrap_or_else(|| "/".to_owned()))
    }

    fn which(&self, name: &str) -> Option<String> {
        self.place(Question::Program(name.to_owned()), "/bin/true")
    }

    fn is_file(&self, path: &str) -> bool {
        self.path(path).is_none_or(|found| found.is_file)
    }

    fn is_executable(&self, path: &str) -> bool {
        self.path(path).is_none_or(|found| found.is_executable)
    }

    fn is_dir(&self, path: &str) -> bool {
        self.path(path).is_none_or(|found| found.is_folder)
    }

    fn canonicalize(&self, path: &str) -> Option<String> {
        self.path(path).map_or_else(|| Some(path.to_owned()), |found| found.canonical.clone())
    }

    fn file_access(&self, path: &str) -> FileAccess {
        self.path(path).map_or(FileAccess::Unknown, |found| found.access)
    }
}
