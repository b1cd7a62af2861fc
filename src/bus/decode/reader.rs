//! A message's body, read from its begin to its end: every bound, string and depth is checked.

use std::os::fd::{AsFd, BorrowedFd};

use zbus::Message;
use zbus::wire::Fd;

use super::Build;
use super::signature::{DEEPEST, alignment, complete_type, fields};
use crate::bus::answer::malformed;
use crate::error::{Error, Result};
use crate::flow::limit;
use crate::value::{means_unset, means_unset_signed};

/// How many bytes are read before another look at the deadline.
const STRIDE: usize = 64 * 1024;

#[cold]
fn too_short() -> Error {
    malformed(&"a body that ends too early")
}

/// The text that these bytes are.
pub(super) fn checked_text(bytes: &[u8]) -> Result<&str> {
    // Without a way out of the loop it takes many bytes at once.
    if bytes.iter().fold(0, |found, &byte| found | u8::from(byte == 0)) != 0 {
        return Err(malformed(&"a string with a zero byte"));
    }
    std::str::from_utf8(bytes).map_err(|error| malformed(&error))
}

#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) position: usize,
    pub(super) little_endian: bool,
    /// The descriptors that came with the message.
    descriptors: &'a [Fd<'static>],
    /// Where the deadline was looked at.
    checked: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn of(message: &'a Message, bytes: &'a [u8]) -> Self {
        let little_endian = message.data().bytes().first() == Some(&b'l');
        Self { descriptors: message.data().fds(), ..Self::over(bytes, little_endian) }
    }

    pub(super) fn over(bytes: &'a [u8], little_endian: bool) -> Self {
        Self { bytes, position: 0, little_endian, descriptors: &[], checked: 0 }
    }

    /// Whether another element follows before `end`; an error once the time is up.
    #[inline]
    pub(super) fn goes_on(&mut self, end: usize) -> Result<bool> {
        if self.position - self.checked >= STRIDE {
            self.checked = self.position;
            limit::check()?;
        }
        Ok(self.position < end)
    }

    #[inline]
    pub(super) fn align(&mut self, alignment: usize) -> Result<()> {
        self.position = self.position.next_multiple_of(alignment);
        if self.position > self.bytes.len() { Err(too_short()) } else { Ok(()) }
    }

    #[inline]
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let end = self.position.checked_add(length).filter(|&end| end <= self.bytes.len());
        let Some(end) = end else { return Err(too_short()) };
        let taken = &self.bytes[self.position..end];
        self.position = end;
        Ok(taken)
    }

    #[inline]
    pub(super) fn number<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.align(N)?;
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        if !self.little_endian {
            bytes.reverse();
        }
        Ok(bytes)
    }

    pub(super) fn length(&mut self) -> Result<usize> {
        Ok(u32::from_le_bytes(self.number()?) as usize)
    }

    pub(super) fn text_of(&mut self, length: usize) -> Result<&'a str> {
        let text = self.take(length)?;
        if self.take(1)? != [0] {
            return Err(malformed(&"a string that does not end"));
        }
        checked_text(text)
    }

    /// What a string consists of, itself unchecked, with the zero byte behind it passed over.
    #[inline]
    pub(super) fn sized_bytes(&mut self) -> Result<&'a [u8]> {
        let begin = self.position.next_multiple_of(4);
        let found = self.bytes.get(begin..).and_then(|rest| {
            let (length, rest) = rest.split_first_chunk::<4>()?;
            let length =
                if self.little_endian { u32::from_le_bytes(*length) } else { u32::from_be_bytes(*length) };
            let (bytes, rest) = rest.split_at_checked(length as usize)?;
            rest.first().filter(|&&end| end == 0).map(|_| bytes)
        });
        let Some(bytes) = found else { return Err(malformed(&"a string that does not end")) };
        self.position = begin + 4 + bytes.len() + 1;
        Ok(bytes)
    }

    pub(super) fn text(&mut self) -> Result<&'a str> {
        let length = self.length()?;
        self.text_of(length)
    }

    pub(super) fn signature(&mut self) -> Result<&'a str> {
        let length = usize::from(self.take(1)?[0]);
        self.text_of(length)
    }

    pub(super) fn signature_bytes(&mut self) -> Result<&'a [u8]> {
        let length = usize::from(self.take(1)?[0]);
        let signature = self.take(length)?;
        if self.take(1)? == [0] { Ok(signature) } else { Err(malformed(&"a signature that does not end")) }
    }

    pub(super) fn boolean(&mut self) -> Result<bool> {
        match u32::from_le_bytes(self.number()?) {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(malformed(&format!("{other} as a truth value"))),
        }
    }

    fn descriptor(&mut self) -> Result<BorrowedFd<'a>> {
        let place = self.length()?;
        let descriptor =
            self.descriptors.get(place).ok_or_else(|| malformed(&"a file descriptor that did not come"))?;
        Ok(descriptor.as_fd())
    }

    /// Begins an array and gives the position of its end.
    pub(super) fn array(&mut self, alignment: usize) -> Result<usize> {
        let length = self.length()?;
        self.align(alignment)?;
        let end = self.position.saturating_add(length);
        if end > self.bytes.len() { Err(malformed(&"an array that ends too early")) } else { Ok(end) }
    }

    /// The last element of an array must not have gone beyond its end.
    pub(super) fn ends_at(&self, end: usize) -> Result<()> {
        if self.position == end { Ok(()) } else { Err(malformed(&"an array that ends within an element")) }
    }

    /// A variant that holds one complete type.
    pub(super) fn variant(&mut self) -> Result<&'a [u8]> {
        let signature = self.signature_bytes()?;
        if complete_type(signature, 0)? == signature.len() {
            Ok(signature)
        } else {
            Err(malformed(&"a variant that is not one complete type"))
        }
    }

    pub(super) fn property<B: Build>(&mut self, name: &str, build: &B) -> Result<B::Item> {
        let signature = self.variant()?;
        match signature {
            b"t" => {
                let number = u64::from_le_bytes(self.number()?);
                if means_unset(name, "t", number) { build.null() } else { build.unsigned(number) }
            }
            b"u" => {
                let number = u64::from(u32::from_le_bytes(self.number()?));
                if means_unset(name, "u", number) { build.null() } else { build.unsigned(number) }
            }
            b"q" => {
                let number = u64::from(u16::from_le_bytes(self.number()?));
                if means_unset(name, "q", number) { build.null() } else { build.unsigned(number) }
            }
            b"i" => {
                let number = i64::from(i32::from_le_bytes(self.number()?));
                if means_unset_signed(name, "i", number) { build.null() } else { build.integer(number) }
            }
            _ => self.value(signature, build, 0),
        }
    }

    pub(super) fn value<B: Build>(&mut self, signature: &[u8], build: &B, depth: usize) -> Result<B::Item> {
        if depth > DEEPEST {
            return Err(malformed(&"values that are nested too deep"));
        }
        match signature.first().copied().unwrap_or_default() {
            b's' | b'o' => build.text(self.text()?),
            b'g' => build.text(self.signature()?),
            b'b' => build.boolean(self.boolean()?),
            b'y' => build.unsigned(u64::from(self.take(1)?[0])),
            b'n' => build.integer(i64::from(i16::from_le_bytes(self.number()?))),
            b'i' => build.integer(i64::from(i32::from_le_bytes(self.number()?))),
            b'x' => build.integer(i64::from_le_bytes(self.number()?)),
            b'q' => build.unsigned(u64::from(u16::from_le_bytes(self.number()?))),
            b'u' => build.unsigned(u64::from(u32::from_le_bytes(self.number()?))),
            b'h' => build.descriptor(self.descriptor()?),
            b't' => build.unsigned(u64::from_le_bytes(self.number()?)),
            b'd' => build.double(f64::from_le_bytes(self.number()?)),
            b'v' => {
                let signature = self.variant()?;
                self.value(signature, build, depth + 1)
            }
            b'(' => self.tuple(signature, build, depth),
            b'a' => self.array_value(&signature[1..], build, depth),
            other => Err(malformed(&format!("type {:?}", char::from(other)))),
        }
    }

    /// Passes over a value; what is in it does not matter, only where it ends.
    pub(super) fn skip(&mut self, signature: &[u8], depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Err(malformed(&"values that are nested too deep"));
        }
        match signature.first().copied().unwrap_or_default() {
            b's' | b'o' => self.sized_bytes().map(drop),
            b'g' => self.signature_bytes().map(drop),
            b'y' => self.take(1).map(drop),
            b'n' | b'q' => self.number::<2>().map(drop),
            b'b' | b'i' | b'u' | b'h' => self.number::<4>().map(drop),
            b'x' | b't' | b'd' => self.number::<8>().map(drop),
            b'v' => {
                let signature = self.variant()?;
                self.skip(signature, depth + 1)
            }
            b'a' => {
                let code = signature.get(1).copied().unwrap_or_default();
                self.position = self.array(alignment(code))?;
                Ok(())
            }
            b'(' => {
                self.align(8)?;
                let mut index = 1;
                while signature.get(index).is_some_and(|&code| code != b')') {
                    let end = complete_type(signature, index)?;
                    self.skip(&signature[index..end], depth + 1)?;
                    index = end;
                }
                Ok(())
            }
            other => Err(malformed(&format!("type {:?}", char::from(other)))),
        }
    }

    pub(super) fn tuple<B: Build>(&mut self, signature: &[u8], build: &B, depth: usize) -> Result<B::Item> {
        self.align(8)?;
        let mut items = Vec::with_capacity(fields(signature)?);
        let mut index = 1;
        while signature.get(index).is_some_and(|&code| code != b')') {
            let end = complete_type(signature, index)?;
            items.push(self.value(&signature[index..end], build, depth + 1)?);
            index = end;
        }
        if items.is_empty() {
            // It would take no bytes, and an array of such would never end.
            return Err(malformed(&"an empty structure"));
        }
        build.tuple(items)
    }

    pub(super) fn array_value<B: Build>(
        &mut self,
        element: &[u8],
        build: &B,
        depth: usize,
    ) -> Result<B::Item> {
        let code = element.first().copied().unwrap_or_default();
        let end = self.array(alignment(code))?;
        match code {
            b'y' => {
                let length = end - self.position;
                build.bytes(self.take(length)?)
            }
            b'{' => self.dict(element, end, build, depth),
            _ => {
                let mut items = Vec::new();
                while self.goes_on(end)? {
                    items.push(self.value(element, build, depth + 1)?);
                }
                self.ends_at(end)?;
                build.list(items)
            }
        }
    }

    pub(super) fn dict<B: Build>(
        &mut self,
        entry: &[u8],
        end: usize,
        build: &B,
        depth: usize,
    ) -> Result<B::Item> {
        let key_end = complete_type(entry, 1)?;
        let value_end = complete_type(entry, key_end)?;
        if entry[value_end..] != *b"}" {
            return Err(malformed(&"a dictionary whose entries are no pairs"));
        }
        let mut entries = Vec::new();
        while self.goes_on(end)? {
            self.align(8)?;
            let key = self.value(&entry[1..key_end], build, depth + 1)?;
            let value = self.value(&entry[key_end..value_end], build, depth + 1)?;
            entries.push((key, value));
        }
        self.ends_at(end)?;
        build.dict(entries)
    }
}
