//! The dispatcher with scripted datagrams: no socket, no time, no threads.
#![allow(clippy::unwrap_used, reason = "a test panics at an unexpected result")]

mod batches;
mod buffer_shares;
mod dumps;
mod overruns;
mod readers;
mod routing;
mod scene;
