//! Many messages of one schema, such as a dump's.
//!
//! A message of a dump is much like the one before it. Where both have the same
//! attributes of the same lengths, only what differs is decoded, and the struct
//! is made from the last one; else it is decoded whole.

use crate::attr::{Attrs, HEADER};
use crate::schema::{Schema, Set, SetId, Slot};

use super::{Build, Decoder, Fault, Level};

/// The set that a message is.
const MESSAGE: SetId = 0;

/// Decodes many values of the schema's first set, from the last to the first.
///
/// # Errors
/// If a length is inconsistent or sets nest too deep.
pub fn decode_each<'a, B: Build<'a>>(
    schema: &Schema,
    bodies: &[&'a [u8]],
    build: &mut B,
    mut each: impl FnMut(B::Term),
) -> Result<(), Fault> {
    let mut decoder = Decoder::new(schema, build);
    decoder.last = vec![None; schema.sites()];
    let (spots, places, changed) = (Vec::new(), Vec::new(), Vec::new());
    let mut many = Many { decoder, before: None, spots, places, changed };
    bodies.iter().rev().try_for_each(|body| {
        each(many.next(body)?);
        Ok(())
    })
}

/// What is known of the last message. The decoder still holds its first payloads
/// and values, as those of level 0.
struct Many<'s, 'b, 'a, B: Build<'a>> {
    decoder: Decoder<'s, 'b, 'a, B>,
    /// Its bytes, if the next one may be like it, and the struct they made.
    before: Option<(&'a [u8], B::Term)>,
    /// Its attributes.
    spots: Vec<Spot>,
    /// Of the present message: which attributes and values are new.
    places: Vec<usize>,
    changed: Vec<Slot>,
}

/// Where an attribute was.
struct Spot {
    at: usize,
    end: usize,
    role: Role,
}

/// What an attribute means to its set.
#[derive(Clone, Copy)]
enum Role {
    /// Nothing.
    Unknown,
    /// The first of its number, by place.
    First(usize),
    /// A further one of a number.
    Further,
}

impl<'s, 'a, B: Build<'a>> Many<'s, '_, 'a, B> {
    fn next(&mut self, body: &'a [u8]) -> Result<B::Term, Fault> {
        let Some(set) = self.decoder.schema.set(MESSAGE) else {
            return Ok(self.decoder.build.nil());
        };
        let term = match self.alike(set, body)? {
            Some(term) => term,
            None => self.whole(set, body)?,
        };
        self.before = set.separable.then_some((body, term));
        Ok(term)
    }

    fn whole(&mut self, set: &'s Set, body: &'a [u8]) -> Result<B::Term, Fault> {
        self.decoder.seen.clear();
        self.decoder.values.clear();
        self.decoder.fill(MESSAGE, set, body, 0)?;
        if set.separable {
            self.remember(set, body)?;
        }
        Ok(self.decoder.build.strukt(MESSAGE, &self.decoder.values))
    }

    fn remember(&mut self, set: &Set, body: &'a [u8]) -> Result<(), Fault> {
        self.spots.clear();
        self.places.clear();
        let mut at = set.size;
        for attr in Attrs::new(body.get(set.size..).unwrap_or_default()) {
            let attr = attr?;
            let role = match set.place(attr.id()) {
                None => Role::Unknown,
                Some(place) if self.places.contains(&place) => Role::Further,
                Some(place) => {
                    self.places.push(place);
                    Role::First(place)
                }
            };
            let end = at + HEADER + attr.payload.len();
            self.spots.push(Spot { at, end, role });
            at = end.next_multiple_of(4);
        }
        Ok(())
    }

    /// The struct of a message with the attributes of the last one, if it is that.
    fn alike(&mut self, set: &'s Set, body: &'a [u8]) -> Result<Option<B::Term>, Fault> {
        let Some((before, term)) = self.before.filter(|(before, _)| before.len() == body.len())
        else {
            return Ok(None);
        };
        if !self.compare(set, before, body) {
            return Ok(None);
        }

        let (header, chain) = body.split_at_checked(set.size).unwrap_or((body, &[]));
        let level = Level { set, header, chain, seen: 0, places: None, depth: 0 };
        for field in &set.header {
            let end = field.offset + field.kind.scalar().width();
            if before.get(field.offset..end) != header.get(field.offset..end) {
                let rest = header.get(field.offset..).unwrap_or_default();
                let value = self.decoder.fixed(&field.kind, rest);
                self.put(field.slot, value);
            }
        }
        for row in set.rows.iter().filter(|row| self.places.contains(&row.place)) {
            if let Some(Some(payload)) = self.decoder.seen.get(row.place).copied() {
                let value = self.decoder.value(level, &row.kind, payload)?;
                self.decoder.put(row.slot, value);
                self.changed.push(row.slot);
            }
        }
        for group in &set.groups {
            if group.places.iter().any(|place| self.places.contains(place)) {
                let value = self.decoder.group(level, group)?;
                self.put(group.slot, value);
            }
        }
        Ok(Some(self.decoder.build.change(MESSAGE, term, &self.decoder.values, &self.changed)))
    }

    fn put(&mut self, slot: Slot, value: B::Term) {
        self.decoder.put(slot, value);
        self.changed.push(slot);
    }

    /// Notes the attributes that differ, and whether nothing else does.
    fn compare(&mut self, set: &Set, before: &[u8], body: &'a [u8]) -> bool {
        self.places.clear();
        self.changed.clear();
        for spot in &self.spots {
            let (was, is) = (before.get(spot.at..spot.end), body.get(spot.at..spot.end));
            if was == is {
                continue;
            }
            let (Some(was), Some(is)) = (was, is) else { return false };
            match (was.split_first_chunk(), is.split_first_chunk::<HEADER>(), spot.role) {
                (Some((was, _)), Some((is, payload)), Role::First(place)) if was == is => {
                    if let Some(first) = self.decoder.seen.get_mut(place) {
                        *first = Some(payload);
                    }
                    self.places.push(place);
                }
                (Some((was, _)), Some((is, _)), Role::Unknown) if was == is => {}
                _ => return false,
            }
        }
        body.len() >= set.size
    }
}
