//! Decoding: a schema and bytes make a value.
//!
//! The chain of attributes is walked once, each number's first attribute is
//! noted, then rows are read in the order of their declaration. So a field
//! that decides about another may follow it on the wire. What a value is made
//! of is the [`Build`]er's business.

pub(crate) use lists::Entries;
pub use many::Many;

mod lists;
mod many;

use thiserror::Error;

use crate::attr::Attrs;
use crate::fault::BadLength;
use crate::scalar::{Number, Scalar};
use crate::schema::{
    ETH_ALEN, Fixed, Group, Key, Kind, MAX_ADDR_LEN, MAX_DEPTH, NameId, Schema, Selector, Set,
    SetId, Slot,
};

/// Payloads to this size are kept to be recognised in the next message.
const RECOGNISED: usize = 128;

/// Makes values.
pub trait Build<'a> {
    /// A value; it may be used more than once.
    type Term: Copy;

    /// No value.
    fn nil(&mut self) -> Self::Term;
    /// The value of a flag that is there.
    fn yes(&mut self) -> Self::Term;
    /// An integer.
    fn number(&mut self, number: Number) -> Self::Term;
    /// One of [`Schema::names`].
    fn name(&mut self, name: NameId) -> Self::Term;
    /// Text or bytes.
    fn bytes(&mut self, bytes: &'a [u8]) -> Self::Term;
    /// An IP address of 4 or 16 bytes.
    fn ip(&mut self, bytes: &'a [u8]) -> Self::Term;
    /// A hardware address of 6 bytes.
    fn mac(&mut self, bytes: &'a [u8]) -> Self::Term;
    /// A link-layer address of another length, at least 1 and at most [`MAX_ADDR_LEN`].
    fn link_address(&mut self, bytes: &'a [u8]) -> Self::Term;
    /// Two values.
    fn pair(&mut self, left: Self::Term, right: Self::Term) -> Self::Term;
    /// Many values.
    fn list(&mut self, items: &[Self::Term]) -> Self::Term;
    /// Appends the values of an empty struct, by slot.
    fn template(&mut self, set: SetId, values: &mut Vec<Self::Term>);
    /// A struct of these values, by slot.
    fn strukt(&mut self, set: SetId, values: &[Self::Term]) -> Self::Term;
    /// Whether more was made than the caller waits for, with so many values that wait to be put
    /// into a list or a struct.
    fn is_exhausted(&self, values: usize) -> bool {
        let _ = values;
        false
    }
    /// As `strukt`, for one of many structs of a set, which may be much like others.
    fn similar(&mut self, set: SetId, values: &[Self::Term]) -> Self::Term {
        self.strukt(set, values)
    }
    /// A struct of these values, which are those of `before` but for `slots`.
    fn change(
        &mut self,
        set: SetId,
        before: Self::Term,
        values: &[Self::Term],
        slots: &[Slot],
    ) -> Self::Term {
        let _ = (before, slots);
        self.similar(set, values)
    }
}

/// Bytes that no schema can read. No larger than a pointer, since it is what each value might
/// have become, and is moved as often.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// A length contradicts the bytes around it.
    #[error(transparent)]
    Length(Box<BadLength>),
    /// Sets within sets beyond [`MAX_DEPTH`].
    #[error("attributes are nested deeper than {MAX_DEPTH} levels")]
    Deep,
    /// The value takes more work than the builder allows ([`Build::is_exhausted`]).
    #[error("the value is too large")]
    Exhausted,
}

impl From<BadLength> for Fault {
    fn from(fault: BadLength) -> Self {
        Self::Length(Box::new(fault))
    }
}

/// Decodes a value of the schema's first set.
///
/// # Errors
/// If a length is inconsistent or sets nest too deep.
pub fn decode<'a, B: Build<'a>>(
    schema: &Schema,
    bytes: &'a [u8],
    build: &mut B,
) -> Result<B::Term, Fault> {
    Decoder::new(schema, build).set(0, bytes, 0)
}

struct Decoder<'s, 'b, 'a, B: Build<'a>> {
    schema: &'s Schema,
    build: &'b mut B,
    /// First payloads by place; one stretch per level.
    seen: Vec<Option<&'a [u8]>>,
    /// Values by slot, and elements of lists; one stretch per level.
    values: Vec<B::Term>,
    /// By row: what it was in the message before. Empty if nobody wants to know.
    last: Vec<Option<Last<'a, B::Term>>>,
}

/// Bytes, the kind they were read as, and what they were.
#[derive(Clone, Copy)]
struct Last<'a, T> {
    bytes: &'a [u8],
    kind: *const Kind,
    term: T,
}

/// The level a row is read at.
#[derive(Clone, Copy)]
struct Level<'s, 'a> {
    set: &'s Set,
    header: &'a [u8],
    chain: &'a [u8],
    /// Where the level's stretch of `seen` begins.
    seen: usize,
    /// The places of a group's rows in that stretch; a set knows its own.
    places: Option<&'s [usize]>,
    depth: usize,
}

impl<'s, 'b, 'a, B: Build<'a>> Decoder<'s, 'b, 'a, B> {
    const fn new(schema: &'s Schema, build: &'b mut B) -> Self {
        Self { schema, build, seen: Vec::new(), values: Vec::new(), last: Vec::new() }
    }

    fn set(&mut self, id: SetId, bytes: &'a [u8], depth: usize) -> Result<B::Term, Fault> {
        // `Schema::new` has checked every reference.
        let Some(set) = self.schema.set(id) else { return Ok(self.build.nil()) };
        let (base, seen) = (self.values.len(), self.seen.len());
        self.fill(id, set, bytes, depth)?;
        let term = self.build.strukt(id, self.values.get(base..).unwrap_or_default());
        self.values.truncate(base);
        self.seen.truncate(seen);
        Ok(term)
    }

    /// Appends the values of a set, by slot, and its first payloads.
    fn fill(
        &mut self,
        id: SetId,
        set: &'s Set,
        bytes: &'a [u8],
        depth: usize,
    ) -> Result<(), Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::Deep);
        }
        self.check_work()?;

        let (header, chain) = bytes.split_at_checked(set.size).unwrap_or((bytes, &[]));
        let seen = self.seen.len();
        self.note(set, chain, seen)?;

        let base = self.values.len();
        self.build.template(id, &mut self.values);
        for field in &set.header {
            let term = match header.get(field.offset..) {
                Some(rest) => self.fixed(&field.kind, rest),
                None => self.build.nil(),
            };
            self.put(base + field.slot, term);
        }

        let level = Level { set, header, chain, seen, places: None, depth };
        self.rows(level, base)?;
        for group in &set.groups {
            let term = self.group(level, group)?;
            self.put(base + group.slot, term);
        }
        if let Some(slot) = set.unknown {
            let term = self.unknown(level)?;
            self.put(base + slot, term);
        }
        Ok(())
    }

    /// Notes the first attribute of each number that the set knows.
    fn note(&mut self, set: &Set, chain: &'a [u8], seen: usize) -> Result<(), Fault> {
        self.seen.resize(seen + set.width, None);
        for attr in Attrs::new(chain) {
            let attr = attr?;
            if let Some(place) = set.place(attr.id())
                && let Some(first @ None) = self.seen.get_mut(seen + place)
            {
                *first = Some(attr.payload);
            }
        }
        Ok(())
    }

    fn rows(&mut self, level: Level<'s, 'a>, base: usize) -> Result<(), Fault> {
        for (at, row) in level.set.rows.iter().enumerate() {
            if let Some(payload) = self.first(level, at) {
                let term = match &row.kind {
                    Kind::Fixed(kind) => self.fixed(kind, payload),
                    Kind::Repeated(of) => self.repeated(level, row.id, of)?,
                    Kind::Dispatch { on, table } => match self.chosen(level, *on, table) {
                        Some(kind) => self.recognised(level, row.site, kind, payload)?,
                        None => self.build.bytes(payload),
                    },
                    kind => self.recognised(level, row.site, kind, payload)?,
                };
                self.put(base + row.slot, term);
            }
        }
        Ok(())
    }

    fn group(&mut self, level: Level<'s, 'a>, group: &'s Group) -> Result<B::Term, Fault> {
        let present = |place: &usize| matches!(self.seen.get(level.seen + place), Some(Some(_)));
        let Some(set) = self.schema.set(group.set).filter(|_| group.places.iter().any(present))
        else {
            return Ok(self.build.nil());
        };

        let base = self.values.len();
        self.build.template(group.set, &mut self.values);
        self.rows(Level { set, places: Some(&group.places), ..level }, base)?;
        let term = self.build.strukt(group.set, self.values.get(base..).unwrap_or_default());
        self.values.truncate(base);
        Ok(term)
    }

    /// Reads a payload, unless it is the one of the message before.
    fn recognised(
        &mut self,
        level: Level<'s, 'a>,
        site: usize,
        kind: &'s Kind,
        payload: &'a [u8],
    ) -> Result<B::Term, Fault> {
        if payload.len() > RECOGNISED || self.last.is_empty() {
            return self.value(level, kind, payload);
        }
        if let Some(Some(last)) = self.last.get(site)
            && last.bytes == payload
            && std::ptr::eq(last.kind, kind)
        {
            return Ok(last.term);
        }
        let term = self.value(level, kind, payload)?;
        if let Some(last) = self.last.get_mut(site) {
            *last = Some(Last { bytes: payload, kind, term });
        }
        Ok(term)
    }

    /// Reads a payload into a slot.
    fn put_value(
        &mut self,
        level: Level<'s, 'a>,
        kind: &'s Kind,
        payload: &'a [u8],
        at: usize,
    ) -> Result<(), Fault> {
        let term = self.value_here(level, kind, payload)?;
        self.put(at, term);
        Ok(())
    }

    fn value(
        &mut self,
        level: Level<'s, 'a>,
        kind: &'s Kind,
        payload: &'a [u8],
    ) -> Result<B::Term, Fault> {
        self.value_here(level, kind, payload)
    }

    /// The same in the place where it is wanted: to hand a value back takes longer than to read
    /// most of them.
    #[expect(clippy::inline_always, reason = "its callers are two, and it is most of the work")]
    #[inline(always)]
    fn value_here(
        &mut self,
        level: Level<'s, 'a>,
        kind: &'s Kind,
        payload: &'a [u8],
    ) -> Result<B::Term, Fault> {
        Ok(match kind {
            Kind::Fixed(kind) => self.fixed(kind, payload),
            Kind::String => self.build.bytes(text(payload)),
            Kind::Binary { .. } => self.build.bytes(payload),
            Kind::Flag => self.build.yes(),
            Kind::Uint | Kind::Sint => self.maybe(integer(kind, payload)),
            Kind::Bitfield32 => self.bitfield(payload),
            Kind::Ip if matches!(payload.len(), 4 | 16) => self.build.ip(payload),
            Kind::Mac | Kind::LinkAddress if payload.len() == ETH_ALEN => self.build.mac(payload),
            Kind::LinkAddress if matches!(payload.len(), 1..=MAX_ADDR_LEN) => {
                self.build.link_address(payload)
            }
            Kind::Ip | Kind::Mac | Kind::LinkAddress => self.build.nil(),
            Kind::Set { set, .. } => self.set(*set, payload, level.depth + 1)?,
            Kind::Dispatch { on, table } => match self.chosen(level, *on, table) {
                Some(kind) => self.value(level, kind, payload)?,
                None => self.build.bytes(payload),
            },
            Kind::Array { of, .. } => self.array(level, of, payload)?,
            Kind::Repeated(of) => self.value(level, of, payload)?,
            Kind::Scalars(scalar) => self.scalars(*scalar, payload)?,
            Kind::Structs(set) => self.structs(*set, payload, level.depth)?,
            Kind::Chain(set) => self.chain(*set, payload, level.depth)?,
        })
    }

    fn fixed(&mut self, kind: &Fixed, bytes: &'a [u8]) -> B::Term {
        let Some(scalar) = kind.scalar() else {
            return match bytes.get(..kind.width()) {
                Some(bytes) => self.build.bytes(bytes),
                None => self.build.nil(),
            };
        };
        let number = scalar.read(bytes);
        match (kind, number) {
            (Fixed::Enum(_, names), Some(number)) => match names.of(number.into()) {
                Some(name) => self.build.name(name),
                None => self.build.number(number),
            },
            (Fixed::Flags(scalar, names), Some(number)) => {
                self.flags(names, number.bits(scalar.width()))
            }
            (_, number) => self.maybe(number),
        }
    }

    fn bitfield(&mut self, payload: &[u8]) -> B::Term {
        let value = Scalar::U32.read(payload);
        let selector = payload.get(4..).and_then(|rest| Scalar::U32.read(rest));
        match (value, selector) {
            (Some(value), Some(selector)) => {
                let value = self.build.number(value);
                let selector = self.build.number(selector);
                self.build.pair(value, selector)
            }
            _ => self.build.nil(),
        }
    }

    /// The kind that the value of field `on` asks for.
    fn chosen(
        &self,
        level: Level<'s, 'a>,
        on: usize,
        table: &'s std::collections::HashMap<Key, Kind>,
    ) -> Option<&'s Kind> {
        let key = match level.set.selector(on)? {
            Selector::Field(field) => {
                field.kind.scalar()?.read(level.header.get(field.offset..)?)?.into()
            }
            Selector::Row(at, row) => key(&row.kind, self.first(level, at)?)?,
        };
        table.get(&key)
    }

    /// The first payload of a row, if it is there.
    #[inline]
    fn first(&self, level: Level<'s, 'a>, at: usize) -> Option<&'a [u8]> {
        let place = match level.places {
            Some(places) => *places.get(at)?,
            None => level.set.rows.get(at)?.place,
        };
        self.seen.get(level.seen + place).copied().flatten()
    }

    fn maybe(&mut self, number: Option<Number>) -> B::Term {
        match number {
            Some(number) => self.build.number(number),
            None => self.build.nil(),
        }
    }

    #[inline]
    fn check_work(&self) -> Result<(), Fault> {
        if self.build.is_exhausted(self.values.len()) { Err(Fault::Exhausted) } else { Ok(()) }
    }

    #[inline]
    fn put(&mut self, at: usize, term: B::Term) {
        if let Some(value) = self.values.get_mut(at) {
            *value = term;
        }
    }
}

/// A string without the NUL bytes at its end.
pub(crate) fn text(payload: &[u8]) -> &[u8] {
    let end = payload.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    payload.get(..end).unwrap_or_default()
}

/// What a payload means to a field that depends on it.
pub(crate) fn key(kind: &Kind, payload: &[u8]) -> Option<Key> {
    match kind {
        Kind::String => Some(Key::Bytes(text(payload).to_vec())),
        Kind::Binary { .. } => Some(Key::Bytes(payload.to_vec())),
        Kind::Fixed(fixed) => fixed.scalar()?.read(payload).map(Key::from),
        Kind::Uint | Kind::Sint => integer(kind, payload).map(Key::from),
        _ => None,
    }
}

fn integer(kind: &Kind, payload: &[u8]) -> Option<Number> {
    let wide = payload.len() >= 8;
    let scalar = match (kind, wide) {
        (Kind::Sint, false) => Scalar::S32,
        (Kind::Sint, true) => Scalar::S64,
        (_, false) => Scalar::U32,
        (_, true) => Scalar::U64,
    };
    scalar.read(payload)
}
