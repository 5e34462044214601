//! Permits for the calls that may have to wait in the kernel.
//!
//! Each of them holds a dirty I/O scheduler meanwhile. All of the library's calls together hold at
//! most half of these. Opening a socket takes no lock that a request may have to wait for: it has
//! a permit of its own, so that it does not wait for requests either.

use std::sync::{Mutex, OnceLock, PoisonError};

use linx_socket::channel::token;
use linx_socket::permits::{Entry, Permits};
use linx_socket::{fd_reserve, number};
use rustler::{Atom, Encoder, Env, LocalPid, Monitor, Resource, ResourceArc, Term};

use crate::wake::{Caller, Down, Waiter, start_sender};

mod atoms {
    rustler::atoms! { ok, permit, recv }
}

/// The permits, and the resource that watches the callers that wait for one.
pub struct Gate {
    requests: Mutex<Permits<Waiter>>,
    openings: Mutex<Permits<Waiter>>,
}

#[rustler::resource_impl]
impl Resource for Gate {
    const IMPLEMENTS_DOWN: bool = true;

    fn down<'a>(&'a self, env: Env<'a>, pid: LocalPid, _monitor: Monitor) {
        for class in [Class::Request, Class::Opening] {
            self.permits(class, |permits| {
                permits.remove_down(&mut Down(env), |waiter| waiter.pid == pid)
            });
        }
    }
}

static GATE: OnceLock<ResourceArc<Gate>> = OnceLock::new();

/// What a call does.
#[derive(Clone, Copy)]
pub enum Class {
    /// It sends a request, or reads a reply.
    Request,
    /// The same for a request that was begun before.
    Resumption,
    /// It opens a socket or a namespace.
    Opening,
}

impl Gate {
    fn permits<T>(&self, class: Class, work: impl FnOnce(&mut Permits<Waiter>) -> T) -> T {
        let permits = match class {
            Class::Request | Class::Resumption => &self.requests,
            Class::Opening => &self.openings,
        };
        work(&mut permits.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Does `work` if the caller has a permit. `ticket` is the number that it was woken with, or 0.
/// Without a permit the result is `{:permit, ticket}`: the caller waits for the message
/// `{:linx_netlink, ticket}` and calls again, or calls `cancel_permit/1`.
pub fn permitted<T: Encoder>(
    env: Env<'_>,
    class: Class,
    ticket: u64,
    work: impl FnOnce() -> T,
) -> Term<'_> {
    let Some(gate) = GATE.get() else { return work().encode(env) };
    let mut caller = Caller { env, resource: gate };
    let urgent = matches!(class, Class::Resumption);
    match gate.permits(class, |permits| permits.enter(&mut caller, ticket, urgent, token)) {
        Entry::Granted => {
            let permit = Permit { env, gate, class };
            let result = work();
            drop(permit);
            result.encode(env)
        }
        Entry::Wait(ticket) => (atoms::permit(), ticket).encode(env),
        // What it is told does not matter to a dead process.
        Entry::Dead => (atoms::recv(), number(linx_socket::channel::CLOSED)).encode(env),
    }
}

/// A permit, given back when it is dropped.
struct Permit<'a, 'g> {
    env: Env<'a>,
    gate: &'g ResourceArc<Gate>,
    class: Class,
}

impl Drop for Permit<'_, '_> {
    fn drop(&mut self) {
        let mut caller = Caller { env: self.env, resource: self.gate };
        self.gate.permits(self.class, |permits| permits.leave(&mut caller));
    }
}

/// Ends the wait for a permit.
#[rustler::nif]
fn cancel_permit(env: Env, ticket: u64) -> Atom {
    if let Some(gate) = GATE.get() {
        let mut caller = Caller { env, resource: gate };
        for class in [Class::Request, Class::Opening] {
            gate.permits(class, |permits| permits.cancel(&mut caller, ticket));
        }
    }
    atoms::ok()
}

/// Called once the library has been loaded, before anything else: makes the permits for so many
/// dirty I/O schedulers, and what must be there before it is needed.
#[rustler::nif]
fn start(schedulers: usize) -> Atom {
    GATE.get_or_init(|| {
        let half = schedulers / 2;
        let gate = Gate {
            requests: Mutex::new(Permits::new(half.saturating_sub(1).max(1))),
            openings: Mutex::new(Permits::new(1)),
        };
        // As many as may be used at the same time, and a few for notifications. Without them,
        // calls fail at the limit of descriptors.
        let _ = fd_reserve::fill(half + 2);
        start_sender();
        crate::socket::keep_types();
        crate::request::keep_types();
        crate::codec::keep_types();
        ResourceArc::new(gate)
    });
    atoms::ok()
}
