//! Schemas: what the bytes of a message or of a nested attribute mean, as data.
//!
//! A [`Schema`] is a list of [`AttrSet`]s that refer to each other by index, so that it may be
//! cyclic: the peer of a veth is a link again. The readers of [`crate::codec`] interpret it; a new
//! message needs a schema and no code.

use crate::attr::TYPE_MASK;

pub use attr_type::{AttrType, FixedType, Names, OuterField, SelectorField, SelectorKey};
pub use check::SchemaError;
use index::{Index, contain_outer};

mod attr_type;
mod check;
mod index;

/// How deep sets may nest before a reader gives up.
pub const MAX_DEPTH: usize = 32;

/// Index of a set in its schema.
pub type SetId = usize;
/// Index of a name of an enum value or a flag; the names are the caller's.
pub type NameId = usize;
/// Index of a field in the struct of its set.
pub type FieldIndex = usize;

/// Attribute sets that refer to each other; the first one is the message itself.
#[derive(Debug, Clone)]
pub struct Schema {
    sets: Vec<AttrSet>,
    attr_count: usize,
}

/// The attribute set of one struct: a C header followed by attributes, each of which may be absent.
#[derive(Debug, Clone, Default)]
pub struct AttrSet {
    /// The fields of the header, in order.
    pub header: Vec<HeaderField>,
    /// The size of the header in bytes, pads included.
    pub size: usize,
    /// The attributes, in the order of their declaration.
    pub attrs: Vec<AttrDef>,
    /// Further sets whose attributes sit at the level of this one.
    pub inline_sets: Vec<InlineSet>,
    /// The field that holds the attributes without a definition, if there is one.
    pub unknown: Option<FieldIndex>,
    /// The fields that attributes of inner sets depend on ([`SelectorField::Outer`]).
    pub outer_fields: Vec<(OuterField, FieldIndex)>,
    /// Lookup tables, made by [`Schema::new`].
    pub(crate) index: Index,
}

/// A field of a header.
#[derive(Debug, Clone)]
pub struct HeaderField {
    /// Its index in the struct.
    pub index: FieldIndex,
    /// Its offset in the header, in bytes.
    pub offset: usize,
    /// Its type.
    pub ty: FixedType,
}

/// The definition of an attribute.
#[derive(Debug, Clone)]
pub struct AttrDef {
    /// The attribute type as it is written, flags included.
    pub id: u16,
    /// The field of the struct that holds its value.
    pub field: FieldIndex,
    /// The type of its value.
    pub ty: AttrType,
    /// The column of its number: the index among the distinct numbers of its set.
    pub(crate) column: usize,
    /// Its index among the attributes of the whole schema.
    pub(crate) row_index: usize,
    /// Whether the payload alone determines the value, once a dispatch has selected its type.
    pub(crate) is_self_contained: bool,
}

/// A set whose attributes sit at the level of another set, and are collected in a struct of their
/// own.
#[derive(Debug, Clone)]
pub struct InlineSet {
    /// The field that holds that struct.
    pub field: FieldIndex,
    /// The set of that struct.
    pub set: SetId,
    /// For each attribute of `set`, the column of its number in the set that contains it.
    pub(crate) columns: Vec<usize>,
}

/// The field that the type of another field depends on.
#[derive(Debug, Clone, Copy)]
pub enum Selector<'s> {
    /// A field of the header.
    Header(&'s HeaderField),
    /// An attribute, with its index in the set.
    Attr(usize, &'s AttrDef),
}

impl Schema {
    /// Checks the sets and makes their lookup tables.
    ///
    /// # Errors
    /// If a set refers to another one that is missing or unsuitable.
    pub fn new(mut sets: Vec<AttrSet>) -> Result<Self, SchemaError> {
        for (id, set) in sets.iter().enumerate() {
            set.check(id, &sets)?;
        }
        let ids: Vec<Vec<u16>> = sets
            .iter()
            .map(|set| set.attrs.iter().map(|attr| attr.id & TYPE_MASK).collect())
            .collect();
        let with_outer = contain_outer(&sets);
        let mut attr_count = 0;
        for (id, set) in sets.iter_mut().enumerate() {
            let made = set.make_index(&ids, &with_outer, &mut attr_count);
            made.ok_or(SchemaError::TooManyAttrs(id))?;
        }
        Ok(Self { sets, attr_count })
    }

    /// A set by its index.
    #[inline]
    #[must_use]
    pub fn set(&self, id: SetId) -> Option<&AttrSet> {
        self.sets.get(id)
    }

    /// The number of attributes that the sets define together.
    #[must_use]
    pub const fn attr_count(&self) -> usize {
        self.attr_count
    }
}

impl AttrSet {
    /// Whether the set is a C struct alone.
    #[inline]
    #[must_use]
    pub fn is_header(&self) -> bool {
        self.size > 0
            && self.attrs.is_empty()
            && self.inline_sets.is_empty()
            && self.unknown.is_none()
    }

    /// The selector that a field is.
    #[must_use]
    pub fn selector(&self, index: FieldIndex) -> Option<Selector<'_>> {
        if let Some(field) = self.header.iter().find(|field| field.index == index) {
            return Some(Selector::Header(field));
        }
        let (at, attr) = self.attrs.iter().enumerate().find(|(_, attr)| attr.field == index)?;
        Some(Selector::Attr(at, attr))
    }

    /// The field that has the name of an outer field, if the set has one.
    #[must_use]
    pub fn outer_field(&self, outer: OuterField) -> Option<FieldIndex> {
        self.outer_fields.iter().find(|(name, _)| *name == outer).map(|(_, index)| *index)
    }
}

impl AttrDef {
    /// A definition; [`Schema::new`] completes it.
    #[must_use]
    pub const fn new(id: u16, field: FieldIndex, ty: AttrType) -> Self {
        Self { id, field, ty, column: 0, row_index: 0, is_self_contained: false }
    }
}

impl InlineSet {
    /// An inline set; [`Schema::new`] completes it.
    #[must_use]
    pub const fn new(field: FieldIndex, set: SetId) -> Self {
        Self { field, set, columns: Vec::new() }
    }
}
