//! Values that cannot be encoded. A fault refers to sets, fields and names by index, and holds the
//! value itself: the text is the caller's.

use crate::attr::TooLong;
use crate::scalar::Scalar;
use crate::schema::{FieldIndex, NameId, SetId};

/// A value of the type `T` that the schema cannot encode, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault<T> {
    /// The set.
    pub set: SetId,
    /// The field of the set.
    pub field: FieldIndex,
    /// The problem of the field's value.
    pub problem: Problem<T>,
}

/// The problem of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem<T> {
    /// The value has the wrong type.
    Type {
        /// The type that is expected.
        expected: Expected,
        /// The value.
        value: T,
    },
    /// An integer does not fit its width.
    Range {
        /// The integer, or the names that stand for it.
        value: T,
        /// The width.
        scalar: Scalar,
    },
    /// A string has a NUL byte.
    Nul,
    /// A dispatch has no type for the value of its selector.
    NoType {
        /// The set of the selector.
        set: SetId,
        /// The selector.
        selector: FieldIndex,
        /// The value of the selector.
        value: T,
    },
    /// No enclosing set has the selector of a dispatch.
    NoSelector,
    /// A payload exceeds 16 bits of length.
    TooLong(TooLong),
    /// Sets are nested deeper than [`MAX_DEPTH`](crate::schema::MAX_DEPTH).
    TooDeep,
}

impl<T> From<TooLong> for Problem<T> {
    fn from(long: TooLong) -> Self {
        Self::TooLong(long)
    }
}

/// The type that is expected of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// An integer.
    Integer,
    /// An integer or one of these names.
    IntegerOrName(Vec<NameId>),
    /// Bytes.
    Binary,
    /// This number of bytes.
    BinaryOf(usize),
    /// Text.
    String,
    /// A truth value, or none.
    Flag,
    /// A list.
    List,
    /// A pair of value and selector.
    Bitfield32,
    /// A pair of an attribute type and a payload.
    Attribute,
    /// An attribute type, as an integer.
    AttributeType,
    /// A pair of an attribute number and a value.
    NumberedValue,
    /// An attribute number: an integer of 14 bits.
    AttributeNumber,
    /// An IP address.
    Ip,
    /// A hardware address of 6 bytes.
    Mac,
    /// A hardware address of 6 bytes or a link-layer address.
    LinkAddress,
    /// An IP address, a port, and a scope id if it is an IPv6 address that has one; or bytes.
    SockAddr,
    /// A link-layer address of at most 8 bytes.
    PacketHw,
    /// A struct of this set.
    Struct(SetId),
    /// A struct that has this field.
    StructWithField(FieldIndex),
}

/// A problem of the current field, or a fault of a field further inside.
pub(super) enum Unlocated<T> {
    Here(Problem<T>),
    Inside(Fault<T>),
}

impl<T> Unlocated<T> {
    /// The fault, if the current field is this one.
    pub(super) fn in_field(self, set: SetId, field: FieldIndex) -> Fault<T> {
        match self {
            Self::Inside(fault) => fault,
            Self::Here(problem) => Fault { set, field, problem },
        }
    }
}

impl<T> From<Problem<T>> for Unlocated<T> {
    fn from(problem: Problem<T>) -> Self {
        Self::Here(problem)
    }
}

impl<T> From<Fault<T>> for Unlocated<T> {
    fn from(fault: Fault<T>) -> Self {
        Self::Inside(fault)
    }
}

impl<T> From<TooLong> for Unlocated<T> {
    fn from(long: TooLong) -> Self {
        Self::Here(long.into())
    }
}
