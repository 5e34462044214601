//! Requests and replies on one socket, shared by any number of callers.
//!
//! Netlink usually answers inside `sendmsg`, so that the reply is queued when it returns.
//! [`Channel::request`] sends and reads until the receive queue is empty; an incomplete reply is
//! reported as [`Answer::Wait`], and [`Channel::resume`] continues. A caller that reads routes
//! every datagram to the request it belongs to.
//!
//! No call waits for another caller: [`crate::dispatcher`] decides the order, and its lock is
//! never held in a system call.

use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use linx_wire::reply::{BatchReply, Reply, ReplyAssembler};
pub use nix::errno::Errno;

use datagram::{Datagram, receive, send_all};
use limits::{Others, RESUMED, SENDING, SHORT};
pub use notifications::Notifications;
pub use request::{Answer, Expect, Request};

use crate::dispatcher::{Admission, Dispatcher, Parked, Reading, StrictMode, Traits, Waker};
use crate::fd_reserve::Duplicate;
use crate::{buffer_pool, socket, sys};

mod datagram;
mod limits;
mod notifications;
mod request;

/// `NLM_F_ROOT | NLM_F_MATCH`: with either of them a request may start a dump.
const DUMP: u16 = 0x300;
/// `NETLINK_ROUTE`, where the last two bits of a message type are its verb (`RTNL_KIND_*`).
const ROUTE: i32 = 0;
/// `RTNL_KIND_GET`.
const ROUTE_GET: u16 = 2;

/// What a smaller datagram counts as, in bytes: receiving one takes as long as copying about this
/// many bytes.
const SMALL: usize = 4096;
/// How often a call retries to become the reader before it waits outside: another caller reads a
/// datagram in about the time of a few retries.
const SPINS: usize = 20;

static TOKENS: AtomicU64 = AtomicU64::new(1);

/// A new token for waking a caller, unique in this process.
pub fn token() -> u64 {
    TOKENS.fetch_add(1, Ordering::Relaxed)
}

/// A socket and the requests in flight on it.
///
/// The descriptor is not owned: its owner may close it at any time. It is identified by its number
/// and its inode, so that a reused number is not mistaken for the socket.
#[derive(Debug)]
pub struct Channel<W> {
    fd: RawFd,
    inode: u64,
    protocol: i32,
    /// The port that the socket is bound to.
    port: u32,
    dispatcher: Mutex<Dispatcher<W>>,
}

/// The errno of a closed socket.
pub const CLOSED: Errno = Errno::EBADF;

/// The answer where the socket is closed, the caller is dead, or the request was cancelled.
const CANCELLED: Answer = Answer::Receive(CLOSED);

impl<W> Channel<W> {
    /// A channel on an open netlink socket, which is marked close-on-exec.
    ///
    /// # Errors
    /// If `fd` is not open.
    pub fn from_fd(fd: RawFd) -> Result<Self, Errno> {
        let socket = Duplicate::of(fd)?;
        sys::close_on_exec(fd)?;
        let inode = sys::inode(socket.as_raw_fd())?;
        let protocol = sys::protocol(socket.as_raw_fd())?;
        let port = socket::port(socket.as_raw_fd())?;
        Ok(Self { fd, inode, protocol, port, dispatcher: Mutex::new(Dispatcher::default()) })
    }

    /// A channel without a socket, on which every call fails.
    #[must_use]
    pub fn closed() -> Self {
        let (fd, inode, protocol, port) = (-1, 0, 0, 0);
        Self { fd, inode, protocol, port, dispatcher: Mutex::new(Dispatcher::default()) }
    }

    /// A duplicate of the descriptor, which keeps the socket open for one call even if its owner
    /// closes it meanwhile.
    fn dup_checked(&self) -> Result<Duplicate, Errno> {
        if self.dispatcher().is_closed() {
            return Err(CLOSED);
        }
        let socket = Duplicate::of(self.fd)?;
        // If the owner has closed the socket, the number may be another file's by now.
        let same = sys::inode(socket.as_raw_fd()).is_ok_and(|inode| inode == self.inode);
        if same { Ok(socket) } else { Err(CLOSED) }
    }

    /// The lock is never held in a system call, since normal schedulers take it, too.
    fn dispatcher(&self) -> MutexGuard<'_, Dispatcher<W>> {
        self.dispatcher.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins or leaves a multicast group.
    ///
    /// # Errors
    /// The errno of `setsockopt(2)`, or [`CLOSED`].
    pub fn membership(&self, group: u32, join: bool) -> Result<(), Errno> {
        socket::membership(self.dup_checked()?.as_raw_fd(), group, join)
    }

    /// Sets the receive buffer in bytes; `force` needs `CAP_NET_ADMIN`.
    ///
    /// # Errors
    /// The errno of `setsockopt(2)`, or [`CLOSED`].
    pub fn receive_buffer(&self, bytes: u32, force: bool) -> Result<(), Errno> {
        socket::receive_buffer(self.dup_checked()?.as_raw_fd(), bytes, force)
    }

