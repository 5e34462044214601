//! Codec NIFs: a description becomes a schema, structs become bytes and back.
//!
//! `Linx.Netlink.Codec.Engine` is the caller. A function that may take long exists twice: on a normal
//! scheduler it does a bounded amount of work and returns `dirty` for more; its twin on a dirty CPU
//! scheduler has a name that ends in `_dirty`.

pub use answers::{Read, answers};
pub use bodies::decode_bodies;
pub use fault::length_fault;
pub use loaded::{Loaded, keep_types};

mod answers;
mod bodies;
mod builder;
mod fault;
mod heap_estimate;
mod load;
mod loaded;
mod reader;

use rustler::schedule::consume_timeslice;
use rustler::{Binary, Encoder, Env, NewBinary, ResourceArc, Term};

use linx_wire::codec::delta::DeltaDecoder;
use linx_wire::codec::{decode, encode, path};
use linx_wire::message::Messages;

use crate::term::U16;

use builder::TermBuilder;
use fault::{decode_fault, encode_fault};
use reader::TermReader;

/// Words of a list for each element.
const CELL: usize = 2;

/// The most heap that is used on a normal scheduler, in words: a few hundred microseconds.
pub const WORDS: usize = 16 * 1024;

mod atoms {
    rustler::atoms! {
        nil, yes = "true", no = "false", inet, inet6, bytes, family, module = "__struct__",
        ok, error, dirty, missing, malformed,
        bad_length, message, attribute, entry, too_deep, exhausted,
        encode, range, nul, no_type, no_selector, too_long,
        integer, binary, string, flag, list, bitfield32, attribute_type, numbered,
        attribute_number, ip, mac, link_address, sockaddr, packet_hw, field,
        type_error = "type", struct_of = "struct",
        schema, no_set, inline_set, struct_array, length_prefixed, fixed_array, selector,
        too_many_attrs, description, no_field,
    }
}

/// `Native.schema_load/1`. On a dirty scheduler, since the description of a link has thousands of
/// rows.
#[rustler::nif(schedule = "DirtyCpu")]
fn schema_load(description: Term<'_>) -> Result<ResourceArc<Loaded>, Term<'_>> {
    load::load(description).map(ResourceArc::new)
}

/// `Native.encode/2`: a struct to its bytes.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn encode<'a>(env: Env<'a>, loaded: ResourceArc<Loaded>, term: Term<'a>) -> Term<'a> {
    let reader = TermReader::new(env, &loaded).limited();
    let encoded = encoded(env, &loaded, term, &reader);
    account(env, reader.elements() * 16);
    if reader.is_exhausted() { atoms::dirty().encode(env) } else { encoded }
}

/// `Native.encode_dirty/2`.
#[rustler::nif(schedule = "DirtyCpu")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn encode_dirty<'a>(env: Env<'a>, loaded: ResourceArc<Loaded>, term: Term<'a>) -> Term<'a> {
    encoded(env, &loaded, term, &TermReader::new(env, &loaded))
}

/// The bytes of a struct; `None` if encoding takes too long for a normal scheduler.
pub fn short_encode<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    term: Term<'a>,
) -> Option<Result<Vec<u8>, Term<'a>>> {
    let reader = TermReader::new(env, loaded).limited();
    let encoded = bytes_of(env, loaded, term, &reader);
    (!reader.is_exhausted()).then_some(encoded)
}

/// The bytes of a struct.
pub fn whole_encode<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    term: Term<'a>,
) -> Result<Vec<u8>, Term<'a>> {
    bytes_of(env, loaded, term, &TermReader::new(env, loaded))
}

/// The struct of the first of raw messages; `None` if it cannot be decoded, or not in the time of a
/// normal scheduler.
pub fn short_decode<'a>(env: Env<'a>, loaded: &Loaded, messages: &[u8]) -> Option<Term<'a>> {
    first_of(env, loaded, messages, WORDS)
}

/// The struct of the first of raw messages; `None` if it cannot be decoded.
pub fn whole_decode<'a>(env: Env<'a>, loaded: &Loaded, messages: &[u8]) -> Option<Term<'a>> {
    first_of(env, loaded, messages, usize::MAX)
}

