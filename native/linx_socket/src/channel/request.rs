//! Requests to a channel, and the answers to their callers.

use linx_wire::reply::Outcome;
use nix::errno::Errno;

use super::DUMP;
use crate::dispatcher::{StrictMode, Wait};

/// `NETLINK_GENERIC`.
const GENERIC: i32 = 16;

/// A request: what to send, and which reply is expected.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The sequence number, unique on the socket; that of a batch's first message.
    pub seq: u32,
    /// The message, or a batch's messages, with headers.
    pub bytes: &'a [u8],
    /// The reply that is expected.
    pub expect: Expect,
    /// Whether the request may start a dump.
    pub dump: bool,
    /// Whether the request passes the kernel's strict checks (`NETLINK_GET_STRICT_CHK`), which
    /// filtering of a dump by the kernel needs.
    pub strict: bool,
    /// How many bytes of the reply are read before [`Answer::Yield`].
    pub budget: usize,
}

impl Request<'_> {
    /// The mode of the socket in which the request has to be sent.
    pub(super) const fn mode(&self) -> StrictMode {
        match (self.strict, self.dump) {
            (true, true) => StrictMode::On,
            (true, false) => StrictMode::Any,
            (false, _) => StrictMode::Off,
        }
    }

    /// Whether the kernel refuses the request or starts a dump, which `NLMSG_DONE` ends: the parts of
    /// some families' dumps lack `NLM_F_MULTI` (`genlmsg_iput`, as for `netdev`).
    pub(super) const fn lists(&self, protocol: i32) -> bool {
        let dumps = matches!(self.expect, Expect::Single { flags } if flags & DUMP == DUMP);
        protocol == GENERIC && dumps
    }
}

/// The reply that a request expects.
#[derive(Debug, Clone, Copy)]
pub enum Expect {
    /// The reply to one request with these flags.
    Single {
        /// `NLM_F_*`.
        flags: u16,
    },
    /// The outcomes of the requests of a batch: see [`linx_wire::reply::BatchReply::new`].
    Batch {
        /// The index of the request that asks for an acknowledgement.
        last: u32,
        /// Whether the first message and the one behind `last` begin and commit a transaction.
        transaction: bool,
        /// Whether the requests ask for an echo of their changes (`NLM_F_ECHO`).
        echo: bool,
        /// Whether some of the requests read an object.
        objects: bool,
    },
}

/// State of a request after one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The reply is complete, and the request is removed.
    Done(Outcome),
    /// Other dumps or batches are queued before this one: wait to be woken, then call
    /// [`Channel::request`](super::Channel::request) again.
    Turn(Wait),
    /// The receive buffer has no share left for the reply: wait to be woken, then call
    /// [`Channel::request`](super::Channel::request) again.
    Full(Wait),
    /// The receive queue is empty: poll the socket, call
    /// [`Channel::polled`](super::Channel::polled), wait, then call
    /// [`Channel::resume`](super::Channel::resume).
    Wait(Wait),
    /// Wait to be woken, or for a short time, without polling; then call
    /// [`Channel::resume`](super::Channel::resume).
    Blocked(Wait),
    /// The budget is spent: call [`Channel::resume`](super::Channel::resume) at once.
    Yield(Wait),
    /// Sending failed, and the request is removed.
    Send(Errno),
    /// Receiving failed, and the request is removed.
    Receive(Errno),
}
