//! Properties of encoding and decoding, of any value and any bytes.

use linx_wire::codec::decode::Fault;
use linx_wire::codec::path;
use proptest::prelude::*;

use crate::schema::{
    ALL, ARRAY, BE32, BITS, CHAIN, DATA, ENTRY, FLAG, GROUP, INDEX, KIND, LESS, MORE, REPEATED,
    SELF, STATE, TCP, UNKNOWN, all, schema,
};
use crate::value::Value;
use crate::{decode_all, encode_all};

fn integer(low: i128, high: i128) -> impl Strategy<Value = Value> {
    (low..=high).prop_map(Value::Int)
}

fn text() -> impl Strategy<Value = Value> {
    prop::collection::vec(1_u8.., 0..20).prop_map(|bytes| Value::bytes(&bytes))
}

fn optional(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Nil), value]
}

fn entry() -> impl Strategy<Value = Value> {
    // The length is computed: 4 bytes, then an attribute of 4 bytes, the text and a NUL.
    (integer(0, 0xffff), optional(text())).prop_map(|(flags, text)| {
        let len = match text {
            Value::Bytes(bytes) => (4 + 4 + bytes.len() + 1).next_multiple_of(4),
            _ => 4,
        };
        // The padding of the last attribute is part of the entry.
        Value::structure(ENTRY, vec![Value::Int(i128::try_from(len).unwrap()), flags, text])
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
        bits in optional(flags()),
        array in optional(prop::collection::vec(integer(0, u32::MAX.into()), 0..5).prop_map(Value::list)),
        repeated in optional(prop::collection::vec(integer(0, 0xffff), 1..5).prop_map(Value::list)),
        chain in optional(prop::collection::vec(entry(), 0..4).prop_map(Value::list)),
        more in [
            optional(integer(0, u64::MAX.into())),
            optional(integer(i64::MIN.into(), i64::MAX.into())),
        ],
        flag in prop_oneof![Just(Value::Nil), Just(Value::Truth(true))],
        extra in [optional(integer(0, u32::MAX.into())), optional(integer(0, 255))],
        unknown in prop::collection::vec((0x3000_u16..0x3fff, prop::collection::vec(any::<u8>(), 0..9)), 0..3),
        inner in if levels == 0 { Just(Value::Nil).boxed() } else { optional(anything(levels - 1)).boxed() },
    ) -> Value {
        let data = if kind == Value::bytes(b"tcp") { Value::structure(TCP, vec![port]) } else { Value::Nil };
        let group = match extra {
            [Value::Nil, Value::Nil] => Value::Nil,
            [left, right] => Value::structure(GROUP.1, vec![left, right]),
        };
        let unknown = unknown.into_iter().map(|(id, payload)| {
            Value::tuple(vec![Value::Int(id.into()), Value::bytes(&payload)])
        });
        all(&[
            (INDEX, index), (STATE, state), (BE32, be32), (KIND.0, kind), (DATA.0, data),
            (BITS.0, bits), (ARRAY.0, array), (REPEATED.0, repeated), (CHAIN.0, chain),
            (MORE.0, more[0]), (LESS.0, more[1]), (FLAG.0, flag), (GROUP.0, group),
            (UNKNOWN, Value::list(unknown.collect())), (SELF.0, inner),
        ])
    }
}

proptest! {
    #[test]
    fn an_encoded_value_decodes_to_itself(value in anything(2)) {
        let bytes = encode_all(value).unwrap();
        prop_assert_eq!(decode_all(&bytes).unwrap(), value);
    }

    #[test]
    fn truncated_bytes_are_a_value_or_a_bad_length(value in anything(1), cut in any::<prop::sample::Index>()) {
        let bytes = encode_all(value).unwrap();
        let cut = cut.index(bytes.len() + 1);
        match decode_all(&bytes[..cut]) {
            Ok(Value::Struct(ALL, _)) | Err(Fault::Length(_)) => {}
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn any_bytes_are_a_value_or_a_fault(mut bytes in prop::collection::vec(any::<u8>(), 0..300), ids in prop::collection::vec(1_u8..30, 8)) {
        // Plausible lengths and types reach deeper than random ones.
        for (chunk, id) in bytes.chunks_mut(24).skip(1).zip(ids) {
            if let [l0, l1, k0, k1, ..] = chunk {
                [*l0, *l1] = 24_u16.to_ne_bytes();
                [*k0, *k1] = u16::from(id).to_ne_bytes();
            }
        }
        let again = decode_all(&bytes).ok().map(|value| (encode_all(value), value));
        if let Some((Ok(encoded), _)) = again {
            prop_assert!(decode_all(&encoded).is_ok());
        }
        for offset in 0..bytes.len() {
            let _ = path::path_at(&schema(), &bytes, offset);
            let _ = path::path_of_missing(&schema(), &bytes, Some(offset), 1);
        }
    }
}
