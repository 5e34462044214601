//! Payloads and their values.

use super::Usage;

/// How many payloads are pooled.
const PAYLOADS: usize = 64;

/// The values of payloads of one type: those of an object, and those of objects that follow each
/// other, are often the same.
#[derive(Debug)]
pub struct PayloadPool<'b, T> {
    /// By a hash of the payload.
    values: Vec<Option<(&'b [u8], T)>>,
    usage: Usage,
}

impl<'b, T: Copy> PayloadPool<'b, T> {
    /// An empty pool.
    #[must_use]
    pub fn new() -> Self {
        Self { values: vec![None; PAYLOADS], usage: Usage::default() }
    }

    /// A pool that is switched off.
    #[must_use]
    pub const fn off() -> Self {
        Self { values: Vec::new(), usage: Usage::off() }
    }

    /// The value of a payload if it is pooled, else the bucket for it; `None` if the pool is
    /// switched off.
    pub fn find(&mut self, payload: &[u8]) -> Option<Result<T, usize>> {
        if self.usage.is_off() {
            return None;
        }
        let add = |hash: usize, byte: &u8| hash.wrapping_mul(31).wrapping_add(usize::from(*byte));
        let bucket = payload.iter().fold(0, add) % PAYLOADS;
        let found = match self.values.get(bucket) {
            Some(Some((pooled, value))) if *pooled == payload => Some(*value),
            _ => None,
        };
        self.usage.count(found.is_some());
        Some(found.ok_or(bucket))
    }

    /// Puts a value into the bucket of its payload.
    pub fn put(&mut self, bucket: usize, payload: &'b [u8], value: T) {
        if let Some(pooled) = self.values.get_mut(bucket) {
            *pooled = Some((payload, value));
        }
    }
}

impl<T: Copy> Default for PayloadPool<'_, T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_have_their_values_until_others_replace_them() {
        let mut pool = PayloadPool::new();
        let Some(Err(bucket)) = pool.find(&[1, 2, 3, 4]) else { panic!() };
        pool.put(bucket, &[1, 2, 3, 4], "a");
        assert_eq!(pool.find(&[1, 2, 3, 4]), Some(Ok("a")));
        // The hashes of both are equal.
        assert_eq!(pool.find(&[0, 33, 3, 4]), Some(Err(bucket)));
        pool.put(bucket, &[0, 33, 3, 4], "b");
        assert_eq!(pool.find(&[1, 2, 3, 4]), Some(Err(bucket)));
        assert_eq!(PayloadPool::<&str>::off().find(&[1]), None);
    }

    #[test]
    fn a_pool_of_payloads_that_are_all_different_is_switched_off() {
        let payloads: Vec<[u8; 4]> = (0..256_u32).map(u32::to_be_bytes).collect();
        let mut pool = PayloadPool::new();
        for payload in &payloads {
            let Some(Err(bucket)) = pool.find(payload) else { panic!() };
            pool.put(bucket, payload, ());
        }
        assert_eq!(pool.find(&payloads[0]), None);
    }
}
