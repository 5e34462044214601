//! The answers to the requests of a batch that read objects.

use linx_wire::message::Messages;
use rustler::{Binary, Encoder, Env, ResourceArc, Term};

use super::{Loaded, WORDS, account, atoms, decode_bodies};

/// Successive requests: the index of the first in the batch, their number, the schema of their objects.
pub type Read = (u32, u32, ResourceArc<Loaded>);

/// The answers in `replies`, messages that are numbered from `first` on: `{answers, missing, malformed}`
/// with an answer for each request, `{:ok, object}`, `missing` or `malformed`, and the numbers of the
/// latter two. On a normal scheduler `None` if decoding takes too long.
pub fn answers<'a>(
    env: Env<'a>,
    replies: Binary<'a>,
    first: u32,
    reads: &[Read],
    dirty: bool,
) -> Option<Term<'a>> {
    let mut replies_left =
        Replies { messages: Messages::new(replies.as_slice()), first, next: None };
    let mut left = if dirty { usize::MAX } else { WORDS };
    let (mut answers, mut missing, mut malformed) = (Vec::new(), 0_usize, 0_usize);
    for (at, count, loaded) in reads {
        let bodies = (*at..at.saturating_add(*count)).map(|at| replies_left.body(at));
        let bodies: Vec<_> = bodies.collect();
        let (words, faults) = decode_all(env, loaded, replies, &bodies, left, &mut answers)?;
        malformed += faults;
        missing += bodies.iter().filter(|body| body.is_none()).count();
        left = left.saturating_sub(words);
        account(env, words);
    }
    Some((answers, missing, malformed).encode(env))
}

/// The replies that have not been passed over yet.
struct Replies<'a> {
    messages: Messages<'a>,
    first: u32,
    /// The index and the body of the next one.
    next: Option<(u32, &'a [u8])>,
}

impl<'a> Replies<'a> {
    /// The body of the reply to a request, the first one if there are several. Indices ascend.
    fn body(&mut self, at: u32) -> Option<&'a [u8]> {
        loop {
            match self.next {
                Some((next, body)) if next == at => {
                    self.next = None;
                    return Some(body);
                }
                Some((next, _)) if next > at => return None,
                _ => {}
            }
            let message = self.messages.next()?.ok()?;
            self.next = Some((message.header.seq.wrapping_sub(self.first), message.payload));
        }
    }
}

/// Decodes objects of one schema. Returns the words of heap used, and how many could not be decoded.
fn decode_all<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    replies: Binary<'a>,
    bodies: &[Option<&'a [u8]>],
    limit: usize,
    answers: &mut Vec<Term<'a>>,
) -> Option<(usize, usize)> {
    let present: Vec<_> = bodies.iter().copied().flatten().collect();
    let mut objects = Vec::with_capacity(present.len());
    let words = decode_bodies(env, loaded, replies, &present, limit, |object| objects.push(object));
    if objects.len() < present.len() {
        return None;
    }
    let faults = objects.iter().filter(|object| object.is_none()).count();
    let mut objects = objects.into_iter();
    answers.extend(bodies.iter().map(|body| match body.and_then(|_| objects.next()) {
        None => atoms::missing().to_term(env),
        Some(None) => atoms::malformed().to_term(env),
        Some(Some(object)) => (atoms::ok(), object).encode(env),
    }));
    Some((words, faults))
}