fn first_of<'a>(env: Env<'a>, loaded: &Loaded, messages: &[u8], limit: usize) -> Option<Term<'a>> {
    let message = Messages::new(messages).next()?.ok()?;
    let mut terms = TermBuilder::single(env, loaded, None).limited_to(limit);
    decode::decode(&loaded.schema, message.payload, &mut terms).ok()
}

fn bytes_of<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    term: Term<'a>,
    reader: &TermReader<'a, '_>,
) -> Result<Vec<u8>, Term<'a>> {
    encode::encode(&loaded.schema, term, reader).map_err(|fault| encode_fault(env, loaded, fault))
}

fn encoded<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    term: Term<'a>,
    reader: &TermReader<'a, '_>,
) -> Term<'a> {
    bytes_of(env, loaded, term, reader)
        .map(|bytes| Term::from(NewBinary::from_slice(env, &bytes)))
        .encode(env)
}

/// `Native.decode/2`: the bytes of one body to its struct.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode<'a>(env: Env<'a>, loaded: ResourceArc<Loaded>, body: Binary<'a>) -> Term<'a> {
    decode_body(env, &loaded, body, WORDS)
}

/// `Native.decode_dirty/2`.
#[rustler::nif(schedule = "DirtyCpu")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_dirty<'a>(env: Env<'a>, loaded: ResourceArc<Loaded>, body: Binary<'a>) -> Term<'a> {
    decode_body(env, &loaded, body, usize::MAX)
}

fn decode_body<'a>(env: Env<'a>, loaded: &Loaded, body: Binary<'a>, limit: usize) -> Term<'a> {
    let mut terms = TermBuilder::single(env, loaded, Some(body)).limited_to(limit);
    let decoded = decode::decode(&loaded.schema, body.as_slice(), &mut terms);
    account(env, terms.words());
    answer(env, decoded)
}

/// `Native.decode_messages/2`: the bodies of raw messages to a list of structs.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_messages<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    messages: Binary<'a>,
) -> Term<'a> {
    let (range, behind) = ((0, messages.len()), Term::list_new_empty(env));
    let decoded = decode_range(env, &loaded, messages, range, behind, (usize::MAX, WORDS));
    answer(env, decoded.map(|(structs, ..)| structs))
}

/// `Native.decode_slice/6`: the structs of the messages from one offset to another, followed by
/// the list `behind`; from the last message on as many as there is room for, in words. Returns the
/// list, the offset of its first message, and the words of heap that were used.
#[rustler::nif(schedule = "DirtyCpu")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_slice<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    messages: Binary<'a>,
    from: usize,
    to: usize,
    behind: Term<'a>,
    room: Option<usize>,
) -> Term<'a> {
    let words = (room.unwrap_or(usize::MAX), usize::MAX);
    answer(env, decode_range(env, &loaded, messages, (from, to), behind, words))
}

/// Decodes from the last message to the first, since a list is made from its end. Stops before the
/// message behind the one that exceeds `words`, and fails at one that exceeds `limit`.
fn decode_range<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    input: Binary<'a>,
    (from, to): (usize, usize),
    behind: Term<'a>,
    (words, limit): (usize, usize),
) -> Result<(Term<'a>, usize, usize), decode::Fault> {
    let bytes = input.as_slice().get(..to).unwrap_or_default();
    let mut offsets = Vec::new();
    let mut messages = Messages::starting_at(bytes, from);
    loop {
        let offset = messages.offset();
        let Some(message) = messages.next() else { break };
        message?;
        offsets.push(offset);
    }
    let mut terms = TermBuilder::new(env, loaded, input).limited_to(limit);
    let mut decoder = DeltaDecoder::new(&loaded.schema, &mut terms);
    let (mut list, mut term) = (behind, atoms::nil().to_term(env));
    let (mut first, mut cells) = (if offsets.is_empty() { from } else { to }, 0);
    for offset in offsets.into_iter().rev() {
        if decoder.builder().words() + cells >= words {
            break;
        }
        let Some(Ok(message)) = Messages::starting_at(bytes, offset).next() else { break };
        decoder.next(message.payload, &mut term)?;
        list = list.list_prepend(term);
        (first, cells) = (offset, cells + CELL);
    }
    let used = terms.words() + cells;
    account(env, used);
    loaded.note_share(used, to.saturating_sub(first));
    Ok((list, first, used))
}

