//! What netlink costs without a VM: the floor that `make bench` measures against.
//!
//!     floor discard REQUEST ROUNDS   dumps and throws away what it receives
//!     floor get INDEX ROUNDS         gets one link, by index
//!     floor route ADDRESS ROUNDS     looks up the route to an IPv4 address
//!     floor lookups COUNT ROUNDS     looks up the routes to so many addresses from 127.0.0.0 on
//!     floor open PATH ROUNDS         opens and closes in another namespace
//!     floor change RATE ROUNDS       adds and deletes routes, RATE in a second
//!     floor listen RATE ROUNDS       throws away the notifications of these changes
//!
//! A request is `PROTOCOL:TYPE:BODY`: two numbers, and the bytes of the body in
//! hexadecimal digits.
//!
//! Prints nanoseconds of wall time and of CPU time per round, and for a dump
//! the bytes and the messages of one; for changes the time of the last one. Between
//! the lines that it writes to the FIFO `BENCH_CONTROL`, `perf stat` counts.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a measuring program may panic on an unexpected reply"
)]

use std::env::args;
use std::io::{IoSlice, IoSliceMut};
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant, SystemTime};

use counter::Counter;
use linx_socket::channel::Channel;
use linx_socket::socket;
use linx_wire::message::{Header, Messages, put};
use nix::sys::socket::{MsgFlags, NetlinkAddr, recvmsg, sendmsg};
use nix::time::{ClockId, clock_gettime};

#[path = "../../../bench/rivals/src/counter.rs"]
mod counter;

fn main() {
    let args: Vec<String> = args().skip(1).collect();
    let [what, which, rounds] = args.as_slice() else { panic!("floor WHAT WHICH ROUNDS") };
    let rounds: u32 = rounds.parse().unwrap();
    match what.as_str() {
        "discard" => discard(which, rounds),
        "get" => get(which.parse().unwrap(), rounds),
        "route" => route(which.parse().unwrap(), rounds),
        "lookups" => lookups(which.parse().unwrap(), rounds),
        "open" => open(Path::new(which), rounds),
        "listen" => listen(which.parse().unwrap(), rounds),
        "change" => {
            let (wall, busy, end) = change(which.parse().unwrap(), rounds);
            println!("{} {}\n{}", wall.as_nanos(), busy.as_nanos(), end.as_nanos());
        }
        _ => panic!("unknown: {what}"),
    }
}

fn cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).unwrap().into()
}

fn timed(rounds: u32, mut work: impl FnMut(u32)) {
    let mut counter = Counter::open();
    work(0);
    counter.start();
    let (wall, busy) = (Instant::now(), cpu());
    for round in 1..=rounds {
        work(round);
    }
    let (wall, busy) = (wall.elapsed() / rounds, cpu().saturating_sub(busy) / rounds);
    counter.stop();
    println!("{} {}", wall.as_nanos(), busy.as_nanos());
}

fn send(socket: &OwnedFd, msg_type: u16, flags: u16, seq: u32, payload: &[u8]) {
    let mut bytes = Vec::new();
    put(&mut bytes, Header { msg_type, flags, seq, port: 0 }, payload).unwrap();
    let kernel = NetlinkAddr::new(0, 0);
    sendmsg(socket.as_raw_fd(), &[IoSlice::new(&bytes)], &[], MsgFlags::empty(), Some(&kernel))
        .unwrap();
}

fn receive<'a>(socket: &OwnedFd, buffer: &'a mut [u8]) -> &'a [u8] {
    let mut iov = [IoSliceMut::new(buffer)];
    let size = recvmsg::<NetlinkAddr>(socket.as_raw_fd(), &mut iov, None, MsgFlags::empty())
        .unwrap()
        .bytes;
    &buffer[..size]
}

fn discard(request: &str, rounds: u32) {
    let [protocol, msg_type, body] = request.split(':').collect::<Vec<_>>()[..] else {
        panic!("PROTOCOL:TYPE:BODY")
    };
    let msg_type = msg_type.parse().unwrap();
    let digits = body.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    let body: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    let socket = socket::open(None, protocol.parse().unwrap()).unwrap();
    let mut buffer = vec![0; 1 << 16];
    let (mut bytes, mut messages) = (0, 0);
    timed(rounds, |round| {
        send(&socket, msg_type, 0x301, round, &body);
        loop {
            let datagram = receive(&socket, &mut buffer);
            if round == 0 {
                bytes += datagram.len();
                messages += Messages::new(datagram).count();
            }
            if is_end(datagram) {
                break;
            }
        }
    });
    println!("{bytes} {}", messages - 1);
}

/// Whether the last message is `NLMSG_DONE` with its 4 bytes: newer kernels put
/// it behind the last data. Other messages need not be looked at.
fn is_end(datagram: &[u8]) -> bool {
    datagram.last_chunk::<20>().is_some_and(|last| last.starts_with(&[20, 0, 0, 0, 3, 0]))
}

