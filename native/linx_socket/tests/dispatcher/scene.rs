//! Callers, messages and a dispatcher for scripts.

use linx_socket::dispatcher::{Admission, Dispatcher, Parked, Reading, StrictMode, Traits, Waker};
use linx_wire::message::{DONE, ERROR, Header, MULTI, put};
use linx_wire::reply::{BatchReply, Outcome, Refusal, Reply, ReplyAssembler};

/// Callers are numbers; the present one may be dead.
#[derive(Default)]
pub struct Callers {
    pub present: u32,
    pub dead: bool,
    pub watched: Vec<u32>,
    pub woken: Vec<(u32, u64)>,
}

impl Waker for Callers {
    type Waiter = u32;

    fn register(&mut self) -> Option<u32> {
        self.watched.push(self.present);
        (!self.dead).then_some(self.present)
    }

    fn wake(&mut self, waiter: &u32, token: u64) {
        self.woken.push((*waiter, token));
    }

    fn deregister(&mut self, waiter: u32) {
        self.watched.retain(|&watched| watched != waiter);
    }
}

pub const DATA: u16 = 16;
pub const DUMP_FLAGS: u16 = 0x301;
pub const PORT: u32 = 77;

pub const PLAIN: Traits = Traits { dump: false, batch: false, mode: StrictMode::Any };
pub const DUMP: Traits = Traits { dump: true, batch: false, mode: StrictMode::On };
pub const BATCH: Traits = Traits { dump: false, batch: true, mode: StrictMode::Any };
pub const NON_STRICT: Traits = Traits { dump: false, batch: false, mode: StrictMode::Off };

pub fn message(seq: u32, msg_type: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, Header { msg_type, flags, seq, port: 0 }, payload).unwrap();
    out
}

pub fn ack(seq: u32) -> Vec<u8> {
    message(seq, ERROR, 0, &[0; 20])
}

pub fn part(seq: u32) -> Vec<u8> {
    message(seq, DATA, MULTI, &seq.to_ne_bytes())
}

pub fn done(seq: u32) -> Vec<u8> {
    message(seq, DONE, MULTI, &[0; 4])
}

pub fn data(messages: &[Vec<u8>]) -> Outcome {
    Outcome::Data { bytes: messages.concat(), count: messages.len() }
}

pub fn batch(refusals: Vec<Refusal>) -> Outcome {
    Outcome::Batch { refusals, bytes: Vec::new() }
}

#[derive(Default)]
pub struct Scene {
    pub dispatcher: Dispatcher<u32>,
    pub callers: Callers,
}

impl Scene {
    /// The caller of request `seq` has the number `seq`, and its token is ten times that.
    pub fn admit(&mut self, seq: u32, traits: Traits) -> Admission {
        let flags = if traits.dump { DUMP_FLAGS } else { 1 };
        self.admit_as(seq, traits, || ReplyAssembler::Single(Reply::to(flags, PORT)))
    }

    pub fn admit_as(
        &mut self,
        seq: u32,
        traits: Traits,
        reply: impl FnOnce() -> ReplyAssembler,
    ) -> Admission {
        self.callers.present = seq;
        self.dispatcher.admit(&mut self.callers, seq, traits, reply, || u64::from(seq) * 10)
    }

    pub fn admit_reader(&mut self, seq: u32, traits: Traits) -> bool {
        self.callers.present = seq;
        let reply = || ReplyAssembler::Single(Reply::to(1, PORT));
        self.dispatcher.admit_reader(&mut self.callers, seq, traits, reply, || u64::from(seq) * 10)
    }

    pub fn sent(&mut self, seq: u32) {
        self.dispatcher.sent(&mut self.callers, seq);
    }

    pub fn send(&mut self, seq: u32, traits: Traits) {
        assert_eq!(self.admit(seq, traits), Admission::Send);
        self.sent(seq);
    }

    pub fn send_batch(&mut self, seq: u32, reply: BatchReply) {
        assert_eq!(self.admit_as(seq, BATCH, || ReplyAssembler::Batch(reply)), Admission::Send);
        self.sent(seq);
    }

    pub fn read(&mut self, seq: u32) -> Reading {
        self.callers.present = seq;
        self.dispatcher.begin_read(&mut self.callers, seq)
    }

    /// The caller finds the receive queue empty, and waits.
    pub fn wait(&mut self, seq: u32) -> Option<Parked> {
        assert_eq!(self.read(seq), Reading::Read);
        self.dispatcher.wait_for_reply(&mut self.callers, seq)
    }

    /// The caller may not read, and waits until it may.
    pub fn wait_for_reader(&mut self, seq: u32) -> Option<Parked> {
        self.callers.present = seq;
        self.dispatcher.wait_for_reader(&mut self.callers, seq)
    }

    pub fn polled(&mut self, seq: u32) {
        self.dispatcher.polled(&mut self.callers, seq);
    }

    pub fn route(&mut self, seq: u32, datagram: &[u8]) -> bool {
        self.dispatcher.route(&mut self.callers, seq, datagram, false, false)
    }

    pub fn cancel(&mut self, seq: u32) {
        self.dispatcher.cancel(&mut self.callers, seq);
    }

    pub fn die(&mut self, seq: u32) {
        self.dispatcher.remove_down(&mut self.callers, |&waiter| waiter == seq);
    }

    pub fn woken(&mut self) -> Vec<u32> {
        self.callers.woken.drain(..).map(|(waiter, _token)| waiter).collect()
    }
}

pub fn waits(admission: Admission) -> bool {
    matches!(admission, Admission::Wait(_))
}
