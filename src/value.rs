//! A value of a unit's property, in the types that both backends share.

use std::borrow::Cow;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

/// A file descriptor; it is closed with the last value that holds it.
#[derive(Clone, Debug)]
pub struct Descriptor(Arc<OwnedFd>);

impl Descriptor {
    /// The descriptor itself, as those have it who wait for it.
    #[must_use]
    pub fn shared(&self) -> &Arc<OwnedFd> {
        &self.0
    }
}

impl From<OwnedFd> for Descriptor {
    fn from(descriptor: OwnedFd) -> Self {
        Self(Arc::new(descriptor))
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The same descriptor, not another of the same file.
impl PartialEq for Descriptor {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A property's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not set: a counter that is not kept, a time that never was, no limit.
    Null,
    /// `b`
    Boolean(bool),
    /// `n`, `i`, `x`
    Integer(i64),
    /// `y`, `q`, `u`, `t`
    Unsigned(u64),
    /// `d`
    Double(f64),
    /// `s`, `o`, `g`
    Text(String),
    /// `h`
    Descriptor(Descriptor),
    /// `ay`
    Bytes(Vec<u8>),
    /// `a...`
    List(Vec<Value>),
    /// `(...)`
    Tuple(Vec<Value>),
    /// `a{...}`
    Dict(Vec<(Value, Value)>),
    /// `v`, with the type that is sent. (What is read of a variant is its value alone.)
    Variant(Cow<'static, str>, Box<Value>),
}

impl Value {
    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one that is not negative.
    #[must_use]
    pub fn as_unsigned(&self) -> Option<u64> {
        match self {
            Self::Unsigned(number) => Some(*number),
            Self::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Unsigned(number) => i64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    #[must_use]
    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The texts, if it is a list of such.
    #[must_use]
    pub fn as_texts(&self) -> Option<Vec<String>> {
        match self {
            Self::List(items) => items.iter().map(|item| item.as_text().map(str::to_owned)).collect(),
            _ => None,
        }
    }
}

/// Properties of which the greatest number is a value: sets with one bit for each member, which then are full, and a
/// part of a whole, which then is all of it.
const FULL: [&str; 7] = [
    "CapabilityBoundingSet",
    "AmbientCapabilities",
    "RestrictNamespaces",
    "DelegateNamespaces",
    "CoredumpFilter",
    "MountFlags",
    "ManagedOOMMemoryPressureLimit",
];

/// Properties of type `i` that are -1 when nobody set them; of others (`Nice`, `OOMScoreAdjust`) it is a value.
const UNSET_BELOW_ZERO: [&str; 8] = [
    "FailureActionExitStatus",
    "SuccessActionExitStatus",
    "IPTOS",
    "IPTTL",
    "LogLevelMax",
    "Mark",
    "NUMAPolicy",
    "Priority",
];

/// Whether this number says "not set" in systemd's own encoding, for a property of this name and D-Bus type.
///
/// The greatest number of its type says so of a counter that is not kept, a limit that there is none of, an id, a size;
/// 0 says of a wall-clock or monotonic time that it never was. That holds by the type, as each new systemd has
/// properties that are in no table here; `introspection/unset.tsv` tells it of each that is known.
#[must_use]
pub fn means_unset(name: &str, signature: &str, number: u64) -> bool {
    match signature {
        "t" => (number == u64::MAX && !FULL.contains(&name)) || (number == 0 && is_time(name)),
        "u" => number == u64::from(u32::MAX) && !FULL.contains(&name),
        "q" => number == u64::from(u16::MAX),
        _ => false,
    }
}

/// The same for numbers that may be below zero.
#[must_use]
pub fn means_unset_signed(name: &str, signature: &str, number: i64) -> bool {
    signature == "i" && number == -1 && UNSET_BELOW_ZERO.contains(&name)
}

/// Whether a property is a point in time, so that 0 is "never".
fn is_time(name: &str) -> bool {
    let name = name.strip_suffix("Monotonic").unwrap_or(name);
    name.ends_with("Timestamp")
        || matches!(name, "LastTriggerUSec" | "NextElapseUSecRealtime" | "NextElapseUSec")
}
