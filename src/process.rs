//! Child processes as flows: nothing blocks, and a flow that is dropped takes its child with it.

mod child;
mod companion;
mod held;
mod holder;
mod shell;
mod ssh;
pub mod stream;
mod streamed;
pub mod terminal;
mod user;

use std::io::ErrorKind;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

use self::child::Running;
pub use self::companion::{Companion, LastWords};
pub use self::held::{HeldShell, hold_script};
pub use self::holder::Holder;
pub use self::shell::{Said, quoted, run_script};
pub use self::ssh::ssh_client;
pub use self::streamed::Streamed;
pub use self::user::{own_uid, uid_of};
use crate::error::{Error, Kind, Result};
use crate::flow::{TOO_MANY_FILES, join_all, readable};
use crate::value::Descriptor;

/// More output than this is not kept: no answer that is wanted here is as long.
const MOST_OUTPUT: usize = 256 << 20;

/// What a child process left behind.
#[derive(Debug)]
pub struct Output {
    /// How it ended; nobody knows where this process ignores SIGCHLD, or waits elsewhere for any child at all.
    pub status: Option<ExitStatus>,
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub stderr: Vec<u8>,
}

/// Runs a command to its end and gives its output. Dropping the flow kills the command.
pub async fn run(command: Command) -> Result<Output> {
    Process::start(command)?.end().await
}

/// A command that runs. Dropping it kills the command.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Running,
    stdout: Pipe,
    stderr: Pipe,
}

impl Process {
    /// Starts a command.
    pub fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = match command.spawn() {
            Ok(child) => Running::new(child),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Error::new(Kind::Unavailable, format!("{name} is not installed"))
                    .with_errno(error.raw_os_error())
                    .with_hint(format!("install the package that has {name}, or correct PATH"))
                    .with_unsent(true));
            }
            Err(error) => return Err(failed(&name, &error).with_unsent(true)),
        };
        let open =
            |pipe: Option<OwnedFd>| Pipe::open(pipe.map(Arc::new)).map_err(|error| failed(&name, &error));
        let stdout = open(child.take_stdout())?;
        let stderr = open(child.take_stderr())?;
        Ok(Self { name, child, stdout, stderr })
    }

    /// Waits until this can be found in the standard error so far; `None` if it ends without.
    pub async fn find_in_stderr<T>(&mut self, find: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>> {
        let mut seen = 0;
        loop {
            // Another look is worth its while only when there is more than at the last one.
            if self.stderr.bytes.len() > seen
                && let Some(found) = find(&self.stderr.bytes)
            {
                return Ok(Some(found));
            }
            seen = self.stderr.bytes.len();
            if !self.stderr.read_more().await.map_err(|error| failed(&self.name, &error))? {
                return Ok(None);
            }
        }
    }

    /// Waits for its end and gives its output.
    pub async fn end(self) -> Result<Output> {
        let Self { name, mut child, mut stdout, mut stderr } = self;
        for read in join_all(vec![stdout.read_all(), stderr.read_all()]).await {
            read.map_err(|error| failed(&name, &error))?;
        }
        let status = child.end().await.map_err(|error| failed(&name, &error))?;
        Ok(Output { status, stdout: stdout.bytes, stderr: stderr.bytes })
    }
}

fn failed(name: &str, error: &std::io::Error) -> Error {
    let told =
        Error::new(Kind::Unavailable, format!("cannot run {name}: {error}")).with_errno(error.raw_os_error());
    if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)) {
        told.with_hint(TOO_MANY_FILES)
    } else {
        told
    }
}

/// What can be read of a file or a pipe, to its end.
pub async fn read_to_end(descriptor: &Descriptor) -> std::io::Result<Vec<u8>> {
    let mut pipe = Pipe::open(Some(Arc::clone(descriptor.shared())))?;
    pipe.read_all().await?;
    Ok(pipe.bytes)
}

/// The reading end of a pipe, and what came out of it.
#[derive(Debug)]
struct Pipe {
    /// Until its end was seen.
    pipe: Option<Arc<OwnedFd>>,
    bytes: Vec<u8>,
}

impl Pipe {
    fn open(pipe: Option<Arc<OwnedFd>>) -> std::io::Result<Self> {
        if let Some(pipe) = &pipe {
            fcntl_setfl(pipe, fcntl_getfl(pipe)? | OFlags::NONBLOCK)?;
        }
        Ok(Self { pipe, bytes: Vec::with_capacity(8192) })
    }

