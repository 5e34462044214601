//! Batch NIFs: a list of requests to datagrams, and the replies to objects.
//!
//! `Linx.Netlink.Batch` is the caller, and `Linx.Netlink.Nfnl.batch/4` that of `batch_send`. As in `codec.rs`, the twin of a function on a dirty CPU scheduler
//! has a name that ends in `_dirty`.

use linx_socket::channel::Expect;
use linx_wire::batch::{Datagram, Datagrams, Room};
use rustler::schedule::consume_timeslice;
use rustler::{Atom, Binary, Encoder, Env, ResourceArc, Term};

use crate::channel::ChannelResource;
use crate::codec::{self, Read};
use crate::request::send_batch;
use crate::term::{U16, into_binary, iodata};

mod atoms {
    rustler::atoms! {
        module = "__struct__", message = "Elixir.Linx.Netlink.Message",
        read = "Elixir.Linx.Netlink.Batch.Read", msg_type = "type", flags, payload, codec, room, call,
        skip, finish,
        nil, ok, error, dirty,
    }
}

/// The most that is read on a normal scheduler: items, and bytes of their payloads.
const ITEMS: usize = 64;
const BYTES: usize = 16 * 1024;

/// `Native.batch_build/3`: the items of a batch to datagrams, for a receive buffer with room for
/// replies of `capacity` bytes, of which a refusal takes `refusal`.
///
/// Returns `{:ok, parts, codecs}`: the codec modules that items name, and in the order of the items
/// `{datagram, count, reads, plain}`, or `:call` for an item that is called. `reads` are the requests that
/// read something, as `{index, count, item}`: so many in succession that read objects of one schema.
/// `plain`: no item of the datagram was an error already, and none has a function to be applied to its
/// result. `{:error, position, codecs}` if an item is no request.
#[rustler::nif]
fn batch_build<'a>(env: Env<'a>, items: Term<'a>, capacity: usize, refusal: usize) -> Term<'a> {
    match Builder::new(env, capacity, refusal, Some(BYTES)).build(items) {
        Ok(built) => {
            consume_timeslice(env, 2);
            built
        }
        Err(TooMuch) => atoms::dirty().encode(env),
    }
}

/// `Native.batch_build_dirty/3`.
#[rustler::nif(schedule = "DirtyCpu")]
fn batch_build_dirty<'a>(
    env: Env<'a>,
    items: Term<'a>,
    capacity: usize,
    refusal: usize,
) -> Term<'a> {
    Builder::new(env, capacity, refusal, None)
        .build(items)
        .unwrap_or_else(|TooMuch| atoms::dirty().encode(env))
}

/// Too much for a normal scheduler.
struct TooMuch;

/// The parts of an item that is sent.
struct Request<'a> {
    msg_type: u16,
    flags: u16,
    payload: Binary<'a>,
    room: Room,
    /// The struct of a request that reads something.
    read: Option<Term<'a>>,
}

enum Item<'a> {
    /// An error already.
    Error,
    /// A function to be called.
    Call,
    Request(Request<'a>),
    /// No item.
    Bad,
}

/// Successive requests that read objects of one schema.
struct Run<'a> {
    at: u32,
    count: u32,
    item: Term<'a>,
    codec: Term<'a>,
    skip: Term<'a>,
}

struct Builder<'a> {
    env: Env<'a>,
    datagrams: Datagrams,
    refusal: Room,
    /// Parts that are complete.
    parts: Vec<Term<'a>>,
    /// The requests in the open datagram that read something.
    reads: Vec<Run<'a>>,
    /// Whether the open datagram is plain so far.
    plain: bool,
    codecs: Vec<Term<'a>>,
    /// How many bytes of payloads may still be read on a normal scheduler.
    left: Option<usize>,
}

impl<'a> Builder<'a> {
    fn new(env: Env<'a>, capacity: usize, refusal: usize, left: Option<usize>) -> Self {
        Self {
            env,
            datagrams: Datagrams::new(capacity),
            refusal: Room { usual: refusal, most: refusal },
            parts: Vec::new(),
            reads: Vec::new(),
            plain: true,
            codecs: Vec::new(),
            left,
        }
    }

