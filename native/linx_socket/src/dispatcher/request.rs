//! One request in flight, and its states.

use linx_wire::message::Message;
use linx_wire::reply::{Outcome, ReplyAssembler};

use super::Waker;

/// What a request is made of, as far as others have to wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traits {
    /// It may start a dump, of which the kernel runs one per socket.
    pub dump: bool,
    /// It is one of several messages in one datagram.
    pub batch: bool,
    /// The mode of the socket that it has to be sent in.
    pub mode: Mode,
}

/// The mode of the socket while a request is sent (`NETLINK_GET_STRICT_CHK`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// It makes no difference.
    #[default]
    Any,
    /// Strict mode must be off.
    Loose,
    /// Strict mode must be on.
    Strict,
}

/// How a reply ended.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) outcome: Outcome,
    /// The kernel has no more to say: not so after a cut datagram of a dump.
    pub(super) kernel_done: bool,
}

/// The state of a request.
#[derive(Debug)]
pub(super) enum State {
    /// It waits for its slot, or for room for its reply.
    Queued,
    /// It may be sent as soon as nothing else excludes it.
    Ready,
    /// Its caller reads the rest of an abandoned dump.
    Draining,
    /// `sendmsg` has it. Another caller may read the reply before that returns.
    Sending(Option<Done>),
    /// It has been sent.
    Awaiting,
    /// Its reply has ended, and nobody has collected it.
    Done(Done),
}

/// What a caller does outside, after its request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outside {
    /// It is inside, on its way there, or waits for its turn to send.
    No,
    /// It asks the socket whether there is something to be read, which has the kernel write the
    /// next part of a dump as any receiving does.
    Polling,
    /// It waits until nobody else reads.
    Blocked,
    /// It waits until the dump of another request has ended.
    Resting,
}

/// One request in flight.
#[derive(Debug)]
pub(super) struct Request<W> {
    pub(super) traits: Traits,
    pub(super) state: State,
    pub(super) reply: ReplyAssembler,
    pub(super) waiter: Option<W>,
    pub(super) token: u64,
    /// How many datagrams of its reply have come.
    pub(super) progress: u64,
    /// `Dispatcher::overruns` when it was sent.
    pub(super) overruns: u64,
    pub(super) outside: Outside,
    /// Its caller runs in a NIF.
    pub(super) inside: bool,
    /// Its caller died in a NIF, and removes the request at the next step.
    pub(super) dead: bool,
    /// Its caller waits outside until it may send.
    pub(super) gated: bool,
}

impl<W> Request<W> {
    pub(super) const fn new(traits: Traits, reply: ReplyAssembler, token: u64) -> Self {
        Self {
            traits,
            state: State::Queued,
            reply,
            waiter: None,
            token,
            progress: 0,
            overruns: 0,
            outside: Outside::No,
            inside: true,
            dead: false,
            gated: false,
        }
    }

    /// The kernel has it, and has not said its last word.
    pub(super) const fn is_running(&self) -> bool {
        match &self.state {
            State::Queued | State::Ready | State::Draining => false,
            State::Sending(None) | State::Awaiting => true,
            State::Sending(Some(done)) | State::Done(done) => !done.kernel_done,
        }
    }

    /// It is about to be sent, or is being sent.
    pub(super) const fn is_starting(&self) -> bool {
        matches!(self.state, State::Ready | State::Draining | State::Sending(_))
    }

    /// Whether a datagram is part of its reply. A notification of the caller's own change
    /// carries the request's sequence number, too.
    pub(super) fn accepts(&self, multicast: bool, port: u32) -> bool {
        let waits = matches!(self.state, State::Sending(None) | State::Awaiting);
        waits && (!multicast || self.reply.echoes(port))
    }

    /// Takes in one message. Returns the outcome if the message completes the reply.
    pub(super) fn feed(&mut self, message: &Message) -> Option<Outcome> {
        self.reply.feed(message)
    }

    /// The reply has ended.
    pub(super) fn finish<K: Waker<Waiter = W>>(&mut self, waker: &mut K, outcome: Outcome) {
        let kernel_done = !matches!(outcome, Outcome::Truncated | Outcome::Lost);
        let done = Done { outcome, kernel_done };
        self.state = match self.state {
            State::Sending(_) => State::Sending(Some(done)),
            _ => State::Done(done),
        };
        self.wake(waker);
    }

    pub(super) fn wake<K: Waker<Waiter = W>>(&self, waker: &mut K) {
        if !self.inside
            && let Some(waiter) = &self.waiter
        {
            waker.wake(waiter, self.token);
        }
    }
}
