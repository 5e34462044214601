//! Whether a request may be sent: it needs the socket's slot for dumps or batches, and nothing that
//! excludes it may be under way.

use linx_wire::reply::ReplyAssembler;

use super::request::{Mode, Outside, Request, State, Traits};
use super::{Admission, Dispatcher, Waker, room};

impl<W> Dispatcher<W> {
    /// A caller asks to send, for the first time or because it was woken, or has read a datagram
    /// of an abandoned dump.
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
                    request.inside = true;
                    request.gated = false;
                }
                _ => return Admission::SeqInUse,
            },
        }
        self.proceed(waker, seq)
    }

    fn register(&mut self, seq: u32, request: Request<W>) {
        let (dump, batch) = (request.traits.dump, request.traits.batch);
        self.requests.insert(seq, request);
        if batch {
            self.batches.push(seq);
        }
        if (!dump || self.dump.acquire(seq)) && (!batch || self.batch.acquire(seq)) {
            self.ask_for_room(seq);
        }
    }

    /// A request that has its slot is ready as soon as there is room for its reply.
    pub(super) fn ask_for_room(&mut self, seq: u32) {
        let Some(request) = self.requests.get(&seq) else { return };
        let shares = if request.traits.batch { room::BATCH } else { 1 };
        if self.room.acquire(seq, shares) {
            self.make_ready(&[seq]);
        }
    }

    pub(super) fn make_ready(&mut self, seqs: &[u32]) {
        for &seq in seqs {
            self.set_state(seq, State::Ready);
        }
    }

    fn proceed<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Admission {
        let Some(request) = self.requests.get(&seq) else { return Admission::Gone };
        let (traits, dead) = (request.traits, request.dead);
        let queued = matches!(request.state, State::Queued);
        if dead {
            self.remove(waker, seq);
            return Admission::Gone;
        }
        if queued || !self.gate_is_open(seq, traits) {
            return self.wait_at_gate(waker, seq);
        }
        if traits.dump && self.abandoned.is_some() {
            self.reader = Some(seq);
            self.readings += 1;
            self.set_state(seq, State::Draining);
            return Admission::Drain;
        }
        self.reader = self.reader.filter(|&reader| reader != seq);
        self.begin_sending(seq, traits);
        Admission::Send
    }

    /// Whether nothing excludes the sending of a request that has its slot.
    pub(super) fn gate_is_open(&self, seq: u32, traits: Traits) -> bool {
        let alone = || {
            self.reader.is_none_or(|reader| reader == seq)
                && !self.requests.values().any(|request| request.outside == Outside::Polling)
        };
        (!traits.dump || alone())
            && match traits.mode {
                Mode::Any => true,
                Mode::Loose => !self.strict,
                Mode::Strict => self.loose == 0,
            }
    }

    fn wait_at_gate<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Admission {
        let Some(wait) = self.park(waker, seq) else { return Admission::Gone };
        if let Some(request) = self.requests.get_mut(&seq) {
            if matches!(request.state, State::Draining) {
                request.state = State::Ready;
            }
            request.gated = true;
        }
        self.leave_reading(waker, seq);
        Admission::Wait(wait)
    }

    /// A caller that drains an abandoned dump lets its scheduler go, and asks again at once.
    pub fn pause_draining<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Admission {
        // To leave reading opens its gate, and wakes it.
        self.wait_at_gate(waker, seq)
    }

    fn begin_sending(&mut self, seq: u32, traits: Traits) {
        match traits.mode {
            Mode::Any => {}
            Mode::Loose => self.loose += 1,
            Mode::Strict => self.strict = true,
        }
        // In the order in which they are answered.
        if traits.batch
            && let Some(at) = self.batches.iter().position(|&batch| batch == seq)
        {
            self.batches.remove(at);
            self.batches.push(seq);
        }
        let overruns = self.overruns + self.later_overruns;
        if let Some(request) = self.requests.get_mut(&seq) {
            request.state = State::Sending(None);
            request.overruns = overruns;
        }
    }

    /// The request has been sent.
    pub fn sent<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) {
        let Some(request) = self.requests.get_mut(&seq) else { return };
        self.room.sent(seq, self.readings);
        let mode = request.traits.mode;
        request.state = match std::mem::replace(&mut request.state, State::Awaiting) {
            State::Sending(Some(done)) => State::Done(done),
            _ => State::Awaiting,
        };
        let dead = request.dead;
        self.end_sending(mode);
        if dead {
            self.remove(waker, seq);
        } else {
            self.settle(waker);
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

    const fn end_sending(&mut self, mode: Mode) {
        match mode {
            Mode::Any => {}
            Mode::Loose => self.loose = self.loose.saturating_sub(1),
            Mode::Strict => self.strict = false,
        }
    }

    fn set_state(&mut self, seq: u32, state: State) {
        if let Some(request) = self.requests.get_mut(&seq) {
            request.state = state;
        }
    }
}
