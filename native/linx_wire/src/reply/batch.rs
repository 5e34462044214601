//! The reply to a batch: many requests in one datagram.
//!
//! The kernel processes a datagram in order and always answers a request that it refuses. So if
//! the last request asks for an acknowledgement (`NLM_F_ACK`), every request that was not refused
//! by then has been carried out. A request that reads something is answered by a message with its
//! sequence number, before the acknowledgement.

use super::{Outcome, Refusal};
use crate::extack;
use crate::message::{DONE, ERROR, Header, MIN_TYPE, Message, NOOP, OVERRUN};

/// Collects the outcomes of a batch's requests.
#[derive(Debug)]
pub struct BatchReply {
    first: u32,
    last: u32,
    transaction: bool,
    echo: Option<u32>,
    objects: bool,
    refusals: Vec<Refusal>,
    bytes: Vec<u8>,
}

impl BatchReply {
    /// The reply to requests numbered from `first`, of which the one at index `last` asks for an
    /// acknowledgement. In a `transaction`, the messages at index 0 and behind `last` begin and
    /// commit it, and the refusal of either is the refusal of all.
    #[must_use]
    pub const fn new(first: u32, last: u32, transaction: bool) -> Self {
        let refusals = Vec::new();
        let bytes = Vec::new();
        Self { first, last, transaction, echo: None, objects: false, refusals, bytes }
    }

    /// The same for requests some of which read objects: the objects are part of the outcome.
    #[must_use]
    pub fn with_objects(self) -> Self {
        Self { objects: true, ..self }
    }

    /// The same for requests with `NLM_F_ECHO`, sent from the port `port`: the echoes of their
    /// changes are part of the outcome.
    #[must_use]
    pub fn with_echo(self, port: u32) -> Self {
        Self { echo: Some(port), ..self }
    }

    /// Whether a notification for this port is an echo of this batch. The notification of another
    /// port's change may carry the same sequence number.
    #[must_use]
    pub fn echoes(&self, port: u32) -> bool {
        self.echo == Some(port)
    }

    /// Whether a sequence number is that of one of the batch's messages.
    #[must_use]
    pub fn contains_seq(&self, seq: u32) -> bool {
        seq.wrapping_sub(self.first) <= self.last + u32::from(self.transaction)
    }

    /// Takes in one message. Returns the outcome if the message completes the reply.
    pub fn feed(&mut self, message: &Message) -> Option<Outcome> {
        match message.header.msg_type {
            OVERRUN => return Some(Outcome::Lost),
            ERROR => {}
            _ => {
                if self.takes(message) {
                    message.append_to(&mut self.bytes);
                }
                return None;
            }
        }
        let Some((&errno, rest)) = message.payload.split_first_chunk() else {
            return Some(Outcome::Malformed);
        };
        let at = message.header.seq.wrapping_sub(self.first);
        let errno = i32::from_ne_bytes(errno).unsigned_abs();
        if errno != 0 {
            let extack = extack::behind_error(message.header.flags, rest).to_vec();
            self.refusals.push(Refusal { at, errno, extack });
        }
        let frames = self.transaction && (at == 0 || at > self.last);
        (at == self.last || (frames && errno != 0)).then(|| Outcome::Batch {
            refusals: std::mem::take(&mut self.refusals),
            bytes: std::mem::take(&mut self.bytes),
        })
    }

    /// Whether a message is an echo or an object that was asked for. Others do not affect the outcome.
    fn takes(&self, message: &Message) -> bool {
        let Header { msg_type, seq, port, .. } = message.header;
        let echo = self.echoes(port) && !matches!(msg_type, NOOP | DONE);
        echo || (self.objects && msg_type >= MIN_TYPE && self.contains_seq(seq))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Messages, put};

    fn feed(reply: &mut BatchReply, seq: u32, errno: i32) -> Option<Outcome> {
        let mut bytes = Vec::new();
        let payload = [&errno.to_ne_bytes()[..], &[0; 16]].concat();
        put(&mut bytes, Header { msg_type: ERROR, flags: 0x100, seq, port: 0 }, &payload).unwrap();
        reply.feed(&Messages::new(&bytes).next().unwrap().unwrap())
    }

    fn refusal(at: u32, errno: u32) -> Refusal {
        Refusal { at, errno, extack: Vec::new() }
    }

