//! One reply: fed the messages that carry its sequence number, it says when it
//! is whole and what it came to.

use crate::acks::Refusal;
use crate::extack;
use crate::message::Message;

/// Nothing (`NLMSG_NOOP`).
pub const NOOP: u16 = 1;
/// An error, or with errno 0 an acknowledgement (`NLMSG_ERROR`).
pub const ERROR: u16 = 2;
/// The end of a multipart message (`NLMSG_DONE`).
pub const DONE: u16 = 3;
/// Data was lost (`NLMSG_OVERRUN`).
pub const OVERRUN: u16 = 4;

/// Part of a multipart message (`NLM_F_MULTI`).
pub const MULTI: u16 = 0x02;
/// An acknowledgement is wanted (`NLM_F_ACK`).
pub const ACK: u16 = 0x04;
/// What changed is to be told to the requester (`NLM_F_ECHO`).
pub const ECHO: u16 = 0x08;
/// The objects changed while they were dumped (`NLM_F_DUMP_INTR`).
pub const DUMP_INTR: u16 = 0x10;

/// How a reply ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// All messages, whole with their headers and padding, in order.
    Data {
        /// The messages, one behind the other.
        bytes: Vec<u8>,
        /// How many they are.
        count: usize,
    },
    /// Of many requests in one datagram.
    Acks {
        /// Those that were refused; the others have been done.
        refusals: Vec<Refusal>,
        /// What the kernel told of their changes, if they asked for that: its
        /// messages, one behind the other.
        bytes: Vec<u8>,
    },
    /// The kernel refused.
    Refused {
        /// The errno, as a positive number.
        errno: u32,
        /// The extended acknowledgement's attributes; may be empty.
        extack: Vec<u8>,
    },
    /// An error too short to say which.
    Malformed,
    /// A dump that does not show one moment; its data is thrown away.
    Torn,
    /// A datagram of it was cut.
    Truncated,
    /// A datagram of it was, or may have been, lost.
    Lost,
}

/// A reply as it comes in.
#[derive(Debug, Default)]
pub struct Reply {
    bytes: Vec<u8>,
    count: usize,
    torn: bool,
    /// The port of the requester, if it asked to be told of its own change. The reply ends with
    /// its acknowledgement then, not with the first datum.
    echo: Option<u32>,
}

impl Reply {
    /// The reply to a request with these flags, sent from the port `port`.
    #[must_use]
    pub fn to(flags: u16, port: u32) -> Self {
        let echoes = flags & (ECHO | ACK) == ECHO | ACK;
        Self { echo: echoes.then_some(port), ..Self::default() }
    }

    /// The same, gathered in a buffer that may have room already.
    #[must_use]
    pub fn in_buffer(self, bytes: Vec<u8>) -> Self {
        Self { bytes, ..self }
    }

    /// Whether a notification of a change by this port belongs to the reply: only if the request
    /// asked to be told of its own change. One of another port's change may carry the same
    /// sequence number.
    #[must_use]
    pub fn echoes(&self, port: u32) -> bool {
        self.echo == Some(port)
    }

    /// Takes one message in. Says how the reply ended, if it did; nothing more
    /// may be fed then.
    pub fn feed(&mut self, message: &Message) -> Option<Ended> {
        let flags = message.header.flags;
        self.torn |= flags & DUMP_INTR != 0;

        match message.header.kind {
            NOOP => None,
            ERROR => Some(self.error(flags, message.payload)),
            DONE => Some(self.done(flags, message.payload)),
            OVERRUN => Some(Ended::Lost),
            _ => {
                message.append_to(&mut self.bytes);
                self.count += 1;
                (flags & MULTI == 0 && self.echo.is_none()).then(|| self.data())
            }
        }
    }

    /// Takes out the messages that have come so far, and their number. Those that are still
    /// to come are gathered in `next`, which is empty.
    pub fn take(&mut self, next: Vec<u8>) -> (Vec<u8>, usize) {
        (std::mem::replace(&mut self.bytes, next), std::mem::take(&mut self.count))
    }

    fn error(&mut self, flags: u16, payload: &[u8]) -> Ended {
        match payload.split_first_chunk() {
            None => Ended::Malformed,
            Some((&errno, rest)) => match i32::from_ne_bytes(errno) {
                0 => self.data(),
                errno => refused(errno, extack::behind_error(flags, rest)),
            },
        }
    }

    fn done(&mut self, flags: u16, payload: &[u8]) -> Ended {
        if let Some((&errno, rest)) = payload.split_first_chunk() {
            let errno = i32::from_ne_bytes(errno);
            if errno < 0 {
                return refused(errno, extack::behind_done(flags, rest));
            }
        }
        if self.torn { Ended::Torn } else { self.data() }
    }

    fn data(&mut self) -> Ended {
        let (bytes, count) = self.take(Vec::new());
        Ended::Data { bytes, count }
    }
}

