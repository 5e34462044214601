//! The kernel's side of the socket.

use std::collections::VecDeque;

use linx_wire::message::{DONE, ERROR, Header, MULTI, put};

use crate::Random;
use crate::caller::{Caller, RequestType};

const DATA: u16 = 16;

fn message(seq: u32, msg_type: u16, flags: u16) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, Header { msg_type, flags, seq, port: 0 }, &[0; 20]).unwrap();
    out
}

/// The kernel's side of the socket.
#[derive(Default)]
pub struct Kernel {
    pub queue: VecDeque<Vec<u8>>,
    /// The sequence number of the dump that runs, and the number of parts that are left.
    pub dump: Option<(u32, usize)>,
    pub overrun: bool,
    /// Answers that are queued later, and the sequence numbers that had such an answer.
    pub late: VecDeque<Vec<u8>>,
    pub late_for: Vec<u32>,
}

/// Result of one `recvmsg`.
pub enum Received {
    Datagram(Vec<u8>),
    Overrun,
    Empty,
}

impl Kernel {
    pub fn send(&mut self, caller: &Caller, random: &mut Random) {
        match caller.request {
            RequestType::Dump => {
                assert!(self.dump.is_none(), "EBUSY: a dump is requested while another one runs");
                self.dump = Some((caller.seq, random.below(4)));
                self.continue_dump();
            }
            // The receive buffer is full: the answer is dropped.
            RequestType::Get if random.one_in(12) => self.overrun = true,
            RequestType::Get if random.one_in(3) => {
                self.late.push_back(message(caller.seq, DATA, 0));
                self.late_for.push(caller.seq);
            }
            RequestType::Get => self.queue.push_back(message(caller.seq, DATA, 0)),
            RequestType::Batch => self.queue.push_back(message(caller.seq + 1, ERROR, 0)),
        }
    }

    pub fn receive(&mut self) -> Received {
        if std::mem::take(&mut self.overrun) {
            return Received::Overrun;
        }
        let received = self.queue.pop_front().map_or(Received::Empty, Received::Datagram);
        self.continue_dump();
        received
    }

    fn continue_dump(&mut self) {
        match self.dump {
            Some((seq, 0)) => {
                self.queue.push_back(message(seq, DONE, MULTI));
                self.dump = None;
            }
            Some((seq, parts)) => {
                self.queue.push_back(message(seq, DATA, MULTI));
                self.dump = Some((seq, parts - 1));
            }
            None => {}
        }
    }

    pub fn is_readable(&self) -> bool {
        self.overrun || !self.queue.is_empty()
    }
}
