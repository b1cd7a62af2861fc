//! Why something of a journal file cannot be read.

use std::io;

/// Why something of a journal file cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// It does not hold what it should.
    #[error("{0}")]
    Damaged(&'static str),
    /// It has features that this library does not know.
    #[error("it has features that are unknown (flags {0:#x})")]
    Unknown(u32),
    /// The system call failed.
    #[error(transparent)]
    File(#[from] io::Error),
}

/// The result of reading something of a journal file.
pub(super) type Read<T> = Result<T, Fault>;

/// What a damaged part stands for: nothing.
pub(super) fn or_nothing<T>(read: Read<T>) -> Read<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Fault::Damaged(_) | Fault::Unknown(_)) => Ok(None),
        Err(Fault::File(error)) => Err(Fault::File(error)),
    }
}
