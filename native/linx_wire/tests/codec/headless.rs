//! Nests of the attributes of a set without its header.

use linx_wire::attr::NESTED;
use linx_wire::codec::encode::{Expected, Problem};
use linx_wire::codec::path::{self, Step};
use linx_wire::codec::{decode, encode};
use linx_wire::scalar::Scalar;
use linx_wire::schema::{AttrDef, AttrSet, AttrType, FixedType, HeaderField, MAX_DEPTH, Schema};

use crate::tlv;
use crate::value::{Plain, Value};

fn attrs(attrs: Vec<AttrDef>) -> AttrSet {
    let mut set = AttrSet::default();
    set.attrs = attrs;
    set
}

fn int(value: i128) -> Value {
    Value::Int(value)
}

#[test]
fn the_header_of_a_headless_nest_is_not_written() {
    let mut inner = attrs(vec![
        AttrDef::new(3, 1, AttrType::Fixed(FixedType::Plain(Scalar::U8))),
        AttrDef::new(4, 2, AttrType::Attrs(1)),
    ]);
    inner.size = 4;
    inner.header = vec![HeaderField { index: 0, offset: 0, ty: FixedType::Plain(Scalar::U32) }];
    let message = attrs(vec![AttrDef::new(1, 0, AttrType::Attrs(1))]);
    let schema = Schema::new(vec![message, inner]).unwrap();
    let mut plain = Plain::new(vec![1, 3]);

    let innermost = |header| Value::structure(1, vec![header, int(6), Value::Nil]);
    let value = |header| {
        Value::structure(0, vec![Value::structure(1, vec![header, int(5), innermost(header)])])
    };
    let nest = [tlv(3, &[5]), tlv(4 | NESTED, &tlv(3, &[6]))].concat();
    let bytes = tlv(1 | NESTED, &nest);

    // The header is not written, and its fields are decoded as their defaults.
    assert_eq!(encode::encode(&schema, value(int(9)), &plain).unwrap(), bytes);
    assert_eq!(decode::decode(&schema, &bytes, &mut plain).unwrap(), value(Value::Nil));

    let wrong = encode::encode(&schema, Value::structure(0, vec![int(1)]), &plain);
    assert_eq!(
        wrong.unwrap_err().problem,
        Problem::Type { expected: Expected::Struct(1), value: int(1) }
    );

    let at = |offset| path::path_at(&schema, &bytes, offset);
    let field = Step::Field;
    assert_eq!(at(0), [field(0, 0)]);
    assert_eq!(at(4), [field(0, 0), field(1, 1)]);
    assert_eq!(at(12), [field(0, 0), field(1, 2)]);
    assert_eq!(at(16), [field(0, 0), field(1, 2), field(1, 1)]);
    let missing = path::path_of_missing(&schema, &bytes, Some(0), 3);
    assert_eq!(missing, [field(0, 0), field(1, 1)]);
}

#[test]
fn headless_nests_are_nested_to_a_limit() {
    let message = attrs(vec![AttrDef::new(1, 0, AttrType::Attrs(0))]);
    let schema = Schema::new(vec![message]).unwrap();
    let mut plain = Plain::new(vec![1]);
    let nested = |levels| {
        (0..levels)
            .fold((Value::structure(0, vec![Value::Nil]), Vec::new()), |(value, bytes), _| {
                (Value::structure(0, vec![value]), tlv(1 | NESTED, &bytes))
            })
    };

    let (value, bytes) = nested(MAX_DEPTH);
    assert_eq!(encode::encode(&schema, value, &plain).unwrap(), bytes);
    assert_eq!(decode::decode(&schema, &bytes, &mut plain).unwrap(), value);

    let (value, bytes) = nested(MAX_DEPTH + 1);
    assert_eq!(encode::encode(&schema, value, &plain).unwrap_err().problem, Problem::TooDeep);
    assert_eq!(decode::decode(&schema, &bytes, &mut plain), Err(decode::Fault::TooDeep));
    let path = path::path_at(&schema, &bytes, bytes.len() - 1);
    assert_eq!(path.len(), MAX_DEPTH + 1);
}
