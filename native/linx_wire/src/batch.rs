//! Batches: many requests in few datagrams.
//!
//! The kernel processes a datagram in order and queues a reply for each request that it refuses or
//! that reads something. A datagram holds no more requests than the receive buffer has room for
//! replies.

use crate::message::{self, ACK, HEADER, Header, REQUEST, TooLong};

/// Bytes of a datagram: far below the smallest send buffer that the kernel gives by default.
const DATAGRAM: usize = 64 * 1024;

/// The receive buffer that the reply to a request takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Usually. Where it takes more, requests that only read can be repeated.
    pub usual: usize,
    /// At most: in a datagram with a request that changes something, no reply may be lost.
    pub most: usize,
}

/// A datagram of requests.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Datagram {
    /// Its messages, with sequence numbers from 0. The last one asks for an acknowledgement.
    pub bytes: Vec<u8>,
    /// The number of its messages.
    pub count: u32,
    /// The offset of the last message.
    last: usize,
    reads: u32,
    /// The receive buffer that the replies take, usually and at most.
    usual: usize,
    most: usize,
}

impl Datagram {
    fn takes(&self, size: usize, room: Room, reads: bool, capacity: usize) -> bool {
        let changes = !reads || self.reads < self.count;
        let replies = if changes { self.most + room.most } else { self.usual + room.usual };
        self.count == 0 || (self.bytes.len() + size <= DATAGRAM && replies <= capacity)
    }
}

/// Distributes requests to datagrams, in their order.
#[derive(Debug)]
pub struct Datagrams {
    capacity: usize,
    open: Datagram,
}

impl Datagrams {
    /// For a receive buffer with room for replies of so many bytes. A datagram holds one request at
    /// least.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, open: Datagram::default() }
    }

    /// Appends a request that reads or changes something, without `NLM_F_ACK`. Returns the datagram
    /// before it, if the request had to go into another one.
    ///
    /// # Errors
    /// If the payload does not fit a message.
    pub fn push(
        &mut self,
        msg_type: u16,
        flags: u16,
        payload: &[u8],
        room: Room,
        reads: bool,
    ) -> Result<Option<Datagram>, TooLong> {
        let size = HEADER + payload.len().next_multiple_of(4);
        let full = !self.open.takes(size, room, reads, self.capacity);
        let before = if full { self.close() } else { None };
        let open = &mut self.open;
        open.last = open.bytes.len();
        let header = Header { msg_type, flags: (flags | REQUEST) & !ACK, seq: open.count, port: 0 };
        message::put(&mut open.bytes, header, payload)?;
        open.count += 1;
        open.reads += u32::from(reads);
        open.usual += room.usual;
        open.most += room.most;
        Ok(before)
    }

    /// Ends the datagram, and begins another one. `None` if it has no message.
    pub fn close(&mut self) -> Option<Datagram> {
        let mut done = std::mem::take(&mut self.open);
        message::add_flags(&mut done.bytes, done.last, ACK);
        (done.count > 0).then_some(done)
    }

    /// How many messages the open datagram has: the index of the next one, unless that goes into
    /// another datagram.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.open.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Messages;

    const CHANGE: Room = Room { usual: 100, most: 100 };
    const READ: Room = Room { usual: 100, most: 300 };

    fn distribute(capacity: usize, requests: &[(bool, usize)]) -> Vec<u32> {
        let mut datagrams = Datagrams::new(capacity);
        let mut done = Vec::new();
        for &(reads, size) in requests {
            let room = if reads { READ } else { CHANGE };
            done.extend(datagrams.push(16, 0, &vec![0; size], room, reads).unwrap());
        }
        done.extend(datagrams.close());
        done.iter().map(|datagram| datagram.count).collect()
    }

    #[test]
    fn a_datagram_has_as_many_requests_as_replies_fit() {
        assert_eq!(distribute(1000, &[(false, 8); 25]), [10, 10, 5]);
        assert_eq!(distribute(1000, &[(true, 8); 25]), [10, 10, 5]);
        assert_eq!(distribute(1, &[(true, 8); 3]), [1, 1, 1]);
        assert_eq!(distribute(1000, &[]), []);
    }

    #[test]
    fn a_datagram_with_a_change_has_room_for_the_largest_replies() {
        assert_eq!(
            distribute(1000, &[(false, 8), (true, 8), (true, 8), (true, 8), (true, 8)]),
            [4, 1]
        );
        let mut requests = [(true, 8); 5];
        requests[4] = (false, 8);
        assert_eq!(distribute(1000, &requests), [4, 1]);
    }

    #[test]
    fn a_datagram_is_no_larger_than_its_limit() {
        assert_eq!(distribute(1 << 20, &[(false, 40_000); 3]), [1, 1, 1]);
        assert_eq!(distribute(1 << 20, &[(false, 70_000), (false, 8), (false, 8)]), [1, 2]);
    }

    #[test]
    fn the_last_message_alone_asks_for_an_acknowledgement() {
        let mut datagrams = Datagrams::new(1000);
        for flags in [0x604, 4, 0] {
            assert_eq!(datagrams.push(24, flags, &[7; 5], CHANGE, false), Ok(None));
        }
        let mut datagram = datagrams.close().unwrap();
        assert_eq!(datagrams.close(), None);
        message::number(&mut datagram.bytes, u32::MAX);
        let headers: Vec<_> =
            Messages::new(&datagram.bytes).map(|message| message.unwrap().header).collect();
        let header = |flags, seq| Header { msg_type: 24, flags, seq, port: 0 };
        assert_eq!(headers, [header(0x601, u32::MAX), header(1, 0), header(5, 1)]);
    }
}
