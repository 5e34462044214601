//! Pools of values, which a [`ValueBuilder`](super::decode::ValueBuilder) may hold.
//!
//! A struct that shares the keys of another one takes half the memory, and where a value of it can only
//! be shared by putting another value into an existing struct, it is made so. The objects of a dump
//! differ from the one before in a few values, and often in the same fields: routes in their
//! destination, and alternately in their gateway. So up to 64 structs with keys of their own are pooled,
//! hashed by the fields that rarely change ([`StructPool`]); of a nested set the last struct is kept
//! ([`Last`]); and payloads with their values ([`PayloadPool`]). A pool that seldom has a value takes a
//! tenth of the time of decoding for nothing: it switches itself off ([`Usage`]).

use std::hash::Hash;

use crate::schema::FieldIndex;

pub use last::Last;
pub use payloads::PayloadPool;
pub use structs::StructPool;

mod last;
mod payloads;
mod structs;

/// Identifies values: two of them are equal if their identities are, and may be equal if not.
pub trait Identify<T> {
    /// What identifies a value.
    type Identity: Eq + Hash;
    /// The identity of a value.
    fn identity(value: T) -> Self::Identity;
}

/// The most values that are patched in a struct. Each patch copies all values, but not the keys,
/// which are as many and would be compared.
pub const PATCHES: usize = 2;

/// How often a pool was asked and had a value. It is worth its time if that is one time in four.
#[derive(Debug, Default)]
pub struct Usage {
    asked: usize,
    found: usize,
    off: bool,
}

impl Usage {
    /// How many questions decide.
    const SAMPLE: usize = 256;

    /// That of a pool that is switched off.
    #[must_use]
    pub const fn off() -> Self {
        Self { asked: 0, found: 0, off: true }
    }

    /// Whether the pool is switched off.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        self.off
    }

    /// Counts a question.
    pub fn count(&mut self, found: bool) {
        self.asked += 1;
        self.found += usize::from(found);
        if self.asked == Self::SAMPLE {
            self.off = self.found < Self::SAMPLE / 4;
            (self.asked, self.found) = (0, 0);
        }
    }
}

/// The fields in which two structs differ.
#[derive(Debug, PartialEq, Eq)]
pub struct Patch {
    fields: [FieldIndex; PATCHES],
    len: usize,
}

impl Patch {
    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &[FieldIndex] {
        self.fields.get(..self.len).unwrap_or_default()
    }
}

/// Whether two values are identical.
fn same<T, I: Identify<T>>(one: T, other: T) -> bool {
    I::identity(one) == I::identity(other)
}

#[cfg(test)]
mod tests {
    use super::Identify;

    /// Values that are their own identities.
    pub(super) struct Number;

    impl Identify<usize> for Number {
        type Identity = usize;

        fn identity(value: usize) -> usize {
            value
        }
    }
}
