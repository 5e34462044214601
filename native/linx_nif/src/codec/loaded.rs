//! Schemas with the atoms and structs of their values.

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
        let loaded = Loaded { schema, shapes, names, ip, mac, link_address };
        std::mem::forget(ResourceArc::new(loaded));
    }
}
