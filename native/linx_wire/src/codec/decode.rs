//! Decoding: a schema and bytes make a value.
//!
//! The attributes are walked once to find the first one of each number; then their values are
//! decoded in the order of their declaration. So the selector of a dispatch may follow the
//! dispatched attribute on the wire.

use std::collections::HashMap;

pub use builder::{Fault, ValueBuilder};
pub(super) use lists::Entries;

use super::level::Enclosed;
use super::{ETH_ALEN, packet_hw};
use crate::attr::Attrs;
use crate::scalar::Number;
use crate::schema::{
    AttrDef, AttrSet, AttrType, InlineSet, MAX_DEPTH, Schema, Selector, SelectorField, SelectorKey,
    SetId,
};

mod builder;
mod lists;
mod values;

pub(super) use values::selector_key;

/// The longest payload that is memoized.
const MEMOIZED: usize = 128;

/// Decodes a value of the schema's first set.
///
/// # Errors
/// If a length is inconsistent or sets nest too deep.
pub fn decode<'a, B: ValueBuilder<'a>>(
    schema: &Schema,
    bytes: &'a [u8],
    builder: &mut B,
) -> Result<B::Term, Fault> {
    Decoder::new(schema, builder).set(0, bytes, None)
}

/// The state of decoding one message, or many of them.
pub(super) struct Decoder<'s, 'b, 'a, B: ValueBuilder<'a>> {
    pub(super) schema: &'s Schema,
    pub(super) builder: &'b mut B,
    /// First payloads by column; one stretch per level.
    pub(super) seen: Vec<Option<&'a [u8]>>,
    /// The columns that have a payload; one stretch per level, in order of their first attributes.
    present: Vec<usize>,
    /// Values by field, and elements of lists; one stretch per level.
    pub(super) values: Vec<B::Term>,
    /// By row index: the attribute's last payload and value. Empty if nothing is memoized.
    pub(super) memo: Vec<Option<Memo<'a, B::Term>>>,
}

/// A payload, the type it was decoded with, and the value.
#[derive(Clone, Copy)]
pub(super) struct Memo<'a, T> {
    payload: &'a [u8],
    ty: *const AttrType,
    term: T,
}

/// The bytes that a struct is decoded from.
pub(super) struct Level<'p, 's, 'a> {
    pub(super) set: &'s AttrSet,
    pub(super) header: &'a [u8],
    /// The attributes.
    pub(super) chain: &'a [u8],
    /// The start of the level's stretch of `Decoder::seen`.
    pub(super) seen: usize,
    /// The columns of an inline set's attributes; those of other sets are in their definitions.
    pub(super) columns: Option<&'s [usize]>,
    /// The level of the enclosing set.
    pub(super) parent: Option<&'p Level<'p, 's, 'a>>,
    /// How many nests enclose it.
    pub(super) depth: usize,
}

