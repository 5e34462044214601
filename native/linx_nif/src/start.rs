//! The start of the library.

use linx_socket::fd_reserve;
use rustler::Atom;

mod atoms {
    rustler::atoms! { ok }
}

/// `Native.start/1`: called once the library has been loaded, before any other function. Makes
/// the permits for this number of dirty I/O schedulers, and everything that must not fail later.
#[rustler::nif]
fn start(schedulers: usize) -> Atom {
    if crate::permit::start(schedulers) {
        // One for each call that may run at the same time, and a few for notifications. Without
        // them, calls fail at the limit of descriptors.
        let _ = fd_reserve::fill(schedulers / 2 + 2);
        crate::waker::start_sender();
        crate::channel::keep_types();
        crate::socket::keep_types();
        crate::term::keep_types();
        crate::codec::keep_types();
        crate::notifications::keep_types();
    }
    atoms::ok()
}
