//! Working in another network namespace.
//!
//! `setns(2)` moves a thread, and a thread of the VM must never be moved. So
//! each visit has a thread of its own, which never comes back: it enters, does
//! its work and ends.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::thread;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sched::{CloneFlags, setns};
use nix::sys::stat::Mode;

use crate::error::{OpenError, Stage, errno};

/// Enough for a few system calls.
const STACK: usize = 64 * 1024;

/// Does `work` in the network namespace that the file at `path` names.
///
/// # Errors
/// [`Stage::Open`] if the file cannot be opened, [`Stage::Setns`] if it is no
/// network namespace or may not be entered (`CAP_SYS_ADMIN`),
/// [`Stage::Thread`] if no thread could be made; else what `work` returned.
pub fn within<T: Send>(
    path: &Path,
    work: impl FnOnce() -> Result<T, OpenError> + Send,
) -> Result<T, OpenError> {
    thread::scope(|scope| {
        let visit = move || {
            let namespace = open_file(path)?;
            setns(&namespace, CloneFlags::CLONE_NEWNET).map_err(Stage::Setns.failed())?;
            work()
        };
        thread::Builder::new()
            .name("linx-netns".into())
            .stack_size(STACK)
            .spawn_scoped(scope, visit)
            .map_err(|e| Stage::Thread.failed()(errno(&e)))?
            .join()
            .unwrap_or(Err(OpenError { stage: Stage::Thread, errno: Errno::EIO }))
    })
}

/// Opens the file at `path` after making sure that it names a network
/// namespace, by entering it.
///
/// # Errors
/// As [`within`].
pub fn open_checked(path: &Path) -> Result<OwnedFd, OpenError> {
    within(path, || open_file(path))
}

/// Opens a namespace file. Never blocks, whatever the path names.
fn open_file(path: &Path) -> Result<OwnedFd, OpenError> {
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    open(path, flags, Mode::empty()).map_err(Stage::Open.failed())
}
