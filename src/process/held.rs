//! A script whose shell waits, once it has told something, for as long as somebody wants it to.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::io::Errno;
use rustix::net::{Shutdown, shutdown};

use super::companion::{Companion, LastWords};
use super::shell::write_script;
use crate::flow::readable;

/// A shell that waits. Dropping this ends it.
#[derive(Debug)]
pub struct HeldShell {
    /// The lines that it told.
    pub lines: Vec<String>,
    socket: Arc<OwnedFd>,
    companion: Companion,
}

impl HeldShell {
    /// Ends it, and waits a moment until it has: what it held is free then.
    pub async fn end(self) {
        let Self { socket, companion, .. } = self;
        // An error says that the other end has gone.
        let _ = shutdown(&*socket, Shutdown::Write);
        drop(companion.last_words().await);
    }
}

/// Runs a script in the shell that this command starts, until it has told so many lines; then it reads its standard input to
/// the end. One that ends before leaves its last words.
pub async fn hold_script(
    shell: &[String],
    script: &str,
    lines: usize,
) -> io::Result<Result<HeldShell, LastWords>> {
    let (socket, companion) = Companion::start(shell, false)?;
    let socket = Arc::new(socket);
    let mark = write_script(&socket, script).await?;
    let mut told = Vec::new();
    loop {
        let own = mark.end_in(&told).map(|end| &told[end..]);
        if let Some(own) = own.filter(|own| own.split(|byte| *byte == b'\n').count() > lines) {
            let lines = String::from_utf8_lossy(own).lines().map(str::to_owned).collect();
            return Ok(Ok(HeldShell { lines, socket, companion }));
        }
        let mut bytes = [0; 4096];
        match rustix::io::read(&*socket, &mut bytes[..]) {
            Ok(0) | Err(Errno::CONNRESET) => {
                let mut words = companion.last_words().await;
                if mark.end_in(&told).is_none() {
                    words.add_before(&told);
                }
                return Ok(Err(words));
            }
            Ok(count) => told.extend_from_slice(&bytes[..count]),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => readable(&socket).await,
            Err(errno) => return Err(errno.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::block::block;

    fn hold(script: &str) -> Result<HeldShell, LastWords> {
        block(hold_script(&["sh".to_owned()], script, 2), None).unwrap().unwrap()
    }

    #[test]
    fn it_tells_and_waits() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("held");
        let name = file.to_str().unwrap();
        let held = hold(&format!("trap 'rm {name}' EXIT; touch {name}; printf 'a\\n\\n'\ncat\n")).unwrap();
        assert_eq!(held.lines, ["a", ""]);
        assert!(file.exists());
    }

    #[test]
    fn what_ends_before_says_why() {
        let words = hold("echo one; echo no >&2; exit 21\n").unwrap_err();
        assert_eq!((words.lines, words.status.unwrap().code()), (vec!["no".to_owned()], Some(21)));
    }
}
