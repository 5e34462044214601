//! Requests and replies on one socket that any number of callers share.
//!
//! Netlink mostly answers inside `sendmsg`, so the reply is there when it
//! returns. [`Channel::request`] sends and reads what is there; what has not
//! come is reported as [`Answer::Wait`], and [`Channel::resume`] goes on.
//! A caller that reads hands every datagram to the request it belongs to.
//!
//! Nothing waits for another caller here: [`crate::dispatcher`] says what has
//! to come first, and its lock is never held in a system call.

use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use linx_wire::reply::{BatchReply, Outcome, Reply, ReplyAssembler};
pub use nix::errno::Errno;

use datagram::{Datagram, receive, send_all};
pub use notifications::Notifications;

use crate::dispatcher::{Admission, Dispatcher, Mode, Parked, Reading, Traits, Wait, Waker};
use crate::reserve::Duplicate;
use crate::{buffer_pool, socket, sys};

mod datagram;
mod notifications;

/// `NLM_F_ROOT | NLM_F_MATCH`: with any of them a request may start a dump.
const DUMP: u16 = 0x300;
/// `NETLINK_ROUTE`, where the last two bits of a type are its verb.
const ROUTE: i32 = 0;
/// The verb that reads (`RTNL_KIND_GET`).
const ROUTE_GET: u16 = 2;

/// How many datagrams of others a call reads before it lets its scheduler go.
const OTHERS: usize = 256;
/// How many of another request's dump it reads when it is resumed: its own reply is not behind
/// them, or it would have come by then.
const OTHERS_RESUMED: usize = 1;
/// What a smaller datagram counts as in bytes: to receive one takes as long as to copy about so
/// many.
const SMALL: usize = 4096;
/// How often a call asks again for the right to read before it waits outside: reading one
/// datagram takes another caller about as long as a few of these.
const SPINS: usize = 20;

static TOKENS: AtomicU64 = AtomicU64::new(1);

/// A number that was not given to any caller before, to wake it with.
pub fn token() -> u64 {
    TOKENS.fetch_add(1, Ordering::Relaxed)
}

/// A socket and the requests in flight on it.
///
/// The descriptor belongs to somebody else, who may close it at any time. It is
/// known by its number and, so that a reused number is never mistaken for it,
/// by its inode.
#[derive(Debug)]
pub struct Channel<W> {
    fd: RawFd,
    inode: u64,
    protocol: i32,
    /// The port that the socket is bound to.
    port: u32,
    dispatcher: Mutex<Dispatcher<W>>,
}

/// What to send, and what is expected in return.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Its sequence number, of this call alone; the first one of a batch.
    pub seq: u32,
    /// Its message, or its messages, whole.
    pub bytes: &'a [u8],
    /// What is expected in return.
    pub expect: Expect,
    /// It may start a dump.
    pub dump: bool,
    /// It is well-formed to the letter, so that a dump may be filtered by the
    /// kernel (`NETLINK_GET_STRICT_CHK`).
    pub strict: bool,
    /// How many bytes of its reply to read before [`Answer::More`].
    pub slice: usize,
}

impl Request<'_> {
    /// The mode of the socket that it has to be sent in.
    const fn mode(&self) -> Mode {
        match (self.strict, self.dump) {
            (true, true) => Mode::Strict,
            (true, false) => Mode::Any,
            (false, _) => Mode::Loose,
        }
    }
}

/// The reply that a request expects.
#[derive(Debug, Clone, Copy)]
pub enum Expect {
    /// The reply to one request with these flags.
    Single {
        /// `NLM_F_*`.
        flags: u16,
    },
    /// The outcomes of the requests of a batch: see [`BatchReply::new`].
    Batch {
        /// The index of the request that asks for an acknowledgement.
        last: u32,
        /// Whether the first message and the one behind `last` begin and commit a transaction.
        transaction: bool,
        /// Whether the requests ask for an echo of their changes (`NLM_F_ECHO`).
        echo: bool,
    },
}

