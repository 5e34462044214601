//! Encoding: a schema and a value make bytes.
//!
//! The header comes first, then one attribute for each definition whose field has a value, in the
//! order of their declaration.

use std::borrow::Cow;
use std::collections::HashMap;

use fault::Unlocated;
pub use fault::{Expected, Fault, Problem};

use super::WILDCARD;
use super::level::Enclosed;
use crate::attr::{self, TYPE_MASK, TooLong};
use crate::schema::{
    AttrSet, AttrType, FieldIndex, MAX_DEPTH, NameId, Schema, Selector, SelectorField, SelectorKey,
    SetId,
};

mod fault;
mod values;

/// How many names a fault lists at most.
const LISTED_NAMES: usize = 40;

/// Takes values apart. Each method returns `None` for a value of another type.
pub trait ValueReader<'a> {
    /// A value.
    type Term: Copy;

    /// Whether the value is absent.
    fn is_nil(&self, term: Self::Term) -> bool;
    /// A truth value.
    fn boolean(&self, term: Self::Term) -> Option<bool>;
    /// An integer. One that fits no [`Scalar`](crate::scalar::Scalar) may be given as any other
    /// such.
    fn int(&self, term: Self::Term) -> Option<i128>;
    /// Whether the value is this name.
    fn is_name(&self, term: Self::Term, name: NameId) -> bool;
    /// Text.
    fn text(&self, term: Self::Term) -> Option<&'a [u8]>;
    /// Bytes, perhaps in pieces.
    fn bytes(&self, term: Self::Term) -> Option<Cow<'a, [u8]>>;
    /// The bytes of an IP address.
    fn ip(&self, term: Self::Term) -> Option<&'a [u8]>;
    /// The bytes of a hardware address of 6 bytes.
    fn mac(&self, term: Self::Term) -> Option<&'a [u8]>;
    /// The bytes of a link-layer address of another length.
    fn link_address(&self, term: Self::Term) -> Option<&'a [u8]>;
    /// The elements of a tuple.
    fn tuple(&self, term: Self::Term) -> Option<Vec<Self::Term>>;
    /// The elements of a list.
    fn list(&self, term: Self::Term) -> Option<Vec<Self::Term>>;
    /// Whether the value is a struct of this set.
    fn is_struct(&self, term: Self::Term, set: SetId) -> bool;
    /// A field of a struct of this set.
    fn field(&self, term: Self::Term, set: SetId, field: FieldIndex) -> Option<Self::Term>;
}

/// Encodes a value of the schema's first set.
///
/// # Errors
/// If a value has the wrong type or does not fit.
pub fn encode<'a, R: ValueReader<'a>>(
    schema: &Schema,
    term: R::Term,
    reader: &R,
) -> Result<Vec<u8>, Fault<R::Term>> {
    let mut encoder = Encoder { schema, reader, out: Vec::with_capacity(256) };
    encoder.set(0, term, None)?;
    Ok(encoder.out)
}

struct Encoder<'s, 'r, R> {
    schema: &'s Schema,
    reader: &'r R,
    out: Vec<u8>,
}

/// The struct that attributes are encoded from.
#[derive(Clone, Copy)]
struct Level<'p, 's, T> {
    set: &'s AttrSet,
    id: SetId,
    term: T,
    /// The struct that encloses this one.
    parent: Option<&'p Level<'p, 's, T>>,
    /// How many nests enclose it.
    depth: usize,
}

type Encoded<T> = Result<(), Unlocated<T>>;

