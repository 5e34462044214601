//! Who waits for what on one socket: the calls in flight, the line of dumps,
//! and the routing of what arrives. No system call is made here.
//!
//! A call is known by its sequence number, a batch by its first one. It is *queued* while another dump
//! runs, *ready* when it may send, *sending* while `sendmsg` has it, since a
//! reply may be read by another caller before that returns, and *sent* until
//! its reply has ended. A caller
//! that waits outside of the NIF leaves a [`Host::Waiter`] and is woken when
//! its turn comes or its reply has ended.

use std::collections::{BTreeMap, VecDeque};

use linx_wire::acks::Acks;
use linx_wire::message::{HEADER, Message, Messages};
use linx_wire::reply::{DONE, ERROR, Ended, Reply};

use crate::spare;

/// What the desk needs of whoever runs the callers.
pub trait Host {
    /// A caller that can be woken, and whose death is reported.
    type Waiter;
    /// Starts to watch the present caller; `None` if it is dead already.
    fn watch(&mut self) -> Option<Self::Waiter>;
    /// Wakes a caller. Harmless if it is not asleep.
    fn wake(&mut self, waiter: &Self::Waiter, token: u64);
    /// Stops watching.
    fn unwatch(&mut self, waiter: Self::Waiter);
}

/// A caller that has to wait outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// What it is woken with; unique in this process.
    pub token: u64,
    /// How many datagrams of its reply have come so far.
    pub progress: u64,
}

/// What a call waits for.
#[derive(Debug)]
pub enum Expected {
    /// The reply to one request.
    Reply(Reply),
    /// The outcomes of many.
    Acks(Acks),
}

/// The state of one socket's exchange.
#[derive(Debug)]
pub struct Desk<W> {
    /// Few, mostly, so that hashing would be dearer than comparing.
    calls: BTreeMap<u32, Call<W>>,
    /// The calls of `calls` that have more than one sequence number.
    batches: Vec<u32>,
    /// The one dump that may run; the kernel runs one per socket.
    dumping: Option<u32>,
    /// The dumps that wait for it to end.
    line: VecDeque<u32>,
    /// A dump that nobody waits for any more, but that has not ended: its rest
    /// has to be read before the next one starts.
    stale: Option<u32>,
    /// How often the kernel has said that it dropped datagrams.
    overruns: u64,
    closed: bool,
}

#[derive(Debug)]
struct Call<W> {
    state: State,
    expected: Expected,
    ended: Option<Ended>,
    /// The kernel has no more to say: not so after a cut datagram of a dump.
    over: bool,
    waiter: Option<W>,
    token: u64,
    progress: u64,
    /// `Desk::overruns` when it was sent.
    overruns: u64,
    outside: Outside,
}

/// What a caller does that waits outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outside {
    /// Nothing that others need to know of.
    Asleep,
    /// It looks whether there is something to be read.
    Looking,
    /// It waits until a dump has started.
    Resting,
}

/// How a caller may wait for its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It may look at the socket, and says when it has: [`Desk::looked`].
    Look(Wait),
    /// It must not, since a dump starts, which even a look could make lose its last part. It is
    /// woken once that has started.
    Rest(Wait),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Queued,
    Ready,
    Sending,
    Sent,
}

/// Whether a call may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Now.
    Now,
    /// After the dumps before it.
    Later(Wait),
    /// Never: the socket is closed.
    Closed,
    /// Its sequence number is in use.
    Taken,
}

impl<W> Default for Desk<W> {
    fn default() -> Self {
        Self {
            calls: BTreeMap::new(),
            batches: Vec::new(),
            dumping: None,
            line: VecDeque::new(),
            stale: None,
            overruns: 0,
            closed: false,
        }
    }
}

