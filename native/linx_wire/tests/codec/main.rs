//! The engine against a schema that has one of everything.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail with it"
)]

mod schema;
mod value;

use linx_wire::attr;
use linx_wire::decode::{self, Fault};
use linx_wire::encode::{self, Problem};
use linx_wire::fault::BadLength;
use linx_wire::locate::{self, Step};
use linx_wire::scalar::Scalar;
use linx_wire::schema::{BadSchema, Field, Fixed, Group, Kind, MAX_DEPTH, Row, Schema, Set};
use proptest::prelude::*;

use schema::{
    ALL, ARRAY, BE32, BITS, CHAIN, DATA, ENTRY, EXTRA, GROUP, INDEX, KIND, LESS, MORE, PORT,
    REPEATED, SELF, STATE, TCP, UNKNOWN, all, body, schema, separable, separable_width, width,
};
use value::{Plain, Value};

fn plain() -> Plain {
    Plain::new(width())
}

fn encode(value: Value) -> Result<Vec<u8>, encode::Fault> {
    encode::encode(&schema(), value, &plain())
}

fn decode(bytes: &[u8]) -> Result<Value, Fault> {
    decode::decode(&schema(), bytes, &mut plain())
}

fn tlv(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    attr::put(&mut out, kind, payload).unwrap();
    out
}

/// The value of one slot after the other slots were left empty.
fn slot(bytes: &[u8], slot: usize) -> Value {
    match decode(bytes).unwrap() {
        Value::Struct(ALL, values) => values[slot],
        other => panic!("not a struct: {other:?}"),
    }
}