    fn build(mut self, items: Term<'a>) -> Result<Term<'a>, TooMuch> {
        let (mut rest, mut position) = (items, 1_usize);
        while !rest.is_empty_list() {
            if self.left.is_some() && position > ITEMS {
                return Err(TooMuch);
            }
            let cell = rest.list_get_cell().ok();
            let item = cell.map_or(Ok(Item::Bad), |(item, _)| self.item(item))?;
            let added = match item {
                Item::Error => {
                    self.plain = false;
                    true
                }
                Item::Call => {
                    self.close();
                    self.parts.push(atoms::call().to_term(self.env));
                    true
                }
                Item::Request(request) => self.add(&request),
                Item::Bad => false,
            };
            let Some((_, tail)) = cell.filter(|_| added) else {
                return Ok((atoms::error(), position, self.codecs).encode(self.env));
            };
            (rest, position) = (tail, position + 1);
        }
        self.close();
        Ok((atoms::ok(), self.parts, self.codecs).encode(self.env))
    }

    fn item(&mut self, item: Term<'a>) -> Result<Item<'a>, TooMuch> {
        let Ok((tag, value)) = item.decode::<(Atom, Term)>() else { return self.request(item) };
        match () {
            () if tag == atoms::error() => Ok(Item::Error),
            () if tag == atoms::ok() => self.request(value),
            () => Ok(Item::Bad),
        }
    }

    fn request(&mut self, item: Term<'a>) -> Result<Item<'a>, TooMuch> {
        let get = |key: Atom| item.map_get(key).ok();
        let module = get(atoms::module()).and_then(|module| module.decode().ok());
        let reads = module == Some(atoms::read());
        if !reads && module != Some(atoms::message()) {
            return Ok(Item::Bad);
        }
        let nil = atoms::nil();
        if reads && get(atoms::call()).is_some_and(|call| nil != call) {
            return Ok(Item::Call);
        }
        let Some(payload) = get(atoms::payload()) else { return Ok(Item::Bad) };
        let Some(payload) = self.payload(payload)? else { return Ok(Item::Bad) };
        let number = |key| get(key).and_then(|value| value.decode::<U16>().ok());
        let room = || get(atoms::room())?.decode().ok().map(|(usual, most)| Room { usual, most });
        let room = if reads { room() } else { Some(self.refusal) };
        let flags = if reads { Some(U16(0)) } else { number(atoms::flags()) };
        let (Some(U16(msg_type)), Some(U16(flags)), Some(room), Some(codec)) =
            (number(atoms::msg_type()), flags, room, get(atoms::codec()))
        else {
            return Ok(Item::Bad);
        };
        if !codec.is_atom() {
            return Ok(Item::Bad);
        }
        let known = |known: &Term| known.as_c_arg() == codec.as_c_arg();
        if nil != codec && !self.codecs.iter().rev().any(known) {
            self.codecs.push(codec);
        }
        Ok(Item::Request(Request { msg_type, flags, payload, room, read: reads.then_some(item) }))
    }

    /// The payload as bytes; `None` if it is no iodata.
    fn payload(&mut self, payload: Term<'a>) -> Result<Option<Binary<'a>>, TooMuch> {
        let Some(left) = &mut self.left else { return Ok(iodata(payload)) };
        // An iolist may have any number of pieces.
        let binary = Binary::from_term(payload).map_err(|_| TooMuch)?;
        *left = left.checked_sub(binary.len()).ok_or(TooMuch)?;
        Ok(Some(binary))
    }

    fn add(&mut self, request: &Request<'a>) -> bool {
        let &Request { msg_type, flags, payload, room, read } = request;
        let before = self.datagrams.push(msg_type, flags, &payload, room, read.is_some());
        let Ok(before) = before else { return false };
        if let Some(datagram) = before {
            self.part(datagram);
        }
        match read {
            Some(read) => self.read(read),
            None => true,
        }
    }

    fn read(&mut self, item: Term<'a>) -> bool {
        let get = |key: Atom| item.map_get(key).ok();
        let (Some(codec), Some(skip), Some(finish)) =
            (get(atoms::codec()), get(atoms::skip()), get(atoms::finish()))
        else {
            return false;
        };
        self.plain &= atoms::nil() == finish;
        let at = self.datagrams.count() - 1;
        match self.reads.last_mut() {
            Some(run) if run.at + run.count == at && run.codec == codec && run.skip == skip => {
                run.count += 1;
            }
            _ => self.reads.push(Run { at, count: 1, item, codec, skip }),
        }
        true
    }

    fn close(&mut self) {
        if let Some(datagram) = self.datagrams.close() {
            self.part(datagram);
        }
    }

    fn part(&mut self, datagram: Datagram) {
        let reads = std::mem::take(&mut self.reads);
        let reads: Vec<_> = reads.iter().map(|run| (run.at, run.count, run.item)).collect();
        let plain = std::mem::replace(&mut self.plain, true);
        let bytes = into_binary(self.env, datagram.bytes);
        self.parts.push((bytes, datagram.count, reads, plain).encode(self.env));
    }
}

/// `Native.batch_send/8`: sends a datagram of requests, and reads the replies. Its messages are numbered
/// from `seq` on; see [`Expect::Batch`] for the others.
#[rustler::nif(schedule = "DirtyIo")]
#[allow(clippy::too_many_arguments, reason = "it is called from one place, in Elixir")]
fn batch_send<'a>(
    env: Env<'a>,
    channel: ResourceArc<ChannelResource>,
    ticket: u64,
    seq: u32,
    datagram: Binary<'a>,
    last: u32,
    transaction: bool,
    echo: bool,
    objects: bool,
) -> Term<'a> {
    let mut bytes = datagram.as_slice().to_vec();
    linx_wire::message::number(&mut bytes, seq);
    send_batch(
        env,
        &channel,
        ticket,
        seq,
        &bytes,
        Expect::Batch { last, transaction, echo, objects },
    )
}

/// `Native.batch_answers/3`: the answers in replies that are numbered from `first` on, to requests
/// `{index, count, schema}`: see [`codec::answers`].
#[rustler::nif]
fn batch_answers<'a>(env: Env<'a>, replies: Binary<'a>, first: u32, reads: Vec<Read>) -> Term<'a> {
    match codec::answers(env, replies, first, &reads, false) {
        Some(answers) => answers,
        None => atoms::dirty().encode(env),
    }
}

/// `Native.batch_answers_dirty/3`.
#[rustler::nif(schedule = "DirtyCpu")]
fn batch_answers_dirty<'a>(
    env: Env<'a>,
    replies: Binary<'a>,
    first: u32,
    reads: Vec<Read>,
) -> Option<Term<'a>> {
    codec::answers(env, replies, first, &reads, true)
}
