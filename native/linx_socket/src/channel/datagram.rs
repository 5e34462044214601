//! One datagram, sent to the kernel or received from it.

use std::cell::RefCell;
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, RawFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, NetlinkAddr, recvmsg, sendmsg};

use crate::fd_reserve::Duplicate;

/// Size of the receive buffer of a thread: far more than any datagram of the kernel. Pages that
/// are never written cost no memory.
const BUFFER: usize = 1 << 20;

thread_local! {
    static BUFFER_OF_THREAD: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER]);
}

/// A datagram from the kernel.
pub(super) struct Datagram<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether it was sent to a multicast group.
    pub(super) multicast: bool,
    /// Whether a part of it is missing (`MSG_TRUNC`).
    pub(super) truncated: bool,
}

/// Receives one datagram without waiting, and passes it to `take` if its sender is the kernel.
/// Returns its size.
pub(super) fn receive(socket: &Duplicate, take: impl FnOnce(Datagram)) -> Result<usize, Errno> {
    BUFFER_OF_THREAD.with_borrow_mut(|buffer| {
        let mut iov = [IoSliceMut::new(buffer)];
        let flags = MsgFlags::MSG_DONTWAIT;
        let got = recvmsg::<NetlinkAddr>(socket.as_raw_fd(), &mut iov, None, flags)?;
        let truncated = got.flags.contains(MsgFlags::MSG_TRUNC);
        let (size, from) = (got.bytes, got.address);
        // Any process may send to this port; port 0 is the kernel.
        if let Some(from) = from.filter(|from| from.pid() == 0) {
            let bytes = buffer.get(..size).unwrap_or_default();
            take(Datagram { bytes, multicast: from.groups() != 0, truncated });
        }
        Ok(size)
    })
}

/// Sends to the kernel. A netlink socket accepts a datagram as a whole or not at all.
pub(super) fn send_all(fd: RawFd, bytes: &[u8]) -> Result<(), Errno> {
    let kernel = NetlinkAddr::new(0, 0);
    let iov = [IoSlice::new(bytes)];
    loop {
        match sendmsg(fd, &iov, &[], MsgFlags::MSG_DONTWAIT, Some(&kernel)) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}
