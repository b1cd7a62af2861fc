//! What was logged of units, for whoever has a client of their manager.

use std::path::PathBuf;

use crate::client::Client;
use crate::error::{Error, Kind, Result};
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
        if let Some(log) = self.log_of_embedded() {
            let message = "an embedded systemd has no journal, but one log of all its units";
            let hint = format!("read {}", log.display());
            return Err(Error::new(Kind::Unsupported, message).with_path(log).with_hint(hint));
        }
        journal::about(self.whose(), units, lines, since, follow)
    }

    /// The log of the manager, if it is that of an embedded systemd.
    pub(super) fn log_of_embedded(&self) -> Option<PathBuf> {
        self.runtime_folder().filter(|_| self.whose().location.is_here()).and_then(journal::log_of_embedded)
    }
}
