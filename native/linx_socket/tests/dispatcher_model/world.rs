//! A run of the model.

use linx_socket::dispatcher::{Admission, Dispatcher, Parked, Reading, StrictMode, Traits};
use linx_wire::message::Messages;
use linx_wire::reply::{BatchReply, Outcome, Reply, ReplyAssembler};

use crate::Random;
use crate::caller::{Caller, Next, RequestType, Step};
use crate::kernel::{Kernel, Received};

/// The shares of the receive buffer, of which a batch takes half.
const SHARES: usize = 16;

/// The dispatcher, its callers and the kernel.
pub struct World {
    dispatcher: Dispatcher<usize>,
    kernel: Kernel,
    callers: Vec<Caller>,
    random: Random,
    closed: bool,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let count = if random.one_in(60) { 20 + random.below(20) } else { 2 + random.below(7) };
        let callers = (0..count).map(|at| Caller {
            seq: u32::try_from(10 * (at + 1)).unwrap(),
            request: [RequestType::Get, RequestType::Dump, RequestType::Batch][random.below(3)],
            next: Next::Admit,
            dead: false,
            woken: false,
            watched: false,
            short: false,
        });
        let callers = callers.collect();
        let (dispatcher, kernel) = (Dispatcher::default(), Kernel::default());
        Self { dispatcher, kernel, callers, random, closed: false }
    }

    pub fn run(&mut self) {
        for _ in 0..100_000 {
            self.disturb();
            let ready: Vec<usize> = (0..self.callers.len())
                .filter(|&at| self.callers[at].can_continue(&self.kernel))
                .collect();
            if (ready.is_empty() || self.random.one_in(10))
                && let Some(answer) = self.kernel.late.pop_front()
            {
                self.kernel.queue.push_back(answer);
                continue;
            }
            if ready.is_empty() {
                let asleep =
                    self.callers.iter().filter(|caller| !matches!(caller.next, Next::Ended));
                let asleep: Vec<u32> = asleep.map(|caller| caller.seq).collect();
                assert!(asleep.is_empty(), "the requests {asleep:?} are never woken");
                return;
            }
            let at = ready[self.random.below(ready.len())];
            self.step(at);
            self.check();
        }
        panic!("the run does not end");
    }

    fn check(&self) {
        let reading = self.callers.iter().filter(|caller| caller.receives()).count();
        assert!(reading <= 1, "two callers read");
        let sends = |caller: &Caller| {
            caller.request == RequestType::Dump && matches!(caller.next, Next::Send | Next::Sent)
        };
        assert!(reading == 0 || !self.callers.iter().any(sends), "read while a dump is sent");
        assert!(
            self.callers.len() < SHARES || self.unread() <= SHARES,
            "the receive buffer is overcommitted"
        );
    }

    /// The shares of the receive buffer that unread replies to living callers take. Late answers are
    /// not counted: the dispatcher cannot know that they will be queued.
    fn unread(&self) -> usize {
        let unread = |caller: &&Caller| {
            let acknowledged = caller.seq + u32::from(caller.request == RequestType::Batch);
            let mut messages =
                self.kernel.queue.iter().flat_map(|datagram| Messages::new(datagram));
            let late = self.kernel.late_for.contains(&caller.seq);
            let waits = !caller.dead && !matches!(caller.next, Next::Ended);
            waits && !late && messages.any(|message| message.unwrap().header.seq == acknowledged)
        };
        let shares =
            |caller: &Caller| if caller.request == RequestType::Batch { SHARES / 2 } else { 1 };
        self.callers.iter().filter(unread).map(shares).sum()
    }

    /// A caller dies or cancels, or the socket is closed.
    fn disturb(&mut self) {
        let at = self.random.below(self.callers.len());
        let outside = self.callers[at].is_outside();
        if matches!(self.callers[at].next, Next::Ended) {
            return;
        }
        let seq = self.callers[at].seq;
        match self.random.below(60) {
            0 if outside => {
                self.callers[at].next = Next::Ended;
                self.dispatcher(at, |dispatcher, step| dispatcher.cancel(step, seq));
            }
            1 if !self.callers[at].dead => {
                let watched = std::mem::take(&mut self.callers[at].watched);
                self.callers[at].dead = true;
                if outside {
                    self.callers[at].next = Next::Ended;
                }
                if watched {
                    self.dispatcher(at, |dispatcher, step| {
                        dispatcher.remove_down(step, |&waiter| waiter == at);
                    });
                }
            }
            2 if self.random.one_in(8) => {
                self.closed = true;
                self.dispatcher(at, |dispatcher, step| dispatcher.close(step));
                // The socket itself wakes the callers that poll.
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
        let request = self.callers[at].request;
        let next = std::mem::replace(&mut self.callers[at].next, Next::Ended);
        let next = match next {
            Next::Ended => Next::Ended,
            Next::Admit => self.admit(at, seq, request),
            Next::Drain => Next::RouteDrained(self.kernel.receive()),
            Next::RouteDrained(received) => {
                self.receive(at, seq, &received);
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
            Next::Receive => {
                let short = self.callers[at].short;
                assert!(!short || self.kernel.dump.is_none(), "continued a dump");
                Next::Route(self.kernel.receive())
            }
            Next::Route(received) => {
                self.receive(at, seq, &received);
                match received {
                    Received::Empty => self.wait(at, seq),
                    _ if self.random.one_in(10) => self.pause(at, seq),
                    _ => Next::Read,
                }
            }
            Next::Poll => {
                assert!(self.kernel.dump.is_none(), "polled while a dump runs");
                // Polling reports an overrun once, as receiving does.
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
        self.callers[at].short &= !matches!(next, Next::Poll | Next::Blocked | Next::Select);
        self.callers[at].woken &= matches!(next, Next::Turn | Next::Blocked | Next::Select);
        self.callers[at].next = next;
    }

    fn admit(&mut self, at: usize, seq: u32, request: RequestType) -> Next {
        let mode = if request == RequestType::Dump { StrictMode::On } else { StrictMode::Off };
        let traits = Traits {
            dump: request == RequestType::Dump,
            batch: request == RequestType::Batch,
            mode,
        };
        let reply = || match request {
            RequestType::Get => ReplyAssembler::Single(Reply::to(1, 0)),
            RequestType::Dump => ReplyAssembler::Single(Reply::to(0x301, 0)),
            RequestType::Batch => ReplyAssembler::Batch(BatchReply::new(seq, 1, false)),
        };
        self.callers[at].woken = false;
        if request == RequestType::Get && self.random.one_in(2) {
            let admitted = self.dispatcher(at, |dispatcher, step| {
                dispatcher.admit_reader(step, seq, traits, reply, || 0)
            });
            if admitted {
                self.callers[at].short = true;
                return Next::Send;
            }
        }
        let admission = self
            .dispatcher(at, |dispatcher, step| dispatcher.admit(step, seq, traits, reply, || 0));
        match admission {
            Admission::Send => Next::Send,
            Admission::Drain => Next::Drain,
            Admission::Wait(_) => self.outside(at, Next::Turn),
            Admission::Closed => {
                assert!(self.closed);
                Next::Ended
            }
            Admission::Cancelled => self.cancelled(at),
            Admission::SeqInUse => panic!("the sequence number belongs to one caller"),
        }
    }

    fn read(&mut self, at: usize, seq: u32) -> Next {
        self.callers[at].woken = false;
        match self.dispatcher(at, |dispatcher, step| dispatcher.begin_read(step, seq)) {
            Reading::Read => Next::Receive,
            Reading::Done(outcome) => self.done(at, &outcome),
            Reading::Cancelled => self.cancelled(at),
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
            Reading::Done(outcome) => self.done(at, &outcome),
            Reading::Cancelled => self.cancelled(at),
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
            None => self.cancelled(at),
        }
    }

    fn parked(&mut self, at: usize, parked: Option<Parked>) -> Next {
        match parked {
            Some(Parked::Poll(_)) => self.outside(at, Next::Poll),
            Some(Parked::Blocked(_)) => self.outside(at, Next::Blocked),
            None => self.cancelled(at),
        }
    }

    /// A caller that was killed inside dies when it leaves the NIF; the VM has reported its death by
    /// then.
    fn outside(&self, at: usize, next: Next) -> Next {
        assert!(!self.callers[at].dead, "a dead caller waits");
        next
    }

    fn cancelled(&self, at: usize) -> Next {
        assert!(self.callers[at].dead || self.closed, "the request of a living caller was removed");
        Next::Ended
    }

    fn done(&self, at: usize, outcome: &Outcome) -> Next {
        let Caller { seq, request, .. } = self.callers[at];
        match (request, outcome) {
            (RequestType::Get | RequestType::Dump, Outcome::Data { bytes, .. }) => {
                assert!(Messages::new(bytes).all(|message| message.unwrap().header.seq == seq));
            }
            (RequestType::Batch, Outcome::Batch { .. }) | (_, Outcome::Lost) => {}
            other => panic!("{other:?}"),
        }
        Next::Ended
    }

    fn receive(&mut self, at: usize, seq: u32, received: &Received) {
        self.dispatcher(at, |dispatcher, step| match received {
            Received::Datagram(bytes) => {
                dispatcher.route(step, seq, bytes, false, false);
            }
            Received::Overrun => dispatcher.on_overrun(),
            Received::Empty => dispatcher.on_would_block(step),
        });
    }
}
