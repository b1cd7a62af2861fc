//! A unit file, line by line, as it stands.

use std::fmt;

/// A unit file that renders back byte for byte: comments, blank lines, order, unknown settings and all.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UnitFile {
    pub(super) lines: Vec<Line>,
}

/// One logical line: more than one line of text where it is continued.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The text with its line breaks.
    pub(super) raw: String,
    pub(super) content: Content,
    /// How many lines of text this is.
    pub(super) height: usize,
    /// The text ends in a continuation that the end of the file cut off.
    pub(super) open: bool,
    /// The text has the byte order mark that systemd skips: without it, it would skip a later one.
    pub(super) mark: bool,
}

impl Line {
    /// A line of one line of text.
    pub(super) fn new(raw: String, content: Content) -> Self {
        Self { raw, content, height: 1, open: false, mark: false }
    }
}

/// What a logical line says.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// A comment or nothing.
    Silent,
    Section(String),
    Assignment {
        key: String,
        value: String,
    },
    /// systemd skips it with a warning; this is why.
    Ignored(&'static str),
}

/// One assignment of a unit file, as it is written: specifiers and quotes are not resolved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Assignment<'a> {
    /// The section it stands in.
    pub section: &'a str,
    /// The setting's name.
    pub key: &'a str,
    /// The value, without white space at its ends, continuation lines joined.
    pub value: &'a str,
    /// The number of its first line, from 1.
    pub line: usize,
}

/// A line that systemd skips with a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IgnoredLine {
    /// The number of the line, from 1.
    pub line: usize,
    /// Why systemd skips it.
    pub reason: &'static str,
}

impl UnitFile {
    /// A file without a line.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The file's text, byte for byte what was parsed where nothing was changed.
    #[must_use]
    pub fn render(&self) -> String {
        self.lines.iter().map(|line| line.raw.as_str()).collect()
    }

    /// The names of the sections, each once, in order of appearance.
    #[must_use]
    pub fn sections(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for line in &self.lines {
            if let Content::Section(name) = &line.content
                && !names.contains(&name.as_str())
            {
                names.push(name.as_str());
            }
        }
        names
    }

    /// Whether the file has this section, be it empty.
    #[must_use]
    pub fn has_section(&self, section: &str) -> bool {
        self.sections().contains(&section)
    }

    /// All assignments in order, empty ones included.
    pub fn assignments(&self) -> impl Iterator<Item = Assignment<'_>> {
        let mut section = "";
        let mut next = 1;
        self.lines.iter().filter_map(move |line| {
            let number = next;
            next += line.height;
            match &line.content {
                Content::Section(name) => section = name,
                Content::Assignment { key, value } => {
                    return Some(Assignment { section, key, value, line: number });
                }
                Content::Silent | Content::Ignored(_) => {}
            }
            None
        })
    }

    /// The lines that systemd skips with a warning: no section yet, no `=`, nothing before the `=`.
    #[must_use]
    pub fn ignored(&self) -> Vec<IgnoredLine> {
        let mut next = 1;
        let mut found = Vec::new();
        for line in &self.lines {
            if let Content::Ignored(reason) = line.content {
                found.push(IgnoredLine { line: next, reason });
            }
            next += line.height;
        }
        found
    }
}

impl fmt::Display for UnitFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| out.write_str(&line.raw))
    }
}

/// Without the values: they may be secret.
impl fmt::Debug for UnitFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("UnitFile").field("sections", &self.sections()).finish_non_exhaustive()
    }
}

/// Without the value: it may be secret.
impl fmt::Debug for Assignment<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: [{}] {}=", self.line, self.section, self.key)
    }
}
