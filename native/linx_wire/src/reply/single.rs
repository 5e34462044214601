//! The reply to one request.

use super::Outcome;
use crate::extack;
use crate::message::{ACK, DONE, DUMP_INTR, ECHO, ERROR, MULTI, Message, NOOP, OVERRUN};

/// Collects the messages of one reply.
#[derive(Debug, Default)]
pub struct Reply {
    bytes: Vec<u8>,
    count: usize,
    /// A message had `NLM_F_DUMP_INTR`.
    interrupted: bool,
    /// The port of the requester, if it asked for an echo of its change (`NLM_F_ECHO`). The
    /// acknowledgement completes the reply then, not the first data message.
    echo: Option<u32>,
    /// `NLMSG_DONE` completes the reply, and no data message does.
    until_done: bool,
}

impl Reply {
    /// The reply to a request with these flags, sent from the port `port`.
    #[must_use]
    pub fn to(flags: u16, port: u32) -> Self {
        let echoes = flags & (ECHO | ACK) == ECHO | ACK;
        Self { echo: echoes.then_some(port), ..Self::default() }
    }

    /// The same, collected in the given buffer, which is empty and may have capacity.
    #[must_use]
    pub fn in_buffer(self, bytes: Vec<u8>) -> Self {
        Self { bytes, ..self }
    }

    /// The same, which `NLMSG_DONE` completes: that of a dump whose parts may lack `NLM_F_MULTI`.
    #[must_use]
    pub fn until_done(self) -> Self {
        Self { until_done: true, ..self }
    }

    /// Whether a notification of a change by this port belongs to the reply: only if the request
    /// asked for an echo. A notification of another port's change may carry the same sequence
    /// number.
    #[must_use]
    pub fn echoes(&self, port: u32) -> bool {
        self.echo == Some(port)
    }

    /// Takes in one message. Returns the outcome if the message completes the reply, which takes
    /// no further message then.
    pub fn feed(&mut self, message: &Message) -> Option<Outcome> {
        let flags = message.header.flags;
        self.interrupted |= flags & DUMP_INTR != 0;

        match message.header.msg_type {
            NOOP => None,
            ERROR => Some(self.error(flags, message.payload)),
            DONE => Some(self.done(flags, message.payload)),
            OVERRUN => Some(Outcome::Lost),
            _ => {
                message.append_to(&mut self.bytes);
                self.count += 1;
                let part = flags & MULTI != 0 || self.until_done;
                (!part && self.echo.is_none()).then(|| self.data())
            }
        }
    }

    /// Takes out the messages received so far, and their number. Later ones are collected in
    /// `next`, which is empty.
    pub fn take(&mut self, next: Vec<u8>) -> (Vec<u8>, usize) {
        (std::mem::replace(&mut self.bytes, next), std::mem::take(&mut self.count))
    }

    fn error(&mut self, flags: u16, payload: &[u8]) -> Outcome {
        match payload.split_first_chunk() {
            None => Outcome::Malformed,
            Some((&errno, rest)) => match i32::from_ne_bytes(errno) {
                0 => self.data(),
                errno => refused(errno, extack::behind_error(flags, rest)),
            },
        }
    }

    fn done(&mut self, flags: u16, payload: &[u8]) -> Outcome {
        if let Some((&errno, rest)) = payload.split_first_chunk() {
            let errno = i32::from_ne_bytes(errno);
            if errno < 0 {
                return refused(errno, extack::behind_done(flags, rest));
            }
        }
        if self.interrupted { Outcome::Interrupted } else { self.data() }
    }

    fn data(&mut self) -> Outcome {
        let (bytes, count) = self.take(Vec::new());
        Outcome::Data { bytes, count }
    }
}

