//! Tun and tap devices. Rtnetlink lists but does not create them: `/dev/net/tun` does
//! (`include/uapi/linux/if_tun.h`).

use std::os::fd::AsRawFd;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::request_code_write;
use nix::sys::stat::Mode;

use crate::error::{OpenError, Stage};
use crate::{namespace, sys};

const DEVICE: &str = "/dev/net/tun";

/// `_IOW('T', n, int)`.
const TUNSETIFF: libc::Ioctl = request_code_write!(b'T', 202, size_of::<i32>());
const TUNSETPERSIST: libc::Ioctl = request_code_write!(b'T', 203, size_of::<i32>());
const TUNSETOWNER: libc::Ioctl = request_code_write!(b'T', 204, size_of::<i32>());
const TUNSETGROUP: libc::Ioctl = request_code_write!(b'T', 206, size_of::<i32>());

/// A device to create.
#[derive(Debug, Clone, Copy)]
pub struct Tun<'a> {
    /// Its name, 1 to 15 bytes without NUL.
    pub name: &'a [u8],
    /// `IFF_TUN` or `IFF_TAP`, and other `IFF_*` of `if_tun.h`.
    pub flags: u16,
    /// The user that may attach to it without privilege.
    pub owner: Option<u32>,
    /// The group that may attach to it without privilege.
    pub group: Option<u32>,
}

/// Creates a persistent device in the namespace that `path` names, or the process's. If a step
/// fails, no device is left.
///
/// # Errors
/// The step that failed and its errno; `EBUSY` where the name is taken.
pub fn create(path: Option<&Path>, tun: Tun) -> Result<(), OpenError> {
    match path {
        None => make(tun),
        // Opening the device binds it to the opener's namespace.
        Some(path) => namespace::within(path, move |_| make(tun)),
    }
}

fn make(tun: Tun) -> Result<(), OpenError> {
    let mut ifreq = sys::zeroed_ifreq();
    // The last byte stays zero: the kernel requires a terminated name. A zero byte before it would
    // cut the name, and for an empty name the kernel chooses one.
    let room = ifreq.ifr_name.len() - 1;
    if tun.name.is_empty() || tun.name.contains(&0) {
        return Err(OpenError { stage: Stage::Ioctl, errno: Errno::EINVAL });
    }
    if tun.name.len() > room {
        return Err(OpenError { stage: Stage::Ioctl, errno: Errno::ENAMETOOLONG });
    }
    for (to, from) in ifreq.ifr_name.iter_mut().zip(tun.name) {
        *to = libc::c_char::from_ne_bytes([*from]);
    }
    // IFF_TUN_EXCL: never attach to an existing device.
    ifreq.ifr_ifru.ifru_flags =
        libc::c_short::from_ne_bytes((tun.flags | IFF_TUN_EXCL).to_ne_bytes());

    let flags = OFlag::O_RDWR | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
    let device = open(DEVICE, flags, Mode::empty()).map_err(Stage::Open.failed())?;
    let fd = device.as_raw_fd();
    let set = |request, value: u32| {
        sys::ioctl_number(fd, request, libc::c_ulong::from(value)).map_err(Stage::Ioctl.failed())
    };

    // Until the device is persistent, closing the descriptor removes it.
    sys::ioctl_ifreq(fd, TUNSETIFF, &mut ifreq).map_err(Stage::Ioctl.failed())?;
    if let Some(owner) = tun.owner {
        set(TUNSETOWNER, owner)?;
    }
    if let Some(group) = tun.group {
        set(TUNSETGROUP, group)?;
    }
    set(TUNSETPERSIST, 1)
}

const IFF_TUN_EXCL: u16 = 0x8000;
