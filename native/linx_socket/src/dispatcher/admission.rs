//! Admission: whether a request may be sent. A dump or a batch needs the socket's slot for it, every
//! request needs shares of the receive buffer, and no request that excludes it may be under way.

use linx_wire::reply::ReplyAssembler;

use super::request::{CallerWait, Request, State, StrictMode, Traits};
use super::{Admission, Dispatcher, Waker, buffer_shares};

impl<W> Dispatcher<W> {
    /// A caller asks to send: for the first time, after it was woken, or after it has read a
    /// datagram of the abandoned dump.
    pub fn admit<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
        traits: Traits,
        reply: impl FnOnce() -> ReplyAssembler,
        token: impl FnOnce() -> u64,
    ) -> Admission {
        if self.closed {
            self.remove(waker, seq);
            return Admission::Closed;
        }
        match self.requests.get_mut(&seq) {
            None => self.register(seq, Request::new(traits, reply(), token())),
            Some(request) => match request.state {
                State::Queued | State::Ready | State::Draining => {
                    request.in_nif = true;
                    request.waits_to_send = false;
                }
                _ => return Admission::SeqInUse,
            },
        }
        self.try_send(waker, seq)
    }

    /// Admits a request that is neither a dump nor a batch, and makes its caller the reader at once, if
    /// it may be sent now and neither a dump nor another reader is in the way: no dump is sent before
    /// the caller has stopped reading. Returns whether it did; a request that was not admitted is
    /// not registered.
    pub fn admit_reader<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
        traits: Traits,
        reply: impl FnOnce() -> ReplyAssembler,
        token: impl FnOnce() -> u64,
    ) -> bool {
        let plain = !traits.dump && !traits.batch && !self.requests.contains_key(&seq);
        let free = self.reader.is_none() && self.dump.holder().is_none();
        if self.closed || !plain || !free || self.abandoned_dump.is_some() {
            return false;
        }
        self.register(seq, Request::new(traits, reply(), token()));
        let ready = |request: &Request<W>| matches!(request.state, State::Ready);
        if !self.requests.get(&seq).is_some_and(ready) || !self.may_send(seq, traits) {
            self.remove(waker, seq);
            return false;
        }
        self.begin_sending(seq, traits);
        self.reader = Some(seq);
        true
    }

    fn register(&mut self, seq: u32, request: Request<W>) {
        let (dump, batch) = (request.traits.dump, request.traits.batch);
        self.requests.insert(seq, request);
        if batch {
            self.batches.push(seq);
        }
        if (!dump || self.dump.acquire(seq)) && (!batch || self.batch.acquire(seq)) {
            self.acquire_shares(seq);
        }
    }

    /// Acquires shares of the receive buffer for a request that has its slot, which makes it ready;
    /// queues it if none are free.
    pub(super) fn acquire_shares(&mut self, seq: u32) {
        let Some(request) = self.requests.get(&seq) else { return };
        let shares = if request.traits.batch { buffer_shares::BATCH } else { 1 };
        if self.shares.acquire(seq, shares) {
            self.make_ready(&[seq]);
        }
    }

    pub(super) fn make_ready(&mut self, seqs: &[u32]) {
        for &seq in seqs {
            self.set_state(seq, State::Ready);
        }
    }

    fn try_send<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Admission {
        let Some(request) = self.requests.get(&seq) else { return Admission::Cancelled };
        let (traits, dead) = (request.traits, request.caller_dead);
        let queued = matches!(request.state, State::Queued);
        if dead {
            self.remove(waker, seq);
            return Admission::Cancelled;
        }
        if queued || !self.may_send(seq, traits) {
            return self.wait_to_send(waker, seq);
        }
        if traits.dump && self.abandoned_dump.is_some() {
            self.reader = Some(seq);
            self.reads += 1;
            self.set_state(seq, State::Draining);
            return Admission::Drain;
        }
        self.reader = self.reader.filter(|&reader| reader != seq);
        self.begin_sending(seq, traits);
        Admission::Send
    }

    /// Whether no other request excludes the sending of one that has its slot.
    pub(super) fn may_send(&self, seq: u32, traits: Traits) -> bool {
        let alone = || {
            self.reader.is_none_or(|reader| reader == seq)
                && !self.requests.values().any(|request| request.caller_wait == CallerWait::Polling)
        };
        (!traits.dump || alone())
            && match traits.mode {
                StrictMode::Any => true,
                StrictMode::Off => !self.sending_strict,
                StrictMode::On => self.sending_non_strict == 0,
            }
    }

    fn wait_to_send<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Admission {
        let Some(wait) = self.park(waker, seq) else { return Admission::Cancelled };
        if let Some(request) = self.requests.get_mut(&seq) {
            if matches!(request.state, State::Draining) {
                request.state = State::Ready;
            }
            request.waits_to_send = true;
        }
        self.end_read(waker, seq);
        Admission::Wait(wait)
    }

    /// A caller that drains the abandoned dump yields its scheduler, and asks again at once.
    pub fn pause_draining<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Admission {
        // The end of its read makes the request ready, which wakes the caller.
        self.wait_to_send(waker, seq)
    }

    fn begin_sending(&mut self, seq: u32, traits: Traits) {
        match traits.mode {
            StrictMode::Any => {}
            StrictMode::Off => self.sending_non_strict += 1,
            StrictMode::On => self.sending_strict = true,
        }
        // The kernel answers batches in the order of their sending.
        if traits.batch
            && let Some(at) = self.batches.iter().position(|&batch| batch == seq)
        {
            self.batches.remove(at);
            self.batches.push(seq);
        }
        let overruns = self.overruns + self.overruns_since_read;
        if let Some(request) = self.requests.get_mut(&seq) {
            request.state = State::Sending(None);
            request.overruns = overruns;
        }
    }

    /// The request has been sent.
    pub fn sent<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) {
        let Some(request) = self.requests.get_mut(&seq) else { return };
        self.shares.sent(seq, self.reads);
        let mode = request.traits.mode;
        request.state = match std::mem::replace(&mut request.state, State::Awaiting) {
            State::Sending(Some(done)) => State::Done(done),
            _ => State::Awaiting,
        };
        let dead = request.caller_dead;
        self.end_sending(mode);
        if dead {
            self.remove(waker, seq);
        } else {
            self.wake_ready(waker);
        }
    }

    /// The request could not be sent, and is removed.
    pub fn send_failed<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) {
        if let Some(request) = self.requests.get_mut(&seq) {
            let mode = request.traits.mode;
            request.state = State::Ready;
            self.end_sending(mode);
        }
        self.remove(waker, seq);
    }

    const fn end_sending(&mut self, mode: StrictMode) {
        match mode {
            StrictMode::Any => {}
            StrictMode::Off => self.sending_non_strict = self.sending_non_strict.saturating_sub(1),
            StrictMode::On => self.sending_strict = false,
        }
    }

    fn set_state(&mut self, seq: u32, state: State) {
        if let Some(request) = self.requests.get_mut(&seq) {
            request.state = state;
        }
    }
}
