//! One request in flight, and its states.

use linx_wire::message::Message;
use linx_wire::reply::{Outcome, ReplyAssembler};

use super::Waker;

/// Properties of a request that decide which others have to wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traits {
    /// Whether it may start a dump, of which the kernel runs one per socket.
    pub dump: bool,
    /// Whether it is a batch: several messages in one datagram.
    pub batch: bool,
    /// The mode of the socket in which it has to be sent.
    pub mode: StrictMode,
}

/// The strict mode of the socket (`NETLINK_GET_STRICT_CHK`) while a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StrictMode {
    /// On or off.
    #[default]
    Any,
    /// Off.
    Off,
    /// On.
    On,
}

/// How a reply ended.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) outcome: Outcome,
    /// Whether the kernel sends no more messages of the reply; it may after a truncated datagram of
    /// a dump.
    pub(super) kernel_done: bool,
}

/// The state of a request.
#[derive(Debug)]
pub(super) enum State {
    /// It waits for its slot, or for shares of the receive buffer.
    Queued,
    /// It may be sent as soon as no other request excludes it.
    Ready,
    /// Its caller reads the rest of an abandoned dump.
    Draining,
    /// It is in `sendmsg`. Another caller may read the reply before that returns.
    Sending(Option<Done>),
    /// It has been sent.
    Awaiting,
    /// Its reply is complete, and its caller has not collected it.
    Done(Done),
}

/// What a caller waits for outside, after its request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallerWait {
    /// Nothing: the caller is inside, was woken, or waits for its turn to send.
    None,
    /// It polls the socket, which makes the kernel write the next part of a dump, as receiving
    /// does.
    Polling,
    /// The end of another caller's read.
    ForReader,
    /// The end of another request's dump.
    ForDump,
}

/// One request in flight.
#[derive(Debug)]
pub(super) struct Request<W> {
    pub(super) traits: Traits,
    pub(super) state: State,
    pub(super) reply: ReplyAssembler,
    pub(super) waiter: Option<W>,
    pub(super) token: u64,
    /// How many datagrams of its reply have been received.
    pub(super) progress: u64,
    /// `Dispatcher::overruns` when it was sent.
    pub(super) overruns: u64,
    pub(super) caller_wait: CallerWait,
    /// Whether its caller runs in a NIF.
    pub(super) in_nif: bool,
    /// Whether its caller died in a NIF: the caller's next call removes the request.
    pub(super) caller_dead: bool,
    /// Whether its caller waits outside until it may send.
    pub(super) waits_to_send: bool,
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
            caller_wait: CallerWait::None,
            in_nif: true,
            caller_dead: false,
            waits_to_send: false,
        }
    }

    /// Whether the kernel has received the request and may send more of the reply.
    pub(super) const fn is_running(&self) -> bool {
        match &self.state {
            State::Queued | State::Ready | State::Draining => false,
            State::Sending(None) | State::Awaiting => true,
            State::Sending(Some(done)) | State::Done(done) => !done.kernel_done,
        }
    }

    /// Whether the request is about to be sent, or being sent.
    pub(super) const fn is_starting(&self) -> bool {
        matches!(self.state, State::Ready | State::Draining | State::Sending(_))
    }

    /// Whether a datagram is part of the reply. A notification of the caller's own change carries
    /// the request's sequence number, too.
    pub(super) fn accepts(&self, multicast: bool, port: u32) -> bool {
        let waits = matches!(self.state, State::Sending(None) | State::Awaiting);
        waits && (!multicast || self.reply.echoes(port))
    }

    /// Takes in one message. Returns the outcome if the message completes the reply.
    pub(super) fn feed(&mut self, message: &Message) -> Option<Outcome> {
        self.reply.feed(message)
    }

    /// Completes the reply, and wakes the caller.
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
        if !self.in_nif
            && let Some(waiter) = &self.waiter
        {
            waker.wake(waiter, self.token);
        }
    }
}
