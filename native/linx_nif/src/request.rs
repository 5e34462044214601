//! Request NIFs: what a call comes to, as a term.
//!
//! They run on dirty I/O schedulers: the kernel does a request's work inside
//! `sendmsg`, and a dump's inside `recvmsg`, and may have to wait for a lock
//! of its own there. What has not arrived is never waited for, nor is another
//! caller.

use linx_socket::channel::{Answer, Errno, Expect, Notifications, Request};
use linx_socket::dispatcher::Wait;
use linx_socket::{buffer_pool, number};
use linx_wire::message::{self, Header};
use linx_wire::reply::{Outcome, Refusal};
use rustler::schedule::consume_timeslice;
use rustler::{Atom, Binary, Encoder, Env, ListIterator, NifResult, Resource, ResourceArc, Term};

use crate::frame::Short;
use crate::gate::{Class, permitted};
use crate::socket::Handle;
use crate::wake::Caller;

mod atoms {
    rustler::atoms! {
        ok, acks, refused, malformed, torn, truncated, lost, turn, full, wait, blocked, more, send, recv,
    }
}

/// The messages of a reply, which binaries refer to.
struct Messages(Vec<u8>);

#[rustler::resource_impl]
impl Resource for Messages {}

impl Drop for Messages {
    fn drop(&mut self) {
        buffer_pool::release(std::mem::take(&mut self.0));
    }
}

/// Keeps a resource of each type for ever; see `sys.rs`.
pub fn keep_types() {
    std::mem::forget(ResourceArc::new(Messages(Vec::new())));
}

#[rustler::nif(schedule = "DirtyIo")]
#[allow(clippy::too_many_arguments, reason = "it is called from one place, in Elixir")]
fn request<'a>(
    env: Env<'a>,
    handle: ResourceArc<Handle>,
    ticket: u64,
    seq: u32,
    msg_type: Short,
    flags: Short,
    payload: Binary<'a>,
    strict: bool,
    budget: usize,
) -> Term<'a> {
    let (Short(msg_type), Short(flags)) = (msg_type, flags);
    permitted(env, class(&handle, seq), ticket, || {
        let mut bytes = Vec::new();
        let header = Header { msg_type, flags, seq, port: 0 };
        if message::put(&mut bytes, header, &payload).is_err() {
            return term(env, Answer::Send(Errno::EMSGSIZE));
        }
        let channel = &handle.0;
        let (expect, dump) = (Expect::Single { flags }, channel.may_dump(msg_type, flags));
        let request = Request { seq, bytes: &bytes, expect, dump, strict, budget };
        term(env, channel.request(&mut Caller { env, resource: &handle }, &request))
    })
}

/// Others may wait for a request that the channel knows.
fn class(handle: &Handle, seq: u32) -> Class {
    if handle.0.contains(seq) { Class::Resumption } else { Class::Request }
}

/// Many requests in one datagram: `{type, flags, payload}` each, numbered from
/// `seq`. The one at place `last` asks for an acknowledgement, with `echo` all
/// of them to be told of their changes.
#[rustler::nif(schedule = "DirtyIo")]
#[allow(clippy::too_many_arguments, reason = "it is called from one place, in Elixir")]
fn batch<'a>(
    env: Env<'a>,
    handle: ResourceArc<Handle>,
    ticket: u64,
    seq: u32,
    messages: ListIterator<'a>,
    last: u32,
    transaction: bool,
    echo: bool,
) -> NifResult<Term<'a>> {
    let mut bytes = Vec::new();
    let mut next = seq;
    for item in messages {
        let (Short(msg_type), Short(flags), payload): (Short, Short, Binary) = item.decode()?;
        let header = Header { msg_type, flags, seq: next, port: 0 };
        if message::put(&mut bytes, header, &payload).is_err() {
            return Ok(term(env, Answer::Send(Errno::EMSGSIZE)));
        }
        next = next.wrapping_add(1);
    }
    let expect = Expect::Batch { last, transaction, echo };
    let request =
        Request { seq, bytes: &bytes, expect, dump: false, strict: true, budget: usize::MAX };
    Ok(permitted(env, class(&handle, seq), ticket, || {
        term(env, handle.0.request(&mut Caller { env, resource: &handle }, &request))
    }))
}

