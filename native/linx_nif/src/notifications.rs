//! Notification NIFs: what has arrived on a socket as terms, in one call.
//!
//! `Linx.Netlink.Listener` is the caller. A notification becomes
//!
//!     {op, struct, flags}     by the row of a table that has its message type and address family:
//!                             `op` is the term of the row, `flags` are those of the message header
//!     {op, nil, flags}        of a row whose bodies are not decoded
//!     %Linx.Netlink.Message{} without a row, of a row whose values only Elixir converts, and if its
//!                             lengths are inconsistent

use linx_socket::channel::Notifications;
use linx_socket::number;
use linx_wire::message::{Message, Messages};
use linx_wire::message_table::{MessageTable, Row};
use rustler::schedule::consume_timeslice;
use rustler::types::tuple::get_tuple;
use rustler::{Binary, Encoder, Env, Error, NifResult, Resource, ResourceArc, Term};

use crate::channel::ChannelResource;
use crate::codec::{self, Loaded};
use crate::frame::message_term;
use crate::term::{U16, into_binary};

mod atoms {
    rustler::atoms! { ok, nil, recv, raw, skip }
}

/// Bytes of notifications after which no more are received, if they are decoded. Structs take up to
/// two words of heap for each byte, and so stay within `codec::WORDS`.
const DECODED: usize = 8 * 1024;

/// The same if none is decoded.
const RAW: usize = 64 * 1024;

/// The most bytes of bodies that are decoded on a normal scheduler, whatever they are decoded to.
const BYTES: usize = 16 * 1024;

/// The words of heap that a `Linx.Netlink.Message` takes.
const MESSAGE: usize = 30;

/// What is made of a message.
#[derive(Clone, Copy)]
enum Target {
    /// A struct, by the schema with this index.
    Struct(usize),
    /// Nothing: its row suffices.
    Skip,
    /// A `Linx.Netlink.Message`.
    Raw,
}

/// The rows by which notifications are decoded, and their schemas.
pub struct NotificationTable {
    rows: MessageTable<Target>,
    schemas: Vec<ResourceArc<Loaded>>,
}

#[rustler::resource_impl]
impl Resource for NotificationTable {}

/// Keeps a resource of each type for ever; see `sys.rs`.
pub fn keep_types() {
    let (rows, schemas) = (MessageTable::new(Vec::new()), Vec::new());
    std::mem::forget(ResourceArc::new(NotificationTable { rows, schemas }));
}

/// `Native.notification_table/2`: schemas, and the rows `{type, family | nil, target}`; a target is
/// the index of a schema, `:skip` or `:raw`.
#[rustler::nif]
fn notification_table(
    schemas: Vec<ResourceArc<Loaded>>,
    rows: Vec<(U16, Option<u8>, Term<'_>)>,
) -> NifResult<ResourceArc<NotificationTable>> {
    let rows = rows.into_iter().map(|(U16(msg_type), family, target)| {
        let target = match target.decode::<usize>() {
            Ok(schema) if schema < schemas.len() => Target::Struct(schema),
            _ if atoms::skip() == target => Target::Skip,
            _ if atoms::raw() == target => Target::Raw,
            _ => return Err(Error::BadArg),
        };
        Ok(Row { msg_type, family, target })
    });
    let rows = MessageTable::new(rows.collect::<NifResult<_>>()?);
    Ok(ResourceArc::new(NotificationTable { rows, schemas }))
}

/// `Native.notifications/3`: reads notifications and decodes them by a table; `ops` is a tuple with
/// the terms of its rows. Returns
///
///     {:ok, notifications, rest, occupied, losses, empty?}
///
/// or `{:recv, errno}`. On a normal scheduler, since receiving only copies: it reads a bounded number
/// of bytes, and leaves the rest in the socket. `rest` are the messages, as bytes, that it did not
/// decode because that takes too long, or `nil`: they are for `Native.notifications_dirty/3`.
#[rustler::nif]
fn notifications<'a>(
    env: Env<'a>,
    channel: ResourceArc<ChannelResource>,
    table: ResourceArc<NotificationTable>,
    ops: Term<'a>,
) -> NifResult<Term<'a>> {
    let ops = get_tuple(ops)?;
    let limit = if table.rows.is_empty() { RAW } else { DECODED };
    let got = match channel.0.notifications(limit) {
        Ok(got) => got,
        Err(errno) => return Ok((atoms::recv(), number(errno)).encode(env)),
    };
    let Notifications { bytes, datagrams, occupied, losses, empty } = got;
    let input = into_binary(env, bytes);
    let (list, rest, words) = decode(env, &table, &ops, input, (BYTES, codec::WORDS));
    // Receiving takes about 2 µs for each datagram, and the timeslice is about a millisecond.
    consume_timeslice(env, i32::try_from(1 + datagrams / 5).unwrap_or(100).min(100));
    codec::account(env, words);
    Ok((atoms::ok(), list, rest, occupied, losses, empty).encode(env))
}

