//! Waiting: callers that go outside until they are woken.

use super::request::CallerWait;
use super::{Dispatcher, Parked, Wait, Waker};

impl<W> Dispatcher<W> {
    /// The caller goes outside, to be woken; `None` if there is no such request, or its caller
    /// is dead.
    pub(super) fn park<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Option<Wait> {
        let request = self.requests.get_mut(&seq)?;
        if request.waiter.is_none() && !request.caller_dead {
            request.waiter = waker.register();
        }
        if request.waiter.is_none() || request.caller_dead {
            self.remove(waker, seq);
            return None;
        }
        request.in_nif = false;
        Some(Wait { token: request.token, progress: request.progress })
    }

    /// The caller has found the receive queue empty, and waits for its reply; `None` as with
    /// `park`.
    pub fn wait_for_reply<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
    ) -> Option<Parked> {
        let dump_runs = self.is_dump_running(seq)
            || self.requests.get(&seq).is_some_and(|request| request.traits.dump);
        let wait_for = if dump_runs { CallerWait::ForDump } else { CallerWait::Polling };
        self.wait_outside(waker, seq, wait_for)
    }

    /// The caller may not read, and waits until no other caller reads; `None` as with `park`.
    pub fn wait_for_reader<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
    ) -> Option<Parked> {
        self.wait_outside(waker, seq, CallerWait::ForReader)
    }

    /// The caller has read enough of another request's dump, and waits for the end of that dump or
    /// for its own reply; `None` as with `park`.
    pub fn wait_for_dump<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
    ) -> Option<Parked> {
        self.wait_outside(waker, seq, CallerWait::ForDump)
    }

    fn wait_outside<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        seq: u32,
        wait_for: CallerWait,
    ) -> Option<Parked> {
        let wait = self.park(waker, seq)?;
        if let Some(request) = self.requests.get_mut(&seq) {
            request.caller_wait = wait_for;
        }
        self.reader = self.reader.filter(|&reader| reader != seq);
        self.wake_ready(waker);
        Some(if wait_for == CallerWait::Polling {
            Parked::Poll(wait)
        } else {
            Parked::Blocked(wait)
        })
    }

    /// The caller yields its scheduler, and comes back at once; `None` as with `park`.
    pub fn pause<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) -> Option<Wait> {
        let wait = self.park(waker, seq)?;
        self.end_read(waker, seq);
        Some(wait)
    }

    /// The caller has polled the socket.
    pub fn polled<K: Waker<Waiter = W>>(&mut self, waker: &mut K, seq: u32) {
        if let Some(request) = self.requests.get_mut(&seq)
            && request.caller_wait == CallerWait::Polling
        {
            request.caller_wait = CallerWait::None;
            self.wake_ready(waker);
        }
    }
}
