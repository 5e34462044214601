//! The outcomes of many requests that were sent in one datagram.
//!
//! The kernel works through a datagram in order. A request that it refuses is
//! always answered; so if the last one asks for an acknowledgement, whatever
//! was not refused by then has been done.

use crate::extack;
use crate::message::Message;
use crate::reply::{DONE, ERROR, Ended, NOOP, OVERRUN};

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
    echo: Option<u32>,
    refusals: Vec<Refusal>,
    bytes: Vec<u8>,
}

impl Acks {
    /// Requests numbered from `first`, of which the one at place `last` asks
    /// for an acknowledgement. If they are `enveloped`, what comes before and
    /// after the others (at 0 and beyond `last`) holds them together, and its
    /// refusal is the refusal of all.
    #[must_use]
    pub const fn new(first: u32, last: u32, enveloped: bool) -> Self {
        Self { first, last, enveloped, echo: None, refusals: Vec::new(), bytes: Vec::new() }
    }

    /// The same of requests that ask to be told of their own changes, sent
    /// from the port `port`.
    #[must_use]
    pub fn echoed_to(self, port: u32) -> Self {
        Self { echo: Some(port), ..self }
    }

    /// Whether what is told to this port of its changes is theirs. The same
    /// sequence number may be in a notification of somebody else's change.
    #[must_use]
    pub fn echoes(&self, port: u32) -> bool {
        self.echo == Some(port)
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
            // Without the wish to be told, whatever else a request made the
            // kernel say says no more of its outcome than the acknowledgement.
            _ => {
                self.keep(message);
                return None;
            }
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
        (at == self.last || (outer && errno != 0)).then(|| Ended::Acks {
            refusals: std::mem::take(&mut self.refusals),
            bytes: std::mem::take(&mut self.bytes),
        })
    }

    fn keep(&mut self, message: &Message) {
        if self.echoes(message.header.port) && !matches!(message.header.kind, NOOP | DONE) {
            message.append_to(&mut self.bytes);
        }
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

    fn ended_with(refusals: Vec<Refusal>) -> Ended {
        Ended::Acks { refusals, bytes: Vec::new() }
    }

    #[test]
    fn it_ends_with_the_last_acknowledgement() {
        let mut acks = Acks::new(7, 2, false);
        assert_eq!(feed(&mut acks, 7, 0), None);
        assert_eq!(feed(&mut acks, 8, -17), None);
        let ended = Some(ended_with(vec![refusal(1, 17)]));
        assert_eq!(feed(&mut acks, 9, 0), ended);
    }

    #[test]
    fn the_last_one_may_be_refused_too() {
        let mut acks = Acks::new(u32::MAX - 1, 1, false);
        assert_eq!(feed(&mut acks, u32::MAX - 1, -2), None);
        let ended = Some(ended_with(vec![refusal(0, 2), refusal(1, 3)]));
        assert_eq!(feed(&mut acks, u32::MAX, -3), ended);
    }

    #[test]
    fn a_refused_envelope_is_the_end() {
        let mut acks = Acks::new(1, 2, true);
        assert_eq!(feed(&mut acks, 2, -1), None);
        let ended = Some(ended_with(vec![refusal(1, 1), refusal(0, 85)]));
        assert_eq!(feed(&mut acks, 1, -85), ended);
        let mut acks = Acks::new(1, 2, true);
        assert_eq!(feed(&mut acks, 4, -1), Some(ended_with(vec![refusal(3, 1)])));
    }

    #[test]
    fn what_was_made_is_kept_for_who_asked_and_made_it() {
        let notified = |port, payload| {
            let mut bytes = Vec::new();
            let header = Header { kind: 0x0A00, flags: 0, seq: 1, port };
            put(&mut bytes, header, payload).unwrap();
            bytes
        };
        let (ours, theirs) = (notified(77, &[1; 5]), notified(78, &[2; 8]));
        let run = |mut acks: Acks| {
            for bytes in [&ours, &theirs] {
                let message = Messages::new(bytes).next().unwrap().unwrap();
                assert_eq!(acks.feed(&message), None);
            }
            feed(&mut acks, 1, 0)
        };
        let bytes = ours.clone();
        let kept = Some(Ended::Acks { refusals: Vec::new(), bytes });
        assert_eq!(run(Acks::new(0, 1, true).echoed_to(77)), kept);
        assert_eq!(run(Acks::new(0, 1, true)), Some(ended_with(Vec::new())));
    }
}
