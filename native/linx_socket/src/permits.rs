//! Permits for calls that may have to wait in the kernel. Pure: no system call, no waiting.
//!
//! Such a call holds a thread of the VM while it waits for a lock of the kernel. There are fewer
//! permits than threads, so that other work always has some. A caller without a permit waits
//! outside in a queue; when its turn comes, a permit is reserved for it and it is woken. Callers
//! that continue a request go before those that begin one, since others may wait for the request.

use std::collections::VecDeque;

use crate::dispatcher::Waker;

/// A waiting caller and the number that wakes it.
#[derive(Debug)]
struct Ticket<W> {
    number: u64,
    waiter: W,
}

/// Whether a caller has a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The caller has a permit; [`Permits::leave`] follows.
    Granted,
    /// The caller is woken with this number, which it passes to [`Permits::enter`] or
    /// [`Permits::cancel`].
    Wait(u64),
    /// The caller is dead.
    Dead,
}

/// The permits of the process.
#[derive(Debug)]
pub struct Permits<W> {
    free: usize,
    /// Waiting callers that continue a request, and those that begin one.
    urgent: VecDeque<Ticket<W>>,
    queue: VecDeque<Ticket<W>>,
    /// Callers for which a permit is reserved until they call again.
    granted: Vec<Ticket<W>>,
}

impl<W> Permits<W> {
    /// This number of permits.
    #[must_use]
    pub const fn new(count: usize) -> Self {
        Self { free: count, urgent: VecDeque::new(), queue: VecDeque::new(), granted: Vec::new() }
    }

    /// A caller asks for a permit, with the number that it has from [`Entry::Wait`], or 0; `urgent`
    /// if it continues a request. `token` makes a new number, unique in this process.
    pub fn enter<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        number: u64,
        urgent: bool,
        token: impl FnOnce() -> u64,
    ) -> Entry {
        if let Some(at) = self.granted.iter().position(|ticket| ticket.number == number) {
            waker.deregister(self.granted.swap_remove(at).waiter);
            return Entry::Granted;
        }
        if self.urgent.iter().chain(&self.queue).any(|ticket| ticket.number == number) {
            return Entry::Wait(number);
        }
        if self.free > 0 {
            self.free -= 1;
            return Entry::Granted;
        }
        let Some(waiter) = waker.register() else { return Entry::Dead };
        let number = token();
        let queue = if urgent { &mut self.urgent } else { &mut self.queue };
        queue.push_back(Ticket { number, waiter });
        Entry::Wait(number)
    }

    /// Returns a caller's permit, which goes to the next in the queue.
    pub fn leave<K: Waker<Waiter = W>>(&mut self, waker: &mut K) {
        match self.urgent.pop_front().or_else(|| self.queue.pop_front()) {
            None => self.free += 1,
            Some(ticket) => {
                waker.wake(&ticket.waiter, ticket.number);
                self.granted.push(ticket);
            }
        }
    }

    /// Ends a caller's wait.
    pub fn cancel<K: Waker<Waiter = W>>(&mut self, waker: &mut K, number: u64) {
        for ticket in self.take(|ticket| ticket.number == number, waker) {
            waker.deregister(ticket.waiter);
        }
    }

    /// Removes dead callers.
    pub fn remove_down<K: Waker<Waiter = W>>(
        &mut self,
        waker: &mut K,
        is_dead: impl Fn(&W) -> bool,
    ) {
        for ticket in self.take(|ticket| is_dead(&ticket.waiter), waker) {
            waker.deregister(ticket.waiter);
        }
    }

    /// Takes callers out of the queues. Permits reserved for them go to others.
    fn take<K: Waker<Waiter = W>>(
        &mut self,
        is_meant: impl Fn(&Ticket<W>) -> bool,
        waker: &mut K,
    ) -> Vec<Ticket<W>> {
        let mut out = Vec::new();
        for queue in [&mut self.urgent, &mut self.queue] {
            let (taken, rest): (Vec<_>, Vec<_>) = queue.drain(..).partition(&is_meant);
            out.extend(taken);
            queue.extend(rest);
        }
        let (kept, granted): (Vec<_>, Vec<_>) = self.granted.drain(..).partition(&is_meant);
        self.granted = granted;
        for _ in &kept {
            self.leave(waker);
        }
        out.extend(kept);
        out
    }
}
