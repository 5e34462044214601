//! Schemas of the tests.

use std::collections::HashMap;

use linx_wire::scalar::Scalar;
use linx_wire::schema::{
    AttrDef, AttrSet, AttrType, FieldIndex, FixedType, HeaderField, InlineSet, Names, Schema,
    SelectorField, SelectorKey, SetId,
};

use crate::value::Value;

pub const ALL: SetId = 0;
pub const TCP: SetId = 1;
pub const ENTRY: SetId = 2;
const REST: SetId = 3;

/// Fields of the header.
pub const INDEX: FieldIndex = 0;
pub const STATE: FieldIndex = 1;
pub const BE32: FieldIndex = 2;
/// Fields and numbers of attributes.
pub const KIND: (FieldIndex, u16) = (3, 1);
pub const DATA: (FieldIndex, u16) = (4, 2);
pub const BITS: (FieldIndex, u16) = (5, 3);
pub const ARRAY: (FieldIndex, u16) = (6, 4);
pub const REPEATED: (FieldIndex, u16) = (7, 5);
pub const CHAIN: (FieldIndex, u16) = (8, 6);
pub const MORE: (FieldIndex, u16) = (9, 7);
pub const LESS: (FieldIndex, u16) = (10, 8);
pub const FLAG: (FieldIndex, u16) = (11, 9);
pub const SELF: (FieldIndex, u16) = (12, 10);
/// Field and set of the inline set.
pub const GROUP: (FieldIndex, SetId) = (13, REST);
pub const UNKNOWN: FieldIndex = 14;
/// In the inline set.
pub const EXTRA: (FieldIndex, u16) = (0, 20);
const ODD: (FieldIndex, u16) = (1, 21);
/// In the dispatched set.
pub const PORT: FieldIndex = 0;

/// The numbers of fields of its sets.
pub fn fields() -> Vec<usize> {
    vec![15, 1, 3, 2]
}

/// A struct with some values; header fields are 0, `unknown` is empty.
pub fn all(given: &[(FieldIndex, Value)]) -> Value {
    let mut values = vec![Value::Nil; 15];
    values[INDEX] = Value::Int(0);
    values[STATE] = Value::Int(0);
    values[BE32] = Value::Int(0);
    values[UNKNOWN] = Value::list(Vec::new());
    for &(field, value) in given {
        values[field] = value;
    }
    Value::structure(ALL, values)
}

/// An empty header.
pub fn body() -> Vec<u8> {
    vec![0; 20]
}

/// A set with an attribute of almost every type.
pub fn schema() -> Schema {
    let attr = |(field, id): (FieldIndex, u16), ty| AttrDef::new(id, field, ty);
    let plain = |scalar| AttrType::Fixed(FixedType::Plain(scalar));
    let set = |set| AttrType::Set { set, nested: true };

    let mut all = AttrSet::default();
    let state = Names::new(vec![(1, 0), (2, 1), (2, 2)]);
    all.header = vec![
        HeaderField { index: INDEX, offset: 4, ty: FixedType::Plain(Scalar::S32) },
        HeaderField { index: STATE, offset: 8, ty: FixedType::Enum(Scalar::U8, state) },
        HeaderField { index: BE32, offset: 16, ty: FixedType::Plain(Scalar::Be32) },
    ];
    all.size = 20;
    let table = HashMap::from([
        (SelectorKey::Bytes(b"tcp".to_vec()), set(TCP)),
        (SelectorKey::Bytes(b"raw".to_vec()), AttrType::Binary { nested: false }),
    ]);
    all.attrs = vec![
        attr(KIND, AttrType::String),
        attr(DATA, AttrType::Dispatch { selector: SelectorField::Own(KIND.0), table }),
        attr(
            BITS,
            AttrType::Fixed(FixedType::Flags(Scalar::U16, Names::new(vec![(1, 3), (2, 4)]))),
        ),
        attr(ARRAY, AttrType::Array { of: Box::new(plain(Scalar::U32)), id: None }),
        attr(REPEATED, AttrType::Repeated(Box::new(plain(Scalar::U16)))),
        attr(CHAIN, AttrType::LengthPrefixed(ENTRY)),
        attr(MORE, AttrType::Uint),
        attr(LESS, AttrType::Sint),
        attr(FLAG, AttrType::Flag),
        attr(SELF, set(ALL)),
    ];
    all.inline_sets = vec![InlineSet::new(GROUP.0, REST)];
    all.unknown = Some(UNKNOWN);

    let mut tcp = AttrSet::default();
    tcp.attrs = vec![AttrDef::new(1, PORT, plain(Scalar::U16))];

    let mut entry = AttrSet::default();
    entry.header = vec![
        HeaderField { index: 0, offset: 0, ty: FixedType::Plain(Scalar::U16) },
        HeaderField { index: 1, offset: 2, ty: FixedType::Plain(Scalar::U16) },
    ];
    entry.size = 4;
    entry.attrs = vec![AttrDef::new(1, 2, AttrType::String)];

    let mut rest = AttrSet::default();
    rest.attrs = vec![attr(EXTRA, plain(Scalar::U32)), attr(ODD, plain(Scalar::U8))];

    Schema::new(vec![all, tcp, entry, rest]).unwrap()
}

/// A message that can be patched: a header of two fields, attributes that do not depend on each
/// other, one of which depends on the header, and an inline set with an attribute that may occur
/// many times.
pub fn patchable() -> Schema {
    let plain = |scalar| AttrType::Fixed(FixedType::Plain(scalar));
    let mut message = AttrSet::default();
    message.header = vec![
        HeaderField { index: 0, offset: 0, ty: FixedType::Plain(Scalar::U8) },
        HeaderField { index: 1, offset: 2, ty: FixedType::Plain(Scalar::U16) },
    ];
    message.size = 4;
    let table = HashMap::from([
        (SelectorKey::Int(0), plain(Scalar::U16)),
        (SelectorKey::Int(1), AttrType::Set { set: 2, nested: false }),
    ]);
    message.attrs = vec![
        AttrDef::new(1, 2, AttrType::Ip),
        AttrDef::new(2, 3, plain(Scalar::U32)),
        AttrDef::new(3, 4, AttrType::String),
        AttrDef::new(4, 5, AttrType::Set { set: 2, nested: true }),
        AttrDef::new(7, 7, AttrType::Dispatch { selector: SelectorField::Own(0), table }),
        AttrDef::new(9, 8, AttrType::LinkAddress),
    ];
    message.inline_sets = vec![InlineSet::new(6, 1)];

    let mut group = AttrSet::default();
    group.attrs = vec![
        AttrDef::new(5, 0, plain(Scalar::U16)),
        AttrDef::new(6, 1, AttrType::Repeated(Box::new(plain(Scalar::U8)))),
    ];

    let mut nested = AttrSet::default();
    nested.attrs = vec![AttrDef::new(1, 0, plain(Scalar::U16))];
    Schema::new(vec![message, group, nested]).unwrap()
}

/// The numbers of fields of its sets.
pub fn patchable_fields() -> Vec<usize> {
    vec![9, 2, 1]
}
