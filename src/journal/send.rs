//! Entries for the journal, by journald's own protocol (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL>): one datagram each, or a
//! sealed file in memory where that would be too long.

use std::mem::{ManuallyDrop, MaybeUninit};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fstat, memfd_create};
use rustix::io::{Errno, retry_on_intr, write};
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags,
    SocketType, connect, send, sendmsg, socket_with,
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

/// What sends entries to a journald, over a socket that is connected to it: otherwise the kernel would look for its file
/// for each. One that has gone is looked for again, so a forked child may go on with it as well.
#[derive(Debug)]
pub struct Sender {
    socket: ManuallyDrop<OwnedFd>,
    /// Which one it is: there are programs that close all descriptors, and others then get its number.
    identity: (u64, u64),
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
        let open = || {
            let address = SocketAddrUnix::new(&path)?;
            let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
            Ok((address, identity(&socket)?, ManuallyDrop::new(socket)))
        };
        let (address, identity, socket) = open().map_err(|errno| failed(&path, errno))?;
        Ok(Self { socket, identity, path, address })
    }

    /// Whether its descriptor was not closed by somebody else.
    fn is_whole(&self) -> bool {
        identity(&self.socket) == Ok(self.identity)
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
        if !self.is_whole() {
            return Err(Errno::BADF);
        }
        match self.send_connected(draft, flags) {
            // It is not connected yet, or to one that has gone, or is going (PIPE).
            Err(
                Errno::NOTCONN | Errno::DESTADDRREQ | Errno::CONNREFUSED | Errno::CONNRESET | Errno::PIPE,
            ) => {
                retry_on_intr(|| connect(&*self.socket, &self.address))?;
                self.send_connected(draft, flags)
            }
            sent => sent,
        }
    }

    fn send_connected(&self, draft: &Draft, flags: SendFlags) -> Result<(), Errno> {
        let flags = flags | SendFlags::NOSIGNAL;
        match retry_on_intr(|| send(&*self.socket, &draft.bytes, flags)) {
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
        retry_on_intr(|| sendmsg(&*self.socket, &[], &mut ancillary, flags)).map(drop)
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if self.is_whole() {
            // SAFETY: nothing uses it after this.
            #[expect(unsafe_code, reason = "a descriptor that is another's by now must not be closed")]
            unsafe {
                ManuallyDrop::drop(&mut self.socket);
            }
        }
    }
}

fn identity(socket: &OwnedFd) -> Result<(u64, u64), Errno> {
    fstat(socket).map(|facts| (facts.st_dev, facts.st_ino))
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
        Errno::BADF => Error::new(Kind::Unavailable, "somebody has closed the descriptor of this sender")
            .with_hint("make a new one"),
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
    use std::os::fd::{AsRawFd as _, FromRawFd as _};
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
    fn one_that_comes_again_is_found() {
        let folder = crate::temporary::TemporaryFolder::new().unwrap();
        let path = folder.path().join("socket");
        let sender = Sender::at(path.clone()).unwrap();
        let mut draft = Draft::default();
        draft.field("A", b"1").unwrap();
        for _ in 0..3 {
            let journald = UnixDatagram::bind(&path).unwrap();
            for _ in 0..2 {
                sender.send(&draft).unwrap();
                let mut got = [0; 9];
                assert_eq!(journald.recv(&mut got).map(|length| got[..length].to_vec()).unwrap(), b"A=1\n");
            }
            drop(journald);
            std::fs::remove_file(&path).unwrap();
            assert_eq!(sender.send(&draft).unwrap_err().kind(), Kind::Unavailable);
        }
    }

    #[test]
    fn one_that_goes_while_another_is_there_is_left() {
        let folder = crate::temporary::TemporaryFolder::new().unwrap();
        let path = folder.path().join("socket");
        let sender = Sender::at(path.clone()).unwrap();
        let mut draft = Draft::default();
        draft.field("A", b"1").unwrap();
        let first = UnixDatagram::bind(&path).unwrap();
        sender.send(&draft).unwrap();
        first.shutdown(std::net::Shutdown::Read).unwrap();
        std::fs::remove_file(&path).unwrap();
        let second = UnixDatagram::bind(&path).unwrap();
        sender.send(&draft).unwrap();
        assert_eq!(second.recv(&mut [0; 9]).unwrap(), draft.bytes.len());
    }

    #[test]
    fn a_descriptor_that_is_anothers_is_left_alone() {
        let folder = crate::temporary::TemporaryFolder::new().unwrap();
        let path = folder.path().join("socket");
        let _journald = UnixDatagram::bind(&path).unwrap();
        let sender = Sender::at(path).unwrap();
        let (mine, other) = UnixDatagram::pair().unwrap();
        // SAFETY: the descriptor is open, and is left open.
        #[expect(unsafe_code, reason = "that is what others do who close what is not theirs")]
        let mut number = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(sender.socket.as_raw_fd()) });
        rustix::io::dup2(&mine, &mut number).unwrap();
        let mut draft = Draft::default();
        draft.field("A", b"1").unwrap();
        assert!(!sender.is_whole());
        assert_eq!(sender.send(&draft).unwrap_err().facts().errno, Some(libc::EBADF));
        drop(sender);
        other.set_nonblocking(true).unwrap();
        assert!(other.recv(&mut [0; 9]).is_err());
    }

    #[test]
    fn nobody_listens() {
        let folder = crate::temporary::TemporaryFolder::new().unwrap();
        let sender = Sender::at(folder.path().join("none")).unwrap();
        assert_eq!(sender.send(&Draft::default()).unwrap_err().kind(), Kind::Unavailable);
    }
}
