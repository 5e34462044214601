//! Types of attributes, each in a set of its own.

use std::collections::HashMap;

use linx_wire::attr::NESTED;
use linx_wire::codec::delta::DeltaDecoder;
use linx_wire::codec::encode::{Expected, Problem};
use linx_wire::codec::path::{self, Step};
use linx_wire::codec::{decode, encode};
use linx_wire::scalar::Scalar;
use linx_wire::schema::{
    AttrDef, AttrSet, AttrType, FixedType, HeaderField, InlineSet, Names, Schema, SchemaError,
    SelectorField, SelectorKey,
};

use crate::tlv;
use crate::value::{Plain, Value};

/// A set with these parts.
macro_rules! set {
    ($($part:ident: $value:expr),* $(,)?) => {{
        let mut set = AttrSet::default();
        $(set.$part = $value;)*
        set
    }};
}

/// A schema whose message has one attribute, with the number 1.
fn one(ty: AttrType) -> Schema {
    let set = set!(attrs: vec![AttrDef::new(1, 0, ty)]);
    Schema::new(vec![set]).unwrap()
}

fn plain() -> Plain {
    Plain::new(vec![1])
}

/// The value of the attribute with this payload.
fn read(ty: &AttrType, payload: &[u8]) -> Value {
    match decode::decode(&one(ty.clone()), &tlv(1, payload), &mut plain()).unwrap() {
        Value::Struct(0, [value]) => *value,
        other => panic!("not a struct: {other:?}"),
    }
}

/// The message with this value.
fn write(ty: &AttrType, value: Value) -> Result<Vec<u8>, Problem<Value>> {
    let message = Value::structure(0, vec![value]);
    encode::encode(&one(ty.clone()), message, &plain()).map_err(|fault| fault.problem)
}

/// Asserts that the payload decodes to the value, and the value encodes to the payload.
fn assert_same(ty: &AttrType, value: Value, payload: &[u8]) {
    assert_eq!(read(ty, payload), value);
    assert_eq!(write(ty, value).unwrap(), tlv(1 | ty.flags(), payload));
}

fn type_error(expected: Expected, value: Value) -> Result<Vec<u8>, Problem<Value>> {
    Err(Problem::Type { expected, value })
}

fn int(value: i128) -> Value {
    Value::Int(value)
}

#[test]
fn signed_big_endian_integers_are_read_and_written_within_their_range() {
    for (scalar, value, bytes) in [
        (Scalar::SBe16, -2, &[0xff, 0xfe][..]),
        (Scalar::SBe16, 0x0102, &[1, 2]),
        (Scalar::SBe32, -2, &[0xff, 0xff, 0xff, 0xfe]),
        (Scalar::SBe32, i32::MIN.into(), &[0x80, 0, 0, 0]),
        (Scalar::SBe64, -2, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]),
    ] {
        let ty = AttrType::Fixed(FixedType::Plain(scalar));
        assert_same(&ty, int(value), bytes);
        assert_eq!(read(&ty, &bytes[1..]), Value::Nil);
        assert_eq!(Scalar::of(scalar.name()), Some(scalar));
        let (value, limit) = (int(1 << (8 * scalar.width() - 1)), scalar);
        assert_eq!(write(&ty, value), Err(Problem::Range { value, scalar: limit }));
    }
}

#[test]
fn ticks_are_nanoseconds_rounded_down_to_64() {
    let ty = AttrType::Fixed(FixedType::Plain(Scalar::Ticks));
    assert_same(&ty, int(640), &10u32.to_ne_bytes());
    assert_same(&ty, int(64 * i128::from(u32::MAX)), &u32::MAX.to_ne_bytes());
    assert_eq!(write(&ty, int(703)).unwrap(), tlv(1, &10u32.to_ne_bytes()));
    for value in [int(-1), int(64 << 32)] {
        assert_eq!(write(&ty, value), Err(Problem::Range { value, scalar: Scalar::Ticks }));
    }
}

#[test]
fn enums_and_flags_may_be_big_endian() {
    let names = || Names::new(vec![(1, 0), (0x100, 1)]);
    let ty = AttrType::Fixed(FixedType::Enum(Scalar::Be16, names()));
    assert_same(&ty, Value::Name(1), &[1, 0]);
    assert_same(&ty, int(2), &[0, 2]);
    let ty = AttrType::Fixed(FixedType::Flags(Scalar::Be16, names()));
    assert_same(&ty, Value::list(vec![Value::Name(0), Value::Name(1), int(8)]), &[1, 9]);

    let names = Names::new(vec![(-2, 0)]);
    let ty = AttrType::Fixed(FixedType::Enum(Scalar::SBe16, names));
    assert_same(&ty, Value::Name(0), &[0xff, 0xfe]);
}

