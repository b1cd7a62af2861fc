//! A child process that somebody else in this process may wait for too, or whose end the kernel tells nobody.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::Arc;

use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus, pidfd_open, pidfd_send_signal, waitid,
};

use crate::flow::readable;

/// A child that is killed and reaped when it is dropped before it ended.
///
/// Its descriptor stands for it and no other. Its number does so only until it is reaped, and that may be done
/// behind our back: by the kernel where SIGCHLD is ignored, or by another thread that waits for any child.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    /// None before Linux 5.4, or where this process has no descriptor left.
    descriptor: Option<Arc<OwnedFd>>,
    ended: bool,
    /// How it ended, once that was asked.
    known: Option<ExitStatus>,
}

impl Running {
    pub(super) fn new(child: Child) -> Self {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let open = |pid| pidfd_open(pid, PidfdFlags::empty()).ok().filter(can_be_waited_for);
        Self { descriptor: pid.and_then(open).map(Arc::new), child, ended: false, known: None }
    }

    pub(super) fn take_stdout(&mut self) -> Option<OwnedFd> {
        self.child.stdout.take().map(OwnedFd::from)
    }

    pub(super) fn take_stderr(&mut self) -> Option<OwnedFd> {
        self.child.stderr.take().map(OwnedFd::from)
    }

    /// Waits for its end; `None` says that somebody else has been told how it ended.
    ///
    /// Without a descriptor this blocks, which is short for a child that has closed its output.
    pub(super) async fn end(&mut self) -> io::Result<Option<ExitStatus>> {
        if let Some(descriptor) = &self.descriptor {
            readable(descriptor).await;
        }
        self.status()
    }

    /// What stands for it.
    pub(super) fn descriptor(&self) -> Option<Arc<OwnedFd>> {
        self.descriptor.clone()
    }

    /// How one has ended that has; `None` says that somebody else has been told.
    pub(super) fn status(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.known.is_none() && !self.ended {
            let status = match &self.descriptor {
                Some(descriptor) => wait(descriptor),
                None => self.child.wait().map(Some),
            };
            self.ended = true;
            self.known = unless_taken(status)?;
        }
        Ok(self.known)
    }

    fn kill(&mut self) {
        match &self.descriptor {
            // In a forked child it is not ours. One that is gone by SIGKILL is so at once.
            Some(descriptor) if look(descriptor).is_ok() => {
                let _ = pidfd_send_signal(descriptor, Signal::KILL);
                let _ = wait(descriptor);
            }
            Some(_) => {}
            None => {
                if let Ok(None) = self.child.try_wait() {
                    let _ = self.child.kill();
                    let _ = self.child.wait();
                }
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.kill();
        }
    }
}

/// Whether the kernel knows how to wait for such a descriptor (since Linux 5.4). That it is no child of ours any
/// more is an answer too.
fn can_be_waited_for(descriptor: &OwnedFd) -> bool {
    look(descriptor) != Err(Errno::INVAL)
}

/// Asks for its end without waiting for it, and without reaping it; an error if it is no child of ours.
fn look(descriptor: &OwnedFd) -> Result<(), Errno> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::PidFd(descriptor.as_fd()), options).map(drop)
}

fn wait(descriptor: &OwnedFd) -> io::Result<Option<ExitStatus>> {
    loop {
        match waitid(WaitId::PidFd(descriptor.as_fd()), WaitIdOptions::EXITED) {
            Ok(status) => return Ok(status.as_ref().and_then(exit_status)),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

fn unless_taken(status: io::Result<Option<ExitStatus>>) -> io::Result<Option<ExitStatus>> {
    match status {
        Err(error) if error.raw_os_error() == Some(Errno::CHILD.raw_os_error()) => Ok(None),
        other => other,
    }
}

/// The same as wait(2) gives it.
fn exit_status(status: &WaitIdStatus) -> Option<ExitStatus> {
    let code = status.exit_status().map(|code| (code & 0xff) << 8);
    code.or_else(|| status.terminating_signal()).map(ExitStatus::from_raw)
}