impl<W> Desk<W> {
    /// Whether the socket has been closed.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether the rest of a dump that nobody waits for is still to be read.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.stale.is_some()
    }

    /// A call asks to send, for the first time or because it was woken.
    /// `alone` says that it may start a dump.
    pub fn enter<H: Host<Waiter = W>>(
        &mut self,
        host: &mut H,
        seq: u32,
        alone: bool,
        expected: Expected,
        token: impl FnOnce() -> u64,
    ) -> Turn {
        if self.closed {
            self.leave(host, seq);
            return Turn::Closed;
        }
        match self.calls.get(&seq).map(|call| call.state) {
            None => {}
            Some(State::Queued) => return self.later(host, seq),
            Some(State::Ready) => return self.start(host, seq),
            Some(State::Sending | State::Sent) => return Turn::Taken,
        }
        let call = Call {
            state: State::Ready,
            expected,
            ended: None,
            over: false,
            waiter: None,
            token: token(),
            progress: 0,
            overruns: 0,
            outside: Outside::Asleep,
        };
        if matches!(call.expected, Expected::Acks(_)) {
            self.batches.push(seq);
        }
        let call = self.calls.entry(seq).or_insert(call);
        match self.dumping {
            Some(_) if alone => {
                call.state = State::Queued;
                self.line.push_back(seq);
                self.later(host, seq)
            }
            None if alone => {
                self.dumping = Some(seq);
                self.start(host, seq)
            }
            _ => Turn::Now,
        }
    }

    /// A dump may start once nobody looks at the socket any more.
    fn start<H: Host<Waiter = W>>(&mut self, host: &mut H, seq: u32) -> Turn {
        if self.dumping == Some(seq) && self.is_looked_at() {
            self.later(host, seq)
        } else {
            Turn::Now
        }
    }

    fn is_looked_at(&self) -> bool {
        self.calls.values().any(|call| call.outside == Outside::Looking)
    }

    fn later<H: Host<Waiter = W>>(&mut self, host: &mut H, seq: u32) -> Turn {
        self.park(host, seq).map_or(Turn::Closed, Turn::Later)
    }

    /// A call is about to be sent.
    pub fn sending(&mut self, seq: u32) {
        // In the order in which they are answered.
        if let Some(at) = self.batches.iter().position(|&batch| batch == seq) {
            self.batches.remove(at);
            self.batches.push(seq);
        }
        let overruns = self.overruns;
        if let Some(call) = self.calls.get_mut(&seq) {
            call.state = State::Sending;
            call.overruns = overruns;
        }
    }

    /// It has been sent.
    pub fn sent<H: Host<Waiter = W>>(&mut self, host: &mut H, seq: u32) {
        if let Some(call) = self.calls.get_mut(&seq) {
            call.state = State::Sent;
        }
        if self.dumping == Some(seq) {
            self.wake_resting(host);
        }
    }

    /// The caller will wait outside; `None` if there is no such call, or its
    /// caller is dead.
    pub fn park<H: Host<Waiter = W>>(&mut self, host: &mut H, seq: u32) -> Option<Wait> {
        let call = self.calls.get_mut(&seq)?;
        if call.waiter.is_none() {
            call.waiter = host.watch();
        }
        if call.waiter.is_some() {
            return Some(Wait { token: call.token, progress: call.progress });
        }
        self.leave(host, seq);
        None
    }

    /// The caller will wait outside until there is something to be read; `None` as with `park`.
    pub fn pause<H: Host<Waiter = W>>(&mut self, host: &mut H, seq: u32) -> Option<Pause> {
        let wait = self.park(host, seq)?;
        let dump = self.dumping.filter(|dump| *dump != seq).and_then(|dump| self.calls.get(&dump));
        let rests = dump.is_some_and(|dump| matches!(dump.state, State::Ready | State::Sending));
        let call = self.calls.get_mut(&seq)?;
        call.outside = if rests { Outside::Resting } else { Outside::Looking };
        Some(if rests { Pause::Rest(wait) } else { Pause::Look(wait) })
    }

    /// The caller does not look at the socket any more.
    pub fn looked<H: Host<Waiter = W>>(&mut self, host: &mut H, seq: u32) {
        if let Some(call) = self.calls.get_mut(&seq) {
            let before = std::mem::replace(&mut call.outside, Outside::Asleep);
            self.unseen(host, before);
        }
    }

    /// One who did this outside does no more: perhaps a dump can start.
    fn unseen<H: Host<Waiter = W>>(&mut self, host: &mut H, before: Outside) {
        if before != Outside::Looking || self.is_looked_at() {
            return;
        }
        let next = self.dumping.and_then(|next| self.calls.get(&next));
        if let Some(Call { state: State::Ready, waiter: Some(waiter), token, .. }) = next {
            host.wake(waiter, *token);
        }
    }

    /// How the call's reply ended, if it did; the call is over then.
    pub fn collect<H: Host<Waiter = W>>(&mut self, host: &mut H, seq: u32) -> Option<Ended> {
        let ended = self.calls.get_mut(&seq)?.ended.take()?;
        self.leave(host, seq);
        Some(ended)
    }

    /// Takes out the messages of a reply that have come so far.
    pub fn take(&mut self, seq: u32) -> (Vec<u8>, usize) {
        match self.calls.get_mut(&seq).map(|call| &mut call.expected) {
            Some(Expected::Reply(reply)) => reply.take(spare::take()),
            _ => Default::default(),
        }
    }

    /// Whether there is such a call.
    #[must_use]
    pub fn knows(&self, seq: u32) -> bool {
        self.calls.contains_key(&seq)
    }

    /// A call is over, whether or not its reply has ended.
    pub fn leave<H: Host<Waiter = W>>(&mut self, host: &mut H, seq: u32) {
        let Some(call) = self.calls.remove(&seq) else { return };
        if matches!(call.expected, Expected::Acks(_)) {
            self.batches.retain(|&batch| batch != seq);
        }
        if let Some(waiter) = call.waiter {
            host.unwatch(waiter);
        }
        if call.state == State::Queued {
            self.line.retain(|&queued| queued != seq);
        }
        if self.dumping == Some(seq) {
            if matches!(call.state, State::Sending | State::Sent) && !call.over {
                self.stale = Some(seq);
            }
            self.dumping = self.line.pop_front();
            self.call_next(host);
        }
        self.unseen(host, call.outside);
    }

    fn call_next<H: Host<Waiter = W>>(&mut self, host: &mut H) {
        let Some(next) = self.dumping else { return self.wake_resting(host) };
        let Some(call) = self.calls.get_mut(&next) else { return };
        call.state = State::Ready;
        if let Some(waiter) = &call.waiter {
            host.wake(waiter, call.token);
        }
    }

    fn wake_resting<H: Host<Waiter = W>>(&mut self, host: &mut H) {
        for call in self.calls.values_mut().filter(|call| call.outside == Outside::Resting) {
            call.outside = Outside::Asleep;
            if let Some(waiter) = &call.waiter {
                host.wake(waiter, call.token);
            }
        }
    }

    /// The callers that died leave.
    pub fn bury<H: Host<Waiter = W>>(&mut self, host: &mut H, is_dead: impl Fn(&W) -> bool) {
        let dead = |call: &Call<W>| call.waiter.as_ref().is_some_and(&is_dead);
        let dead: Vec<u32> =
            self.calls.iter().filter(|(_, call)| dead(call)).map(|(&seq, _)| seq).collect();
        for seq in dead {
            self.leave(host, seq);
        }
    }

    /// Routes a datagram from the kernel; `multicast` if it was sent to a
    /// group, `cut` if a part of it is missing. Returns whether it concerned
    /// `seq`.
    pub fn route<H: Host<Waiter = W>>(
        &mut self,
        host: &mut H,
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
            let addressee = message.header.seq;
            if matches!(message.header.kind, DONE | ERROR) && self.stale == Some(addressee) {
                self.stale = None;
            }
            let addressee = self.call_of(addressee, message.header.port);
            let Some(call) = self.calls.get_mut(&addressee) else { continue };
            if call.is_deaf(multicast, message.header.port) {
                continue;
            }
            concerned |= addressee == seq;
            if last != Some(addressee) {
                last = Some(addressee);
                call.progress += 1;
            }
            if let Some(ended) = call.feed(&message) {
                call.finish(host, ended);
            }
        }
        if !whole {
            // A datagram has one addressee: all its messages are one reply's.
            let addressee = datagram.get(8..HEADER).and_then(|rest| rest.first_chunk());
            let Some(&addressee) = addressee else { return concerned };
            let addressee = self.call_of(u32::from_ne_bytes(addressee), 0);
            self.end(host, addressee, multicast, Ended::Truncated);
            concerned |= addressee == seq;
        }
        concerned
    }

    /// The call that a sequence number and a port belong to, if they belong to
    /// any. Of what `nf_tables` tells of elements of sets, it is 0
    /// (`nf_tables_setelem_notify`).
    fn call_of(&self, seq: u32, port: u32) -> u32 {
        if self.batches.is_empty() || self.calls.contains_key(&seq) {
            return seq;
        }
        let covers = |batch: &u32| match self.calls.get(batch) {
            Some(Call { expected: Expected::Acks(acks), state, ended, .. }) => {
                let answered = ended.is_none() && matches!(state, State::Sending | State::Sent);
                acks.covers(seq) || (seq == 0 && answered && acks.echoes(port))
            }
            _ => false,
        };
        self.batches.iter().copied().find(covers).unwrap_or(seq)
    }

    fn end<H: Host<Waiter = W>>(&mut self, host: &mut H, seq: u32, multicast: bool, ended: Ended) {
        if let Some(call) = self.calls.get_mut(&seq).filter(|call| !call.is_deaf(multicast, 0)) {
            call.finish(host, ended);
        }
    }

    /// The kernel said that it dropped datagrams for want of room.
    pub const fn overrun(&mut self) {
        self.overruns += 1;
    }

    /// Nothing more is there to be read. Whatever was sent before an overrun
    /// and is still without its reply may wait in vain, and is told so.
    pub fn drained<H: Host<Waiter = W>>(&mut self, host: &mut H) {
        // A dump goes on with every datagram that is read.
        self.stale = None;
        let overruns = self.overruns;
        for call in self.calls.values_mut() {
            if call.state == State::Sent && call.overruns != overruns && call.ended.is_none() {
                call.finish(host, Ended::Lost);
            }
        }
    }

    /// The socket is closed: everyone is told, nobody else gets in.
    pub fn close<H: Host<Waiter = W>>(&mut self, host: &mut H) {
        self.closed = true;
        for call in self.calls.values() {
            if let Some(waiter) = &call.waiter {
                host.wake(waiter, call.token);
            }
        }
    }
}

impl<W> Call<W> {
    /// Whether a datagram of this sort is no reply to it. A notification of
    /// the caller's own change carries the request's sequence number, too.
    fn is_deaf(&self, multicast: bool, port: u32) -> bool {
        let echoes = match &self.expected {
            Expected::Reply(reply) => reply.echoes(),
            Expected::Acks(acks) => acks.echoes(port),
        };
        self.ended.is_some() || (multicast && !echoes)
    }

    fn feed(&mut self, message: &Message) -> Option<Ended> {
        match &mut self.expected {
            Expected::Reply(reply) => reply.feed(message),
            Expected::Acks(acks) => acks.feed(message),
        }
    }

    fn finish<H: Host<Waiter = W>>(&mut self, host: &mut H, ended: Ended) {
        self.over = !matches!(ended, Ended::Truncated | Ended::Lost);
        self.ended = Some(ended);
        if let Some(waiter) = &self.waiter {
            host.wake(waiter, self.token);
        }
    }
}
