//! The system calls that `nix` does not wrap, and the only `unsafe` code.
#![allow(unsafe_code)]

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;

/// `socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)`, for any protocol
/// number: `nix` knows only those it names.
pub fn netlink_socket(protocol: i32) -> Result<OwnedFd, Errno> {
    // SAFETY: takes three numbers, touches no memory of this process.
    let fd =
        unsafe { libc::socket(libc::AF_NETLINK, libc::SOCK_RAW | libc::SOCK_CLOEXEC, protocol) };
    let fd = Errno::result(fd)?;
    // SAFETY: the call above has just made `fd`, and no other code knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A close-on-exec duplicate of a descriptor known by number only.
///
/// The number may have been closed or reused by then: the caller checks which file the duplicate
/// refers to.
pub fn duplicate(fd: RawFd) -> Result<OwnedFd, Errno> {
    // SAFETY: takes numbers; a `fd` that is not open is an error.
    let new = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
    let new = Errno::result(new)?;
    // SAFETY: the call above has just made `new`, and no other code knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(new) })
}

/// Makes the descriptor `target` a close-on-exec duplicate of `fd`, which is known by number only
/// (see [`duplicate`]). The file that `target` referred to is closed.
///
/// The caller owns `target`.
pub fn replace(fd: RawFd, target: RawFd) -> Result<(), Errno> {
    // SAFETY: takes numbers; a `fd` that is not open is an error.
    let result = unsafe { libc::dup3(fd, target, libc::O_CLOEXEC) };
    Errno::result(result).map(drop)
}

/// A descriptor of a file that is never read or written.
pub fn event_fd() -> Result<OwnedFd, Errno> {
    // SAFETY: takes numbers, touches no memory of this process.
    let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    let fd = Errno::result(fd)?;
    // SAFETY: the call above has just made `fd`, and no other code knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Marks a descriptor known by number as close-on-exec.
pub fn close_on_exec(fd: RawFd) -> Result<(), Errno> {
    // SAFETY: takes numbers; a `fd` that is not open is an error.
    let result = unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    Errno::result(result).map(drop)
}

/// Closes a descriptor that was handed out as a number.
///
/// The caller owns `fd`: it came from `into_raw_fd` and has no other owner.
pub fn close(fd: RawFd) {
    // SAFETY: takes a number; one that is not open is an error, ignored here.
    let _ = unsafe { libc::close(fd) };
}

/// `setsockopt` with an `int`.
pub fn set_option(fd: RawFd, level: i32, name: i32, value: i32) -> Result<(), Errno> {
    let value: *const i32 = &raw const value;
    // SAFETY: `value` points to an `i32` that lives until the call returns, and
    // the length passed is that of an `i32`; the kernel copies it.
    let result = unsafe { libc::setsockopt(fd, level, name, value.cast(), INT) };
    Errno::result(result).map(drop)
}

/// The protocol a socket was made with (`SO_PROTOCOL`).
pub fn protocol(fd: RawFd) -> Result<i32, Errno> {
    let mut value: i32 = 0;
    let mut len = INT;
    let (value_at, len_at): (*mut i32, *mut libc::socklen_t) = (&raw mut value, &raw mut len);
    // SAFETY: `value_at` points to an `i32` and `len_at` to its length; both
    // are exclusively borrowed and live until the call returns.
    let result = unsafe {
        libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_PROTOCOL, value_at.cast(), len_at)
    };
    Errno::result(result).map(|_| value)
}

/// The inode of an open file.
pub fn inode(fd: RawFd) -> Result<u64, Errno> {
    let mut stat = zeroed_stat();
    let stat_at: *mut libc::stat = &raw mut stat;
    // SAFETY: `stat_at` points to a whole `struct stat`, exclusively borrowed until the call returns.
    let result = unsafe { libc::fstat(fd, stat_at) };
    Errno::result(result).map(|_| stat.st_ino)
}

/// A `struct stat` with every byte zero.
fn zeroed_stat() -> libc::stat {
    // SAFETY: `struct stat` is made of integers; all zero bytes are a value of each.
    unsafe { std::mem::zeroed() }
}

/// `sizeof(int)`, as `socklen_t`.
const INT: libc::socklen_t = 4;

/// `ioctl` with an integer argument.
pub fn ioctl_number(fd: RawFd, request: libc::Ioctl, value: libc::c_ulong) -> Result<(), Errno> {
    // SAFETY: the requests of `crate::tun` that come here take their argument
    // by value; nothing is dereferenced.
    let result = unsafe { libc::ioctl(fd, request, value) };
    Errno::result(result).map(drop)
}

/// `ioctl` with a `struct ifreq`, which the kernel may write to.
pub fn ioctl_ifreq(fd: RawFd, request: libc::Ioctl, ifreq: &mut libc::ifreq) -> Result<(), Errno> {
    let ifreq: *mut libc::ifreq = ifreq;
    // SAFETY: `ifreq` is a whole, initialised `struct ifreq`, exclusively
    // borrowed until the call returns; the requests of `crate::tun` that come
    // here read and write no more than one.
    let result = unsafe { libc::ioctl(fd, request, ifreq) };
    Errno::result(result).map(drop)
}

/// A `struct ifreq` with every byte zero.
pub fn zeroed_ifreq() -> libc::ifreq {
    // SAFETY: `struct ifreq` is made of integers, arrays of them, and pointers
    // for which null is valid; all zero bytes are a value of each.
    unsafe { std::mem::zeroed() }
}