    /// Sends a request and reads its reply until the receive queue is empty.
    pub fn request<K: Waker<Waiter = W>>(&self, waker: &mut K, request: &Request) -> Answer {
        let seq = request.seq;
        let socket = match self.dup_checked() {
            Ok(socket) => socket,
            Err(errno) => return self.fail(waker, seq, Answer::Send(errno)),
        };
        if let Err(answer) = self.admit(waker, &socket, request) {
            return answer;
        }
        self.deliver(waker, &socket, request, SENDING)
    }

    /// Sends a request and reads its reply, if neither a dump nor another reader is in the way; `None`
    /// otherwise. For requests that the kernel answers without waiting for a lock: this call is
    /// short, since it does not continue another caller's dump and reads few other datagrams.
    pub fn exchange<K: Waker<Waiter = W>>(
        &self,
        waker: &mut K,
        request: &Request,
    ) -> Option<Answer> {
        let socket = self.dup_checked().ok()?;
        let traits = Traits { dump: request.dump, batch: false, mode: request.mode() };
        let reply = || self.assembler(request);
        let admitted = self.dispatcher().admit_reader(waker, request.seq, traits, reply, token);
        admitted.then(|| self.deliver(waker, &socket, request, SHORT))
    }

    /// Sends an admitted request, and reads its reply.
    fn deliver<K: Waker<Waiter = W>>(
        &self,
        waker: &mut K,
        socket: &Duplicate,
        request: &Request,
        most: Others,
    ) -> Answer {
        let seq = request.seq;
        let strict = request.mode() == StrictMode::On;
        if strict {
            socket::set_strict(socket.as_raw_fd(), true);
        }
        let sent = send_all(socket.as_raw_fd(), request.bytes);
        if strict {
            socket::set_strict(socket.as_raw_fd(), false);
        }
        if let Err(errno) = sent {
            self.dispatcher().send_failed(waker, seq);
            return Answer::Send(errno);
        }
        self.dispatcher().sent(waker, seq);
        self.collect(waker, socket, seq, request.budget, most)
    }

