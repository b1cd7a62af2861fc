//! Streams of one unit's properties.

mod event;
mod listener;
mod questions;
mod table;

use std::sync::Arc;

use self::listener::PropertyListener;
use super::queue::Queue;
use super::stream::Stream;
use super::{check_allowed, session};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::unit::UnitName;

pub use event::PropertiesEvent;
pub use table::PropertyTable;

/// Which properties of which unit are wanted, and how many events may wait.
#[derive(Clone, Debug)]
pub struct PropertyOptions {
    /// The unit; an alias is resolved when the stream begins.
    pub unit: UnitName,
    /// The properties, by systemd's own names, of the unit and of its type: org.freedesktop.systemd1(5).
    pub names: Vec<String>,
    /// How many events may wait for the reader before the stream gives up their order and begins afresh.
    pub capacity: usize,
}

/// A stream of what becomes of some of a unit's properties.
pub type PropertyWatch = Stream<PropertyTable>;

impl PropertyWatch {
    /// A watch on a unit of a client's manager, with a connection of its own. Nothing happens until it is driven:
    /// whether there are such a unit and such properties, and whether systemd announces their changes, is known
    /// then.
    pub fn new(client: Arc<Client>, options: PropertyOptions) -> Result<Self> {
        check_allowed(&client)?;
        let mut names: Vec<String> = Vec::with_capacity(options.names.len());
        for name in options.names {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            return Err(Error::config("no property is named").with_hint("give at least one name"));
        }
        let table = PropertyTable::new(options.unit.as_str(), &names);
        let queue = Arc::new(Queue::new(table, options.capacity)?);
        let listener = PropertyListener::new(Arc::clone(&queue), options.unit);
        Ok(Self::over(queue, session::pump(client, listener)))
    }
}

#[cfg(test)]
mod tests;
