//! Where the streams of a command on another host lead: to pipes of ours and to files of this machine, by ssh.

use std::fs::{File, OpenOptions};
use std::os::fd::OwnedFd;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use crate::error::{Error, Kind, Result};
use crate::operation::run::streams::{Stream, open_pipe};
use crate::process::Streamed;
use crate::value::Descriptor;

/// What is to become of the three streams.
pub(super) struct Plan<'a> {
    streams: &'a [Stream; 3],
    /// None of them is carried by ssh.
    stays_there: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn of(streams: &'a [Stream; 3]) -> Result<Self> {
        let is_carried = |stream: &Stream| matches!(stream, Stream::Pipe | Stream::File(_));
        let stays_there = !streams.iter().any(is_carried);
        if !stays_there && streams.contains(&Stream::Journal) {
            let message = "systemd-run carries all three streams of a command on another host, or none: some lead to \
                           the journal there";
            return Err(Error::new(Kind::Unsupported, message)
                .with_hint("leave the others out too, or read the output"));
        }
        Ok(Self { streams, stays_there })
    }

    /// What systemd-run is told of them.
    pub(super) fn options(&self) -> Vec<String> {
        if !self.stays_there {
            return vec!["--pipe".to_owned()];
        }
        let [_, output, error] = self.streams;
        let word = |stream: &Stream| if *stream == Stream::Journal { "journal" } else { "null" };
        let error = if *error == Stream::Output { output } else { error };
        vec![
            format!("--property=StandardOutput={}", word(output)),
            format!("--property=StandardError={}", word(error)),
        ]
    }

    /// What the shell makes of them before.
    pub(super) fn redirections(&self) -> String {
        let [input, output, error] = self.streams;
        let mut found = String::new();
        if *input == Stream::Null {
            found.push_str(" </dev/null");
        }
        if *output == Stream::Null {
            found.push_str(" >/dev/null");
        }
        if *error == Stream::Output {
            found.push_str(" 2>&1");
        }
        found
    }

    /// Whether what systemd-run itself says comes on this output (0, or the standard error: 1).
    pub(super) fn complains_on(&self) -> usize {
        usize::from(self.streams[2] != Stream::Output)
    }

    /// What is left of our ends of ssh's pipes when the command has started: those to write to and to read from. Copies are made
    /// by programs of their own, which outlive every wait.
    pub(super) fn connect(&self, ssh: &Streamed, ours: [Descriptor; 3]) -> Result<Connected> {
        let [ours_in, ours_out, ours_error] = ours;
        let mut connected = Connected::default();
        let mut kept = Vec::new();
        match &self.streams[0] {
            Stream::Pipe => connected.ends[0] = Some(ours_in),
            Stream::File(file) => {
                blocking(&ours_in)?;
                connected.copiers.push(copier(file, &ours_in)?);
            }
            Stream::Null | Stream::Journal | Stream::Output | Stream::Terminal => {}
        }
        for (place, ours) in [(1, ours_out), (2, ours_error)] {
            match &self.streams[place] {
                Stream::Pipe => connected.ends[place] = Some(ours),
                Stream::File(file) => connected.copiers.push(copier(&ours, file)?),
                Stream::Null if place == 2 => connected.copiers.push(copier(&ours, &nothing()?)?),
                Stream::Null | Stream::Journal | Stream::Output | Stream::Terminal => kept.push(ours),
            }
        }
        ssh.keep(kept);
        Ok(connected)
    }
}

/// What ssh carries once the command has started.
#[derive(Default)]
pub(super) struct Connected {
    /// Our ends of the pipes.
    pub(super) ends: [Option<Descriptor>; 3],
    /// Programs that copy from and to files of this machine.
    pub(super) copiers: Vec<Streamed>,
}

/// The three pipes of ssh: its ends, and ours.
pub(super) fn pipes() -> Result<([OwnedFd; 3], [Descriptor; 3])> {
    let (its_in, ours_in) = open_pipe()?;
    let (ours_out, its_out) = open_pipe()?;
    let (ours_error, its_error) = open_pipe()?;
    let its = [owned(&its_in)?, owned(&its_out)?, owned(&its_error)?];
    Ok((its, [ours_in, ours_out, ours_error]))
}

fn copier(from: &Descriptor, to: &Descriptor) -> Result<Streamed> {
    let streams = [owned(from)?, owned(to)?, owned(&nothing()?)?];
    Streamed::start(&["cat".to_owned()], streams).map_err(|error| failed(&error))
}

/// What was written to it before was ours.
fn blocking(pipe: &Descriptor) -> Result<()> {
    let flags =
        fcntl_getfl(pipe.shared()).and_then(|flags| fcntl_setfl(pipe.shared(), flags - OFlags::NONBLOCK));
    flags.map_err(|errno| failed(&errno.into()))
}

fn nothing() -> Result<Descriptor> {
    let file = OpenOptions::new().read(true).write(true).open("/dev/null");
    file.map(|file: File| Descriptor::from(OwnedFd::from(file))).map_err(|error| failed(&error))
}

fn owned(descriptor: &Descriptor) -> Result<OwnedFd> {
    descriptor.shared().try_clone().map_err(|error| failed(&error))
}

fn failed(error: &std::io::Error) -> Error {
    Error::new(Kind::Unavailable, format!("cannot hand on a stream: {error}"))
        .with_errno(error.raw_os_error())
        .with_unsent(true)
}
