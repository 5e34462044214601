//! Netlink sockets: opening them, also in other network namespaces, their
//! options, and the exchange of requests and replies that many callers share.
//!
//! Rule of this room: system calls, yes; waiting, never. What has not arrived
//! is reported as such, and waiting for it is the caller's business. `unsafe`
//! is in [`sys`] alone.

pub mod desk;
pub mod error;
pub mod exchange;
pub mod namespace;
pub mod socket;
pub mod spare;
mod sys;
pub mod tun;

pub use error::{OpenError, Stage, number};