/// What came of it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The reply is complete, and the request is removed.
    Done(Outcome),
    /// Other dumps or batches come first: wait, then [`Channel::request`] once more.
    Turn(Wait),
    /// Replies to others come first: the same for a request that is neither.
    Full(Wait),
    /// Nothing is there to be read: poll, tell [`Channel::polled`], wait, then
    /// [`Channel::resume`].
    Wait(Wait),
    /// Wait to be woken, or for a short time, without a poll; then [`Channel::resume`].
    Blocked(Wait),
    /// More is there to be read: [`Channel::resume`] at once.
    More(Wait),
    /// Sending failed; the call is over.
    Send(Errno),
    /// Receiving failed; the call is over.
    Receive(Errno),
}

/// The errno of a closed socket.
pub const CLOSED: Errno = Errno::EBADF;

/// To a call whose socket is closed or whose caller is dead.
const GONE: Answer = Answer::Receive(CLOSED);

impl<W> Channel<W> {
    /// Takes up an open netlink socket, marking it close-on-exec.
    ///
    /// # Errors
    /// If `fd` is not open.
    pub fn adopt(fd: RawFd) -> Result<Self, Errno> {
        let held = Duplicate::of(fd)?;
        sys::close_on_exec(fd)?;
        let inode = sys::inode(held.as_raw_fd())?;
        let protocol = sys::protocol(held.as_raw_fd())?;
        let port = socket::port(held.as_raw_fd())?;
        Ok(Self { fd, inode, protocol, port, dispatcher: Mutex::new(Dispatcher::default()) })
    }

    /// A channel without a socket, on which every call fails.
    #[must_use]
    pub fn closed() -> Self {
        let (fd, inode, protocol, port) = (-1, 0, 0, 0);
        Self { fd, inode, protocol, port, dispatcher: Mutex::new(Dispatcher::default()) }
    }

    /// The socket, held open for one call whatever its owner does meanwhile.
    fn hold(&self) -> Result<Duplicate, Errno> {
        if self.dispatcher().is_closed() {
            return Err(CLOSED);
        }
        let held = Duplicate::of(self.fd)?;
        // Between its closing and our asking, the number may have become
        // another file's.
        let same = sys::inode(held.as_raw_fd()).is_ok_and(|inode| inode == self.inode);
        if same { Ok(held) } else { Err(CLOSED) }
    }

    /// Never held in a system call: it is asked for on normal schedulers, too.
    fn dispatcher(&self) -> MutexGuard<'_, Dispatcher<W>> {
        self.dispatcher.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins or leaves a multicast group.
    ///
    /// # Errors
    /// The errno of `setsockopt(2)`, or [`CLOSED`].
    pub fn membership(&self, group: u32, join: bool) -> Result<(), Errno> {
        socket::membership(self.hold()?.as_raw_fd(), group, join)
    }

    /// Sets the receive buffer in bytes; `force` needs `CAP_NET_ADMIN`.
    ///
    /// # Errors
    /// The errno of `setsockopt(2)`, or [`CLOSED`].
    pub fn receive_buffer(&self, bytes: u32, force: bool) -> Result<(), Errno> {
        socket::receive_buffer(self.hold()?.as_raw_fd(), bytes, force)
    }

    /// Sends a request and reads what there is of its reply.
    pub fn request<K: Waker<Waiter = W>>(&self, waker: &mut K, request: &Request) -> Answer {
        let seq = request.seq;
        let socket = match self.hold() {
            Ok(socket) => socket,
            Err(errno) => return self.fail(waker, seq, Answer::Send(errno)),
        };
        if let Err(answer) = self.admit(waker, &socket, request) {
            return answer;
        }
        let strict = request.mode() == Mode::Strict;
        if strict {
            socket::strict(socket.as_raw_fd(), true);
        }
        let sent = send_all(socket.as_raw_fd(), request.bytes);
        if strict {
            socket::strict(socket.as_raw_fd(), false);
        }
        if let Err(errno) = sent {
            self.dispatcher().send_failed(waker, seq);
            return Answer::Send(errno);
        }
        self.dispatcher().sent(waker, seq);
        self.collect(waker, &socket, seq, request.slice, false)
    }

