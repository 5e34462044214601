//! Assembly of replies: fed with the messages that carry a request's sequence number, an assembler
//! reports when the reply is complete and its [`Outcome`].

pub use batch::BatchReply;
pub use outcome::{Outcome, Refusal};
pub use single::Reply;

use crate::message::Message;

mod batch;
mod outcome;
mod single;

/// The assembler of a reply.
#[derive(Debug)]
pub enum ReplyAssembler {
    /// The reply to one request.
    Single(Reply),
    /// The outcomes of the requests of a batch.
    Batch(BatchReply),
}

impl ReplyAssembler {
    /// Whether a notification of a change by this port is an echo to the request.
    #[must_use]
    pub fn echoes(&self, port: u32) -> bool {
        match self {
            Self::Single(reply) => reply.echoes(port),
            Self::Batch(reply) => reply.echoes(port),
        }
    }

    /// Takes in one message. Returns the outcome if the message completes the reply.
    pub fn feed(&mut self, message: &Message) -> Option<Outcome> {
        match self {
            Self::Single(reply) => reply.feed(message),
            Self::Batch(reply) => reply.feed(message),
        }
    }
}
