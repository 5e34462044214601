//! Requests in flight on one socket: admission, routing of replies, cancellation. No system call
//! is made here, and nothing waits: [`crate::channel`] sends and receives.
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

use linx_wire::message::{HEADER, Messages};
use linx_wire::reply::{DONE, ERROR, Ended};

use crate::buffer_pool;
pub use request::{Expected, Mode, Traits};
use request::{Outside, Request, State};
use slot::Slot;

mod request;
mod slot;

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
    Ended(Ended),
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
    /// A dump that runs although its request is gone: its rest is read before the next starts.
    abandoned: Option<u32>,
    /// How many requests are being sent that exclude strict mode.
    loose: usize,
    /// A request is being sent in strict mode.
    strict: bool,
    /// The request whose caller reads.
    reader: Option<u32>,
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
            abandoned: None,
            loose: 0,
            strict: false,
            reader: None,
            overruns: 0,
            later_overruns: 0,
            closed: false,
        }
    }
}

// Admission

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

    /// A caller asks to send, for the first time or because it was woken, or has read a datagram
    /// of an abandoned dump.
    pub fn admit<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
        traits: Traits,
        expected: impl FnOnce() -> Expected,
        token: impl FnOnce() -> u64,
    ) -> Admission {
        if self.closed {
            self.remove(waker, seq);
            return Admission::Closed;
        }
        match self.requests.get_mut(&seq) {
            None => self.register(seq, Request::new(traits, expected(), token())),
            Some(request) => match request.state {
                State::Queued | State::Ready | State::Draining => {
                    request.inside = true;
                    request.gated = false;
                }
                _ => return Admission::SeqInUse,
            },
        }
        self.proceed(waker, seq)
    }

    fn register(&mut self, seq: u32, mut request: Request<W>) {
        let (dump, batch) = (request.traits.dump, request.traits.batch);
        if (dump && !self.dump.acquire(seq)) || (batch && !self.batch.acquire(seq)) {
            request.state = State::Queued;
        }
        if batch {
            self.batches.push(seq);
        }
        self.requests.insert(seq, request);
    }

    fn proceed<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Admission {
        let Some(request) = self.requests.get(&seq) else { return Admission::Gone };
        let (traits, dead) = (request.traits, request.dead);
        let queued = matches!(request.state, State::Queued);
        if dead {
            self.remove(waker, seq);
            return Admission::Gone;
        }
        if queued || !self.gate_is_open(seq, traits) {
            return self.wait_at_gate(waker, seq);
        }
        if traits.dump && self.abandoned.is_some() {
            self.reader = Some(seq);
            self.set_state(seq, State::Draining);
            return Admission::Drain;
        }
        self.reader = self.reader.filter(|&reader| reader != seq);
        self.begin_sending(seq, traits);
        Admission::Send
    }

    /// Whether nothing excludes the sending of a request that has its slot.
    fn gate_is_open(&self, seq: u32, traits: Traits) -> bool {
        let alone = || {
            self.reader.is_none_or(|reader| reader == seq)
                && !self.requests.values().any(|request| request.outside == Outside::Polling)
        };
        (!traits.dump || alone())
            && match traits.mode {
                Mode::Any => true,
                Mode::Loose => !self.strict,
                Mode::Strict => self.loose == 0,
            }
    }

    fn wait_at_gate<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Admission {
        let Some(wait) = self.park(waker, seq) else { return Admission::Gone };
        if let Some(request) = self.requests.get_mut(&seq) {
            if matches!(request.state, State::Draining) {
                request.state = State::Ready;
            }
            request.gated = true;
        }
        self.leave_reading(waker, seq);
        Admission::Wait(wait)
    }

    /// A caller that drains an abandoned dump lets its scheduler go, and asks again at once.
    pub fn pause_draining<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Admission {
        // To leave reading opens its gate, and wakes it.
        self.wait_at_gate(waker, seq)
    }

    fn begin_sending(&mut self, seq: u32, traits: Traits) {
        match traits.mode {
            Mode::Any => {}
            Mode::Loose => self.loose += 1,
            Mode::Strict => self.strict = true,
        }
        // In the order in which they are answered.
        if traits.batch
            && let Some(at) = self.batches.iter().position(|&batch| batch == seq)
        {
            self.batches.remove(at);
            self.batches.push(seq);
        }
        let overruns = self.overruns + self.later_overruns;
        if let Some(request) = self.requests.get_mut(&seq) {
            request.state = State::Sending(None);
            request.overruns = overruns;
        }
    }

    /// The request has been sent.
    pub fn sent<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) {
        let Some(request) = self.requests.get_mut(&seq) else { return };
        let mode = request.traits.mode;
        request.state = match std::mem::replace(&mut request.state, State::Awaiting) {
            State::Sending(Some(done)) => State::Done(done),
            _ => State::Awaiting,
        };
        let dead = request.dead;
        self.end_sending(mode);
        if dead {
            self.remove(waker, seq);
        } else {
            self.settle(waker);
        }
    }

    /// The request could not be sent, and is removed.
    pub fn send_failed<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) {
        if let Some(request) = self.requests.get_mut(&seq) {
            let mode = request.traits.mode;
            request.state = State::Ready;
            self.end_sending(mode);
        }
        self.remove(waker, seq);
    }

    const fn end_sending(&mut self, mode: Mode) {
        match mode {
            Mode::Any => {}
            Mode::Loose => self.loose = self.loose.saturating_sub(1),
            Mode::Strict => self.strict = false,
        }
    }

    fn set_state(&mut self, seq: u32, state: State) {
        if let Some(request) = self.requests.get_mut(&seq) {
            request.state = state;
        }
    }
}