    fn batch(refusals: Vec<Refusal>) -> Outcome {
        Outcome::Batch { refusals, bytes: Vec::new() }
    }

    #[test]
    fn the_last_acknowledgement_completes_the_reply() {
        let mut reply = BatchReply::new(7, 2, false);
        assert_eq!(feed(&mut reply, 7, 0), None);
        assert_eq!(feed(&mut reply, 8, -17), None);
        let outcome = Some(batch(vec![refusal(1, 17)]));
        assert_eq!(feed(&mut reply, 9, 0), outcome);
    }

    #[test]
    fn the_last_request_may_be_refused() {
        let mut reply = BatchReply::new(u32::MAX - 1, 1, false);
        assert_eq!(feed(&mut reply, u32::MAX - 1, -2), None);
        let outcome = Some(batch(vec![refusal(0, 2), refusal(1, 3)]));
        assert_eq!(feed(&mut reply, u32::MAX, -3), outcome);
    }

    #[test]
    fn a_refused_begin_or_commit_completes_the_reply() {
        let mut reply = BatchReply::new(1, 2, true);
        assert_eq!(feed(&mut reply, 2, -1), None);
        let outcome = Some(batch(vec![refusal(1, 1), refusal(0, 85)]));
        assert_eq!(feed(&mut reply, 1, -85), outcome);
        let mut reply = BatchReply::new(1, 2, true);
        assert_eq!(feed(&mut reply, 4, -1), Some(batch(vec![refusal(3, 1)])));
    }

    fn message(msg_type: u16, seq: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(&mut bytes, Header { msg_type, flags: 0, seq, port: 7 }, payload).unwrap();
        bytes
    }

    fn feed_bytes(reply: &mut BatchReply, bytes: &[u8]) -> Option<Outcome> {
        Messages::new(bytes).find_map(|message| reply.feed(&message.unwrap()))
    }

    #[test]
    fn objects_and_refusals_are_kept_in_their_order() {
        let mut reply = BatchReply::new(5, 3, false).with_objects();
        let (first, last) = (message(24, 5, &[1; 12]), message(24, 8, &[2; 9]));
        assert_eq!(feed_bytes(&mut reply, &first), None);
        assert_eq!(feed(&mut reply, 7, -101), None);
        // The object of the last request precedes its acknowledgement.
        assert_eq!(feed_bytes(&mut reply, &last), None);
        let bytes = [first, last].concat();
        let refusals = vec![refusal(2, 101)];
        assert_eq!(feed(&mut reply, 8, 0), Some(Outcome::Batch { refusals, bytes }));
    }

    #[test]
    fn messages_that_are_no_objects_of_the_batch_are_not_kept() {
        let other =
            [message(24, 4, &[1; 4]), message(24, 9, &[1; 4]), message(NOOP, 6, &[])].concat();
        let mut reply = BatchReply::new(5, 3, false).with_objects();
        assert_eq!(feed_bytes(&mut reply, &other), None);
        assert_eq!(feed(&mut reply, 8, 0), Some(batch(Vec::new())));
        let mut without = BatchReply::new(5, 3, false);
        assert_eq!(feed_bytes(&mut without, &message(24, 6, &[1; 4])), None);
        assert_eq!(feed(&mut without, 8, 0), Some(batch(Vec::new())));
    }

    #[test]
    fn an_echo_is_kept_if_the_batch_asked_for_it_and_made_the_change() {
        let notified = |port, payload| {
            let mut bytes = Vec::new();
            let header = Header { msg_type: 0x0A00, flags: 0, seq: 1, port };
            put(&mut bytes, header, payload).unwrap();
            bytes
        };
        let (own, other) = (notified(77, &[1; 5]), notified(78, &[2; 8]));
        let run = |mut reply: BatchReply| {
            for bytes in [&own, &other] {
                let message = Messages::new(bytes).next().unwrap().unwrap();
                assert_eq!(reply.feed(&message), None);
            }
            feed(&mut reply, 1, 0)
        };
        let bytes = own.clone();
        let kept = Some(Outcome::Batch { refusals: Vec::new(), bytes });
        assert_eq!(run(BatchReply::new(0, 1, true).with_echo(77)), kept);
        assert_eq!(run(BatchReply::new(0, 1, true)), Some(batch(Vec::new())));
    }
}