#[test]
fn a_header_is_laid_out_as_declared() {
    let bytes = encode(all(&[(INDEX, Value::Int(-2)), (STATE, Value::Name(1))])).unwrap();
    assert_eq!(bytes[..4], [0, 0, 0, 0]);
    assert_eq!(bytes[4..8], (-2_i32).to_ne_bytes());
    assert_eq!(bytes[8..], [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn big_endian_is_big_endian() {
    let bytes = encode(all(&[(BE32, Value::Int(0x0102_0304))])).unwrap();
    assert_eq!(bytes[16..], [1, 2, 3, 4]);
}

#[test]
fn a_dispatched_attribute_may_come_before_its_selector() {
    let inner = tlv(1, &80_u16.to_ne_bytes());
    let bytes = [body(), tlv(DATA.1, &inner), tlv(KIND.1, b"tcp\0")].concat();
    assert_eq!(slot(&bytes, DATA.0), Value::strukt(TCP, vec![Value::Int(80)]));
}

#[test]
fn the_first_attribute_of_a_number_counts_whatever_its_flags() {
    let bytes = [body(), tlv(KIND.1 | attr::NESTED, b"one\0"), tlv(KIND.1, b"two\0")].concat();
    assert_eq!(slot(&bytes, KIND.0), Value::bytes(b"one"));
}

#[test]
fn unknown_attributes_keep_their_order_and_flags() {
    let bytes = [body(), tlv(0x7001, b"b"), tlv(KIND.1, b"k\0"), tlv(0x3000, b"")].concat();
    let pair = |kind, bytes| Value::pair(Value::Int(kind), Value::bytes(bytes));
    assert_eq!(slot(&bytes, UNKNOWN), Value::list(vec![pair(0x7001, b"b"), pair(0x3000, b"")]));
}

#[test]
fn groups_take_their_attributes_from_the_same_level() {
    let bytes = [body(), tlv(EXTRA.1, &7_u32.to_ne_bytes())].concat();
    assert_eq!(slot(&bytes, GROUP.0), Value::strukt(GROUP.1, vec![Value::Int(7), Value::Nil]));
    assert_eq!(slot(&body(), GROUP.0), Value::Nil);
}

#[test]
fn a_list_ends_where_its_builder_is_exhausted() {
    let many = |kind, payload: &[u8]| tlv(kind, payload).repeat(1000);
    let lists = [
        tlv(ARRAY.1, &many(1, &[0; 4])),
        many(REPEATED.1, &[0; 2]),
        tlv(CHAIN.1, &many(0, &[])),
        many(0x3000, &[]),
    ];
    for list in lists {
        let bytes = [body(), list].concat();
        assert!(decode(&bytes).is_ok());
        let mut build = Plain { room: 900, ..plain() };
        assert_eq!(decode::decode(&schema(), &bytes, &mut build), Err(Fault::Exhausted));
    }
}

#[test]
fn names_that_nobody_gave_stay_integers() {
    let mut bytes = body();
    bytes[8] = 9;
    assert_eq!(slot(&bytes, STATE), Value::Int(9));
    let bytes = [body(), tlv(BITS.1, &0x8003_u16.to_ne_bytes())].concat();
    let expected = vec![Value::Name(3), Value::Name(4), Value::Int(0x8000)];
    assert_eq!(slot(&bytes, BITS.0), Value::list(expected));
}

#[test]
fn a_chain_computes_lengths_and_aligns_entries() {
    let entry =
        |name: &[u8]| Value::strukt(ENTRY, vec![Value::Int(0), Value::Int(5), Value::bytes(name)]);
    let value = all(&[(CHAIN.0, Value::list(vec![entry(b"a"), entry(b"bcde")]))]);
    let bytes = encode(value).unwrap();
    let chain = &bytes[body().len() + attr::HEADER..];
    // Two times u16 and an attribute: 4 + 8 and 4 + 12 bytes, its padding included.
    assert_eq!(chain.len(), 28);
    assert_eq!(chain[..2], 12_u16.to_ne_bytes());
    assert_eq!(chain[12..14], 16_u16.to_ne_bytes());
    let Value::List(entries) = slot(&bytes, CHAIN.0) else { panic!("no list") };
    assert_eq!(
        entries[1],
        Value::strukt(ENTRY, vec![Value::Int(16), Value::Int(5), Value::bytes(b"bcde")])
    );
}

#[test]
fn an_entry_shorter_than_its_header_is_an_inconsistent_length() {
    let bytes = [body(), tlv(CHAIN.1, &[3, 0, 0, 0])].concat();
    let fault = BadLength { what: "entry", at: 0, len: 3, room: 4 };
    if cfg!(target_endian = "little") {
        assert_eq!(decode(&bytes), Err(fault.into()));
    }
}

/// `levels` attributes of the set's own kind within each other.
fn nested(levels: usize) -> Vec<u8> {
    (0..levels).fold(body(), |inner, _| [body(), tlv(SELF.1, &inner)].concat())
}

#[test]
fn nesting_ends_at_the_limit() {
    assert!(decode(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(decode(&nested(MAX_DEPTH + 1)), Err(Fault::Deep));

    let value = |levels| (0..levels).fold(all(&[]), |inner, _| all(&[(SELF.0, inner)]));
    assert!(encode(value(MAX_DEPTH)).is_ok());
    assert_eq!(encode(value(MAX_DEPTH + 1)).unwrap_err().problem, Problem::Deep);
}

#[test]
fn faults_name_the_field() {
    let inner = Value::strukt(TCP, vec![Value::Int(70_000)]);
    let value = all(&[(KIND.0, Value::bytes(b"tcp")), (DATA.0, inner)]);
    let fault = encode(value).unwrap_err();
    assert_eq!(fault.to_string(), "Tcp: cannot encode field :port: 70000 does not fit :u16");

    let value = all(&[(KIND.0, Value::bytes(b"udp")), (DATA.0, Value::bytes(b"raw"))]);
    assert!(encode(value).unwrap_err().to_string().contains("no codec registered"));
}

#[test]
fn a_location_goes_down_to_the_attribute() {
    let tcp = tlv(1, &80_u16.to_ne_bytes());
    let array = [tlv(1, &1_u32.to_ne_bytes()), tlv(2, &2_u32.to_ne_bytes())].concat();
    let parts = [
        body(),                                // 0
        tlv(DATA.1, &tcp),                     // 20: nest, 24: port
        tlv(KIND.1, b"tcp\0"),                 // 32
        tlv(ARRAY.1, &array),                  // 40: nest, 44 and 52: elements
        tlv(REPEATED.1, &1_u16.to_ne_bytes()), // 60
        tlv(REPEATED.1, &2_u16.to_ne_bytes()), // 68
        tlv(EXTRA.1, &7_u32.to_ne_bytes()),    // 76
        tlv(0x3000, b""),                      // 84
    ];
    let bytes = parts.concat();
    let at = |offset| locate::at(&schema(), &bytes, offset);
    let field = |slot| Step::Field(ALL, slot);

    assert_eq!(at(5), [field(INDEX)]);
    assert_eq!(at(1), [], "a pad has no name");
    assert_eq!(at(20), [field(DATA.0)]);
    assert_eq!(at(24), [field(DATA.0), Step::Field(TCP, PORT)]);
    assert_eq!(at(29), [field(DATA.0), Step::Field(TCP, PORT)]);
    assert_eq!(at(32), [field(KIND.0)]);
    assert_eq!(at(52), [field(ARRAY.0), Step::Element(1)]);
    assert_eq!(at(68), [field(REPEATED.0), Step::Element(1)]);
    assert_eq!(at(76), [field(GROUP.0), Step::Field(GROUP.1, EXTRA.0)]);
    assert_eq!(at(84), [Step::Unknown(0x3000)]);
    assert_eq!(at(88), []);

    let missing = |nest, id| locate::missing(&schema(), &bytes, nest, id);
    assert_eq!(missing(Some(20), 1), [field(DATA.0), Step::Field(TCP, PORT)]);
    assert_eq!(missing(Some(20), 9), [field(DATA.0), Step::Unknown(9)]);
    assert_eq!(missing(None, KIND.1), [field(KIND.0)]);
}

#[test]
fn a_schema_that_contradicts_itself_is_refused() {
    let with = |row: Row| {
        let mut set = Set::named("Odd");
        set.rows = vec![row];
        Schema::new(vec![set], Vec::new()).map(|_| ())
    };
    let odd = || "Odd".to_owned();
    assert_eq!(
        with(Row::new(1, 0, Kind::Set { set: 1, nested: false })),
        Err(BadSchema::NoSet(odd()))
    );
    assert_eq!(with(Row::new(1, 0, Kind::Structs(0))), Err(BadSchema::Packed(odd())));
    assert_eq!(with(Row::new(1, 0, Kind::Chain(0))), Err(BadSchema::Chain(odd())));

    let mut set = Set::default();
    set.groups = vec![Group::new(0, 0)];
    assert_eq!(
        Schema::new(vec![set], Vec::new()).map(|_| ()),
        Err(BadSchema::Group(String::new()))
    );
}

fn next<'a>(many: &mut decode::Many<'_, '_, 'a, Plain>, body: &'a [u8]) -> Result<Value, Fault> {
    let mut value = Value::Nil;
    many.next(body, &mut value)?;
    Ok(value)
}

#[test]
fn many_messages_are_what_each_is_alone() {
    let one = [body(), tlv(DATA.1, &tlv(1, &[1, 0])), tlv(KIND.1, b"tcp\0")].concat();
    let two = [body(), tlv(DATA.1, &tlv(1, &[1, 0])), tlv(KIND.1, b"udp\0")].concat();
    let three = [body(), tlv(KIND.1, b"udp\0")].concat();
    // The same bytes, of another kind.
    let four = [body(), tlv(DATA.1, &tlv(1, &[1, 0])), tlv(KIND.1, b"raw\0")].concat();
    let bodies: Vec<&[u8]> = vec![&one, &two, &three, &three, &one, &four, &one];
    let (schema, mut plain) = (schema(), plain());
    let mut many = decode::Many::new(&schema, &mut plain);
    let values: Vec<_> = bodies.iter().map(|body| next(&mut many, body).unwrap()).collect();
    let alone: Vec<_> = bodies.iter().map(|body| decode(body).unwrap()).collect();
    assert_eq!(values, alone);
}

/// Some header, then some attributes of a few numbers and lengths, so that many are alike.
fn similar() -> impl Strategy<Value = Vec<u8>> {
    let payload = (0_u8..3, prop_oneof![Just(2_usize), Just(4), Just(6)])
        .prop_map(|(byte, length)| vec![byte; length]);
    let nested = (0_u8..3).prop_map(|byte| tlv(1, &[byte, 0]));
    let attr = prop_oneof![
        (1_u16..9, payload).prop_map(|(id, payload)| tlv(id, &payload)),
        nested.prop_map(|payload| tlv(4 | 0x8000, &payload)),
    ];
    (0_u8..2, 0_u8..2, prop::collection::vec(attr, 0..5), 0_usize..3).prop_map(
        |(first, second, attrs, cut)| {
            let mut body = vec![first, 0, second, 0];
            body.extend(attrs.concat());
            // Now and then there is no attribute, and less than a header.
            if body.len() == 4 {
                body.truncate(4 - cut);
            }
            body
        },
    )
}

proptest! {
    #[test]
    fn messages_like_the_one_before_are_what_each_is_alone(
        shapes in prop::collection::vec(similar(), 1..12),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_usize..64), 1..40)
    ) {
        // Few shapes many times, with a byte changed behind the header of an attribute or in it.
        let bodies: Vec<Vec<u8>> = picks
            .iter()
            .map(|(pick, byte, at)| {
                let mut body = pick.get(&shapes).clone();
                if let Some(place) = body.get_mut(*at) {
                    *place = *byte;
                }
                body
            })
            .collect();
        let schema = separable();
        let alone: Vec<_> = bodies
            .iter()
            .map(|body| decode::decode(&schema, body, &mut Plain::new(separable_width())))
            .collect();
        let mut plain = Plain::new(separable_width());
        let mut many = decode::Many::new(&schema, &mut plain);
        for (body, alone) in bodies.iter().zip(alone) {
            prop_assert_eq!(next(&mut many, body), alone);
        }
    }
}

#[test]
fn link_addresses_of_1_to_32_bytes_are_read_and_written() {
    let (schema, mut plain) = (separable(), Plain::new(separable_width()));
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
            assert!(encode::encode(&schema, Value::strukt(0, values), &plain).is_err());
        }
    }
}

