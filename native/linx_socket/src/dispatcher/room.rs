//! Room in the receive buffer for the replies of requests that have been sent, and the requests
//! that wait for some. Without a bound, callers that send while another one reads slowly, or waits
//! for a lock of the kernel, would have their replies dropped.

use std::collections::VecDeque;

/// How many shares the receive buffer has. Of the default one (`net.core.rmem_default`) a share is
/// 13 KiB; a usual reply takes up 1 to 5.
const SHARES: usize = 16;
/// The shares of a batch, whose refusals may take up half of the buffer
/// (`Linx.Netlink.Batch`).
pub(super) const BATCH: usize = SHARES / 2;

/// The shares, who has them and who waits for them, first come first served.
#[derive(Debug, Default)]
pub(super) struct Room {
    holders: Vec<Holder>,
    queue: VecDeque<(u32, usize)>,
}

#[derive(Debug)]
struct Holder {
    seq: u32,
    shares: usize,
    /// The reading during which the request had been sent.
    sent: Option<u64>,
}

impl Room {
    /// Gives shares to a request if they are free and nobody waits; queues the request otherwise.
    pub(super) fn acquire(&mut self, seq: u32, shares: usize) -> bool {
        self.queue.push_back((seq, shares));
        self.grant().contains(&seq)
    }

    /// The request was sent during this reading.
    pub(super) fn sent(&mut self, seq: u32, reading: u64) {
        if let Some(holder) = self.holders.iter_mut().find(|holder| holder.seq == seq) {
            holder.sent = Some(reading);
        }
    }

    /// Takes a request's shares, or its place in the queue. Returns the requests that have got
    /// theirs by that.
    pub(super) fn release(&mut self, seq: u32) -> Vec<u32> {
        self.holders.retain(|holder| holder.seq != seq);
        self.queue.retain(|&(queued, _)| queued != seq);
        self.grant()
    }

    /// The receive queue was found empty in this reading: what was sent before has no reply in it.
    pub(super) fn is_empty(&mut self, reading: u64) -> Vec<u32> {
        self.holders.retain(|holder| holder.sent.is_none_or(|sent| sent >= reading));
        self.grant()
    }

    fn grant(&mut self) -> Vec<u32> {
        let mut free =
            self.holders.iter().fold(SHARES, |free, holder| free.saturating_sub(holder.shares));
        let mut granted = Vec::new();
        while let Some(&(seq, shares)) = self.queue.front().filter(|(_, shares)| *shares <= free) {
            self.queue.pop_front();
            free -= shares;
            self.holders.push(Holder { seq, shares, sent: None });
            granted.push(seq);
        }
        granted
    }
}
