//! Netlink sockets: opening them, also in other network namespaces, their
//! options, and the exchange of requests and replies that many callers share.
//!
//! Rule of this room: system calls, yes; waiting, never. What has not arrived
//! is reported as such, and waiting for it is the caller's business. `unsafe`
//! is in [`sys`] alone.

pub mod buffer_pool;
pub mod channel;
pub mod dispatcher;
pub mod error;
pub mod namespace;
pub mod permits;
pub mod reserve;
pub mod socket;
mod sys;
pub mod tun;

pub use error::{OpenError, Stage, number};