// Reading

impl<W> Dispatcher<W> {
    /// A caller wants to read the next datagram, the first or, having read one, a further one.
    pub fn begin_read<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Reading {
        let Some(request) = self.requests.get_mut(&seq) else { return Reading::Gone };
        request.inside = true;
        let polled = std::mem::replace(&mut request.outside, Outside::No);
        if matches!(request.state, State::Done(_)) {
            return match self.remove(waker, seq) {
                Some(Request { state: State::Done(done), .. }) => Reading::Ended(done.outcome),
                _ => Reading::Gone,
            };
        }
        if self.closed || request.dead {
            self.remove(waker, seq);
            return Reading::Gone;
        }
        if polled == Outside::Polling {
            self.settle(waker);
        }
        if self.reader.is_some_and(|reader| reader != seq) || self.is_dump_starting(seq) {
            self.leave_reading(waker, seq);
            return Reading::Busy;
        }
        self.reader = Some(seq);
        self.overruns += std::mem::take(&mut self.later_overruns);
        Reading::Read
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

    /// Routes a datagram from the kernel; `multicast` if it was sent to a group, `cut` if a part
    /// of it is missing. Returns whether it concerned `seq`.
    pub fn route<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
        datagram: &[u8],
        multicast: bool,
        cut: bool,
    ) -> bool {
        let (mut concerned, mut last, mut whole) = (false, None, !cut);
        for message in Messages::new(datagram) {
            let Ok(message) = message else {
                whole = false;
                break;
            };
            let (addressee, port) = (message.header.seq, message.header.port);
            let ends = matches!(message.header.kind, DONE | ERROR);
            if ends && self.abandoned == Some(addressee) {
                self.abandoned = None;
            }
            let addressee = self.request_of(addressee, port);
            let Some(request) = self.requests.get_mut(&addressee) else { continue };
            if !request.accepts(multicast, port) {
                continue;
            }
            concerned |= addressee == seq;
            if last != Some(addressee) {
                last = Some(addressee);
                request.progress += 1;
            }
            if let Some(outcome) = request.feed(&message) {
                request.finish(waker, outcome);
            }
        }
        if !whole {
            // A datagram has one addressee: all its messages are one reply's.
            let addressee = datagram.get(8..HEADER).and_then(|rest| rest.first_chunk());
            let Some(&addressee) = addressee else { return concerned };
            let addressee = self.request_of(u32::from_ne_bytes(addressee), 0);
            if let Some(request) = self.requests.get_mut(&addressee)
                && request.accepts(multicast, 0)
            {
                request.finish(waker, Ended::Truncated);
                concerned |= addressee == seq;
            }
        }
        concerned
    }