    async fn read_all(&mut self) -> std::io::Result<()> {
        while self.read_more().await? {}
        Ok(())
    }

    /// Waits for more; false says that nothing follows.
    async fn read_more(&mut self) -> std::io::Result<bool> {
        while let Some(pipe) = &self.pipe {
            if self.bytes.try_reserve(8192).is_err() {
                return Err(ErrorKind::OutOfMemory.into());
            }
            match rustix::io::read(pipe.as_fd(), rustix::buffer::spare_capacity(&mut self.bytes)) {
                Ok(0) => self.pipe = None,
                Ok(_) if self.bytes.len() > MOST_OUTPUT => {
                    return Err(std::io::Error::other("its output is too long"));
                }
                Ok(_) => return Ok(true),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => readable(pipe).await,
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::flow::block::block;
    use crate::flow::with_deadline;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_and_status_are_given() {
        let output =
            block(run(shell("head -c 300000 /dev/zero; echo oops >&2; exit 3")), None).unwrap().unwrap();
        assert_eq!(output.status.and_then(|status| status.code()), Some(3));
        assert_eq!(output.stdout.len(), 300_000);
        assert_eq!(output.stderr, b"oops\n");
    }

    #[test]
    fn a_deadline_kills_the_command() {
        let begin = Instant::now();
        let flow = with_deadline(Some(begin + Duration::from_millis(100)), run(shell("exec sleep 60")));
        assert_eq!(block(flow, None).unwrap().unwrap_err().kind(), Kind::Timeout);
        assert!(begin.elapsed() < Duration::from_secs(10));
    }

    /// Runs itself once more, alone in its process, with this in its environment.
    fn alone(test: &str) -> bool {
        const ALONE: &str = "PM2GO_TEST_ALONE";
        if std::env::var_os(ALONE).is_some() {
            return true;
        }
        let arguments = ["--exact", test, "--nocapture", "--test-threads=1"];
        let status = Command::new(std::env::current_exe().unwrap()).args(arguments).env(ALONE, "1").status();
        assert!(status.unwrap().success());
        false
    }

    fn ignore_children() {
        #[expect(unsafe_code, reason = "rustix does not set how signals are handled")]
        // SAFETY: nothing else runs in this process, and to ignore a signal runs no code.
        unsafe {
            libc::signal(libc::SIGCHLD, libc::SIG_IGN);
        }
    }

    #[test]
    fn a_command_whose_status_nobody_is_told_leaves_its_output() {
        if !alone("process::tests::a_command_whose_status_nobody_is_told_leaves_its_output") {
            return;
        }
        ignore_children();
        for script in ["echo one; echo two >&2", "echo one; echo two >&2; exec 1>&- 2>&-; sleep 0.1; exit 3"]
        {
            let output = block(run(shell(script)), None).unwrap().unwrap();
            assert_eq!((output.status, output.stdout.as_slice()), (None, &b"one\n"[..]));
            assert_eq!(output.stderr, b"two\n");
        }
        let flow = with_deadline(Some(Instant::now()), run(shell("exec sleep 60")));
        assert_eq!(block(flow, None).unwrap().unwrap_err().kind(), Kind::Timeout);
        assert_eq!(
            block(run(Command::new("no-such-command")), None).unwrap().unwrap_err().kind(),
            Kind::Unavailable
        );
    }

    #[test]
    fn what_is_looked_for_is_found_before_the_end_and_stays() {
        let find = |text: &[u8]| text.windows(3).position(|window| window == b"two");
        let flow = async {
            let mut process = Process::start(shell("echo one >&2; echo two >&2; sleep 0.2; echo three >&2"))?;
            let found = process.find_in_stderr(find).await?;
            Ok((found, process.end().await?))
        };
        let result: Result<_> = block(flow, None).unwrap();
        let (found, output) = result.unwrap();
        assert_eq!((found, output.stderr.as_slice()), (Some(4), &b"one\ntwo\nthree\n"[..]));
        let flow = async { Process::start(shell("echo one >&2"))?.find_in_stderr(find).await };
        assert_eq!(block(flow, None).unwrap().unwrap(), None);
    }

    #[test]
    fn a_missing_command_is_named() {
        let error = block(run(Command::new("no-such-command")), None).unwrap().unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.to_string().contains("no-such-command"));
    }
}
