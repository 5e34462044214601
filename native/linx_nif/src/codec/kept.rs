//! Structs that are made by changing others.
//!
//! A struct with keys of its own is twice as large as one that shares them, and
//! the VM shares them only where it puts a value into a struct that is there.
//! The objects of a dump differ from the one before in a few values, but often in
//! the same ones: routes in their destination, and by turns in their gateway. So
//! of those with keys of their own some are kept, one for each set of values that
//! vary little, and the next is made from the one that differs least.

use std::hash::{Hash, Hasher};

use linx_wire::schema::Slot;
use rustler::Term;

/// A struct with so many new values at most is made by changing the one before, value by value:
/// each change copies the values, but not the keys, which are as many again and are compared.
pub(super) const PATCHES: usize = 2;

/// How many structs with keys of their own are kept to be changed into others: more than there
/// are gateways, or links, among which the objects of a dump take turns.
const KEPT: usize = 64;

/// Structs of the first set that have keys of their own, to be changed into others.
#[derive(Default)]
pub(super) struct Kept<'a> {
    /// They and their values, by a hash of the values that vary little.
    structs: Vec<Option<(Term<'a>, Vec<Term<'a>>)>>,
    /// The values of the first struct. All others differ from it in slots of `varying` alone.
    first: Vec<Term<'a>>,
    /// The slots that were seen to vary and how often, the most often first.
    varying: Vec<(Slot, usize)>,
}

/// In which slots two structs differ, and how many these are.
pub(super) struct Patch {
    slots: [Slot; PATCHES],
    len: usize,
}

impl Patch {
    pub(super) fn slots(&self) -> &[Slot] {
        self.slots.get(..self.len).unwrap_or_default()
    }
}

impl<'a> Kept<'a> {
    /// Learns which slots vary from the values of a struct.
    pub(super) fn compare(&mut self, values: &[Term<'a>]) {
        if self.first.is_empty() {
            self.structs.resize_with(KEPT, || None);
            self.first.extend_from_slice(values);
        }
        for (slot, (one, other)) in self.first.iter().zip(values).enumerate() {
            if !same(*one, *other) {
                note(&mut self.varying, slot);
            }
        }
    }

    /// The same from the slots in which a struct differs from another that was learned from.
    pub(super) fn note(&mut self, slots: &[Slot]) {
        for slot in slots {
            note(&mut self.varying, *slot);
        }
    }

    /// Where a struct of these values belongs.
    pub(super) fn place(&self, values: &[Term<'a>]) -> usize {
        let mut hash = Mixed::default();
        for (slot, _) in self.varying.iter().skip(PATCHES) {
            values.get(*slot).map(Term::as_c_arg).hash(&mut hash);
        }
        hash.place()
    }

    /// A struct at this place that differs in no more than [`PATCHES`] slots, and these.
    pub(super) fn near(&self, place: usize, values: &[Term<'a>]) -> Option<(Term<'a>, Patch)> {
        let (strukt, its) = self.structs.get(place)?.as_ref()?;
        let mut patch = Patch { slots: [0; PATCHES], len: 0 };
        for (slot, _) in &self.varying {
            if !same(*its.get(*slot)?, *values.get(*slot)?) {
                *patch.slots.get_mut(patch.len)? = *slot;
                patch.len += 1;
            }
        }
        Some((*strukt, patch))
    }

    pub(super) fn keep(&mut self, place: usize, strukt: Term<'a>, values: &[Term<'a>]) {
        if let Some(kept) = self.structs.get_mut(place) {
            *kept = Some((strukt, values.to_vec()));
        }
    }
}

/// A hash of a few words: better ones take longer than what it is for.
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
    /// The upper bits depend on all others.
    fn place(&self) -> usize {
        usize::try_from(self.0 >> 32).unwrap_or(0) % KEPT
    }
}

/// Counts one more for a slot, and moves it up where it belongs.
fn note(counts: &mut Vec<(Slot, usize)>, slot: Slot) {
    let at = counts.iter().position(|(counted, _)| *counted == slot).unwrap_or_else(|| {
        counts.push((slot, 0));
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

/// Whether two terms are one: an immediate, or at the same place.
fn same(one: Term, other: Term) -> bool {
    one.as_c_arg() == other.as_c_arg()
}
