//! Locating: which field an offset of a request belongs to.
//!
//! The kernel names the attribute it refused by its offset in the request
//! (`NLMSGERR_ATTR_OFFS`), one it misses by its type and the offset of the
//! nest that should hold it (`NLMSGERR_ATTR_MISS_TYPE`, `…_MISS_NEST`). The
//! schema turns that into fields.

use std::collections::HashMap;

use crate::attr::{self, Attrs, TYPE_MASK};
use crate::decode::{Entries, key};
use crate::schema::{Key, Kind, MAX_DEPTH, Schema, Selector, Set, SetId, Slot};

/// A step of the way from a struct to one of its attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Into a field.
    Field(SetId, Slot),
    /// Into an element of a list, counted from 0.
    Element(usize),
    /// Into an attribute without a row.
    Unknown(u16),
}

/// The steps to the attribute or header field that contains_seq `offset` of a body.
/// An offset beyond the body leads nowhere.
#[must_use]
pub fn at(schema: &Schema, body: &[u8], offset: usize) -> Vec<Step> {
    let mut way = Way { schema, steps: Vec::new() };
    way.set(0, body, offset, 0);
    way.steps
}

/// The steps to the nest at offset `nest` of a body, or to the body itself if
/// there is none, and into the attribute `id` that it should hold.
#[must_use]
pub fn missing(schema: &Schema, body: &[u8], nest: Option<usize>, id: u16) -> Vec<Step> {
    let mut way = Way { schema, steps: Vec::new() };
    let set = match nest {
        Some(offset) => way.set(0, body, offset, 0),
        None => Some(0),
    };
    let id = id & TYPE_MASK;
    let declared = set.and_then(|set| way.row(set, id));
    match declared {
        Some((steps, _, _)) => way.steps.extend(steps),
        None => way.steps.push(Step::Unknown(id)),
    }
    way.steps
}

struct Way<'s> {
    schema: &'s Schema,
    steps: Vec<Step>,
}

/// Where an attribute is read: its set and the bytes of the level.
#[derive(Clone, Copy)]
struct Level<'s, 'a> {
    set: &'s Set,
    header: &'a [u8],
    chain: &'a [u8],
    depth: usize,
}

impl<'s> Way<'s> {
    /// Goes down to `offset`; the set of the attribute that begins there, if
    /// it is a nest.
    fn set(&mut self, id: SetId, bytes: &[u8], offset: usize, depth: usize) -> Option<SetId> {
        let set = self.schema.set(id).filter(|_| depth <= MAX_DEPTH)?;
        let (header, chain) = bytes.split_at_checked(set.size)?;
        let Some(inside) = offset.checked_sub(set.size) else {
            let field = set
                .header
                .iter()
                .find(|field| (field.offset..field.offset + field.kind.width()).contains(&offset));
            self.steps.extend(field.map(|field| Step::Field(id, field.slot)));
            return None;
        };

        let (attr, start) = covering(chain, inside)?;
        let Some((steps, owner, kind)) = self.row(id, attr.id()) else {
            self.steps.push(Step::Unknown(attr.id()));
            return None;
        };
        self.steps.extend(steps);
        if let Kind::Repeated(_) = kind {
            let before = chain.get(..start).unwrap_or_default();
            let same = Attrs::new(before).flatten().filter(|other| other.id() == attr.id());
            self.steps.push(Step::Element(same.count()));
        }
        let level = Level { set: owner, header, chain, depth };
        self.kind(level, kind, attr.payload, inside.checked_sub(start + attr::HEADER))
    }

    /// Goes on inside a payload, unless the offset is that of its header.
    fn kind(
        &mut self,
        level: Level<'s, '_>,
        kind: &'s Kind,
        payload: &[u8],
        inside: Option<usize>,
    ) -> Option<SetId> {
        match kind {
            Kind::Set { set, .. } => match inside {
                Some(offset) => self.set(*set, payload, offset, level.depth + 1),
                None => Some(*set),
            },
            Kind::Dispatch { on, table } => {
                let kind = chosen(level, *on, table)?;
                self.kind(level, kind, payload, inside)
            }
            Kind::Repeated(of) => self.kind(level, of, payload, inside),
            Kind::Array { of, .. } => {
                let (attr, start) = covering(payload, inside?)?;
                let before = payload.get(..start).unwrap_or_default();
                self.steps.push(Step::Element(Attrs::new(before).count()));
                let inside = inside?.checked_sub(start + attr::HEADER);
                self.kind(level, of, attr.payload, inside)
            }
            Kind::Chain(set) => {
                let size = self.schema.set(*set)?.size;
                let entries = Entries { bytes: payload, at: 0, size };
                let (index, (start, entry)) =
                    entries.map_while(Result::ok).enumerate().find(|(_, (start, entry))| {
                        inside.is_some_and(|at| at < start + entry.len())
                    })?;
                self.steps.push(Step::Element(index));
                self.set(*set, entry, inside?.checked_sub(start)?, level.depth + 1)
            }
            _ => None,
        }
    }

    /// The steps to the row of an attribute number, the set that declares it
    /// and what it holds.
    fn row(&self, id: SetId, number: u16) -> Option<(Vec<Step>, &'s Set, &'s Kind)> {
        let set = self.schema.set(id)?;
        if let Some((slot, kind)) = declared(set, number) {
            return Some((vec![Step::Field(id, slot)], set, kind));
        }
        set.groups.iter().find_map(|group| {
            let inner = self.schema.set(group.set)?;
            let (slot, kind) = declared(inner, number)?;
            let steps = vec![Step::Field(id, group.slot), Step::Field(group.set, slot)];
            Some((steps, inner, kind))
        })
    }
}

fn declared(set: &Set, number: u16) -> Option<(Slot, &Kind)> {
    let row = set.rows.iter().find(|row| row.id & TYPE_MASK == number)?;
    Some((row.slot, &row.kind))
}

/// The attribute that contains_seq an offset of a chain, and its own offset.
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

fn chosen<'s>(level: Level<'s, '_>, on: Slot, table: &'s HashMap<Key, Kind>) -> Option<&'s Kind> {
    let key = match level.set.selector(on)? {
        Selector::Field(field) => {
            field.kind.scalar()?.read(level.header.get(field.offset..)?)?.into()
        }
        Selector::Row(_, row) => {
            let first = Attrs::new(level.chain)
                .map_while(Result::ok)
                .find(|attr| attr.id() == row.id & TYPE_MASK)?;
            key(&row.kind, first.payload)?
        }
    };
    table.get(&key)
}
