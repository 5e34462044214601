//! The channel of a socket, as a resource of the VM.

use linx_socket::channel::Channel;
use rustler::{Env, LocalPid, Monitor, Resource, ResourceArc};

use crate::waker::{DownWaker, Waiter};

/// A socket and the requests in flight on it; see [`linx_socket::channel`].
pub struct ChannelResource(pub Channel<Waiter>);

#[rustler::resource_impl]
impl Resource for ChannelResource {
    const IMPLEMENTS_DOWN: bool = true;

    fn down<'a>(&'a self, env: Env<'a>, pid: LocalPid, _monitor: Monitor) {
        self.0.remove_down(&mut DownWaker(env), |waiter| waiter.pid == pid);
    }
}

/// Keeps a resource of each type for ever; see `sys.rs`.
pub fn keep_types() {
    std::mem::forget(ResourceArc::new(ChannelResource(Channel::closed())));
}
