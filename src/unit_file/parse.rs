//! From text to lines, split and joined exactly as systemd does it.

use super::model::{Content, Line, UnitFile};
use super::rules::{LONGEST_LINE, WHITESPACE, continues, is_noncharacter, show};
use crate::error::{Error, Kind, Result};

/// A byte order mark: systemd skips the first one that begins a line.
pub(super) const MARK: &str = "\u{feff}";

impl UnitFile {
    /// Reads a unit file's text; an error is what makes systemd refuse the whole file, with the line's number.
    ///
    /// Lines that systemd skips with a warning are kept (see [`UnitFile::ignored`]).
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self> {
        let bytes = text.as_ref();
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            refuse(count_lines(&String::from_utf8_lossy(before)), "is not UTF-8")
        })?;
        let mut parser = Parser { text, ..Parser::default() };
        while parser.next_physical()? {}
        parser.finish()
    }
}

fn refuse(line: usize, reason: &str) -> Error {
    Error::new(Kind::UnitLoad, format!("line {line} of the unit file {reason}"))
        .with_hint("systemd refuses to load the whole file")
}

/// The number of the line on which a text ends.
fn count_lines(text: &str) -> usize {
    let (mut offset, mut count) = (0, 1);
    while let Some((_, end)) = physical_line(text, offset).filter(|&(content, end)| content < end) {
        offset = end;
        count += 1;
    }
    count
}

/// Where the line at this offset ends, without and with its line break; none at the end of the text.
///
/// A line break is LF, CR, or one of each in any order.
fn physical_line(text: &str, offset: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let rest = bytes.get(offset..).filter(|rest| !rest.is_empty())?;
    let content = offset + rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
    let end = match (bytes.get(content), bytes.get(content + 1)) {
        (None, _) => content,
        (Some(b'\n'), Some(b'\r')) | (Some(b'\r'), Some(b'\n')) => content + 2,
        (Some(_), _) => content + 1,
    };
    Some((content, end))
}

#[derive(Default)]
struct Parser<'a> {
    text: &'a str,
    /// Where the next physical line begins.
    offset: usize,
    /// Its number, from 0.
    number: usize,
    /// Where the logical line begins, and the number of that line.
    start: usize,
    start_number: usize,
    /// The continued lines so far, joined.
    pending: Option<String>,
    mark_seen: bool,
    /// The mark is in this logical line.
    mark_here: bool,
    in_section: bool,
    lines: Vec<Line>,
}

