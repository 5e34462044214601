//! Schemas: what the bytes of a message or of a nested attribute mean, as data.
//!
//! A [`Schema`] is a list of [`Set`]s that refer to each other by index, so it
//! may be cyclic: a veth's peer is a link again. One engine reads it
//! ([`crate::decode`], [`crate::encode`], [`crate::locate`]); adding a message
//! adds no code here.

use std::collections::HashMap;
use std::ops::Range;

use thiserror::Error;

use crate::attr::{NESTED, TYPE_MASK};
use crate::scalar::{Number, Scalar};

/// How deep sets may nest before a decoder or encoder gives up.
pub const MAX_DEPTH: usize = 32;

/// The longest link-layer address: `MAX_ADDR_LEN` of `include/uapi/linux/netdevice.h`.
pub const MAX_ADDR_LEN: usize = 32;

/// Length of an Ethernet address: `ETH_ALEN` of `include/uapi/linux/if_ether.h`.
pub const ETH_ALEN: usize = 6;

/// Index of a set in its schema.
pub type SetId = usize;
/// Index of a name in [`Schema::names`].
pub type NameId = usize;
/// Position of a field in the struct of its set.
pub type Slot = usize;

/// Sets that refer to each other; the first one is the message itself.
#[derive(Debug, Clone)]
pub struct Schema {
    sets: Vec<Set>,
    names: Vec<String>,
    sites: usize,
}

/// One struct: a C header followed by attributes, either of which may be absent.
#[derive(Debug, Clone, Default)]
pub struct Set {
    /// Its name in messages to people.
    pub name: String,
    /// The names of its fields, by slot. Slots that no row uses are left alone.
    pub fields: Vec<String>,
    /// The fields of the header, in order.
    pub header: Vec<Field>,
    /// The size of the header in bytes, pads included.
    pub size: usize,
    /// The attributes, in the order of their declaration.
    pub rows: Vec<Row>,
    /// Further sets whose attributes sit at this same level.
    pub groups: Vec<Group>,
    /// Where attributes without a row are kept, if they are kept.
    pub unknown: Option<Slot>,
    /// Distinct attribute numbers of `rows` and `groups`.
    pub(crate) width: usize,
    /// By place: the rows of that number, by index.
    pub(crate) filled: Vec<Vec<usize>>,
    /// Whether the value of each row follows from the first attribute of its number, and from
    /// `deciding` fields, and nothing is kept of further attributes.
    pub(crate) separable: bool,
    /// The fields of the header that others depend on, as stretches of it.
    pub(crate) deciding: Vec<Range<usize>>,
    /// By attribute number: one more than its place among the distinct ones.
    lookup: Vec<u16>,
}

/// A field of a header.
#[derive(Debug, Clone)]
pub struct Field {
    /// Where its value goes.
    pub slot: Slot,
    /// Bytes before it.
    pub offset: usize,
    /// What it holds.
    pub kind: Fixed,
}

/// An attribute.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its type as written, flags included.
    pub id: u16,
    /// Where its value goes.
    pub slot: Slot,
    /// What it holds.
    pub kind: Kind,
    /// Its place among the distinct numbers of its set.
    pub(crate) place: usize,
    /// Its place among all rows of the schema.
    pub(crate) site: usize,
}

/// Attributes of this level that are gathered in a struct of their own.
#[derive(Debug, Clone)]
pub struct Group {
    /// Where that struct goes.
    pub slot: Slot,
    /// What it looks like.
    pub set: SetId,
    /// For each row of `set` its place among the distinct numbers of this set.
    pub(crate) places: Vec<usize>,
}

/// A value of fixed width.
#[derive(Debug, Clone)]
pub enum Fixed {
    /// An integer.
    Plain(Scalar),
    /// An integer whose values have names.
    Enum(Scalar, Names),
    /// An integer whose bits have names.
    Flags(Scalar, Names),
    /// So many bytes.
    Bytes(usize),
}

