//! Values that are lists: many attributes, many structs or numbers side by side, names of bits.

use crate::attr::Attrs;
use crate::fault::BadLength;
use crate::scalar::{Number, Scalar};
use crate::schema::{Kind, Names, SetId};

use super::{Build, Decoder, Fault, Level};

impl<'s, 'a, B: Build<'a>> Decoder<'s, '_, 'a, B> {
    pub(super) fn unknown(&mut self, level: Level<'s, 'a>) -> Result<B::Term, Fault> {
        let base = self.values.len();
        for attr in Attrs::new(level.chain) {
            let attr = attr?;
            if level.set.place(attr.id()).is_none() {
                let kind = self.build.number(Number::Unsigned(attr.nla_type.into()));
                let payload = self.build.bytes(attr.payload);
                let pair = self.build.pair(kind, payload);
                self.push(pair)?;
            }
        }
        Ok(self.gathered(base))
    }

    pub(super) fn flags(&mut self, names: &Names, bits: u64) -> B::Term {
        let base = self.values.len();
        let mut left = bits;
        for (mask, name) in names.iter() {
            let mask = u64::try_from(mask).unwrap_or(0);
            if mask != 0 && bits & mask == mask {
                left &= !mask;
                let term = self.build.name(name);
                self.values.push(term);
            }
        }
        if left != 0 {
            let term = self.build.number(Number::Unsigned(left));
            self.values.push(term);
        }
        self.gathered(base)
    }

    pub(super) fn array(
        &mut self,
        level: Level<'s, 'a>,
        of: &'s Kind,
        payload: &'a [u8],
    ) -> Result<B::Term, Fault> {
        let base = self.values.len();
        for attr in Attrs::new(payload) {
            let term = self.value(level, of, attr?.payload)?;
            self.push(term)?;
        }
        Ok(self.gathered(base))
    }

    pub(super) fn repeated(
        &mut self,
        level: Level<'s, 'a>,
        id: u16,
        of: &'s Kind,
    ) -> Result<B::Term, Fault> {
        let base = self.values.len();
        let place = level.set.place(id & crate::attr::TYPE_MASK);
        for attr in Attrs::new(level.chain) {
            let attr = attr?;
            if level.set.place(attr.id()) == place {
                let term = self.value(level, of, attr.payload)?;
                self.push(term)?;
            }
        }
        Ok(self.gathered(base))
    }

    pub(super) fn scalars(&mut self, scalar: Scalar, payload: &[u8]) -> Result<B::Term, Fault> {
        let base = self.values.len();
        for bytes in payload.chunks_exact(scalar.width()) {
            let term = self.maybe(scalar.read(bytes));
            self.push(term)?;
        }
        Ok(self.gathered(base))
    }

    pub(super) fn structs(
        &mut self,
        id: SetId,
        payload: &'a [u8],
        depth: usize,
    ) -> Result<B::Term, Fault> {
        let base = self.values.len();
        // `Schema::new` has checked that it has a size.
        let size = self.schema.set(id).map_or(1, |set| set.size.max(1));
        for bytes in payload.chunks_exact(size) {
            let term = self.set(id, bytes, depth + 1)?;
            self.push(term)?;
        }
        Ok(self.gathered(base))
    }

    pub(super) fn chain(
        &mut self,
        id: SetId,
        payload: &'a [u8],
        depth: usize,
    ) -> Result<B::Term, Fault> {
        let base = self.values.len();
        let size = self.schema.set(id).map_or(0, |set| set.size);
        for entry in (Entries { bytes: payload, at: 0, size }) {
            let term = self.set(id, entry?.1, depth + 1)?;
            self.push(term)?;
        }
        Ok(self.gathered(base))
    }

    /// Appends an element of a list.
    #[inline]
    fn push(&mut self, term: B::Term) -> Result<(), Fault> {
        self.values.push(term);
        self.check_work()
    }

    /// The values from `base` on, as a list.
    fn gathered(&mut self, base: usize) -> B::Term {
        let list = self.build.list(self.values.get(base..).unwrap_or_default());
        self.values.truncate(base);
        list
    }
}

/// Entries that begin with their own length, each with its offset.
pub(crate) struct Entries<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    /// The least length an entry may have.
    pub(crate) size: usize,
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
            return Some(Err(BadLength { what: "entry", at, len, room: rest.len() }));
        };
        self.at = at + len.next_multiple_of(4);
        Some(Ok((at, entry)))
    }
}
