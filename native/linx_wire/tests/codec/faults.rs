//! Faults of decoding, of encoding and of schemas.

use linx_wire::codec::decode::{self, Fault};
use linx_wire::codec::encode::{self, Problem};
use linx_wire::fault::{BadLength, Unit};
use linx_wire::scalar::Scalar;
use linx_wire::schema::{AttrDef, AttrSet, AttrType, InlineSet, MAX_DEPTH, Schema, SchemaError};

use crate::schema::{ALL, ARRAY, CHAIN, DATA, KIND, PORT, REPEATED, SELF, TCP, all, body, schema};
use crate::value::{Plain, Value};
use crate::{decode_all, encode_all, plain, tlv};

#[test]
fn an_entry_shorter_than_its_header_is_a_bad_length() {
    let bytes = [body(), tlv(CHAIN.1, &[3, 0, 0, 0])].concat();
    let fault = BadLength { unit: Unit::Entry, at: 0, len: 3, room: 4 };
    if cfg!(target_endian = "little") {
        assert_eq!(decode_all(&bytes), Err(fault.into()));
    }
}

/// `levels` attributes of the set's own type, nested in each other.
fn nested(levels: usize) -> Vec<u8> {
    (0..levels).fold(body(), |inner, _| [body(), tlv(SELF.1, &inner)].concat())
}

#[test]
fn nesting_is_limited() {
    assert!(decode_all(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(decode_all(&nested(MAX_DEPTH + 1)), Err(Fault::TooDeep));

    let value = |levels| (0..levels).fold(all(&[]), |inner, _| all(&[(SELF.0, inner)]));
    assert!(encode_all(value(MAX_DEPTH)).is_ok());
    assert_eq!(encode_all(value(MAX_DEPTH + 1)).unwrap_err().problem, Problem::TooDeep);
}

#[test]
fn a_fault_has_the_field_and_the_value() {
    let inner = Value::structure(TCP, vec![Value::Int(70_000)]);
    let value = all(&[(KIND.0, Value::bytes(b"tcp")), (DATA.0, inner)]);
    let problem = Problem::Range { value: Value::Int(70_000), scalar: Scalar::U16 };
    assert_eq!(encode_all(value), Err(encode::Fault { set: TCP, field: PORT, problem }));

    let kind = Value::bytes(b"udp");
    let value = all(&[(KIND.0, kind), (DATA.0, Value::bytes(b"raw"))]);
    let problem = Problem::NoType { set: ALL, selector: KIND.0, value: kind };
    assert_eq!(encode_all(value), Err(encode::Fault { set: ALL, field: DATA.0, problem }));
}

#[test]
fn a_list_ends_when_its_builder_is_exhausted() {
    let many = |id, payload: &[u8]| tlv(id, payload).repeat(1000);
    let lists = [
        tlv(ARRAY.1, &many(1, &[0; 4])),
        many(REPEATED.1, &[0; 2]),
        tlv(CHAIN.1, &many(0, &[])),
        many(0x3000, &[]),
    ];
    for list in lists {
        let bytes = [body(), list].concat();
        assert!(decode_all(&bytes).is_ok());
        let mut build = Plain { room: 900, ..plain() };
        assert_eq!(decode::decode(&schema(), &bytes, &mut build), Err(Fault::Exhausted));
    }
}

#[test]
fn a_contradictory_schema_is_rejected() {
    let with = |row: AttrDef| {
        let mut set = AttrSet::default();
        set.attrs = vec![row];
        Schema::new(vec![set]).map(|_| ())
    };
    assert_eq!(
        with(AttrDef::new(1, 0, AttrType::Set { set: 1, nested: false })),
        Err(SchemaError::NoSet(0))
    );
    assert_eq!(
        with(AttrDef::new(1, 0, AttrType::StructArray(0))),
        Err(SchemaError::StructArray(0))
    );
    assert_eq!(
        with(AttrDef::new(1, 0, AttrType::LengthPrefixed(0))),
        Err(SchemaError::LengthPrefixed(0))
    );

    let mut set = AttrSet::default();
    set.inline_sets = vec![InlineSet::new(0, 0)];
    assert_eq!(Schema::new(vec![set]).map(|_| ()), Err(SchemaError::InlineSet(0)));
}
