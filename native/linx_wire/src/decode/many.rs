//! Many messages of one schema, such as a dump's.
//!
//! A message of a dump is much like one before it. Where both have the same
//! attributes of the same lengths, only what differs is decoded, and the struct
//! is made from the former one; else it is decoded whole. Where messages of
//! several lengths take turns, the last one of each is kept.

use std::ops::Range;

use crate::attr::{Attrs, HEADER};
use crate::schema::{Schema, Set, SetId, Slot};

use super::{Build, Decoder, Fault, Level};

/// The set that a message is.
const MESSAGE: SetId = 0;

/// Of so many lengths the last message is kept.
const LENGTHS: usize = 8;

/// Stretches to this size are short.
const SHORT: usize = 32;

/// Decodes values of a schema's first set, one after the other.
pub struct Many<'s, 'b, 'a, B: Build<'a>> {
    decoder: Decoder<'s, 'b, 'a, B>,
    /// Each of a length of its own.
    before: Vec<Before<'a, B::Term>>,
    /// Which of them has to make room for the next one.
    oldest: usize,
    /// Of the present message: which attributes and values are new.
    news: Vec<News>,
    changed: Vec<Slot>,
}

/// A message, what it was decoded to, and what the decoder knew of it at level 0.
struct Before<'a, T> {
    body: &'a [u8],
    term: T,
    spots: Vec<Spot>,
    seen: Vec<Option<&'a [u8]>>,
    values: Vec<T>,
}

/// Where an attribute was.
struct Spot {
    at: usize,
    end: usize,
    role: Role,
}

/// What an attribute means to its set.
enum Role {
    /// Nothing.
    Unknown,
    /// The first of its number.
    First(News),
    /// A further one of a number.
    Further,
}

/// The place of an attribute.
type News = usize;

impl<'s, 'b, 'a, B: Build<'a>> Many<'s, 'b, 'a, B> {
    /// Before the first value.
    pub fn new(schema: &'s Schema, build: &'b mut B) -> Self {
        let mut decoder = Decoder::new(schema, build);
        decoder.last = vec![None; schema.sites()];
        Self { decoder, before: Vec::new(), oldest: 0, news: Vec::new(), changed: Vec::new() }
    }

    /// Who makes the values.
    #[must_use]
    pub const fn build(&self) -> &B {
        self.decoder.build
    }

    /// Decodes the next value into a place: to hand it back takes longer.
    ///
    /// # Errors
    /// If a length is inconsistent or sets nest too deep.
    pub fn next(&mut self, body: &'a [u8], value: &mut B::Term) -> Result<(), Fault> {
        let Some(set) = self.decoder.schema.set(MESSAGE) else {
            *value = self.decoder.build.nil();
            return Ok(());
        };
        let at = match self.before.iter().position(|before| before.body.len() == body.len()) {
            Some(at) if self.alike(at, set, body)? => at,
            unlike => {
                if let Some(at) = unlike {
                    self.before.swap_remove(at);
                }
                return self.whole(set, body, value);
            }
        };
        if let Some(before) = self.before.get(at) {
            *value = before.term;
        }
        Ok(())
    }

    fn whole(&mut self, set: &'s Set, body: &'a [u8], value: &mut B::Term) -> Result<(), Fault> {
        self.decoder.seen.clear();
        self.decoder.values.clear();
        self.decoder.fill(MESSAGE, set, body, 0)?;
        *value = self.decoder.build.similar(MESSAGE, &self.decoder.values);
        if set.separable {
            self.keep(set, body, *value)?;
        }
        Ok(())
    }

    /// Keeps the message that was decoded whole, as the first of its length.
    fn keep(&mut self, set: &Set, body: &'a [u8], term: B::Term) -> Result<(), Fault> {
        let spots = spots(set, body)?;
        let seen = std::mem::take(&mut self.decoder.seen);
        let values = std::mem::take(&mut self.decoder.values);
        let before = Before { body, term, spots, seen, values };
        if self.before.len() < LENGTHS {
            self.before.push(before);
        } else if let Some(oldest) = self.before.get_mut(self.oldest) {
            *oldest = before;
            self.oldest = (self.oldest + 1) % LENGTHS;
        }
        Ok(())
    }

    /// Whether a message has the attributes of the one at a place. It is kept in its stead then.
    fn alike(&mut self, at: usize, set: &'s Set, body: &'a [u8]) -> Result<bool, Fault> {
        let (decoder, news, changed) = (&mut self.decoder, &mut self.news, &mut self.changed);
        news.clear();
        changed.clear();
        let Some(before) = self.before.get_mut(at) else { return Ok(false) };
        if !compare(set, before, body, news) {
            return Ok(false);
        }
        std::mem::swap(&mut decoder.seen, &mut before.seen);
        std::mem::swap(&mut decoder.values, &mut before.values);
        let done = change(decoder, set, before.body, body, news, changed);
        if done.is_ok() {
            before.term = decoder.build.change(MESSAGE, before.term, &decoder.values, changed);
            before.body = body;
        }
        std::mem::swap(&mut decoder.seen, &mut before.seen);
        std::mem::swap(&mut decoder.values, &mut before.values);
        if done.is_err() {
            // What is kept is no whole value any more.
            self.before.swap_remove(at);
        }
        done.map(|()| true)
    }
}

