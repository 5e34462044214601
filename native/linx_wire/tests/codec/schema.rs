//! One of everything.

use std::collections::HashMap;

use linx_wire::scalar::Scalar;
use linx_wire::schema::{Field, Fixed, Group, Key, Kind, Names, Row, Schema, Set, SetId, Slot};

use crate::value::Value;

pub const ALL: SetId = 0;
pub const TCP: SetId = 1;
pub const ENTRY: SetId = 2;
const REST: SetId = 3;

/// Slots of the header.
pub const INDEX: Slot = 0;
pub const STATE: Slot = 1;
pub const BE32: Slot = 2;
/// Slots and numbers of attributes.
pub const KIND: (Slot, u16) = (3, 1);
pub const DATA: (Slot, u16) = (4, 2);
pub const BITS: (Slot, u16) = (5, 3);
pub const ARRAY: (Slot, u16) = (6, 4);
pub const REPEATED: (Slot, u16) = (7, 5);
pub const CHAIN: (Slot, u16) = (8, 6);
pub const MORE: (Slot, u16) = (9, 7);
pub const LESS: (Slot, u16) = (10, 8);
pub const FLAG: (Slot, u16) = (11, 9);
pub const SELF: (Slot, u16) = (12, 10);
/// Slot and set of the group.
pub const GROUP: (Slot, SetId) = (13, REST);
pub const UNKNOWN: Slot = 14;
/// In the group.
pub const EXTRA: (Slot, u16) = (0, 20);
const ODD: (Slot, u16) = (1, 21);
/// In the dispatched set.
pub const PORT: Slot = 0;

pub fn width() -> Vec<usize> {
    vec![15, 1, 3, 2]
}

/// A struct with some values; header fields are 0, `unknown` is empty.
pub fn all(given: &[(Slot, Value)]) -> Value {
    let mut values = vec![Value::Nil; 15];
    values[INDEX] = Value::Int(0);
    values[STATE] = Value::Int(0);
    values[BE32] = Value::Int(0);
    values[UNKNOWN] = Value::list(Vec::new());
    for &(slot, value) in given {
        values[slot] = value;
    }
    Value::strukt(ALL, values)
}

/// An empty header.
pub fn body() -> Vec<u8> {
    vec![0; 20]
}

pub fn schema() -> Schema {
    let row = |(slot, id): (Slot, u16), kind| Row::new(id, slot, kind);
    let plain = |scalar| Kind::Fixed(Fixed::Plain(scalar));
    let set = |set| Kind::Set { set, nested: true };

    let mut all = Set::named("All");
    all.fields = (0..15).map(|slot| format!("field{slot}")).collect();
    let state = Names::new(vec![(1, 0), (2, 1), (2, 2)]);
    all.header = vec![
        Field { slot: INDEX, offset: 4, kind: Fixed::Plain(Scalar::S32) },
        Field { slot: STATE, offset: 8, kind: Fixed::Enum(Scalar::U8, state) },
        Field { slot: BE32, offset: 16, kind: Fixed::Plain(Scalar::Be32) },
    ];
    all.size = 20;
    let table = HashMap::from([
        (Key::Bytes(b"tcp".to_vec()), set(TCP)),
        (Key::Bytes(b"raw".to_vec()), Kind::Binary { nested: false }),
    ]);
    all.rows = vec![
        row(KIND, Kind::String),
        row(DATA, Kind::Dispatch { on: KIND.0, table }),
        row(BITS, Kind::Fixed(Fixed::Flags(Scalar::U16, Names::new(vec![(1, 3), (2, 4)])))),
        row(ARRAY, Kind::Array { of: Box::new(plain(Scalar::U32)), id: None }),
        row(REPEATED, Kind::Repeated(Box::new(plain(Scalar::U16)))),
        row(CHAIN, Kind::Chain(ENTRY)),
        row(MORE, Kind::Uint),
        row(LESS, Kind::Sint),
        row(FLAG, Kind::Flag),
        row(SELF, set(ALL)),
    ];
    all.groups = vec![Group::new(GROUP.0, REST)];
    all.unknown = Some(UNKNOWN);

    let mut tcp = Set::named("Tcp");
    tcp.fields = vec!["port".to_owned()];
    tcp.rows = vec![Row::new(1, PORT, plain(Scalar::U16))];

    let mut entry = Set::named("Entry");
    entry.header = vec![
        Field { slot: 0, offset: 0, kind: Fixed::Plain(Scalar::U16) },
        Field { slot: 1, offset: 2, kind: Fixed::Plain(Scalar::U16) },
    ];
    entry.size = 4;
    entry.rows = vec![Row::new(1, 2, Kind::String)];

    let mut rest = Set::named("Rest");
    rest.rows = vec![row(EXTRA, plain(Scalar::U32)), row(ODD, plain(Scalar::U8))];

    let names = ["one", "two", "also_two", "low", "high"].map(str::to_owned).to_vec();
    Schema::new(vec![all, tcp, entry, rest], names).unwrap()
}

/// A message whose attributes have nothing to do with each other: a header of two fields, some
/// attributes, of which one depends on the header, and a group with one that may be there many
/// times.
pub fn separable() -> Schema {
    let plain = |scalar| Kind::Fixed(Fixed::Plain(scalar));
    let mut message = Set::named("Message");
    message.header = vec![
        Field { slot: 0, offset: 0, kind: Fixed::Plain(Scalar::U8) },
        Field { slot: 1, offset: 2, kind: Fixed::Plain(Scalar::U16) },
    ];
    message.size = 4;
    let table = HashMap::from([
        (Key::Int(0), plain(Scalar::U16)),
        (Key::Int(1), Kind::Set { set: 2, nested: false }),
    ]);
    message.rows = vec![
        Row::new(1, 2, Kind::Ip),
        Row::new(2, 3, plain(Scalar::U32)),
        Row::new(3, 4, Kind::String),
        Row::new(4, 5, Kind::Set { set: 2, nested: true }),
        Row::new(7, 7, Kind::Dispatch { on: 0, table }),
        Row::new(9, 8, Kind::LinkAddress),
    ];
    message.groups = vec![Group::new(6, 1)];

    let mut group = Set::named("Group");
    group.rows = vec![
        Row::new(5, 0, plain(Scalar::U16)),
        Row::new(6, 1, Kind::Repeated(Box::new(plain(Scalar::U8)))),
    ];

    let mut nested = Set::named("Nested");
    nested.rows = vec![Row::new(1, 0, plain(Scalar::U16))];
    Schema::new(vec![message, group, nested], Vec::new()).unwrap()
}

/// The widths of its sets.
pub fn separable_width() -> Vec<usize> {
    vec![9, 2, 1]
}
