//! Netlink sockets: opening them in any network namespace, their options, and requests of many
//! callers on one socket.
//!
//! Rule of this crate: system calls, but no waiting. Data that has not arrived is reported as
//! missing, and waiting for it is left to the caller. `unsafe` is in [`sys`] alone.

pub mod buffer_pool;
pub mod channel;
pub mod dispatcher;
pub mod error;
pub mod fd_reserve;
pub mod namespace;
pub mod permits;
pub mod socket;
mod sys;
pub mod tun;

pub use error::{OpenError, Stage, number};
