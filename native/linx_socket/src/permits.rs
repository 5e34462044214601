//! Permits for calls that may have to wait in the kernel. Pure: no system call, no waiting.
//!
//! Such a call holds a thread of the VM for as long as the kernel lets it wait for a lock. There
//! are fewer permits than such threads, so that some are always left to others. A caller that
//! gets no permit waits outside in a queue; when its turn comes, a permit is kept for it and it
//! is woken. Callers whose requests others wait for go before those that begin.

use std::collections::VecDeque;

use crate::dispatcher::Waker;

/// A caller and what it is woken with.
#[derive(Debug)]
struct Ticket<W> {
    number: u64,
    waiter: W,
}

/// Whether a caller has a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// It has one; [`Permits::leave`] follows.
    Granted,
    /// It is woken with this number, which it hands to [`Permits::enter`] or [`Permits::cancel`].
    Wait(u64),
    /// It is dead.
    Gone,
}

/// The permits of the process.
#[derive(Debug)]
pub struct Permits<W> {
    free: usize,
    /// Callers that go on with a request, and those that begin one.
    urgent: VecDeque<Ticket<W>>,
    queue: VecDeque<Ticket<W>>,
    /// Callers for which a permit is kept until they come for it.
    granted: Vec<Ticket<W>>,
}

impl<W> Permits<W> {
    /// So many permits.
    #[must_use]
    pub const fn new(count: usize) -> Self {
        Self { free: count, urgent: VecDeque::new(), queue: VecDeque::new(), granted: Vec::new() }
    }

    /// A caller asks for a permit, with the number that it was given before, or 0; `urgent` if it
    /// goes on with a request. `token` makes a new number, unique in this process.
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
        let Some(waiter) = waker.register() else { return Entry::Gone };
        let number = token();
        let queue = if urgent { &mut self.urgent } else { &mut self.queue };
        queue.push_back(Ticket { number, waiter });
        Entry::Wait(number)
    }

    /// A caller gives its permit back, to the next in the queue.
    pub fn leave<K: Waker<Waiter = W>>(&mut self, waker: &mut K) {
        match self.urgent.pop_front().or_else(|| self.queue.pop_front()) {
            None => self.free += 1,
            Some(ticket) => {
                waker.wake(&ticket.waiter, ticket.number);
                self.granted.push(ticket);
            }
        }
    }

    /// A caller does not wait any more.
    pub fn cancel<K: Waker<Waiter = W>>(&mut self, waker: &mut K, number: u64) {
        for ticket in self.take(|ticket| ticket.number == number, waker) {
            waker.deregister(ticket.waiter);
        }
    }

    /// Callers have died.
    pub fn down<K: Waker<Waiter = W>>(&mut self, waker: &mut K, is_dead: impl Fn(&W) -> bool) {
        for ticket in self.take(|ticket| is_dead(&ticket.waiter), waker) {
            waker.deregister(ticket.waiter);
        }
    }

    /// Takes callers out. Permits that were kept for them go to others.
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
