//! Pipes to and from a process that somebody else has started.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};

use crate::flow::{readable, writable};
use crate::value::Descriptor;

/// So much is read in one go.
const PIECE: usize = 1 << 16;

/// A pipe: the end that is read from, and the end that is written to.
pub fn pipe() -> std::io::Result<(OwnedFd, OwnedFd)> {
    Ok(pipe_with(PipeFlags::CLOEXEC)?)
}

/// What has come out of a pipe up to now; it outlives the wait for more.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    /// Takes it.
    #[must_use]
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads a pipe to its end.
    pub async fn fill(&self, pipe: Descriptor) -> std::io::Result<()> {
        let pipe = unblocked(&pipe)?;
        loop {
            match self.read(&pipe) {
                Ok(0) => return Ok(()),
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => readable(&pipe).await,
                Err(Errno::NOMEM) => return Err(std::io::ErrorKind::OutOfMemory.into()),
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    fn read(&self, pipe: &OwnedFd) -> Result<usize, Errno> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.try_reserve(PIECE).map_err(|_| Errno::NOMEM)?;
        rustix::io::read(pipe.as_fd(), rustix::buffer::spare_capacity(&mut bytes))
    }
}

/// Writes all of it, and closes the pipe. Who reads no more does not want the rest.
pub async fn write_all(pipe: Descriptor, bytes: &[u8]) -> std::io::Result<()> {
    let pipe = unblocked(&pipe)?;
    let mut rest = bytes;
    while !rest.is_empty() {
        match rustix::io::write(pipe.as_fd(), rest) {
            Ok(written) => rest = &rest[written..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => writable(&pipe).await,
            Err(Errno::PIPE) => return Ok(()),
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

/// Our end: the other one is another open file, which stays as it is.
fn unblocked(pipe: &Descriptor) -> std::io::Result<Arc<OwnedFd>> {
    let pipe = Arc::clone(pipe.shared());
    fcntl_setfl(&pipe, fcntl_getfl(&pipe)? | OFlags::NONBLOCK)?;
    Ok(pipe)
}
