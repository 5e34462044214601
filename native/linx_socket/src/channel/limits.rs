//! Limits of one call.

/// How many datagrams of other requests a call reads before it yields its scheduler, and how many of
/// another request's dump before it waits for the end of that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Others {
    pub(super) any: usize,
    pub(super) of_dump: usize,
}

/// The limits of a call that sends.
pub(super) const SENDING: Others = Others { any: 256, of_dump: 256 };
/// Those of a resumed call: its own reply is not queued behind a dump, or it would have been received
/// by then.
pub(super) const RESUMED: Others = Others { any: 256, of_dump: 1 };
/// Those of a call on a normal scheduler: so few datagrams take less than a tenth of a millisecond.
pub(super) const SHORT: Others = Others { any: 16, of_dump: 1 };