    /// The request that a sequence number and a port belong to, if they belong to any. Of what
    /// `nf_tables` notifies of elements of sets, the number is 0 (`nf_tables_setelem_notify`).
    fn request_of(&self, seq: u32, port: u32) -> u32 {
        if self.batches.is_empty() || self.requests.contains_key(&seq) {
            return seq;
        }
        let contains = |batch: &u32| match self.requests.get(batch) {
            Some(request @ Request { expected: Expected::Acks(acks), .. }) => {
                acks.covers(seq) || (seq == 0 && request.accepts(true, port))
            }
            _ => false,
        };
        self.batches.iter().copied().find(contains).unwrap_or(seq)
    }

    /// `ENOBUFS`: the receive buffer overflowed, and datagrams were dropped. It counts from the
    /// next reading on: a caller may have found the queue empty before, and not yet said so.
    pub const fn on_overrun(&mut self) {
        self.later_overruns += 1;
    }

    /// `EAGAIN`: the receive queue is empty. A request that was sent before an overrun and is
    /// still without its reply may wait in vain, and ends.
    pub fn on_would_block<K: Waker<Waiter = W>>(&mut self, waker: &mut K) {
        // A dump goes on with every datagram that is read.
        self.abandoned = None;
        let overruns = self.overruns;
        for request in self.requests.values_mut() {
            if matches!(request.state, State::Awaiting) && request.overruns != overruns {
                request.finish(waker, Ended::Lost);
            }
        }
    }

    /// Takes out the messages of a reply that have come so far, and their number.
    pub fn take(&mut self, seq: u32) -> (Vec<u8>, usize) {
        match self.requests.get_mut(&seq).map(|request| &mut request.expected) {
            Some(Expected::Reply(reply)) => reply.take(buffer_pool::acquire()),
            _ => Default::default(),
        }
    }
}

// Waiting outside

impl<W> Dispatcher<W> {
    /// The caller goes outside, to be woken; `None` if there is no such request, or its caller
    /// is dead.
    fn park<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Option<Wait> {
        let request = self.requests.get_mut(&seq)?;
        if request.waiter.is_none() && !request.dead {
            request.waiter = waker.register();
        }
        if request.waiter.is_none() || request.dead {
            self.remove(waker, seq);
            return None;
        }
        request.inside = false;
        Some(Wait { token: request.token, progress: request.progress })
    }

    /// The caller has found the receive queue empty, and waits for its reply; `None` as with
    /// `park`.
    pub fn wait_for_reply<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
    ) -> Option<Parked> {
        let rests = self.is_dump_running(seq)
            || self.requests.get(&seq).is_some_and(|request| request.traits.dump);
        let outside = if rests { Outside::Resting } else { Outside::Polling };
        self.wait_outside(waker, seq, outside)
    }

    /// The caller could not read, and waits until nobody else does; `None` as with `park`.
    pub fn wait_for_reader<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
    ) -> Option<Parked> {
        self.wait_outside(waker, seq, Outside::Blocked)
    }

    /// The caller has read enough of another request's dump, and waits until that has ended, or
    /// its own reply has come; `None` as with `park`.
    pub fn wait_for_dump<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
    ) -> Option<Parked> {
        self.wait_outside(waker, seq, Outside::Resting)
    }

    fn wait_outside<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
        outside: Outside,
    ) -> Option<Parked> {
        let wait = self.park(waker, seq)?;
        if let Some(request) = self.requests.get_mut(&seq) {
            request.outside = outside;
        }
        self.reader = self.reader.filter(|&reader| reader != seq);
        self.settle(waker);
        Some(if outside == Outside::Polling { Parked::Poll(wait) } else { Parked::Blocked(wait) })
    }

    /// The caller goes outside for a moment, and comes back at once; `None` as with `park`.
    pub fn pause<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Option<Wait> {
        let wait = self.park(waker, seq)?;
        self.leave_reading(waker, seq);
        Some(wait)
    }

    /// The caller has polled the socket.
    pub fn polled<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) {
        if let Some(request) = self.requests.get_mut(&seq)
            && request.outside == Outside::Polling
        {
            request.outside = Outside::No;
            self.settle(waker);
        }
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

// Leaving

impl<W> Dispatcher<W> {
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
        for next in [self.dump.release(seq), self.batch.release(seq)].into_iter().flatten() {
            if let Some(request) = self.requests.get_mut(&next) {
                request.state = State::Ready;
            }
        }
        self.settle(waker);
        Some(request)
    }
}
