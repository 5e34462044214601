//! The dispatcher under every order of events: callers and a kernel are simulated step by step,
//! in random order, while callers die, give up, and the socket is closed between any two steps.
//!
//! A step is what happens without another thread in between: one call of the dispatcher, or one
//! system call. In every run
//!
//! * the kernel is never asked for a dump while another one runs (`EBUSY`);
//! * the receive buffer never holds more unread replies than it has room for;
//! * one caller reads at a time, nobody reads while a dump is sent, nobody polls while one runs;
//! * every caller that lives gets its own reply, or is told why not;
//! * nobody sleeps for ever: some caller can always go on.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop at any surprise"
)]

use std::collections::VecDeque;

use linx_socket::dispatcher::{Admission, Dispatcher, Mode, Parked, Reading, Traits, Waker};
use linx_wire::message::{DONE, ERROR, Header, MULTI, Messages, put};
use linx_wire::reply::{BatchReply, Outcome, Reply, ReplyAssembler};

const RUNS: u64 = 20_000;
const DATA: u16 = 16;
/// How many shares of the receive buffer there are; a batch takes half of them.
const ROOM: usize = 16;

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }
}

fn message(seq: u32, msg_type: u16, flags: u16) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, Header { msg_type, flags, seq, port: 0 }, &[0; 20]).unwrap();
    out
}

/// The kernel's side of the socket.
#[derive(Default)]
struct Kernel {
    queue: VecDeque<Vec<u8>>,
    /// The dump that runs, and how many parts it still has.
    dump: Option<(u32, usize)>,
    overrun: bool,
    /// Answers that are queued some time later, and whose they are.
    late: VecDeque<Vec<u8>>,
    late_for: Vec<u32>,
}

enum Received {
    Datagram(Vec<u8>),
    Overrun,
    Empty,
}

impl Kernel {
    fn send(&mut self, caller: &Caller, random: &mut Random) {
        match caller.what {
            What::Dump => {
                assert!(self.dump.is_none(), "EBUSY: a dump is asked for while another one runs");
                self.dump = Some((caller.seq, random.below(4)));
                self.continue_dump();
            }
            // The receive buffer has no room: the answer is dropped.
            What::Get if random.one_in(12) => self.overrun = true,
            What::Get if random.one_in(3) => {
                self.late.push_back(message(caller.seq, DATA, 0));
                self.late_for.push(caller.seq);
            }
            What::Get => self.queue.push_back(message(caller.seq, DATA, 0)),
            What::Batch => self.queue.push_back(message(caller.seq + 1, ERROR, 0)),
        }
    }

    fn receive(&mut self) -> Received {
        if std::mem::take(&mut self.overrun) {
            return Received::Overrun;
        }
        let received = self.queue.pop_front().map_or(Received::Empty, Received::Datagram);
        self.continue_dump();
        received
    }

    fn continue_dump(&mut self) {
        match self.dump {
            Some((seq, 0)) => {
                self.queue.push_back(message(seq, DONE, MULTI));
                self.dump = None;
            }
            Some((seq, parts)) => {
                self.queue.push_back(message(seq, DATA, MULTI));
                self.dump = Some((seq, parts - 1));
            }
            None => {}
        }
    }

    fn is_readable(&self) -> bool {
        self.overrun || !self.queue.is_empty()
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    Get,
    Dump,
    Batch,
}

/// What a caller does next.
enum Next {
    Admit,
    Drain,
    RouteDrained(Received),
    Send,
    Sent,
    Read,
    Receive,
    Route(Received),
    /// Outside: polls the socket.
    Poll,
    /// Outside: waits to be woken.
    Turn,
    Blocked,
    Select,
    Over,
}

struct Caller {
    seq: u32,
    what: What,
    next: Next,
    dead: bool,
    woken: bool,
    watched: bool,
}

impl Caller {
    fn is_outside(&self) -> bool {
        matches!(self.next, Next::Poll | Next::Turn | Next::Blocked | Next::Select)
    }

