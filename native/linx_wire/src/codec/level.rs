//! Levels of nesting, as far as selectors of enclosing sets are concerned.

use crate::schema::{AttrSet, FieldIndex, SelectorField};

/// A struct that is being encoded, decoded or searched.
pub(super) trait Enclosed<'s>: Sized {
    /// Its set.
    fn set(&self) -> &'s AttrSet;

    /// The struct that encloses it.
    fn parent(&self) -> Option<&Self>;

    /// The level that has a selector, and its field there.
    fn find(&self, selector: SelectorField) -> Option<(&Self, FieldIndex)> {
        match selector {
            SelectorField::Own(field) => Some((self, field)),
            SelectorField::Outer(name) => {
                let mut level = self.parent()?;
                loop {
                    match level.set().outer_field(name) {
                        Some(field) => return Some((level, field)),
                        None => level = level.parent()?,
                    }
                }
            }
        }
    }
}
