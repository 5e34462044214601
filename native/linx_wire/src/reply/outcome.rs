//! Outcomes of requests.

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The reply, complete.
    Data {
        /// Its messages with headers and padding, back to back, in order.
        bytes: Vec<u8>,
        /// The number of messages.
        count: usize,
    },
    /// The outcome of a batch.
    Batch {
        /// The requests that the kernel refused; it has carried out the others.
        refusals: Vec<Refusal>,
        /// The echoes of the batch's changes (`NLM_F_ECHO`): messages back to back.
        bytes: Vec<u8>,
    },
    /// The kernel refused the request.
    Refused {
        /// The errno, as a positive number.
        errno: u32,
        /// The extended acknowledgement's attributes; may be empty.
        extack: Vec<u8>,
    },
    /// An `NLMSG_ERROR` too short for its errno.
    Malformed,
    /// An interrupted dump (`NLM_F_DUMP_INTR`): inconsistent, its data is discarded.
    Interrupted,
    /// A datagram of the reply was truncated.
    Truncated,
    /// A datagram of the reply was, or may have been, lost.
    Lost,
}

/// A refused request of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The index of the request in the batch, from 0.
    pub at: u32,
    /// The errno, as a positive number.
    pub errno: u32,
    /// The extended acknowledgement's attributes; may be empty.
    pub extack: Vec<u8>,
}
