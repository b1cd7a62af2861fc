//! What was logged of units, for whoever has a client of their manager.

use crate::client::Client;
use crate::error::Result;
use crate::journal::{self, Ahead};
use crate::unit::UnitPattern;

impl Client {
    /// The last entries about units, oldest first; and those that come as well, if they are followed.
    pub fn entries(
        &self,
        units: &[UnitPattern],
        lines: Option<u64>,
        since: Option<u64>,
        follow: bool,
    ) -> Result<Ahead> {
        journal::about(self.whose(), units, lines, since, follow)
    }
}
