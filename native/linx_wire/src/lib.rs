//! The netlink wire format: messages, attributes, replies, and the codec that schemas drive.
//!
//! Rule of this crate: no system call, no clock, no NIF, no `unsafe`. For any input, a function
//! here returns: it does not panic, loop forever, or allocate more than a small multiple of its
//! input.
//!
//! Layouts follow `include/uapi/linux/netlink.h`. Integers are the host's
//! byte order unless a schema says otherwise.

pub mod attr;
pub mod batch;
pub mod codec;
pub mod extack;
pub mod fault;
pub mod message;
pub mod message_table;
pub mod reply;
pub mod scalar;
pub mod schema;
