//! Codec NIFs: a description becomes a schema, structs become bytes and back.
//!
//! `Linx.Netlink.Codec.Engine` is the caller. What may take long exists twice: on a normal
//! scheduler a function does no more than a little, and answers `dirty` to what takes more; its
//! twin, whose name ends in `_dirty`, does it on a dirty CPU scheduler.

pub(crate) use build::binary;

mod build;
mod describe;
mod kept;
mod source;

use rustler::schedule::consume_timeslice;
use rustler::{Atom, Binary, Encoder, Env, NewBinary, Resource, ResourceArc, Term};

use linx_wire::decode::Fault;
use linx_wire::message::Messages;
use linx_wire::schema::Schema;
use linx_wire::{decode, encode, locate};

use crate::frame::short;

use build::Terms;
use source::Structs;

mod measure;

/// How much heap is made on a normal scheduler at most, in words: a few hundred microseconds.
const WORDS: usize = 16 * 1024;

/// A schema and the atoms and structs it is told in.
pub(crate) struct Loaded {
    schema: Schema,
    /// By set.
    shapes: Vec<Shape>,
    /// By name of the schema.
    names: Vec<Atom>,
    ip: Address,
    mac: Address,
    link_address: Address,
}

/// The struct of a set: its keys in the order the VM keeps them, and defaults.
struct Shape {
    module: Atom,
    keys: Vec<Atom>,
    defaults: Vec<Default>,
}

/// The struct of an address.
struct Address {
    shape: Shape,
    bytes: usize,
    /// Hardware addresses have none.
    family: Option<usize>,
}

/// The default of a field, independent of any environment.
enum Default {
    Atom(Atom),
    Int(i64),
    Empty,
    /// In the external term format.
    Other(Vec<u8>),
}

#[rustler::resource_impl]
impl Resource for Loaded {}

/// Keeps a resource of each type for ever; see `sys.rs`.
pub fn keep_types() {
    let address = || Address {
        shape: Shape { module: atoms::nil(), keys: Vec::new(), defaults: Vec::new() },
        bytes: 0,
        family: None,
    };
    if let Ok(schema) = Schema::new(Vec::new(), Vec::new()) {
        let (shapes, names) = (Vec::new(), Vec::new());
        let (ip, mac, link_address) = (address(), address(), address());
        let loaded = Loaded { schema, shapes, names, ip, mac, link_address };
        std::mem::forget(ResourceArc::new(loaded));
    }
}

mod atoms {
    rustler::atoms! {
        nil, yes = "true", no = "false", inet, inet6, bytes, family, module = "__struct__",
        ok, error, dirty,
    }
}

/// `Native.schema_load/1`. The description of a link has thousands of rows.
#[rustler::nif(schedule = "DirtyCpu")]
fn schema_load(description: Term) -> Result<ResourceArc<Loaded>, String> {
    describe::load(description).map(ResourceArc::new)
}

/// `Native.encode/2`: a struct to its bytes.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn encode<'a>(env: Env<'a>, loaded: ResourceArc<Loaded>, term: Term<'a>) -> Term<'a> {
    let source = Structs::new(env, &loaded).limited();
    let encoded = encoded(env, &loaded, term, &source);
    account(env, source.elements() * 16);
    if source.is_exhausted() { atoms::dirty().encode(env) } else { encoded }
}

/// `Native.encode_dirty/2`.
#[rustler::nif(schedule = "DirtyCpu")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn encode_dirty<'a>(env: Env<'a>, loaded: ResourceArc<Loaded>, term: Term<'a>) -> Term<'a> {
    encoded(env, &loaded, term, &Structs::new(env, &loaded))
}

fn encoded<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    term: Term<'a>,
    source: &Structs<'a, '_>,
) -> Term<'a> {
    let bytes = encode::encode(&loaded.schema, term, source);
    bytes
        .map(|bytes| Term::from(NewBinary::from_slice(env, &bytes)))
        .map_err(|fault| fault.to_string())
        .encode(env)
}

/// `Native.decode/2`: the bytes of one body to its struct.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode<'a>(env: Env<'a>, loaded: ResourceArc<Loaded>, body: Binary<'a>) -> Term<'a> {
    one(env, &loaded, body, WORDS)
}

/// `Native.decode_dirty/2`.
#[rustler::nif(schedule = "DirtyCpu")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_dirty<'a>(env: Env<'a>, loaded: ResourceArc<Loaded>, body: Binary<'a>) -> Term<'a> {
    one(env, &loaded, body, usize::MAX)
}

fn one<'a>(env: Env<'a>, loaded: &Loaded, body: Binary<'a>, limit: usize) -> Term<'a> {
    let mut terms = Terms::new(env, loaded, body).limited_to(limit);
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
    let end = messages.len();
    answer(env, slice(env, &loaded, messages, (0, end), Term::list_new_empty(env), WORDS))
}