#[test]
fn bytes_of_a_header_are_read_and_written_in_their_place() {
    let mut set = Set::named("Sized");
    set.header = vec![
        Field { slot: 0, offset: 0, kind: Fixed::Plain(Scalar::U16) },
        Field { slot: 1, offset: 2, kind: Fixed::Bytes(5) },
    ];
    set.size = 8;
    let schema = Schema::new(vec![set], Vec::new()).unwrap();
    let mut plain = Plain::new(vec![2]);
    let body = [7, 7, 2, 3, 4, 5, 6, 0];
    let value = Value::strukt(0, vec![Value::Int(0x0707), Value::bytes(&body[2..7])]);
    assert_eq!(decode::decode(&schema, &body, &mut plain), Ok(value));
    assert_eq!(encode::encode(&schema, value, &plain), Ok(body.to_vec()));
    let short = Value::strukt(0, vec![Value::Int(0x0707), Value::Nil]);
    assert_eq!(decode::decode(&schema, &body[..6], &mut plain), Ok(short));
    let wrong = Value::strukt(0, vec![Value::Int(0x0707), Value::bytes(&[1; 4])]);
    assert!(encode::encode(&schema, wrong, &plain).is_err());
}

#[test]
fn a_further_attribute_that_changed_is_seen() {
    let body = |second| [vec![0; 4], tlv(6, &[1]), tlv(6, &[second]), tlv(8, &[second])].concat();
    let (one, two) = (body(2), body(3));
    let (schema, mut plain) = (separable(), Plain::new(separable_width()));
    let mut many = decode::Many::new(&schema, &mut plain);
    let values = [&one, &two].map(|body| next(&mut many, body).unwrap());
    let alone = [&one, &two].map(|body| {
        decode::decode(&separable(), body, &mut Plain::new(separable_width())).unwrap()
    });
    assert_ne!(alone[0], alone[1]);
    assert_eq!(values, alone);
}

