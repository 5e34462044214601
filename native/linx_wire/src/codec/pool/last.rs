//! The last struct of a set.

use std::marker::PhantomData;

use super::{Identify, PATCHES, Patch, Usage, same};
use crate::schema::FieldIndex;

/// The last struct of a nested set: the elements of a list differ from the one before in few values,
/// too.
#[derive(Debug)]
pub struct Last<T, I> {
    term: Option<T>,
    values: Vec<T>,
    usage: Usage,
    identify: PhantomData<I>,
}

impl<T, I> Default for Last<T, I> {
    fn default() -> Self {
        Self { term: None, values: Vec::new(), usage: Usage::default(), identify: PhantomData }
    }
}

impl<T: Copy, I: Identify<T>> Last<T, I> {
    /// Whether it pays to ask for the last struct.
    pub const fn is_on(&self) -> bool {
        !self.usage.is_off()
    }

    /// The last struct if these values differ from its own in no more than [`PATCHES`] fields, and
    /// those.
    pub fn near(&mut self, values: &[T]) -> Option<(T, Patch)> {
        let patch = self.patch(values);
        self.usage.count(patch.is_some());
        self.term.zip(patch)
    }

    fn patch(&self, values: &[T]) -> Option<Patch> {
        let mut patch = Patch { fields: [0; PATCHES], len: 0 };
        for (field, (its, value)) in self.values.iter().zip(values).enumerate() {
            if !same::<T, I>(*its, *value) {
                *patch.fields.get_mut(patch.len)? = field;
                patch.len += 1;
            }
        }
        Some(patch)
    }

    /// The last struct, with the fields in which these values differ from its own: any number of them.
    pub fn differing(&self, values: &[T], fields: &mut Vec<FieldIndex>) -> Option<T> {
        fields.clear();
        let pairs = self.values.iter().zip(values).enumerate();
        fields.extend(
            pairs.filter(|(_, (its, value))| !same::<T, I>(**its, **value)).map(|(field, _)| field),
        );
        self.term
    }

    /// Replaces the last struct.
    pub fn replace(&mut self, term: T, values: &[T]) {
        self.term = Some(term);
        self.values.clear();
        self.values.extend_from_slice(values);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Number;
    use super::*;

    #[test]
    fn the_last_struct_is_near_if_two_fields_differ_at_most() {
        let mut last = Last::<usize, Number>::default();
        assert!(last.near(&[1, 2, 3]).is_none());
        last.replace(10, &[1, 2, 3]);
        let fields = |last: &mut Last<usize, Number>, values| {
            last.near(values).map(|(term, patch)| (term, patch.fields().to_vec()))
        };
        assert_eq!(fields(&mut last, &[1, 2, 3]), Some((10, vec![])));
        assert_eq!(fields(&mut last, &[4, 2, 5]), Some((10, vec![0, 2])));
        assert_eq!(fields(&mut last, &[4, 6, 5]), None);
        let mut fields = Vec::new();
        assert_eq!(last.differing(&[4, 6, 5], &mut fields), Some(10));
        assert_eq!(fields, vec![0, 1, 2]);
        assert_eq!(last.differing(&[1, 2, 3], &mut fields), Some(10));
        assert!(fields.is_empty());
        for _ in 0..Usage::SAMPLE {
            assert!(last.is_on());
            let _ = last.near(&[7, 8, 9]);
            if last.usage.asked == 0 {
                break;
            }
        }
        assert!(!last.is_on());
    }
}
