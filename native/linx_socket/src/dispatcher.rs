//! Requests in flight on one socket: admission, routing of replies, cancellation. No system call
//! is made here, and nothing waits: [`crate::channel`] sends and receives. A request passes through
//! `admission`, `reading` and, where it has to wait, `waiting`.
//!
//! A request is known by its sequence number, a batch by its first one. The process that made
//! it, its caller, is *inside* while it runs in a NIF, and *outside* while it waits for a message:
//! a [`Waker`] watches it then. A caller that dies outside is removed at once; one that dies
//! inside is removed by its own next step here, since its thread goes on.
//!
//! The kernel writes the next part of a dump whenever somebody receives on the socket, and queues
//! it after it has let another thread write the one behind (`netlink_dump` of
//! `net/netlink/af_netlink.c`). So one caller at a time reads; nobody reads or polls while a dump
//! is being sent; and while a dump runs, nobody polls, since a poll may wait for the dump's lock.

use std::collections::BTreeMap;

use linx_wire::reply::Outcome;

pub use request::{Mode, Traits};
use request::{Outside, Request, State};
use room::Room;
use slot::Slot;

mod admission;
mod reading;
mod request;
mod room;
mod slot;
mod waiting;

/// How callers are woken, and watched for their death.
pub trait Waker {
    /// A caller that can be woken, and whose death is reported to [`Dispatcher::down`].
    type Waiter;
    /// Starts to watch the present caller; `None` if it is dead already.
    fn register(&mut self) -> Option<Self::Waiter>;
    /// Wakes a caller. Harmless if it is not asleep.
    fn wake(&mut self, waiter: &Self::Waiter, token: u64);
    /// Stops watching.
    fn deregister(&mut self, waiter: Self::Waiter);
}

/// A caller that has to wait outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// What it is woken with; unique in this process.
    pub token: u64,
    /// How many datagrams of its reply have come so far.
    pub progress: u64,
}

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Now; [`Dispatcher::sent`] or [`Dispatcher::cancel`] follows.
    Send,
    /// After the caller has read one more datagram of an abandoned dump.
    Drain,
    /// Not yet: the caller is woken, and asks again.
    Wait(Wait),
    /// Never: the socket is closed.
    Closed,
    /// Never: the sequence number is in use.
    SeqInUse,
    /// Never: the caller is dead, or has cancelled the request.
    Gone,
}

/// Whether a caller may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Now, one datagram; [`Dispatcher::begin_read`] or a method that parks follows.
    Read,
    /// Not now: another caller reads, or a dump is about to be sent.
    Busy,
    /// There is no need: the reply has ended, and the request is removed.
    Done(Outcome),
    /// Never: the socket is closed, the caller dead, or the request cancelled.
    Gone,
}

/// How a caller waits for its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parked {
    /// It polls the socket, and says when it has: [`Dispatcher::polled`].
    Poll(Wait),
    /// It is woken, and must not poll.
    Blocked(Wait),
}

/// The requests of one socket.
#[derive(Debug)]
pub struct Dispatcher<W> {
    /// Rarely more than a few.
    requests: BTreeMap<u32, Request<W>>,
    /// The batches among them, in the order in which they are answered.
    batches: Vec<u32>,
    /// The kernel runs one dump per socket.
    dump: Slot,
    /// The receive buffer has room for the refusals of one batch.
    batch: Slot,
    /// The receive buffer has room for a few replies that nobody has read.
    room: Room,
    /// A dump that runs although its request is gone: its rest is read before the next starts.
    abandoned: Option<u32>,
    /// How many requests are being sent that exclude strict mode.
    loose: usize,
    /// A request is being sent in strict mode.
    strict: bool,
    /// The request whose caller reads.
    reader: Option<u32>,
    /// How many datagrams were asked for, the present one included.
    readings: u64,
    /// How often the kernel has reported an overrun of the receive buffer before the present
    /// reading began, and since then.
    overruns: u64,
    later_overruns: u64,
    closed: bool,
}