impl Fixed {
    /// The integer behind the names, if it is one.
    #[must_use]
    pub const fn scalar(&self) -> Option<Scalar> {
        match self {
            Self::Plain(scalar) | Self::Enum(scalar, _) | Self::Flags(scalar, _) => Some(*scalar),
            Self::Bytes(_) => None,
        }
    }

    /// Bytes it takes.
    #[must_use]
    pub const fn width(&self) -> usize {
        match self {
            Self::Plain(scalar) | Self::Enum(scalar, _) | Self::Flags(scalar, _) => scalar.width(),
            Self::Bytes(size) => *size,
        }
    }
}

/// Names of values or of bit masks.
#[derive(Debug, Clone)]
pub struct Names {
    listed: Vec<(i128, NameId)>,
    sorted: Vec<(i128, NameId)>,
}

impl Names {
    /// Of two names for one value the first is used when reading.
    #[must_use]
    pub fn new(listed: Vec<(i128, NameId)>) -> Self {
        let mut sorted = listed.clone();
        sorted.sort_by_key(|&(value, _)| value);
        sorted.dedup_by_key(|&mut (value, _)| value);
        Self { listed, sorted }
    }

    /// Values and names as they were listed.
    pub fn iter(&self) -> impl Iterator<Item = (i128, NameId)> + '_ {
        self.listed.iter().copied()
    }

    /// The name of a value.
    #[must_use]
    pub fn of(&self, value: i128) -> Option<NameId> {
        let at = self.sorted.binary_search_by_key(&value, |&(listed, _)| listed).ok()?;
        self.sorted.get(at).map(|&(_, name)| name)
    }
}

/// What an attribute holds.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A value of fixed width.
    Fixed(Fixed),
    /// Text, written with one NUL at its end.
    String,
    /// Bytes.
    Binary {
        /// Whether to write [`NESTED`].
        nested: bool,
    },
    /// Nothing: being there is its value.
    Flag,
    /// An unsigned integer of 4 or 8 bytes.
    Uint,
    /// A signed integer of 4 or 8 bytes.
    Sint,
    /// `struct nla_bitfield32`: value and selector.
    Bitfield32,
    /// An IP address, 4 or 16 bytes.
    Ip,
    /// A hardware address of 6 bytes.
    Mac,
    /// A link-layer address of 1 to [`MAX_ADDR_LEN`] bytes, a [`Kind::Mac`] if it has 6.
    LinkAddress,
    /// A set of its own.
    Set {
        /// Which.
        set: SetId,
        /// Whether to write [`NESTED`].
        nested: bool,
    },
    /// One kind or another, by the value of a field of the same set.
    Dispatch {
        /// The field that decides.
        on: Slot,
        /// The kind for each of its values.
        table: HashMap<Key, Kind>,
    },
    /// A nest whose attributes are the elements.
    Array {
        /// What each element holds.
        of: Box<Kind>,
        /// The type all elements are written with; else 1, 2, 3 and so on.
        id: Option<u16>,
    },
    /// An attribute that may be there many times.
    Repeated(Box<Kind>),
    /// Integers back to back.
    Scalars(Scalar),
    /// Headers back to back.
    Structs(SetId),
    /// Entries that begin with their own length, like `struct rtnexthop`.
    Chain(SetId),
}

impl Kind {
    /// The flag bits an attribute of this kind is written with.
    #[must_use]
    pub fn flags(&self) -> u16 {
        match self {
            Self::Set { nested: true, .. } | Self::Binary { nested: true } | Self::Array { .. } => {
                NESTED
            }
            _ => 0,
        }
    }

    fn sets(&self, seen: &mut Vec<SetId>) {
        match self {
            Self::Set { set, .. } | Self::Structs(set) | Self::Chain(set) => seen.push(*set),
            Self::Array { of, .. } | Self::Repeated(of) => of.sets(seen),
            Self::Dispatch { table, .. } => table.values().for_each(|kind| kind.sets(seen)),
            _ => {}
        }
    }
}

