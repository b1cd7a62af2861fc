//! Child processes as flows: nothing blocks, and a flow that is dropped takes its child with it.

use std::io::ErrorKind;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::error::{Error, Kind, Result};
use crate::flow::{join_all, readable};

/// More output than this is not kept: no answer that is wanted here is as long.
const MOST_OUTPUT: usize = 256 << 20;

/// What a child process left behind.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub stderr: Vec<u8>,
}

/// A child that is killed and reaped when it is dropped before it ended.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            // It ended meanwhile, or is gone by SIGKILL at once: this wait does not last.
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

/// Runs a command to its end and gives its output. Dropping the flow kills the command.
pub async fn run(mut command: Command) -> Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let name = command.get_program().to_string_lossy().into_owned();
    let failed =
        |error: &std::io::Error| Error::new(Kind::Unavailable, format!("cannot run {name}: {error}"));
    let mut child = match command.spawn() {
        Ok(child) => Running(child),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Error::new(Kind::Unavailable, format!("{name} is not installed"))
                .with_hint(format!("install the package that has {name}, or correct PATH"))
                .with_unsent(true));
        }
        Err(error) => return Err(failed(&error).with_unsent(true)),
    };
    let stdout = child.0.stdout.take().map(OwnedFd::from);
    let stderr = child.0.stderr.take().map(OwnedFd::from);
    let mut outputs =
        join_all([stdout, stderr].into_iter().flatten().map(read_all).collect()).await.into_iter();
    let mut next = || outputs.next().unwrap_or_else(|| Ok(Vec::new())).map_err(|error| failed(&error));
    let (stdout, stderr) = (next()?, next()?);
    wait_for_end(&child.0).await;
    let status = child.0.wait().map_err(|error| failed(&error))?;
    Ok(Output { status, stdout, stderr })
}

async fn read_all(pipe: OwnedFd) -> std::io::Result<Vec<u8>> {
    fcntl_setfl(&pipe, fcntl_getfl(&pipe)? | OFlags::NONBLOCK)?;
    let pipe = Arc::new(pipe);
    let mut bytes = Vec::with_capacity(8192);
    loop {
        bytes.reserve(8192);
        match rustix::io::read(pipe.as_fd(), rustix::buffer::spare_capacity(&mut bytes)) {
            Ok(0) => return Ok(bytes),
            Ok(_) if bytes.len() > MOST_OUTPUT => {
                return Err(std::io::Error::other("its output is too long"));
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => readable(&pipe).await,
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Waits for a child that has closed its output; without a process descriptor (Linux before 5.3) the
/// blocking wait after this does, which is short for such a child.
async fn wait_for_end(child: &Child) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(Ok(descriptor)) = pid.map(|pid| pidfd_open(pid, PidfdFlags::empty())) {
        readable(&Arc::new(descriptor)).await;
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
        assert_eq!(output.status.code(), Some(3));
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

    #[test]
    fn a_missing_command_is_named() {
        let error = block(run(Command::new("no-such-command")), None).unwrap().unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.to_string().contains("no-such-command"));
    }
}
