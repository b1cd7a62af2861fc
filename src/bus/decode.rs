//! One decoder from the bytes of a message's body to values of any kind: without a detour Python's objects, or
//! the core's [`Value`](crate::value::Value)s. It trusts nothing: every bound, string and depth is checked.

mod build;
mod changes;
mod reader;
mod signature;
mod units;

use std::ops::ControlFlow;

use zbus::Message;
use zbus::wire::Signature;

pub use self::build::{Build, Values};
pub use self::changes::{Changes, wanted_changes};
use self::reader::Reader;
pub(super) use self::signature::alignment;
pub(crate) use self::signature::complete_type;
pub use self::units::{RowText, UnitRow, UnitRows, by_name, unit_rows};
use super::answer::malformed;
use crate::error::Result;

/// Values with their names.
pub type Named<T> = Vec<(String, T)>;

/// Decodes the answer of `Properties.GetAll`: names and values, with what is not set as null.
pub fn properties<B: Build>(message: &Message, build: &B) -> Result<Named<B::Item>> {
    let mut properties = Vec::with_capacity(256);
    each_property(message, build, |name, value| {
        properties.push((name.to_owned(), value));
        Ok(())
    })?;
    Ok(properties)
}

/// The same without a list: each name and value is handed out as it is read.
pub fn each_property<B: Build>(
    message: &Message,
    build: &B,
    mut take: impl FnMut(&str, B::Item) -> Result<()>,
) -> Result<()> {
    walk_properties(message, |name, reader| {
        let name = std::str::from_utf8(name).map_err(|error| malformed(&error))?;
        take(name, reader.property(name, build)?)?;
        Ok(ControlFlow::Continue(()))
    })
}

/// Decodes only those properties of the answer of `Properties.GetAll` that are wanted, and reads no further than
/// the last of them.
pub fn wanted_properties<'a, B: Build>(
    message: &Message,
    wanted: &[&'a str],
    build: &B,
) -> Result<Vec<(&'a str, B::Item)>> {
    let mut properties = Vec::with_capacity(wanted.len());
    walk_properties(message, |name, reader| {
        let Some(name) = wanted.iter().find(|wanted| wanted.as_bytes() == name) else {
            reader.skip(b"v", 0)?;
            return Ok(ControlFlow::Continue(()));
        };
        properties.push((*name, reader.property(name, build)?));
        Ok(if properties.len() == wanted.len() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(properties)
}

fn walk_properties(
    message: &Message,
    mut take: impl FnMut(&[u8], &mut Reader<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let body = message.body();
    if body.signature().to_string_no_parens() != "a{sv}" {
        return Err(malformed(&"properties of another type"));
    }
    let mut reader = Reader::of(message, body.data().bytes());
    let end = reader.array(8)?;
    while reader.goes_on(end)? {
        reader.align(8)?;
        let name = reader.sized_bytes()?;
        if take(name, &mut reader)?.is_break() {
            return Ok(());
        }
    }
    reader.ends_at(end)
}

/// Decodes the answer of `Properties.Get` for the property `name`.
pub fn property<B: Build>(message: &Message, name: &str, build: &B) -> Result<B::Item> {
    let body = message.body();
    if body.signature().to_string_no_parens() != "v" {
        return Err(malformed(&"a property of another type"));
    }
    Reader::of(message, body.data().bytes()).property(name, build)
}

/// The first value of a message, where that is an unsigned number of 32 bits.
#[must_use]
pub fn first_number(message: &Message) -> Option<u32> {
    let body = message.body();
    let begins_with_number = match body.signature() {
        Signature::Structure(fields) => fields.iter().next() == Some(&Signature::U32),
        whole => *whole == Signature::U32,
    };
    if begins_with_number {
        Reader::of(message, body.data().bytes()).number().map(u32::from_le_bytes).ok()
    } else {
        None
    }
}

/// Decodes an answer that must be of this signature: none is null, one complete type is its value, several are a tuple.
pub fn answer<B: Build>(message: &Message, signature: &str, build: &B) -> Result<B::Item> {
    let body = message.body();
    if body.signature().to_string_no_parens() != signature {
        return Err(malformed(&format!("an answer of the type {}", body.signature())));
    }
    if signature.is_empty() {
        return build.null();
    }
    let mut reader = Reader::of(message, body.data().bytes());
    let signature = signature.as_bytes();
    if complete_type(signature, 0)? == signature.len() {
        return reader.value(signature, build, 0);
    }
    let mut values = Vec::new();
    let mut begin = 0;
    while begin < signature.len() {
        let end = complete_type(signature, begin)?;
        values.push(reader.value(&signature[begin..end], build, 0)?);
        begin = end;
    }
    build.tuple(values)
}

/// Decodes bytes of this signature, as a fuzzer would.
pub fn decode<B: Build>(bytes: &[u8], little_endian: bool, signature: &str, build: &B) -> Result<B::Item> {
    let signature = signature.as_bytes();
    if complete_type(signature, 0)? != signature.len() {
        return Err(malformed(&"not one complete type"));
    }
    Reader::over(bytes, little_endian).value(signature, build, 0)
}

#[cfg(test)]
mod tests;