/// The value of a field that decides what another one is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// Text or bytes.
    Bytes(Vec<u8>),
    /// An integer; names of an enum are resolved to theirs.
    Int(i128),
}

impl From<Number> for Key {
    fn from(number: Number) -> Self {
        Self::Int(number.into())
    }
}

/// The field that decides about another.
#[derive(Debug, Clone, Copy)]
pub enum Selector<'s> {
    /// A field of the header.
    Field(&'s Field),
    /// An attribute and its index among the rows.
    Row(usize, &'s Row),
}

/// A description that contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadSchema {
    /// A set that is not there.
    #[error("{0}: refers to a set that does not exist")]
    NoSet(String),
    /// A group with more than attributes.
    #[error("{0}: a group holds attributes only: no header, no group, no unknown")]
    Group(String),
    /// Packed structs with attributes or without size.
    #[error("{0}: packed structs have a header and nothing else")]
    Packed(String),
    /// Chain entries that do not begin with their length.
    #[error("{0}: entries of a chain begin with their length, a field of type :u16")]
    Chain(String),
    /// A field that does not exist or cannot decide.
    #[error("{0}: a field that others depend on holds an integer, a string or bytes")]
    Selector(String),
    /// More attributes than a table can count.
    #[error("{0}: too many attributes")]
    Wide(String),
}

impl Schema {
    /// Checks the sets and prepares their tables.
    ///
    /// # Errors
    /// If a set refers to another that is missing or that does not suit.
    pub fn new(mut sets: Vec<Set>, names: Vec<String>) -> Result<Self, BadSchema> {
        let mut sites = 0;
        let ids: Vec<Vec<u16>> = sets
            .iter()
            .map(|set| set.rows.iter().map(|row| row.id & TYPE_MASK).collect())
            .collect();
        for set in &sets {
            set.check(&sets)?;
        }
        for set in &mut sets {
            set.index(&ids, &mut sites)?;
        }
        Ok(Self { sets, names, sites })
    }

    /// A set by its index.
    #[inline]
    #[must_use]
    pub fn set(&self, id: SetId) -> Option<&Set> {
        self.sets.get(id)
    }

    /// How many sets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// Whether there is no set at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// The text of a name.
    #[must_use]
    pub fn name(&self, id: NameId) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }

    /// How many rows all sets have together.
    #[must_use]
    pub const fn sites(&self) -> usize {
        self.sites
    }
}

impl Set {
    /// A set without fields.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The place of an attribute number among the distinct ones.
    #[inline]
    pub(crate) fn place(&self, id: u16) -> Option<usize> {
        let place = self.lookup.get(usize::from(id))?;
        usize::from(*place).checked_sub(1)
    }

