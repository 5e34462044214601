//! Framing NIFs: lists of attributes and of messages to bytes and back.

use rustler::{Atom, Binary, Decoder, Encoder, Env, Error, NewBinary, NifResult, Term};

use linx_wire::attr::{self, Attrs};
use linx_wire::message::{self, Header, Messages};

use crate::codec::binary;

mod atoms {
    rustler::atoms! {
        module = "__struct__", message = "Elixir.Linx.Netlink.Message",
        msg_type = "type", flags, seq, pid, payload, codec, nil, ok, dirty,
    }
}

/// What is encoded on a normal scheduler at most; a function answers `dirty` to more, and to
/// what is wrong, of which to tell takes as long as it is large.
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
        attr::put(&mut out, short(nla_type)?, &payload).ok()?;
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
) -> Result<Term<'a>, String> {
    let mut out = Vec::with_capacity(64 * attrs.len());
    for (nla_type, payload) in attrs {
        let nla_type =
            short(nla_type).ok_or_else(|| format!("not an attribute type: {nla_type:?}"))?;
        let Ok(payload) = Binary::from_term(payload).or_else(|_| Binary::from_iolist(payload))
        else {
            return Err(format!("the payload of attribute {nla_type} is not iodata: {payload:?}"));
        };
        attr::put(&mut out, nla_type, &payload).map_err(|long| long.to_string())?;
    }
    Ok(NewBinary::from_slice(env, &out).into())
}

/// `Native.attr_decode/1`: a chain to a list of types and payloads.
#[rustler::nif]
fn attr_decode<'a>(env: Env<'a>, chain: Binary<'a>) -> Result<Vec<Term<'a>>, String> {
    attrs(env, chain)
}

/// `Native.attr_decode_dirty/1`.
#[rustler::nif(schedule = "DirtyCpu")]
fn attr_decode_dirty<'a>(env: Env<'a>, chain: Binary<'a>) -> Result<Vec<Term<'a>>, String> {
    attrs(env, chain)
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
) -> Result<Term<'a>, String> {
    message(env, msg_type, flags, seq, port, payload)
}

fn message<'a>(
    env: Env<'a>,
    msg_type: Term<'a>,
    flags: Term<'a>,
    seq: Term<'a>,
    port: Term<'a>,
    payload: Term<'a>,
) -> Result<Term<'a>, String> {
    let seq = seq.decode().map_err(|_| format!("not a sequence number: {seq:?}"))?;
    let port = port.decode().map_err(|_| format!("not a port id: {port:?}"))?;
    let msg_type = short(msg_type).ok_or_else(|| format!("not a message type: {msg_type:?}"))?;
    let flags = short(flags).ok_or_else(|| format!("not the flags of a message: {flags:?}"))?;
    let payload = Binary::from_term(payload)
        .or_else(|_| Binary::from_iolist(payload))
        .map_err(|_| format!("the payload of a message is not iodata: {payload:?}"))?;
    let mut out = Vec::new();
    message::put(&mut out, Header { msg_type, flags, seq, port }, &payload)
        .map_err(|long| long.to_string())?;
    Ok(NewBinary::from_slice(env, &out).into())
}

/// `Native.message_decode/1`: a datagram to its messages.
#[rustler::nif]
fn message_decode<'a>(env: Env<'a>, datagram: Binary<'a>) -> Result<Vec<Term<'a>>, String> {
    messages(env, datagram)
}

/// `Native.message_decode_dirty/1`.
#[rustler::nif(schedule = "DirtyCpu")]
fn message_decode_dirty<'a>(env: Env<'a>, datagram: Binary<'a>) -> Result<Vec<Term<'a>>, String> {
    messages(env, datagram)
}

/// An integer of 16 bits. The decoder for `u16` would cut off what does not fit, as those for
/// `u8`, `i8` and `i16` do; those for wider integers do not.
pub(crate) fn short(term: Term) -> Option<u16> {
    term.decode::<i64>().ok()?.try_into().ok()
}

/// An argument of 16 bits.
pub(crate) struct Short(pub u16);

impl<'a> Decoder<'a> for Short {
    fn decode(term: Term<'a>) -> NifResult<Self> {
        short(term).map(Self).ok_or(Error::BadArg)
    }
}

fn attrs<'a>(env: Env<'a>, chain: Binary<'a>) -> Result<Vec<Term<'a>>, String> {
    Attrs::new(chain.as_slice())
        .map(|attr| {
            let attr = attr.map_err(|fault| fault.to_string())?;
            Ok((attr.nla_type, binary(env, chain, attr.payload)).encode(env))
        })
        .collect()
}

fn messages<'a>(env: Env<'a>, datagram: Binary<'a>) -> Result<Vec<Term<'a>>, String> {
    let keys: [Atom; 7] = [
        atoms::module(),
        atoms::codec(),
        atoms::flags(),
        atoms::payload(),
        atoms::pid(),
        atoms::seq(),
        atoms::msg_type(),
    ];
    Messages::new(datagram.as_slice())
        .map(|message| {
            let message = message.map_err(|fault| fault.to_string())?;
            let header = message.header;
            let values = [
                atoms::message().to_term(env),
                atoms::nil().to_term(env),
                header.flags.encode(env),
                binary(env, datagram, message.payload),
                header.port.encode(env),
                header.seq.encode(env),
                header.msg_type.encode(env),
            ];
            Term::map_from_arrays(env, &keys, &values).map_err(|_| "a bad struct".to_owned())
        })
        .collect()
}
