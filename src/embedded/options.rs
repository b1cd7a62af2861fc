//! What a caller may choose about an embedded systemd.

use std::path::PathBuf;
use std::time::Duration;

/// Where programs are looked for: also the `PATH` that the embedded manager gives its units.
const SEARCH_PATH: &str =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin";

/// How to start an [`Embedded`](super::Embedded) systemd; `default()` fits nearly always.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedOptions {
    /// How long the manager may take until it is ready.
    pub timeout: Duration,
    /// How long units may take to end when it is stopped; what still runs then is killed.
    pub stop_timeout: Duration,
    /// The systemd program; by default the one of this machine.
    pub systemd: Option<PathBuf>,
    /// The folder in which the runtime folder is made; by default `$TMPDIR`, else `/tmp`. Must be short:
    /// the path of a unix socket has at most 107 bytes.
    pub parent_folder: Option<PathBuf>,
    /// Where `unshare` and `mount` are looked for, and the `PATH` of the units, separated by colons.
    pub search_path: String,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            stop_timeout: Duration::from_secs(2),
            systemd: None,
            parent_folder: None,
            search_path: SEARCH_PATH.to_owned(),
        }
    }
}
