//! Request NIFs: the answer of the channel as a term.
//!
//! They run on dirty I/O schedulers: the kernel carries out a request inside `sendmsg`, and a dump
//! inside `recvmsg`, and may wait for a lock of its own there. A NIF waits neither for a reply that
//! has not arrived nor for another caller.

use linx_socket::channel::{Answer, Errno, Expect, Request};
use linx_socket::dispatcher::Wait;
use linx_socket::number;
use linx_wire::message::{self, Header};
use linx_wire::reply::{Outcome, Refusal};
use rustler::schedule::consume_timeslice;
use rustler::{Atom, Binary, Encoder, Env, ResourceArc, Term};

use crate::channel::ChannelResource;
use crate::codec::{self, Loaded};
use crate::permit::{Class, permitted};
use crate::term::{U16, into_binary};
use crate::waker::CallerWaker;

mod atoms {
    rustler::atoms! {
        ok, error, object, busy, batch, refused, malformed, interrupted, truncated, lost,
        turn, full, wait, blocked, yielded = "yield", send, recv,
    }
}

/// Bytes of a reply after which a normal scheduler is released.
const SHORT: usize = 64 * 1024;

/// `Native.request/8`: sends a request and reads its reply.
#[rustler::nif(schedule = "DirtyIo")]
#[allow(clippy::too_many_arguments, reason = "it is called from one place, in Elixir")]
fn request<'a>(
    env: Env<'a>,
    channel: ResourceArc<ChannelResource>,
    ticket: u64,
    seq: u32,
    msg_type: U16,
    flags: U16,
    payload: Binary<'a>,
    strict: bool,
    budget: usize,
) -> Term<'a> {
    let (U16(msg_type), U16(flags)) = (msg_type, flags);
    permitted(env, class(&channel, seq), ticket, || {
        let Some(bytes) = single(seq, msg_type, flags, &payload) else {
            return term(env, Answer::Send(Errno::EMSGSIZE));
        };
        let (expect, dump) = (Expect::Single { flags }, channel.0.may_dump(msg_type, flags));
        let request = Request { seq, bytes: &bytes, expect, dump, strict, budget };
        term(env, channel.0.request(&mut CallerWaker { env, resource: &channel }, &request))
    })
}

/// `Native.exchange/8`: sends a struct of the schema `query`, whose first bytes are `head`, and decodes
/// the object of the reply by the schema `reply`. On a normal scheduler: for requests that the kernel answers without waiting
/// for a lock. `busy` if that is not possible at once; nothing has been sent then.
#[rustler::nif]
#[allow(clippy::too_many_arguments, reason = "it is called from one place, in Elixir")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn exchange<'a>(
    env: Env<'a>,
    channel: ResourceArc<ChannelResource>,
    seq: u32,
    msg_type: U16,
    flags: U16,
    query: ResourceArc<Loaded>,
    reply: ResourceArc<Loaded>,
    object: Term<'a>,
    head: Binary<'a>,
) -> Term<'a> {
    let bytes = match codec::short_encode(env, &query, object) {
        Some(Ok(payload)) => single(seq, msg_type.0, flags.0, &headed(payload, &head)),
        Some(Err(fault)) => return (atoms::error(), fault).encode(env),
        None => None,
    };
    let Some(bytes) = bytes else { return atoms::busy().encode(env) };
    let request = object_request(&channel, seq, (msg_type.0, flags.0), &bytes, SHORT);
    let answer = channel.0.exchange(&mut CallerWaker { env, resource: &channel }, &request);
    // About 20 µs of a timeslice of about a millisecond.
    consume_timeslice(env, 2);
    match answer {
        None => atoms::busy().encode(env),
        Some(answer) => object_term(env, answer, |bytes| codec::short_decode(env, &reply, bytes)),
    }
}

/// `Native.exchange_dirty/9`: the same for every request, on a dirty scheduler.
#[rustler::nif(schedule = "DirtyIo")]
#[allow(clippy::too_many_arguments, reason = "it is called from one place, in Elixir")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn exchange_dirty<'a>(
    env: Env<'a>,
    channel: ResourceArc<ChannelResource>,
    ticket: u64,
    seq: u32,
    msg_type: U16,
    flags: U16,
    query: ResourceArc<Loaded>,
    reply: ResourceArc<Loaded>,
    object: Term<'a>,
    head: Binary<'a>,
) -> Term<'a> {
    let payload = match codec::whole_encode(env, &query, object) {
        Ok(payload) => headed(payload, &head),
        Err(fault) => return (atoms::error(), fault).encode(env),
    };
    permitted(env, class(&channel, seq), ticket, || {
        let Some(bytes) = single(seq, msg_type.0, flags.0, &payload) else {
            return term(env, Answer::Send(Errno::EMSGSIZE));
        };
        let request = object_request(&channel, seq, (msg_type.0, flags.0), &bytes, usize::MAX);
        let answer = channel.0.request(&mut CallerWaker { env, resource: &channel }, &request);
        object_term(env, answer, |bytes| codec::whole_decode(env, &reply, bytes))
    })
}