/// `Native.decode_slice/5`: the messages from one offset to another, before the structs of those
/// behind them.
#[rustler::nif(schedule = "DirtyCpu")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_slice<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    messages: Binary<'a>,
    from: usize,
    to: usize,
    behind: Term<'a>,
) -> Term<'a> {
    answer(env, slice(env, &loaded, messages, (from, to), behind, usize::MAX))
}

/// From the last to the first, as a list is made.
fn slice<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    input: Binary<'a>,
    (from, to): (usize, usize),
    behind: Term<'a>,
    limit: usize,
) -> Result<Term<'a>, Fault> {
    let bytes = input.as_slice().get(..to).unwrap_or_default();
    let mut offsets = Vec::new();
    let mut messages = Messages::starting_at(bytes, from);
    loop {
        let offset = messages.offset();
        let Some(message) = messages.next() else { break };
        message?;
        offsets.push(offset);
    }
    let mut terms = Terms::new(env, loaded, input).limited_to(limit);
    let mut many = decode::Many::new(&loaded.schema, &mut terms);
    let (mut list, mut term) = (behind, atoms::nil().to_term(env));
    for offset in offsets.into_iter().rev() {
        let Some(Ok(message)) = Messages::starting_at(bytes, offset).next() else { break };
        many.next(message.payload, &mut term)?;
        list = list.list_prepend(term);
    }
    account(env, terms.words());
    Ok(list)
}

/// `Native.measure/2`: about how many words of heap the structs of raw messages take, and where
/// to cut the messages into slices.
#[rustler::nif(schedule = "DirtyCpu")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn measure<'a>(env: Env<'a>, loaded: ResourceArc<Loaded>, messages: Binary<'a>) -> Term<'a> {
    answer(env, measure::measure(env, &loaded, messages))
}

/// `Native.decode_some/4`: decodes messages from an offset on until their structs take about so
/// many words of heap, which bounds the work as well; at least one. Returns the structs and the
/// offset of the next message, or the end.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_some<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    input: Binary<'a>,
    offset: usize,
    words: usize,
) -> Term<'a> {
    answer(env, some(env, &loaded, input, offset, (words, words)))
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
    answer(env, some(env, &loaded, input, offset, (words, usize::MAX)))
}

/// Stops after a message beyond so many words, and before one that goes beyond `limit`.
fn some<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    input: Binary<'a>,
    offset: usize,
    (words, limit): (usize, usize),
) -> Result<(Vec<Term<'a>>, usize), Fault> {
    let mut terms = Terms::new(env, loaded, input).limited_to(limit);
    let mut many = decode::Many::new(&loaded.schema, &mut terms);
    let mut messages = Messages::starting_at(input.as_slice(), offset);
    let (mut structs, mut term) = (Vec::new(), atoms::nil().to_term(env));
    while many.build().words() < words {
        let offset = messages.offset();
        let Some(message) = messages.next() else { return Ok((structs, input.len())) };
        match many.next(message?.payload, &mut term) {
            Err(Fault::Exhausted) if !structs.is_empty() => return Ok((structs, offset)),
            decoded => decoded?,
        }
        structs.push(term);
    }
    account(env, terms.words());
    Ok((structs, messages.offset()))
}

/// Tells a normal scheduler of the time that so many words of heap took: some 20 ns each, of a
/// turn of about a millisecond.
fn account(env: Env, words: usize) {
    if let Ok(percent @ 1..) = i32::try_from(words / 500) {
        consume_timeslice(env, percent.min(100));
    }
}

/// `{:ok, value}`, `{:error, text}`, or `dirty` for what takes too long.
fn answer<T: Encoder>(env: Env<'_>, result: Result<T, Fault>) -> Term<'_> {
    match result {
        Ok(value) => (atoms::ok(), value).encode(env),
        Err(Fault::Exhausted) => atoms::dirty().encode(env),
        Err(fault) => (atoms::error(), fault.to_string()).encode(env),
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
    let path = locate::at(&loaded.schema, body.as_slice(), offset);
    build::path(env, &loaded, &path)
}

/// `Native.missing/4`: the fields down to a nest, and the absent one in it. The
/// offset of the nest is `nil` if the attribute is missing from the body itself.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn missing<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    body: Binary<'a>,
    nest: Option<usize>,
    id: Term<'a>,
) -> Result<Vec<Term<'a>>, String> {
    let id = short(id).ok_or_else(|| format!("not an attribute type: {id:?}"))?;
    let path = locate::missing(&loaded.schema, body.as_slice(), nest, id);
    Ok(build::path(env, &loaded, &path))
}
