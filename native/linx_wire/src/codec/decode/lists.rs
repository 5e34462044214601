//! Values that are lists: many attributes, many structs or numbers back to back, names of bits.

use crate::attr::{Attrs, TYPE_MASK};
use crate::fault::{BadLength, Unit};
use crate::scalar::Number;
use crate::schema::{AttrType, FixedType, Names, SetId};

use super::values::text;
use super::{Decoder, Fault, Level, ValueBuilder};

impl<'s, 'a, B: ValueBuilder<'a>> Decoder<'s, '_, 'a, B> {
    pub(super) fn unknown(&mut self, level: &Level<'_, 's, 'a>) -> Result<B::Term, Fault> {
        let base = self.values.len();
        for attr in Attrs::new(level.chain) {
            let attr = attr?;
            if level.set.index.column(attr.id()).is_none() {
                let payload = self.builder.bytes(attr.payload);
                self.push_numbered(attr.nla_type, payload)?;
            }
        }
        Ok(self.list_from(base))
    }

    pub(super) fn flags(&mut self, names: &Names, bits: u64) -> B::Term {
        let base = self.values.len();
        let mut left = bits;
        for (mask, name) in names.iter() {
            let mask = u64::try_from(mask).unwrap_or(0);
            if mask != 0 && bits & mask == mask {
                left &= !mask;
                let term = self.builder.name(name);
                self.values.push(term);
            }
        }
        if left != 0 {
            let term = self.builder.number(Number::Unsigned(left));
            self.values.push(term);
        }
        self.list_from(base)
    }

    pub(super) fn array(
        &mut self,
        level: &Level<'_, 's, 'a>,
        of: &'s AttrType,
        payload: &'a [u8],
    ) -> Result<B::Term, Fault> {
        let base = self.values.len();
        for attr in Attrs::new(payload) {
            let term = self.value(level, of, attr?.payload)?;
            self.push(term)?;
        }
        Ok(self.list_from(base))
    }

    pub(super) fn indexed(
        &mut self,
        level: &Level<'_, 's, 'a>,
        of: &'s AttrType,
        payload: &'a [u8],
    ) -> Result<B::Term, Fault> {
        let base = self.values.len();
        for attr in Attrs::new(payload) {
            let attr = attr?;
            let term = self.value(level, of, attr.payload)?;
            self.push_numbered(attr.id(), term)?;
        }
        Ok(self.list_from(base))
    }

    pub(super) fn patterns(&mut self, prefix: u16, payload: &'a [u8]) -> Result<B::Term, Fault> {
        let base = self.values.len();
        for attr in Attrs::new(payload) {
            let attr = attr?;
            let text = text(attr.payload);
            let term = if attr.id() == prefix & TYPE_MASK {
                self.builder.wildcard(text)
            } else {
                self.builder.bytes(text)
            };
            self.push(term)?;
        }
        Ok(self.list_from(base))
    }

    pub(super) fn repeated(
        &mut self,
        level: &Level<'_, 's, 'a>,
        id: u16,
        of: &'s AttrType,
    ) -> Result<B::Term, Fault> {
        let base = self.values.len();
        for attr in Attrs::new(level.chain) {
            let attr = attr?;
            if attr.id() == id & TYPE_MASK {
                let term = self.value(level, of, attr.payload)?;
                self.push(term)?;
            }
        }
        Ok(self.list_from(base))
    }

    pub(super) fn fixed_array(
        &mut self,
        ty: &FixedType,
        payload: &'a [u8],
    ) -> Result<B::Term, Fault> {
        let base = self.values.len();
        // `Schema::new` has checked that the type has a width.
        for bytes in payload.chunks_exact(ty.width().max(1)) {
            let term = self.fixed(ty, bytes);
            self.push(term)?;
        }
        Ok(self.list_from(base))
    }

    pub(super) fn struct_array(
        &mut self,
        id: SetId,
        payload: &'a [u8],
        level: &Level<'_, 's, 'a>,
    ) -> Result<B::Term, Fault> {
        let base = self.values.len();
        // `Schema::new` has checked that the set has a size.
        let size = self.schema.set(id).map_or(1, |set| set.size.max(1));
        for bytes in payload.chunks_exact(size) {
            let term = self.set(id, bytes, Some(level))?;
            self.push(term)?;
        }
        Ok(self.list_from(base))
    }

    pub(super) fn length_prefixed(
        &mut self,
        id: SetId,
        payload: &'a [u8],
        level: &Level<'_, 's, 'a>,
    ) -> Result<B::Term, Fault> {
        let base = self.values.len();
        let size = self.schema.set(id).map_or(0, |set| set.size);
        for entry in (Entries { bytes: payload, at: 0, size }) {
            let term = self.set(id, entry?.1, Some(level))?;
            self.push(term)?;
        }
        Ok(self.list_from(base))
    }

    /// Appends a pair of an attribute type and a value.
    fn push_numbered(&mut self, number: u16, value: B::Term) -> Result<(), Fault> {
        let number = self.builder.number(Number::Unsigned(number.into()));
        let pair = self.builder.tuple(&[number, value]);
        self.push(pair)
    }

    /// Appends an element of a list.
    #[inline]
    fn push(&mut self, term: B::Term) -> Result<(), Fault> {
        self.values.push(term);
        self.check_limit()
    }

    /// A list of the values from `base` on.
    fn list_from(&mut self, base: usize) -> B::Term {
        let list = self.builder.list(self.values.get(base..).unwrap_or_default());
        self.values.truncate(base);
        list
    }
}

/// Walks the entries of a length-prefixed list, each with its offset.
pub(in crate::codec) struct Entries<'a> {
    pub(in crate::codec) bytes: &'a [u8],
    pub(in crate::codec) at: usize,
    /// The least length of an entry.
    pub(in crate::codec) size: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<(usize, &'a [u8]), BadLength>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let rest = self.bytes.get(at..)?;
        // Fewer bytes than the shortest attribute are padding.
        let &[l0, l1, _, _, ..] = rest else { return None };

        let len = usize::from(u16::from_ne_bytes([l0, l1]));
        let Some(entry) = rest.get(..len).filter(|_| len >= self.size.max(2)) else {
            self.at = self.bytes.len();
            return Some(Err(BadLength { unit: Unit::Entry, at, len, room: rest.len() }));
        };
        self.at = at + len.next_multiple_of(4);
        Some(Ok((at, entry)))
    }
}
