//! The channel on real sockets; reading links needs no privilege.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test panics at an unexpected result")]

use std::io::IoSlice;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering};

use linx_socket::channel::{Answer, CLOSED, Channel, Expect, Request};
use linx_socket::dispatcher::Waker;
use linx_socket::socket;
use linx_wire::message::{Header, Messages, put};
use linx_wire::reply::Outcome;
use nix::sys::socket::{MsgFlags, NetlinkAddr, getsockname, sendmsg};

const GETLINK: u16 = 18;
const DUMP: u16 = 0x301;

/// The threads of the tests are not woken: they call again.
struct Thread;

impl Waker for Thread {
    type Waiter = ();
    fn register(&mut self) -> Option<()> {
        Some(())
    }
    fn wake(&mut self, (): &(), _token: u64) {}
    fn deregister(&mut self, (): ()) {}
}

fn open() -> (OwnedFd, Channel<()>) {
    let socket = socket::open(None, 0).unwrap();
    let channel = Channel::from_fd(socket.as_raw_fd()).unwrap();
    (socket, channel)
}

/// Makes one request; with `budget` 0 nothing of the reply is read.
fn request(
    channel: &Channel<()>,
    (seq, msg_type, flags): (u32, u16, u16),
    payload: &[u8],
    budget: usize,
) -> Answer {
    let mut bytes = Vec::new();
    put(&mut bytes, Header { msg_type, flags, seq, port: 0 }, payload).unwrap();
    let (expect, dump) = (Expect::Single { flags }, channel.may_dump(msg_type, flags));
    let request = Request { seq, bytes: &bytes, expect, dump, strict: false, budget };
    channel.request(&mut Thread, &request)
}

/// Makes one request without waiting for others.
fn exchange(channel: &Channel<()>, seq: u32, flags: u16, payload: &[u8]) -> Option<Answer> {
    let mut bytes = Vec::new();
    put(&mut bytes, Header { msg_type: GETLINK, flags, seq, port: 0 }, payload).unwrap();
    let (expect, dump) = (Expect::Single { flags }, channel.may_dump(GETLINK, flags));
    let request = Request { seq, bytes: &bytes, expect, dump, strict: true, budget: 1 << 20 };
    channel.exchange(&mut Thread, &request)
}

fn ask(channel: &Channel<()>, seq: u32, msg_type: u16, flags: u16, payload: &[u8]) -> Outcome {
    let ask = || request(channel, (seq, msg_type, flags), payload, 1 << 20);
    let mut answer = ask();
    loop {
        answer = match answer {
            Answer::Done(outcome) => return outcome,
            Answer::Turn(_) | Answer::Full(_) => {
                std::thread::yield_now();
                ask()
            }
            Answer::Wait(_) | Answer::Blocked(_) | Answer::Yield(_) => {
                channel.resume(&mut Thread, seq, false, 1 << 20)
            }
            Answer::Send(errno) | Answer::Receive(errno) => panic!("{errno}"),
        };
    }
}

fn loopback() -> Vec<u8> {
    let mut query = vec![0; 16];
    query.splice(4..8, 1_i32.to_ne_bytes());
    query
}

#[test]
fn a_dump_and_a_get_return_their_data() {
    let (_socket, channel) = open();
    let Outcome::Data { bytes, count } = ask(&channel, 1, GETLINK, DUMP, &[0; 16]) else {
        panic!()
    };
    assert!(count > 0);
    assert_eq!(Messages::new(&bytes).flatten().count(), count);
    let Outcome::Data { count, .. } = ask(&channel, 2, GETLINK, 1, &loopback()) else { panic!() };
    assert_eq!(count, 1);
}

#[test]
fn a_refusal_carries_its_errno() {
    let (_socket, channel) = open();
    let mut absent = vec![0; 16];
    absent.splice(4..8, 0x7fff_fff0_i32.to_ne_bytes());
    let outcome = ask(&channel, 1, GETLINK, 1, &absent);
    assert!(matches!(outcome, Outcome::Refused { errno: 19, .. }), "{outcome:?}");
}

