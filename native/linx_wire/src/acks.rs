//! The outcomes of many requests that were sent in one datagram.
//!
//! The kernel works through a datagram in order. A request that it refuses is
//! always answered; so if the last one asks for an acknowledgement, whatever
//! was not refused by then has been done.

use crate::extack;
use crate::message::Message;
use crate::reply::{ERROR, Ended, OVERRUN};

/// One of many requests, refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its place among them, from 0.
    pub at: u32,
    /// The errno, as a positive number.
    pub errno: u32,
    /// The extended acknowledgement's attributes; may be empty.
    pub extack: Vec<u8>,
}

/// The outcomes as they come in.
#[derive(Debug)]
pub struct Acks {
    first: u32,
    last: u32,
    enveloped: bool,
    refusals: Vec<Refusal>,
}

impl Acks {
    /// Requests numbered from `first`, of which the one at place `last` asks
    /// for an acknowledgement. If they are `enveloped`, what comes before and
    /// after the others (at 0 and beyond `last`) holds them together, and its
    /// refusal is the refusal of all.
    #[must_use]
    pub const fn new(first: u32, last: u32, enveloped: bool) -> Self {
        Self { first, last, enveloped, refusals: Vec::new() }
    }

    /// Whether a sequence number is one of theirs.
    #[must_use]
    pub fn covers(&self, seq: u32) -> bool {
        seq.wrapping_sub(self.first) <= self.last + u32::from(self.enveloped)
    }

    /// Takes one message in. Says how it ended, if it did.
    pub fn feed(&mut self, message: &Message) -> Option<Ended> {
        match message.header.kind {
            OVERRUN => return Some(Ended::Lost),
            ERROR => {}
            // Whatever else a request made the kernel say, it says no more of
            // its outcome than the acknowledgement.
            _ => return None,
        }
        let Some((&errno, rest)) = message.payload.split_first_chunk() else {
            return Some(Ended::Malformed);
        };
        let at = message.header.seq.wrapping_sub(self.first);
        let errno = i32::from_ne_bytes(errno).unsigned_abs();
        if errno != 0 {
            let extack = extack::behind_error(message.header.flags, rest).to_vec();
            self.refusals.push(Refusal { at, errno, extack });
        }
        let outer = self.enveloped && (at == 0 || at > self.last);
        (at == self.last || (outer && errno != 0))
            .then(|| Ended::Acks(std::mem::take(&mut self.refusals)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Header, Messages, put};

    fn feed(acks: &mut Acks, seq: u32, errno: i32) -> Option<Ended> {
        let mut bytes = Vec::new();
        let payload = [&errno.to_ne_bytes()[..], &[0; 16]].concat();
        put(&mut bytes, Header { kind: ERROR, flags: 0x100, seq, port: 0 }, &payload).unwrap();
        acks.feed(&Messages::new(&bytes).next().unwrap().unwrap())
    }

    fn refusal(at: u32, errno: u32) -> Refusal {
        Refusal { at, errno, extack: Vec::new() }
    }

    #[test]
    fn it_ends_with_the_last_acknowledgement() {
        let mut acks = Acks::new(7, 2, false);
        assert_eq!(feed(&mut acks, 7, 0), None);
        assert_eq!(feed(&mut acks, 8, -17), None);
        let ended = Some(Ended::Acks(vec![refusal(1, 17)]));
        assert_eq!(feed(&mut acks, 9, 0), ended);
    }

    #[test]
    fn the_last_one_may_be_refused_too() {
        let mut acks = Acks::new(u32::MAX - 1, 1, false);
        assert_eq!(feed(&mut acks, u32::MAX - 1, -2), None);
        let ended = Some(Ended::Acks(vec![refusal(0, 2), refusal(1, 3)]));
        assert_eq!(feed(&mut acks, u32::MAX, -3), ended);
    }

    #[test]
    fn a_refused_envelope_is_the_end() {
        let mut acks = Acks::new(1, 2, true);
        assert_eq!(feed(&mut acks, 2, -1), None);
        let ended = Some(Ended::Acks(vec![refusal(1, 1), refusal(0, 85)]));
        assert_eq!(feed(&mut acks, 1, -85), ended);
        let mut acks = Acks::new(1, 2, true);
        assert_eq!(feed(&mut acks, 4, -1), Some(Ended::Acks(vec![refusal(3, 1)])));
    }
}
