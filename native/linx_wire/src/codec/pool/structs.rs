//! Structs of one set.

use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use super::{Identify, PATCHES, Patch, Usage, same};
use crate::schema::FieldIndex;

/// How many structs are pooled: more than the gateways or links that the objects of a dump usually
/// alternate between.
const POOLED: usize = 64;

/// After this many patches the fields that change are known.
const LEARNING: usize = 1024;

/// Structs of the first set with keys of their own. Values are compared by `I`.
#[derive(Debug)]
pub struct StructPool<T, I> {
    /// Structs and their values, by a hash of the values that rarely change.
    structs: Vec<Option<(T, Vec<T>)>>,
    /// The values of the first struct. All others differ from it in `volatile` fields only.
    first: Vec<T>,
    /// The fields that have changed, with the number of changes, most often first.
    volatile: Vec<(FieldIndex, usize)>,
    /// How many patches have been recorded.
    recorded: usize,
    usage: Usage,
    identify: PhantomData<I>,
}

impl<T, I> Default for StructPool<T, I> {
    fn default() -> Self {
        Self {
            structs: Vec::new(),
            first: Vec::new(),
            volatile: Vec::new(),
            recorded: 0,
            usage: Usage::default(),
            identify: PhantomData,
        }
    }
}

impl<T: Copy, I: Identify<T>> StructPool<T, I> {
    /// Whether the pool is switched off.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        self.usage.is_off()
    }

    /// Records the fields in which a struct of these values differs from the first one.
    pub fn learn(&mut self, values: &[T]) {
        if self.first.is_empty() {
            self.structs.resize_with(POOLED, || None);
            self.first.extend_from_slice(values);
        }
        for (field, (one, other)) in self.first.iter().zip(values).enumerate() {
            if !same::<T, I>(*one, *other) {
                count(&mut self.volatile, field);
            }
        }
    }

    /// Records fields that have changed.
    pub fn record(&mut self, fields: &[FieldIndex]) {
        if self.recorded >= LEARNING {
            return;
        }
        self.recorded += 1;
        for field in fields {
            count(&mut self.volatile, *field);
        }
    }

    /// The bucket of a struct of these values.
    pub fn bucket(&self, values: &[T]) -> usize {
        let mut hash = Mixed::default();
        for (field, _) in self.volatile.iter().skip(PATCHES) {
            values.get(*field).map(|value| I::identity(*value)).hash(&mut hash);
        }
        hash.bucket()
    }

    /// The struct in a bucket if it differs in no more than [`PATCHES`] fields, and those.
    pub fn nearest(&mut self, bucket: usize, values: &[T]) -> Option<(T, Patch)> {
        let nearest = self.in_bucket(bucket, values);
        self.usage.count(nearest.is_some());
        nearest
    }

    fn in_bucket(&self, bucket: usize, values: &[T]) -> Option<(T, Patch)> {
        let (term, its) = self.structs.get(bucket)?.as_ref()?;
        let mut patch = Patch { fields: [0; PATCHES], len: 0 };
        for (field, _) in &self.volatile {
            if !same::<T, I>(*its.get(*field)?, *values.get(*field)?) {
                *patch.fields.get_mut(patch.len)? = *field;
                patch.len += 1;
            }
        }
        Some((*term, patch))
    }

    /// Puts a struct into a bucket.
    pub fn add(&mut self, bucket: usize, term: T, values: &[T]) {
        if let Some(pooled) = self.structs.get_mut(bucket) {
            *pooled = Some((term, values.to_vec()));
        }
    }
}

/// A hash of a few words. A better one would take longer than it saves.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        let (words, _) = bytes.as_chunks();
        for word in words {
            self.0 = (self.0 ^ u64::from_ne_bytes(*word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Mixed {
    /// From the upper bits, which depend on all others.
    fn bucket(&self) -> usize {
        usize::try_from(self.0 >> 32).unwrap_or(0) % POOLED
    }
}

/// Counts a change of a field, and keeps the counts in descending order.
fn count(counts: &mut Vec<(FieldIndex, usize)>, field: FieldIndex) {
    let at = counts.iter().position(|(counted, _)| *counted == field).unwrap_or_else(|| {
        counts.push((field, 0));
        counts.len() - 1
    });
    if let Some((_, count)) = counts.get_mut(at) {
        *count += 1;
    }
    if let Some([before, this]) = at.checked_sub(1).and_then(|before| counts.get_mut(before..=at))
        && before.1 < this.1
    {
        std::mem::swap(before, this);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Number;
    use super::*;

    type Pool = StructPool<usize, Number>;

    /// Takes values as a builder does. Returns the struct that they are patched from, and the fields.
    fn take(pool: &mut Pool, term: usize, values: &[usize]) -> Option<(usize, Vec<usize>)> {
        pool.learn(values);
        let bucket = pool.bucket(values);
        let found = pool.nearest(bucket, values);
        if found.is_none() {
            pool.add(bucket, term, values);
        }
        found.map(|(near, patch)| (near, patch.fields().to_vec()))
    }

    #[test]
    fn the_nearest_struct_differs_in_two_fields_at_most() {
        let mut pool = Pool::default();
        assert_eq!(take(&mut pool, 100, &[1, 2, 3, 4]), None);
        assert_eq!(take(&mut pool, 101, &[1, 2, 3, 5]), Some((100, vec![3])));
        assert_eq!(take(&mut pool, 102, &[1, 2, 6, 5]), Some((100, vec![3, 2])));
        assert_eq!(take(&mut pool, 103, &[1, 7, 6, 5]), None, "three fields differ");
        assert_eq!(take(&mut pool, 104, &[1, 7, 6, 8]), Some((103, vec![3])));
    }

    #[test]
    fn structs_that_alternate_in_rare_fields_have_buckets_of_their_own() {
        let mut pool = Pool::default();
        for n in 0..1000 {
            let values = [n, n + 1, n % 3, 7 * (n % 3)];
            let found = take(&mut pool, n, &values);
            if n > 50 {
                let (near, fields) = found.unwrap();
                assert_eq!(near % 3, n % 3);
                assert_eq!(fields.len(), 2);
            }
        }
        assert!(!pool.is_off());
    }

    #[test]
    fn a_pool_that_finds_nothing_is_switched_off() {
        let mut pool = Pool::default();
        for n in 0..Usage::SAMPLE {
            assert!(!pool.is_off());
            take(&mut pool, n, &[n, n, n, n]);
        }
        assert!(pool.is_off());
    }
}
