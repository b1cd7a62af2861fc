//! Entries for the journal, by journald's own protocol (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL>): one datagram each, or a
//! sealed file in memory where that would be too long.

use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::io::{Errno, retry_on_intr, write};
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags,
    SocketType, sendmsg_addr, socket_with,
};

use super::names::{check_namespace, check_own_name};
use crate::error::hint::{given, text};
use crate::error::{Error, Kind, Result};

/// An entry that is being put together.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    bytes: Vec<u8>,
}

impl Draft {
    /// Adds a field. Its name is of capital letters, digits and underscores, and begins with a letter.
    pub fn field(&mut self, name: &str, value: &[u8]) -> Result<()> {
        check_own_name(name)?;
        self.bytes.extend_from_slice(name.as_bytes());
        if value.contains(&b'\n') {
            self.bytes.push(b'\n');
            self.bytes.extend_from_slice(&(value.len() as u64).to_le_bytes());
        } else {
            self.bytes.push(b'=');
        }
        self.bytes.extend_from_slice(value);
        self.bytes.push(b'\n');
        Ok(())
    }
}

/// What sends entries to a journald. It is no connection, so a forked child may go on with it.
#[derive(Debug)]
pub struct Sender {
    socket: OwnedFd,
    path: PathBuf,
    address: SocketAddrUnix,
}

impl Sender {
    /// For the journald of this machine, or of one of its namespaces. Whether there is one is known when something is sent.
    pub fn new(namespace: Option<&str>) -> Result<Self> {
        namespace.map_or(Ok(()), check_namespace)?;
        let suffix = namespace.map(|name| format!(".{name}")).unwrap_or_default();
        Self::at(format!("/run/systemd/journal{suffix}/socket").into())
    }

    fn at(path: PathBuf) -> Result<Self> {
        let address = SocketAddrUnix::new(&path).map_err(|errno| failed(&path, errno))?;
        let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)
            .map_err(|errno| failed(&path, errno))?;
        Ok(Self { socket, path, address })
    }

    /// Sends an entry without waiting; false says that journald has no room for it now.
    pub fn try_send(&self, draft: &Draft) -> Result<bool> {
        match self.send_by(draft, SendFlags::DONTWAIT) {
            Ok(()) => Ok(true),
            Err(Errno::AGAIN) => Ok(false),
            Err(errno) => Err(failed(&self.path, errno)),
        }
    }

    /// Sends an entry, and waits until journald has room for it.
    pub fn send(&self, draft: &Draft) -> Result<()> {
        self.send_by(draft, SendFlags::empty()).map_err(|errno| failed(&self.path, errno))
    }

    fn send_by(&self, draft: &Draft, flags: SendFlags) -> Result<(), Errno> {
        let flags = flags | SendFlags::NOSIGNAL;
        let mut nothing = SendAncillaryBuffer::default();
        let bytes = [IoSlice::new(&draft.bytes)];
        match retry_on_intr(|| sendmsg_addr(&self.socket, &self.address, &bytes, &mut nothing, flags)) {
            Ok(_) => Ok(()),
            Err(Errno::MSGSIZE | Errno::NOBUFS) => self.send_file(&in_memory(&draft.bytes)?, flags),
            Err(errno) => Err(errno),
        }
    }

    fn send_file(&self, file: &OwnedFd, flags: SendFlags) -> Result<(), Errno> {
        let descriptors = [file.as_fd()];
        let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut room);
        ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
        retry_on_intr(|| sendmsg_addr(&self.socket, &self.address, &[], &mut ancillary, flags)).map(drop)
    }
}

/// journald takes a file that nobody can change any more.
fn in_memory(bytes: &[u8]) -> Result<OwnedFd, Errno> {
    let file = memfd_create("journal-entry", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    let mut left = bytes;
    while !left.is_empty() {
        let written = retry_on_intr(|| write(&file, left))?;
        left = left.get(written..).unwrap_or_default();
    }
    fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE | SealFlags::SEAL)?;
    Ok(file)
}

fn failed(path: &std::path::Path, errno: Errno) -> Error {
    let error = match errno {
        Errno::NOENT | Errno::CONNREFUSED => {
            Error::new(Kind::Unavailable, format!("no journald listens at {}", path.display())).with_hint([
                text("start systemd-journald.service, or have entries dropped where there is none: "),
                given("missing", "ignore"),
            ])
        }
        Errno::ACCESS | Errno::PERM => {
            Error::new(Kind::PermissionDenied, format!("{} may not be written to", path.display()))
        }
        errno => {
            Error::new(Kind::Unavailable, format!("the entry cannot be sent to {}: {errno}", path.display()))
        }
    };
    error.with_errno(Some(errno.raw_os_error()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[test]
    fn fields_are_lines_or_counted() {
        let mut draft = Draft::default();
        draft.field("MESSAGE", b"one").unwrap();
        draft.field("LINES", b"a\nb").unwrap();
        draft.field("BYTES", b"\0\xff").unwrap();
        assert_eq!(draft.bytes, b"MESSAGE=one\nLINES\n\x03\0\0\0\0\0\0\0a\nb\nBYTES=\0\xff\n");
    }

    #[test]
    fn long_entries_go_as_a_sealed_file() {
        let folder = crate::temporary::TemporaryFolder::new().unwrap();
        let path = folder.path().join("socket");
        let journald = UnixDatagram::bind(&path).unwrap();
        let sender = Sender::at(path).unwrap();
        let mut draft = Draft::default();
        draft.field("MESSAGE", &vec![b'x'; 4 << 20]).unwrap();
        sender.send(&draft).unwrap();
        let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = rustix::net::RecvAncillaryBuffer::new(&mut room);
        let flags = rustix::net::RecvFlags::CMSG_CLOEXEC;
        let got = rustix::net::recvmsg(&journald, &mut [], &mut ancillary, flags).unwrap();
        assert_eq!(got.bytes, 0);
        let Some(rustix::net::RecvAncillaryMessage::ScmRights(mut files)) = ancillary.drain().next() else {
            panic!("no file came")
        };
        let file = files.next().unwrap();
        let size = rustix::fs::fstat(&file).unwrap().st_size;
        assert_eq!(usize::try_from(size), Ok(draft.bytes.len()));
        assert_eq!(write(&file, b"x"), Err(Errno::PERM));
    }

    #[test]
    fn nobody_listens() {
        let folder = crate::temporary::TemporaryFolder::new().unwrap();
        let sender = Sender::at(folder.path().join("none")).unwrap();
        assert_eq!(sender.send(&Draft::default()).unwrap_err().kind(), Kind::Unavailable);
    }
}
