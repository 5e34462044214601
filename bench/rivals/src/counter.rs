//! Counting by `perf stat --control`, for programs that measure themselves.

use std::env::var_os;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

/// What `perf` answers: `EVLIST_CTL_CMD_ACK_TAG` of its sources.
const ACK: &str = "ack\n\0";

/// The FIFOs of commands to `perf` and of its answers, if it has started this program.
pub struct Counter(Option<(File, File)>);

impl Counter {
    /// The counter that the environment names.
    pub fn open() -> Self {
        let open = |name| {
            var_os(name).map(|path| OpenOptions::new().read(true).write(true).open(path).unwrap())
        };
        Self(open("BENCH_CONTROL").zip(open("BENCH_ACK")))
    }

    /// Starts to count.
    pub fn start(&mut self) {
        self.command("enable\n");
    }

    /// Stops counting.
    pub fn stop(&mut self) {
        self.command("disable\n");
    }

    fn command(&mut self, line: &str) {
        if let Some((control, ack)) = &mut self.0 {
            control.write_all(line.as_bytes()).unwrap();
            ack.read_exact(&mut [0; ACK.len()]).unwrap();
        }
    }
}
