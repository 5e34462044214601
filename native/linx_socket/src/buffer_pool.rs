//! The buffer of a large reply, pooled for the next one.
//!
//! Megabytes fresh from the system cost a page fault each four kilobytes, as
//! much as the kernel's copying into them.

use std::sync::{Mutex, PoisonError};

/// Smallest and largest capacity worth pooling.
const SMALLEST: usize = 64 << 10;
const LARGEST: usize = 8 << 20;

static SPARE: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// An empty buffer, with capacity if one was in the pool.
#[must_use]
pub fn acquire() -> Vec<u8> {
    std::mem::take(&mut *SPARE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Returns a buffer to the pool, which keeps the larger one.
pub fn release(mut buffer: Vec<u8>) {
    if (SMALLEST..=LARGEST).contains(&buffer.capacity()) {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.capacity() > spare.capacity() {
            buffer.clear();
            std::mem::swap(&mut buffer, &mut spare);
        }
    }
}
