//! Messages: the `struct nlmsghdr` of `include/uapi/linux/netlink.h`.

use crate::fault::{BadLength, Unit};

/// Length of the header (`NLMSG_HDRLEN`).
pub const HEADER: usize = 16;

/// The offsets of `nlmsg_flags` and `nlmsg_seq` in the header.
const FLAGS: usize = 6;
const SEQ: usize = 8;

/// `NLMSG_NOOP`: a message to be ignored.
pub const NOOP: u16 = 1;
/// `NLMSG_ERROR`: an error, or with errno 0 an acknowledgement.
pub const ERROR: u16 = 2;
/// `NLMSG_DONE`: the end of a multipart message.
pub const DONE: u16 = 3;
/// `NLMSG_OVERRUN`: data was lost.
pub const OVERRUN: u16 = 4;

/// The least type of a protocol's own messages (`NLMSG_MIN_TYPE`).
pub const MIN_TYPE: u16 = 16;

/// `NLM_F_REQUEST`: a request to the kernel.
pub const REQUEST: u16 = 0x01;
/// `NLM_F_MULTI`: part of a multipart message.
pub const MULTI: u16 = 0x02;
/// `NLM_F_ACK`: an acknowledgement is wanted.
pub const ACK: u16 = 0x04;
/// `NLM_F_ECHO`: the requester wants a notification of its own change.
pub const ECHO: u16 = 0x08;
/// `NLM_F_DUMP_INTR`: the objects changed while they were dumped.
pub const DUMP_INTR: u16 = 0x10;

/// The header of a message without its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// `nlmsg_type`: below 16 the message is netlink's own, else the family's.
    pub msg_type: u16,
    /// `NLM_F_*`.
    pub flags: u16,
    /// The sequence number of the request (`nlmsg_seq`).
    pub seq: u32,
    /// The netlink port id of the requester (`nlmsg_pid`), which is no process id.
    pub port: u32,
}

/// One message; the payload is borrowed from the datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// The header.
    pub header: Header,
    /// The bytes after the header, without padding.
    pub payload: &'a [u8],
    /// Header and payload as they were received, without padding.
    pub raw: &'a [u8],
}

/// Walks the messages of a datagram; a bad length ends the walk.
#[derive(Debug, Clone)]
pub struct Messages<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Messages<'a> {
    /// Starts at the first byte of a datagram.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Starts at a message's first byte.
    #[must_use]
    pub const fn starting_at(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, at: offset }
    }

    /// The offset of the next message, if there is one.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, BadLength>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let rest = self.bytes.get(at..)?;
        // Fewer bytes than a header are ignored, as the kernel ignores them.
        let (head, _) = rest.split_first_chunk::<HEADER>()?;
        let &[l0, l1, l2, l3, k0, k1, f0, f1, s0, s1, s2, s3, p0, p1, p2, p3] = head;

        let len = usize::try_from(u32::from_ne_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
        let (Some(raw), Some(payload)) = (rest.get(..len), rest.get(HEADER..len)) else {
            self.at = self.bytes.len();
            return Some(Err(BadLength { unit: Unit::Message, at, len, room: rest.len() }));
        };

        self.at = at + len.next_multiple_of(4);
        let header = Header {
            msg_type: u16::from_ne_bytes([k0, k1]),
            flags: u16::from_ne_bytes([f0, f1]),
            seq: u32::from_ne_bytes([s0, s1, s2, s3]),
            port: u32::from_ne_bytes([p0, p1, p2, p3]),
        };
        Some(Ok(Message { header, payload, raw }))
    }
}

impl Message<'_> {
    /// Appends the message with its header, and zero bytes up to a multiple of four.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.raw);
        out.resize(out.len().next_multiple_of(4), 0);
    }
}

/// Numbers messages from `seq`. Their lengths are those that [`put`] wrote.
pub fn number(bytes: &mut [u8], seq: u32) {
    let (mut at, mut seq) = (0, seq);
    while let Some(&length) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let length = usize::try_from(u32::from_ne_bytes(length)).unwrap_or(usize::MAX);
        if let Some(field) = bytes.get_mut(at + SEQ..at + SEQ + 4) {
            field.copy_from_slice(&seq.to_ne_bytes());
        }
        seq = seq.wrapping_add(1);
        at = at.saturating_add(length.max(HEADER)).next_multiple_of(4);
    }
}

/// Sets flags of the message at an offset.
pub fn add_flags(bytes: &mut [u8], offset: usize, flags: u16) {
    let field = bytes.get_mut(offset + FLAGS..offset + FLAGS + 2);
    if let Some(field) = field.and_then(|field| field.first_chunk_mut()) {
        *field = (u16::from_ne_bytes(*field) | flags).to_ne_bytes();
    }
}

/// A payload that no message can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message of {0} bytes does not fit its 32-bit length")]
pub struct TooLong(pub usize);

/// Appends a message: header, payload, zero bytes up to a multiple of four.
///
/// # Errors
/// If the payload does not fit the 32-bit length; nothing is appended then.
pub fn put(out: &mut Vec<u8>, header: Header, payload: &[u8]) -> Result<(), TooLong> {
    let size = HEADER + payload.len();
    let len = u32::try_from(size).map_err(|_| TooLong(payload.len()))?;
    out.reserve(size.next_multiple_of(4));
    out.extend_from_slice(&len.to_ne_bytes());
    out.extend_from_slice(&header.msg_type.to_ne_bytes());
    out.extend_from_slice(&header.flags.to_ne_bytes());
    out.extend_from_slice(&header.seq.to_ne_bytes());
    out.extend_from_slice(&header.port.to_ne_bytes());
    out.extend_from_slice(payload);
    out.resize(out.len() + size.next_multiple_of(4) - size, 0);
    Ok(())
}