    /// Waits for no one: returns once the request may be sent, or with the answer to the caller.
    fn admit<K: Waker<Waiter = W>>(
        &self,
        waker: &mut K,
        socket: &Duplicate,
        request: &Request,
    ) -> Result<(), Answer> {
        let seq = request.seq;
        let batch = matches!(request.expect, Expect::Batch { .. });
        let traits = Traits { dump: request.dump, batch, mode: request.mode() };
        let mut bytes = 0;
        loop {
            let mut dispatcher = self.dispatcher();
            let reply = || self.assembler(request);
            let mut admission = dispatcher.admit(waker, seq, traits, reply, token);
            if admission == Admission::Drain && bytes > request.slice {
                admission = dispatcher.pause_draining(waker, seq);
            }
            drop(dispatcher);
            match admission {
                Admission::Send => return Ok(()),
                Admission::Drain => {
                    if let Step::Concerned(size) | Step::Other(size) =
                        self.read(waker, socket, seq)?
                    {
                        bytes += size;
                    }
                }
                Admission::Wait(wait) if traits.dump || batch => return Err(Answer::Turn(wait)),
                Admission::Wait(wait) => return Err(Answer::Full(wait)),
                Admission::Closed => return Err(Answer::Send(CLOSED)),
                Admission::SeqInUse => return Err(Answer::Send(Errno::EBUSY)),
                Admission::Gone => return Err(GONE),
            }
        }
    }

    fn assembler(&self, request: &Request) -> ReplyAssembler {
        match request.expect {
            Expect::Single { flags } => {
                let reply = Reply::to(flags, self.port);
                ReplyAssembler::Single(if request.dump {
                    reply.in_buffer(buffer_pool::acquire())
                } else {
                    reply
                })
            }
            Expect::Batch { last, transaction, echo } => {
                let reply = BatchReply::new(request.seq, last, transaction);
                ReplyAssembler::Batch(if echo { reply.with_echo(self.port) } else { reply })
            }
        }
    }

    /// A caller has polled the socket, which has the kernel go on with a dump like any other
    /// receiving.
    pub fn polled<K: Waker<Waiter = W>>(&self, waker: &mut K, seq: u32) {
        self.dispatcher().polled(waker, seq);
    }

    /// Goes on with a call that was sent. `overrun` says that the caller has
    /// seen, and so cleared, the socket's `ENOBUFS` while it waited.
    pub fn resume<K: Waker<Waiter = W>>(
        &self,
        waker: &mut K,
        seq: u32,
        overrun: bool,
        slice: usize,
    ) -> Answer {
        if overrun {
            self.dispatcher().on_overrun();
        }
        match self.hold() {
            Ok(socket) => self.collect(waker, &socket, seq, slice, true),
            Err(errno) => self.fail(waker, seq, Answer::Receive(errno)),
        }
    }

    /// Whether there is such a request.
    #[must_use]
    pub fn knows(&self, seq: u32) -> bool {
        self.dispatcher().knows(seq)
    }

    /// Takes out the messages of a call's reply that have come so far, and
    /// their number.
    pub fn take(&self, seq: u32) -> (Vec<u8>, usize) {
        self.dispatcher().take(seq)
    }

    /// Ends a call without its reply.
    pub fn cancel<K: Waker<Waiter = W>>(&self, waker: &mut K, seq: u32) {
        self.dispatcher().cancel(waker, seq);
    }

    /// Ends the calls of dead callers.
    pub fn down<K: Waker<Waiter = W>>(&self, waker: &mut K, is_dead: impl Fn(&W) -> bool) {
        self.dispatcher().down(waker, is_dead);
    }

    /// Admits no call any more and wakes all callers. The descriptor is its owner's to close.
    pub fn close<K: Waker<Waiter = W>>(&self, waker: &mut K) {
        self.dispatcher().close(waker);
    }

    fn fail<K: Waker<Waiter = W>>(&self, waker: &mut K, seq: u32, answer: Answer) -> Answer {
        self.dispatcher().cancel(waker, seq);
        answer
    }

