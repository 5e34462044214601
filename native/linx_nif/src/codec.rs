//! Codec NIFs: a description becomes a schema, structs become bytes and back.
//!
//! `Linx.Netlink.Codec.Engine` is the caller. Functions that read exist twice:
//! the second is for input that would keep a scheduler too long.

pub(crate) use build::binary;

mod build;
mod describe;
mod kept;
mod source;

use rustler::{Atom, Binary, Env, NewBinary, Resource, ResourceArc, Term};

use linx_wire::message::{HEADER, Messages};
use linx_wire::schema::Schema;
use linx_wire::{decode, encode, locate};

use crate::frame::short;

use build::Terms;
use source::Structs;

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

mod atoms {
    rustler::atoms! {
        nil, yes = "true", no = "false", inet, inet6, bytes, family, module = "__struct__",
    }
}

/// `Native.schema_load/1`.
#[rustler::nif]
fn schema_load(description: Term) -> Result<ResourceArc<Loaded>, String> {
    describe::load(description).map(ResourceArc::new)
}

/// `Native.encode/2`: a struct to its bytes.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn encode<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    term: Term<'a>,
) -> Result<Term<'a>, String> {
    let source = Structs::new(env, &loaded);
    let bytes = encode::encode(&loaded.schema, term, &source).map_err(|fault| fault.to_string())?;
    Ok(NewBinary::from_slice(env, &bytes).into())
}

/// `Native.decode/2`: the bytes of one body to its struct.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    body: Binary<'a>,
) -> Result<Term<'a>, String> {
    one(env, &loaded, body)
}

/// `Native.decode_dirty/2`.
#[rustler::nif(schedule = "DirtyCpu")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_dirty<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    body: Binary<'a>,
) -> Result<Term<'a>, String> {
    one(env, &loaded, body)
}

/// `Native.decode_messages/3`: the bodies of raw messages, at most `limit` of
/// them, to a list of structs.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_messages<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    messages: Binary<'a>,
    limit: usize,
) -> Result<Term<'a>, String> {
    many(env, &loaded, messages, limit)
}

/// `Native.decode_messages_dirty/3`.
#[rustler::nif(schedule = "DirtyCpu")]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_messages_dirty<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    messages: Binary<'a>,
    limit: usize,
) -> Result<Term<'a>, String> {
    many(env, &loaded, messages, limit)
}

/// `Native.decode_some/4`: the structs of so many messages from an offset on as take about so
/// many words of heap, one at least, and the offset of the next message, or the end.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_some<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    input: Binary<'a>,
    offset: usize,
    words: usize,
) -> Result<(Vec<Term<'a>>, usize), String> {
    let mut terms = Terms::new(env, &loaded, input);
    let mut many = decode::Many::new(&loaded.schema, &mut terms);
    let mut messages = Messages::starting_at(input.as_slice(), offset);
    let (mut structs, mut term) = (Vec::new(), atoms::nil().to_term(env));
    while many.build().words() < words {
        let Some(message) = messages.next() else { return Ok((structs, input.len())) };
        let body = message.map_err(|fault| fault.to_string())?.payload;
        many.next(body, &mut term).map_err(|fault| fault.to_string())?;
        structs.push(term);
    }
    Ok((structs, messages.offset()))
}

/// `Native.decode_words/3`: about how much heap the structs of the first `limit` messages take.
#[rustler::nif]
#[expect(clippy::needless_pass_by_value, reason = "a NIF owns its arguments")]
fn decode_words<'a>(
    env: Env<'a>,
    loaded: ResourceArc<Loaded>,
    messages: Binary<'a>,
    limit: usize,
) -> Result<usize, String> {
    let mut terms = Terms::new(env, &loaded, messages);
    each(env, &loaded, messages, limit, &mut terms, |_| ())?;
    Ok(terms.words())
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

fn one<'a>(env: Env<'a>, loaded: &Loaded, body: Binary<'a>) -> Result<Term<'a>, String> {
    let mut terms = Terms::new(env, loaded, body);
    decode::decode(&loaded.schema, body.as_slice(), &mut terms).map_err(|fault| fault.to_string())
}

fn many<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    messages: Binary<'a>,
    limit: usize,
) -> Result<Term<'a>, String> {
    let mut list = Term::list_new_empty(env);
    let mut terms = Terms::new(env, loaded, messages);
    each(env, loaded, messages, limit, &mut terms, |term| list = list.list_prepend(term))?;
    Ok(list)
}

/// From the last to the first, as a list is made.
fn each<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    messages: Binary<'a>,
    limit: usize,
    terms: &mut Terms<'a, '_>,
    mut each: impl FnMut(Term<'a>),
) -> Result<(), String> {
    let bytes = messages.as_slice();
    let mut offsets = Vec::with_capacity(limit.min(bytes.len() / HEADER));
    let mut messages = Messages::new(bytes);
    while offsets.len() < limit {
        let offset = messages.offset();
        let Some(message) = messages.next() else { break };
        message.map_err(|fault| fault.to_string())?;
        offsets.push(offset);
    }
    let mut many = decode::Many::new(&loaded.schema, terms);
    let mut term = atoms::nil().to_term(env);
    for offset in offsets.into_iter().rev() {
        let Some(Ok(message)) = Messages::starting_at(bytes, offset).next() else { break };
        many.next(message.payload, &mut term).map_err(|fault| fault.to_string())?;
        each(term);
    }
    Ok(())
}