    fn can_go_on(&self, kernel: &Kernel) -> bool {
        match self.next {
            Next::Over => false,
            Next::Turn | Next::Blocked => self.woken,
            Next::Select => self.woken || kernel.is_readable(),
            _ => true,
        }
    }

    fn receives(&self) -> bool {
        matches!(self.next, Next::Receive | Next::Route(_) | Next::Drain | Next::RouteDrained(_))
    }
}

/// The callers as the dispatcher sees them, in the step of one of them.
struct Step<'a> {
    callers: &'a mut [Caller],
    present: usize,
}

impl Waker for Step<'_> {
    type Waiter = usize;

    fn register(&mut self) -> Option<usize> {
        let caller = self.callers.get_mut(self.present)?;
        caller.watched = !caller.dead;
        (!caller.dead).then_some(self.present)
    }

    fn wake(&mut self, waiter: &usize, _token: u64) {
        self.callers.get_mut(*waiter).unwrap().woken = true;
    }

    fn deregister(&mut self, waiter: usize) {
        self.callers.get_mut(waiter).unwrap().watched = false;
    }
}

struct World {
    dispatcher: Dispatcher<usize>,
    kernel: Kernel,
    callers: Vec<Caller>,
    random: Random,
    closed: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let count = if random.one_in(60) { 20 + random.below(20) } else { 2 + random.below(7) };
        let callers = (0..count).map(|at| Caller {
            seq: u32::try_from(10 * (at + 1)).unwrap(),
            what: [What::Get, What::Dump, What::Batch][random.below(3)],
            next: Next::Admit,
            dead: false,
            woken: false,
            watched: false,
        });
        let callers = callers.collect();
        let (dispatcher, kernel) = (Dispatcher::default(), Kernel::default());
        Self { dispatcher, kernel, callers, random, closed: false }
    }

    fn run(&mut self) {
        for _ in 0..100_000 {
            self.disturb();
            let ready: Vec<usize> = (0..self.callers.len())
                .filter(|&at| self.callers[at].can_go_on(&self.kernel))
                .collect();
            if (ready.is_empty() || self.random.one_in(10))
                && let Some(answer) = self.kernel.late.pop_front()
            {
                self.kernel.queue.push_back(answer);
                continue;
            }
            if ready.is_empty() {
                let asleep =
                    self.callers.iter().filter(|caller| !matches!(caller.next, Next::Over));
                let asleep: Vec<u32> = asleep.map(|caller| caller.seq).collect();
                assert!(asleep.is_empty(), "nobody wakes {asleep:?}");
                return;
            }
            let at = ready[self.random.below(ready.len())];
            self.step(at);
            self.check();
        }
        panic!("it does not end");
    }

    fn check(&self) {
        let reading = self.callers.iter().filter(|caller| caller.receives()).count();
        assert!(reading <= 1, "two callers read");
        let sends = |caller: &Caller| {
            caller.what == What::Dump && matches!(caller.next, Next::Send | Next::Sent)
        };
        assert!(reading == 0 || !self.callers.iter().any(sends), "read while a dump is sent");
        assert!(
            self.callers.len() < ROOM || self.unread() <= ROOM,
            "the receive buffer has no room"
        );
    }

    /// The shares of the receive buffer that replies to callers take up which live, but for
    /// answers that came late: that those are to come was not known.
    fn unread(&self) -> usize {
        let unread = |caller: &&Caller| {
            let acknowledged = caller.seq + u32::from(caller.what == What::Batch);
            let mut messages =
                self.kernel.queue.iter().flat_map(|datagram| Messages::new(datagram));
            let late = self.kernel.late_for.contains(&caller.seq);
            let waits = !caller.dead && !matches!(caller.next, Next::Over);
            waits && !late && messages.any(|message| message.unwrap().header.seq == acknowledged)
        };
        let shares = |caller: &Caller| if caller.what == What::Batch { ROOM / 2 } else { 1 };
        self.callers.iter().filter(unread).map(shares).sum()
    }

    /// A caller dies or gives up, or the socket is closed.
    fn disturb(&mut self) {
        let at = self.random.below(self.callers.len());
        let outside = self.callers[at].is_outside();
        if matches!(self.callers[at].next, Next::Over) {
            return;
        }
        let seq = self.callers[at].seq;
        match self.random.below(60) {
            0 if outside => {
                self.callers[at].next = Next::Over;
                self.dispatcher(at, |dispatcher, step| dispatcher.cancel(step, seq));
            }
            1 if !self.callers[at].dead => {
                let watched = std::mem::take(&mut self.callers[at].watched);
                self.callers[at].dead = true;
                if outside {
                    self.callers[at].next = Next::Over;
                }
                if watched {
                    self.dispatcher(at, |dispatcher, step| {
                        dispatcher.down(step, |&waiter| waiter == at);
                    });
                }
            }
            2 if self.random.one_in(8) => {
                self.closed = true;
                self.dispatcher(at, |dispatcher, step| dispatcher.close(step));
                // Whatever polls is told by the socket itself.
                for caller in &mut self.callers {
                    caller.woken |= matches!(caller.next, Next::Select);
                }
            }
            _ => {}
        }
    }

    fn dispatcher<T>(
        &mut self,
        present: usize,
        work: impl FnOnce(&mut Dispatcher<usize>, &mut Step) -> T,
    ) -> T {
        work(&mut self.dispatcher, &mut Step { callers: &mut self.callers, present })
    }

    fn step(&mut self, at: usize) {
        let seq = self.callers[at].seq;
        let what = self.callers[at].what;
        let next = std::mem::replace(&mut self.callers[at].next, Next::Over);
        let next = match next {
            Next::Over => Next::Over,
            Next::Admit => self.admit(at, seq, what),
            Next::Drain => Next::RouteDrained(self.kernel.receive()),
            Next::RouteDrained(received) => {
                self.take_in(at, seq, &received);
                Next::Admit
            }
            Next::Send => {
                let (callers, random) = (&self.callers, &mut self.random);
                self.kernel.send(&callers[at], random);
                Next::Sent
            }
            Next::Sent => {
                self.dispatcher(at, |dispatcher, step| dispatcher.sent(step, seq));
                Next::Read
            }
            Next::Read => self.read(at, seq),
            Next::Receive => Next::Route(self.kernel.receive()),
            Next::Route(received) => {
                self.take_in(at, seq, &received);
                match received {
                    Received::Empty => self.wait(at, seq),
                    _ if self.random.one_in(10) => self.pause(at, seq),
                    _ => Next::Read,
                }
            }
            Next::Poll => {
                assert!(self.kernel.dump.is_none(), "polled while a dump runs");
                // To poll reports an overrun once, as to receive does.
                let overrun = std::mem::take(&mut self.kernel.overrun);
                self.dispatcher(at, |dispatcher, step| {
                    dispatcher.polled(step, seq);
                    if overrun {
                        dispatcher.on_overrun();
                    }
                });
                if overrun { Next::Read } else { Next::Select }
            }
            Next::Turn => Next::Admit,
            Next::Blocked | Next::Select => Next::Read,
        };
        self.callers[at].woken &= matches!(next, Next::Turn | Next::Blocked | Next::Select);
        self.callers[at].next = next;
    }

    fn admit(&mut self, at: usize, seq: u32, what: What) -> Next {
        let mode = if what == What::Dump { Mode::Strict } else { Mode::Loose };
        let traits = Traits { dump: what == What::Dump, batch: what == What::Batch, mode };
        let expected = || match what {
            What::Get => ReplyAssembler::Single(Reply::to(1, 0)),
            What::Dump => ReplyAssembler::Single(Reply::to(0x301, 0)),
            What::Batch => ReplyAssembler::Batch(BatchReply::new(seq, 1, false)),
        };
        self.callers[at].woken = false;
        let admission = self
            .dispatcher(at, |dispatcher, step| dispatcher.admit(step, seq, traits, expected, || 0));
        match admission {
            Admission::Send => Next::Send,
            Admission::Drain => Next::Drain,
            Admission::Wait(_) => self.outside(at, Next::Turn),
            Admission::Closed => {
                assert!(self.closed);
                Next::Over
            }
            Admission::Gone => self.gone(at),
            Admission::SeqInUse => panic!("the number is the caller's own"),
        }
    }

    fn read(&mut self, at: usize, seq: u32) -> Next {
        self.callers[at].woken = false;
        match self.dispatcher(at, |dispatcher, step| dispatcher.begin_read(step, seq)) {
            Reading::Read => Next::Receive,
            Reading::Done(ended) => self.ended(at, &ended),
            Reading::Gone => self.gone(at),
            Reading::Busy => {
                let parked =
                    self.dispatcher(at, |dispatcher, step| dispatcher.wait_for_reader(step, seq));
                self.parked(at, parked)
            }
        }
    }

    fn wait(&mut self, at: usize, seq: u32) -> Next {
        match self.dispatcher(at, |dispatcher, step| dispatcher.begin_read(step, seq)) {
            Reading::Read => {
                let parked =
                    self.dispatcher(at, |dispatcher, step| dispatcher.wait_for_reply(step, seq));
                self.parked(at, parked)
            }
            Reading::Done(ended) => self.ended(at, &ended),
            Reading::Gone => self.gone(at),
            Reading::Busy => {
                let parked =
                    self.dispatcher(at, |dispatcher, step| dispatcher.wait_for_reader(step, seq));
                self.parked(at, parked)
            }
        }
    }

    fn pause(&mut self, at: usize, seq: u32) -> Next {
        match self.dispatcher(at, |dispatcher, step| dispatcher.pause(step, seq)) {
            Some(_) => {
                self.callers[at].woken = true;
                self.outside(at, Next::Blocked)
            }
            None => self.gone(at),
        }
    }

    fn parked(&mut self, at: usize, parked: Option<Parked>) -> Next {
        match parked {
            Some(Parked::Poll(_)) => self.outside(at, Next::Poll),
            Some(Parked::Blocked(_)) => self.outside(at, Next::Blocked),
            None => self.gone(at),
        }
    }

    /// A caller that was killed inside dies when it comes out; the VM has told of its death then.
    fn outside(&self, at: usize, next: Next) -> Next {
        assert!(!self.callers[at].dead, "a dead caller is to wait");
        next
    }

    fn gone(&self, at: usize) -> Next {
        assert!(self.callers[at].dead || self.closed, "a living caller was forgotten");
        Next::Over
    }

    fn ended(&self, at: usize, ended: &Outcome) -> Next {
        let Caller { seq, what, .. } = self.callers[at];
        match (what, ended) {
            (What::Get | What::Dump, Outcome::Data { bytes, .. }) => {
                assert!(Messages::new(bytes).all(|message| message.unwrap().header.seq == seq));
            }
            (What::Batch, Outcome::Batch { .. }) | (_, Outcome::Lost) => {}
            other => panic!("{other:?}"),
        }
        Next::Over
    }

    fn take_in(&mut self, at: usize, seq: u32, received: &Received) {
        self.dispatcher(at, |dispatcher, step| match received {
            Received::Datagram(bytes) => {
                dispatcher.route(step, seq, bytes, false, false);
            }
            Received::Overrun => dispatcher.on_overrun(),
            Received::Empty => dispatcher.on_would_block(step),
        });
    }
}

#[test]
fn in_whatever_order_things_happen_no_caller_is_forgotten_or_refused() {
    for seed in 1..=RUNS {
        let run = std::panic::catch_unwind(|| World::new(seed).run());
        assert!(run.is_ok(), "seed {seed}");
    }
}
