//! The NIFs of linx: Erlang terms to core types and back.
//!
//! Rule of this room: no decisions. What a socket does is `linx_socket`'s
//! business, what bytes mean is `linx_wire`'s, and what a caller sees is
//! Elixir's.
#![allow(clippy::needless_pass_by_value, reason = "rustler hands arguments over by value")]

mod codec;
mod failure;
mod frame;
mod gate;
mod request;
mod socket;
mod sys;
mod wake;
