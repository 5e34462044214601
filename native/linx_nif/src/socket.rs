//! Socket NIFs: opening, options, namespaces.
//!
//! Opening runs on dirty I/O schedulers: the kernel may load a module for a protocol, a path may
//! lead anywhere, and a namespace is entered by a thread that is waited for.

use std::ffi::OsStr;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Mutex;

use linx_socket::channel::Channel;
use linx_socket::tun::Tun;
use linx_socket::{namespace, number, socket, tun};
use rustler::{Atom, Binary, Env, LocalPid, Monitor, Resource, ResourceArc, Term};

use crate::failure::Failure;
use crate::frame::Short;
use crate::gate::{Class, permitted};
use crate::wake::{Down, Waiter};

mod atoms {
    rustler::atoms! { ok }
}

/// A descriptor that is on its way to its owner, and is closed should it never
/// arrive: a process may be killed between any two calls.
pub struct Handover(Mutex<Option<OwnedFd>>);

#[rustler::resource_impl]
impl Resource for Handover {}

/// A socket and its requests; see [`linx_socket::channel`].
pub struct Handle(pub Channel<Waiter>);

#[rustler::resource_impl]
impl Resource for Handle {
    const IMPLEMENTS_DOWN: bool = true;

    fn down<'a>(&'a self, env: Env<'a>, pid: LocalPid, _monitor: Monitor) {
        self.0.remove_down(&mut Down(env), |waiter| waiter.pid == pid);
    }
}

/// Keeps a resource of each type for ever; see `sys.rs`.
pub fn keep_types() {
    std::mem::forget(ResourceArc::new(Handover(Mutex::new(None))));
    std::mem::forget(ResourceArc::new(Handle(Channel::closed())));
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
#[rustler::nif(schedule = "DirtyIo")]
fn open(env: Env, ticket: u64, protocol: i32) -> Term {
    opened(env, ticket, || Ok(hand_over(socket::open(None, protocol)?)))
}

/// A bound socket in the namespace that a file names.
#[rustler::nif(schedule = "DirtyIo")]
fn open_in<'a>(env: Env<'a>, ticket: u64, file: Binary<'a>, protocol: i32) -> Term<'a> {
    opened(env, ticket, || Ok(hand_over(socket::open(Some(path(&file)), protocol)?)))
}

fn opened(env: Env<'_>, ticket: u64, open: impl FnOnce() -> Opened) -> Term<'_> {
    permitted(env, Class::Opening, ticket, open)
}

/// Ends a handover: the owner has its own duplicate.
#[rustler::nif]
fn handed_over(handover: ResourceArc<Handover>) -> Atom {
    if let Ok(mut fd) = handover.0.lock() {
        *fd = None;
    }
    atoms::ok()
}

/// The channel of a socket that somebody else owns.
#[rustler::nif]
fn adopt(fd: RawFd) -> Result<ResourceArc<Handle>, i32> {
    Channel::from_fd(fd).map(|channel| ResourceArc::new(Handle(channel))).map_err(number)
}

/// An unbound socket, its descriptor the caller's.
#[rustler::nif(schedule = "DirtyIo")]
fn open_in_netns<'a>(env: Env<'a>, ticket: u64, file: Binary<'a>, protocol: i32) -> Term<'a> {
    let open = || Ok(socket::open_unbound(Some(path(&file)), protocol)?.into_raw_fd());
    permitted(env, Class::Opening, ticket, || -> Result<RawFd, Failure> { open() })
}

/// A network namespace, its descriptor the caller's.
#[rustler::nif(schedule = "DirtyIo")]
fn open_netns<'a>(env: Env<'a>, ticket: u64, file: Binary<'a>) -> Term<'a> {
    let open = || Ok(namespace::open_checked(path(&file))?.into_raw_fd());
    permitted(env, Class::Opening, ticket, || -> Result<RawFd, Failure> { open() })
}

/// The same, closed with the handover.
#[rustler::nif(schedule = "DirtyIo")]
fn lend_netns<'a>(env: Env<'a>, ticket: u64, file: Binary<'a>) -> Term<'a> {
    opened(env, ticket, || Ok(hand_over(namespace::open_checked(path(&file))?)))
}

/// On a dirty scheduler: the kernel may load a module for a group.
#[rustler::nif(schedule = "DirtyIo")]
fn bind_netlink(env: Env, ticket: u64, fd: RawFd, groups: u32) -> Term {
    permitted(env, Class::Opening, ticket, || {
        socket::bind(fd, groups).map(|()| atoms::ok()).map_err(number)
    })
}

#[rustler::nif]
fn close_fd(fd: RawFd) -> Atom {
    socket::close_number(fd);
    atoms::ok()
}

#[rustler::nif]
fn set_rcvbuf(handle: ResourceArc<Handle>, bytes: u32, force: bool) -> Result<Atom, i32> {
    handle.0.receive_buffer(bytes, force).map(|()| atoms::ok()).map_err(number)
}

/// On a dirty scheduler: the kernel may load a module for a group.
#[rustler::nif(schedule = "DirtyIo")]
fn membership(env: Env, ticket: u64, handle: ResourceArc<Handle>, group: u32, join: bool) -> Term {
    permitted(env, Class::Opening, ticket, || {
        handle.0.membership(group, join).map(|()| atoms::ok()).map_err(number)
    })
}

/// A persistent tun or tap device; without a file in the VM's own namespace. The ioctl takes the
/// kernel's rtnl lock.
#[rustler::nif(schedule = "DirtyIo")]
fn tun_create<'a>(
    env: Env<'a>,
    ticket: u64,
    file: Option<Binary<'a>>,
    name: Binary<'a>,
    flags: Short,
    owner: Option<u32>,
    group: Option<u32>,
) -> Term<'a> {
    permitted(env, Class::Request, ticket, || -> Result<Atom, Failure> {
        let tun = Tun { name: &name, flags: flags.0, owner, group };
        tun::create(file.as_ref().map(path), tun)?;
        Ok(atoms::ok())
    })
}
