//! A program that speaks on a socket in our place: what it is told it hands on, as `ssh` does to another host.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{MemfdFlags, OFlags, fcntl_getfl, fcntl_setfl, memfd_create};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use super::child::Running;
use crate::flow::with_deadline;

/// How long a program may take to end that has closed its socket.
const TIME_TO_END: Duration = Duration::from_secs(1);
/// At most so many bytes of what it complains are read.
const MOST_WORDS: u32 = 64 << 10;

/// A program at the other end of a socket. Dropping it kills the program.
#[derive(Debug)]
pub struct Companion {
    child: Running,
    /// A file and no pipe: nobody reads it while the program runs.
    stderr: File,
}

/// How a companion ended.
#[derive(Debug)]
pub struct LastWords {
    /// What it wrote to its standard error, without empty lines and what is meant for terminals.
    pub lines: Vec<String>,
    /// How it ended; none, if it has not, or nobody knows.
    pub status: Option<ExitStatus>,
}

impl LastWords {
    /// What it had printed before, where that is all that there is.
    pub(super) fn add_before(&mut self, printed: &[u8]) {
        self.lines.splice(..0, lines(printed));
    }
}

impl Companion {
    /// Starts a program, and gives our end of the socket that is its standard input and output: one that does not block.
    ///
    /// It has a process group of its own, so that Ctrl-C is for us alone, unless it may ask somebody on the terminal.
    pub fn start(line: &[String], asks: bool) -> io::Result<(OwnedFd, Self)> {
        let Some((program, arguments)) = line.split_first() else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let (ours, its) = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        fcntl_setfl(&ours, fcntl_getfl(&ours)? | OFlags::NONBLOCK)?;
        let stderr = File::from(memfd_create("pm2go-stderr", MemfdFlags::CLOEXEC)?);
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::from(its.try_clone()?)).stdout(Stdio::from(its));
        command.stderr(Stdio::from(stderr.try_clone()?));
        if !asks {
            command.process_group(0);
        }
        let child = Running::new(command.spawn()?);
        Ok((ours, Self { child, stderr }))
    }

    /// What it has written to its standard error so far.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let mut bytes = vec![0; MOST_WORDS as usize];
        // Its own place in the file is where it writes on.
        let count = self.stderr.read_at(&mut bytes, 0).unwrap_or_default();
        lines(&bytes[..count])
    }

    /// Waits a moment for its end, and tells how that was.
    pub async fn last_words(mut self) -> LastWords {
        let status = with_deadline(Some(Instant::now() + TIME_TO_END), async {
            self.child.end().await.map_err(|error| crate::error::Error::config(error.to_string()))
        });
        let status = status.await.ok().flatten();
        let mut bytes = Vec::new();
        let read = self
            .stderr
            .rewind()
            .and_then(|()| self.stderr.by_ref().take(MOST_WORDS.into()).read_to_end(&mut bytes));
        if read.is_err() {
            bytes.clear();
        }
        LastWords { lines: lines(&bytes), status }
    }
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(plain).filter(|line| !line.is_empty()).collect()
}

fn plain(line: &str) -> String {
    line.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::block::block;
    use crate::flow::readable;

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[test]
    fn it_hears_and_answers() {
        let (socket, companion) = Companion::start(&shell("read line; echo \"<$line>\""), false).unwrap();
        rustix::io::write(&socket, b"hello\n").unwrap();
        let words = block(companion.last_words(), None).unwrap();
        assert!(words.status.unwrap().success() && words.lines.is_empty());
        let mut answer = [0; 16];
        let count = rustix::io::read(&socket, &mut answer[..]).unwrap();
        assert_eq!(&answer[..count], b"<hello>\n");
    }

    #[test]
    fn its_complaints_are_heard_while_it_runs() {
        let (socket, companion) =
            Companion::start(&shell("echo one >&2; echo; read line; echo two >&2"), false).unwrap();
        let socket = std::sync::Arc::new(socket);
        block(readable(&socket), None).unwrap();
        assert_eq!(companion.complaints(), ["one"]);
        rustix::io::write(&socket, b"\n").unwrap();
        assert_eq!(block(companion.last_words(), None).unwrap().lines, ["one", "two"]);
    }

    #[test]
    fn its_last_words_are_heard() {
        let script = "printf 'one\\r\\n\\n\\033[1mtwo\\n' >&2; exit 255";
        let (_socket, companion) = Companion::start(&shell(script), false).unwrap();
        let words = block(companion.last_words(), None).unwrap();
        assert_eq!(words.lines, ["one", "[1mtwo"]);
        assert_eq!(words.status.unwrap().code(), Some(255));
    }

    #[test]
    fn it_goes_with_us() {
        let (socket, companion) = Companion::start(&shell("exec sleep 60"), false).unwrap();
        drop(companion);
        // Its end of the socket is closed, by whom another test has just forked as well.
        let socket = std::sync::Arc::new(socket);
        let limit = Some(Instant::now() + Duration::from_secs(30));
        let end = async {
            readable(&socket).await;
            Ok(())
        };
        block(with_deadline(limit, end), None).unwrap().unwrap();
        assert_eq!(rustix::io::read(&socket, &mut [0; 1]), Ok(0));
    }

    #[test]
    fn a_missing_program_is_told() {
        let error = Companion::start(&["no-such-program".to_owned()], false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