#[test]
fn binaries_of_a_fixed_length_reject_other_lengths() {
    let ty = AttrType::Fixed(FixedType::Bytes(5));
    assert_same(&ty, Value::bytes(&[1, 2, 3, 4, 5]), &[1, 2, 3, 4, 5]);
    assert_eq!(read(&ty, &[1, 2, 3, 4]), Value::Nil);
    assert_eq!(read(&ty, &[1, 2, 3, 4, 5, 6]), Value::bytes(&[1, 2, 3, 4, 5]));
    for wrong in [Value::bytes(&[1; 4]), Value::bytes(&[1; 6]), int(1)] {
        assert_eq!(write(&ty, wrong), type_error(Expected::BinaryOf(5), wrong));
    }
}

#[test]
fn arrays_may_have_values_with_names() {
    let names = || Names::new(vec![(1, 0), (2, 1)]);
    let ty = AttrType::FixedArray(FixedType::Enum(Scalar::Be16, names()));
    let value = Value::list(vec![Value::Name(1), int(7), Value::Name(0)]);
    assert_same(&ty, value, &[0, 2, 0, 7, 0, 1]);
    assert_eq!(
        read(&ty, &[0, 2, 0]),
        Value::list(vec![Value::Name(1)]),
        "an incomplete last element is ignored"
    );
    assert_same(&ty, Value::list(Vec::new()), &[]);
    let (expected, value) = (Expected::IntegerOrName(vec![0, 1]), Value::Name(2));
    assert_eq!(write(&ty, Value::list(vec![value])), type_error(expected, value));

    let ty = AttrType::FixedArray(FixedType::Flags(Scalar::U8, names()));
    let both = Value::list(vec![Value::Name(0), Value::Name(1)]);
    assert_same(&ty, Value::list(vec![both, Value::list(Vec::new())]), &[3, 0]);
    let ty = AttrType::FixedArray(FixedType::Bytes(2));
    let pairs = Value::list(vec![Value::bytes(&[1, 2]), Value::bytes(&[3, 4])]);
    assert_same(&ty, pairs, &[1, 2, 3, 4]);
}

#[test]
fn indexed_arrays_keep_the_numbers_of_their_elements() {
    let ty = AttrType::Indexed(Box::new(AttrType::String));
    let element = |number, text| Value::tuple(vec![int(number), Value::bytes(text)]);
    let value = Value::list(vec![element(3, b"c"), element(0, b"a"), element(3, b"d")]);
    let payload = [tlv(3, b"c\0"), tlv(0, b"a\0"), tlv(3, b"d\0")].concat();
    assert_eq!(ty.flags(), NESTED);
    assert_same(&ty, value, &payload);
    let flagged = tlv(3 | NESTED, b"c\0");
    assert_eq!(read(&ty, &flagged), Value::list(vec![element(3, b"c")]));

    let beyond = element(0x4000, b"a");
    let number = int(0x4000);
    let wrong = write(&ty, Value::list(vec![beyond]));
    assert_eq!(wrong, type_error(Expected::AttributeNumber, number));
    let wrong = write(&ty, Value::list(vec![int(1)]));
    assert_eq!(wrong, type_error(Expected::NumberedValue, int(1)));

    // A path leads to the element by its number: the second one begins at 4 + 8.
    let message = tlv(1 | NESTED, &payload);
    let path = path::path_at(&one(ty), &message, 12);
    assert_eq!(path, [Step::Field(0, 0), Step::Number(0)]);
}

#[test]
fn socket_addresses_are_tuples_of_address_and_port() {
    let ty = AttrType::SockAddr;
    let family = |family: u16| family.to_ne_bytes();
    let inet = [&family(2)[..], &[0xca, 0x6c, 192, 0, 2, 1], &[0; 8]].concat();
    let value = Value::tuple(vec![Value::address(&[192, 0, 2, 1]), int(51820)]);
    assert_same(&ty, value, &inet);

    let inet6 = |scope_id: u32| {
        let scope_id = scope_id.to_ne_bytes();
        [&family(10)[..], &[0, 53], &[0; 4], &[7; 16], &scope_id].concat()
    };
    let address = Value::address(&[7; 16]);
    assert_same(&ty, Value::tuple(vec![address, int(53)]), &inet6(0));
    assert_same(&ty, Value::tuple(vec![address, int(53), int(9)]), &inet6(9));

    // Other families and incomplete addresses are bytes.
    for bytes in [&[&family(1)[..], b"/run"].concat()[..], &inet[..7], &inet6(0)[..27], &[1], &[]] {
        assert_same(&ty, Value::bytes(bytes), bytes);
    }

    let port = Value::tuple(vec![address, int(0x10000)]);
    let range = Problem::Range { value: int(0x10000), scalar: Scalar::U16 };
    assert_eq!(write(&ty, port), Err(range));
    let scoped = Value::tuple(vec![Value::address(&[192, 0, 2, 1]), int(1), int(1)]);
    for wrong in [scoped, address, Value::tuple(vec![address]), Value::tuple(vec![int(1), int(1)])]
    {
        assert_eq!(write(&ty, wrong), type_error(Expected::SockAddr, wrong));
    }
}