/// `Native.notifications_dirty/3`: decodes the rest of what `Native.notifications/3` has read.
#[rustler::nif(schedule = "DirtyCpu")]
fn notifications_dirty<'a>(
    env: Env<'a>,
    table: ResourceArc<NotificationTable>,
    ops: Term<'a>,
    rest: Binary<'a>,
) -> NifResult<Term<'a>> {
    let (list, _rest, _words) =
        decode(env, &table, &get_tuple(ops)?, rest, (usize::MAX, usize::MAX));
    Ok(list)
}

/// A message that was received.
struct Received<'a> {
    message: Message<'a>,
    offset: usize,
    /// Its row and what is made of it.
    row: Option<(usize, Target)>,
    /// The struct, if it is to be one and could be decoded.
    object: Option<Term<'a>>,
}

/// The terms of the messages in `input` up to limits of bytes and of words of heap, the messages
/// behind these, and the number of words.
fn decode<'a>(
    env: Env<'a>,
    table: &NotificationTable,
    ops: &[Term<'a>],
    input: Binary<'a>,
    limits: (usize, usize),
) -> (Term<'a>, Option<Binary<'a>>, usize) {
    let (mut received, raw_words) = received(table, input.as_slice(), limits);
    let mut words = raw_words;
    // The number of messages that are terms in the end.
    let mut done = received.len();
    for (schema, loaded) in table.schemas.iter().enumerate() {
        let of_schema = |(_, item): &(usize, &Received<'a>)| matches!(item.row, Some((_, Target::Struct(index))) if index == schema);
        let (places, bodies): (Vec<usize>, Vec<&[u8]>) = received
            .iter()
            .take(done)
            .enumerate()
            .filter(of_schema)
            .map(|(at, item)| (at, item.message.payload))
            .unzip();
        if bodies.is_empty() {
            continue;
        }
        let mut places = places.into_iter();
        let left = limits.1.saturating_sub(words);
        words += codec::decode_bodies(env, loaded, input, &bodies, left, |object| {
            if let Some(item) = places.next().and_then(|at| received.get_mut(at)) {
                item.object = object;
            }
        });
        done = places.next().unwrap_or(done);
    }
    let list = received.iter().take(done).rev().fold(Term::list_new_empty(env), |list, item| {
        list.list_prepend(term(env, input, ops, item))
    });
    let end = received.get(done).map_or_else(|| end(&received), |item| item.offset);
    let rest = input.len().checked_sub(end).filter(|size| *size > 0);
    (list, rest.and_then(|size| input.make_subbinary(end, size).ok()), words)
}

/// The messages up to a limit of bytes to decode and of words of heap, and the words of heap that
/// those take that are not decoded.
fn received<'a>(
    table: &NotificationTable,
    bytes: &'a [u8],
    (limit, limit_words): (usize, usize),
) -> (Vec<Received<'a>>, usize) {
    let (mut received, mut size, mut words) = (Vec::new(), 0_usize, 0);
    let mut messages = Messages::new(bytes);
    loop {
        let offset = messages.offset();
        // What was received are whole messages.
        let Some(Ok(message)) = messages.next() else { break };
        let row = table.rows.find(&message).map(|(at, target)| (at, *target));
        if let Some((_, Target::Struct(_))) = row {
            size += message.payload.len();
        } else {
            words += MESSAGE;
        }
        if size > limit || words > limit_words {
            break;
        }
        received.push(Received { message, offset, row, object: None });
    }
    (received, words)
}

/// The offset behind the last message.
fn end(received: &[Received]) -> usize {
    received.last().map_or(0, |item| item.offset + item.message.raw.len().next_multiple_of(4))
}

fn term<'a>(env: Env<'a>, input: Binary<'a>, ops: &[Term<'a>], item: &Received<'a>) -> Term<'a> {
    let flags = item.message.header.flags;
    let op = item.row.and_then(|(row, _)| ops.get(row));
    match (item.row, op, item.object) {
        (Some((_, Target::Struct(_))), Some(op), Some(object)) => (*op, object, flags).encode(env),
        (Some((_, Target::Skip)), Some(op), _) => (*op, atoms::nil(), flags).encode(env),
        _ => message_term(env, input, &item.message),
    }
}
