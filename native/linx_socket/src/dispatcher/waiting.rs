//! Callers that go outside, to wait there until they are woken.

use super::request::Outside;
use super::{Dispatcher, Parked, Wait, Waker};

impl<W> Dispatcher<W> {
    /// The caller goes outside, to be woken; `None` if there is no such request, or its caller
    /// is dead.
    pub(super) fn park<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Option<Wait> {
        let request = self.requests.get_mut(&seq)?;
        if request.waiter.is_none() && !request.dead {
            request.waiter = waker.register();
        }
        if request.waiter.is_none() || request.dead {
            self.remove(waker, seq);
            return None;
        }
        request.inside = false;
        Some(Wait { token: request.token, progress: request.progress })
    }

    /// The caller has found the receive queue empty, and waits for its reply; `None` as with
    /// `park`.
    pub fn wait_for_reply<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
    ) -> Option<Parked> {
        let rests = self.is_dump_running(seq)
            || self.requests.get(&seq).is_some_and(|request| request.traits.dump);
        let outside = if rests { Outside::Resting } else { Outside::Polling };
        self.wait_outside(waker, seq, outside)
    }

    /// The caller could not read, and waits until nobody else does; `None` as with `park`.
    pub fn wait_for_reader<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
    ) -> Option<Parked> {
        self.wait_outside(waker, seq, Outside::Blocked)
    }

    /// The caller has read enough of another request's dump, and waits until that has ended, or
    /// its own reply has come; `None` as with `park`.
    pub fn wait_for_dump<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
    ) -> Option<Parked> {
        self.wait_outside(waker, seq, Outside::Resting)
    }

    fn wait_outside<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
        outside: Outside,
    ) -> Option<Parked> {
        let wait = self.park(waker, seq)?;
        if let Some(request) = self.requests.get_mut(&seq) {
            request.outside = outside;
        }
        self.reader = self.reader.filter(|&reader| reader != seq);
        self.settle(waker);
        Some(if outside == Outside::Polling { Parked::Poll(wait) } else { Parked::Blocked(wait) })
    }

    /// The caller goes outside for a moment, and comes back at once; `None` as with `park`.
    pub fn pause<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Option<Wait> {
        let wait = self.park(waker, seq)?;
        self.leave_reading(waker, seq);
        Some(wait)
    }

    /// The caller has polled the socket.
    pub fn polled<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) {
        if let Some(request) = self.requests.get_mut(&seq)
            && request.outside == Outside::Polling
        {
            request.outside = Outside::No;
            self.settle(waker);
        }
    }
}
