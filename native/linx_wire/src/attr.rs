//! Attributes: the `struct nlattr` chain of `include/uapi/linux/netlink.h`.
//!
//! This module splits and joins bytes. What an attribute means is up to its schema.

use crate::fault::{BadLength, Unit};

/// Length of the header (`NLA_HDRLEN`).
pub const HEADER: usize = 4;
/// The longest payload that the 16-bit length can express.
pub const MAX_PAYLOAD: usize = 0xffff - HEADER;
/// The payload is a chain of attributes (`NLA_F_NESTED`).
pub const NESTED: u16 = 0x8000;
/// The bits of a type that are its number (`NLA_TYPE_MASK`).
pub const TYPE_MASK: u16 = 0x3fff;

/// One attribute; the payload is borrowed from the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attr<'a> {
    /// `nla_type`: all 16 bits, flags included.
    pub nla_type: u16,
    /// The bytes after the header, without padding.
    pub payload: &'a [u8],
}

impl Attr<'_> {
    /// The type without its nested and byte-order flags.
    #[must_use]
    pub const fn id(&self) -> u16 {
        self.nla_type & TYPE_MASK
    }
}

/// Walks a chain; a bad length ends the walk.
#[derive(Debug, Clone)]
pub struct Attrs<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Attrs<'a> {
    /// Starts at the first byte of a chain.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl<'a> Iterator for Attrs<'a> {
    type Item = Result<Attr<'a>, BadLength>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let rest = self.bytes.get(at..)?;
        // Fewer bytes than a header are padding.
        let &[l0, l1, k0, k1, ..] = rest else { return None };

        let len = usize::from(u16::from_ne_bytes([l0, l1]));
        let Some(payload) = rest.get(HEADER..len) else {
            self.at = self.bytes.len();
            return Some(Err(BadLength { unit: Unit::Attribute, at, len, room: rest.len() }));
        };

        // The last attribute of a message may lack its padding.
        self.at = at + len.next_multiple_of(4);
        Some(Ok(Attr { nla_type: u16::from_ne_bytes([k0, k1]), payload }))
    }
}

/// A payload that no attribute can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an attribute of {0} bytes does not fit its 16-bit length (at most 65531)")]
pub struct TooLong(pub usize);

/// Appends one attribute, padded to four bytes.
///
/// # Errors
/// If the payload is longer than [`MAX_PAYLOAD`]; nothing is appended then.
pub fn put(out: &mut Vec<u8>, nla_type: u16, payload: &[u8]) -> Result<(), TooLong> {
    let len = length(payload.len())?;
    out.extend_from_slice(&len.to_ne_bytes());
    out.extend_from_slice(&nla_type.to_ne_bytes());
    out.extend_from_slice(payload);
    pad(out, payload.len());
    Ok(())
}

/// Starts an attribute whose payload is appended piece by piece; hand the
/// result to [`close`].
pub fn open(out: &mut Vec<u8>, nla_type: u16) -> Open {
    let at = out.len();
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&nla_type.to_ne_bytes());
    Open(at)
}

/// An attribute that waits for its length; made by [`open`].
#[derive(Debug)]
#[must_use]
pub struct Open(usize);

/// Ends an attribute: writes its length and pads it.
///
/// # Errors
/// If its payload has grown longer than [`MAX_PAYLOAD`].
pub fn close(out: &mut Vec<u8>, Open(at): Open) -> Result<(), TooLong> {
    let payload = out.len().saturating_sub(at + HEADER);
    let len = length(payload)?;
    if let Some(slot) = out.get_mut(at..at + 2) {
        slot.copy_from_slice(&len.to_ne_bytes());
    }
    pad(out, payload);
    Ok(())
}

fn length(payload: usize) -> Result<u16, TooLong> {
    u16::try_from(payload + HEADER).map_err(|_| TooLong(payload))
}

fn pad(out: &mut Vec<u8>, payload: usize) {
    out.resize(out.len() + payload.next_multiple_of(4) - payload, 0);
}
