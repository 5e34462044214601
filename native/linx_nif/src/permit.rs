//! Permits for calls that may have to wait in the kernel.
//!
//! Such a call holds a dirty I/O scheduler meanwhile. All calls of the library together hold at most
//! half of the schedulers. Opening a socket takes no lock that a request may wait for: it has a
//! permit of its own, so that it does not wait for requests either.

use std::sync::{Mutex, OnceLock, PoisonError};

use linx_socket::channel::token;
use linx_socket::number;
use linx_socket::permits::{Entry, Permits};
use rustler::{Atom, Encoder, Env, LocalPid, Monitor, Resource, ResourceArc, Term};

use crate::waker::{CallerWaker, DownWaker, Waiter};

mod atoms {
    rustler::atoms! { ok, permit, recv }
}

/// The permits; as a resource, since it monitors the callers that wait for one.
pub struct PermitsResource {
    requests: Mutex<Permits<Waiter>>,
    openings: Mutex<Permits<Waiter>>,
}

#[rustler::resource_impl]
impl Resource for PermitsResource {
    const IMPLEMENTS_DOWN: bool = true;

    fn down<'a>(&'a self, env: Env<'a>, pid: LocalPid, _monitor: Monitor) {
        for class in [Class::Request, Class::Opening] {
            self.permits(class, |permits| {
                permits.remove_down(&mut DownWaker(env), |waiter| waiter.pid == pid);
            });
        }
    }
}

static PERMITS: OnceLock<ResourceArc<PermitsResource>> = OnceLock::new();

/// The class of a call, which decides about its permit.
#[derive(Clone, Copy)]
pub enum Class {
    /// Sends a request, or reads a reply.
    Request,
    /// The same for a request that was begun before, which others may wait for.
    Resumption,
    /// Opens a socket or a namespace.
    Opening,
}

impl PermitsResource {
    fn new(requests: usize) -> Self {
        let requests = Mutex::new(Permits::new(requests));
        Self { requests, openings: Mutex::new(Permits::new(1)) }
    }

    fn permits<T>(&self, class: Class, work: impl FnOnce(&mut Permits<Waiter>) -> T) -> T {
        let permits = match class {
            Class::Request | Class::Resumption => &self.requests,
            Class::Opening => &self.openings,
        };
        work(&mut permits.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Does `work` if the caller has a permit. `ticket` is the number that woke the caller, or 0.
/// Without a permit the result is `{:permit, ticket}`: the caller waits for the message
/// `{:linx_netlink, ticket}` and calls again, or calls `cancel_permit/1`.
pub fn permitted<T: Encoder>(
    env: Env<'_>,
    class: Class,
    ticket: u64,
    work: impl FnOnce() -> T,
) -> Term<'_> {
    let Some(resource) = PERMITS.get() else { return work().encode(env) };
    let mut waker = CallerWaker { env, resource };
    let urgent = matches!(class, Class::Resumption);
    match resource.permits(class, |permits| permits.enter(&mut waker, ticket, urgent, token)) {
        Entry::Granted => {
            let permit = Permit { env, resource, class };
            let result = work();
            drop(permit);
            result.encode(env)
        }
        Entry::Wait(ticket) => (atoms::permit(), ticket).encode(env),
        // A dead process does not see the result.
        Entry::Dead => (atoms::recv(), number(linx_socket::channel::CLOSED)).encode(env),
    }
}

/// A permit, returned when it is dropped.
struct Permit<'a, 'r> {
    env: Env<'a>,
    resource: &'r ResourceArc<PermitsResource>,
    class: Class,
}

impl Drop for Permit<'_, '_> {
    fn drop(&mut self) {
        let mut waker = CallerWaker { env: self.env, resource: self.resource };
        self.resource.permits(self.class, |permits| permits.leave(&mut waker));
    }
}

/// `Native.cancel_permit/1`: ends the wait for a permit.
#[rustler::nif]
fn cancel_permit(env: Env, ticket: u64) -> Atom {
    if let Some(resource) = PERMITS.get() {
        let mut waker = CallerWaker { env, resource };
        for class in [Class::Request, Class::Opening] {
            resource.permits(class, |permits| permits.cancel(&mut waker, ticket));
        }
    }
    atoms::ok()
}

/// Makes the permits for this number of dirty I/O schedulers. Returns whether they were missing.
pub fn start(schedulers: usize) -> bool {
    let requests = (schedulers / 2).saturating_sub(1).max(1);
    PERMITS.set(ResourceArc::new(PermitsResource::new(requests))).is_ok()
}
