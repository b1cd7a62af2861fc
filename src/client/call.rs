//! A row's verb with its arguments, as it is asked for.

use super::{Asked, Step};
use crate::backend::{Backend, Gave};
use crate::error::{Error, Result};
use crate::unit::UnitName;
use crate::value::Value;
use crate::verb::{Repeat, Verb, named};

/// A row's verb with its arguments.
#[derive(Clone, Debug)]
pub struct VerbCall {
    /// The row.
    pub verb: &'static Verb,
    /// The arguments, checked.
    pub arguments: Vec<Value>,
}

impl VerbCall {
    /// The verb of this name, with arguments that a caller gave.
    pub fn new(name: &str, given: Vec<Value>) -> Result<Self> {
        let verb = named(name).ok_or_else(|| Error::config(format!("there is no verb {name:?}")))?;
        if given.len() != verb.takes.len() {
            return Err(Error::config(format!("{name} takes {} arguments", verb.takes.len())));
        }
        let read = |(argument, value): (&crate::verb::Argument, Value)| argument.read(value);
        let arguments = verb.takes.iter().zip(given).map(read).collect::<Result<_>>()?;
        Ok(Self { verb, arguments })
    }
}

impl Asked for VerbCall {
    fn what(&self) -> String {
        match self.verb.about(&self.arguments) {
            Some(unit) => format!("{} {unit}", self.verb.noun),
            None => self.verb.noun.to_owned(),
        }
    }

    fn unit(&self) -> Option<UnitName> {
        self.verb.unit(&self.arguments)?.parse().ok()
    }

    fn repeat(&self) -> Repeat {
        self.verb.repeat
    }
}

impl Step for VerbCall {
    type Answer = Gave;

    async fn over(&self, backend: &Backend) -> Result<Gave> {
        backend.call(self.verb, &self.arguments).await
    }
}
