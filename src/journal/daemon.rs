//! What journald does when it is asked to: over Varlink (<https://varlink.org>), as `journalctl --rotate` asks it.

use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value as Json;

use super::names::check_namespace;
use crate::error::{Error, Kind, Result};
use crate::flow::{readable, with_deadline, writable};

/// The longest answer.
const MOST: usize = 1 << 20;

/// What journald can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// To begin new files. `journalctl --rotate`.
    Rotate,
    /// To have written all that was sent so far to the disk. `journalctl --sync`.
    Synchronize,
    /// To keep what it has in memory, and to write to the disk from now on. `journalctl --flush`.
    Flush,
}

impl Task {
    fn method(self) -> &'static str {
        match self {
            Self::Rotate => "io.systemd.Journal.Rotate",
            Self::Synchronize => "io.systemd.Journal.Synchronize",
            Self::Flush => "io.systemd.Journal.FlushToVar",
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Rotate => "rotate the journal",
            Self::Synchronize => "write the journal to the disk",
            Self::Flush => "flush the journal",
        }
    }
}

impl FromStr for Task {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "rotate" => Ok(Self::Rotate),
            "sync" => Ok(Self::Synchronize),
            "flush" => Ok(Self::Flush),
            other => Err(Error::config(format!("journald does nothing by the name of {other:?}"))
                .with_hint("ask for rotate, sync or flush")),
        }
    }
}

/// Has journald do it, and waits until it is done.
pub(super) async fn ask(task: Task, namespace: Option<&str>, deadline: Option<Instant>) -> Result<()> {
    namespace.map_or(Ok(()), check_namespace)?;
    let suffix = namespace.map(|name| format!(".{name}")).unwrap_or_default();
    let path = PathBuf::from(format!("/run/systemd/journal{suffix}/io.systemd.journal"));
    let answer = with_deadline(deadline, call(&path, task)).await;
    let answer = answer.map_err(|error| match error.kind() {
        Kind::Timeout => {
            let message = format!("cannot {}: journald did not answer in time", task.action());
            Error::new(Kind::Timeout, message)
        }
        _ => error,
    });
    check(task, &answer?)
}

async fn call(path: &Path, task: Task) -> Result<Vec<u8>> {
    let failed = |error: io::Error| not_reached(task, path, &error);
    let stream = UnixStream::connect(path).map_err(failed)?;
    stream.set_nonblocking(true).map_err(failed)?;
    let socket: Arc<OwnedFd> = Arc::new(stream.try_clone().map_err(failed)?.into());
    let request = format!("{{\"method\":\"{}\",\"parameters\":{{}}}}\0", task.method());
    let mut left = request.as_bytes();
    while !left.is_empty() {
        match (&stream).write(left) {
            Ok(count) => left = &left[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => writable(&socket).await,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let (mut answer, mut some) = (Vec::new(), [0; 4096]);
    loop {
        match (&stream).read(&mut some) {
            Ok(0) => return Err(failed(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => answer.extend_from_slice(&some[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => readable(&socket).await,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
        if let Some(end) = answer.iter().position(|byte| *byte == 0) {
            answer.truncate(end);
            return Ok(answer);
        }
        if answer.len() > MOST {
            return Err(refused(task, "its answer is too long"));
        }
    }
}

fn check(task: Task, answer: &[u8]) -> Result<()> {
    let answer: Json = serde_json::from_slice(answer).map_err(|_| refused(task, "its answer is not JSON"))?;
    match answer.get("error").and_then(Json::as_str) {
        None => Ok(()),
        Some("io.systemd.Journal.NotSupportedByNamespaces") => {
            let message = format!("cannot {}: that of a namespace cannot", task.action());
            Err(Error::new(Kind::Unsupported, message).with_hint("leave out the namespace"))
        }
        Some("org.varlink.service.MethodNotFound" | "org.varlink.service.InterfaceNotFound") => {
            Err(Error::new(Kind::Unsupported, format!("cannot {}: this journald cannot", task.action())))
        }
        Some("org.varlink.service.PermissionDenied") => Err(no_rights(task)),
        Some(other) => Err(refused(task, other)),
    }
}

fn not_reached(task: Task, path: &Path, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::PermissionDenied => no_rights(task).with_path(path).with_errno(error.raw_os_error()),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            Error::new(Kind::Unavailable, format!("cannot {}: no journald is there", task.action()))
                .with_path(path)
                .with_errno(error.raw_os_error())
        }
        _ => Error::new(Kind::ConnectionLost, format!("cannot {}: {error}", task.action()))
            .with_path(path)
            .with_errno(error.raw_os_error()),
    }
}

fn no_rights(task: Task) -> Error {
    Error::new(Kind::PermissionDenied, format!("cannot {}: only root may ask for it", task.action()))
        .with_hint("run it as root")
}

fn refused(task: Task, reason: &str) -> Error {
    Error::new(Kind::Systemd, format!("cannot {}: journald says {reason}", task.action()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_journald_answers_is_told() {
        assert!(check(Task::Rotate, b"{\"parameters\":{}}").is_ok());
        let refused = |answer: &[u8]| {
            let error = check(Task::Flush, answer).unwrap_err();
            (error.kind(), error.facts().message.clone())
        };
        let cases: [(&[u8], Kind, &str); 5] = [
            (b"", Kind::Systemd, "cannot flush the journal: journald says its answer is not JSON"),
            (
                b"{\"error\":\"io.systemd.Journal.NotSupportedByNamespaces\"}",
                Kind::Unsupported,
                "cannot flush the journal: that of a namespace cannot",
            ),
            (
                b"{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"x\"}}",
                Kind::Unsupported,
                "cannot flush the journal: this journald cannot",
            ),
            (
                b"{\"error\":\"org.varlink.service.PermissionDenied\"}",
                Kind::PermissionDenied,
                "cannot flush the journal: only root may ask for it",
            ),
            (b"{\"error\":\"a.B\"}", Kind::Systemd, "cannot flush the journal: journald says a.B"),
        ];
        for (answer, kind, message) in cases {
            assert_eq!(refused(answer), (kind, message.to_owned()));
        }
    }
}
