//! Makers of values, and the faults of decoding.

use thiserror::Error;

use crate::fault::BadLength;
use crate::scalar::Number;
use crate::schema::{FieldIndex, MAX_DEPTH, NameId, SetId};

/// Makes values.
pub trait ValueBuilder<'a> {
    /// A value; it may be used more than once.
    type Term: Copy;

    /// No value.
    fn nil(&mut self) -> Self::Term;
    /// The value of a flag that is present.
    fn flag(&mut self) -> Self::Term;
    /// An integer.
    fn number(&mut self, number: Number) -> Self::Term;
    /// A name of an enum value or a flag.
    fn name(&mut self, name: NameId) -> Self::Term;
    /// Text or bytes.
    fn bytes(&mut self, bytes: &'a [u8]) -> Self::Term;
    /// Text with an appended [`WILDCARD`](crate::codec::WILDCARD).
    fn wildcard(&mut self, text: &'a [u8]) -> Self::Term;
    /// An IP address of 4 or 16 bytes.
    fn ip(&mut self, bytes: &'a [u8]) -> Self::Term;
    /// A hardware address of 6 bytes.
    fn mac(&mut self, bytes: &'a [u8]) -> Self::Term;
    /// A link-layer address of another length, from 1 to
    /// [`MAX_ADDR_LEN`](crate::codec::MAX_ADDR_LEN) bytes.
    fn link_address(&mut self, bytes: &'a [u8]) -> Self::Term;
    /// A tuple.
    fn tuple(&mut self, elements: &[Self::Term]) -> Self::Term;
    /// A list.
    fn list(&mut self, items: &[Self::Term]) -> Self::Term;
    /// Appends the values of an empty struct, by field.
    fn push_defaults(&mut self, set: SetId, values: &mut Vec<Self::Term>);
    /// A struct of these values, by field.
    fn build_struct(&mut self, set: SetId, values: &[Self::Term]) -> Self::Term;
    /// Whether the values made so far exceed the caller's limit; `values` more are still to be put
    /// into a list or a struct.
    fn is_exhausted(&self, values: usize) -> bool {
        let _ = values;
        false
    }
    /// Like `build_struct`, for one of many structs of a set, which may resemble an earlier one.
    fn build_like(&mut self, set: SetId, values: &[Self::Term]) -> Self::Term {
        self.build_struct(set, values)
    }
    /// A struct of these values, which differ from those of `baseline` in `fields` only.
    fn patch(
        &mut self,
        set: SetId,
        baseline: Self::Term,
        values: &[Self::Term],
        fields: &[FieldIndex],
    ) -> Self::Term {
        let _ = (baseline, fields);
        self.build_like(set, values)
    }
}

/// Bytes that the schema cannot decode. No larger than a pointer, since every decoded value is
/// returned in place of one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// A length contradicts the bytes around it.
    #[error(transparent)]
    Length(Box<BadLength>),
    /// Sets are nested deeper than [`MAX_DEPTH`].
    #[error("attributes are nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// The value exceeds the builder's limit ([`ValueBuilder::is_exhausted`]).
    #[error("the value is too large")]
    Exhausted,
}

impl From<BadLength> for Fault {
    fn from(fault: BadLength) -> Self {
        Self::Length(Box::new(fault))
    }
}
