//! A pool of structs that share their keys.
//!
//! A struct that shares the key tuple of another one takes half the heap, and the VM shares it only
//! where it puts a value into an existing struct. The objects of a dump differ from the one before
//! in a few values, and often in the same fields: routes in their destination, and alternately in
//! their gateway. So up to 64 structs with a key tuple of their own are pooled, hashed by the
//! fields that rarely change, and the next struct is patched from the nearest one. Where few structs
//! are near to a pooled one, the pool takes a tenth of the time of decoding for nothing: it is
//! switched off then.

use std::hash::{Hash, Hasher};

use linx_wire::schema::FieldIndex;
use rustler::Term;

/// The most values that are patched in a struct. Each patch copies all values, but not the keys,
/// which are as many and would be compared.
pub(super) const PATCHES: usize = 2;

/// How many structs are pooled: more than the gateways or links that the objects of a dump usually
/// alternate between.
const POOLED: usize = 64;

/// After this many patches the fields that change are known.
const LEARNING: usize = 1024;

/// Structs of the first set with a key tuple of their own.
#[derive(Default)]
pub(super) struct StructPool<'a> {
    /// Structs and their values, by a hash of the values that rarely change.
    structs: Vec<Option<(Term<'a>, Vec<Term<'a>>)>>,
    /// The values of the first struct. All others differ from it in `volatile` fields only.
    first: Vec<Term<'a>>,
    /// The fields that have changed, with the number of changes, most often first.
    volatile: Vec<(FieldIndex, usize)>,
    /// How many patches have been recorded.
    recorded: usize,
    usage: Usage,
}

/// How often a pool was asked and had a value. It is worth its time if that is one time in four.
#[derive(Default)]
pub(super) struct Usage {
    asked: usize,
    found: usize,
    off: bool,
}

impl Usage {
    /// How many questions decide.
    const SAMPLE: usize = 256;

    pub(super) const fn off() -> Self {
        Self { asked: 0, found: 0, off: true }
    }

    pub(super) const fn is_off(&self) -> bool {
        self.off
    }

    pub(super) fn count(&mut self, found: bool) {
        self.asked += 1;
        self.found += usize::from(found);
        if self.asked == Self::SAMPLE {
            self.off = self.found < Self::SAMPLE / 4;
            (self.asked, self.found) = (0, 0);
        }
    }
}

/// The last struct of a nested set: the elements of a list differ from the one before in few values,
/// too.
#[derive(Default)]
pub(super) struct Last<'a> {
    term: Option<Term<'a>>,
    values: Vec<Term<'a>>,
    usage: Usage,
}

impl<'a> Last<'a> {
    /// Whether it pays to ask for the last struct.
    pub(super) const fn is_on(&self) -> bool {
        !self.usage.is_off()
    }

    /// The last struct if these values differ from its own in no more than [`PATCHES`] fields, and
    /// those.
    pub(super) fn near(&mut self, values: &[Term<'a>]) -> Option<(Term<'a>, Patch)> {
        let patch = self.patch(values);
        self.usage.count(patch.is_some());
        self.term.zip(patch)
    }

    fn patch(&self, values: &[Term<'a>]) -> Option<Patch> {
        let mut patch = Patch { fields: [0; PATCHES], len: 0 };
        for (field, (its, value)) in self.values.iter().zip(values).enumerate() {
            if !same(*its, *value) {
                *patch.fields.get_mut(patch.len)? = field;
                patch.len += 1;
            }
        }
        Some(patch)
    }

    /// Replaces the last struct.
    pub(super) fn replace(&mut self, term: Term<'a>, values: &[Term<'a>]) {
        self.term = Some(term);
        self.values.clear();
        self.values.extend_from_slice(values);
    }
}

/// The fields in which two structs differ.
pub(super) struct Patch {
    fields: [FieldIndex; PATCHES],
    len: usize,
}

impl Patch {
    pub(super) fn fields(&self) -> &[FieldIndex] {
        self.fields.get(..self.len).unwrap_or_default()
    }
}

impl<'a> StructPool<'a> {
    /// Whether the pool is switched off.
    pub(super) const fn is_off(&self) -> bool {
        self.usage.is_off()
    }

    /// Records the fields in which a struct of these values differs from the first one.
    pub(super) fn learn(&mut self, values: &[Term<'a>]) {
        if self.first.is_empty() {
            self.structs.resize_with(POOLED, || None);
            self.first.extend_from_slice(values);
        }
        for (field, (one, other)) in self.first.iter().zip(values).enumerate() {
            if !same(*one, *other) {
                count(&mut self.volatile, field);
            }
        }
    }

    /// Records fields that have changed.
    pub(super) fn record(&mut self, fields: &[FieldIndex]) {
        if self.recorded >= LEARNING {
            return;
        }
        self.recorded += 1;
        for field in fields {
            count(&mut self.volatile, *field);
        }
    }

    /// The bucket of a struct of these values.
    pub(super) fn bucket(&self, values: &[Term<'a>]) -> usize {
        let mut hash = Mixed::default();
        for (field, _) in self.volatile.iter().skip(PATCHES) {
            values.get(*field).map(Term::as_c_arg).hash(&mut hash);
        }
        hash.bucket()
    }

    /// The struct in a bucket if it differs in no more than [`PATCHES`] fields, and those.
    pub(super) fn nearest(
        &mut self,
        bucket: usize,
        values: &[Term<'a>],
    ) -> Option<(Term<'a>, Patch)> {
        let nearest = self.in_bucket(bucket, values);
        self.usage.count(nearest.is_some());
        nearest
    }

    fn in_bucket(&self, bucket: usize, values: &[Term<'a>]) -> Option<(Term<'a>, Patch)> {
        let (term, its) = self.structs.get(bucket)?.as_ref()?;
        let mut patch = Patch { fields: [0; PATCHES], len: 0 };
        for (field, _) in &self.volatile {
            if !same(*its.get(*field)?, *values.get(*field)?) {
                *patch.fields.get_mut(patch.len)? = *field;
                patch.len += 1;
            }
        }
        Some((*term, patch))
    }

    /// Puts a struct into a bucket.
    pub(super) fn add(&mut self, bucket: usize, term: Term<'a>, values: &[Term<'a>]) {
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

/// Whether two terms are identical: the same immediate, or the same address.
fn same(one: Term, other: Term) -> bool {
    one.as_c_arg() == other.as_c_arg()
}
