//! Reading: which caller may read, and the routing of each datagram to its request.

use linx_wire::message::{DONE, ERROR, HEADER, Messages};
use linx_wire::reply::{Outcome, ReplyAssembler};

use super::request::{CallerWait, Request, State};
use super::{Dispatcher, Reading, Waker};
use crate::buffer_pool;

impl<W> Dispatcher<W> {
    /// A caller asks to read one datagram, its first or a further one.
    pub fn begin_read<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Reading {
        let Some(request) = self.requests.get_mut(&seq) else { return Reading::Cancelled };
        request.in_nif = true;
        let wait = std::mem::replace(&mut request.caller_wait, CallerWait::None);
        if matches!(request.state, State::Done(_)) {
            return match self.remove(waker, seq) {
                Some(Request { state: State::Done(done), .. }) => Reading::Done(done.outcome),
                _ => Reading::Cancelled,
            };
        }
        if self.closed || request.caller_dead {
            self.remove(waker, seq);
            return Reading::Cancelled;
        }
        if wait == CallerWait::Polling {
            self.wake_ready(waker);
        }
        if self.reader.is_some_and(|reader| reader != seq) || self.is_dump_starting(seq) {
            self.end_read(waker, seq);
            return Reading::Busy;
        }
        self.reader = Some(seq);
        self.reads += 1;
        self.overruns += std::mem::take(&mut self.overruns_since_read);
        Reading::Read
    }

    /// Routes a datagram from the kernel. `multicast`: it was sent to a group; `truncated`: a part
    /// of it is missing. Returns whether it was part of the reply to `seq`.
    pub fn route<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
        datagram: &[u8],
        multicast: bool,
        truncated: bool,
    ) -> bool {
        let (mut own, mut last, mut whole) = (false, None, !truncated);
        for message in Messages::new(datagram) {
            let Ok(message) = message else {
                whole = false;
                break;
            };
            let (addressee, port) = (message.header.seq, message.header.port);
            let ends = matches!(message.header.msg_type, DONE | ERROR);
            if ends && self.abandoned_dump == Some(addressee) {
                self.abandoned_dump = None;
            }
            let addressee = self.request_of(addressee, port);
            let Some(request) = self.requests.get_mut(&addressee) else { continue };
            if !request.accepts(multicast, port) {
                continue;
            }
            own |= addressee == seq;
            if last != Some(addressee) {
                last = Some(addressee);
                request.progress += 1;
            }
            if let Some(outcome) = request.feed(&message) {
                self.finish(waker, addressee, outcome);
            }
        }
        if !whole {
            // All messages of a datagram belong to one reply.
            let addressee = datagram.get(8..HEADER).and_then(|rest| rest.first_chunk());
            let Some(&addressee) = addressee else { return own };
            let addressee = self.request_of(u32::from_ne_bytes(addressee), 0);
            if let Some(request) = self.requests.get_mut(&addressee)
                && request.accepts(multicast, 0)
            {
                own |= addressee == seq;
                self.finish(waker, addressee, Outcome::Truncated);
            }
        }
        own
    }

    fn finish<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32, outcome: Outcome) {
        if let Some(request) = self.requests.get_mut(&seq) {
            request.finish(waker, outcome);
        }
        let granted = self.shares.release(seq);
        self.admit_next(waker, &granted);
    }

    /// Wakes the requests that have been granted shares of the receive buffer.
    fn admit_next<K: Waker<Waiter = W>>(&mut self, waker: &mut K, granted: &[u32]) {
        if !granted.is_empty() {
            self.make_ready(granted);
            self.wake_ready(waker);
        }
    }

    /// The request that a sequence number and a port belong to, else the number itself.
    /// Notifications of `nf_tables` about elements of sets carry the sequence number 0
    /// (`nf_tables_setelem_notify`).
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

    /// Records `ENOBUFS`: the receive buffer overflowed, and datagrams were dropped. The overrun
    /// counts from the next read on: a caller may have seen `EAGAIN` before it and not yet reported
    /// that.
    pub const fn on_overrun(&mut self) {
        self.overruns_since_read += 1;
    }

    /// Records `EAGAIN`: the receive queue is empty. A request that was sent before an overrun and
    /// has no complete reply is lost.
    pub fn on_would_block<K: Waker<Waiter = W>>(&mut self, waker: &mut K) {
        // Every read continues a dump, so an empty queue means that none runs.
        self.abandoned_dump = None;
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
        let granted = self.shares.on_empty_queue(self.reads);
        self.admit_next(waker, &granted);
    }

    /// Takes out the messages received so far of a reply, and their number.
    pub fn take(&mut self, seq: u32) -> (Vec<u8>, usize) {
        match self.requests.get_mut(&seq).map(|request| &mut request.reply) {
            Some(ReplyAssembler::Single(reply)) => reply.take(buffer_pool::acquire()),
            _ => Default::default(),
        }
    }
}
