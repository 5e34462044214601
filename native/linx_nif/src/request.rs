//! Request NIFs: what a call comes to, as a term.
//!
//! They run on dirty I/O schedulers: the kernel does a request's work inside
//! `sendmsg`, and a dump's inside `recvmsg`, and may have to wait for a lock
//! of its own there. What has not arrived is never waited for.

use std::thread;

use linx_socket::desk::{Host, Wait};
use linx_socket::exchange::{Answer, Drained, Errno, Expect, Request};
use linx_socket::{number, spare};
use linx_wire::acks::Refusal;
use linx_wire::message::{self, Header};
use linx_wire::reply::Ended;
use rustler::{
    Atom, Binary, Encoder, Env, ListIterator, LocalPid, Monitor, NifResult, OwnedEnv, Resource,
    ResourceArc, Term,
};

use crate::socket::Channel;

mod atoms {
    rustler::atoms! {
        ok, acks, refused, malformed, torn, truncated, lost, turn, wait, rest, more, send, recv, linx_netlink,
    }
}

/// A caller that sleeps, or is about to.
pub struct Waiter {
    pub pid: LocalPid,
    monitor: Monitor,
}

/// The process that made the present call.
struct Caller<'a, 'c> {
    env: Env<'a>,
    channel: &'c ResourceArc<Channel>,
}

impl Host for Caller<'_, '_> {
    type Waiter = Waiter;

    fn watch(&mut self) -> Option<Waiter> {
        let pid = self.env.pid();
        let monitor = self.env.monitor(self.channel, &pid)?;
        Some(Waiter { pid, monitor })
    }

    fn wake(&mut self, waiter: &Waiter, token: u64) {
        // The VM sends nothing for a process that was killed while it was here (`enif_send`),
        // but those whom it owes a turn or a reply have to hear of it.
        if !wake(self.env, waiter, token) {
            wake_from_outside(waiter, token);
        }
    }

    fn unwatch(&mut self, waiter: Waiter) {
        self.env.demonitor(self.channel, &waiter.monitor);
    }
}

/// Nobody's call: a waiter has died, and its monitor with it.
pub struct Mourner<'a>(pub Env<'a>);

impl Host for Mourner<'_> {
    type Waiter = Waiter;

    fn watch(&mut self) -> Option<Waiter> {
        None
    }

    fn wake(&mut self, waiter: &Waiter, token: u64) {
        wake(self.0, waiter, token);
    }

    fn unwatch(&mut self, _waiter: Waiter) {}
}

/// Whether it was sent; a dead process needs no waking.
fn wake(env: Env, waiter: &Waiter, token: u64) -> bool {
    env.send(&waiter.pid, (atoms::linx_netlink(), token)).is_ok()
}

/// Wakes from outside the VM's own threads, and returns once it has.
fn wake_from_outside(waiter: &Waiter, token: u64) {
    let pid = waiter.pid;
    let send = move || {
        let _ =
            OwnedEnv::new().send_and_clear(&pid, |env| (atoms::linx_netlink(), token).encode(env));
    };
    if let Ok(thread) = thread::Builder::new().spawn(send) {
        let _ = thread.join();
    }
}

/// The messages of a reply, lent to binaries.
struct Messages(Vec<u8>);

#[rustler::resource_impl]
impl Resource for Messages {}

impl Drop for Messages {
    fn drop(&mut self) {
        spare::give(std::mem::take(&mut self.0));
    }
}

#[rustler::nif(schedule = "DirtyIo")]
#[allow(clippy::too_many_arguments, reason = "it is called from one place, in Elixir")]
fn request<'a>(
    env: Env<'a>,
    channel: ResourceArc<Channel>,
    seq: u32,
    kind: u16,
    flags: u16,
    payload: Binary<'a>,
    strict: bool,
    slice: usize,
) -> Term<'a> {
    let mut bytes = Vec::new();
    let header = Header { kind, flags, seq, port: 0 };
    if message::put(&mut bytes, header, &payload).is_err() {
        return term(env, Answer::Send(Errno::EMSGSIZE));
    }
    let (expect, dump) = (Expect::Reply { flags }, channel.0.may_dump(kind, flags));
    let request = Request { seq, bytes: &bytes, expect, dump, strict, slice };
    term(env, channel.0.request(&mut Caller { env, channel: &channel }, &request))
}