#[test]
fn an_exchange_returns_its_reply_and_does_not_start_beside_a_dump() {
    let (socket, channel) = open();
    let Some(Answer::Done(Outcome::Data { count: 1, .. })) = exchange(&channel, 1, 1, &loopback())
    else {
        panic!()
    };
    // With this budget nothing of the dump is read.
    let answer = request(&channel, (2, GETLINK, DUMP), &[0; 16], 0);
    assert!(matches!(answer, Answer::Yield(_)), "{answer:?}");
    assert_eq!(exchange(&channel, 3, 1, &loopback()), None);
    channel.cancel(&mut Thread, 2);
    assert_eq!(exchange(&channel, 3, 1, &loopback()), None, "the rest of the dump is unread");
    assert!(matches!(ask(&channel, 4, GETLINK, DUMP, &[0; 16]), Outcome::Data { .. }));
    assert!(matches!(exchange(&channel, 3, 1, &loopback()), Some(Answer::Done(_))));
    assert_eq!(exchange(&channel, 5, DUMP, &[0; 16]), None, "a dump is no exchange");
    drop(socket);
    assert_eq!(exchange(&channel, 6, 1, &loopback()), None, "the socket is closed");
}

#[test]
fn many_threads_on_one_socket_get_their_own_replies() {
    let (_socket, channel) = open();
    let seqs = AtomicU32::new(1);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (channel, seqs) = (&channel, &seqs);
            scope.spawn(move || {
                for round in 0..50 {
                    let seq = seqs.fetch_add(1, Ordering::Relaxed);
                    let (flags, query) = if (thread + round) % 3 == 0 {
                        (DUMP, vec![0; 16])
                    } else {
                        (1, loopback())
                    };
                    let Outcome::Data { bytes, count } = ask(channel, seq, GETLINK, flags, &query)
                    else {
                        panic!()
                    };
                    assert!(count > 0);
                    assert!(Messages::new(&bytes).flatten().all(|m| m.header.seq == seq));
                }
            });
        }
    });
}

#[test]
fn a_request_whose_reply_has_not_arrived_returns_wait() {
    let (_socket, channel) = open();
    let answer = request(&channel, (1, 1, 1), &[], 1 << 20);
    assert!(matches!(answer, Answer::Wait(wait) if wait.progress == 0), "{answer:?}");
    channel.cancel(&mut Thread, 1);
    assert_eq!(channel.resume(&mut Thread, 1, false, 1 << 20), Answer::Receive(CLOSED));
}

#[test]
fn an_abandoned_dump_does_not_block_the_next() {
    let (_socket, channel) = open();
    // The request is sent and no reply is read: the kernel has begun the dump.
    for round in 0..20 {
        let seq = 2 * round + 1;
        let answer = request(&channel, (seq, GETLINK, DUMP), &[0; 16], 0);
        assert!(matches!(answer, Answer::Yield(_)), "{answer:?}");
        channel.cancel(&mut Thread, seq);
        let outcome = ask(&channel, seq + 1, GETLINK, DUMP, &[0; 16]);
        assert!(matches!(outcome, Outcome::Data { .. }), "{outcome:?}");
    }
}

#[test]
fn reading_an_abandoned_dump_is_bounded_by_datagrams() {
    const NOOP: u16 = 1;
    const ACK: u16 = 5;
    const SENT: u32 = 200;
    let (socket, channel) = open();
    // Queues acknowledgements for which no caller waits, before the dump.
    for seq in 0..SENT {
        let mut noop = Vec::new();
        put(&mut noop, Header { msg_type: NOOP, flags: ACK, seq: 1000 + seq, port: 0 }, &[])
            .unwrap();
        let (to, flags) = (NetlinkAddr::new(0, 0), MsgFlags::MSG_DONTWAIT);
        sendmsg(socket.as_raw_fd(), &[IoSlice::new(&noop)], &[], flags, Some(&to)).unwrap();
    }
    let answer = request(&channel, (1, GETLINK, DUMP), &[0; 16], 0);
    assert!(matches!(answer, Answer::Yield(_)), "{answer:?}");
    channel.cancel(&mut Thread, 1);

    let next = || request(&channel, (2, GETLINK, DUMP), &[0; 16], 1 << 16);
    let pauses = (0..SENT).take_while(|_| matches!(next(), Answer::Turn(_))).count();
    assert!(pauses >= 5, "{pauses}");
    channel.cancel(&mut Thread, 2);
}