fn refused(errno: i32, extack: &[u8]) -> Ended {
    Ended::Refused { errno: errno.unsigned_abs(), extack: extack.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Header, Messages, put};

    const DATA: u16 = 16;

    fn message(kind: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, Header { kind, flags, seq: 1, port: 0 }, payload).unwrap();
        out
    }

    /// Feeds a datagram; the first end counts.
    fn feed(reply: &mut Reply, bytes: &[u8]) -> Option<Ended> {
        Messages::new(bytes).find_map(|m| reply.feed(&m.unwrap()))
    }

    fn run(flags: u16, datagrams: &[Vec<u8>]) -> Option<Ended> {
        let mut reply = Reply::to(flags, 7);
        datagrams.iter().find_map(|d| feed(&mut reply, d))
    }

    fn data(messages: &[Vec<u8>]) -> Ended {
        Ended::Data { bytes: messages.concat(), count: messages.len() }
    }

    #[test]
    fn an_acknowledgement_ends_with_nothing() {
        assert_eq!(run(ACK, &[message(ERROR, 0, &[0; 20])]), Some(data(&[])));
    }

    #[test]
    fn one_datum_ends_a_reply_that_is_no_multipart() {
        let one = message(DATA, 0, &[1, 2, 3, 4]);
        assert_eq!(run(ACK, std::slice::from_ref(&one)), Some(data(&[one])));
    }

    #[test]
    fn an_echo_is_read_to_its_acknowledgement() {
        let one = message(DATA, 0, &[1, 2, 3, 4]);
        assert_eq!(run(ACK | ECHO, std::slice::from_ref(&one)), None);
        let ack = message(ERROR, 0, &[0; 20]);
        assert_eq!(run(ACK | ECHO, &[one.clone(), ack]), Some(data(&[one])));
    }

    #[test]
    fn a_dump_is_its_parts_in_order_without_the_end() {
        let a = message(DATA, MULTI, &[1; 5]);
        let b = message(DATA, MULTI, &[2; 8]);
        let end = message(DONE, MULTI, &0_i32.to_ne_bytes());
        assert_eq!(run(0x300, &[a.clone(), b.clone(), end]), Some(data(&[a.clone(), b.clone()])));
        let bare = message(DONE, MULTI, &[]);
        assert_eq!(run(0x300, &[[a.clone(), b.clone(), bare].concat()]), Some(data(&[a, b])));
    }

    #[test]
    fn what_was_taken_out_does_not_come_again() {
        let a = message(DATA, MULTI, &[1; 5]);
        let b = message(DATA, MULTI, &[2; 8]);
        let mut reply = Reply::to(0x300, 7);
        assert_eq!(feed(&mut reply, &a), None);
        assert_eq!(reply.take(Vec::new()), (a, 1));
        assert_eq!(feed(&mut reply, &b), None);
        assert_eq!(feed(&mut reply, &message(DONE, MULTI, &[])), Some(data(&[b])));
    }

    #[test]
    fn an_interrupted_dump_is_read_to_its_end_and_thrown_away() {
        let a = message(DATA, MULTI | DUMP_INTR, &[1; 4]);
        let b = message(DATA, MULTI, &[2; 4]);
        let end = message(DONE, MULTI, &[0; 4]);
        assert_eq!(run(0x300, &[a.clone(), b.clone()]), None);
        assert_eq!(run(0x300, &[a, b.clone(), end]), Some(Ended::Torn));
        let late = message(DONE, MULTI | DUMP_INTR, &[0; 4]);
        assert_eq!(run(0x300, &[b, late]), Some(Ended::Torn));
    }

    #[test]
    fn the_end_of_a_dump_may_be_an_error_with_a_text() {
        let mut payload = (-22_i32).to_ne_bytes().to_vec();
        payload.extend(b"\x07\x00\x01\x00ab\0\0");
        let end = message(DONE, MULTI | extack::ACK_TLVS, &payload);
        let extack = b"\x07\x00\x01\x00ab\0\0".to_vec();
        assert_eq!(run(0x300, &[end]), Some(Ended::Refused { errno: 22, extack }));
    }

    #[test]
    fn a_refusal_carries_what_follows_the_request_it_echoes() {
        let mut payload = (-2_i32).to_ne_bytes().to_vec();
        payload.extend([0; 16]);
        payload.extend(b"\x08\x00\x02\x00\x10\0\0\0");
        let flags = extack::CAPPED | extack::ACK_TLVS;
        let extack = b"\x08\x00\x02\x00\x10\0\0\0".to_vec();
        let refused = Some(Ended::Refused { errno: 2, extack });
        assert_eq!(run(ACK, &[message(ERROR, flags, &payload)]), refused);
    }

    #[test]
    fn an_error_too_short_for_its_errno_is_malformed() {
        assert_eq!(run(ACK, &[message(ERROR, 0, &[1, 2])]), Some(Ended::Malformed));
    }

    #[test]
    fn nothing_is_skipped_and_an_overrun_is_a_loss() {
        assert_eq!(run(0, &[message(NOOP, 0, &[])]), None);
        assert_eq!(run(0, &[message(OVERRUN, 0, &[])]), Some(Ended::Lost));
    }
}
