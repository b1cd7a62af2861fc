//! What is at which place of a journal file: journal-def.h of systemd, from bytes. No I/O.

use super::fault::{Fault, Read};

/// The shortest header: that of the first version.
pub(super) const SHORTEST_HEADER: usize = 208;
/// The part of a header that is read here.
pub(super) const HEADER: usize = 272;
/// What every object begins with: its type, flags and size.
pub(super) const OBJECT: usize = 16;
/// An entry without its items.
pub(super) const ENTRY: usize = 64;
/// An array of entries without its items.
pub(super) const ENTRY_ARRAY: usize = 24;
/// One place of a hash table: the first and the last of a chain.
pub(super) const HASH_ITEM: u64 = 16;
/// A field without its name.
pub(super) const FIELD: usize = 40;

const SIGNATURE: &[u8; 8] = b"LPKSHHRH";
const XZ: u32 = 1;
const LZ4: u32 = 1 << 1;
const KEYED_HASH: u32 = 1 << 2;
const ZSTD: u32 = 1 << 3;
const COMPACT: u32 = 1 << 4;

/// The types of objects that are read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObjectType {
    Data = 1,
    Field = 2,
    Entry = 3,
    EntryArray = 6,
}

/// An id of 128 bits, as in the file.
pub(super) type Id = [u8; 16];

/// The beginning of a file.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) keyed_hash: bool,
    /// Offsets in arrays have 32 bits.
    pub(super) compact: bool,
    pub(super) file_id: Id,
    pub(super) seqnum_id: Id,
    /// Nothing is before it.
    pub(super) first_object: u64,
    pub(super) data_table: Table,
    pub(super) field_table: Table,
    pub(super) entries: u64,
    /// The number of the entry that was written last, or is being written.
    pub(super) last_seqnum: u64,
    pub(super) entry_array: u64,
}

/// Where a hash table is, and how many bytes it has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    pub(super) offset: u64,
    pub(super) size: u64,
}

impl Header {
    pub(super) fn read(bytes: &[u8]) -> Read<Self> {
        if bytes.len() < SHORTEST_HEADER {
            return Err(Fault::Damaged("it ends within its header"));
        }
        if bytes.get(..8) != Some(SIGNATURE) {
            return Err(Fault::Damaged("it is not a journal file"));
        }
        let flags = u32_at(bytes, 12)?;
        let unknown = flags & !(XZ | LZ4 | KEYED_HASH | ZSTD | COMPACT);
        if unknown != 0 {
            return Err(Fault::Unknown(unknown));
        }
        let first_object = u64_at(bytes, 88)?;
        if first_object < SHORTEST_HEADER as u64 {
            return Err(Fault::Damaged("its header is too short"));
        }
        let table =
            |at| -> Read<Table> { Ok(Table { offset: u64_at(bytes, at)?, size: u64_at(bytes, at + 8)? }) };
        Ok(Self {
            keyed_hash: flags & KEYED_HASH != 0,
            compact: flags & COMPACT != 0,
            file_id: id_at(bytes, 24)?,
            seqnum_id: id_at(bytes, 72)?,
            first_object,
            data_table: table(104)?,
            field_table: table(120)?,
            entries: u64_at(bytes, 152)?,
            last_seqnum: u64_at(bytes, 160)?,
            entry_array: u64_at(bytes, 176)?,
        })
    }

    /// How many bytes an offset in an array has.
    pub(super) fn item_size(&self) -> usize {
        if self.compact { 4 } else { 8 }
    }

    /// How many bytes an item of an entry has: the offset, and in the old form the hash as well.
    pub(super) fn entry_item_size(&self) -> usize {
        if self.compact { 4 } else { 16 }
    }

    /// Where the payload of data begins.
    pub(super) fn payload(&self) -> usize {
        if self.compact { 72 } else { 64 }
    }
}

/// An offset that is an item of an array or of an entry.
pub(super) fn item(compact: bool, bytes: &[u8], at: usize) -> Read<u64> {
    if compact { u32_at(bytes, at).map(u64::from) } else { u64_at(bytes, at) }
}

/// How data is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Xz,
    Lz4,
    Zstd,
}

/// What every object begins with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object {
    pub(super) kind: u8,
    pub(super) compression: Option<Compression>,
    pub(super) size: u64,
}

impl Object {
    pub(super) fn read(bytes: &[u8]) -> Read<Self> {
        let [kind, flags] = *bytes.first_chunk().ok_or(SHORT)?;
        let compression = match flags {
            0 => None,
            1 => Some(Compression::Xz),
            2 => Some(Compression::Lz4),
            4 => Some(Compression::Zstd),
            _ => return Err(Fault::Damaged("an object has unknown flags")),
        };
        Ok(Self { kind, compression, size: u64_at(bytes, 8)? })
    }
}

/// An entry without its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EntryHead {
    pub(super) offset: u64,
    pub(super) seqnum: u64,
    pub(super) realtime: u64,
    pub(super) monotonic: u64,
    pub(super) boot_id: Id,
    pub(super) xor_hash: u64,
}

impl EntryHead {
    pub(super) fn read(offset: u64, bytes: &[u8]) -> Read<Self> {
        let head = Self {
            offset,
            seqnum: u64_at(bytes, 16)?,
            realtime: u64_at(bytes, 24)?,
            monotonic: u64_at(bytes, 32)?,
            boot_id: id_at(bytes, 40)?,
            xor_hash: u64_at(bytes, 56)?,
        };
        if head.seqnum == 0 || head.realtime == 0 {
            return Err(Fault::Damaged("an entry has no number or no time"));
        }
        Ok(head)
    }
}

/// Data without its payload.
#[derive(Clone, Copy, Debug)]
pub(super) struct DataHead {
    pub(super) hash: u64,
    pub(super) next_of_hash: u64,
    pub(super) next_of_field: u64,
    /// The first entry that has it; the others are in the array.
    pub(super) entry: u64,
    pub(super) entry_array: u64,
    pub(super) entries: u64,
}

impl DataHead {
    pub(super) fn read(bytes: &[u8]) -> Read<Self> {
        Ok(Self {
            hash: u64_at(bytes, 16)?,
            next_of_hash: u64_at(bytes, 24)?,
            next_of_field: u64_at(bytes, 32)?,
            entry: u64_at(bytes, 40)?,
            entry_array: u64_at(bytes, 48)?,
            entries: u64_at(bytes, 56)?,
        })
    }
}

/// A name of fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldHead {
    pub(super) hash: u64,
    pub(super) next_of_hash: u64,
    /// The newest data of this name.
    pub(super) data: u64,
}

impl FieldHead {
    pub(super) fn read(bytes: &[u8]) -> Read<Self> {
        Ok(Self { hash: u64_at(bytes, 16)?, next_of_hash: u64_at(bytes, 24)?, data: u64_at(bytes, 32)? })
    }
}

const SHORT: Fault = Fault::Damaged("an object is too short");

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Read<u64> {
    let found = bytes.get(at..).and_then(<[u8]>::first_chunk).ok_or(SHORT)?;
    Ok(u64::from_le_bytes(*found))
}

fn u32_at(bytes: &[u8], at: usize) -> Read<u32> {
    let found = bytes.get(at..).and_then(<[u8]>::first_chunk).ok_or(SHORT)?;
    Ok(u32::from_le_bytes(*found))
}

fn id_at(bytes: &[u8], at: usize) -> Read<Id> {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().ok_or(SHORT)
}