#[test]
fn behind_a_message_that_cannot_be_read_the_next_is_what_it_is_alone() {
    let one = [vec![0; 4], tlv(6, &[1])].concat();
    // Of the same length, but its attribute is longer than that.
    let bad = [vec![0; 4], vec![9, 0, 6, 0, 1, 0, 0, 0]].concat();
    let (schema, mut plain) = (separable(), Plain::new(separable_width()));
    let mut many = decode::Many::new(&schema, &mut plain);
    let first = next(&mut many, &one).unwrap();
    assert!(next(&mut many, &bad).is_err());
    assert_eq!(next(&mut many, &one), Ok(first));
}

#[test]
fn messages_of_more_lengths_than_are_kept_are_what_each_is_alone() {
    let body = |length, byte| [vec![0; 4], tlv(6, &[byte]), tlv(5, &vec![byte; length])].concat();
    let bodies: Vec<_> = (0..60_u8).map(|n| body(usize::from(n % 10) * 4, n / 20)).collect();
    let (schema, mut plain) = (separable(), Plain::new(separable_width()));
    let mut many = decode::Many::new(&schema, &mut plain);
    for body in &bodies {
        let alone = decode::decode(&schema, body, &mut Plain::new(separable_width()));
        assert_eq!(next(&mut many, body), alone);
    }
}

fn integer(low: i128, high: i128) -> impl Strategy<Value = Value> {
    (low..=high).prop_map(Value::Int)
}

fn text() -> impl Strategy<Value = Value> {
    prop::collection::vec(1_u8.., 0..20).prop_map(|bytes| Value::bytes(&bytes))
}

fn maybe(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Nil), value]
}

fn entry() -> impl Strategy<Value = Value> {
    // The length is computed: 4 bytes, then an attribute of 4 bytes, the text and a NUL.
    (integer(0, 0xffff), maybe(text())).prop_map(|(flags, text)| {
        let len = match text {
            Value::Bytes(bytes) => (4 + 4 + bytes.len() + 1).next_multiple_of(4),
            _ => 4,
        };
        // The last attribute's padding is part of the entry.
        Value::strukt(ENTRY, vec![Value::Int(i128::try_from(len).unwrap()), flags, text])
    })
}

