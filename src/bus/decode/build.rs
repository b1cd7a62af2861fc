//! What values are made of.

use std::os::fd::BorrowedFd;

use crate::bus::answer::malformed;
use crate::error::{Error, Kind, Result};
use crate::value::Value;

/// Makes values of one kind.
pub trait Build {
    /// A value.
    type Item;
    /// "Not set".
    fn null(&self) -> Result<Self::Item>;
    /// `b`
    fn boolean(&self, value: bool) -> Result<Self::Item>;
    /// Signed numbers.
    fn integer(&self, value: i64) -> Result<Self::Item>;
    /// Unsigned numbers.
    fn unsigned(&self, value: u64) -> Result<Self::Item>;
    /// `d`
    fn double(&self, value: f64) -> Result<Self::Item>;
    /// Strings, object paths, signatures.
    fn text(&self, value: &str) -> Result<Self::Item>;
    /// `h`: one of the message's own, which is closed with the message.
    fn descriptor(&self, _: BorrowedFd<'_>) -> Result<Self::Item> {
        Err(malformed(&"a file descriptor among the values"))
    }
    /// `ay`
    fn bytes(&self, value: &[u8]) -> Result<Self::Item>;
    /// Arrays.
    fn list(&self, items: Vec<Self::Item>) -> Result<Self::Item>;
    /// Structures.
    fn tuple(&self, items: Vec<Self::Item>) -> Result<Self::Item>;
    /// Dictionaries.
    fn dict(&self, entries: Vec<(Self::Item, Self::Item)>) -> Result<Self::Item>;
}

/// Makes the core's own values.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values;

impl Build for Values {
    type Item = Value;

    fn null(&self) -> Result<Value> {
        Ok(Value::Null)
    }
    fn boolean(&self, value: bool) -> Result<Value> {
        Ok(Value::Boolean(value))
    }
    fn integer(&self, value: i64) -> Result<Value> {
        Ok(Value::Integer(value))
    }
    fn unsigned(&self, value: u64) -> Result<Value> {
        Ok(Value::Unsigned(value))
    }
    fn double(&self, value: f64) -> Result<Value> {
        Ok(Value::Double(value))
    }
    fn text(&self, value: &str) -> Result<Value> {
        let mut text = String::new();
        text.try_reserve_exact(value.len()).map_err(|_| no_memory(value.len()))?;
        text.push_str(value);
        Ok(Value::Text(text))
    }
    fn bytes(&self, value: &[u8]) -> Result<Value> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(value.len()).map_err(|_| no_memory(value.len()))?;
        bytes.extend_from_slice(value);
        Ok(Value::Bytes(bytes))
    }
    fn descriptor(&self, descriptor: BorrowedFd<'_>) -> Result<Value> {
        let own = descriptor.try_clone_to_owned().map_err(|error| {
            let message = format!("a file descriptor of the answer's cannot be kept: {error}");
            Error::new(Kind::Systemd, message).with_errno(error.raw_os_error())
        })?;
        Ok(Value::Descriptor(own.into()))
    }
    fn list(&self, items: Vec<Value>) -> Result<Value> {
        Ok(Value::List(items))
    }
    fn tuple(&self, items: Vec<Value>) -> Result<Value> {
        Ok(Value::Tuple(items))
    }
    fn dict(&self, entries: Vec<(Value, Value)>) -> Result<Value> {
        Ok(Value::Dict(entries))
    }
}

#[cold]
fn no_memory(length: usize) -> Error {
    Error::new(Kind::Systemd, format!("there is no memory for a value of {length} bytes"))
}