#[rustler::nif(schedule = "DirtyIo")]
fn resume(
    env: Env,
    handle: ResourceArc<Handle>,
    ticket: u64,
    seq: u32,
    overrun: bool,
    budget: usize,
) -> Term {
    permitted(env, Class::Resumption, ticket, || {
        let mut caller = Caller { env, resource: &handle };
        term(env, handle.0.resume(&mut caller, seq, overrun, budget))
    })
}

#[rustler::nif]
fn polled(env: Env, handle: ResourceArc<Handle>, seq: u32) -> Atom {
    handle.0.polled(&mut Caller { env, resource: &handle }, seq);
    atoms::ok()
}

#[rustler::nif]
fn take(env: Env, handle: ResourceArc<Handle>, seq: u32) -> (Binary, usize) {
    let (bytes, count) = handle.0.take(seq);
    (into_binary(env, bytes), count)
}

/// On a normal scheduler: notifications that have arrived are only copied, and few at a time.
#[rustler::nif]
fn notifications(env: Env, handle: ResourceArc<Handle>, limit: usize) -> Term {
    match handle.0.notifications(limit) {
        Ok(Notifications { bytes, count, losses, empty }) => {
            // A tenth of a turn of about a millisecond.
            consume_timeslice(env, 10);
            (atoms::ok(), into_binary(env, bytes), count, losses, empty).encode(env)
        }
        Err(errno) => (atoms::recv(), number(errno)).encode(env),
    }
}

#[rustler::nif]
fn cancel(env: Env, handle: ResourceArc<Handle>, seq: u32) -> Atom {
    handle.0.cancel(&mut Caller { env, resource: &handle }, seq);
    atoms::ok()
}

#[rustler::nif]
fn close(env: Env, handle: ResourceArc<Handle>) -> Atom {
    handle.0.close(&mut Caller { env, resource: &handle });
    atoms::ok()
}

fn term(env: Env, answer: Answer) -> Term {
    match answer {
        Answer::Done(outcome) => outcome_term(env, outcome),
        Answer::Turn(Wait { token, .. }) => (atoms::turn(), token).encode(env),
        Answer::Full(Wait { token, .. }) => (atoms::full(), token).encode(env),
        Answer::Wait(Wait { token, progress }) => (atoms::wait(), token, progress).encode(env),
        Answer::Blocked(Wait { token, progress }) => {
            (atoms::blocked(), token, progress).encode(env)
        }
        Answer::Yield(Wait { token, progress }) => (atoms::more(), token, progress).encode(env),
        Answer::Send(errno) => (atoms::send(), number(errno)).encode(env),
        Answer::Receive(errno) => (atoms::recv(), number(errno)).encode(env),
    }
}

fn outcome_term(env: Env, outcome: Outcome) -> Term {
    match outcome {
        Outcome::Data { bytes, count } => (atoms::ok(), into_binary(env, bytes), count).encode(env),
        Outcome::Batch { refusals, bytes } => {
            let term =
                |Refusal { at, errno, extack }| (at, errno, into_binary(env, extack)).encode(env);
            let refusals: Vec<Term> = refusals.into_iter().map(term).collect();
            (atoms::acks(), refusals, into_binary(env, bytes)).encode(env)
        }
        Outcome::Refused { errno, extack } => {
            (atoms::refused(), errno, into_binary(env, extack)).encode(env)
        }
        Outcome::Malformed => atoms::malformed().encode(env),
        Outcome::Interrupted => atoms::torn().encode(env),
        Outcome::Truncated => atoms::truncated().encode(env),
        Outcome::Lost => atoms::lost().encode(env),
    }
}

fn into_binary(env: Env, bytes: Vec<u8>) -> Binary {
    ResourceArc::new(Messages(bytes)).make_binary(env, |messages| &messages.0)
}
