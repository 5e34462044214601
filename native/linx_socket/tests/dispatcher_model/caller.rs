//! Callers of the dispatcher.

use linx_socket::dispatcher::Waker;

use crate::kernel::{Kernel, Received};

/// The type of a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RequestType {
    Get,
    Dump,
    Batch,
}

/// The next step of a caller.
pub enum Next {
    Admit,
    Drain,
    RouteDrained(Received),
    Send,
    Sent,
    Read,
    Receive,
    Route(Received),
    /// Outside: polls the socket.
    Poll,
    /// Outside: waits for a wake-up.
    Turn,
    Blocked,
    Select,
    Ended,
}

/// A caller.
#[expect(clippy::struct_excessive_bools, reason = "each is independent of the others")]
pub struct Caller {
    pub seq: u32,
    pub request: RequestType,
    pub next: Next,
    pub dead: bool,
    pub woken: bool,
    pub watched: bool,
    /// Whether it runs on a normal scheduler, and must not continue a dump.
    pub short: bool,
}

impl Caller {
    pub fn is_outside(&self) -> bool {
        matches!(self.next, Next::Poll | Next::Turn | Next::Blocked | Next::Select)
    }

    pub fn can_continue(&self, kernel: &Kernel) -> bool {
        match self.next {
            Next::Ended => false,
            Next::Turn | Next::Blocked => self.woken,
            Next::Select => self.woken || kernel.is_readable(),
            _ => true,
        }
    }

    pub fn receives(&self) -> bool {
        matches!(self.next, Next::Receive | Next::Route(_) | Next::Drain | Next::RouteDrained(_))
    }
}

/// The callers as the dispatcher sees them, in the step of one of them.
pub struct Step<'a> {
    pub callers: &'a mut [Caller],
    pub present: usize,
}

impl Waker for Step<'_> {
    type Waiter = usize;

    fn register(&mut self) -> Option<usize> {
        let caller = self.callers.get_mut(self.present)?;
        caller.watched = !caller.dead;
        (!caller.dead).then_some(self.present)
    }

    fn wake(&mut self, waiter: &usize, _token: u64) {
        self.callers.get_mut(*waiter).unwrap().woken = true;
    }

    fn deregister(&mut self, waiter: usize) {
        self.callers.get_mut(waiter).unwrap().watched = false;
    }
}
