//! Removes the units of runs whose wait was given up.

use crate::client::Asked;
use crate::unit::UnitName;
use crate::verb::Repeat;

/// The removal of what was left.
#[derive(Clone, Copy, Debug)]
pub struct RemoveLeft;

impl Asked for RemoveLeft {
    fn what(&self) -> String {
        "removal of what a run has left".to_owned()
    }

    fn unit(&self) -> Option<UnitName> {
        None
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}
