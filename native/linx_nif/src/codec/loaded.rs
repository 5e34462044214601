//! Schemas with the atoms and structs of their values.

use std::sync::atomic::{AtomicUsize, Ordering};

use linx_wire::schema::Schema;
use rustler::{Atom, Resource, ResourceArc};

use super::atoms;

/// A schema, with the structs of its sets and the atoms of its names.
pub struct Loaded {
    pub(super) schema: Schema,
    /// By set.
    pub(super) shapes: Vec<Shape>,
    /// By `NameId`.
    pub(super) names: Vec<Atom>,
    pub(super) ip: Address,
    pub(super) mac: Address,
    pub(super) link_address: Address,
    pub(super) share: Share,
}

/// The words of heap that the last large list took for each 1024 bytes; 0 if there was none.
#[derive(Default)]
pub(super) struct Share(AtomicUsize);

/// The share of structs that were never decoded before.
const UNKNOWN: usize = 1024;

impl Loaded {
    /// The words of heap for each 1024 bytes of messages, by the last list.
    pub(super) fn last_share(&self) -> usize {
        match self.share.0.load(Ordering::Relaxed) {
            0 => UNKNOWN,
            share => share,
        }
    }

    /// Notes the words of heap that so many bytes of messages took.
    pub(super) fn note_share(&self, words: usize, bytes: usize) {
        if let Some(share) = words.saturating_mul(1024).checked_div(bytes) {
            self.share.0.store(share, Ordering::Relaxed);
        }
    }
}

/// The struct of a set: its keys, in the order of the VM, and their defaults.
pub(super) struct Shape {
    pub(super) module: Atom,
    pub(super) keys: Vec<Atom>,
    pub(super) defaults: Vec<Default>,
}

/// The struct of an address.
pub(super) struct Address {
    pub(super) shape: Shape,
    /// The index of `:bytes`.
    pub(super) bytes: usize,
    /// The index of `:family`, which hardware addresses lack.
    pub(super) family: Option<usize>,
}

/// The default of a field, independent of any environment.
pub(super) enum Default {
    /// An atom.
    Atom(Atom),
    /// An integer.
    Int(i64),
    /// The empty list.
    Empty,
    /// Any other term, in the external term format.
    Other(Vec<u8>),
}

#[rustler::resource_impl]
impl Resource for Loaded {}

/// Keeps a resource of each type for ever; see `sys.rs`.
pub fn keep_types() {
    let address = || Address {
        shape: Shape { module: atoms::nil(), keys: Vec::new(), defaults: Vec::new() },
        bytes: 0,
        family: None,
    };
    if let Ok(schema) = Schema::new(Vec::new()) {
        let (shapes, names) = (Vec::new(), Vec::new());
        let (ip, mac, link_address) = (address(), address(), address());
        let share = Share::default();
        let loaded = Loaded { schema, shapes, names, ip, mac, link_address, share };
        std::mem::forget(ResourceArc::new(loaded));
    }
}