/// Decodes what is new.
fn change<'s, 'a, B: Build<'a>>(
    decoder: &mut Decoder<'s, '_, 'a, B>,
    set: &'s Set,
    before: &[u8],
    body: &'a [u8],
    news: &[News],
    changed: &mut Vec<Slot>,
) -> Result<(), Fault> {
    let (header, chain) = body.split_at_checked(set.size).unwrap_or((body, &[]));
    if !same(before.get(..header.len()).unwrap_or_default(), header) {
        for field in &set.header {
            if before.get(field.place()) != header.get(field.place()) {
                let rest = header.get(field.offset..).unwrap_or_default();
                let value = decoder.fixed(&field.kind, rest);
                decoder.put(field.slot, value);
                changed.push(field.slot);
            }
        }
    }
    let level = Level { set, header, chain, seen: 0, places: None, depth: 0 };
    for &place in news {
        let Some(Some(payload)) = decoder.seen.get(place).copied() else { continue };
        for at in set.filled.get(place).into_iter().flatten() {
            if let Some(row) = set.rows.get(*at) {
                decoder.put_value(level, &row.kind, payload, row.slot)?;
                changed.push(row.slot);
            }
        }
    }
    for group in &set.groups {
        if news.iter().any(|place| group.places.contains(place)) {
            let value = decoder.group(level, group)?;
            decoder.put(group.slot, value);
            changed.push(group.slot);
        }
    }
    Ok(())
}

/// Notes the attributes that differ, and whether nothing else does.
fn compare<'a, T>(
    set: &Set,
    before: &mut Before<'a, T>,
    body: &'a [u8],
    news: &mut Vec<News>,
) -> bool {
    let same_field =
        |place: &Range<usize>| before.body.get(place.clone()) == body.get(place.clone());
    if !set.deciding.iter().all(same_field) {
        return false;
    }
    for spot in &before.spots {
        let (Some(was), Some(is)) =
            (before.body.get(spot.at..spot.end), body.get(spot.at..spot.end))
        else {
            return false;
        };
        if same(was, is) {
            continue;
        }
        match (was.split_first_chunk(), is.split_first_chunk::<HEADER>(), &spot.role) {
            (Some((was, _)), Some((is, payload)), Role::First(place)) if was == is => {
                if let Some(first) = before.seen.get_mut(*place) {
                    *first = Some(payload);
                }
                news.push(*place);
            }
            (Some((was, _)), Some((is, _)), Role::Unknown) if was == is => {}
            _ => return false,
        }
    }
    body.len() >= set.size
}

/// Where the attributes of a body are, and what they mean.
fn spots(set: &Set, body: &[u8]) -> Result<Vec<Spot>, Fault> {
    let mut spots = Vec::new();
    let mut known = vec![false; set.width];
    let mut at = set.size;
    for attr in Attrs::new(body.get(set.size..).unwrap_or_default()) {
        let attr = attr?;
        let role = match set.place(attr.id()) {
            None => Role::Unknown,
            Some(place) => match known.get_mut(place) {
                Some(known @ false) => {
                    *known = true;
                    Role::First(place)
                }
                _ => Role::Further,
            },
        };
        let end = at + HEADER + attr.payload.len();
        spots.push(Spot { at, end, role });
        at = end.next_multiple_of(4);
    }
    Ok(spots)
}

/// Whether two stretches are the same. Most are so short that a call takes longer than to
/// compare them word by word.
fn same(was: &[u8], is: &[u8]) -> bool {
    if was.len() > SHORT {
        return was == is;
    }
    let ((was, was_rest), (is, is_rest)) = (was.as_chunks::<4>(), is.as_chunks::<4>());
    was.len() == is.len()
        && was.iter().zip(is).all(|(was, is)| was == is)
        && was_rest.len() == is_rest.len()
        && (was_rest.is_empty() || was_rest == is_rest)
}
