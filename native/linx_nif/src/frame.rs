//! Framing NIFs: lists of attributes and of messages to bytes and back.

use rustler::{Atom, Binary, Encoder, Env, NewBinary, Term};

use linx_wire::attr::{self, Attrs};
use linx_wire::message::{self, Header, Message, Messages};

use crate::codec::length_fault;
use crate::term::{iodata, slice, u16_arg};

mod atoms {
    rustler::atoms! {
        module = "__struct__", message = "Elixir.Linx.Netlink.Message",
        msg_type = "type", flags, seq, pid, payload, codec, nil, ok, error, dirty,
        not_attr_type, not_attr_payload, attr_too_long,
        not_seq, not_port, not_msg_type, not_msg_flags, not_msg_payload, msg_too_long,
    }
}

/// The most that is encoded on a normal scheduler. A function returns `dirty` for more, and for
/// wrong arguments.
const ATTRS: usize = 256;
const BYTES: usize = 16 * 1024;

/// `Native.attr_encode/1`: a list of types and payloads to a chain.
#[rustler::nif]
fn attr_encode<'a>(env: Env<'a>, attrs: Term<'a>) -> Term<'a> {
    match few_attrs(attrs) {
        Some(out) => (atoms::ok(), Term::from(NewBinary::from_slice(env, &out))).encode(env),
        None => atoms::dirty().encode(env),
    }
}

fn few_attrs(mut attrs: Term) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for _ in 0..ATTRS {
        if attrs.is_empty_list() {
            return Some(out);
        }
        let (attr, rest) = attrs.list_get_cell().ok()?;
        let (nla_type, payload): (Term, Binary) = attr.decode().ok()?;
        attr::put(&mut out, u16_arg(nla_type)?, &payload).ok()?;
        if out.len() > BYTES {
            return None;
        }
        attrs = rest;
    }
    None
}

/// `Native.attr_encode_dirty/1`.
#[rustler::nif(schedule = "DirtyCpu")]
fn attr_encode_dirty<'a>(
    env: Env<'a>,
    attrs: Vec<(Term<'a>, Term<'a>)>,
) -> Result<Term<'a>, Term<'a>> {
    let mut out = Vec::with_capacity(64 * attrs.len());
    for (nla_type, payload) in attrs {
        let Some(id) = u16_arg(nla_type) else {
            return Err((atoms::not_attr_type(), nla_type).encode(env));
        };
        let Some(payload) = iodata(payload) else {
            return Err((atoms::not_attr_payload(), id, payload).encode(env));
        };
        attr::put(&mut out, id, &payload)
            .map_err(|attr::TooLong(size)| (atoms::attr_too_long(), size).encode(env))?;
    }
    Ok(NewBinary::from_slice(env, &out).into())
}

/// `Native.attr_decode/1`: a chain to a list of types and payloads.
#[rustler::nif]
fn attr_decode<'a>(env: Env<'a>, chain: Binary<'a>) -> Result<Vec<Term<'a>>, Term<'a>> {
    attrs(env, chain)
}

/// `Native.attr_decode_dirty/1`.
#[rustler::nif(schedule = "DirtyCpu")]
fn attr_decode_dirty<'a>(env: Env<'a>, chain: Binary<'a>) -> Result<Vec<Term<'a>>, Term<'a>> {
    attrs(env, chain)
}

fn attrs<'a>(env: Env<'a>, chain: Binary<'a>) -> Result<Vec<Term<'a>>, Term<'a>> {
    Attrs::new(chain.as_slice())
        .map(|attr| {
            let attr = attr.map_err(|fault| length_fault(env, fault))?;
            Ok((attr.nla_type, slice(env, chain, attr.payload)).encode(env))
        })
        .collect()
}

/// `Native.message_encode/5`: the parts of a message to its bytes.
#[rustler::nif]
fn message_encode<'a>(
    env: Env<'a>,
    msg_type: Term<'a>,
    flags: Term<'a>,
    seq: Term<'a>,
    port: Term<'a>,
    payload: Term<'a>,
) -> Term<'a> {
    match Binary::from_term(payload) {
        Ok(binary) if binary.len() <= BYTES => {
            message(env, msg_type, flags, seq, port, payload).encode(env)
        }
        _ => atoms::dirty().encode(env),
    }
}

/// `Native.message_encode_dirty/5`.
#[rustler::nif(schedule = "DirtyCpu")]
fn message_encode_dirty<'a>(
    env: Env<'a>,
    msg_type: Term<'a>,
    flags: Term<'a>,
    seq: Term<'a>,
    port: Term<'a>,
    payload: Term<'a>,
) -> Result<Term<'a>, Term<'a>> {
    message(env, msg_type, flags, seq, port, payload)
}

fn message<'a>(
    env: Env<'a>,
    msg_type: Term<'a>,
    flags: Term<'a>,
    seq: Term<'a>,
    port: Term<'a>,
    payload: Term<'a>,
) -> Result<Term<'a>, Term<'a>> {
    let wrong = |what: Atom, term: Term<'a>| (what, term).encode(env);
    let header = Header {
        seq: seq.decode().map_err(|_| wrong(atoms::not_seq(), seq))?,
        port: port.decode().map_err(|_| wrong(atoms::not_port(), port))?,
        msg_type: u16_arg(msg_type).ok_or_else(|| wrong(atoms::not_msg_type(), msg_type))?,
        flags: u16_arg(flags).ok_or_else(|| wrong(atoms::not_msg_flags(), flags))?,
    };
    let payload = iodata(payload).ok_or_else(|| wrong(atoms::not_msg_payload(), payload))?;
    let mut out = Vec::new();
    message::put(&mut out, header, &payload)
        .map_err(|message::TooLong(size)| (atoms::msg_too_long(), size).encode(env))?;
    Ok(NewBinary::from_slice(env, &out).into())
}

/// `Native.message_decode/1`: a datagram to its messages.
#[rustler::nif]
fn message_decode<'a>(env: Env<'a>, datagram: Binary<'a>) -> Term<'a> {
    messages(env, datagram)
}

/// `Native.message_decode_dirty/1`.
#[rustler::nif(schedule = "DirtyCpu")]
fn message_decode_dirty<'a>(env: Env<'a>, datagram: Binary<'a>) -> Term<'a> {
    messages(env, datagram)
}

fn messages<'a>(env: Env<'a>, datagram: Binary<'a>) -> Term<'a> {
    let mut terms = Vec::new();
    for message in Messages::new(datagram.as_slice()) {
        match message {
            Ok(message) => terms.push(message_term(env, datagram, &message)),
            Err(fault) => return (atoms::error(), length_fault(env, fault)).encode(env),
        }
    }
    (atoms::ok(), terms).encode(env)
}

/// The `Linx.Netlink.Message` of a message in `input`.
pub fn message_term<'a>(env: Env<'a>, input: Binary<'a>, message: &Message) -> Term<'a> {
    let keys: [Atom; 7] = [
        atoms::module(),
        atoms::codec(),
        atoms::flags(),
        atoms::payload(),
        atoms::pid(),
        atoms::seq(),
        atoms::msg_type(),
    ];
    let nil = atoms::nil().to_term(env);
    let header = message.header;
    let values = [
        atoms::message().to_term(env),
        nil,
        header.flags.encode(env),
        slice(env, input, message.payload),
        header.port.encode(env),
        header.seq.encode(env),
        header.msg_type.encode(env),
    ];
    // The keys are distinct and there is a value for each, so this does not fail.
    Term::map_from_arrays(env, &keys, &values).unwrap_or(nil)
}
