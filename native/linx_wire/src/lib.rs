//! Netlink on the wire, as bytes and nothing but bytes.
//!
//! Rule of this room: no system call, no clock, no NIF, no `unsafe`. Whatever
//! the bytes say, a function here returns; it never panics, loops or allocates
//! more than a small multiple of its input.
//!
//! Layouts follow `include/uapi/linux/netlink.h`. Integers are the host's
//! byte order unless a schema says otherwise.

pub mod acks;
pub mod attr;
pub mod decode;
pub mod encode;
pub mod extack;
pub mod fault;
pub mod locate;
pub mod message;
pub mod reply;
pub mod scalar;
pub mod schema;