impl<W> Default for Dispatcher<W> {
    fn default() -> Self {
        Self {
            requests: BTreeMap::new(),
            batches: Vec::new(),
            dump: Slot::default(),
            batch: Slot::default(),
            room: Room::default(),
            abandoned: None,
            loose: 0,
            strict: false,
            reader: None,
            readings: 0,
            overruns: 0,
            later_overruns: 0,
            closed: false,
        }
    }
}

impl<W> Dispatcher<W> {
    /// Whether the socket has been closed.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether there is such a request.
    #[must_use]
    pub fn knows(&self, seq: u32) -> bool {
        self.requests.contains_key(&seq)
    }

    /// Whether a dump runs although its request is gone.
    #[must_use]
    pub const fn has_abandoned_dump(&self) -> bool {
        self.abandoned.is_some()
    }

    /// Whether the dump of another request than `seq` is about to be sent, or being sent.
    fn is_dump_starting(&self, seq: u32) -> bool {
        self.dump_beside(seq).is_some_and(Request::is_starting)
    }

    /// Whether the kernel runs, or is about to run, a dump that is not that of `seq`.
    #[must_use]
    pub fn is_dump_running(&self, seq: u32) -> bool {
        let running = |dump: &Request<W>| dump.is_starting() || dump.is_running();
        self.abandoned.is_some() || self.dump_beside(seq).is_some_and(running)
    }

    fn dump_beside(&self, seq: u32) -> Option<&Request<W>> {
        self.dump.holder().filter(|&dump| dump != seq).and_then(|dump| self.requests.get(&dump))
    }

    fn leave_reading<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) {
        if self.reader == Some(seq) {
            self.reader = None;
            self.settle(waker);
        }
    }

    /// Ends a request whose caller does not wait for it any more, whether or not its reply has
    /// ended.
    pub fn cancel<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) {
        self.remove(waker, seq);
    }

    /// Callers have died.
    pub fn down<K: Waker<Waiter = W>>(&mut self, waker: &mut K, is_dead: impl Fn(&W) -> bool) {
        let mut gone = Vec::new();
        for (&seq, request) in &mut self.requests {
            if request.waiter.as_ref().is_some_and(&is_dead) {
                request.dead = true;
                if !request.inside {
                    gone.push(seq);
                }
            }
        }
        for seq in gone {
            self.remove(waker, seq);
        }
    }

    /// The socket is closed: every caller is woken, and no request is admitted any more.
    pub fn close<K: Waker<Waiter = W>>(&mut self, waker: &mut K) {
        self.closed = true;
        for request in self.requests.values() {
            request.wake(waker);
        }
    }

    fn remove<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Option<Request<W>> {
        let mut request = self.requests.remove(&seq)?;
        if let Some(waiter) = request.waiter.take() {
            waker.deregister(waiter);
        }
        self.batches.retain(|&batch| batch != seq);
        self.reader = self.reader.filter(|&reader| reader != seq);
        if self.dump.holder() == Some(seq) && request.is_running() {
            self.abandoned = Some(seq);
        }
        let granted = self.room.release(seq);
        self.make_ready(&granted);
        for next in [self.dump.release(seq), self.batch.release(seq)].into_iter().flatten() {
            self.ask_for_room(next);
        }
        self.settle(waker);
        Some(request)
    }

    /// Wakes whoever can go on now.
    fn settle<K: Waker<Waiter = W>>(&mut self, waker: &mut K) {
        let starting = self.is_dump_starting(0);
        let running = self.is_dump_running(0);
        let mut reader = self.reader.is_some() || starting;
        let ready: Vec<u32> = self
            .requests
            .iter()
            .filter(|(seq, request)| {
                request.gated
                    && matches!(request.state, State::Ready)
                    && self.gate_is_open(**seq, request.traits)
            })
            .map(|(&seq, _)| seq)
            .collect();
        for (seq, request) in &mut self.requests {
            match request.outside {
                _ if ready.contains(seq) => request.gated = false,
                Outside::Blocked if !reader => reader = true,
                Outside::Resting if !running => {}
                _ => continue,
            }
            request.outside = Outside::No;
            request.wake(waker);
        }
    }
}
