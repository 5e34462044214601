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

/// Decodes values of a schema's first set, one after the other.
///
/// What is known of the last one is kept: the decoder still holds its first payloads
/// and values, as those of level 0.
pub struct Many<'s, 'b, 'a, B: Build<'a>> {
    decoder: Decoder<'s, 'b, 'a, B>,
    /// Its bytes, if the next one may be like it, and the struct they made.
    before: Option<(&'a [u8], B::Term)>,
    /// Its attributes.
    spots: Vec<Spot>,
    /// The rows that those fill, by index.
    rows: Vec<usize>,
    /// Of the present message: which attributes and values are new.
    news: Vec<News>,
    changed: Vec<Slot>,
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

/// An attribute's place, and where among [`Many::rows`] those are that it fills.
#[derive(Clone, Copy)]
struct News {
    place: usize,
    rows: (usize, usize),
}

impl<'s, 'b, 'a, B: Build<'a>> Many<'s, 'b, 'a, B> {
    /// Before the first value.
    pub fn new(schema: &'s Schema, build: &'b mut B) -> Self {
        let mut decoder = Decoder::new(schema, build);
        decoder.last = vec![None; schema.sites()];
        let (spots, rows, news, changed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { decoder, before: None, spots, rows, news, changed }
    }

    /// Who makes the values.
    #[must_use]
    pub const fn build(&self) -> &B {
        self.decoder.build
    }

    /// Decodes the next value.
    ///
    /// # Errors
    /// If a length is inconsistent or sets nest too deep.
    pub fn next(&mut self, body: &'a [u8]) -> Result<B::Term, Fault> {
        let Some(set) = self.decoder.schema.set(MESSAGE) else {
            return Ok(self.decoder.build.nil());
        };
        // Where it fails, what is kept is no whole value.
        let term = match self.before.take() {
            Some((before, term)) if before.len() == body.len() => {
                self.alike(set, before, term, body)?
            }
            _ => None,
        };
        let term = match term {
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
        Ok(self.decoder.build.similar(MESSAGE, &self.decoder.values))
    }

    fn remember(&mut self, set: &Set, body: &'a [u8]) -> Result<(), Fault> {
        self.spots.clear();
        self.rows.clear();
        self.news.clear();
        let mut at = set.size;
        for attr in Attrs::new(body.get(set.size..).unwrap_or_default()) {
            let attr = attr?;
            let role = match set.place(attr.id()) {
                None => Role::Unknown,
                Some(place) if self.news.iter().any(|news| news.place == place) => Role::Further,
                Some(place) => {
                    let start = self.rows.len();
                    let filled = set.rows.iter().enumerate().filter(|(_, row)| row.place == place);
                    self.rows.extend(filled.map(|(at, _)| at));
                    let news = News { place, rows: (start, self.rows.len()) };
                    self.news.push(news);
                    Role::First(news)
                }
            };
            let end = at + HEADER + attr.payload.len();
            self.spots.push(Spot { at, end, role });
            at = end.next_multiple_of(4);
        }
        Ok(())
    }

    /// The struct of a message with the attributes of the last one, if it is that.
    fn alike(
        &mut self,
        set: &'s Set,
        before: &[u8],
        term: B::Term,
        body: &'a [u8],
    ) -> Result<Option<B::Term>, Fault> {
        if !self.compare(set, before, body) {
            return Ok(None);
        }

        let (header, chain) = body.split_at_checked(set.size).unwrap_or((body, &[]));
        if !before.starts_with(header) {
            self.header(set, before, header);
        }
        let level = Level { set, header, chain, seen: 0, places: None, depth: 0 };
        for at in 0..self.news.len() {
            let Some(News { place, rows }) = self.news.get(at).copied() else { break };
            let Some(Some(payload)) = self.decoder.seen.get(place).copied() else { continue };
            for at in rows.0..rows.1 {
                if let Some(row) = self.rows.get(at).and_then(|row| set.rows.get(*row)) {
                    let value = self.decoder.value(level, &row.kind, payload)?;
                    self.put(row.slot, value);
                }
            }
        }
        for group in &set.groups {
            if self.news.iter().any(|news| group.places.contains(&news.place)) {
                let value = self.decoder.group(level, group)?;
                self.put(group.slot, value);
            }
        }
        Ok(Some(self.decoder.build.change(MESSAGE, term, &self.decoder.values, &self.changed)))
    }

    fn header(&mut self, set: &Set, before: &[u8], header: &'a [u8]) {
        for field in &set.header {
            let end = field.offset + field.kind.scalar().width();
            if before.get(field.offset..end) != header.get(field.offset..end) {
                let rest = header.get(field.offset..).unwrap_or_default();
                let value = self.decoder.fixed(&field.kind, rest);
                self.put(field.slot, value);
            }
        }
    }

    fn put(&mut self, slot: Slot, value: B::Term) {
        self.decoder.put(slot, value);
        self.changed.push(slot);
    }

    /// Notes the attributes that differ, and whether nothing else does.
    fn compare(&mut self, set: &Set, before: &[u8], body: &'a [u8]) -> bool {
        self.news.clear();
        self.changed.clear();
        for spot in &self.spots {
            let (Some(was), Some(is)) =
                (before.get(spot.at..spot.end), body.get(spot.at..spot.end))
            else {
                return false;
            };
            if same(was, is) {
                continue;
            }
            match (was.split_first_chunk(), is.split_first_chunk::<HEADER>(), &spot.role) {
                (Some((was, _)), Some((is, payload)), Role::First(news)) if was == is => {
                    if let Some(first) = self.decoder.seen.get_mut(news.place) {
                        *first = Some(payload);
                    }
                    self.news.push(*news);
                }
                (Some((was, _)), Some((is, _)), Role::Unknown) if was == is => {}
                _ => return false,
            }
        }
        body.len() >= set.size
    }
}

/// Whether two attributes are the same. Most have four bytes and a header, for which a call
/// takes longer than the comparison.
fn same(was: &[u8], is: &[u8]) -> bool {
    match (<&[u8; 8]>::try_from(was), <&[u8; 8]>::try_from(is)) {
        (Ok(was), Ok(is)) => was == is,
        _ => was == is,
    }
}
