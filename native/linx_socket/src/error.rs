//! Errors of opening a socket, a namespace or a device.

use std::io;

use nix::errno::Errno;
use thiserror::Error;

/// The step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Opening the file that names a namespace, or a device.
    Open,
    /// Entering the namespace (`setns(2)`).
    Setns,
    /// Making the socket (`socket(2)`).
    Socket,
    /// Binding the socket to a port (`bind(2)`).
    Bind,
    /// Making the thread that enters the namespace.
    Thread,
    /// Setting up a tun device (`ioctl(2)`).
    Ioctl,
}

/// A step that failed, with its errno.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{stage:?}: {errno}")]
pub struct OpenError {
    /// The step.
    pub stage: Stage,
    /// The errno.
    pub errno: Errno,
}

impl Stage {
    /// Makes an error of this step; for `map_err`.
    pub(crate) fn failed(self) -> impl Fn(Errno) -> OpenError {
        move |errno| OpenError { stage: self, errno }
    }
}

/// The errno in an error of the standard library.
pub(crate) fn errno(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

/// The number of an errno.
#[must_use]
pub fn number(errno: Errno) -> i32 {
    io::Error::from(errno).raw_os_error().unwrap_or(libc::EIO)
}
