//! The log of an embedded systemd, which has no journal.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// In the runtime folder of an embedded systemd: a file that no other has, and its log.
pub(crate) const MARK_OF_EMBEDDED: &str = "run-systemd/user.conf.d/zz-pm2go.conf";
pub(crate) const LOG_OF_EMBEDDED: &str = "log";
/// At most this much of the end of such a log is read, in bytes.
const MOST: u64 = 64 << 10;

/// The log of an embedded systemd, if this is the runtime folder of one.
pub(crate) fn log_of_embedded(runtime_folder: &Path) -> Option<PathBuf> {
    runtime_folder.join(MARK_OF_EMBEDDED).is_file().then(|| runtime_folder.join(LOG_OF_EMBEDDED))
}

/// The last lines of a file, oldest first; none of one that cannot be read.
pub(crate) fn tail_of_file(path: &Path, lines: usize) -> Vec<String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = std::fs::File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(MOST)))?;
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = String::from_utf8_lossy(&read().unwrap_or_default()).into_owned();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].iter().map(|&line| line.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        assert!(tail_of_file(&path, 2).is_empty());
        std::fs::write(&path, "a\nb\nc\n").unwrap();
        assert_eq!(tail_of_file(&path, 2), ["b", "c"]);
        assert_eq!(log_of_embedded(folder.path()), None);
    }
}