    /// Returns once the request may be sent, or with the answer to the caller; does not wait.
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
            if admission == Admission::Drain && bytes > request.budget {
                admission = dispatcher.pause_draining(waker, seq);
            }
            drop(dispatcher);
            match admission {
                Admission::Send => return Ok(()),
                Admission::Drain => {
                    if let ReadStep::Own(size) | ReadStep::Other(size) =
                        self.read(waker, socket, seq)?
                    {
                        bytes += size;
                    }
                }
                Admission::Wait(wait) if traits.dump || batch => return Err(Answer::Turn(wait)),
                Admission::Wait(wait) => return Err(Answer::Full(wait)),
                Admission::Closed => return Err(Answer::Send(CLOSED)),
                Admission::SeqInUse => return Err(Answer::Send(Errno::EBUSY)),
                Admission::Cancelled => return Err(CANCELLED),
            }
        }
    }

    /// The assembler of a request's reply.
    fn assembler(&self, request: &Request) -> ReplyAssembler {
        match request.expect {
            Expect::Single { flags } => {
                let reply = Reply::to(flags, self.port);
                let reply = if request.lists(self.protocol) { reply.until_done() } else { reply };
                ReplyAssembler::Single(if request.dump {
                    reply.in_buffer(buffer_pool::acquire())
                } else {
                    reply
                })
            }
            Expect::Batch { last, transaction, echo, objects } => {
                let reply = BatchReply::new(request.seq, last, transaction);
                let reply = if echo { reply.with_echo(self.port) } else { reply };
                ReplyAssembler::Batch(if objects { reply.with_objects() } else { reply })
            }
        }
    }

    /// Reports that a caller has polled the socket, which makes the kernel continue a dump, as
    /// receiving does.
    pub fn polled<K: Waker<Waiter = W>>(&self, waker: &mut K, seq: u32) {
        self.dispatcher().polled(waker, seq);
    }

    /// Continues to read the reply to a request that was sent. `overrun`: the caller has seen, and
    /// so cleared, the socket's `ENOBUFS` while it waited.
    pub fn resume<K: Waker<Waiter = W>>(
        &self,
        waker: &mut K,
        seq: u32,
        overrun: bool,
        budget: usize,
    ) -> Answer {
        if overrun {
            self.dispatcher().on_overrun();
        }
        match self.dup_checked() {
            Ok(socket) => self.collect(waker, &socket, seq, budget, RESUMED),
            Err(errno) => self.fail(waker, seq, Answer::Receive(errno)),
        }
    }

    /// Whether a request with this sequence number is in flight.
    #[must_use]
    pub fn contains(&self, seq: u32) -> bool {
        self.dispatcher().contains(seq)
    }

    /// Takes out the messages received so far of a request's reply, and their number.
    pub fn take(&self, seq: u32) -> (Vec<u8>, usize) {
        self.dispatcher().take(seq)
    }

    /// Removes a request without waiting for its reply.
    pub fn cancel<K: Waker<Waiter = W>>(&self, waker: &mut K, seq: u32) {
        self.dispatcher().cancel(waker, seq);
    }

    /// Removes the requests of dead callers.
    pub fn remove_down<K: Waker<Waiter = W>>(&self, waker: &mut K, is_dead: impl Fn(&W) -> bool) {
        self.dispatcher().remove_down(waker, is_dead);
    }

    /// Rejects new requests and wakes all waiters. The descriptor is left to its owner.
    pub fn close<K: Waker<Waiter = W>>(&self, waker: &mut K) {
        self.dispatcher().close(waker);
    }

    fn fail<K: Waker<Waiter = W>>(&self, waker: &mut K, seq: u32, answer: Answer) -> Answer {
        self.dispatcher().cancel(waker, seq);
        answer
    }

    /// Whether a request with this type and these flags may start a dump, as far as the protocol
    /// determines it.
    #[must_use]
    pub const fn may_dump(&self, msg_type: u16, flags: u16) -> bool {
        let reads = self.protocol != ROUTE || msg_type & 3 == ROUTE_GET;
        reads && flags & DUMP != 0
    }

    /// Reads until the reply is complete, `budget` bytes of it or `most` datagrams of other requests
    /// were read, or the receive queue is empty.
    fn collect<K: Waker<Waiter = W>>(
        &self,
        waker: &mut K,
        socket: &Duplicate,
        seq: u32,
        budget: usize,
        most: Others,
    ) -> Answer {
        let (mut bytes, mut others, mut spins) = (0, 0, 0);
        loop {
            let mut dispatcher = self.dispatcher();
            let reading = dispatcher.begin_read(waker, seq);
            let enough = others >= most.of_dump;
            match reading {
                Reading::Done(outcome) => return Answer::Done(outcome),
                Reading::Cancelled => return CANCELLED,
                Reading::Busy if spins < SPINS => {
                    drop(dispatcher);
                    spins += 1;
                    thread::yield_now();
                    continue;
                }
                Reading::Busy => return parked(dispatcher.wait_for_reader(waker, seq)),
                Reading::Read if enough && dispatcher.is_dump_running(seq) => {
                    return parked(dispatcher.wait_for_dump(waker, seq));
                }
                Reading::Read if bytes >= budget || others >= most.any => {
                    return dispatcher.pause(waker, seq).map_or(CANCELLED, Answer::Yield);
                }
                Reading::Read => drop(dispatcher),
            }
            match self.read(waker, socket, seq) {
                Err(answer) => return answer,
                Ok(ReadStep::Own(size)) => bytes += size,
                Ok(ReadStep::Other(_)) => others += 1,
                Ok(ReadStep::Retry) => {}
                Ok(ReadStep::Empty) => {
                    let mut dispatcher = self.dispatcher();
                    return match dispatcher.begin_read(waker, seq) {
                        Reading::Done(outcome) => Answer::Done(outcome),
                        Reading::Cancelled => CANCELLED,
                        Reading::Busy => parked(dispatcher.wait_for_reader(waker, seq)),
                        Reading::Read => parked(dispatcher.wait_for_reply(waker, seq)),
                    };
                }
            }
        }
    }

    /// Reads one datagram and routes it; `seq` is the request of the caller that reads.
    fn read<K: Waker<Waiter = W>>(
        &self,
        waker: &mut K,
        socket: &Duplicate,
        seq: u32,
    ) -> Result<ReadStep, Answer> {
        let mut own = false;
        let got = receive(socket, |datagram| {
            let Datagram { bytes, multicast, truncated } = datagram;
            own = self.dispatcher().route(waker, seq, bytes, multicast, truncated);
        });
        match got {
            Ok(size) if own => Ok(ReadStep::Own(size.max(SMALL))),
            Ok(size) => Ok(ReadStep::Other(size.max(SMALL))),
            Err(Errno::EINTR) => Ok(ReadStep::Retry),
            Err(Errno::ENOBUFS) => {
                self.dispatcher().on_overrun();
                Ok(ReadStep::Retry)
            }
            Err(Errno::EAGAIN) => {
                self.dispatcher().on_would_block(waker);
                Ok(ReadStep::Empty)
            }
            Err(errno) => Err(self.fail(waker, seq, Answer::Receive(errno))),
        }
    }
}

/// Result of one read; of a datagram, the number of bytes that it counts as.
enum ReadStep {
    /// The datagram was part of the reader's own reply.
    Own(usize),
    /// The datagram was not.
    Other(usize),
    /// A signal, or an overrun: no datagram was read.
    Retry,
    /// The receive queue is empty.
    Empty,
}

fn parked(parked: Option<Parked>) -> Answer {
    match parked {
        Some(Parked::Poll(wait)) => Answer::Wait(wait),
        Some(Parked::Blocked(wait)) => Answer::Blocked(wait),
        None => CANCELLED,
    }
}