/// The name of the outer field of the sets below.
const KIND: usize = 0;

/// A message with a kind, a nest and an inline set, each of which has an attribute whose type depends
/// on that kind. The nest may also be in a further nest, which has a kind of its own.
fn outer() -> Schema {
    let dispatch = || {
        let table = HashMap::from([
            (SelectorKey::Bytes(b"a".to_vec()), AttrType::Fixed(FixedType::Plain(Scalar::U16))),
            (SelectorKey::Bytes(b"b".to_vec()), AttrType::String),
        ]);
        AttrType::Dispatch { selector: SelectorField::Outer(KIND), table }
    };
    let set = |set| AttrType::Set { set, nested: true };
    let message = set!(attrs: vec![
            AttrDef::new(1, 0, AttrType::String),
            AttrDef::new(2, 1, set(1)),
            AttrDef::new(4, 3, set(3)),
        ],
        inline_sets: vec![InlineSet::new(2, 2)],
        outer_fields: vec![(KIND, 0)]);
    let nest = set!(attrs: vec![AttrDef::new(1, 0, dispatch())]);
    let inline = set!(attrs: vec![AttrDef::new(3, 0, dispatch())]);
    let between = set!(attrs: vec![AttrDef::new(1, 0, AttrType::String), AttrDef::new(2, 1, set(1))],
        outer_fields: vec![(KIND, 0)]);
    Schema::new(vec![message, nest, inline, between]).unwrap()
}

fn outer_plain() -> Plain {
    Plain::new(vec![4, 1, 1, 2])
}

fn outer_body(kind: &[u8], payload: &[u8]) -> Vec<u8> {
    let nest = tlv(1, payload);
    let between = [tlv(1, b"b\0"), tlv(2 | NESTED, &tlv(1, b"ok\0"))].concat();
    let attrs = [tlv(1, kind), tlv(2 | NESTED, &nest), tlv(4 | NESTED, &between), tlv(3, payload)];
    attrs.concat()
}

fn outer_value(kind: &[u8], value: Value) -> Value {
    let text = Value::structure(1, vec![Value::bytes(b"ok")]);
    Value::structure(
        0,
        vec![
            Value::bytes(kind),
            Value::structure(1, vec![value]),
            Value::structure(2, vec![value]),
            Value::structure(3, vec![Value::bytes(b"b"), text]),
        ],
    )
}

#[test]
fn a_dispatch_on_an_outer_field_takes_the_nearest_one() {
    let number = 0x6261_u16.to_ne_bytes();
    for (kind, payload, value) in
        [(b"a", &number[..], int(0x6261)), (b"b", b"xyz\0", Value::bytes(b"xyz"))]
    {
        let terminated = [&kind[..], b"\0"].concat();
        let (body, value) = (outer_body(&terminated, payload), outer_value(kind, value));
        assert_eq!(decode::decode(&outer(), &body, &mut outer_plain()), Ok(value));
        let encoded = encode::encode(&outer(), value, &outer_plain()).unwrap();
        assert_eq!(decode::decode(&outer(), &encoded, &mut outer_plain()), Ok(value));
    }
    // Without a type for the selector's value the payload is bytes, and cannot be encoded.
    let value = outer_value(b"c", Value::bytes(b"xyz"));
    let body = outer_body(b"c\0", b"xyz");
    assert_eq!(decode::decode(&outer(), &body, &mut outer_plain()), Ok(value));
    let fault = encode::encode(&outer(), value, &outer_plain()).unwrap_err();
    let problem = Problem::NoType { set: 0, selector: 0, value: Value::bytes(b"c") };
    assert_eq!(fault, encode::Fault { set: 1, field: 0, problem });
}

#[test]
fn a_payload_is_not_memoized_for_another_outer_field() {
    let schema = outer();
    let mut plain = outer_plain();
    let mut decoder = DeltaDecoder::new(&schema, &mut plain);
    // The nests have equal bytes, and the messages differ in the kind alone.
    for kind in [b"a\0", b"b\0", b"a\0", b"c\0", b"b\0"] {
        let body = outer_body(kind, b"ba").leak();
        let mut value = Value::Nil;
        decoder.next(body, &mut value).unwrap();
        assert_eq!(Ok(value), decode::decode(&schema, body, &mut outer_plain()), "{kind:?}");
    }
}

