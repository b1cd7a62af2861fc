//! Where a command's input comes from, and where its output goes.

use crate::error::{Error, Kind, Result};
use crate::flow::TOO_MANY_FILES;
use crate::process::stream::pipe;
use crate::process::terminal::Terminal;
use crate::property::property;
use crate::store::{KeptFolder, OUTPUTS};
use crate::value::{Descriptor, Value};

/// One of a command's three streams.
#[derive(Clone, Debug, PartialEq)]
pub enum Stream {
    /// Nothing comes, and nothing is kept.
    Null,
    /// A pipe to this process.
    Pipe,
    /// The journal.
    Journal,
    /// Of the standard error: where the standard output goes.
    Output,
    /// A file that this process has open.
    File(Descriptor),
    /// The command's end of one pseudo terminal, whose other end is ours.
    Terminal,
}

/// The ends of pipes that are ours, and what systemd is told of the streams.
#[derive(Debug, Default)]
pub(super) struct Streams {
    pub(super) input: Option<Descriptor>,
    pub(super) output: Option<Descriptor>,
    pub(super) error: Option<Descriptor>,
    pub(super) terminal: Option<Terminal>,
    pub(super) properties: Vec<Value>,
}

impl Streams {
    pub(super) fn open(
        [input, output, error]: &[Stream; 3],
        folder: Option<&KeptFolder>,
        terminal: Option<Terminal>,
    ) -> Result<Self> {
        let mut streams = Self { terminal, ..Self::default() };
        if let Some(folder) = folder {
            let pages = Value::List(vec![Value::Text(folder.url())]);
            streams.properties.push(property("Documentation", "as", pages));
        }
        match input {
            Stream::Pipe => {
                let (theirs, ours) = open_pipe()?;
                streams.descriptor("StandardInputFileDescriptor", theirs);
                streams.input = Some(ours);
            }
            Stream::File(file) => streams.descriptor("StandardInputFileDescriptor", file.clone()),
            // Where it is one, systemd makes it that of the session (`setup_input` of its exec-invoke.c).
            Stream::Terminal => {
                if let Some(theirs) = streams.theirs() {
                    streams.descriptor("StandardInputFileDescriptor", theirs);
                }
            }
            Stream::Null | Stream::Journal | Stream::Output => streams.word("StandardInput", "null"),
        }
        let theirs = match (output, folder) {
            (Stream::Pipe, Some(folder)) => Some(folder.create(OUTPUTS[0])?),
            (Stream::Pipe, None) => {
                let (ours, theirs) = open_pipe()?;
                streams.output = Some(ours);
                Some(theirs)
            }
            (Stream::File(file), _) => Some(file.clone()),
            (Stream::Terminal, _) => streams.theirs(),
            (Stream::Null | Stream::Journal | Stream::Output, _) => None,
        };
        let word = if *output == Stream::Journal { "journal" } else { "null" };
        streams.out("StandardOutput", theirs.clone(), word);
        match (error, folder) {
            (Stream::Pipe, Some(folder)) => {
                let theirs = folder.create(OUTPUTS[1])?;
                streams.out("StandardError", Some(theirs), "");
            }
            (Stream::Pipe, None) => {
                let (ours, theirs) = open_pipe()?;
                streams.error = Some(ours);
                streams.out("StandardError", Some(theirs), "");
            }
            (Stream::Output, _) => streams.out("StandardError", theirs, word),
            (Stream::File(file), _) => streams.out("StandardError", Some(file.clone()), ""),
            (Stream::Terminal, _) => {
                let theirs = streams.theirs();
                streams.out("StandardError", theirs, "");
            }
            (Stream::Journal, _) => streams.out("StandardError", None, "journal"),
            (Stream::Null, _) => streams.out("StandardError", None, "null"),
        }
        Ok(streams)
    }

    fn out(&mut self, name: &str, descriptor: Option<Descriptor>, word: &str) {
        match descriptor {
            Some(descriptor) => self.descriptor(&format!("{name}FileDescriptor"), descriptor),
            None => self.word(name, word),
        }
    }

    /// The command's end of its terminal.
    fn theirs(&self) -> Option<Descriptor> {
        self.terminal.as_ref().map(|terminal| terminal.theirs.clone())
    }

    fn descriptor(&mut self, name: &str, descriptor: Descriptor) {
        self.properties.push(property(name, "h", Value::Descriptor(descriptor)));
    }

    fn word(&mut self, name: &str, word: &str) {
        self.properties.push(property(name, "s", Value::Text(word.to_owned())));
    }
}

/// The end that is read from, and the end that is written to.
pub(super) fn open_pipe() -> Result<(Descriptor, Descriptor)> {
    let (read, write) = pipe().map_err(|error| {
        Error::new(Kind::Unavailable, format!("cannot make a pipe: {error}"))
            .with_errno(error.raw_os_error())
            .with_hint(TOO_MANY_FILES)
            .with_unsent(true)
    })?;
    Ok((read.into(), write.into()))
}