fn refused(errno: i32, extack: &[u8]) -> Outcome {
    Outcome::Refused { errno: errno.unsigned_abs(), extack: extack.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Header, Messages, put};

    const DATA: u16 = 16;

    fn message(msg_type: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, Header { msg_type, flags, seq: 1, port: 0 }, payload).unwrap();
        out
    }

    /// Feeds the messages of a datagram until one completes the reply.
    fn feed(reply: &mut Reply, bytes: &[u8]) -> Option<Outcome> {
        Messages::new(bytes).find_map(|m| reply.feed(&m.unwrap()))
    }

    fn run(flags: u16, datagrams: &[Vec<u8>]) -> Option<Outcome> {
        let mut reply = Reply::to(flags, 7);
        datagrams.iter().find_map(|d| feed(&mut reply, d))
    }

    fn data(messages: &[Vec<u8>]) -> Outcome {
        Outcome::Data { bytes: messages.concat(), count: messages.len() }
    }

    #[test]
    fn an_acknowledgement_completes_a_reply_without_data() {
        assert_eq!(run(ACK, &[message(ERROR, 0, &[0; 20])]), Some(data(&[])));
    }

    #[test]
    fn a_data_message_without_multi_completes_the_reply() {
        let one = message(DATA, 0, &[1, 2, 3, 4]);
        assert_eq!(run(ACK, std::slice::from_ref(&one)), Some(data(&[one])));
    }

    #[test]
    fn an_echo_is_followed_by_its_acknowledgement() {
        let one = message(DATA, 0, &[1, 2, 3, 4]);
        assert_eq!(run(ACK | ECHO, std::slice::from_ref(&one)), None);
        let ack = message(ERROR, 0, &[0; 20]);
        assert_eq!(run(ACK | ECHO, &[one.clone(), ack]), Some(data(&[one])));
    }

    #[test]
    fn a_dump_is_its_data_messages_in_order_without_done() {
        let a = message(DATA, MULTI, &[1; 5]);
        let b = message(DATA, MULTI, &[2; 8]);
        let end = message(DONE, MULTI, &0_i32.to_ne_bytes());
        assert_eq!(run(0x300, &[a.clone(), b.clone(), end]), Some(data(&[a.clone(), b.clone()])));
        let bare = message(DONE, MULTI, &[]);
        assert_eq!(run(0x300, &[[a.clone(), b.clone(), bare].concat()]), Some(data(&[a, b])));
    }

    #[test]
    fn parts_of_a_dump_without_multi_are_followed_by_done() {
        let a = message(DATA, 0, &[1; 4]);
        let b = message(DATA, 0, &[2; 4]);
        let mut reply = Reply::to(0x300, 7).until_done();
        assert_eq!(feed(&mut reply, &[a.clone(), b.clone()].concat()), None);
        assert_eq!(feed(&mut reply, &message(DONE, MULTI, &[0; 4])), Some(data(&[a, b])));

        let mut refused = Reply::to(0x300, 7).until_done();
        let error = message(ERROR, 0, &(-95_i32).to_ne_bytes());
        let outcome = Outcome::Refused { errno: 95, extack: Vec::new() };
        assert_eq!(feed(&mut refused, &error), Some(outcome));
    }

    #[test]
    fn messages_that_were_taken_out_are_not_in_the_outcome() {
        let a = message(DATA, MULTI, &[1; 5]);
        let b = message(DATA, MULTI, &[2; 8]);
        let mut reply = Reply::to(0x300, 7);
        assert_eq!(feed(&mut reply, &a), None);
        assert_eq!(reply.take(Vec::new()), (a, 1));
        assert_eq!(feed(&mut reply, &b), None);
        assert_eq!(feed(&mut reply, &message(DONE, MULTI, &[])), Some(data(&[b])));
    }

    #[test]
    fn an_interrupted_dump_is_read_to_its_end_and_discarded() {
        let a = message(DATA, MULTI | DUMP_INTR, &[1; 4]);
        let b = message(DATA, MULTI, &[2; 4]);
        let end = message(DONE, MULTI, &[0; 4]);
        assert_eq!(run(0x300, &[a.clone(), b.clone()]), None);
        assert_eq!(run(0x300, &[a, b.clone(), end]), Some(Outcome::Interrupted));
        let late = message(DONE, MULTI | DUMP_INTR, &[0; 4]);
        assert_eq!(run(0x300, &[b, late]), Some(Outcome::Interrupted));
    }

    #[test]
    fn done_may_carry_an_errno_and_an_extended_acknowledgement() {
        let mut payload = (-22_i32).to_ne_bytes().to_vec();
        payload.extend(b"\x07\x00\x01\x00ab\0\0");
        let end = message(DONE, MULTI | extack::ACK_TLVS, &payload);
        let extack = b"\x07\x00\x01\x00ab\0\0".to_vec();
        assert_eq!(run(0x300, &[end]), Some(Outcome::Refused { errno: 22, extack }));
    }

    #[test]
    fn the_extended_acknowledgement_follows_the_echoed_request() {
        let mut payload = (-2_i32).to_ne_bytes().to_vec();
        payload.extend([0; 16]);
        payload.extend(b"\x08\x00\x02\x00\x10\0\0\0");
        let flags = extack::CAPPED | extack::ACK_TLVS;
        let extack = b"\x08\x00\x02\x00\x10\0\0\0".to_vec();
        let refused = Some(Outcome::Refused { errno: 2, extack });
        assert_eq!(run(ACK, &[message(ERROR, flags, &payload)]), refused);
    }

    #[test]
    fn an_error_too_short_for_its_errno_is_malformed() {
        assert_eq!(run(ACK, &[message(ERROR, 0, &[1, 2])]), Some(Outcome::Malformed));
    }

    #[test]
    fn noop_is_skipped_and_overrun_is_a_loss() {
        assert_eq!(run(0, &[message(NOOP, 0, &[])]), None);
        assert_eq!(run(0, &[message(OVERRUN, 0, &[])]), Some(Outcome::Lost));
    }
}
