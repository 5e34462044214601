//! Descriptors in reserve, for the moment when the process may open no more.
//!
//! A call holds its socket open by a duplicate of the descriptor (`Channel::hold`). At the limit
//! of descriptors (`RLIMIT_NOFILE`) there is none to be had; then the duplicate takes the place
//! of a descriptor in reserve (`dup3(2)`), which needs no new number.

use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError};

use nix::errno::Errno;

use crate::sys;

/// The file that every descriptor in reserve refers to, and those descriptors.
static RESERVE: Mutex<(Option<OwnedFd>, Vec<OwnedFd>)> = Mutex::new((None, Vec::new()));

/// Fills the reserve up to `count` descriptors.
///
/// # Errors
/// The errno of `eventfd(2)` or `fcntl(2)`.
pub fn fill(count: usize) -> Result<(), Errno> {
    let mut guard = RESERVE.lock().unwrap_or_else(PoisonError::into_inner);
    let (file, reserve) = &mut *guard;
    let anchor = match file {
        Some(anchor) => anchor,
        none => none.insert(sys::event_fd()?),
    };
    while reserve.len() < count {
        reserve.push(sys::duplicate(anchor.as_raw_fd())?);
    }
    Ok(())
}

/// A duplicate of a descriptor.
#[derive(Debug)]
pub(crate) struct Duplicate {
    /// There is one until it is dropped.
    fd: Option<OwnedFd>,
    from_reserve: bool,
}

impl Duplicate {
    /// Duplicates a descriptor that is known by number only, which may have been closed, or
    /// reused, by then.
    pub(crate) fn of(fd: RawFd) -> Result<Self, Errno> {
        match sys::duplicate(fd) {
            Ok(fd) => Ok(Self { fd: Some(fd), from_reserve: false }),
            Err(errno @ (Errno::EMFILE | Errno::ENFILE)) => {
                let spare = RESERVE.lock().unwrap_or_else(PoisonError::into_inner).1.pop();
                let spare = Self { fd: Some(spare.ok_or(errno)?), from_reserve: true };
                sys::replace(fd, spare.as_raw_fd())?;
                Ok(spare)
            }
            Err(errno) => Err(errno),
        }
    }
}

impl AsRawFd for Duplicate {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_ref().map_or(-1, AsRawFd::as_raw_fd)
    }
}

impl Drop for Duplicate {
    fn drop(&mut self) {
        if let Some(fd) = self.fd.take().filter(|_| self.from_reserve) {
            let mut guard = RESERVE.lock().unwrap_or_else(PoisonError::into_inner);
            let (anchor, reserve) = &mut *guard;
            // What fails here closes the descriptor, and with it the socket.
            if let Some(anchor) = anchor
                && sys::replace(anchor.as_raw_fd(), fd.as_raw_fd()).is_ok()
            {
                reserve.push(fd);
            }
        }
    }
}
