//! Requests and replies on one socket that any number of callers share.
//!
//! Netlink mostly answers inside `sendmsg`, so the reply is there when it
//! returns. [`Exchange::request`] sends and reads what is there; what has not
//! come is reported as [`Answer::Wait`], and [`Exchange::resume`] goes on.
//! Whoever reads hands every datagram to the call it belongs to.

use std::cell::RefCell;
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use linx_wire::acks::Acks;
use linx_wire::message::Messages;
use linx_wire::reply::{Ended, Reply};
pub use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, NetlinkAddr, recvmsg, sendmsg};
use nix::sys::stat::fstat;

use crate::desk::{Desk, Expected, Host, Pause, Turn, Wait};
use crate::{socket, spare, sys};

/// `NLM_F_ROOT | NLM_F_MATCH`: with any of them a request may start a dump.
const DUMP: u16 = 0x300;
/// `NETLINK_ROUTE`, where the last two bits of a type are its verb.
const ROUTE: i32 = 0;
/// The verb that reads (`RTNL_KIND_GET`).
const ROUTE_GET: u16 = 2;

/// Far more than any datagram of the kernel. Pages that are never written to
/// cost nothing, and it is one per thread.
const BUFFER: usize = 1 << 20;
/// How many datagrams of others a call reads before it lets its scheduler go.
const SLICE_OTHERS: usize = 256;

thread_local! {
    static BUFFER_OF_THREAD: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER]);
}

/// Where each caller's token comes from.
static TOKENS: AtomicU64 = AtomicU64::new(1);

/// A socket and the calls in flight on it.
///
/// The descriptor belongs to somebody else, who may close it at any time. It is
/// known by its number and, so that a reused number is never mistaken for it,
/// by its inode.
#[derive(Debug)]
pub struct Exchange<W> {
    fd: RawFd,
    inode: u64,
    protocol: i32,
    desk: Mutex<Desk<W>>,
    /// Held for writing while the socket is in strict mode, for reading by
    /// requests that may not be sent in strict mode.
    mode: RwLock<()>,
    /// Held by whoever reads, and while a dump starts. Each of them has the kernel write the next
    /// part of a dump, which it queues after it has let another thread write the one behind
    /// (`netlink_dump`): the end of a dump would come before its last part, which nobody misses.
    reading: Mutex<()>,
    /// Held by the one batch that is sent and answered: the receive buffer has
    /// room for the refusals of no more.
    batch: Mutex<()>,
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

/// What is expected in return.
#[derive(Debug, Clone, Copy)]
pub enum Expect {
    /// The reply to one request with these flags.
    Reply {
        /// `NLM_F_*`.
        flags: u16,
    },
    /// The outcomes of many: see [`Acks::new`].
    Acks {
        /// The place of the request that is acknowledged in any case.
        last: u32,
        /// Whether the first and what follows `last` hold the others together.
        enveloped: bool,
        /// Whether they ask to be told of their own changes (`NLM_F_ECHO`).
        echo: bool,
    },
}

/// What came of it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The reply has ended, and the call is over.
    Ended(Ended),
    /// Other dumps come first: wait, then [`Exchange::request`] once more.
    Turn(Wait),
    /// Nothing is there to be read: look, tell [`Exchange::looked`], wait, then
    /// [`Exchange::resume`].
    Wait(Wait),
    /// The same while a dump starts: wait to be woken, without a look.
    Rest(Wait),
    /// More is there to be read: [`Exchange::resume`] at once.
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

impl<W> Exchange<W> {
    /// Takes up an open netlink socket, marking it close-on-exec.
    ///
    /// # Errors
    /// If `fd` is not open.
    pub fn adopt(fd: RawFd) -> Result<Self, Errno> {
        let held = sys::duplicate(fd)?;
        sys::close_on_exec(fd)?;
        let inode = fstat(&held)?.st_ino;
        let protocol = sys::protocol(held.as_raw_fd())?;
        let desk = Mutex::new(Desk::default());
        let (mode, reading, batch) = (RwLock::new(()), Mutex::new(()), Mutex::new(()));
        Ok(Self { fd, inode, protocol, desk, mode, reading, batch })
    }

