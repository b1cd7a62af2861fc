//! A program whose three streams lead where its starter says.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use super::child::Running;
use crate::flow::readable;
use crate::value::Descriptor;

/// A program whose three streams lead where its starter says. Dropping it kills the program.
#[derive(Debug)]
pub struct Streamed {
    child: Mutex<Running>,
    /// None before Linux 5.4, or where this process has no descriptor left.
    descriptor: Option<Arc<OwnedFd>>,
    /// What has to be open for as long as it runs.
    kept: Mutex<Vec<Descriptor>>,
}

impl Streamed {
    /// Starts a program with these three streams, in a process group of its own: Ctrl-C is for us alone.
    pub fn start(line: &[String], streams: [OwnedFd; 3]) -> io::Result<Self> {
        let Some((program, arguments)) = line.split_first() else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let [input, output, error] = streams.map(Stdio::from);
        let mut command = Command::new(program);
        command.args(arguments).stdin(input).stdout(output).stderr(error).process_group(0);
        let child = Running::new(command.spawn()?);
        Ok(Self { descriptor: child.descriptor(), child: Mutex::new(child), kept: Mutex::default() })
    }

    /// Has these stay open for as long as it runs, and no others.
    pub fn keep(&self, descriptors: Vec<Descriptor>) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = descriptors;
    }

    /// Waits for its end; `None` if nobody knows how that was.
    pub async fn end(&self) -> io::Result<Option<ExitStatus>> {
        match &self.descriptor {
            Some(descriptor) => readable(descriptor).await,
            // That its streams have ended is all that is seen of it.
            None => std::future::pending().await,
        }
        self.child.lock().unwrap_or_else(PoisonError::into_inner).status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::block::block;
    use crate::process::stream::pipe;

    #[test]
    fn its_streams_are_apart() {
        let [input, output, error] = [pipe(), pipe(), pipe()].map(Result::unwrap);
        let line = ["sh", "-c", "cat; echo err >&2; exit 7"].map(str::to_owned);
        let program = Streamed::start(&line, [input.0, output.1, error.1]).unwrap();
        rustix::io::write(&input.1, b"given").unwrap();
        drop(input.1);
        for _ in 0..2 {
            let status = block(program.end(), None).unwrap().unwrap().unwrap();
            assert_eq!(status.code(), Some(7));
        }
        for (pipe, wrote) in [(output.0, &b"given"[..]), (error.0, &b"err\n"[..])] {
            let mut bytes = [0; 16];
            let count = rustix::io::read(&pipe, &mut bytes[..]).unwrap();
            assert_eq!(&bytes[..count], wrote);
        }
    }
}