/// Many requests in one datagram: `{type, flags, payload}` each, numbered from
/// `seq`. The one at place `last` asks for an acknowledgement, with `echo` all
/// of them to be told of their changes.
#[rustler::nif(schedule = "DirtyIo")]
fn batch<'a>(
    env: Env<'a>,
    channel: ResourceArc<Channel>,
    seq: u32,
    messages: ListIterator<'a>,
    last: u32,
    enveloped: bool,
    echo: bool,
) -> NifResult<Term<'a>> {
    let mut bytes = Vec::new();
    let mut next = seq;
    for item in messages {
        let (kind, flags, payload): (u16, u16, Binary) = item.decode()?;
        let header = Header { kind, flags, seq: next, port: 0 };
        if message::put(&mut bytes, header, &payload).is_err() {
            return Ok(term(env, Answer::Send(Errno::EMSGSIZE)));
        }
        next = next.wrapping_add(1);
    }
    let expect = Expect::Acks { last, enveloped, echo };
    let request =
        Request { seq, bytes: &bytes, expect, dump: false, strict: true, slice: usize::MAX };
    Ok(term(env, channel.0.request(&mut Caller { env, channel: &channel }, &request)))
}

#[rustler::nif(schedule = "DirtyIo")]
fn resume(env: Env, channel: ResourceArc<Channel>, seq: u32, overrun: bool, slice: usize) -> Term {
    let answer = channel.0.resume(&mut Caller { env, channel: &channel }, seq, overrun, slice);
    term(env, answer)
}

#[rustler::nif]
fn looked(env: Env, channel: ResourceArc<Channel>, seq: u32) -> Atom {
    channel.0.looked(&mut Caller { env, channel: &channel }, seq);
    atoms::ok()
}

#[rustler::nif]
fn take(env: Env, channel: ResourceArc<Channel>, seq: u32) -> (Binary, usize) {
    let (bytes, count) = channel.0.take(seq);
    (lend(env, bytes), count)
}

/// On a normal scheduler: notifications that have arrived are only copied.
#[rustler::nif]
fn drain(env: Env, channel: ResourceArc<Channel>, limit: usize) -> Term {
    match channel.0.drain(limit) {
        Ok(Drained { bytes, count, losses, empty }) => {
            (atoms::ok(), lend(env, bytes), count, losses, empty).encode(env)
        }
        Err(errno) => (atoms::recv(), number(errno)).encode(env),
    }
}

#[rustler::nif]
fn forget(env: Env, channel: ResourceArc<Channel>, seq: u32) -> Atom {
    channel.0.forget(&mut Caller { env, channel: &channel }, seq);
    atoms::ok()
}

#[rustler::nif]
fn shut(env: Env, channel: ResourceArc<Channel>) -> Atom {
    channel.0.shut(&mut Caller { env, channel: &channel });
    atoms::ok()
}

fn term(env: Env, answer: Answer) -> Term {
    match answer {
        Answer::Ended(ended) => ended_term(env, ended),
        Answer::Turn(Wait { token, .. }) => (atoms::turn(), token).encode(env),
        Answer::Wait(Wait { token, progress }) => (atoms::wait(), token, progress).encode(env),
        Answer::Rest(Wait { token, progress }) => (atoms::rest(), token, progress).encode(env),
        Answer::More(Wait { token, progress }) => (atoms::more(), token, progress).encode(env),
        Answer::Send(errno) => (atoms::send(), number(errno)).encode(env),
        Answer::Receive(errno) => (atoms::recv(), number(errno)).encode(env),
    }
}

fn ended_term(env: Env, ended: Ended) -> Term {
    match ended {
        Ended::Data { bytes, count } => (atoms::ok(), lend(env, bytes), count).encode(env),
        Ended::Acks { refusals, bytes } => {
            let term = |Refusal { at, errno, extack }| (at, errno, lend(env, extack)).encode(env);
            let refusals: Vec<Term> = refusals.into_iter().map(term).collect();
            (atoms::acks(), refusals, lend(env, bytes)).encode(env)
        }
        Ended::Refused { errno, extack } => {
            (atoms::refused(), errno, lend(env, extack)).encode(env)
        }
        Ended::Malformed => atoms::malformed().encode(env),
        Ended::Torn => atoms::torn().encode(env),
        Ended::Truncated => atoms::truncated().encode(env),
        Ended::Lost => atoms::lost().encode(env),
    }
}

fn lend(env: Env, bytes: Vec<u8>) -> Binary {
    ResourceArc::new(Messages(bytes)).make_binary(env, |messages| &messages.0)
}
