//! Slots: what one request at a time may hold, and the requests that wait for it.

use std::collections::VecDeque;

/// A slot for one request, with a queue of waiting requests.
#[derive(Debug, Default)]
pub(super) struct Slot {
    holder: Option<u32>,
    queue: VecDeque<u32>,
}

impl Slot {
    /// The request that holds the slot.
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

    /// Removes a request from the slot or from its queue. Returns the next holder, if the slot has
    /// a new one.
    pub(super) fn release(&mut self, seq: u32) -> Option<u32> {
        if self.holder == Some(seq) {
            self.holder = self.queue.pop_front();
            return self.holder;
        }
        self.queue.retain(|&queued| queued != seq);
        None
    }
}
