//! What one request at a time may have, and the requests that wait for it.

use std::collections::VecDeque;

/// A place for one request, with a queue before it.
#[derive(Debug, Default)]
pub(super) struct Slot {
    holder: Option<u32>,
    queue: VecDeque<u32>,
}

impl Slot {
    /// The request that has the slot.
    pub(super) const fn holder(&self) -> Option<u32> {
        self.holder
    }

    /// Gives the slot to a request if it is free; queues the request otherwise.
    pub(super) fn acquire(&mut self, seq: u32) -> bool {
        if self.holder.is_none() {
            self.holder = Some(seq);
            return true;
        }
        self.queue.push_back(seq);
        false
    }

    /// Takes a request out of the slot, or of its queue. Returns the next holder, if the slot
    /// changed hands.
    pub(super) fn release(&mut self, seq: u32) -> Option<u32> {
        if self.holder == Some(seq) {
            self.holder = self.queue.pop_front();
            return self.holder;
        }
        self.queue.retain(|&queued| queued != seq);
        None
    }
}