impl<'s, 'a, R: ValueReader<'a>> Encoder<'s, '_, R> {
    fn set(
        &mut self,
        id: SetId,
        term: R::Term,
        parent: Option<&Level<'_, 's, R::Term>>,
    ) -> Result<(), Fault<R::Term>> {
        // `Schema::new` has checked every reference.
        let Some(set) = self.schema.set(id) else { return Ok(()) };
        let depth = parent.map_or(0, |parent| parent.depth + 1);
        let level = &Level { set, id, term, parent, depth };

        let start = self.out.len();
        for field in &set.header {
            self.out.resize(start + field.offset, 0);
            let written = self.get(level, field.index).and_then(|value| {
                if self.reader.is_nil(value) {
                    self.out.resize(self.out.len() + field.ty.width(), 0);
                    Ok(())
                } else {
                    Ok(self.fixed(&field.ty, value)?)
                }
            });
            written.map_err(|fault| fault.in_field(id, field.index))?;
        }
        self.out.resize(start + set.size, 0);
        self.chain(level)
    }

    /// Writes all that follows the header.
    fn chain(&mut self, level: &Level<'_, 's, R::Term>) -> Result<(), Fault<R::Term>> {
        let &Level { set, id, .. } = level;
        self.attrs(level)?;
        for inline in &set.inline_sets {
            let written = self.inline_set(level, inline.field, inline.set);
            written.map_err(|fault| fault.in_field(id, inline.field))?;
        }
        if let Some(field) = set.unknown {
            let written = self.unknown(level, field);
            written.map_err(|fault| fault.in_field(id, field))?;
        }
        Ok(())
    }

    fn attrs(&mut self, level: &Level<'_, 's, R::Term>) -> Result<(), Fault<R::Term>> {
        for attr in &level.set.attrs {
            let written = self.get(level, attr.field).and_then(|value| {
                if self.reader.is_nil(value) {
                    return Ok(());
                }
                match &attr.ty {
                    AttrType::Repeated(of) => self
                        .list(value)?
                        .into_iter()
                        .try_for_each(|item| self.attribute(level, attr.id, of, item)),
                    AttrType::Flag if self.reader.boolean(value) == Some(false) => Ok(()),
                    ty => self.attribute(level, attr.id, ty, value),
                }
            });
            written.map_err(|fault| fault.in_field(level.id, attr.field))?;
        }
        Ok(())
    }

    fn inline_set(
        &mut self,
        level: &Level<'_, 's, R::Term>,
        field: FieldIndex,
        id: SetId,
    ) -> Encoded<R::Term> {
        let term = self.get(level, field)?;
        let Some(set) = self.schema.set(id).filter(|_| !self.reader.is_nil(term)) else {
            return Ok(());
        };
        self.expect_struct(id, term)?;
        Ok(self.attrs(&Level { set, id, term, parent: Some(level), depth: level.depth })?)
    }

    fn unknown(&mut self, level: &Level<'_, 's, R::Term>, field: FieldIndex) -> Encoded<R::Term> {
        let term = self.get(level, field)?;
        if self.reader.is_nil(term) {
            return Ok(());
        }
        for item in self.list(term)? {
            let [nla_type, payload] = self.elements(item, Expected::Attribute)?;
            let id = self.u16(nla_type, Expected::AttributeType)?;
            let payload = self.bytes(payload)?;
            attr::put(&mut self.out, id, &payload)?;
        }
        Ok(())
    }

    /// Writes one attribute.
    fn attribute(
        &mut self,
        level: &Level<'_, 's, R::Term>,
        id: u16,
        ty: &'s AttrType,
        term: R::Term,
    ) -> Encoded<R::Term> {
        let ty = match ty {
            AttrType::Dispatch { selector, table } => self.select(level, *selector, table)?,
            ty => ty,
        };
        let open = attr::open(&mut self.out, id | ty.flags());
        self.payload(level, ty, term)?;
        Ok(attr::close(&mut self.out, open)?)
    }

    /// Writes the payload of an attribute.
    fn payload(
        &mut self,
        level: &Level<'_, 's, R::Term>,
        ty: &'s AttrType,
        term: R::Term,
    ) -> Encoded<R::Term> {
        match ty {
            AttrType::Set { set, .. } => self.nested(*set, term, level)?,
            AttrType::Attrs(set) => self.headless(*set, term, level)?,
            AttrType::Dispatch { selector, table } => {
                let ty = self.select(level, *selector, table)?;
                self.payload(level, ty, term)?;
            }
            AttrType::Array { of, id } => {
                let items = self.list(term)?;
                let least = items.len().saturating_mul(attr::HEADER);
                if least > attr::MAX_PAYLOAD {
                    return Err(TooLong(least).into());
                }
                for (at, item) in (1..).zip(items) {
                    self.attribute(level, id.unwrap_or(at), of, item)?;
                }
            }
            AttrType::Indexed(of) => {
                for item in self.list(term)? {
                    let [number, value] = self.elements(item, Expected::NumberedValue)?;
                    let id = self.u16(number, Expected::AttributeNumber)?;
                    if id > TYPE_MASK {
                        return Err(type_error(Expected::AttributeNumber, number).into());
                    }
                    self.attribute(level, id, of, value)?;
                }
            }
            AttrType::Patterns { name, prefix } => {
                for item in self.list(term)? {
                    let (id, text) = match self.text(item)? {
                        [text @ .., WILDCARD] => (*prefix, text),
                        text => (*name, text),
                    };
                    let open = attr::open(&mut self.out, id);
                    self.put_string(text)?;
                    attr::close(&mut self.out, open)?;
                }
            }
            AttrType::Repeated(of) => self.payload(level, of, term)?,
            AttrType::StructArray(set) => {
                for item in self.list(term)? {
                    self.nested(*set, item, level)?;
                }
            }
            AttrType::LengthPrefixed(set) => {
                for item in self.list(term)? {
                    self.entry(*set, item, level)?;
                }
            }
            ty => self.value(ty, term)?,
        }
        Ok(())
    }

    fn nested(
        &mut self,
        id: SetId,
        term: R::Term,
        level: &Level<'_, 's, R::Term>,
    ) -> Encoded<R::Term> {
        self.check_nested(id, term, level)?;
        Ok(self.set(id, term, Some(level))?)
    }

    /// Writes the attributes of a set without its header.
    fn headless(
        &mut self,
        id: SetId,
        term: R::Term,
        level: &Level<'_, 's, R::Term>,
    ) -> Encoded<R::Term> {
        self.check_nested(id, term, level)?;
        let Some(set) = self.schema.set(id) else { return Ok(()) };
        Ok(self.chain(&Level { set, id, term, parent: Some(level), depth: level.depth + 1 })?)
    }

    fn check_nested(
        &self,
        id: SetId,
        term: R::Term,
        level: &Level<'_, 's, R::Term>,
    ) -> Result<(), Problem<R::Term>> {
        self.expect_struct(id, term)?;
        if level.depth == MAX_DEPTH { Err(Problem::TooDeep) } else { Ok(()) }
    }

    /// Writes an entry of a length-prefixed list: a set that begins with its own length.
    fn entry(
        &mut self,
        id: SetId,
        term: R::Term,
        level: &Level<'_, 's, R::Term>,
    ) -> Encoded<R::Term> {
        let start = self.out.len();
        self.nested(id, term, level)?;
        let size = self.out.len() - start;
        let len = u16::try_from(size).map_err(|_| TooLong(size))?;
        if let Some(prefix) = self.out.get_mut(start..start + 2) {
            prefix.copy_from_slice(&len.to_ne_bytes());
        }
        self.out.resize(start + size.next_multiple_of(4), 0);
        Ok(())
    }

    /// The type that a dispatch has for the value of its selector.
    fn select(
        &self,
        level: &Level<'_, 's, R::Term>,
        selector: SelectorField,
        table: &'s HashMap<SelectorKey, AttrType>,
    ) -> Result<&'s AttrType, Unlocated<R::Term>> {
        let (level, selector) = level.find(selector).ok_or(Problem::NoSelector)?;
        let value = self.get(level, selector)?;
        let key = level.set.selector(selector).and_then(|field| self.key(field, value));
        key.and_then(|key| table.get(&key))
            .ok_or_else(|| Problem::NoType { set: level.id, selector, value }.into())
    }

    fn key(&self, selector: Selector<'_>, term: R::Term) -> Option<SelectorKey> {
        match selector {
            Selector::Header(field) => self.number(&field.ty, term).ok().map(SelectorKey::Int),
            Selector::Attr(_, attr) => match &attr.ty {
                AttrType::Fixed(ty) | AttrType::NamedInt(ty) => {
                    self.number(ty, term).ok().map(SelectorKey::Int)
                }
                AttrType::Uint | AttrType::Sint => self.reader.int(term).map(SelectorKey::Int),
                _ => self.reader.text(term).map(|text| SelectorKey::Bytes(text.to_vec())),
            },
        }
    }

    fn get(
        &self,
        level: &Level<'_, 's, R::Term>,
        field: FieldIndex,
    ) -> Result<R::Term, Unlocated<R::Term>> {
        let value = self.reader.field(level.term, level.id, field);
        value.ok_or_else(|| type_error(Expected::StructWithField(field), level.term).into())
    }

    fn expect_struct(&self, id: SetId, term: R::Term) -> Result<(), Problem<R::Term>> {
        if self.reader.is_struct(term, id) {
            Ok(())
        } else {
            Err(type_error(Expected::Struct(id), term))
        }
    }
}

impl<'s, T> Enclosed<'s> for Level<'_, 's, T> {
    fn set(&self) -> &'s AttrSet {
        self.set
    }

    fn parent(&self) -> Option<&Self> {
        self.parent
    }
}

fn type_error<T>(expected: Expected, value: T) -> Problem<T> {
    Problem::Type { expected, value }
}
