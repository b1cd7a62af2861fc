//! Where the journal of an embedded systemd is.

use std::path::{Path, PathBuf};

/// In the runtime folder of an embedded systemd: a file that no other has, and its journal.
pub(crate) const MARK_OF_EMBEDDED: &str = "run-systemd/user.conf.d/zz-pm2go.conf";
pub(crate) const JOURNALS_OF_EMBEDDED: &str = "run-log/journal";

/// The folder of its journal, if this is the runtime folder of an embedded systemd.
pub(crate) fn journals_of_embedded(runtime_folder: &Path) -> Option<PathBuf> {
    runtime_folder.join(MARK_OF_EMBEDDED).is_file().then(|| runtime_folder.join(JOURNALS_OF_EMBEDDED))
}
