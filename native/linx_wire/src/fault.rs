//! Faults of framing.

use thiserror::Error;

/// A length field that contradicts the bytes around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{unit:?} of length {len} at offset {at} does not fit in its {room} bytes")]
pub struct BadLength {
    /// The unit that carries the length.
    pub unit: Unit,
    /// The offset of its header in the bytes that were walked.
    pub at: usize,
    /// The length that it declares, header included.
    pub len: usize,
    /// The number of bytes from the header on.
    pub room: usize,
}

/// A unit that carries its own length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `struct nlmsghdr` and its payload.
    Message,
    /// `struct nlattr` and its payload.
    Attribute,
    /// An entry of a length-prefixed list, like `struct rtnexthop`.
    Entry,
}