fn get(index: i32, rounds: u32) {
    let socket = socket::open(None, 0).unwrap();
    let mut buffer = vec![0; 1 << 16];
    // Links come without statistics (IFLA_EXT_MASK), as `Link.get/2` asks for them.
    let body = [&[0; 4][..], &index.to_ne_bytes(), &[0; 8], &[8, 0, 29, 0, 8, 0, 0, 0]].concat();
    timed(rounds, |round| {
        send(&socket, 18, 1, round, &body);
        assert_eq!(receive(&socket, &mut buffer)[4], 16);
    });
}

fn route(address: Ipv4Addr, rounds: u32) {
    let socket = socket::open(None, 0).unwrap();
    let mut buffer = vec![0; 1 << 16];
    timed(rounds, |round| look_up(&socket, &mut buffer, address, round));
}

fn lookups(count: u32, rounds: u32) {
    let socket = socket::open(None, 0).unwrap();
    let mut buffer = vec![0; 1 << 16];
    let first = Ipv4Addr::new(127, 0, 0, 0).to_bits();
    timed(rounds, |_| {
        for n in 0..count {
            look_up(&socket, &mut buffer, Ipv4Addr::from_bits(first + n), n);
        }
    });
}

/// With `RTM_F_LOOKUP_TABLE`, as `ip route get` and `Route.get/2`.
fn look_up(socket: &OwnedFd, buffer: &mut [u8], address: Ipv4Addr, seq: u32) {
    let flags = 0x1000_u32.to_ne_bytes();
    let header = [&[2, 32, 0, 0, 0, 0, 0, 0], &flags[..]].concat();
    let body = [&header[..], &[8, 0, 1, 0], &address.octets()].concat();
    send(socket, 26, 1, seq, &body);
    assert_eq!(receive(socket, buffer)[4], 24);
}

fn open(path: &Path, rounds: u32) {
    timed(rounds, |_| drop(socket::open(Some(path), 0).unwrap()));
}

/// So large a receive buffer that no notification is lost.
const RCVBUF: u32 = 64 << 20;
/// `RTNLGRP_IPV4_ROUTE`.
const ROUTE_GROUP: u32 = 7;

fn listen(rate: u32, rounds: u32) {
    let socket = socket::open(None, 0).unwrap();
    let channel: Channel<()> = Channel::from_fd(socket.as_raw_fd()).unwrap();
    channel.receive_buffer(RCVBUF, true).unwrap();
    channel.membership(ROUTE_GROUP, true).unwrap();
    let changes = spawn(move || change(rate, rounds));
    let busy = || Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap());
    let mut buffer = vec![0; 1 << 16];
    let (wall, start) = (Instant::now(), busy());
    let mut left = rounds;
    while left > 0 {
        let received = Messages::new(receive(&socket, &mut buffer)).count();
        left = left.saturating_sub(u32::try_from(received).unwrap());
    }
    let (wall, busy) = (wall.elapsed() / rounds, busy().saturating_sub(start) / rounds);
    println!("{} {}", wall.as_nanos(), busy.as_nanos());
    changes.join().unwrap();
}

/// How many routes are added before they are deleted.
const ROUTES: u32 = 1000;

/// Sends the changes of each millisecond in one datagram; the last one adds a route to 10.255.255.255.
/// Returns the wall time and the CPU time of a change, and the time of the last one.
fn change(rate: u32, rounds: u32) -> (Duration, Duration, Duration) {
    let socket = socket::open(None, 0).unwrap();
    let kernel = NetlinkAddr::new(0, 0);
    let (wall, busy, mut sent) = (Instant::now(), cpu(), 0);
    while sent < rounds {
        let due = wall.elapsed().as_micros() * u128::from(rate) / 1_000_000;
        let due = u32::try_from(due).unwrap().min(sent + ROUTES).min(rounds);
        let mut bytes = Vec::new();
        for n in sent..due {
            let adds = (n / ROUTES).is_multiple_of(2) || n == rounds - 1;
            let host = if n == rounds - 1 { 0x00ff_ffff } else { n % ROUTES };
            let (msg_type, flags) = if adds { (24, 0x601) } else { (25, 1) };
            let header = Header { msg_type, flags, seq: n, port: 0 };
            put(&mut bytes, header, &host_route(Ipv4Addr::from(0x0a00_0000 + host))).unwrap();
        }
        if !bytes.is_empty() {
            let iov = [IoSlice::new(&bytes)];
            sendmsg(socket.as_raw_fd(), &iov, &[], MsgFlags::empty(), Some(&kernel)).unwrap();
        }
        sent = due;
        if sent < rounds {
            sleep(Duration::from_millis(1));
        }
    }
    let end = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let (wall, busy) = (wall.elapsed() / rounds, cpu().saturating_sub(busy) / rounds);
    (wall, busy, end)
}

/// The body of a request for a route to an IPv4 address over the loopback link.
fn host_route(address: Ipv4Addr) -> Vec<u8> {
    // AF_INET, /32; table main, protocol static, scope link, type unicast; RTA_DST, RTA_OIF.
    let header = [2, 32, 0, 0, 254, 4, 253, 1, 0, 0, 0, 0];
    [&header[..], &[8, 0, 1, 0], &address.octets(), &[8, 0, 4, 0, 1, 0, 0, 0]].concat()
}