impl<'s, 'b, 'a, B: ValueBuilder<'a>> Decoder<'s, 'b, 'a, B> {
    pub(super) const fn new(schema: &'s Schema, builder: &'b mut B) -> Self {
        Self {
            schema,
            builder,
            seen: Vec::new(),
            present: Vec::new(),
            values: Vec::new(),
            memo: Vec::new(),
        }
    }

    pub(super) fn set(
        &mut self,
        id: SetId,
        bytes: &'a [u8],
        parent: Option<&Level<'_, 's, 'a>>,
    ) -> Result<B::Term, Fault> {
        // `Schema::new` has checked every reference.
        let Some(set) = self.schema.set(id) else { return Ok(self.builder.nil()) };
        let (base, seen) = (self.values.len(), self.seen.len());
        self.set_values(id, set, bytes, parent)?;
        Ok(self.struct_from(id, base, seen))
    }

    /// Decodes a nest of the attributes of a set, whose header has the default values.
    fn headless_set(
        &mut self,
        id: SetId,
        chain: &'a [u8],
        parent: &Level<'_, 's, 'a>,
    ) -> Result<B::Term, Fault> {
        let Some(set) = self.schema.set(id) else { return Ok(self.builder.nil()) };
        let (base, seen) = (self.values.len(), self.seen.len());
        self.level_values(id, set, None, chain, Some(parent))?;
        Ok(self.struct_from(id, base, seen))
    }

    /// A struct of the values from `base` on; the stretch of first payloads begins at `seen`.
    fn struct_from(&mut self, id: SetId, base: usize, seen: usize) -> B::Term {
        let term = self.builder.build_struct(id, self.values.get(base..).unwrap_or_default());
        self.values.truncate(base);
        self.seen.truncate(seen);
        term
    }

    /// Appends the values of a set, by field, and its first payloads, by column.
    pub(super) fn set_values(
        &mut self,
        id: SetId,
        set: &'s AttrSet,
        bytes: &'a [u8],
        parent: Option<&Level<'_, 's, 'a>>,
    ) -> Result<(), Fault> {
        let (header, chain) = bytes.split_at_checked(set.size).unwrap_or((bytes, &[]));
        // A newer kernel may have appended members to a C struct that no attributes follow.
        let chain = if set.is_header() { &[] } else { chain };
        self.level_values(id, set, Some(header), chain, parent)
    }

    #[inline]
    fn level_values(
        &mut self,
        id: SetId,
        set: &'s AttrSet,
        header: Option<&'a [u8]>,
        chain: &'a [u8],
        parent: Option<&Level<'_, 's, 'a>>,
    ) -> Result<(), Fault> {
        let depth = parent.map_or(0, |parent| parent.depth + 1);
        if depth > MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        self.check_limit()?;

        let (seen, present) = (self.seen.len(), self.present.len());
        self.find_first(set, chain, seen)?;

        let base = self.values.len();
        self.builder.push_defaults(id, &mut self.values);
        if let Some(header) = header {
            for field in &set.header {
                let term = match header.get(field.offset..) {
                    Some(rest) => self.fixed(&field.ty, rest),
                    None => self.builder.nil(),
                };
                self.put(base + field.index, term);
            }
        }

        let header = header.unwrap_or_default();
        let level = &Level { set, header, chain, seen, columns: None, parent, depth };
        // Most sets have many more definitions than a message has attributes.
        for position in present..self.present.len() {
            let column = self.present.get(position).copied().unwrap_or_default();
            for at in set.index.definitions.get(column).into_iter().flatten() {
                self.attr(level, *at, base)?;
            }
        }
        self.present.truncate(present);
        for inline in &set.inline_sets {
            let term = self.inline_set(level, inline)?;
            self.put(base + inline.field, term);
        }
        if let Some(field) = set.unknown {
            let term = self.unknown(level)?;
            self.put(base + field, term);
        }
        Ok(())
    }

    /// Appends the payload of the first attribute of each column.
    fn find_first(&mut self, set: &AttrSet, chain: &'a [u8], seen: usize) -> Result<(), Fault> {
        self.seen.resize(seen + set.index.columns, None);
        for attr in Attrs::new(chain) {
            let attr = attr?;
            if let Some(column) = set.index.column(attr.id())
                && let Some(first @ None) = self.seen.get_mut(seen + column)
            {
                *first = Some(attr.payload);
                self.present.push(column);
            }
        }
        Ok(())
    }

    /// Decodes the first attribute with the number of a definition, if there is one.
    fn attr(&mut self, level: &Level<'_, 's, 'a>, at: usize, base: usize) -> Result<(), Fault> {
        if let Some(attr) = level.set.attrs.get(at)
            && let Some(payload) = self.first(level, at)
        {
            let term = match &attr.ty {
                AttrType::Fixed(ty) => self.fixed(ty, payload),
                AttrType::Repeated(of) => self.repeated(level, attr.id, of)?,
                AttrType::Dispatch { selector, table } => {
                    match self.select(level, *selector, table) {
                        Some(ty) => self.memoized(level, attr, ty, payload)?,
                        None => self.builder.bytes(payload),
                    }
                }
                ty => self.memoized(level, attr, ty, payload)?,
            };
            self.put(base + attr.field, term);
        }
        Ok(())
    }

    pub(super) fn inline_set(
        &mut self,
        level: &Level<'_, 's, 'a>,
        inline: &'s InlineSet,
    ) -> Result<B::Term, Fault> {
        let present = |column: &usize| matches!(self.seen.get(level.seen + column), Some(Some(_)));
        let Some(set) = self.schema.set(inline.set).filter(|_| inline.columns.iter().any(present))
        else {
            return Ok(self.builder.nil());
        };

        let base = self.values.len();
        self.builder.push_defaults(inline.set, &mut self.values);
        let columns = Some(inline.columns.as_slice());
        let level = &Level { set, columns, parent: Some(level), ..*level };
        for at in 0..set.attrs.len() {
            self.attr(level, at, base)?;
        }
        let values = self.values.get(base..).unwrap_or_default();
        let term = self.builder.build_struct(inline.set, values);
        self.values.truncate(base);
        Ok(term)
    }

    /// Decodes a payload, unless the attribute had the same one in the message before.
    fn memoized(
        &mut self,
        level: &Level<'_, 's, 'a>,
        attr: &AttrDef,
        ty: &'s AttrType,
        payload: &'a [u8],
    ) -> Result<B::Term, Fault> {
        if payload.len() > MEMOIZED || self.memo.is_empty() || !attr.is_self_contained {
            return self.value(level, ty, payload);
        }
        if let Some(Some(memo)) = self.memo.get(attr.row_index)
            && memo.payload == payload
            && std::ptr::eq(memo.ty, ty)
        {
            return Ok(memo.term);
        }
        let term = self.value(level, ty, payload)?;
        if let Some(memo) = self.memo.get_mut(attr.row_index) {
            *memo = Some(Memo { payload, ty, term });
        }
        Ok(term)
    }

    /// Decodes a payload to the value at an index.
    pub(super) fn put_value(
        &mut self,
        level: &Level<'_, 's, 'a>,
        ty: &'s AttrType,
        payload: &'a [u8],
        at: usize,
    ) -> Result<(), Fault> {
        let term = self.inlined_value(level, ty, payload)?;
        self.put(at, term);
        Ok(())
    }

    fn value(
        &mut self,
        level: &Level<'_, 's, 'a>,
        ty: &'s AttrType,
        payload: &'a [u8],
    ) -> Result<B::Term, Fault> {
        self.inlined_value(level, ty, payload)
    }

    /// Decodes a payload. Inlined, since returning the value through memory costs more than
    /// decoding most of them.
    #[expect(clippy::inline_always, reason = "it has two callers, and does most of the work")]
    #[inline(always)]
    fn inlined_value(
        &mut self,
        level: &Level<'_, 's, 'a>,
        ty: &'s AttrType,
        payload: &'a [u8],
    ) -> Result<B::Term, Fault> {
        Ok(match ty {
            AttrType::Fixed(ty) => self.fixed(ty, payload),
            AttrType::String => self.builder.bytes(values::text(payload)),
            AttrType::Binary { .. } => self.builder.bytes(payload),
            AttrType::Flag => self.builder.flag(),
            AttrType::Uint | AttrType::Sint => self.number_or_nil(values::integer(ty, payload)),
            AttrType::NamedInt(ty) => self.named_int(ty, payload),
            AttrType::Bitfield32 => self.bitfield(payload),
            AttrType::Ip if matches!(payload.len(), 4 | 16) => self.builder.ip(payload),
            AttrType::Mac if payload.len() == ETH_ALEN => self.builder.mac(payload),
            AttrType::Ip | AttrType::Mac => self.builder.nil(),
            AttrType::LinkAddress => self.link_address(payload),
            AttrType::SockAddr => self.sockaddr(payload),
            AttrType::PacketHw => match packet_hw::read(payload) {
                Some(address) => self.link_address(address),
                None => self.builder.nil(),
            },
            AttrType::Set { set, .. } => self.set(*set, payload, Some(level))?,
            AttrType::Attrs(set) => self.headless_set(*set, payload, level)?,
            AttrType::Dispatch { selector, table } => match self.select(level, *selector, table) {
                Some(ty) => self.value(level, ty, payload)?,
                None => self.builder.bytes(payload),
            },
            AttrType::Array { of, .. } => self.array(level, of, payload)?,
            AttrType::Indexed(of) => self.indexed(level, of, payload)?,
            AttrType::Patterns { prefix, .. } => self.patterns(*prefix, payload)?,
            AttrType::Repeated(of) => self.value(level, of, payload)?,
            AttrType::FixedArray(ty) => self.fixed_array(ty, payload)?,
            AttrType::StructArray(set) => self.struct_array(*set, payload, level)?,
            AttrType::LengthPrefixed(set) => self.length_prefixed(*set, payload, level)?,
        })
    }

    /// The type that a dispatch has for the value of its selector.
    fn select(
        &self,
        level: &Level<'_, 's, 'a>,
        selector: SelectorField,
        table: &'s HashMap<SelectorKey, AttrType>,
    ) -> Option<&'s AttrType> {
        let (level, selector) = level.find(selector)?;
        let key = match level.set.selector(selector)? {
            Selector::Header(field) => {
                field.ty.scalar()?.read(level.header.get(field.offset..)?)?.into()
            }
            Selector::Attr(at, attr) => selector_key(&attr.ty, self.first(level, at)?)?,
        };
        table.get(&key)
    }

    /// The payload of the first attribute with the number of a definition.
    #[inline]
    fn first(&self, level: &Level<'_, 's, 'a>, at: usize) -> Option<&'a [u8]> {
        let column = match level.columns {
            Some(columns) => *columns.get(at)?,
            None => level.set.attrs.get(at)?.column,
        };
        self.seen.get(level.seen + column).copied().flatten()
    }

    fn number_or_nil(&mut self, number: Option<Number>) -> B::Term {
        match number {
            Some(number) => self.builder.number(number),
            None => self.builder.nil(),
        }
    }

    #[inline]
    fn check_limit(&self) -> Result<(), Fault> {
        if self.builder.is_exhausted(self.values.len()) { Err(Fault::Exhausted) } else { Ok(()) }
    }

    #[inline]
    pub(super) fn put(&mut self, at: usize, term: B::Term) {
        if let Some(value) = self.values.get_mut(at) {
            *value = term;
        }
    }
}

impl<'s> Enclosed<'s> for Level<'_, 's, '_> {
    fn set(&self) -> &'s AttrSet {
        self.set
    }

    fn parent(&self) -> Option<&Self> {
        self.parent
    }
}
