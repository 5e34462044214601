//! Types of header fields and of attributes.

use std::collections::HashMap;

use super::{FieldIndex, NameId, SetId};
use crate::attr::NESTED;
use crate::scalar::{Number, Scalar};

/// The type of a value with a fixed width.
#[derive(Debug, Clone)]
pub enum FixedType {
    /// An integer.
    Plain(Scalar),
    /// An integer whose values have names.
    Enum(Scalar, Names),
    /// An integer whose bits have names.
    Flags(Scalar, Names),
    /// This number of bytes.
    Bytes(usize),
}

impl FixedType {
    /// The scalar of an integer, with or without names.
    #[must_use]
    pub const fn scalar(&self) -> Option<Scalar> {
        match self {
            Self::Plain(scalar) | Self::Enum(scalar, _) | Self::Flags(scalar, _) => Some(*scalar),
            Self::Bytes(_) => None,
        }
    }

    /// The width in bytes.
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
    /// Of two names of one value, the first is the one that is decoded.
    #[must_use]
    pub fn new(listed: Vec<(i128, NameId)>) -> Self {
        let mut sorted = listed.clone();
        sorted.sort_by_key(|&(value, _)| value);
        sorted.dedup_by_key(|&mut (value, _)| value);
        Self { listed, sorted }
    }

    /// Values and names in the order of their declaration.
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

/// The type of an attribute's value.
#[derive(Debug, Clone)]
pub enum AttrType {
    /// A value with a fixed width.
    Fixed(FixedType),
    /// Text, written with one NUL at its end.
    String,
    /// Bytes.
    Binary {
        /// Whether [`NESTED`] is written.
        nested: bool,
    },
    /// No payload: the presence of the attribute is its value.
    Flag,
    /// An unsigned integer of 4 or 8 bytes.
    Uint,
    /// A signed integer of 4 or 8 bytes.
    Sint,
    /// An integer with names, of 4 or 8 bytes. The type is that of the long form.
    NamedInt(FixedType),
    /// `struct nla_bitfield32`: value and selector.
    Bitfield32,
    /// An IP address, 4 or 16 bytes.
    Ip,
    /// A hardware address of 6 bytes.
    Mac,
    /// A link-layer address of 1 to [`MAX_ADDR_LEN`](crate::codec::MAX_ADDR_LEN) bytes, the same as
    /// [`AttrType::Mac`] if it has 6.
    LinkAddress,
    /// `struct sockaddr_in` or `struct sockaddr_in6`.
    SockAddr,
    /// `struct nfulnl_msg_packet_hw`: a link-layer address of up to 8 bytes, after its length.
    PacketHw,
    /// An attribute set.
    Set {
        /// The set.
        set: SetId,
        /// Whether [`NESTED`] is written.
        nested: bool,
    },
    /// A nest of the attributes of a set, without its header.
    Attrs(SetId),
    /// A type that depends on the value of another field.
    Dispatch {
        /// The other field.
        selector: SelectorField,
        /// The type for each of its values.
        table: HashMap<SelectorKey, AttrType>,
    },
    /// A nest whose attributes are the elements of a list, in order.
    Array {
        /// The type of each element.
        of: Box<AttrType>,
        /// The attribute type that all elements are written with; otherwise 1, 2, 3 and so on.
        id: Option<u16>,
    },
    /// A nest whose attributes are the elements of a list, each with its number.
    Indexed(Box<AttrType>),
    /// A nest of names and prefixes of names, in order. A prefix is text with an appended
    /// [`WILDCARD`](crate::codec::WILDCARD).
    Patterns {
        /// The attribute type of a name.
        name: u16,
        /// The attribute type of a prefix.
        prefix: u16,
    },
    /// An attribute that may occur many times.
    Repeated(Box<AttrType>),
    /// Values of a fixed width back to back.
    FixedArray(FixedType),
    /// Headers back to back.
    StructArray(SetId),
    /// Entries that begin with their own length, like `struct rtnexthop`.
    LengthPrefixed(SetId),
}

impl AttrType {
    /// The flag bits that an attribute of this type is written with.
    #[must_use]
    pub fn flags(&self) -> u16 {
        match self {
            Self::Set { nested: true, .. }
            | Self::Binary { nested: true }
            | Self::Attrs(_)
            | Self::Array { .. }
            | Self::Indexed(_)
            | Self::Patterns { .. } => NESTED,
            _ => 0,
        }
    }

    /// Calls `visit` with this type and every type inside it, sets excepted.
    pub(super) fn visit<'t>(&'t self, visit: &mut impl FnMut(&'t Self)) {
        visit(self);
        match self {
            Self::Array { of, .. } | Self::Indexed(of) | Self::Repeated(of) => of.visit(visit),
            Self::Dispatch { table, .. } => table.values().for_each(|ty| ty.visit(visit)),
            _ => {}
        }
    }

    /// The set that this type itself refers to.
    pub(super) const fn set(&self) -> Option<SetId> {
        match self {
            Self::Set { set, .. }
            | Self::Attrs(set)
            | Self::StructArray(set)
            | Self::LengthPrefixed(set) => Some(*set),
            _ => None,
        }
    }
}

/// The name of a field that sets refer to from inside, as a number; the names are the caller's.
pub type OuterField = usize;

/// The field that the type of an attribute depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectorField {
    /// A field of the same set.
    Own(FieldIndex),
    /// The field of this name of the nearest enclosing set that has one. An inline set is enclosed
    /// by the set that contains it.
    Outer(OuterField),
}

/// A value of a selector.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SelectorKey {
    /// Text or bytes.
    Bytes(Vec<u8>),
    /// An integer; that of an enum value.
    Int(i128),
}

impl From<Number> for SelectorKey {
    fn from(number: Number) -> Self {
        Self::Int(number.into())
    }
}
