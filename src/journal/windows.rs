//! The bytes of a file, read where they are wanted, with the neighbourhood kept.

use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

use super::fault::{Fault, Read};

const WINDOW: usize = 32 << 10;
/// Each part of the file has one place in which it may be kept: 1 MiB in all.
const PLACES: usize = 32;
const CUT_OFF: Fault = Fault::Damaged("it ends where more should be");

/// What tells a file from others while it is open: the numbers of its device and of itself.
pub(super) type FileId = (u64, u64);

/// A file, with some parts of it that were read lately.
#[derive(Debug)]
pub(super) struct Windows {
    file: File,
    length: u64,
    kept: Vec<Window>,
    /// What lies in no one window.
    across: Vec<u8>,
}

#[derive(Debug)]
struct Window {
    number: u64,
    bytes: Vec<u8>,
}

impl Windows {
    pub(super) fn new(file: File) -> Read<Self> {
        let length = file.metadata()?.len();
        let kept = (0..PLACES).map(|_| Window { number: u64::MAX, bytes: Vec::new() }).collect();
        Ok(Self { file, length, kept, across: Vec::new() })
    }

    /// Forgets what was read: somebody may have written since.
    pub(super) fn forget(&mut self) -> Read<()> {
        self.length = self.file.metadata()?.len();
        for window in &mut self.kept {
            *window = Window { number: u64::MAX, bytes: Vec::new() };
        }
        self.across = Vec::new();
        Ok(())
    }

    /// The file's number, and how many names it has.
    pub(super) fn identity(&self) -> Read<(FileId, u64)> {
        let facts = self.file.metadata()?;
        Ok(((facts.dev(), facts.ino()), facts.nlink()))
    }

    /// How many bytes the file has.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// So many bytes from there on.
    pub(super) fn read(&mut self, offset: u64, length: usize) -> Read<&[u8]> {
        let end = offset.checked_add(length as u64).ok_or(CUT_OFF)?;
        if end > self.length || length == 0 {
            return Err(CUT_OFF);
        }
        let number = offset / WINDOW as u64;
        if (end - 1) / WINDOW as u64 != number {
            self.across.resize(length, 0);
            read_exactly(&self.file, offset, &mut self.across)?;
            return Ok(&self.across);
        }
        let place = usize::try_from(number % PLACES as u64).unwrap_or_default();
        let window = &mut self.kept[place];
        if window.number != number {
            window.number = u64::MAX;
            let start = number * WINDOW as u64;
            let wanted = (self.length - start).min(WINDOW as u64);
            window.bytes.resize(usize::try_from(wanted).unwrap_or(WINDOW), 0);
            read_exactly(&self.file, start, &mut window.bytes)?;
            window.number = number;
        }
        let within = usize::try_from(offset % WINDOW as u64).unwrap_or_default();
        window.bytes.get(within..within + length).ok_or(CUT_OFF)
    }
}

fn read_exactly(file: &File, offset: u64, into: &mut [u8]) -> Read<()> {
    file.read_exact_at(into, offset).map_err(|error| match error.kind() {
        // It was cut off since its length was asked for.
        std::io::ErrorKind::UnexpectedEof => CUT_OFF,
        _ => Fault::File(error),
    })
}
