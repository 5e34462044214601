//! Shares of the receive buffer: each request that is sent holds some for its unread reply, and
//! others wait for them. Without this bound, the kernel would drop replies of callers that send
//! while another caller reads slowly or waits for a lock of the kernel.

use std::collections::VecDeque;

/// How many shares the receive buffer has. A share of the default buffer (`net.core.rmem_default`)
/// is 13 KiB; a usual reply takes 1 to 5 KiB.
const SHARES: usize = 16;
/// The shares of a batch, whose refusals may take up half of the buffer
/// (`Linx.Netlink.Batch`).
pub(super) const BATCH: usize = SHARES / 2;

/// The shares' holders, and the queue of requests that wait for shares, in order of arrival.
#[derive(Debug, Default)]
pub(super) struct BufferShares {
    holders: Vec<Holder>,
    queue: VecDeque<(u32, usize)>,
}

#[derive(Debug)]
struct Holder {
    seq: u32,
    shares: usize,
    /// The number of the read during which the request was sent.
    sent: Option<u64>,
}

impl BufferShares {
    /// Gives shares to a request if they are free and no other waits; queues the request otherwise.
    pub(super) fn acquire(&mut self, seq: u32, shares: usize) -> bool {
        self.queue.push_back((seq, shares));
        self.grant().contains(&seq)
    }

    /// Records that a request was sent during the read of this number.
    pub(super) fn sent(&mut self, seq: u32, read: u64) {
        if let Some(holder) = self.holders.iter_mut().find(|holder| holder.seq == seq) {
            holder.sent = Some(read);
        }
    }

    /// Takes back a request's shares, or removes it from the queue. Returns the requests that were
    /// granted shares by that.
    pub(super) fn release(&mut self, seq: u32) -> Vec<u32> {
        self.holders.retain(|holder| holder.seq != seq);
        self.queue.retain(|&(queued, _)| queued != seq);
        self.grant()
    }

    /// Records that the read of this number found the receive queue empty: no request that was sent
    /// before has an unread reply. Returns the requests that were granted shares by that.
    pub(super) fn on_empty_queue(&mut self, read: u64) -> Vec<u32> {
        self.holders.retain(|holder| holder.sent.is_none_or(|sent| sent >= read));
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