/// A body with other first bytes.
fn headed(mut payload: Vec<u8>, head: &[u8]) -> Vec<u8> {
    for (byte, new) in payload.iter_mut().zip(head) {
        *byte = *new;
    }
    payload
}

/// One message; `None` if it is too long for its header.
fn single(seq: u32, msg_type: u16, flags: u16, payload: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    message::put(&mut bytes, Header { msg_type, flags, seq, port: 0 }, payload).ok()?;
    Some(bytes)
}

/// A request for one object.
fn object_request<'b>(
    channel: &ChannelResource,
    seq: u32,
    (msg_type, flags): (u16, u16),
    bytes: &'b [u8],
    budget: usize,
) -> Request<'b> {
    let (expect, dump) = (Expect::Single { flags }, channel.0.may_dump(msg_type, flags));
    Request { seq, bytes, expect, dump, strict: true, budget }
}

/// `{:object, struct}` if the reply is one message that can be decoded, else the answer.
fn object_term<'a>(
    env: Env<'a>,
    answer: Answer,
    decode: impl FnOnce(&[u8]) -> Option<Term<'a>>,
) -> Term<'a> {
    match answer {
        Answer::Done(Outcome::Data { bytes, count: 1 }) => match decode(&bytes) {
            Some(object) => (atoms::object(), object).encode(env),
            None => (atoms::ok(), into_binary(env, bytes), 1).encode(env),
        },
        answer => term(env, answer),
    }
}

/// The class of a call: others may wait for a request that is in flight already.
fn class(channel: &ChannelResource, seq: u32) -> Class {
    if channel.0.contains(seq) { Class::Resumption } else { Class::Request }
}

/// Sends a datagram of many requests, and reads the replies.
pub fn send_batch<'a>(
    env: Env<'a>,
    channel: &ResourceArc<ChannelResource>,
    ticket: u64,
    seq: u32,
    bytes: &[u8],
    expect: Expect,
) -> Term<'a> {
    let request = Request { seq, bytes, expect, dump: false, strict: true, budget: usize::MAX };
    permitted(env, class(channel, seq), ticket, || {
        term(env, channel.0.request(&mut CallerWaker { env, resource: channel }, &request))
    })
}

/// `Native.resume/5`: continues to read the reply to a request.
#[rustler::nif(schedule = "DirtyIo")]
fn resume(
    env: Env,
    channel: ResourceArc<ChannelResource>,
    ticket: u64,
    seq: u32,
    overrun: bool,
    budget: usize,
) -> Term {
    permitted(env, Class::Resumption, ticket, || {
        let mut waker = CallerWaker { env, resource: &channel };
        term(env, channel.0.resume(&mut waker, seq, overrun, budget))
    })
}

/// `Native.polled/2`: the caller has polled the socket.
#[rustler::nif]
fn polled(env: Env, channel: ResourceArc<ChannelResource>, seq: u32) -> Atom {
    channel.0.polled(&mut CallerWaker { env, resource: &channel }, seq);
    atoms::ok()
}

/// `Native.take/2`: takes out the messages received so far, and their number.
#[rustler::nif]
fn take(env: Env, channel: ResourceArc<ChannelResource>, seq: u32) -> (Binary, usize) {
    let (bytes, count) = channel.0.take(seq);
    (into_binary(env, bytes), count)
}

/// `Native.cancel/2`: removes a request without waiting for its reply.
#[rustler::nif]
fn cancel(env: Env, channel: ResourceArc<ChannelResource>, seq: u32) -> Atom {
    channel.0.cancel(&mut CallerWaker { env, resource: &channel }, seq);
    atoms::ok()
}

/// `Native.close/1`: rejects new requests and wakes all waiters.
#[rustler::nif]
fn close(env: Env, channel: ResourceArc<ChannelResource>) -> Atom {
    channel.0.close(&mut CallerWaker { env, resource: &channel });
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
        Answer::Yield(Wait { token, progress }) => (atoms::yielded(), token, progress).encode(env),
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
            (atoms::batch(), refusals, into_binary(env, bytes)).encode(env)
        }
        Outcome::Refused { errno, extack } => {
            (atoms::refused(), errno, into_binary(env, extack)).encode(env)
        }
        Outcome::Malformed => atoms::malformed().encode(env),
        Outcome::Interrupted => atoms::interrupted().encode(env),
        Outcome::Truncated => atoms::truncated().encode(env),
        Outcome::Lost => atoms::lost().encode(env),
    }
}
