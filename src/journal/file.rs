//! One journal file: its objects, read when they are wanted.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::entries::Entries;
use super::fault::{Fault, Read, or_nothing};
use super::format::{DataHead, ENTRY, FIELD, FieldHead, HASH_ITEM, ObjectType, Table, item, u64_at};
use super::hash;
use super::objects::{LONG, Objects};

/// The most bytes of all fields of an entry: `ENTRY_SIZE_MAX` of systemd's src/shared/journal-importer.h.
const MOST_OF_ENTRY: usize = 770 << 20;

/// One journal file, as it was when it was opened or looked at last.
#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    pub(super) objects: Objects,
    /// Data that is compared with what is looked for.
    compared: Vec<u8>,
}

impl JournalFile {
    /// Opens a file. One that is no regular file is not waited for.
    pub(super) fn open(path: &Path) -> Read<Self> {
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let file = std::fs::OpenOptions::new().read(true).custom_flags(nonblocking).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(Fault::Damaged("it is not a file"));
        }
        Self::of(file, path)
    }

    /// The same of a file that is open.
    pub(super) fn of(file: File, path: &Path) -> Read<Self> {
        Ok(Self { path: path.to_owned(), objects: Objects::of(file)?, compared: Vec::new() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// It has another name now.
    pub(super) fn rename(&mut self, path: PathBuf) {
        self.path = path;
    }

    /// Whether journald has given it the name of one that is not written any more.
    pub(super) fn is_old(&self) -> bool {
        let name = self.path.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        name.contains('@') || name.ends_with('~')
    }

    /// Whether it was removed: another one may have its name by now.
    pub(super) fn is_removed(&self) -> Read<bool> {
        Ok(self.objects.identity()?.1 == 0)
    }

    /// All entries.
    pub(super) fn entries(&mut self) -> Read<Entries> {
        let (array, length) = (self.objects.header.entry_array, self.objects.header.entries);
        Entries::of(&mut self.objects, None, array, length)
    }

    /// The entries that have this data (`FIELD=value`).
    pub(super) fn entries_with(&mut self, data: &[u8]) -> Read<Entries> {
        match self.find_data(data)? {
            Some(found) => self.entries_of(&found),
            None => Ok(Entries::default()),
        }
    }

    fn entries_of(&mut self, data: &DataHead) -> Read<Entries> {
        if data.entry == 0 {
            return Ok(Entries::default());
        }
        Entries::of(&mut self.objects, Some(data.entry), data.entry_array, data.entries)
    }

    /// Hands out each field of an entry, as `NAME=value`, in the file's order; gives how many were damaged.
    pub(super) fn fields(
        &mut self,
        entry: u64,
        places: &mut Vec<u64>,
        mut take: impl FnMut(&mut Vec<u8>, usize),
        into: &mut Vec<u8>,
    ) -> Read<usize> {
        self.places(entry, places)?;
        let (mut damaged, mut stored) = (0, 0);
        for place in places.iter() {
            let before = into.len();
            let read = self.data(*place, &mut stored, into);
            let is_data =
                or_nothing(read)?.is_some() && into[before..].contains(&b'=') && into.len() <= MOST_OF_ENTRY;
            if is_data {
                take(into, before);
            } else {
                into.truncate(before);
                damaged += 1;
            }
        }
        Ok(damaged)
    }

    /// Where the fields of an entry are.
    fn places(&mut self, entry: u64, into: &mut Vec<u64>) -> Read<()> {
        into.clear();
        let (object, _) = self.objects.begin(entry, ObjectType::Entry, ENTRY)?;
        let size = usize::try_from(object.size).map_err(|_| LONG)?;
        let (compact, step) = (self.objects.header.compact, self.objects.header.entry_item_size());
        let bytes = self.objects.bytes(entry, size)?;
        for at in (ENTRY..size).step_by(step).take_while(|at| at + step <= size) {
            into.push(item(compact, bytes, at)?);
        }
        Ok(())
    }

    /// Puts the data at this place behind what is in `into`.
    fn data(&mut self, offset: u64, stored: &mut u64, into: &mut Vec<u8>) -> Read<()> {
        let payload = self.objects.header.payload();
        // An entry has its data once: all of it has room in the file.
        *stored += self.objects.begin(offset, ObjectType::Data, payload)?.0.size;
        if *stored > self.objects.length() {
            return Err(LONG);
        }
        self.objects.payload(offset, ObjectType::Data, payload, into)
    }

    /// The data `NAME=value`, if the file has it.
    pub(super) fn find_data(&mut self, data: &[u8]) -> Read<Option<DataHead>> {
        let (wanted, table, payload) =
            (self.hash(data), self.objects.header.data_table, self.objects.header.payload());
        let mut offset = self.first_of_hash(wanted, table)?;
        while offset != 0 {
            let head = DataHead::read(self.objects.begin(offset, ObjectType::Data, payload)?.1)?;
            if head.hash == wanted && self.is(offset, ObjectType::Data, payload, data)? {
                return Ok(Some(head));
            }
            offset = after(offset, head.next_of_hash)?;
        }
        Ok(None)
    }

    /// All values of a field, as `NAME=value`, the newest first, with the entries that have them.
    pub(super) fn values(
        &mut self,
        name: &[u8],
        mut take: impl FnMut(&mut Self, &[u8], Entries) -> Read<()>,
    ) -> Read<()> {
        let Some(field) = self.find_field(name)? else { return Ok(()) };
        let payload = self.objects.header.payload();
        let (mut offset, mut value) = (field.data, Vec::new());
        while offset != 0 {
            let head = DataHead::read(self.objects.begin(offset, ObjectType::Data, payload)?.1)?;
            value.clear();
            if or_nothing(self.data(offset, &mut 0, &mut value))?.is_some() {
                let entries = self.entries_of(&head)?;
                take(self, &value, entries)?;
            }
            // The newest is put in front.
            if head.next_of_field >= offset {
                return Err(CIRCLE);
            }
            offset = head.next_of_field;
        }
        Ok(())
    }

    /// The names of all fields.
    pub(super) fn field_names(&mut self, mut take: impl FnMut(&[u8])) -> Read<()> {
        let table = self.objects.header.field_table;
        let mut name = Vec::new();
        for chain in 0..table.size / HASH_ITEM {
            let mut offset = self.first_of_hash(chain, table)?;
            while offset != 0 {
                let head = FieldHead::read(self.objects.begin(offset, ObjectType::Field, FIELD)?.1)?;
                name.clear();
                if or_nothing(self.objects.payload(offset, ObjectType::Field, FIELD, &mut name))?.is_some() {
                    take(&name);
                }
                offset = after(offset, head.next_of_hash)?;
            }
        }
        Ok(())
    }

    fn find_field(&mut self, name: &[u8]) -> Read<Option<FieldHead>> {
        let (wanted, table) = (self.hash(name), self.objects.header.field_table);
        let mut offset = self.first_of_hash(wanted, table)?;
        while offset != 0 {
            let head = FieldHead::read(self.objects.begin(offset, ObjectType::Field, FIELD)?.1)?;
            if head.hash == wanted && self.is(offset, ObjectType::Field, FIELD, name)? {
                return Ok(Some(head));
            }
            offset = after(offset, head.next_of_hash)?;
        }
        Ok(None)
    }

    /// Whether the object at this place has this payload; a damaged one has none.
    fn is(&mut self, offset: u64, kind: ObjectType, payload: usize, wanted: &[u8]) -> Read<bool> {
        let mut compared = std::mem::take(&mut self.compared);
        compared.clear();
        let read = or_nothing(self.objects.payload(offset, kind, payload, &mut compared));
        let is = read.map(|found| found.is_some() && compared == wanted);
        self.compared = compared;
        is
    }

    fn hash(&self, data: &[u8]) -> u64 {
        if self.objects.header.keyed_hash {
            hash::siphash(self.objects.header.file_id, data)
        } else {
            hash::jenkins(data)
        }
    }

    /// Where a chain of a hash table begins.
    fn first_of_hash(&mut self, hash: u64, table: Table) -> Read<u64> {
        let places = table.size / HASH_ITEM;
        if places == 0 || table.offset == 0 {
            return Ok(0);
        }
        let at = (hash % places).checked_mul(HASH_ITEM).and_then(|within| table.offset.checked_add(within));
        u64_at(self.objects.bytes(at.ok_or(LONG)?, 8)?, 0)
    }
}

const CIRCLE: Fault = Fault::Damaged("a chain leads in a circle");

/// The next of a chain, which grows at its end.
fn after(offset: u64, next: u64) -> Read<u64> {
    if next != 0 && next <= offset { Err(CIRCLE) } else { Ok(next) }
}
