//! A list of entries of a file, in the order in which they were written: a chain of arrays.

use super::fault::{Fault, Read, or_nothing};
use super::format::{ENTRY_ARRAY, ObjectType, u64_at};
use super::objects::Objects;

/// A list of entries, by their place in the file; that rises from each to the next.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// Data has its first entry outside of the arrays.
    first: Option<u64>,
    arrays: Vec<Array>,
    length: u64,
    /// Where the last one was found.
    near: u64,
}

#[derive(Clone, Copy, Debug)]
struct Array {
    /// How many entries are before it.
    start: u64,
    /// Where its items are.
    items: u64,
}

impl Entries {
    /// The list that begins with this entry and this array, and has at most so many entries.
    pub(super) fn of(objects: &mut Objects, first: Option<u64>, head: u64, most: u64) -> Read<Self> {
        let (mut arrays, mut offset, mut start) = (Vec::new(), head, u64::from(first.is_some()));
        let size = objects.header.item_size() as u64;
        while offset != 0 && start < most {
            // What is behind a damaged array is not known.
            let begun = objects.begin(offset, ObjectType::EntryArray, ENTRY_ARRAY);
            let begun = begun.and_then(|(object, bytes)| Ok((object, u64_at(bytes, 16)?)));
            let Some((object, next)) = or_nothing(begun)? else { break };
            arrays.push(Array { start, items: offset + ENTRY_ARRAY as u64 });
            start = start.saturating_add((object.size - ENTRY_ARRAY as u64) / size);
            if next != 0 && next <= offset {
                break;
            }
            offset = next;
        }
        Ok(Self { first, arrays, length: start.min(most), near: 0 })
    }

    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// The place of an entry of the list; an array may have room that is not used yet.
    pub(super) fn at(&self, objects: &mut Objects, index: u64) -> Read<u64> {
        if let (0, Some(first)) = (index, self.first) {
            return Ok(first);
        }
        let after = self.arrays.partition_point(|array| array.start <= index);
        let array = after.checked_sub(1).and_then(|at| self.arrays.get(at)).ok_or(NONE)?;
        let size = objects.header.item_size() as u64;
        match objects.item(array.items + (index - array.start) * size)? {
            0 => Err(NONE),
            offset => Ok(offset),
        }
    }

    /// How many entries at the beginning of the list are so; after the first that is not, none is.
    pub(super) fn partition(
        &self,
        objects: &mut Objects,
        mut is_so: impl FnMut(&mut Objects, u64) -> Read<bool>,
    ) -> Read<u64> {
        let (mut low, mut high) = (0, self.length);
        while low < high {
            let middle = low + (high - low) / 2;
            let offset = self.at(objects, middle);
            let so = offset.and_then(|offset| is_so(objects, offset));
            // What is damaged is at the end, where the file was being written.
            if or_nothing(so)?.unwrap_or(false) { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    /// The first entry of the list that is at `offset` or behind it.
    pub(super) fn at_or_after(&mut self, objects: &mut Objects, offset: u64) -> Read<Option<u64>> {
        let index = self.index_of(objects, offset)?;
        self.near = index;
        if index >= self.length { Ok(None) } else { or_nothing(self.at(objects, index)) }
    }

    /// The last entry of the list that is at `offset` or before it.
    pub(super) fn at_or_before(&mut self, objects: &mut Objects, offset: u64) -> Read<Option<u64>> {
        let index = self.index_of(objects, offset.saturating_add(1))?;
        self.near = index;
        if index == 0 { Ok(None) } else { or_nothing(self.at(objects, index - 1)) }
    }

    /// How many of the list are before `offset`: most often as many as last time, or one more or less.
    fn index_of(&self, objects: &mut Objects, offset: u64) -> Read<u64> {
        for index in [self.near, self.near + 1, self.near.wrapping_sub(1)] {
            if index <= self.length && self.divides(objects, index, offset)? {
                return Ok(index);
            }
        }
        self.partition(objects, |_, entry| Ok(entry < offset))
    }

    fn divides(&self, objects: &mut Objects, index: u64, offset: u64) -> Read<bool> {
        let mut place = |index| or_nothing(self.at(objects, index));
        let before = index == 0 || place(index - 1)?.is_some_and(|entry| entry < offset);
        Ok(before && (index == self.length || place(index)?.is_some_and(|entry| entry >= offset)))
    }
}

const NONE: Fault = Fault::Damaged("a list of entries is not filled");
