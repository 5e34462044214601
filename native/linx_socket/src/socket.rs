//! Opening netlink sockets, and their options.

use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::Path;

use linx_wire::message::{ACK, Header, NOOP, put};
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, NetlinkAddr, bind as bind_to, getsockname, recvmsg, sendmsg};

use crate::error::{OpenError, Stage};
use crate::{namespace, sys};

/// Level and names of the options, from `include/uapi/linux/netlink.h`.
const SOL_NETLINK: i32 = 270;
const NETLINK_ADD_MEMBERSHIP: i32 = 1;
const NETLINK_DROP_MEMBERSHIP: i32 = 2;
const NETLINK_CAP_ACK: i32 = 10;
const NETLINK_EXT_ACK: i32 = 11;
const NETLINK_GET_STRICT_CHK: i32 = 12;

/// Protocols whose messages the kernel acknowledges at once.
const NETLINK_ROUTE: i32 = 0;
const NETLINK_NETFILTER: i32 = 12;
const NETLINK_GENERIC: i32 = 16;

const NLM_F_REQUEST: u16 = 0x01;

/// A socket that asks for extended acknowledgements and is bound to a port of
/// the kernel's choice; in the namespace that `path` names, or the process's.
///
/// # Errors
/// The step that failed and its errno.
pub fn open(path: Option<&Path>, protocol: i32) -> Result<OwnedFd, OpenError> {
    let socket = open_unbound(path, protocol)?;
    let fd = socket.as_raw_fd();
    // Kernels before 4.12 and 4.3 lack these options; nothing else depends on them.
    let _ = sys::set_option(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    let _ = sys::set_option(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    bind(fd, 0).map_err(Stage::Bind.failed())?;
    if matches!(protocol, NETLINK_ROUTE | NETLINK_NETFILTER | NETLINK_GENERIC) {
        announce_buffer(fd);
    }
    Ok(socket)
}

/// Receives one datagram into a large buffer. The kernel makes the parts of a dump as large as
/// the largest buffer that the socket has received into (`max_recvmsg_len` of
/// `net/netlink/af_netlink.c`); before the first one, an object that does not fit a small part
/// fails the dump.
///
/// The datagram is the acknowledgement of an `NLMSG_NOOP`. No other code knows the socket yet. A
/// missing acknowledgement is no error: only a first dump of large objects may fail then.
fn announce_buffer(fd: RawFd) {
    let mut message = Vec::new();
    let header = Header { msg_type: NOOP, flags: NLM_F_REQUEST | ACK, seq: 0, port: 0 };
    if put(&mut message, header, &[]).is_ok() {
        let kernel = NetlinkAddr::new(0, 0);
        let flags = MsgFlags::MSG_DONTWAIT;
        let sent = sendmsg(fd, &[IoSlice::new(&message)], &[], flags, Some(&kernel));
        if sent.is_ok() {
            let mut buffer = vec![0; LARGEST_PART];
            let _ = recvmsg::<NetlinkAddr>(fd, &mut [IoSliceMut::new(&mut buffer)], None, flags);
        }
    }
}

/// The largest part of a dump that the kernel makes.
const LARGEST_PART: usize = 32 * 1024;

/// A socket as `socket(2)` makes it; in the namespace that `path` names, or
/// the process's.
///
/// # Errors
/// The step that failed and its errno.
pub fn open_unbound(path: Option<&Path>, protocol: i32) -> Result<OwnedFd, OpenError> {
    let make = || sys::netlink_socket(protocol).map_err(Stage::Socket.failed());
    match path {
        None => make(),
        Some(path) => namespace::within(path, |_| make()),
    }
}

/// Binds a socket to a port of the kernel's choice and to the first 32
/// multicast groups, by mask.
///
/// # Errors
/// The errno of `bind(2)`.
pub fn bind(fd: RawFd, groups: u32) -> Result<(), Errno> {
    bind_to(fd, &NetlinkAddr::new(0, groups))
}

/// The port that a socket is bound to.
pub(crate) fn port(fd: RawFd) -> Result<u32, Errno> {
    getsockname::<NetlinkAddr>(fd).map(|address| address.pid())
}

/// Closes a descriptor that was handed out as a number and that has no other owner.
pub fn close_number(fd: RawFd) {
    sys::close(fd);
}

/// Joins or leaves a multicast group, by number.
pub(crate) fn membership(fd: RawFd, group: u32, join: bool) -> Result<(), Errno> {
    let name = if join { NETLINK_ADD_MEMBERSHIP } else { NETLINK_DROP_MEMBERSHIP };
    let group = i32::try_from(group).map_err(|_| Errno::EINVAL)?;
    sys::set_option(fd, SOL_NETLINK, name, group)
}

/// Sets the receive buffer; `force` goes beyond `net.core.rmem_max` and needs
/// `CAP_NET_ADMIN`.
pub(crate) fn receive_buffer(fd: RawFd, bytes: u32, force: bool) -> Result<(), Errno> {
    let name = if force { libc::SO_RCVBUFFORCE } else { libc::SO_RCVBUF };
    let bytes = i32::try_from(bytes).map_err(|_| Errno::EINVAL)?;
    sys::set_option(fd, libc::SOL_SOCKET, name, bytes)
}

/// Switches strict checks of GET requests (`NETLINK_GET_STRICT_CHK`), without which the kernel does
/// not filter a dump by the request's header and attributes.
pub(crate) fn set_strict(fd: RawFd, on: bool) {
    // Kernels before 4.20 lack the option and dump all objects.
    let _ = sys::set_option(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, i32::from(on));
}
