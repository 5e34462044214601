//! The one caller that reads, and where each datagram belongs.

use linx_wire::message::{DONE, ERROR, HEADER, Messages};
use linx_wire::reply::{Outcome, ReplyAssembler};

use super::request::{Outside, Request, State};
use super::{Dispatcher, Reading, Waker};
use crate::buffer_pool;

impl<W> Dispatcher<W> {
    /// A caller wants to read the next datagram, the first or, having read one, a further one.
    pub fn begin_read<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Reading {
        let Some(request) = self.requests.get_mut(&seq) else { return Reading::Gone };
        request.inside = true;
        let polled = std::mem::replace(&mut request.outside, Outside::No);
        if matches!(request.state, State::Done(_)) {
            return match self.remove(waker, seq) {
                Some(Request { state: State::Done(done), .. }) => Reading::Done(done.outcome),
                _ => Reading::Gone,
            };
        }
        if self.closed || request.dead {
            self.remove(waker, seq);
            return Reading::Gone;
        }
        if polled == Outside::Polling {
            self.settle(waker);
        }
        if self.reader.is_some_and(|reader| reader != seq) || self.is_dump_starting(seq) {
            self.leave_reading(waker, seq);
            return Reading::Busy;
        }
        self.reader = Some(seq);
        self.readings += 1;
        self.overruns += std::mem::take(&mut self.later_overruns);
        Reading::Read
    }

    /// Routes a datagram from the kernel; `multicast` if it was sent to a group, `cut` if a part
    /// of it is missing. Returns whether it concerned `seq`.
    pub fn route<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
        datagram: &[u8],
        multicast: bool,
        cut: bool,
    ) -> bool {
        let (mut concerned, mut last, mut whole) = (false, None, !cut);
        for message in Messages::new(datagram) {
            let Ok(message) = message else {
                whole = false;
                break;
            };
            let (addressee, port) = (message.header.seq, message.header.port);
            let ends = matches!(message.header.msg_type, DONE | ERROR);
            if ends && self.abandoned == Some(addressee) {
                self.abandoned = None;
            }
            let addressee = self.request_of(addressee, port);
            let Some(request) = self.requests.get_mut(&addressee) else { continue };
            if !request.accepts(multicast, port) {
                continue;
            }
            concerned |= addressee == seq;
            if last != Some(addressee) {
                last = Some(addressee);
                request.progress += 1;
            }
            if let Some(outcome) = request.feed(&message) {
                self.finish(waker, addressee, outcome);
            }
        }
        if !whole {
            // A datagram has one addressee: all its messages are one reply's.
            let addressee = datagram.get(8..HEADER).and_then(|rest| rest.first_chunk());
            let Some(&addressee) = addressee else { return concerned };
            let addressee = self.request_of(u32::from_ne_bytes(addressee), 0);
            if let Some(request) = self.requests.get_mut(&addressee)
                && request.accepts(multicast, 0)
            {
                concerned |= addressee == seq;
                self.finish(waker, addressee, Outcome::Truncated);
            }
        }
        concerned
    }

    fn finish<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32, outcome: Outcome) {
        if let Some(request) = self.requests.get_mut(&seq) {
            request.finish(waker, outcome);
        }
        let granted = self.room.release(seq);
        self.admit_next(waker, &granted);
    }

    /// Wakes those that there is room for now.
    fn admit_next<K: Waker<Waiter = W>>(&mut self, waker: &mut K, granted: &[u32]) {
        if !granted.is_empty() {
            self.make_ready(granted);
            self.settle(waker);
        }
    }

    /// The request that a sequence number and a port belong to, if they belong to any. Of what
    /// `nf_tables` notifies of elements of sets, the number is 0 (`nf_tables_setelem_notify`).
    fn request_of(&self, seq: u32, port: u32) -> u32 {
        if self.batches.is_empty() || self.requests.contains_key(&seq) {
            return seq;
        }
        let contains = |batch: &u32| match self.requests.get(batch) {
            Some(request @ Request { reply: ReplyAssembler::Batch(reply), .. }) => {
                reply.contains_seq(seq) || (seq == 0 && request.accepts(true, port))
            }
            _ => false,
        };
        self.batches.iter().copied().find(contains).unwrap_or(seq)
    }

    /// `ENOBUFS`: the receive buffer overflowed, and datagrams were dropped. It counts from the
    /// next reading on: a caller may have found the queue empty before, and not yet said so.
    pub const fn on_overrun(&mut self) {
        self.later_overruns += 1;
    }

    /// `EAGAIN`: the receive queue is empty. A request that was sent before an overrun and is
    /// still without its reply may wait in vain, and ends.
    pub fn on_would_block<K: Waker<Waiter = W>>(&mut self, waker: &mut K) {
        // A dump goes on with every datagram that is read.
        self.abandoned = None;
        let overruns = self.overruns;
        let mut lost = Vec::new();
        for (&seq, request) in &self.requests {
            if matches!(request.state, State::Awaiting) && request.overruns != overruns {
                lost.push(seq);
            }
        }
        for seq in lost {
            self.finish(waker, seq, Outcome::Lost);
        }
        let granted = self.room.is_empty(self.readings);
        self.admit_next(waker, &granted);
    }

    /// Takes out the messages of a reply that have come so far, and their number.
    pub fn take(&mut self, seq: u32) -> (Vec<u8>, usize) {
        match self.requests.get_mut(&seq).map(|request| &mut request.reply) {
            Some(ReplyAssembler::Single(reply)) => reply.take(buffer_pool::acquire()),
            _ => Default::default(),
        }
    }
}
