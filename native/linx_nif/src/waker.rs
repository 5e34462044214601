//! Waking of callers, and monitors for their death.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use linx_socket::dispatcher::Waker;
use rustler::{Encoder, Env, LocalPid, Monitor, OwnedEnv, Resource, ResourceArc};

mod atoms {
    rustler::atoms! { linx_netlink }
}

/// A caller that waits, or is about to.
pub struct Waiter {
    /// The process.
    pub pid: LocalPid,
    monitor: Monitor,
}

/// Waker for a NIF call, whose calling process a resource monitors.
pub struct CallerWaker<'a, 'r, R: Resource> {
    pub env: Env<'a>,
    pub resource: &'r ResourceArc<R>,
}

impl<R: Resource> Waker for CallerWaker<'_, '_, R> {
    type Waiter = Waiter;

    fn register(&mut self) -> Option<Waiter> {
        let pid = self.env.pid();
        let monitor = self.env.monitor(self.resource, &pid)?;
        Some(Waiter { pid, monitor })
    }

    fn wake(&mut self, waiter: &Waiter, token: u64) {
        wake(self.env, waiter, token);
    }

    fn deregister(&mut self, waiter: Waiter) {
        self.env.demonitor(self.resource, &waiter.monitor);
    }
}

/// Waker for the `down` callback of a resource, where there is no calling process. The monitors of
/// the process that died are gone.
pub struct DownWaker<'a>(pub Env<'a>);

impl Waker for DownWaker<'_> {
    type Waiter = Waiter;

    fn register(&mut self) -> Option<Waiter> {
        None
    }

    fn wake(&mut self, waiter: &Waiter, token: u64) {
        wake(self.0, waiter, token);
    }

    fn deregister(&mut self, _waiter: Waiter) {}
}

/// The VM sends no message from a process that was killed in a NIF (`enif_send`), but callers queued
/// behind it must still be woken: a separate thread sends then.
fn wake(env: Env, waiter: &Waiter, token: u64) {
    if env.send(&waiter.pid, (atoms::linx_netlink(), token)).is_err() {
        SENDER.push(waiter.pid, token);
    }
}

/// Sends the messages that a calling process could not send.
static SENDER: Sender = Sender { state: Mutex::new((Vec::new(), false)), pushed: Condvar::new() };

struct Sender {
    /// The messages to send, and whether the thread runs.
    state: Mutex<(Vec<(LocalPid, u64)>, bool)>,
    pushed: Condvar,
}

/// Starts the sending thread, if it does not run.
pub fn start_sender() {
    SENDER.start();
}

impl Sender {
    fn push(&'static self, pid: LocalPid, token: u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0.push((pid, token));
        self.start();
        self.pushed.notify_one();
    }

    /// At the limit of threads the thread does not start; the messages wait for a later start.
    fn start(&'static self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.1 {
            let builder = thread::Builder::new().name("linx-wake".into()).stack_size(64 * 1024);
            state.1 = builder.spawn(|| self.run()).is_ok();
        }
    }

    fn run(&self) {
        loop {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            while state.0.is_empty() {
                state = self.pushed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let messages = std::mem::take(&mut state.0);
            drop(state);
            for (pid, token) in messages {
                let message = |env| (atoms::linx_netlink(), token).encode(env);
                let _ = OwnedEnv::new().send_and_clear(&pid, message);
            }
        }
    }
}