fn flags() -> impl Strategy<Value = Value> {
    (any::<[bool; 2]>(), 0_u16..0x4000).prop_map(|(set, rest)| {
        let mut items = Vec::new();
        items.extend(set[0].then_some(Value::Name(3)));
        items.extend(set[1].then_some(Value::Name(4)));
        items.extend((rest != 0).then(|| Value::Int(i128::from(rest) << 2)));
        Value::list(items)
    })
}

prop_compose! {
    fn anything(levels: u32)(
        index in integer(i32::MIN.into(), i32::MAX.into()),
        state in prop_oneof![Just(Value::Name(0)), Just(Value::Name(1)), integer(3, 255)],
        be32 in integer(0, u32::MAX.into()),
        kind in prop_oneof![Just(Value::Nil), Just(Value::bytes(b"tcp")), Just(Value::bytes(b"udp"))],
        port in integer(0, 0xffff),
        bits in maybe(flags()),
        array in maybe(prop::collection::vec(integer(0, u32::MAX.into()), 0..5).prop_map(Value::list)),
        repeated in maybe(prop::collection::vec(integer(0, 0xffff), 1..5).prop_map(Value::list)),
        chain in maybe(prop::collection::vec(entry(), 0..4).prop_map(Value::list)),
        more in [
            maybe(integer(0, u64::MAX.into())),
            maybe(integer(i64::MIN.into(), i64::MAX.into())),
        ],
        flag in prop_oneof![Just(Value::Nil), Just(Value::Truth(true))],
        extra in [maybe(integer(0, u32::MAX.into())), maybe(integer(0, 255))],
        unknown in prop::collection::vec((0x3000_u16..0x3fff, prop::collection::vec(any::<u8>(), 0..9)), 0..3),
        inner in if levels == 0 { Just(Value::Nil).boxed() } else { maybe(anything(levels - 1)).boxed() },
    ) -> Value {
        let data = if kind == Value::bytes(b"tcp") { Value::strukt(TCP, vec![port]) } else { Value::Nil };
        let group = match extra {
            [Value::Nil, Value::Nil] => Value::Nil,
            [left, right] => Value::strukt(GROUP.1, vec![left, right]),
        };
        let unknown = unknown.into_iter().map(|(kind, payload)| {
            Value::pair(Value::Int(kind.into()), Value::bytes(&payload))
        });
        all(&[
            (INDEX, index), (STATE, state), (BE32, be32), (KIND.0, kind), (DATA.0, data),
            (BITS.0, bits), (ARRAY.0, array), (REPEATED.0, repeated), (CHAIN.0, chain),
            (MORE.0, more[0]), (LESS.0, more[1]), (schema::FLAG.0, flag), (GROUP.0, group),
            (UNKNOWN, Value::list(unknown.collect())), (SELF.0, inner),
        ])
    }
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded(value in anything(2)) {
        let bytes = encode(value).unwrap();
        prop_assert_eq!(decode(&bytes).unwrap(), value);
    }

    #[test]
    fn bytes_cut_anywhere_are_a_value_or_a_bad_length(value in anything(1), cut in any::<prop::sample::Index>()) {
        let bytes = encode(value).unwrap();
        let cut = cut.index(bytes.len() + 1);
        match decode(&bytes[..cut]) {
            Ok(Value::Struct(ALL, _)) | Err(Fault::Length(_)) => {}
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn any_bytes_are_a_value_or_a_fault(mut bytes in prop::collection::vec(any::<u8>(), 0..300), kinds in prop::collection::vec(1_u8..30, 8)) {
        // Plausible lengths and types lead further in than noise does.
        for (chunk, kind) in bytes.chunks_mut(24).skip(1).zip(kinds) {
            if let [l0, l1, k0, k1, ..] = chunk {
                [*l0, *l1] = 24_u16.to_ne_bytes();
                [*k0, *k1] = u16::from(kind).to_ne_bytes();
            }
        }
        let again = decode(&bytes).ok().map(|value| (encode(value), value));
        if let Some((Ok(encoded), _)) = again {
            prop_assert!(decode(&encoded).is_ok());
        }
        for offset in 0..bytes.len() {
            let _ = locate::at(&schema(), &bytes, offset);
            let _ = locate::missing(&schema(), &bytes, Some(offset), 1);
        }
    }
}