    /// The socket, held open for one call whatever its owner does meanwhile.
    fn hold(&self) -> Result<OwnedFd, Errno> {
        if self.desk().is_closed() {
            return Err(CLOSED);
        }
        let held = sys::duplicate(self.fd)?;
        // Between its closing and our asking, the number may have become
        // another file's.
        let same = fstat(&held).is_ok_and(|stat| stat.st_ino == self.inode);
        if same { Ok(held) } else { Err(CLOSED) }
    }

    /// Never held in a system call, which may have to wait: it is asked for on normal
    /// schedulers, too.
    fn desk(&self) -> MutexGuard<'_, Desk<W>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Taken before the desk, if both are.
    fn reading(&self) -> MutexGuard<'_, ()> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
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
    pub fn request<H: Host<Waiter = W>>(&self, host: &mut H, request: &Request) -> Answer {
        let seq = request.seq;
        let socket = match self.hold() {
            Ok(socket) => socket,
            Err(errno) => return self.give_up(host, seq, Answer::Send(errno)),
        };

        let expected = match request.expect {
            Expect::Reply { flags } if request.dump => {
                Expected::Reply(Reply::to(flags).in_buffer(spare::take()))
            }
            Expect::Reply { flags } => Expected::Reply(Reply::to(flags)),
            Expect::Acks { last, enveloped, echo } => {
                let acks = Acks::new(seq, last, enveloped);
                match echo.then(|| socket::port(socket.as_raw_fd())) {
                    None => Expected::Acks(acks),
                    Some(Ok(port)) => Expected::Acks(acks.echoed_to(port)),
                    Some(Err(errno)) => return self.give_up(host, seq, Answer::Send(errno)),
                }
            }
        };
        let token = || TOKENS.fetch_add(1, Ordering::Relaxed);
        match self.desk().enter(host, seq, request.dump, expected, token) {
            Turn::Now => {}
            Turn::Later(wait) => return Answer::Turn(wait),
            Turn::Closed => return Answer::Send(CLOSED),
            Turn::Taken => return Answer::Send(Errno::EBUSY),
        }

        // The kernel refuses a dump while another one has not been read out.
        if request.dump
            && let Err(answer) = self.read_out(host, &socket, seq)
        {
            return answer;
        }
        let batch = matches!(request.expect, Expect::Acks { .. });
        let _alone = batch.then(|| self.batch.lock().unwrap_or_else(PoisonError::into_inner));
        self.desk().sending(seq);
        if let Err(errno) = self.send(&socket, request) {
            return self.give_up(host, seq, Answer::Send(errno));
        }
        self.desk().sent(host, seq);
        self.collect(host, &socket, seq, request.slice)
    }

    /// A caller has looked whether there is something to be read, which has the kernel go on with
    /// a dump like any other receiving.
    pub fn looked<H: Host<Waiter = W>>(&self, host: &mut H, seq: u32) {
        self.desk().looked(host, seq);
    }

    /// Goes on with a call that was sent. `overrun` says that the caller has
    /// seen, and so cleared, the socket's `ENOBUFS` while it waited.
    pub fn resume<H: Host<Waiter = W>>(
        &self,
        host: &mut H,
        seq: u32,
        overrun: bool,
        slice: usize,
    ) -> Answer {
        self.looked(host, seq);
        if overrun {
            // Not between somebody's finding the socket empty and its saying so.
            let _reading = self.reading();
            self.desk().overrun();
        }
        match self.hold() {
            Ok(socket) => self.collect(host, &socket, seq, slice),
            Err(errno) => self.give_up(host, seq, Answer::Receive(errno)),
        }
    }

