//! What can be wrong with bytes.

use thiserror::Error;

/// A length field that contradicts the bytes around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{what} of length {len} at offset {at} does not fit in its {room} bytes")]
pub struct BadLength {
    /// What carries the length: `"attribute"` or `"message"`.
    pub what: &'static str,
    /// Offset of the header in the bytes that were walked.
    pub at: usize,
    /// The length it declares, header included.
    pub len: usize,
    /// The bytes that are there, from the header on.
    pub room: usize,
}
