//! Attribute paths: the field that an offset of a request belongs to.
//!
//! The kernel reports the attribute that it refused by its offset in the request
//! (`NLMSGERR_ATTR_OFFS`), and one that it misses by its type and the offset of the nest that should
//! hold it (`NLMSGERR_ATTR_MISS_TYPE`, `NLMSGERR_ATTR_MISS_NEST`). With a schema, these are paths of
//! fields.

use std::collections::HashMap;

use super::decode::{Entries, selector_key};
use super::level::Enclosed;
use crate::attr::{self, Attrs, TYPE_MASK};
use crate::schema::{
    AttrSet, AttrType, FieldIndex, MAX_DEPTH, Schema, Selector, SelectorField, SelectorKey, SetId,
};

/// A step of the path from a struct to one of its attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Into a field.
    Field(SetId, FieldIndex),
    /// Into an element of a list, counted from 0.
    Element(usize),
    /// Into an attribute without a definition, or an element with a number.
    Number(u16),
}

/// The path to the attribute or header field that covers `offset` of a body; empty for an offset
/// beyond the body.
#[must_use]
pub fn path_at(schema: &Schema, body: &[u8], offset: usize) -> Vec<Step> {
    let mut path = AttrPath { schema, steps: Vec::new() };
    path.set(0, body, offset, None);
    path.steps
}

/// The path to the attribute of type `id` that is missing from the nest at offset `nest` of a body,
/// or from the body itself if `nest` is `None`.
#[must_use]
pub fn path_of_missing(schema: &Schema, body: &[u8], nest: Option<usize>, id: u16) -> Vec<Step> {
    let mut path = AttrPath { schema, steps: Vec::new() };
    let set = match nest {
        Some(offset) => path.set(0, body, offset, None),
        None => Some(0),
    };
    let id = id & TYPE_MASK;
    let declared = set.and_then(|set| path.declared(set, id));
    match declared {
        Some((steps, _)) => path.steps.extend(steps),
        None => path.steps.push(Step::Number(id)),
    }
    path.steps
}

struct AttrPath<'s> {
    schema: &'s Schema,
    steps: Vec<Step>,
}

/// The bytes of a struct.
#[derive(Clone, Copy)]
struct Level<'p, 's, 'a> {
    set: &'s AttrSet,
    header: &'a [u8],
    /// The attributes.
    chain: &'a [u8],
    /// The level of the enclosing set.
    parent: Option<&'p Level<'p, 's, 'a>>,
    depth: usize,
}

impl<'s> AttrPath<'s> {
    /// Descends to `offset`. Returns the set of the attribute that begins there, if it is a nest.
    fn set(
        &mut self,
        id: SetId,
        bytes: &[u8],
        offset: usize,
        parent: Option<&Level<'_, 's, '_>>,
    ) -> Option<SetId> {
        let depth = parent.map_or(0, |parent| parent.depth + 1);
        let set = self.schema.set(id).filter(|_| depth <= MAX_DEPTH)?;
        let (header, chain) = bytes.split_at_checked(set.size)?;
        let Some(inside) = offset.checked_sub(set.size) else {
            let field = set.header.iter().find(|field| field.range().contains(&offset));
            self.steps.extend(field.map(|field| Step::Field(id, field.index)));
            return None;
        };
        self.attrs(id, Level { set, header, chain, parent, depth }, inside)
    }

    /// Descends to the offset `inside` of the attributes of a level.
    fn attrs(&mut self, id: SetId, level: Level<'_, 's, '_>, inside: usize) -> Option<SetId> {
        let chain = level.chain;
        let (attr, start) = covering(chain, inside)?;
        let Some((steps, ty)) = self.declared(id, attr.id()) else {
            self.steps.push(Step::Number(attr.id()));
            return None;
        };
        if let AttrType::Repeated(_) = ty {
            let before = chain.get(..start).unwrap_or_default();
            let same = Attrs::new(before).flatten().filter(|other| other.id() == attr.id());
            self.steps.extend(&steps);
            self.steps.push(Step::Element(same.count()));
        } else {
            self.steps.extend(&steps);
        }
        let inside = inside.checked_sub(start + attr::HEADER);
        match steps.as_slice() {
            // The definition is in an inline set, which this level encloses.
            [_, Step::Field(inline, _)] => {
                let set = self.schema.set(*inline)?;
                let inline = Level { set, parent: Some(&level), ..level };
                self.payload(&inline, ty, attr.payload, inside)
            }
            _ => self.payload(&level, ty, attr.payload, inside),
        }
    }