    /// The field that holds a slot's value.
    #[must_use]
    pub fn selector(&self, slot: Slot) -> Option<Selector<'_>> {
        if let Some(field) = self.header.iter().find(|field| field.slot == slot) {
            return Some(Selector::Field(field));
        }
        let (at, row) = self.rows.iter().enumerate().find(|(_, row)| row.slot == slot)?;
        Some(Selector::Row(at, row))
    }

    /// The name of a slot.
    #[must_use]
    pub fn field(&self, slot: Slot) -> &str {
        self.fields.get(slot).map_or("?", String::as_str)
    }

    fn check(&self, sets: &[Self]) -> Result<(), BadSchema> {
        let name = || self.name.clone();
        for group in &self.groups {
            let inner = sets.get(group.set).ok_or_else(|| BadSchema::NoSet(name()))?;
            if inner.size > 0 || !inner.groups.is_empty() || inner.unknown.is_some() {
                return Err(BadSchema::Group(inner.name.clone()));
            }
        }
        for row in &self.rows {
            let mut used = Vec::new();
            row.kind.sets(&mut used);
            if used.iter().any(|&id| id >= sets.len()) {
                return Err(BadSchema::NoSet(name()));
            }
            self.check_kind(&row.kind, sets)?;
        }
        Ok(())
    }

    fn check_kind(&self, kind: &Kind, sets: &[Self]) -> Result<(), BadSchema> {
        match kind {
            Kind::Structs(id) => match sets.get(*id) {
                Some(set) if set.size > 0 && set.rows.is_empty() && set.groups.is_empty() => Ok(()),
                _ => Err(BadSchema::Packed(self.name.clone())),
            },
            Kind::Chain(id) => match sets.get(*id).and_then(|set| set.header.first()) {
                Some(Field { offset: 0, kind: Fixed::Plain(Scalar::U16), .. }) => Ok(()),
                _ => Err(BadSchema::Chain(self.name.clone())),
            },
            Kind::Array { of, .. } | Kind::Repeated(of) => self.check_kind(of, sets),
            Kind::Dispatch { on, table } => {
                match self.selector(*on) {
                    Some(Selector::Field(_)) => {}
                    Some(Selector::Row(_, row))
                        if matches!(
                            row.kind,
                            Kind::Fixed(_)
                                | Kind::String
                                | Kind::Binary { .. }
                                | Kind::Uint
                                | Kind::Sint
                        ) => {}
                    _ => return Err(BadSchema::Selector(self.name.clone())),
                }
                table.values().try_for_each(|kind| self.check_kind(kind, sets))
            }
            _ => Ok(()),
        }
    }

    /// Gives every row its places.
    fn index(&mut self, ids: &[Vec<u16>], sites: &mut usize) -> Result<(), BadSchema> {
        let mut lookup = Vec::new();
        let mut width = 0_u16;
        let mut place = |id: u16| {
            let at = usize::from(id);
            if lookup.len() <= at {
                lookup.resize(at + 1, 0);
            }
            let entry = lookup.get_mut(at)?;
            if *entry == 0 {
                width = width.checked_add(1)?;
                *entry = width;
            }
            usize::from(*entry).checked_sub(1)
        };
        let wide = || BadSchema::Wide(self.name.clone());

        for row in &mut self.rows {
            row.place = place(row.id & TYPE_MASK).ok_or_else(wide)?;
            row.site = *sites;
            *sites += 1;
        }
        for group in &mut self.groups {
            let of_group = ids.get(group.set).ok_or_else(wide)?;
            group.places =
                of_group.iter().map(|id| place(*id)).collect::<Option<_>>().ok_or_else(wide)?;
        }
        self.width = usize::from(width);
        self.filled = vec![Vec::new(); self.width];
        for (at, row) in self.rows.iter().enumerate() {
            if let Some(rows) = self.filled.get_mut(row.place) {
                rows.push(at);
            }
        }
        self.lookup = lookup;
        self.separable = self.unknown.is_none();
        self.deciding.clear();
        for row in &self.rows {
            match row.kind {
                Kind::Repeated(_) => self.separable = false,
                Kind::Dispatch { on, .. } => match self.header.iter().find(|f| f.slot == on) {
                    Some(field) => self.deciding.push(field.place()),
                    None => self.separable = false,
                },
                _ => {}
            }
        }
        Ok(())
    }
}

impl Field {
    /// The stretch of the header that it takes.
    #[must_use]
    pub const fn place(&self) -> Range<usize> {
        self.offset..self.offset + self.kind.width()
    }
}

impl Row {
    /// A row; its places are given by [`Schema::new`].
    #[must_use]
    pub const fn new(id: u16, slot: Slot, kind: Kind) -> Self {
        Self { id, slot, kind, place: 0, site: 0 }
    }
}

impl Group {
    /// A group; its places are given by [`Schema::new`].
    #[must_use]
    pub const fn new(slot: Slot, set: SetId) -> Self {
        Self { slot, set, places: Vec::new() }
    }
}
