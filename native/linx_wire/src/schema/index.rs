//! Lookup tables of sets.

use std::ops::Range;

use super::{AttrSet, AttrType, FieldIndex, HeaderField, Selector, SelectorField};
use crate::attr::TYPE_MASK;

/// The lookup tables of a set. A column is an index among the distinct attribute numbers of the set
/// and its inline sets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    /// The number of columns.
    pub(crate) columns: usize,
    /// By column: the indices of the set's attributes with that number.
    pub(crate) definitions: Vec<Vec<usize>>,
    /// By column: the indices of the set's attributes whose values depend on the first attribute
    /// with that number: those with that number, and those that it selects the type of.
    pub(crate) attrs_by_column: Vec<Vec<usize>>,
    /// Whether a value of the set can be patched: the value of each attribute follows from the
    /// first attributes of columns and from the header's `selector_ranges`, and there is no field
    /// for unknown attributes.
    pub(crate) patchable: bool,
    /// The ranges of the header that hold selectors.
    pub(crate) selector_ranges: Vec<Range<usize>>,
    /// By attribute number: its column plus one, or 0.
    column_by_number: Vec<u16>,
}

impl Index {
    /// The column of an attribute number.
    #[inline]
    pub(crate) fn column(&self, number: u16) -> Option<usize> {
        let column = self.column_by_number.get(usize::from(number))?;
        usize::from(*column).checked_sub(1)
    }

    /// The column of an attribute number, a new one if it has none; `None` if there are too many.
    fn add(&mut self, number: u16) -> Option<usize> {
        let at = usize::from(number);
        if self.column_by_number.len() <= at {
            self.column_by_number.resize(at + 1, 0);
        }
        let entry = self.column_by_number.get_mut(at)?;
        if *entry == 0 {
            *entry = u16::try_from(self.columns + 1).ok()?;
            self.columns += 1;
        }
        usize::from(*entry).checked_sub(1)
    }
}

impl AttrSet {
    /// Makes the lookup tables; `None` if there are too many attributes. `numbers` are the
    /// attribute numbers by set.
    pub(super) fn make_index(
        &mut self,
        numbers: &[Vec<u16>],
        contain_outer: &[bool],
        attr_count: &mut usize,
    ) -> Option<()> {
        let mut index = Index::default();
        for attr in &mut self.attrs {
            attr.column = index.add(attr.id & TYPE_MASK)?;
            attr.row_index = *attr_count;
            attr.is_self_contained = is_self_contained(&attr.ty, contain_outer);
            *attr_count += 1;
        }
        for inline in &mut self.inline_sets {
            let numbers = numbers.get(inline.set)?;
            inline.columns =
                numbers.iter().map(|number| index.add(*number)).collect::<Option<_>>()?;
        }
        index.definitions = vec![Vec::new(); index.columns];
        index.attrs_by_column = vec![Vec::new(); index.columns];
        index.patchable = self.unknown.is_none()
            && !self.inline_sets.iter().any(|inline| contain_outer.get(inline.set) != Some(&false));
        for (at, attr) in self.attrs.iter().enumerate() {
            index.definitions.get_mut(attr.column)?.push(at);
            index.attrs_by_column.get_mut(attr.column)?.push(at);
            if matches!(attr.ty, AttrType::Repeated(_)) || contains_outer(&attr.ty, contain_outer) {
                index.patchable = false;
            }
            for field in selectors(&attr.ty) {
                match self.selector(field)? {
                    Selector::Header(header) => index.selector_ranges.push(header.range()),
                    Selector::Attr(_, selector) => {
                        index.attrs_by_column.get_mut(selector.column)?.push(at);
                    }
                }
            }
        }
        self.index = index;
        Some(())
    }
}

impl HeaderField {
    /// The bytes of the header that hold it.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.ty.width()
    }
}

/// For each set: whether a type in it, or in a set inside it, depends on an outer field.
pub(super) fn contain_outer(sets: &[AttrSet]) -> Vec<bool> {
    let mut contain = vec![false; sets.len()];
    loop {
        let next: Vec<bool> = sets
            .iter()
            .map(|set| {
                set.attrs.iter().any(|attr| contains_outer(&attr.ty, &contain))
                    || set.inline_sets.iter().any(|inline| contain.get(inline.set) == Some(&true))
            })
            .collect();
        if next == contain {
            return contain;
        }
        contain = next;
    }
}

fn contains_outer(ty: &AttrType, contain_outer: &[bool]) -> bool {
    let mut found = false;
    ty.visit(&mut |ty| {
        found |= matches!(ty, AttrType::Dispatch { selector: SelectorField::Outer(_), .. })
            || ty.set().and_then(|set| contain_outer.get(set)).is_some_and(|outer| *outer);
    });
    found
}

/// Whether the payload alone determines a value of this type, once the type of a dispatch has been
/// selected.
fn is_self_contained(ty: &AttrType, contain_outer: &[bool]) -> bool {
    let has_dispatch = |ty: &AttrType| {
        let mut found = false;
        ty.visit(&mut |ty| found |= matches!(ty, AttrType::Dispatch { .. }));
        found
    };
    let inner = match ty {
        AttrType::Dispatch { table, .. } => table.values().any(has_dispatch),
        ty => has_dispatch(ty),
    };
    !inner && !contains_outer(ty, contain_outer)
}

/// The fields of the same set that select types in this type.
fn selectors(ty: &AttrType) -> Vec<FieldIndex> {
    let mut fields = Vec::new();
    ty.visit(&mut |ty| {
        if let AttrType::Dispatch { selector: SelectorField::Own(field), .. } = ty {
            fields.push(*field);
        }
    });
    fields
}
