//! What units and the manager of an embedded systemd have said, as a text that outlives them.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::journal::{Entry, Journals, Query, Reader};

/// At most so many entries of the journal's end are read, and so many bytes of them.
const ENTRIES: u64 = 10_000;
const WINDOW: usize = 1 << 20;

/// What units and the manager have said.
#[derive(Debug)]
pub struct Log {
    /// What was said before there was a journal, and by journald itself.
    path: PathBuf,
    file: File,
    journals: PathBuf,
    /// All of it, where nothing more can come.
    whole: Mutex<Option<String>>,
}

impl Log {
    pub(super) fn new(path: PathBuf, file: File, journals: PathBuf) -> Self {
        Self { path, file, journals, whole: Mutex::default() }
    }

    /// For what is said before there is a journal.
    pub(super) fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// The end of it (at most a MiB).
    pub fn read(&self) -> Result<String> {
        let whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(whole) = &*whole {
            return Ok(whole.clone());
        }
        let mut text = self.early()?;
        for entry in self.entries()? {
            text.push_str(&line(&entry));
        }
        let mut begin = text.len().saturating_sub(WINDOW);
        while !text.is_char_boundary(begin) {
            begin += 1;
        }
        Ok(text.split_off(begin))
    }

    /// Keeps it for the time when its files are gone. What cannot be read now is not missed any more.
    pub(super) fn keep(&self) {
        let text = self.read();
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Ok(text), None) = (text, &*whole) {
            *whole = Some(text);
        }
    }

    /// The last things that the manager has said, and what was no entry; without who said them.
    pub(super) fn last_words(&self, most: usize) -> String {
        let early = self.early().unwrap_or_default();
        let mut entries = self.entries().unwrap_or_default();
        entries.retain(|entry| entry.identifier() != Some("systemd-journald"));
        let messages =
            entries.iter().map(|entry| String::from_utf8_lossy(entry.message().unwrap_or_default()));
        let all: Vec<Cow<'_, str>> = messages.chain(early.lines().map(Cow::from)).collect();
        let said: Vec<&str> = all.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        said[said.len().saturating_sub(most)..].join("; ")
    }

    fn early(&self) -> Result<String> {
        let read = || -> io::Result<Vec<u8>> {
            let length = usize::try_from(self.file.metadata()?.len()).unwrap_or(usize::MAX);
            let begin = length.saturating_sub(WINDOW);
            let mut text = vec![0; length - begin];
            let got = self.file.read_at(&mut text, begin as u64)?;
            text.truncate(got);
            Ok(text)
        };
        let text = read().map_err(|error| Error::file("read", &self.path, &error))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Those of the journal; none before there is one, and after its end.
    fn entries(&self) -> Result<Vec<Entry>> {
        let has_one = std::fs::read_dir(&self.journals).is_ok_and(|mut found| found.next().is_some());
        if !has_one {
            return Ok(Vec::new());
        }
        let fields = ["MESSAGE", "SYSLOG_IDENTIFIER", "_COMM", "_PID", "SYSLOG_PID"];
        let query = Query {
            journals: Journals::Folder(self.journals.clone()),
            lines: Some(ENTRIES),
            fields: fields.map(str::to_owned).to_vec(),
            ..Query::default()
        };
        let (mut reader, mut entries) = (Reader::begin(&query)?, Vec::new());
        while let Some(entry) = reader.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

fn line(entry: &Entry) -> String {
    let who = entry.identifier().unwrap_or("?");
    let process = entry.pid().map_or_else(String::new, |pid| format!("[{pid}]"));
    format!("{who}{process}: {}\n", String::from_utf8_lossy(entry.message().unwrap_or_default()))
}
