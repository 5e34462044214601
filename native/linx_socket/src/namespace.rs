//! Work in another network namespace.
//!
//! `setns(2)` moves the calling thread, and a thread of the VM must never be moved. So each call
//! makes a thread of its own, which enters the namespace, does the work and ends.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::thread;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, open};
use nix::sched::{CloneFlags, setns};
use nix::sys::stat::Mode;
use nix::sys::statfs::{NSFS_MAGIC, fstatfs};
use nix::unistd::{AccessFlags, faccessat};

use crate::error::{OpenError, Stage, errno};

/// Enough for a few system calls.
const STACK: usize = 64 * 1024;

/// Does `work` in the network namespace that the file at `path` names; `work` gets a descriptor of
/// the namespace.
///
/// # Errors
/// [`Stage::Open`] if the file cannot be opened, [`Stage::Setns`] if it is no
/// network namespace or may not be entered (`CAP_SYS_ADMIN`),
/// [`Stage::Thread`] if no thread could be made; else what `work` returned.
pub fn within<T: Send>(
    path: &Path,
    work: impl FnOnce(OwnedFd) -> Result<T, OpenError> + Send,
) -> Result<T, OpenError> {
    thread::scope(|scope| {
        let work = move || {
            let namespace = open_file(path)?;
            setns(&namespace, CloneFlags::CLONE_NEWNET).map_err(Stage::Setns.failed())?;
            work(namespace)
        };
        thread::Builder::new()
            .name("linx-netns".into())
            .stack_size(STACK)
            .spawn_scoped(scope, work)
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
    within(path, Ok)
}

/// Opens a namespace file. Opening any other file may block or have an effect, as with a FIFO or a
/// device: so the file is only located (`O_PATH`) until its file system is known to be that of
/// namespaces.
fn open_file(path: &Path) -> Result<OwnedFd, OpenError> {
    let open_failed = Stage::Open.failed();
    let located = open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty());
    let located = located.map_err(&open_failed)?;
    // The same file, even if the path names another one by now.
    let same = format!("/proc/self/fd/{}", located.as_raw_fd());
    let file_system = fstatfs(&located).map_err(&open_failed)?.filesystem_type();
    if file_system == NSFS_MAGIC {
        return open(same.as_str(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())
            .map_err(open_failed);
    }
    // The errors of opening another file, and of setns(2) with it.
    faccessat(AT_FDCWD, same.as_str(), AccessFlags::R_OK, AtFlags::AT_EACCESS)
        .map_err(open_failed)?;
    Err(OpenError { stage: Stage::Setns, errno: Errno::EINVAL })
}