/// `Native.measure/3`: an estimate of the words of heap that the structs of raw messages up to an
/// offset take, and the offsets at which to cut the messages into slices.
#[rustler::nif(schedule = "DirtyCpu")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn measure<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    messages: Binary<'a>,
    to: usize,
) -> Term<'a> {
    answer(env, heap_estimate::measure(env, &loaded, messages, to))
}

/// `Native.decode_some/4`: decodes from `offset` until about `words` words of heap are used, which
/// bounds the time as well; at least one struct. Returns the structs and the offset of the next
/// message.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_some<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    input: Binary<'a>,
    offset: usize,
    words: usize,
) -> Term<'a> {
    answer(env, decode_until(env, &loaded, input, offset, (words, words)))
}

/// `Native.decode_some_dirty/4`.
#[rustler::nif(schedule = "DirtyCpu")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_some_dirty<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    input: Binary<'a>,
    offset: usize,
    words: usize,
) -> Term<'a> {
    answer(env, decode_until(env, &loaded, input, offset, (words, usize::MAX)))
}

/// Stops behind the message that exceeds `words`, and before one that exceeds `limit`.
fn decode_until<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    input: Binary<'a>,
    offset: usize,
    (words, limit): (usize, usize),
) -> Result<(Vec<Term<'a>>, usize), decode::Fault> {
    let mut terms = TermBuilder::new(env, loaded, input).limited_to(limit);
    let mut decoder = DeltaDecoder::new(&loaded.schema, &mut terms);
    let mut messages = Messages::starting_at(input.as_slice(), offset);
    let (mut structs, mut term) = (Vec::new(), atoms::nil().to_term(env));
    while decoder.builder().words() < words {
        let offset = messages.offset();
        let Some(message) = messages.next() else { return Ok((structs, input.len())) };
        match decoder.next(message?.payload, &mut term) {
            Err(decode::Fault::Exhausted) if !structs.is_empty() => return Ok((structs, offset)),
            result => result?,
        }
        structs.push(term);
    }
    account(env, terms.words());
    Ok((structs, messages.offset()))
}

/// Reports to a normal scheduler the time that these words of heap took: about 20 ns each, of a
/// timeslice of about a millisecond.
pub fn account(env: Env, words: usize) {
    if let Ok(percent @ 1..) = i32::try_from(words / 500) {
        consume_timeslice(env, percent.min(100));
    }
}

/// `{:ok, value}`, `{:error, fault}`, or `dirty` if decoding takes too long for a normal scheduler.
fn answer<T: Encoder>(env: Env<'_>, result: Result<T, decode::Fault>) -> Term<'_> {
    match result {
        Ok(value) => (atoms::ok(), value).encode(env),
        Err(decode::Fault::Exhausted) => atoms::dirty().encode(env),
        Err(fault) => (atoms::error(), decode_fault(env, fault)).encode(env),
    }
}

/// `Native.locate/3`: the fields down to the attribute at an offset of a body.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn locate<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    body: Binary<'a>,
    offset: usize,
) -> Vec<Term<'a>> {
    let path = path::path_at(&loaded.schema, body.as_slice(), offset);
    builder::path(env, &loaded, &path)
}

/// `Native.missing/4`: the fields down to a nest, and the one that is missing from it. The offset
/// of the nest is `nil` if the attribute is missing from the body itself.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn missing<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    body: Binary<'a>,
    nest: Option<usize>,
    id: U16,
) -> Vec<Term<'a>> {
    let path = path::path_of_missing(&loaded.schema, body.as_slice(), nest, id.0);
    builder::path(env, &loaded, &path)
}
