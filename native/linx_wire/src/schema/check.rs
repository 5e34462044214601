//! Consistency of schemas.

use thiserror::Error;

use super::{
    AttrSet, AttrType, FieldIndex, FixedType, HeaderField, Selector, SelectorField, SetId,
};
use crate::scalar::Scalar;

/// A contradiction in a schema, with the set that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SchemaError {
    /// The set refers to one that does not exist.
    #[error("set {0} refers to a set that does not exist")]
    NoSet(SetId),
    /// An inline set has a header, inline sets or a field for unknown attributes.
    #[error("inline set {0} has more than attributes")]
    InlineSet(SetId),
    /// The set has an array of structs with attributes, or without a size.
    #[error("set {0} has an array of structs that are not just a header")]
    StructArray(SetId),
    /// The set has a list of length-prefixed entries that do not begin with a `u16`.
    #[error("set {0} has length-prefixed entries that do not begin with their length")]
    LengthPrefixed(SetId),
    /// The set has an array of values without a width.
    #[error("set {0} has an array of values without a width")]
    FixedArray(SetId),
    /// The set has a selector that does not exist, or is no integer, string or binary.
    #[error("set {0} has a selector that is no integer, string or binary")]
    Selector(SetId),
    /// The set has more attributes than its tables can count.
    #[error("set {0} has too many attributes")]
    TooManyAttrs(SetId),
}

impl AttrSet {
    pub(super) fn check(&self, id: SetId, sets: &[Self]) -> Result<(), SchemaError> {
        for inline in &self.inline_sets {
            let inner = sets.get(inline.set).ok_or(SchemaError::NoSet(id))?;
            if inner.size > 0 || !inner.inline_sets.is_empty() || inner.unknown.is_some() {
                return Err(SchemaError::InlineSet(inline.set));
            }
        }
        for attr in &self.attrs {
            let mut checked = Ok(());
            attr.ty.visit(&mut |ty| {
                if checked.is_ok() {
                    checked = self.check_type(id, ty, sets);
                }
            });
            checked?;
        }
        let selects = |&(_, field): &(usize, usize)| self.can_select(field);
        if self.outer_fields.iter().all(selects) { Ok(()) } else { Err(SchemaError::Selector(id)) }
    }

    fn check_type(&self, id: SetId, ty: &AttrType, sets: &[Self]) -> Result<(), SchemaError> {
        if ty.set().is_some_and(|set| set >= sets.len()) {
            return Err(SchemaError::NoSet(id));
        }
        match ty {
            AttrType::StructArray(set) => match sets.get(*set) {
                Some(set) if set.size > 0 && set.attrs.is_empty() && set.inline_sets.is_empty() => {
                    Ok(())
                }
                _ => Err(SchemaError::StructArray(id)),
            },
            AttrType::LengthPrefixed(set) => {
                match sets.get(*set).and_then(|set| set.header.first()) {
                    Some(HeaderField { offset: 0, ty: FixedType::Plain(Scalar::U16), .. }) => {
                        Ok(())
                    }
                    _ => Err(SchemaError::LengthPrefixed(id)),
                }
            }
            AttrType::FixedArray(ty) if ty.width() == 0 => Err(SchemaError::FixedArray(id)),
            AttrType::Dispatch { selector: SelectorField::Own(field), .. }
                if !self.can_select(*field) =>
            {
                Err(SchemaError::Selector(id))
            }
            _ => Ok(()),
        }
    }

    /// Whether the type of an attribute may depend on this field.
    #[must_use]
    pub fn can_select(&self, field: FieldIndex) -> bool {
        match self.selector(field) {
            Some(Selector::Header(_)) => true,
            Some(Selector::Attr(_, attr)) => matches!(
                attr.ty,
                AttrType::Fixed(_)
                    | AttrType::String
                    | AttrType::Binary { .. }
                    | AttrType::Uint
                    | AttrType::Sint
                    | AttrType::NamedInt(_)
            ),
            None => false,
        }
    }
}
