//! A script for a POSIX shell that runs elsewhere, or as somebody else: it comes on the shell's standard input, so that no
//! other shell on the way reads a word of it.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::io::Errno;
use rustix::net::{SendFlags, Shutdown, send, shutdown};

use super::companion::{Companion, LastWords};
use crate::flow::{readable, writable};

/// More than this is not kept: what is asked of scripts is shorter.
const MOST_OUTPUT: usize = 64 << 20;

/// What a script left behind.
#[derive(Debug)]
pub struct Said {
    /// What it wrote to its standard output.
    pub output: Vec<u8>,
    /// How it ended, and what it complained of.
    pub words: LastWords,
}

/// Runs a script in the shell that this command starts. Dropping the flow ends it.
pub async fn run_script(shell: &[String], script: &str) -> std::io::Result<Said> {
    let (socket, companion) = Companion::start(shell, false)?;
    let socket = Arc::new(socket);
    let mark = write_script(&socket, script).await?;
    // An error says that the other end has gone.
    let _ = shutdown(&*socket, Shutdown::Write);
    let mut output = read_to_end(&socket).await?;
    let mut words = companion.last_words().await;
    match mark.end_in(&output) {
        Some(end) => drop(output.drain(..end)),
        None => words.add_before(&std::mem::take(&mut output)),
    }
    Ok(Said { output, words })
}

/// The line that a script prints first: what comes before it is a login shell's on the way, a greeting perhaps.
#[derive(Debug)]
pub(super) struct Mark(String);

impl Mark {
    fn new() -> Self {
        use std::hash::{BuildHasher as _, Hasher as _};
        let random = std::hash::RandomState::new().build_hasher().finish();
        Self(format!("pm2go-begins-{random:016x}"))
    }

    /// Where the script's own output begins.
    pub(super) fn end_in(&self, output: &[u8]) -> Option<usize> {
        let line = format!("{}\n", self.0);
        let at = output.windows(line.len()).position(|bytes| bytes == line.as_bytes())?;
        Some(at + line.len())
    }
}

/// Writes a script, and gives the mark that it prints first. A shell that cannot be had does not read: what it says of that
/// comes all the same.
pub(super) async fn write_script(socket: &Arc<OwnedFd>, script: &str) -> std::io::Result<Mark> {
    let mark = Mark::new();
    match write_all(socket, format!("echo {}\n{script}", mark.0).as_bytes()).await {
        Err(error) if !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
            Err(error)
        }
        _ => Ok(mark),
    }
}

async fn write_all(socket: &Arc<OwnedFd>, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match send(&**socket, bytes, SendFlags::NOSIGNAL) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => writable(socket).await,
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

async fn read_to_end(socket: &Arc<OwnedFd>) -> std::io::Result<Vec<u8>> {
    let mut output = Vec::with_capacity(8192);
    loop {
        if output.try_reserve(8192).is_err() {
            return Err(ErrorKind::OutOfMemory.into());
        }
        match rustix::io::read(&**socket, rustix::buffer::spare_capacity(&mut output)) {
            Ok(0) | Err(Errno::CONNRESET) => return Ok(output),
            Ok(_) if output.len() > MOST_OUTPUT => {
                return Err(std::io::Error::other("its output is too long"));
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => readable(socket).await,
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// A word of a script, whatever is in it, as all shells read it, fish and csh among them.
#[must_use]
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::block::block;

    fn run(script: &str) -> Said {
        block(run_script(&["sh".to_owned()], script), None).unwrap().unwrap()
    }

    #[test]
    fn a_script_runs_and_says_how_it_ended() {
        let said = run("echo one; echo two >&2; exit 7");
        assert_eq!(said.output, b"one\n");
        assert_eq!(said.words.lines, ["two"]);
        assert_eq!(said.words.status.and_then(|status| status.code()), Some(7));
    }

    #[test]
    fn what_a_login_shell_prints_is_not_the_scripts() {
        let chatty = |rest: &str| ["sh", "-c", &format!("echo Welcome; {rest}")].map(str::to_owned).to_vec();
        let said = block(run_script(&chatty("exec sh"), "echo one"), None).unwrap().unwrap();
        assert_eq!((&*said.output, said.words.lines.len()), (&b"one\n"[..], 0));
        let said = block(run_script(&chatty("exit 1"), "echo one"), None).unwrap().unwrap();
        assert_eq!((said.output.len(), said.words.lines), (0, vec!["Welcome".to_owned()]));
    }

    #[test]
    fn words_come_as_they_are() {
        for word in ["", "a b", "it's", "$HOME `id` \\ \" !", "a\nb", "ü"] {
            assert_eq!(run(&format!("printf %s {}", quoted(word))).output, word.as_bytes(), "{word:?}");
        }
    }

    #[test]
    fn long_scripts_and_outputs_come_whole() {
        let long = "x".repeat(3 << 20);
        let said = run(&format!("printf %s {}", quoted(&long)));
        assert_eq!(said.output.len(), long.len());
    }

    #[test]
    fn a_shell_that_ends_at_once_is_no_error_of_its_own() {
        let said = block(run_script(&["false".to_owned()], &"x".repeat(1 << 20)), None).unwrap().unwrap();
        assert_eq!(said.words.status.and_then(|status| status.code()), Some(1));
    }
}