    /// Reads notifications: what is there, up to about `limit` bytes, for a
    /// socket on which nobody makes requests.
    ///
    /// # Errors
    /// The errno of `recvmsg(2)`, or [`CLOSED`].
    pub fn drain(&self, limit: usize) -> Result<Drained, Errno> {
        let socket = self.hold()?;
        let mut drained = Drained::default();
        while drained.bytes.len() < limit {
            let got = receive(&socket, |datagram| {
                // A part of a message is none; that it existed is a loss.
                if datagram.cut {
                    drained.losses += 1;
                } else {
                    drained.push(datagram.bytes);
                }
            });
            match got {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(Errno::ENOBUFS) => drained.losses += 1,
                Err(Errno::EAGAIN) => {
                    drained.empty = true;
                    break;
                }
                Err(errno) => return Err(errno),
            }
        }
        Ok(drained)
    }

    /// Takes out the messages of a call's reply that have come so far, and
    /// their number.
    pub fn take(&self, seq: u32) -> (Vec<u8>, usize) {
        self.desk().take(seq)
    }

    /// Ends a call without its reply.
    pub fn forget<H: Host<Waiter = W>>(&self, host: &mut H, seq: u32) {
        self.desk().leave(host, seq);
    }

    /// Ends the calls of dead callers.
    pub fn bury<H: Host<Waiter = W>>(&self, host: &mut H, is_dead: impl Fn(&W) -> bool) {
        self.desk().bury(host, is_dead);
    }

    /// Lets nobody in any more and wakes all who wait. The descriptor is its
    /// owner's to close.
    pub fn shut<H: Host<Waiter = W>>(&self, host: &mut H) {
        self.desk().close(host);
    }

    fn give_up<H: Host<Waiter = W>>(&self, host: &mut H, seq: u32, answer: Answer) -> Answer {
        self.desk().leave(host, seq);
        answer
    }

    /// Whether a request of this type and with these flags may start a dump,
    /// as far as its protocol tells.
    #[must_use]
    pub const fn may_dump(&self, kind: u16, flags: u16) -> bool {
        let reads = self.protocol != ROUTE || kind & 3 == ROUTE_GET;
        reads && flags & DUMP != 0
    }

    fn send(&self, socket: &OwnedFd, request: &Request) -> Result<(), Errno> {
        let fd = socket.as_raw_fd();
        let send = || {
            let _reading = request.dump.then(|| self.reading());
            send_all(fd, request.bytes)
        };
        if request.strict && request.dump {
            let _alone = self.mode.write().unwrap_or_else(PoisonError::into_inner);
            socket::strict(fd, true);
            let result = send();
            socket::strict(fd, false);
            result
        } else if request.strict {
            send()
        } else {
            let _loose = self.mode.read().unwrap_or_else(PoisonError::into_inner);
            send()
        }
    }

    /// Reads the rest of a dump that nobody waits for. An error is the answer
    /// to the call that wanted to dump.
    fn read_out<H: Host<Waiter = W>>(
        &self,
        host: &mut H,
        socket: &OwnedFd,
        seq: u32,
    ) -> Result<(), Answer> {
        loop {
            let _reading = self.reading();
            let mut desk = self.desk();
            if desk.is_closed() {
                desk.leave(host, seq);
                return Err(Answer::Send(CLOSED));
            }
            if !desk.is_stale() {
                return Ok(());
            }
            drop(desk);
            let got = receive(socket, |datagram| _ = datagram.route(&mut self.desk(), host, seq));
            let mut desk = self.desk();
            match got {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(Errno::ENOBUFS) => desk.overrun(),
                Err(Errno::EAGAIN) => desk.drained(host),
                Err(errno) => {
                    desk.leave(host, seq);
                    return Err(Answer::Receive(errno));
                }
            }
        }
    }

