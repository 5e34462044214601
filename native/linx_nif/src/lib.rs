//! The NIFs of linx: Erlang terms to core types and back.
//!
//! Rule of this crate: no decisions. `linx_socket` decides about system calls, `linx_wire` about
//! bytes, and Elixir about what users see: errors leave as atoms and tuples, and their text is
//! Elixir's.
#![allow(clippy::needless_pass_by_value, reason = "rustler passes arguments by value")]

mod batch;
mod channel;
mod codec;
mod error;
mod frame;
mod notifications;
mod permit;
mod request;
mod socket;
mod start;
mod sys;
mod term;
mod waker;