    /// Whether a request of this type and with these flags may start a dump,
    /// as far as its protocol tells.
    #[must_use]
    pub const fn may_dump(&self, msg_type: u16, flags: u16) -> bool {
        let reads = self.protocol != ROUTE || msg_type & 3 == ROUTE_GET;
        reads && flags & DUMP != 0
    }

    /// Reads the reply until it has ended, `slice` bytes of it have come, or nothing is there.
    fn collect<K: Waker<Waiter = W>>(
        &self,
        waker: &mut K,
        socket: &Duplicate,
        seq: u32,
        slice: usize,
        resumed: bool,
    ) -> Answer {
        let (mut bytes, mut others, mut spins) = (0, 0, 0);
        loop {
            let mut dispatcher = self.dispatcher();
            let reading = dispatcher.begin_read(waker, seq);
            let rests = others >= if resumed { OTHERS_RESUMED } else { OTHERS };
            match reading {
                Reading::Done(outcome) => return Answer::Done(outcome),
                Reading::Gone => return GONE,
                Reading::Busy if spins < SPINS => {
                    drop(dispatcher);
                    spins += 1;
                    thread::yield_now();
                    continue;
                }
                Reading::Busy => return parked(dispatcher.wait_for_reader(waker, seq)),
                Reading::Read if rests && dispatcher.is_dump_running(seq) => {
                    return parked(dispatcher.wait_for_dump(waker, seq));
                }
                Reading::Read if bytes >= slice || others >= OTHERS => {
                    return dispatcher.pause(waker, seq).map_or(GONE, Answer::More);
                }
                Reading::Read => drop(dispatcher),
            }
            match self.read(waker, socket, seq) {
                Err(answer) => return answer,
                Ok(Step::Concerned(size)) => bytes += size,
                Ok(Step::Other(_)) => others += 1,
                Ok(Step::Nothing) => {}
                Ok(Step::Empty) => {
                    let mut dispatcher = self.dispatcher();
                    return match dispatcher.begin_read(waker, seq) {
                        Reading::Done(outcome) => Answer::Done(outcome),
                        Reading::Gone => GONE,
                        Reading::Busy => parked(dispatcher.wait_for_reader(waker, seq)),
                        Reading::Read => parked(dispatcher.wait_for_reply(waker, seq)),
                    };
                }
            }
        }
    }

    /// Reads one datagram and routes it; `seq` is that of the request whose caller reads.
    fn read<K: Waker<Waiter = W>>(
        &self,
        waker: &mut K,
        socket: &Duplicate,
        seq: u32,
    ) -> Result<Step, Answer> {
        let mut concerned = false;
        let got = receive(socket, |datagram| {
            let Datagram { bytes, multicast, cut } = datagram;
            concerned = self.dispatcher().route(waker, seq, bytes, multicast, cut);
        });
        match got {
            Ok(size) if concerned => Ok(Step::Concerned(size.max(SMALL))),
            Ok(size) => Ok(Step::Other(size.max(SMALL))),
            Err(Errno::EINTR) => Ok(Step::Nothing),
            Err(Errno::ENOBUFS) => {
                self.dispatcher().on_overrun();
                Ok(Step::Nothing)
            }
            Err(Errno::EAGAIN) => {
                self.dispatcher().on_would_block(waker);
                Ok(Step::Empty)
            }
            Err(errno) => Err(self.fail(waker, seq, Answer::Receive(errno))),
        }
    }
}

/// What one reading came to: a datagram that counts as so many bytes, or none.
enum Step {
    /// It was part of the reader's own reply.
    Concerned(usize),
    /// It was not.
    Other(usize),
    /// A signal, or an overrun.
    Nothing,
    /// The receive queue is empty.
    Empty,
}

fn parked(parked: Option<Parked>) -> Answer {
    match parked {
        Some(Parked::Poll(wait)) => Answer::Wait(wait),
        Some(Parked::Blocked(wait)) => Answer::Blocked(wait),
        None => GONE,
    }
}