    fn collect<H: Host<Waiter = W>>(
        &self,
        host: &mut H,
        socket: &OwnedFd,
        seq: u32,
        slice: usize,
    ) -> Answer {
        let (mut bytes, mut others) = (0, 0);
        while bytes < slice && others < SLICE_OTHERS {
            // Let go between datagrams: other callers read, too.
            let _reading = self.reading();
            let mut desk = self.desk();
            if let Some(ended) = desk.collect(host, seq) {
                return Answer::Ended(ended);
            }
            if desk.is_closed() || !desk.knows(seq) {
                desk.leave(host, seq);
                return GONE;
            }
            drop(desk);
            let mut concerned = false;
            let got = receive(socket, |datagram| {
                concerned = datagram.route(&mut self.desk(), host, seq);
            });
            let mut desk = self.desk();
            match got {
                Ok(size) if concerned => bytes += size,
                Ok(_) => others += 1,
                Err(Errno::EINTR) => {}
                Err(Errno::ENOBUFS) => desk.overrun(),
                Err(Errno::EAGAIN) => {
                    desk.drained(host);
                    if let Some(ended) = desk.collect(host, seq) {
                        return Answer::Ended(ended);
                    }
                    return match desk.pause(host, seq) {
                        Some(Pause::Look(wait)) => Answer::Wait(wait),
                        Some(Pause::Rest(wait)) => Answer::Rest(wait),
                        None => GONE,
                    };
                }
                Err(errno) => {
                    desk.leave(host, seq);
                    return Answer::Receive(errno);
                }
            }
        }
        // Watched, since a caller that dies now would leave its call behind.
        self.desk().park(host, seq).map_or(GONE, Answer::More)
    }
}

/// Notifications that were read.
#[derive(Debug, Default)]
pub struct Drained {
    /// Their messages, one behind the other.
    pub bytes: Vec<u8>,
    /// How many they are.
    pub count: usize,
    /// How often something was lost between them.
    pub losses: u64,
    /// Nothing more was there.
    pub empty: bool,
}

impl Drained {
    fn push(&mut self, datagram: &[u8]) {
        for message in Messages::new(datagram).flatten() {
            message.append_to(&mut self.bytes);
            self.count += 1;
        }
    }
}

struct Datagram<'a> {
    bytes: &'a [u8],
    multicast: bool,
    cut: bool,
}

impl Datagram<'_> {
    /// Hands it to the call it belongs to; returns whether that is `seq`'s.
    fn route<H: Host>(&self, desk: &mut Desk<H::Waiter>, host: &mut H, seq: u32) -> bool {
        desk.route(host, seq, self.bytes, self.multicast, self.cut)
    }
}

/// Receives one datagram, if one is there, and shows it to `take` if it comes
/// from the kernel. Returns its size.
fn receive(socket: &OwnedFd, take: impl FnOnce(Datagram)) -> Result<usize, Errno> {
    BUFFER_OF_THREAD.with_borrow_mut(|buffer| {
        let mut iov = [IoSliceMut::new(buffer)];
        let flags = MsgFlags::MSG_DONTWAIT;
        let got = recvmsg::<NetlinkAddr>(socket.as_raw_fd(), &mut iov, None, flags)?;
        let (size, cut, from) = (got.bytes, got.flags.contains(MsgFlags::MSG_TRUNC), got.address);
        // Anyone may send to our port; only port 0 is the kernel.
        if let Some(from) = from.filter(|from| from.pid() == 0) {
            let bytes = buffer.get(..size).unwrap_or_default();
            take(Datagram { bytes, multicast: from.groups() != 0, cut });
        }
        Ok(size)
    })
}

/// Sends to the kernel. A netlink socket takes a datagram whole or not at all.
fn send_all(fd: RawFd, bytes: &[u8]) -> Result<(), Errno> {
    let kernel = NetlinkAddr::new(0, 0);
    let iov = [IoSlice::new(bytes)];
    loop {
        match sendmsg(fd, &iov, &[], MsgFlags::MSG_DONTWAIT, Some(&kernel)) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}
