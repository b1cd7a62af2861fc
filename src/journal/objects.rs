//! The objects of a file: from a place in it to checked bytes.

use std::fs::File;

use super::compression::{Decompressor, MOST};
use super::fault::{Fault, Read};
use super::format::{ENTRY, EntryHead, HEADER, Header, OBJECT, Object, ObjectType, SHORTEST_HEADER, item};
use super::windows::{FileId, Windows};

/// The objects of a file, as they were when it was opened or looked at last.
#[derive(Debug)]
pub(super) struct Objects {
    pub(super) header: Header,
    windows: Windows,
    decompressor: Decompressor,
}

impl Objects {
    pub(super) fn of(file: File) -> Read<Self> {
        let mut windows = Windows::new(file)?;
        let header = read_header(&mut windows)?;
        Ok(Self { header, windows, decompressor: Decompressor::default() })
    }

    /// Forgets what was read, until it is read again.
    pub(super) fn forget(&mut self) -> Read<()> {
        self.windows.forget()
    }

    /// Looks at the file again: somebody may have written since.
    pub(super) fn look_again(&mut self) -> Read<()> {
        self.windows.forget()?;
        self.header = read_header(&mut self.windows)?;
        Ok(())
    }

    /// The file's number, and how many names it has.
    pub(super) fn identity(&self) -> Read<(FileId, u64)> {
        self.windows.identity()
    }

    /// How many bytes the file has.
    pub(super) fn length(&self) -> u64 {
        self.windows.length()
    }

    /// So many bytes from there on.
    pub(super) fn bytes(&mut self, offset: u64, length: usize) -> Read<&[u8]> {
        self.windows.read(offset, length)
    }

    /// The entry at this place, without its fields.
    pub(super) fn entry(&mut self, offset: u64) -> Read<EntryHead> {
        let bytes = self.begin(offset, ObjectType::Entry, ENTRY)?.1;
        EntryHead::read(offset, bytes)
    }

    /// Puts the payload of an object, as it was before it was compressed, behind what is in `into`.
    pub(super) fn payload(
        &mut self,
        offset: u64,
        kind: ObjectType,
        payload: usize,
        into: &mut Vec<u8>,
    ) -> Read<()> {
        let (object, _) = self.begin(offset, kind, payload)?;
        let size = usize::try_from(object.size).ok().filter(|size| *size <= MOST).ok_or(LONG)?;
        let bytes = &self.windows.read(offset, size)?[payload..];
        match object.compression {
            None => into.extend_from_slice(bytes),
            Some(compression) => self.decompressor.decompress(compression, bytes, into)?,
        }
        Ok(())
    }

    /// The object at this place, which is of this type, and its first bytes.
    pub(super) fn begin(&mut self, offset: u64, kind: ObjectType, least: usize) -> Read<(Object, &[u8])> {
        if !offset.is_multiple_of(8) || offset < self.header.first_object {
            return Err(Fault::Damaged("an object is where none can be"));
        }
        let length = self.windows.length();
        let bytes = self.windows.read(offset, least.max(OBJECT))?;
        let object = Object::read(bytes)?;
        if object.kind != kind as u8 {
            return Err(Fault::Damaged("an object is of another type"));
        }
        let end = offset.checked_add(object.size).ok_or(LONG)?;
        if object.size < least as u64 || end > length {
            return Err(LONG);
        }
        Ok((object, bytes))
    }

    /// An offset of an array.
    pub(super) fn item(&mut self, at: u64) -> Read<u64> {
        let (compact, size) = (self.header.compact, self.header.item_size());
        item(compact, self.windows.read(at, size)?, 0)
    }
}

pub(super) const LONG: Fault = Fault::Damaged("an object is longer than it can be");

fn read_header(windows: &mut Windows) -> Read<Header> {
    let length = usize::try_from(windows.length()).unwrap_or(usize::MAX).min(HEADER);
    if length < SHORTEST_HEADER {
        return Err(Fault::Damaged("it ends within its header"));
    }
    Header::read(windows.read(0, length)?)
}