#[test]
fn a_path_goes_through_a_dispatch_on_an_outer_field() {
    let table = HashMap::from([(SelectorKey::Int(7), AttrType::Set { set: 2, nested: true })]);
    let dispatch = AttrType::Dispatch { selector: SelectorField::Outer(KIND), table };
    let message = set!(header: vec![HeaderField { index: 0, offset: 0, ty: FixedType::Plain(Scalar::U32) }],
        size: 4,
        attrs: vec![AttrDef::new(1, 1, AttrType::Set { set: 1, nested: true })],
        outer_fields: vec![(KIND, 0)]);
    let nest = set!(attrs: vec![AttrDef::new(1, 0, dispatch)]);
    let inner = set!(attrs: vec![AttrDef::new(5, 0, AttrType::String)]);
    let schema = Schema::new(vec![message, nest, inner]).unwrap();
    let body = |kind: u32| [&kind.to_ne_bytes()[..], &tlv(1, &tlv(1, &tlv(5, b"x\0")))].concat();
    let fields = [Step::Field(0, 1), Step::Field(1, 0), Step::Field(2, 0)];
    assert_eq!(path::path_at(&schema, &body(7), 12), fields);
    assert_eq!(path::path_at(&schema, &body(8), 12), fields[..2]);
    assert_eq!(path::path_of_missing(&schema, &body(7), Some(8), 5), fields);
}

#[test]
fn types_that_contradict_themselves_are_rejected() {
    let with = |ty| {
        let set = set!(attrs: vec![AttrDef::new(1, 0, ty)]);
        Schema::new(vec![set]).map(|_| ())
    };
    let empty = AttrType::FixedArray(FixedType::Bytes(0));
    assert_eq!(with(empty.clone()), Err(SchemaError::FixedArray(0)));
    assert_eq!(with(AttrType::Indexed(Box::new(empty))), Err(SchemaError::FixedArray(0)));
    let set = set!(outer_fields: vec![(KIND, 0)]);
    assert_eq!(Schema::new(vec![set]).map(|_| ()), Err(SchemaError::Selector(0)));
}

#[test]
fn a_dispatch_without_an_enclosing_selector_cannot_be_encoded() {
    let selector = SelectorField::Outer(KIND);
    let ty = AttrType::Dispatch { selector, table: HashMap::new() };
    assert_eq!(write(&ty, int(1)), Err(Problem::NoSelector));
    assert_eq!(read(&ty, b"x"), Value::bytes(b"x"));
}

#[test]
fn a_link_address_follows_its_length() {
    let ty = AttrType::PacketHw;
    assert_eq!(ty.flags(), 0);
    assert_same(&ty, Value::address(&[2, 0, 0, 0, 0, 9]), &[0, 6, 0, 0, 2, 0, 0, 0, 0, 9, 0, 0]);
    assert_same(&ty, Value::address(&[1]), &[0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    assert_same(&ty, Value::address(&[7; 8]), &[0, 8, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7]);
    for short in [&[][..], &[0], &[0, 1], &[0, 1, 0, 0], &[0, 9, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]] {
        assert_eq!(read(&ty, short), Value::Nil);
    }
    assert_eq!(read(&ty, &[0; 12]), Value::Nil, "a length of 0");
    for wrong in [Value::address(&[7; 9]), Value::address(&[]), Value::bytes(&[1]), int(1)] {
        assert_eq!(write(&ty, wrong), type_error(Expected::PacketHw, wrong));
    }
}

#[test]
fn names_and_prefixes_are_decoded_as_one_list() {
    let ty = AttrType::Patterns { name: 1, prefix: 2 };
    let list = |texts: &[&[u8]]| Value::list(texts.iter().map(|text| Value::bytes(text)).collect());
    let payload = [tlv(2, b"v\0"), tlv(1, b"lo\0"), tlv(2, b"\0")].concat();
    assert_eq!(ty.flags(), NESTED);
    assert_same(&ty, list(&[b"v*", b"lo", b"*"]), &payload);
    assert_same(&ty, list(&[]), &[]);
    assert_eq!(read(&ty, &tlv(2 | NESTED, b"v")), list(&[b"v*"]));

    assert_eq!(write(&ty, list(&[b"a\0*"])), Err(Problem::Nul));
    assert_eq!(write(&ty, int(1)), type_error(Expected::List, int(1)));
    assert_eq!(write(&ty, Value::list(vec![int(1)])), type_error(Expected::String, int(1)));

    let message = tlv(1 | NESTED, &payload);
    let path = |offset| path::path_at(&one(ty.clone()), &message, offset);
    assert_eq!(path(0), [Step::Field(0, 0)]);
    assert_eq!(path(12), [Step::Field(0, 0), Step::Element(1)]);
    assert_eq!(path(16), [Step::Field(0, 0), Step::Element(1)]);
}
