//! Where what named commands write is kept.

use std::path::{Path, PathBuf};

use crate::client::Client;
use crate::error::{Error, Kind, Result};

/// Where they are: what is there is gone after the next boot, and nobody else can write there.
pub(super) fn place(client: &Client) -> Result<PathBuf> {
    let base = if rustix::process::geteuid().is_root() {
        Some(PathBuf::from("/run"))
    } else {
        let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        client.runtime_folder().map(Path::to_owned).or(own)
    };
    match base.filter(|base| base.is_absolute()) {
        Some(base) => Ok(base.join("pm2go")),
        None => Err(Error::new(Kind::Unsupported, "a named command has no folder for what it writes")
            .with_hint("set XDG_RUNTIME_DIR, or give its output to \"journal\" or a file")),
    }
}
