//! One datagram, sent to the kernel or received from it.

use std::cell::RefCell;
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, RawFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, NetlinkAddr, recvmsg, sendmsg};

use crate::reserve::Duplicate;

/// Far more than any datagram of the kernel. Pages that are never written to
/// cost nothing, and it is one per thread.
const BUFFER: usize = 1 << 20;

thread_local! {
    static BUFFER_OF_THREAD: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER]);
}

/// What came from the kernel.
pub(super) struct Datagram<'a> {
    pub(super) bytes: &'a [u8],
    /// It was sent to a group.
    pub(super) multicast: bool,
    /// A part of it is missing.
    pub(super) cut: bool,
}

/// Receives one datagram, if one is there, and shows it to `take` if it comes
/// from the kernel. Returns its size.
pub(super) fn receive(socket: &Duplicate, take: impl FnOnce(Datagram)) -> Result<usize, Errno> {
    BUFFER_OF_THREAD.with_borrow_mut(|buffer| {
        let mut iov = [IoSliceMut::new(buffer)];
        let flags = MsgFlags::MSG_DONTWAIT;
        let got = recvmsg::<NetlinkAddr>(socket.as_raw_fd(), &mut iov, None, flags)?;
        let (size, cut, from) = (got.bytes, got.flags.contains(MsgFlags::MSG_TRUNC), got.address);
        // Anyone may send to our port; only port 0 is the kernel.
        if let Some(from) = from.filter(|from| from.pid() == 0) {
            let bytes = buffer.get(..size).unwrap_or_default();
            take(Datagram { bytes, multicast: from.groups() != 0, cut });
        }
        Ok(size)
    })
}

/// Sends to the kernel. A netlink socket takes a datagram whole or not at all.
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
