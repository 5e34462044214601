//! The dispatcher under random orders of events: callers and a kernel are simulated step by step,
//! while callers die or cancel and the socket is closed between any two steps.
//!
//! A step is one call of the dispatcher or one system call: no other thread runs within it. In every
//! run
//!
//! * the kernel is never asked for a dump while another one runs (`EBUSY`);
//! * the receive buffer never holds more unread replies than it has shares;
//! * one caller reads at a time, no caller reads while a dump is sent or polls while one runs;
//! * every living caller gets its own reply, or the reason why it has none;
//! * no caller waits for ever: while any waits, some caller can continue.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics at an unexpected result"
)]

mod caller;
mod kernel;
mod world;

use world::World;

const RUNS: u64 = 20_000;

/// A xorshift generator of random numbers.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }
}

#[test]
fn no_caller_is_forgotten_or_refused_in_any_order_of_events() {
    for seed in 1..=RUNS {
        let run = std::panic::catch_unwind(|| World::new(seed).run());
        assert!(run.is_ok(), "seed {seed}");
    }
}
