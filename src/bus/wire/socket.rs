//! The socket itself: bytes in and out, and the descriptors that come and go with them.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::cmsg_space;
use rustix::net::{
    AncillaryDrain, RecvAncillaryMessage, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, send, sendmsg,
};

use super::invalid;
use crate::value::Descriptor;

/// The most descriptors that Linux passes in one piece (`SCM_MAX_FD` in its net/scm.h).
pub(crate) const MOST_DESCRIPTORS: usize = 253;

const FLAGS: SendFlags = SendFlags::NOSIGNAL.union(SendFlags::DONTWAIT);

/// Room for all the descriptors that one read can bring, aligned as the kernel's `cmsghdr` is.
#[repr(C, align(8))]
struct Room([u8; cmsg_space!(ScmRights(MOST_DESCRIPTORS))]);

/// Reads once, without waiting, into what is free behind the input. Gives how many bytes came, and the descriptors
/// that came with them.
///
/// Linux ends a read behind the piece that descriptors came with: they are those of one piece.
pub(super) fn receive(socket: &OwnedFd, input: &mut Vec<u8>) -> io::Result<(usize, Vec<OwnedFd>)> {
    let free = input.spare_capacity_mut();
    let mut part = libc::iovec { iov_base: free.as_mut_ptr().cast(), iov_len: free.len() };
    let mut room = Room([0; _]);
    #[expect(unsafe_code, reason = "rustix reads a message only into bytes that are something already")]
    // SAFETY: zeros are a valid msghdr, that of no address and no bytes. Both of its pointers are to memory that nobody
    // else uses during the call, of the lengths that go with them; the kernel writes no further, and what it says that
    // it read it has written, which is behind the input and within its capacity.
    let (count, header) = unsafe {
        let mut header: libc::msghdr = std::mem::zeroed();
        header.msg_iov = &raw mut part;
        header.msg_iovlen = 1;
        header.msg_control = room.0.as_mut_ptr().cast();
        header.msg_controllen = room.0.len() as _;
        let flags = libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC;
        let count = libc::recvmsg(socket.as_raw_fd(), &raw mut header, flags);
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        input.set_len(input.len() + count);
        (count, header)
    };
    let mut descriptors = Vec::new();
    let length: usize = header.msg_controllen as _;
    if length > 0 {
        #[expect(unsafe_code, reason = "the control data of a call that is not rustix's")]
        // SAFETY: the kernel has filled the room up to this length with control messages; each of their descriptors is
        // a new one of this process, and is taken here and nowhere else.
        let messages = unsafe { AncillaryDrain::parse(&mut room.0[..length]) };
        for message in messages {
            if let RecvAncillaryMessage::ScmRights(came) = message {
                descriptors.extend(came);
            }
        }
    }
    if header.msg_flags & libc::MSG_CTRUNC != 0 {
        return Err(invalid(
            "not all file descriptors of a message could be taken; too many files are open".to_owned(),
        ));
    }
    Ok((count, descriptors))
}

/// Sends as many of the bytes as the socket takes without waiting.
pub(super) fn send_bytes(socket: &OwnedFd, bytes: &[u8]) -> io::Result<usize> {
    Ok(send(socket, bytes, FLAGS)?)
}

/// The same, with descriptors that go with the first of the bytes.
pub(super) fn send_with(socket: &OwnedFd, bytes: &[u8], descriptors: &[Descriptor]) -> io::Result<usize> {
    let borrowed: Vec<BorrowedFd<'_>> = descriptors.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !control.push(SendAncillaryMessage::ScmRights(&borrowed)) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many file descriptors for one message"));
    }
    Ok(sendmsg(socket, &[IoSlice::new(bytes)], &mut control, FLAGS)?)
}
