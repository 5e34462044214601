//! Notifications, on a socket without requests.

use linx_wire::message::Messages;
use nix::errno::Errno;

use super::Channel;
use super::datagram::receive;

/// How many datagrams are read before the scheduler is yielded: receiving a small one takes about
/// a microsecond, a large one ten.
const NOTIFICATIONS: usize = 64;

/// Notifications that were read.
#[derive(Debug, Default)]
pub struct Notifications {
    /// Their messages, back to back.
    pub bytes: Vec<u8>,
    /// The number of messages.
    pub count: usize,
    /// How often notifications were lost.
    pub losses: u64,
    /// Whether the receive queue is empty.
    pub empty: bool,
}

impl Notifications {
    fn push(&mut self, datagram: &[u8]) {
        for message in Messages::new(datagram).flatten() {
            message.append_to(&mut self.bytes);
            self.count += 1;
        }
    }
}

impl<W> Channel<W> {
    /// Reads notifications until the receive queue is empty, about `limit` bytes or 64 datagrams
    /// were read; for a socket without requests. Every datagram counts, from any sender.
    ///
    /// # Errors
    /// The errno of `recvmsg(2)`, or [`CLOSED`](super::CLOSED).
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
                Ok(size) => bytes += size,
                Err(Errno::EINTR) => {}
                Err(Errno::ENOBUFS) => got.losses += 1,
                Err(Errno::EAGAIN) => {
                    got.empty = true;
                    break;
                }
                Err(errno) => return Err(errno),
            }
        }
        Ok(got)
    }
}
