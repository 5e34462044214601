//! Socket NIFs: opening, options, namespaces.
//!
//! Opening runs on dirty I/O schedulers: the kernel may load a module for a protocol, a path may be
//! on any file system, and the thread that enters a namespace is waited for.

use std::ffi::OsStr;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Mutex;

use linx_socket::channel::Channel;
use linx_socket::tun::Tun;
use linx_socket::{namespace, number, socket, tun};
use rustler::{Atom, Binary, Env, Resource, ResourceArc, Term};

use crate::channel::ChannelResource;
use crate::error::StageError;
use crate::permit::{Class, permitted};
use crate::term::U16;

mod atoms {
    rustler::atoms! { ok }
}

/// Owns a descriptor until its new owner has a duplicate, and closes it then or when the guard is
/// garbage: a process may be killed between any two calls.
pub struct FdGuard(Mutex<Option<OwnedFd>>);

#[rustler::resource_impl]
impl Resource for FdGuard {}

/// Keeps a resource of each type for ever; see `sys.rs`.
pub fn keep_types() {
    std::mem::forget(ResourceArc::new(FdGuard(Mutex::new(None))));
}

type Opened = Result<(ResourceArc<FdGuard>, RawFd), StageError>;

fn guarded(fd: OwnedFd) -> (ResourceArc<FdGuard>, RawFd) {
    let number = fd.as_raw_fd();
    (ResourceArc::new(FdGuard(Mutex::new(Some(fd)))), number)
}

fn path<'a>(bytes: &'a Binary) -> &'a Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// `Native.open/2`: a bound socket in the VM's own namespace.
#[rustler::nif(schedule = "DirtyIo")]
fn open(env: Env, ticket: u64, protocol: i32) -> Term {
    opened(env, ticket, || Ok(guarded(socket::open(None, protocol)?)))
}

/// `Native.open_in/3`: a bound socket in the namespace that a file names.
#[rustler::nif(schedule = "DirtyIo")]
fn open_in<'a>(env: Env<'a>, ticket: u64, file: Binary<'a>, protocol: i32) -> Term<'a> {
    opened(env, ticket, || Ok(guarded(socket::open(Some(path(&file)), protocol)?)))
}

fn opened(env: Env<'_>, ticket: u64, open: impl FnOnce() -> Opened) -> Term<'_> {
    permitted(env, Class::Opening, ticket, open)
}

/// `Native.release_fd/1`: closes a guarded descriptor.
#[rustler::nif]
fn release_fd(guard: ResourceArc<FdGuard>) -> Atom {
    if let Ok(mut fd) = guard.0.lock() {
        *fd = None;
    }
    atoms::ok()
}

/// `Native.channel/1`: the channel of a socket that the caller owns.
#[rustler::nif]
fn channel(fd: RawFd) -> Result<ResourceArc<ChannelResource>, i32> {
    let channel = Channel::from_fd(fd).map_err(number)?;
    Ok(ResourceArc::new(ChannelResource(channel)))
}

/// `Native.open_in_netns/3`: an unbound socket, whose descriptor belongs to the caller.
#[rustler::nif(schedule = "DirtyIo")]
fn open_in_netns<'a>(env: Env<'a>, ticket: u64, file: Binary<'a>, protocol: i32) -> Term<'a> {
    let open = || Ok(socket::open_unbound(Some(path(&file)), protocol)?.into_raw_fd());
    permitted(env, Class::Opening, ticket, || -> Result<RawFd, StageError> { open() })
}

/// `Native.open_netns/2`: a network namespace, whose descriptor belongs to the caller.
#[rustler::nif(schedule = "DirtyIo")]
fn open_netns<'a>(env: Env<'a>, ticket: u64, file: Binary<'a>) -> Term<'a> {
    let open = || Ok(namespace::open_checked(path(&file))?.into_raw_fd());
    permitted(env, Class::Opening, ticket, || -> Result<RawFd, StageError> { open() })
}

/// `Native.open_netns_guarded/2`: a network namespace, whose descriptor is guarded.
#[rustler::nif(schedule = "DirtyIo")]
fn open_netns_guarded<'a>(env: Env<'a>, ticket: u64, file: Binary<'a>) -> Term<'a> {
    opened(env, ticket, || Ok(guarded(namespace::open_checked(path(&file))?)))
}

/// `Native.bind_netlink/3`. On a dirty scheduler, since the kernel may load a module for a group.
#[rustler::nif(schedule = "DirtyIo")]
fn bind_netlink(env: Env, ticket: u64, fd: RawFd, groups: u32) -> Term {
    permitted(env, Class::Opening, ticket, || {
        socket::bind(fd, groups).map(|()| atoms::ok()).map_err(number)
    })
}

/// `Native.close_fd/1`.
#[rustler::nif]
fn close_fd(fd: RawFd) -> Atom {
    socket::close_number(fd);
    atoms::ok()
}

/// `Native.set_rcvbuf/3`.
#[rustler::nif]
fn set_rcvbuf(channel: ResourceArc<ChannelResource>, bytes: u32, force: bool) -> Result<Atom, i32> {
    channel.0.receive_buffer(bytes, force).map(|()| atoms::ok()).map_err(number)
}

/// `Native.membership/4`. On a dirty scheduler, since the kernel may load a module for a group.
#[rustler::nif(schedule = "DirtyIo")]
fn membership(
    env: Env,
    ticket: u64,
    channel: ResourceArc<ChannelResource>,
    group: u32,
    join: bool,
) -> Term {
    permitted(env, Class::Opening, ticket, || {
        channel.0.membership(group, join).map(|()| atoms::ok()).map_err(number)
    })
}

/// `Native.tun_create/6`: a persistent tun or tap device in the namespace that a file names, or the
/// VM's. The ioctl takes the kernel's rtnl lock.
#[rustler::nif(schedule = "DirtyIo")]
fn tun_create<'a>(
    env: Env<'a>,
    ticket: u64,
    file: Option<Binary<'a>>,
    name: Binary<'a>,
    flags: U16,
    owner: Option<u32>,
    group: Option<u32>,
) -> Term<'a> {
    permitted(env, Class::Request, ticket, || -> Result<Atom, StageError> {
        let tun = Tun { name: &name, flags: flags.0, owner, group };
        tun::create(file.as_ref().map(path), tun)?;
        Ok(atoms::ok())
    })
}
