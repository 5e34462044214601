//! Requests in flight on one socket: admission, routing of replies, cancellation. This module
//! makes no system call and does not wait: [`crate::channel`] sends and receives. A request passes
//! through `admission`, `reading` and, where it has to wait, `waiting`.
//!
//! A request is identified by its sequence number, a batch by that of its first message. The
//! process that made it, its caller, is *inside* while it runs in a NIF, and *outside* while it
//! waits for a message and is watched by a [`Waker`]. If a caller dies outside, its request is
//! removed at once; if it dies inside, its own next call here removes the request, since its thread
//! continues.
//!
//! The kernel writes the next part of a dump whenever a thread receives on the socket, and queues
//! it after it has let another thread write the following part (`netlink_dump` of
//! `net/netlink/af_netlink.c`). Therefore one caller at a time reads; no caller reads or polls
//! while a dump request is being sent; and no caller polls while a dump runs, since a poll may wait
//! for the dump's lock.

use std::collections::BTreeMap;

use linx_wire::reply::Outcome;

use buffer_shares::BufferShares;
use request::{CallerWait, Request, State};
pub use request::{StrictMode, Traits};
use slot::Slot;

mod admission;
mod buffer_shares;
mod reading;
mod request;
mod slot;
mod waiting;

/// Wakes callers, and watches for their death.
pub trait Waker {
    /// A caller that can be woken, and whose death is reported to [`Dispatcher::remove_down`].
    type Waiter;
    /// Starts to watch the present caller; `None` if it is dead already.
    fn register(&mut self) -> Option<Self::Waiter>;
    /// Wakes a caller; has no effect on one that does not wait.
    fn wake(&mut self, waiter: &Self::Waiter, token: u64);
    /// Stops watching.
    fn deregister(&mut self, waiter: Self::Waiter);
}

/// The wait of a caller outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// The token that wakes it, unique in this process.
    pub token: u64,
    /// How many datagrams of its reply have been received so far.
    pub progress: u64,
}

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Now; [`Dispatcher::sent`] or [`Dispatcher::cancel`] follows.
    Send,
    /// Not yet: the caller reads one datagram of the abandoned dump, and asks again.
    Drain,
    /// Not yet: the caller is woken, and asks again.
    Wait(Wait),
    /// Never: the socket is closed.
    Closed,
    /// Never: the sequence number is in use.
    SeqInUse,
    /// Never: the caller is dead, or has cancelled the request.
    Cancelled,
}

/// Whether a caller may read from the socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Now, one datagram; [`Dispatcher::begin_read`] or a method that parks follows.
    Read,
    /// Not now: another caller reads, or a dump is about to be sent.
    Busy,
    /// No need: the reply is complete, and the request is removed.
    Done(Outcome),
    /// Never: the socket is closed, the caller dead, or the request cancelled.
    Cancelled,
}

/// How a caller waits for its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parked {
    /// It polls the socket, and calls [`Dispatcher::polled`] afterwards.
    Poll(Wait),
    /// It is woken, and must not poll.
    Blocked(Wait),
}

/// The requests of one socket.
#[derive(Debug)]
pub struct Dispatcher<W> {
    /// By sequence number; seldom more than a few.
    requests: BTreeMap<u32, Request<W>>,
    /// The batches among the requests, in the order in which the kernel answers them.
    batches: Vec<u32>,
    /// The kernel runs one dump per socket at a time.
    dump: Slot,
    /// The receive buffer has room for the refusals of one batch at a time.
    batch: Slot,
    /// Shares of the receive buffer, which has room for a few unread replies.
    shares: BufferShares,
    /// A dump that runs on although its request was removed: its rest is read before the next dump
    /// starts.
    abandoned_dump: Option<u32>,
    /// How many requests that exclude strict mode are being sent.
    sending_non_strict: usize,
    /// Whether a request is being sent in strict mode.
    sending_strict: bool,
    /// The request of the caller that reads.
    reader: Option<u32>,
    /// How many reads have begun, the current one included.
    reads: u64,
    /// How often the kernel had reported an overrun of the receive buffer (`ENOBUFS`) when the
    /// current read began, and how often since then.
    overruns: u64,
    overruns_since_read: u64,
    closed: bool,
}