#[test]
fn a_reused_descriptor_is_not_mistaken_for_the_socket() {
    let (socket, channel) = open();
    let number = socket.as_raw_fd();
    drop(socket);
    // Open sockets until one has the closed socket's number.
    let _others: Vec<_> = (0..32).map(|_| socket::open(None, 0).unwrap()).collect();
    assert!(std::path::Path::new(&format!("/proc/self/fd/{number}")).exists());
    let answer = request(&channel, (1, GETLINK, 1), &loopback(), 1 << 20);
    assert_eq!(answer, Answer::Send(CLOSED));
}

#[test]
fn a_closed_channel_rejects_requests() {
    let (_socket, channel) = open();
    channel.close(&mut Thread);
    let answer = request(&channel, (1, GETLINK, 1), &loopback(), 1 << 20);
    assert_eq!(answer, Answer::Send(CLOSED));
    assert_eq!(channel.membership(1, true), Err(CLOSED));
}

#[test]
fn reading_notifications_is_bounded_by_datagrams() {
    // Datagrams of other processes, which are ignored; NETLINK_USERSOCK lets any process send them.
    const USERSOCK: i32 = 2;
    const SENT: usize = 200;
    let socket = socket::open(None, USERSOCK).unwrap();
    let channel: Channel<()> = Channel::from_fd(socket.as_raw_fd()).unwrap();
    let port = getsockname::<NetlinkAddr>(socket.as_raw_fd()).unwrap().pid();
    let sender = socket::open(None, USERSOCK).unwrap();
    let to = NetlinkAddr::new(port, 0);
    let flags = MsgFlags::MSG_DONTWAIT;
    for _ in 0..SENT {
        sendmsg(sender.as_raw_fd(), &[IoSlice::new(b"x")], &[], flags, Some(&to)).unwrap();
    }

    let (mut calls, mut datagrams) = (0, 0);
    loop {
        let got = channel.notifications(1 << 20).unwrap();
        assert_eq!((got.bytes.len(), got.losses), (0, 0));
        assert_eq!(got.occupied, 512 * got.datagrams);
        datagrams += got.datagrams;
        calls += 1;
        if got.empty {
            break;
        }
    }
    assert!(calls >= 3, "{calls}");
    assert_eq!(datagrams, SENT);
}

#[test]
fn reading_notifications_is_bounded_by_bytes() {
    // Replies to requests that are sent on the same socket, as any datagram of the kernel.
    let (socket, channel) = open();
    let kernel = NetlinkAddr::new(0, 0);
    for seq in 1..=10 {
        let mut bytes = Vec::new();
        let header = Header { msg_type: GETLINK, flags: 1, seq, port: 0 };
        put(&mut bytes, header, &loopback()).unwrap();
        let iov = [IoSlice::new(&bytes)];
        sendmsg(socket.as_raw_fd(), &iov, &[], MsgFlags::empty(), Some(&kernel)).unwrap();
    }

    let mut seqs = Vec::new();
    for _ in 0..10 {
        let got = channel.notifications(1).unwrap();
        assert_eq!((got.datagrams, got.losses, got.empty), (1, 0, false));
        assert!(got.occupied >= got.bytes.len());
        seqs.extend(Messages::new(&got.bytes).map(|message| message.unwrap().header.seq));
    }
    assert_eq!(seqs, (1..=10).collect::<Vec<_>>());
    let got = channel.notifications(1).unwrap();
    assert_eq!((got.datagrams, got.empty), (0, true));
}