    /// Descends in a payload, unless the offset is that of the attribute's header.
    fn payload(
        &mut self,
        level: &Level<'_, 's, '_>,
        ty: &'s AttrType,
        payload: &[u8],
        inside: Option<usize>,
    ) -> Option<SetId> {
        match ty {
            AttrType::Set { set, .. } => match inside {
                Some(offset) => self.set(*set, payload, offset, Some(level)),
                None => Some(*set),
            },
            AttrType::Attrs(id) => {
                let Some(offset) = inside else { return Some(*id) };
                let set = self.schema.set(*id).filter(|_| level.depth < MAX_DEPTH)?;
                let (parent, depth) = (Some(level), level.depth + 1);
                let inner = Level { set, header: &[], chain: payload, parent, depth };
                self.attrs(*id, inner, offset)
            }
            AttrType::Dispatch { selector, table } => {
                let ty = select(level, *selector, table)?;
                self.payload(level, ty, payload, inside)
            }
            AttrType::Repeated(of) => self.payload(level, of, payload, inside),
            AttrType::Array { of, .. } => {
                let (attr, start) = covering(payload, inside?)?;
                let before = payload.get(..start).unwrap_or_default();
                self.steps.push(Step::Element(Attrs::new(before).count()));
                let inside = inside?.checked_sub(start + attr::HEADER);
                self.payload(level, of, attr.payload, inside)
            }
            AttrType::Indexed(of) => {
                let (attr, start) = covering(payload, inside?)?;
                self.steps.push(Step::Number(attr.id()));
                let inside = inside?.checked_sub(start + attr::HEADER);
                self.payload(level, of, attr.payload, inside)
            }
            AttrType::Patterns { .. } => {
                let (_, start) = covering(payload, inside?)?;
                let before = payload.get(..start).unwrap_or_default();
                self.steps.push(Step::Element(Attrs::new(before).count()));
                None
            }
            AttrType::LengthPrefixed(set) => {
                let size = self.schema.set(*set)?.size;
                let entries = Entries { bytes: payload, at: 0, size };
                let (index, (start, entry)) =
                    entries.map_while(Result::ok).enumerate().find(|(_, (start, entry))| {
                        inside.is_some_and(|at| at < start + entry.len())
                    })?;
                self.steps.push(Step::Element(index));
                self.set(*set, entry, inside?.checked_sub(start)?, Some(level))
            }
            _ => None,
        }
    }

    /// The steps to the definition of an attribute number, and its type.
    fn declared(&self, id: SetId, number: u16) -> Option<(Vec<Step>, &'s AttrType)> {
        let set = self.schema.set(id)?;
        if let Some((field, ty)) = definition(set, number) {
            return Some((vec![Step::Field(id, field)], ty));
        }
        set.inline_sets.iter().find_map(|inline| {
            let (field, ty) = definition(self.schema.set(inline.set)?, number)?;
            Some((vec![Step::Field(id, inline.field), Step::Field(inline.set, field)], ty))
        })
    }
}

fn definition(set: &AttrSet, number: u16) -> Option<(FieldIndex, &AttrType)> {
    let attr = set.attrs.iter().find(|attr| attr.id & TYPE_MASK == number)?;
    Some((attr.field, &attr.ty))
}

/// The attribute that covers an offset of a chain, and its own offset.
fn covering(chain: &[u8], offset: usize) -> Option<(attr::Attr<'_>, usize)> {
    let mut start = 0;
    for attr in Attrs::new(chain).map_while(Result::ok) {
        let end = start + (attr::HEADER + attr.payload.len()).next_multiple_of(4);
        if offset < end {
            return Some((attr, start));
        }
        start = end;
    }
    None
}

/// The type that a dispatch has for the value of its selector.
fn select<'s>(
    level: &Level<'_, 's, '_>,
    selector: SelectorField,
    table: &'s HashMap<SelectorKey, AttrType>,
) -> Option<&'s AttrType> {
    let (level, selector) = level.find(selector)?;
    let key = match level.set.selector(selector)? {
        Selector::Header(field) => {
            field.ty.scalar()?.read(level.header.get(field.offset..)?)?.into()
        }
        Selector::Attr(_, attr) => {
            let first = Attrs::new(level.chain)
                .map_while(Result::ok)
                .find(|other| other.id() == attr.id & TYPE_MASK)?;
            selector_key(&attr.ty, first.payload)?
        }
    };
    table.get(&key)
}

impl<'s> Enclosed<'s> for Level<'_, 's, '_> {
    fn set(&self) -> &'s AttrSet {
        self.set
    }

    fn parent(&self) -> Option<&Self> {
        self.parent
    }
}