impl<W> Default for Dispatcher<W> {
    fn default() -> Self {
        Self {
            requests: BTreeMap::new(),
            batches: Vec::new(),
            dump: Slot::default(),
            batch: Slot::default(),
            shares: BufferShares::default(),
            abandoned_dump: None,
            sending_non_strict: 0,
            sending_strict: false,
            reader: None,
            reads: 0,
            overruns: 0,
            overruns_since_read: 0,
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

    /// Whether a request with this sequence number is in flight.
    #[must_use]
    pub fn contains(&self, seq: u32) -> bool {
        self.requests.contains_key(&seq)
    }

    /// Whether a dump runs although its request was removed.
    #[must_use]
    pub const fn has_abandoned_dump(&self) -> bool {
        self.abandoned_dump.is_some()
    }

    /// Whether the dump of another request than `seq` is about to be sent, or being sent.
    fn is_dump_starting(&self, seq: u32) -> bool {
        self.dump_beside(seq).is_some_and(Request::is_starting)
    }

    /// Whether the kernel runs, or is about to run, the dump of another request than `seq`.
    #[must_use]
    pub fn is_dump_running(&self, seq: u32) -> bool {
        let running = |dump: &Request<W>| dump.is_starting() || dump.is_running();
        self.abandoned_dump.is_some() || self.dump_beside(seq).is_some_and(running)
    }

    fn dump_beside(&self, seq: u32) -> Option<&Request<W>> {
        self.dump.holder().filter(|&dump| dump != seq).and_then(|dump| self.requests.get(&dump))
    }

    fn end_read<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) {
        if self.reader == Some(seq) {
            self.reader = None;
            self.wake_ready(waker);
        }
    }

    /// Removes a request whose caller does not wait for it any more, whether or not its reply is
    /// complete.
    pub fn cancel<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) {
        self.remove(waker, seq);
    }

    /// Removes the requests of dead callers.
    pub fn remove_down<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        is_dead: impl Fn(&W) -> bool,
    ) {
        let mut gone = Vec::new();
        for (&seq, request) in &mut self.requests {
            if request.waiter.as_ref().is_some_and(&is_dead) {
                request.caller_dead = true;
                if !request.in_nif {
                    gone.push(seq);
                }
            }
        }
        for seq in gone {
            self.remove(waker, seq);
        }
    }

    /// Closes the dispatcher: wakes every caller and admits no further request.
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
            self.abandoned_dump = Some(seq);
        }
        let granted = self.shares.release(seq);
        self.make_ready(&granted);
        for next in [self.dump.release(seq), self.batch.release(seq)].into_iter().flatten() {
            self.acquire_shares(next);
        }
        self.wake_ready(waker);
        Some(request)
    }

    /// Wakes the callers that can continue now.
    fn wake_ready<K: Waker<Waiter = W>>(&mut self, waker: &mut K) {
        let starting = self.is_dump_starting(0);
        let running = self.is_dump_running(0);
        let mut reader = self.reader.is_some() || starting;
        let ready: Vec<u32> = self
            .requests
            .iter()
            .filter(|(seq, request)| {
                request.waits_to_send
                    && matches!(request.state, State::Ready)
                    && self.may_send(**seq, request.traits)
            })
            .map(|(&seq, _)| seq)
            .collect();
        for (seq, request) in &mut self.requests {
            match request.caller_wait {
                _ if ready.contains(seq) => request.waits_to_send = false,
                CallerWait::ForReader if !reader => reader = true,
                CallerWait::ForDump if !running => {}
                _ => continue,
            }
            request.caller_wait = CallerWait::None;
            request.wake(waker);
        }
    }
}
