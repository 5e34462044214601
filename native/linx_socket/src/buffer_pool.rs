//! A pool of one buffer for large replies.
//!
//! Newly allocated megabytes cost a page fault for every four kilobytes, as much time as the
//! kernel needs to copy data into them.

use std::sync::{Mutex, PoisonError};

/// Smallest and largest capacity worth pooling.
const SMALLEST: usize = 64 << 10;
const LARGEST: usize = 8 << 20;

static POOL: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// An empty buffer, with capacity if one was in the pool.
#[must_use]
pub fn acquire() -> Vec<u8> {
    std::mem::take(&mut *POOL.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Returns a buffer to the pool, which keeps the larger one.
pub fn release(mut buffer: Vec<u8>) {
    if (SMALLEST..=LARGEST).contains(&buffer.capacity()) {
        let mut pooled = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.capacity() > pooled.capacity() {
            buffer.clear();
            std::mem::swap(&mut buffer, &mut pooled);
        }
    }
}