impl Parser<'_> {
    /// Takes one line of text; false at the end.
    fn next_physical(&mut self) -> Result<bool> {
        let Some((content_end, end)) = physical_line(self.text, self.offset) else { return Ok(false) };
        let content = &self.text[self.offset..content_end];
        if self.pending.is_none() {
            (self.start, self.start_number) = (self.offset, self.number);
        }
        (self.offset, self.number) = (end, self.number + 1);
        if content.contains('\0') {
            return Err(refuse(self.number, "contains a NUL character"));
        }
        if content.len() > LONGEST_LINE {
            return Err(refuse(self.number, "is longer than 1 MiB"));
        }
        if content.trim_start_matches(WHITESPACE).starts_with(['#', ';']) {
            if self.pending.is_none() {
                self.push(Content::Silent, false);
            }
            return Ok(true);
        }
        let body = self.without_mark(content);
        let joined = self.pending.take().unwrap_or_default() + body;
        if joined.len() > LONGEST_LINE {
            return Err(refuse(self.number, "is longer than 1 MiB together with the lines it continues"));
        }
        self.take_logical(joined)?;
        Ok(true)
    }

    fn without_mark<'t>(&mut self, content: &'t str) -> &'t str {
        match content.strip_prefix(MARK) {
            Some(rest) if !self.mark_seen => {
                (self.mark_seen, self.mark_here) = (true, true);
                rest
            }
            _ => content,
        }
    }

    /// Keeps a line that goes on, or reads one that is whole.
    fn take_logical(&mut self, mut joined: String) -> Result<()> {
        if continues(&joined) {
            joined.pop();
            joined.push(' ');
            self.pending = Some(joined);
            return Ok(());
        }
        let content = self.read(&joined)?;
        self.push(content, false);
        Ok(())
    }

    fn read(&mut self, line: &str) -> Result<Content> {
        let number = self.start_number + 1;
        let line = line.trim_matches(WHITESPACE);
        if line.is_empty() {
            return Ok(Content::Silent);
        }
        if let Some(c) = line.chars().find(|&c| is_noncharacter(c)) {
            return Err(refuse(number, &format!("contains the noncharacter {}", show(c))));
        }
        if let Some(rest) = line.strip_prefix('[') {
            let name =
                rest.strip_suffix(']').ok_or_else(|| refuse(number, "is a section header without \"]\""))?;
            if name.contains(|c: char| c.is_ascii_control() || matches!(c, '"' | '\'' | '\\')) {
                return Err(refuse(
                    number,
                    "is a section header with a quote, backslash or control character",
                ));
            }
            self.in_section = true;
            return Ok(Content::Section(name.to_owned()));
        }
        if !self.in_section {
            return Ok(Content::Ignored("it stands before the first section"));
        }
        Ok(match line.split_once('=') {
            None => Content::Ignored("it has no \"=\""),
            Some(("", _)) => Content::Ignored("it has nothing before the \"=\""),
            Some((key, value)) => Content::Assignment {
                key: key.trim_matches(WHITESPACE).to_owned(),
                value: value.trim_matches(WHITESPACE).to_owned(),
            },
        })
    }

    fn push(&mut self, content: Content, open: bool) {
        let raw = self.text[self.start..self.offset].to_owned();
        let mark = std::mem::take(&mut self.mark_here);
        self.lines.push(Line { raw, content, height: self.number - self.start_number, open, mark });
    }

    fn finish(mut self) -> Result<UnitFile> {
        if let Some(joined) = self.pending.take() {
            let content = self.read(&joined)?;
            self.push(content, true);
        }
        Ok(UnitFile { lines: self.lines })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(text: &str) -> Vec<(String, String, String, usize)> {
        let file = UnitFile::parse(text).unwrap();
        assert_eq!(file.render(), text);
        file.assignments().map(|a| (a.section.into(), a.key.into(), a.value.into(), a.line)).collect()
    }

    #[test]
    fn lines() {
        for (text, expected) in [
            ("[S]\nA=1", ("A", "1", 2)),
            ("[S]\r\n\r\n A = 1 2 \r\n", ("A", "1 2", 3)),
            ("[S]\rA=1\r", ("A", "1", 2)),
            ("\u{feff}[S]\nA=1", ("A", "1", 2)),
            ("[S]\n\u{feff}A=1", ("A", "1", 2)),
            ("# c \\\n[S]\nA=1", ("A", "1", 3)),
            ("[S]\nA=1 \\\n# c\n;d\n  2\\\n\n", ("A", "1    2", 2)),
            ("[S]\nA=1\\\\\n", ("A", "1\\\\", 2)),
            ("[S]\nA=1\\\\\\\n2", ("A", "1\\\\ 2", 2)),
            ("[S]\nA=1\\", ("A", "1", 2)),
            ("[S]\nA=1 \\\n\r2", ("A", "1  2", 2)),
            ("[S]\nA=#1=;2\n", ("A", "#1=;2", 2)),
            ("[S]\nA=\n", ("A", "", 2)),
        ] {
            let (key, value, line) = expected;
            assert_eq!(values(text), [("S".into(), key.into(), value.into(), line)], "{text:?}");
        }
    }

    #[test]
    fn skipped_lines_are_kept() {
        let file = UnitFile::parse("A=1\n[S]\nfoo\n=2\nB=3\n").unwrap();
        assert_eq!(file.ignored().iter().map(|i| i.line).collect::<Vec<_>>(), [1, 3, 4]);
        assert_eq!(file.assignments().count(), 1);
    }

    #[test]
    fn refused_files() {
        let long = format!("[S]\nA={}\n", "x".repeat(LONGEST_LINE - 1));
        let joined =
            format!("[S]\nA={}\\\n{}\n", "x".repeat(LONGEST_LINE / 2), "y".repeat(LONGEST_LINE / 2 + 1));
        let cases: [(&[u8], usize); 9] = [
            (b"[S]\nA=\xff", 2),
            (b"[S]\n\n\n\xff", 4),
            (b"[S]\nA=\0", 2),
            (b"[S\n", 1),
            (b"[S]\n[", 2),
            (b"[S]\n[a\"b]", 2),
            ("[S]\n\nA=\u{fdd0}".as_bytes(), 3),
            (long.as_bytes(), 2),
            (joined.as_bytes(), 3),
        ];
        for (text, line) in cases {
            let error = UnitFile::parse(text).unwrap_err();
            assert!(error.to_string().starts_with(&format!("line {line} ")), "{error}");
        }
        assert!(UnitFile::parse(&long.as_bytes()[..long.len() - 2]).is_ok());
        assert!(UnitFile::parse("# \u{fdd0}\n").is_ok());
    }

    #[test]
    fn debug_hides_values() {
        let file = UnitFile::parse("[S]\nA=hidden\n").unwrap();
        assert!(!format!("{file:?} {:?}", file.assignments().collect::<Vec<_>>()).contains("hidden"));
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(file) = UnitFile::parse(&bytes) {
                prop_assert_eq!(file.render().into_bytes(), bytes);
            }
        }

        #[test]
        fn likely_text(text in r"([\[\]AB=#; \n\r\\x\u{feff}]|\[S\]\n|A=1\n){0,40}") {
            if let Ok(file) = UnitFile::parse(&text) {
                prop_assert_eq!(file.render(), text);
            }
        }
    }
}
