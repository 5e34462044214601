//! Notifications, on a socket without requests.

use linx_wire::message::Messages;
use nix::errno::Errno;

use super::Channel;
use super::datagram::receive;

/// How many datagrams are read before the scheduler is yielded: receiving a small one takes about
/// a microsecond, a large one ten.
const NOTIFICATIONS: usize = 64;

/// The receive buffer that the smallest datagram occupies: a `struct sk_buff` and its data.
const OCCUPIED: usize = 512;

/// Notifications that were read.
#[derive(Debug, Default)]
pub struct Notifications {
    /// Their messages, back to back.
    pub bytes: Vec<u8>,
    /// The number of datagrams, from any sender.
    pub datagrams: usize,
    /// The receive buffer that these occupied, in bytes, or less.
    pub occupied: usize,
    /// How often notifications were lost.
    pub losses: u64,
    /// Whether the receive queue is empty.
    pub empty: bool,
}

impl Notifications {
    fn push(&mut self, datagram: &[u8]) {
        for message in Messages::new(datagram).flatten() {
            message.append_to(&mut self.bytes);
        }
    }
}

impl<W> Channel<W> {
    /// Reads notifications until the receive queue is empty, about `limit` bytes or 64 datagrams
    /// were read; for a socket without requests. Every datagram counts, from any sender.
    ///
    /// The kernel queues a whole notification when it sends it, and receiving copies that. It takes no
    /// lock of a protocol: only with a dump in progress does `netlink_recvmsg` run more
    /// (`netlink_dump`), and there is none on such a socket.
    ///
    /// # Errors
    /// The errno of `recvmsg(2)`, or [`CLOSED`](super::CLOSED). Datagrams that were read
    /// before it are returned without it: the next call meets it again, if it lasts.
    pub fn notifications(&self, limit: usize) -> Result<Notifications, Errno> {
        let socket = self.dup_checked()?;
        let mut got = Notifications::default();
        let mut bytes = 0;
        for _ in 0..NOTIFICATIONS {
            if bytes >= limit {
                break;
            }
            let received = receive(&socket, |datagram| {
                // A truncated datagram counts as a loss.
                if datagram.truncated {
                    got.losses += 1;
                } else {
                    got.push(datagram.bytes);
                }
            });
            match received {
                Ok(size) => {
                    bytes += size;
                    got.datagrams += 1;
                    got.occupied += size.max(OCCUPIED);
                }
                Err(Errno::EINTR) => {}
                Err(Errno::ENOBUFS) => got.losses += 1,
                Err(Errno::EAGAIN) => {
                    got.empty = true;
                    break;
                }
                Err(errno) if got.datagrams == 0 && got.losses == 0 => return Err(errno),
                Err(_) => break,
            }
        }
        Ok(got)
    }
}
