//! The buffer of a large reply, kept for the next one.
//!
//! Megabytes fresh from the system cost a page fault each four kilobytes, as
//! much as the kernel's copying into them.

use std::sync::{Mutex, PoisonError};

/// What is not worth keeping, and what is too much to keep.
const WORTH: usize = 64 << 10;
const MOST: usize = 8 << 20;

static SPARE: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// An empty buffer, with room if there was a spare one.
#[must_use]
pub fn take() -> Vec<u8> {
    std::mem::take(&mut *SPARE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Keeps a buffer that is not needed any more, if it is the better one.
pub fn give(mut buffer: Vec<u8>) {
    if (WORTH..=MOST).contains(&buffer.capacity()) {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.capacity() > spare.capacity() {
            buffer.clear();
            std::mem::swap(&mut buffer, &mut spare);
        }
    }
}
