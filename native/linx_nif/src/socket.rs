//! Socket NIFs: opening, options, namespaces.
//!
//! What enters a namespace runs on a dirty scheduler, since it waits for the
//! thread that does so.

use std::ffi::OsStr;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Mutex;

use linx_socket::exchange::Exchange;
use linx_socket::tun::Tun;
use linx_socket::{namespace, number, socket, tun};
use rustler::{Atom, Binary, Env, LocalPid, Monitor, Resource, ResourceArc};

use crate::failure::Failure;
use crate::request::{Mourner, Waiter};

mod atoms {
    rustler::atoms! { ok }
}

/// A descriptor that is on its way to its owner, and is closed should it never
/// arrive: a process may be killed between any two calls.
pub struct Handover(Mutex<Option<OwnedFd>>);

#[rustler::resource_impl]
impl Resource for Handover {}

/// A socket's exchange; see [`linx_socket::exchange`].
pub struct Channel(pub Exchange<Waiter>);

#[rustler::resource_impl]
impl Resource for Channel {
    const IMPLEMENTS_DOWN: bool = true;

    fn down<'a>(&'a self, env: Env<'a>, pid: LocalPid, _monitor: Monitor) {
        self.0.bury(&mut Mourner(env), |waiter| waiter.pid == pid);
    }
}

type Opened = Result<(ResourceArc<Handover>, RawFd), Failure>;

fn hand_over(fd: OwnedFd) -> (ResourceArc<Handover>, RawFd) {
    let number = fd.as_raw_fd();
    (ResourceArc::new(Handover(Mutex::new(Some(fd)))), number)
}

fn path<'a>(bytes: &'a Binary) -> &'a Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// A bound socket in the VM's own namespace.
#[rustler::nif]
fn open(protocol: i32) -> Opened {
    Ok(hand_over(socket::open(None, protocol)?))
}

/// A bound socket in the namespace that a file names.
#[rustler::nif(schedule = "DirtyIo")]
fn open_in(file: Binary, protocol: i32) -> Opened {
    Ok(hand_over(socket::open(Some(path(&file)), protocol)?))
}

/// Ends a handover: the owner has its own duplicate.
#[rustler::nif]
fn handed_over(handover: ResourceArc<Handover>) -> Atom {
    if let Ok(mut fd) = handover.0.lock() {
        *fd = None;
    }
    atoms::ok()
}

/// The exchange of a socket that somebody else owns.
#[rustler::nif]
fn adopt(fd: RawFd) -> Result<ResourceArc<Channel>, i32> {
    Exchange::adopt(fd).map(|exchange| ResourceArc::new(Channel(exchange))).map_err(number)
}

/// An unbound socket, its descriptor the caller's.
#[rustler::nif(schedule = "DirtyIo")]
fn open_in_netns(file: Binary, protocol: i32) -> Result<RawFd, Failure> {
    Ok(socket::open_unbound(Some(path(&file)), protocol)?.into_raw_fd())
}

/// A network namespace, its descriptor the caller's.
#[rustler::nif(schedule = "DirtyIo")]
fn open_netns(file: Binary) -> Result<RawFd, Failure> {
    Ok(namespace::open_checked(path(&file))?.into_raw_fd())
}

/// The same, closed with the handover.
#[rustler::nif(schedule = "DirtyIo")]
fn lend_netns(file: Binary) -> Opened {
    Ok(hand_over(namespace::open_checked(path(&file))?))
}

#[rustler::nif]
fn bind_netlink(fd: RawFd, groups: u32) -> Result<Atom, i32> {
    socket::bind(fd, groups).map(|()| atoms::ok()).map_err(number)
}

#[rustler::nif]
fn close_fd(fd: RawFd) -> Atom {
    socket::close_number(fd);
    atoms::ok()
}

#[rustler::nif]
fn set_rcvbuf(channel: ResourceArc<Channel>, bytes: u32, force: bool) -> Result<Atom, i32> {
    channel.0.receive_buffer(bytes, force).map(|()| atoms::ok()).map_err(number)
}

#[rustler::nif]
fn membership(channel: ResourceArc<Channel>, group: u32, join: bool) -> Result<Atom, i32> {
    channel.0.membership(group, join).map(|()| atoms::ok()).map_err(number)
}

/// A persistent tun or tap device; without a file in the VM's own namespace.
#[rustler::nif(schedule = "DirtyIo")]
fn tun_create(
    file: Option<Binary>,
    name: Binary,
    flags: u16,
    owner: Option<u32>,
    group: Option<u32>,
) -> Result<Atom, Failure> {
    let tun = Tun { name: &name, flags, owner, group };
    tun::create(file.as_ref().map(path), tun)?;
    Ok(atoms::ok())
}
