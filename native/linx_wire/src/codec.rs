//! The codec: a [`Schema`](crate::schema::Schema) and bytes make a value, a schema and a value make
//! bytes.
//!
//! A schema has four readers: [`encode`], [`decode`], [`delta`] for the messages of a dump, and
//! [`path`] for the offsets that the kernel reports. None of them knows what a value is made of:
//! a [`ValueReader`](encode::ValueReader) takes values apart, a
//! [`ValueBuilder`](decode::ValueBuilder) makes them.

pub mod decode;
pub mod delta;
pub mod encode;
mod level;
mod packet_hw;
pub mod path;
pub mod pool;
mod sockaddr;

/// The longest link-layer address: `MAX_ADDR_LEN` of `include/uapi/linux/netdevice.h`.
pub const MAX_ADDR_LEN: usize = 32;

/// The last character of a prefix of names, as nft writes one.
pub const WILDCARD: u8 = b'*';

/// Length of an Ethernet address: `ETH_ALEN` of `include/uapi/linux/if_ether.h`.
pub const ETH_ALEN: usize = 6;
