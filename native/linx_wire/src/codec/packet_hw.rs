//! Link-layer addresses of logged packets: `struct nfulnl_msg_packet_hw` of
//! `include/uapi/linux/netfilter/nfnetlink_log.h`, as `struct nfqnl_msg_packet_hw` of
//! `nfnetlink_queue.h`. A big-endian length and 2 bytes of padding precede 8 bytes, the first of
//! which are the address.

/// Size of `hw_addr`.
pub(super) const MAX_LEN: usize = 8;

/// The bytes of the address; `None` if there are fewer than its length.
pub(super) fn read(bytes: &[u8]) -> Option<&[u8]> {
    let (len, rest) = bytes.split_first_chunk()?;
    rest.get(2..)?.get(..u16::from_be_bytes(*len).into())
}

/// Writes an address; `None` if it has more than [`MAX_LEN`] bytes.
pub(super) fn write(out: &mut Vec<u8>, address: &[u8]) -> Option<()> {
    let padding = MAX_LEN.checked_sub(address.len())?;
    let len = u16::try_from(address.len()).ok()?;
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(&[0; 2]);
    out.extend_from_slice(address);
    out.resize(out.len() + padding, 0);
    Some(())
}
