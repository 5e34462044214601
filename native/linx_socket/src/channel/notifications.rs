//! Notifications on a socket on which nobody makes requests.

use linx_wire::message::Messages;
use nix::errno::Errno;

use super::Channel;
use super::datagram::receive;

/// How many datagrams are read before a scheduler is let go: receiving one takes about a
/// microsecond, a large one ten.
const NOTIFICATIONS: usize = 64;

/// Notifications that were read.
#[derive(Debug, Default)]
pub struct Notifications {
    /// Their messages, one behind the other.
    pub bytes: Vec<u8>,
    /// How many they are.
    pub count: usize,
    /// How often something was lost between them.
    pub losses: u64,
    /// Nothing more was there.
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
    /// Reads notifications: what is there, up to about `limit` bytes and 64
    /// datagrams, for a socket on which nobody makes requests. Every datagram counts, whoever
    /// sent it.
    ///
    /// # Errors
    /// The errno of `recvmsg(2)`, or [`CLOSED`](super::CLOSED).
    pub fn notifications(&self, limit: usize) -> Result<Notifications, Errno> {
        let socket = self.hold()?;
        let mut got = Notifications::default();
        let mut bytes = 0;
        for _ in 0..NOTIFICATIONS {
            if bytes >= limit {
                break;
            }
            let received = receive(&socket, |datagram| {
                // A part of a message is none; that it existed is a loss.
                if datagram.cut {
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
