//! Reserved descriptors, for when the process is at its limit of descriptors.
//!
//! A call keeps its socket open by a duplicate of the descriptor (`Channel::dup_checked`). At the
//! limit (`RLIMIT_NOFILE`) no descriptor can be added; the duplicate then replaces a reserved
//! descriptor (`dup3(2)`), which needs no new number.

use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError};

use nix::errno::Errno;

use crate::sys;

/// The file that every reserved descriptor refers to, and those descriptors.
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
    /// `Some` until the duplicate is dropped.
    fd: Option<OwnedFd>,
    from_reserve: bool,
}

impl Duplicate {
    /// Duplicates a descriptor that is known by its number only, which may have been closed or
    /// reused by then.
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
            // On failure the descriptor is closed, and with it this reference to the socket.
            if let Some(anchor) = anchor
                && sys::replace(anchor.as_raw_fd(), fd.as_raw_fd()).is_ok()
            {
                reserve.push(fd);
            }
        }
    }
}
