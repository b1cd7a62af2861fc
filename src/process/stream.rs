//! Pipes to and from a process that somebody else has started.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pipe::{PipeFlags, pipe_with};

use crate::value::Descriptor;

/// So much is read in one go.
pub(crate) const PIECE: usize = 1 << 16;

/// A pipe: the end that is read from, and the end that is written to.
pub fn pipe() -> std::io::Result<(OwnedFd, OwnedFd)> {
    Ok(pipe_with(PipeFlags::CLOEXEC)?)
}

/// Our end, which nobody waits at: the other one is another open file, and stays as it is.
pub(crate) fn unblocked(pipe: &Descriptor) -> std::io::Result<Arc<OwnedFd>> {
    let pipe = Arc::clone(pipe.shared());
    fcntl_setfl(&pipe, fcntl_getfl(&pipe)? | OFlags::NONBLOCK)?;
    Ok(pipe)
}
