//! Sets: their headers, attributes and inline sets, encoded and decoded.

use linx_wire::attr;
use linx_wire::codec::decode;
use linx_wire::codec::encode;
use linx_wire::scalar::Scalar;
use linx_wire::schema::{AttrSet, FixedType, HeaderField, Schema};

use crate::schema::{
    BE32, BITS, CHAIN, DATA, ENTRY, EXTRA, GROUP, INDEX, KIND, STATE, TCP, UNKNOWN, all, body,
    patchable, patchable_fields,
};
use crate::value::{Plain, Value};
use crate::{encode_all, field, tlv};

#[test]
fn a_header_is_laid_out_as_declared() {
    let bytes = encode_all(all(&[(INDEX, Value::Int(-2)), (STATE, Value::Name(1))])).unwrap();
    assert_eq!(bytes[..4], [0, 0, 0, 0]);
    assert_eq!(bytes[4..8], (-2_i32).to_ne_bytes());
    assert_eq!(bytes[8..], [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn big_endian_fields_are_big_endian() {
    let bytes = encode_all(all(&[(BE32, Value::Int(0x0102_0304))])).unwrap();
    assert_eq!(bytes[16..], [1, 2, 3, 4]);
}

#[test]
fn a_dispatched_attribute_may_come_before_its_selector() {
    let inner = tlv(1, &80_u16.to_ne_bytes());
    let bytes = [body(), tlv(DATA.1, &inner), tlv(KIND.1, b"tcp\0")].concat();
    assert_eq!(field(&bytes, DATA.0), Value::structure(TCP, vec![Value::Int(80)]));
}

#[test]
fn the_first_attribute_of_a_number_is_decoded_with_any_flags() {
    let bytes = [body(), tlv(KIND.1 | attr::NESTED, b"one\0"), tlv(KIND.1, b"two\0")].concat();
    assert_eq!(field(&bytes, KIND.0), Value::bytes(b"one"));
}

#[test]
fn unknown_attributes_keep_their_order_and_flags() {
    let bytes = [body(), tlv(0x7001, b"b"), tlv(KIND.1, b"k\0"), tlv(0x3000, b"")].concat();
    let pair = |id, bytes| Value::tuple(vec![Value::Int(id), Value::bytes(bytes)]);
    assert_eq!(field(&bytes, UNKNOWN), Value::list(vec![pair(0x7001, b"b"), pair(0x3000, b"")]));
}

#[test]
fn inline_sets_take_their_attributes_from_the_same_level() {
    let bytes = [body(), tlv(EXTRA.1, &7_u32.to_ne_bytes())].concat();
    assert_eq!(field(&bytes, GROUP.0), Value::structure(GROUP.1, vec![Value::Int(7), Value::Nil]));
    assert_eq!(field(&body(), GROUP.0), Value::Nil);
}

#[test]
fn values_without_a_name_are_integers() {
    let mut bytes = body();
    bytes[8] = 9;
    assert_eq!(field(&bytes, STATE), Value::Int(9));
    let bytes = [body(), tlv(BITS.1, &0x8003_u16.to_ne_bytes())].concat();
    let expected = vec![Value::Name(3), Value::Name(4), Value::Int(0x8000)];
    assert_eq!(field(&bytes, BITS.0), Value::list(expected));
}

#[test]
fn length_prefixed_entries_are_aligned_and_their_lengths_computed() {
    let entry = |name: &[u8]| {
        Value::structure(ENTRY, vec![Value::Int(0), Value::Int(5), Value::bytes(name)])
    };
    let value = all(&[(CHAIN.0, Value::list(vec![entry(b"a"), entry(b"bcde")]))]);
    let bytes = encode_all(value).unwrap();
    let chain = &bytes[body().len() + attr::HEADER..];
    // Two u16 and an attribute with its padding: 4 + 8 and 4 + 12 bytes.
    assert_eq!(chain.len(), 28);
    assert_eq!(chain[..2], 12_u16.to_ne_bytes());
    assert_eq!(chain[12..14], 16_u16.to_ne_bytes());
    let Value::List(entries) = field(&bytes, CHAIN.0) else { panic!("no list") };
    assert_eq!(
        entries[1],
        Value::structure(ENTRY, vec![Value::Int(16), Value::Int(5), Value::bytes(b"bcde")])
    );
}

#[test]
fn link_addresses_have_1_to_32_bytes() {
    let (schema, mut plain) = (patchable(), Plain::new(patchable_fields()));
    for size in 0..40 {
        let bytes = vec![0xA5; size];
        let body = [vec![0; 4], tlv(9, &bytes)].concat();
        let message = decode::decode(&schema, &body, &mut plain).unwrap();
        let Value::Struct(_, values) = message else { panic!("not a struct: {message:?}") };
        if (1..=32).contains(&size) {
            assert_eq!(values[8], Value::address(&bytes));
            assert_eq!(encode::encode(&schema, message, &plain).unwrap(), body);
        } else {
            assert_eq!(values[8], Value::Nil);
            let mut values = values.to_vec();
            values[8] = Value::address(&bytes);
            assert!(encode::encode(&schema, Value::structure(0, values), &plain).is_err());
        }
    }
}

#[test]
fn bytes_in_a_header_have_a_fixed_length() {
    let mut set = AttrSet::default();
    set.header = vec![
        HeaderField { index: 0, offset: 0, ty: FixedType::Plain(Scalar::U16) },
        HeaderField { index: 1, offset: 2, ty: FixedType::Bytes(5) },
    ];
    set.size = 8;
    let schema = Schema::new(vec![set]).unwrap();
    let mut plain = Plain::new(vec![2]);
    let body = [7, 7, 2, 3, 4, 5, 6, 0];
    let value = Value::structure(0, vec![Value::Int(0x0707), Value::bytes(&body[2..7])]);
    assert_eq!(decode::decode(&schema, &body, &mut plain), Ok(value));
    assert_eq!(encode::encode(&schema, value, &plain), Ok(body.to_vec()));
    let short = Value::structure(0, vec![Value::Int(0x0707), Value::Nil]);
    assert_eq!(decode::decode(&schema, &body[..6], &mut plain), Ok(short));
    let wrong = Value::structure(0, vec![Value::Int(0x0707), Value::bytes(&[1; 4])]);
    assert!(encode::encode(&schema, wrong, &plain).is_err());
}
