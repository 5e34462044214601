//! Delta decoding gives the same values as decoding each message alone.

use std::collections::HashMap;

use linx_wire::codec::decode::{self, Fault};
use linx_wire::codec::delta::DeltaDecoder;
use linx_wire::scalar::Scalar;
use linx_wire::schema::{
    AttrDef, AttrSet, AttrType, FixedType, Schema, SelectorField, SelectorKey,
};
use proptest::prelude::*;

use crate::schema::{DATA, KIND, body, patchable, patchable_fields, schema};
use crate::value::{Plain, Value};
use crate::{decode_all, plain, tlv};

fn next<'a>(decoder: &mut DeltaDecoder<'_, '_, 'a, Plain>, body: &'a [u8]) -> Result<Value, Fault> {
    let mut value = Value::Nil;
    decoder.next(body, &mut value)?;
    Ok(value)
}

#[test]
fn a_message_decodes_as_it_does_alone() {
    let one = [body(), tlv(DATA.1, &tlv(1, &[1, 0])), tlv(KIND.1, b"tcp\0")].concat();
    let two = [body(), tlv(DATA.1, &tlv(1, &[1, 0])), tlv(KIND.1, b"udp\0")].concat();
    let three = [body(), tlv(KIND.1, b"udp\0")].concat();
    // The attribute has the same bytes, and another selector.
    let four = [body(), tlv(DATA.1, &tlv(1, &[1, 0])), tlv(KIND.1, b"raw\0")].concat();
    let bodies: Vec<&[u8]> = vec![&one, &two, &three, &three, &one, &four, &one];
    let (schema, mut plain) = (schema(), plain());
    let mut decoder = DeltaDecoder::new(&schema, &mut plain);
    let values: Vec<_> = bodies.iter().map(|body| next(&mut decoder, body).unwrap()).collect();
    let alone: Vec<_> = bodies.iter().map(|body| decode_all(body).unwrap()).collect();
    assert_eq!(values, alone);
}

/// A header, and attributes of a few numbers and lengths, so that many bodies have the same layout.
fn similar_body() -> impl Strategy<Value = Vec<u8>> {
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
            // Some bodies have no attribute and an incomplete header.
            if body.len() == 4 {
                body.truncate(4 - cut);
            }
            body
        },
    )
}

proptest! {
    #[test]
    fn similar_messages_decode_as_they_do_alone(
        bodies in prop::collection::vec(similar_body(), 1..12),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_usize..64), 1..40)
    ) {
        // Few bodies many times, with one byte changed anywhere.
        let bodies: Vec<Vec<u8>> = picks
            .iter()
            .map(|(pick, byte, at)| {
                let mut body = pick.get(&bodies).clone();
                if let Some(changed) = body.get_mut(*at) {
                    *changed = *byte;
                }
                body
            })
            .collect();
        let schema = patchable();
        let alone: Vec<_> = bodies
            .iter()
            .map(|body| decode::decode(&schema, body, &mut Plain::new(patchable_fields())))
            .collect();
        let mut plain = Plain::new(patchable_fields());
        let mut decoder = DeltaDecoder::new(&schema, &mut plain);
        for (body, alone) in bodies.iter().zip(alone) {
            prop_assert_eq!(next(&mut decoder, body), alone);
        }
    }
}

#[test]
fn a_change_of_a_further_attribute_is_decoded() {
    let body = |second| [vec![0; 4], tlv(6, &[1]), tlv(6, &[second]), tlv(8, &[second])].concat();
    let (one, two) = (body(2), body(3));
    let (schema, mut plain) = (patchable(), Plain::new(patchable_fields()));
    let mut decoder = DeltaDecoder::new(&schema, &mut plain);
    let values = [&one, &two].map(|body| next(&mut decoder, body).unwrap());
    let alone = [&one, &two].map(|body| {
        decode::decode(&patchable(), body, &mut Plain::new(patchable_fields())).unwrap()
    });
    assert_ne!(alone[0], alone[1]);
    assert_eq!(values, alone);
}

#[test]
fn a_message_after_a_bad_one_decodes_as_it_does_alone() {
    let one = [vec![0; 4], tlv(6, &[1])].concat();
    // The same length, but its attribute is longer than the message.
    let bad = [vec![0; 4], vec![9, 0, 6, 0, 1, 0, 0, 0]].concat();
    let (schema, mut plain) = (patchable(), Plain::new(patchable_fields()));
    let mut decoder = DeltaDecoder::new(&schema, &mut plain);
    let first = next(&mut decoder, &one).unwrap();
    assert!(next(&mut decoder, &bad).is_err());
    assert_eq!(next(&mut decoder, &one), Ok(first));
}

#[test]
fn messages_of_many_lengths_decode_as_they_do_alone() {
    let body = |length, byte| [vec![0; 4], tlv(6, &[byte]), tlv(5, &vec![byte; length])].concat();
    let bodies: Vec<_> = (0..60_u8).map(|n| body(usize::from(n % 10) * 4, n / 20)).collect();
    let (schema, mut plain) = (patchable(), Plain::new(patchable_fields()));
    let mut decoder = DeltaDecoder::new(&schema, &mut plain);
    for body in &bodies {
        let alone = decode::decode(&schema, body, &mut Plain::new(patchable_fields()));
        assert_eq!(next(&mut decoder, body), alone);
    }
}

/// A message whose second attribute has the type that the first one selects, and whose third one is
/// an array of such values.
fn selecting() -> Schema {
    let dispatch = || {
        let table = HashMap::from([
            (SelectorKey::Int(1), AttrType::Fixed(FixedType::Plain(Scalar::U16))),
            (SelectorKey::Int(2), AttrType::Mac),
            (SelectorKey::Int(3), AttrType::Binary { nested: false }),
        ]);
        AttrType::Dispatch { selector: SelectorField::Own(0), table }
    };
    let mut set = AttrSet::default();
    set.attrs = vec![
        AttrDef::new(1, 0, AttrType::Fixed(FixedType::Plain(Scalar::U8))),
        AttrDef::new(2, 1, dispatch()),
        AttrDef::new(3, 2, AttrType::Array { of: Box::new(dispatch()), id: None }),
    ];
    Schema::new(vec![set]).unwrap()
}

#[test]
fn a_change_of_a_selector_changes_what_it_selects() {
    let body = |kind, byte| {
        let payload = [byte; 6];
        [tlv(1, &[kind]), tlv(2, &payload), tlv(3, &tlv(1, &payload))].concat()
    };
    let bodies: Vec<_> = [(1, 7), (2, 7), (3, 7), (9, 7), (9, 8), (1, 8), (1, 8), (2, 9)]
        .into_iter()
        .map(|(kind, byte)| body(kind, byte))
        .collect();
    let (schema, mut plain) = (selecting(), Plain::new(vec![3]));
    let mut decoder = DeltaDecoder::new(&schema, &mut plain);
    for body in &bodies {
        let alone = decode::decode(&schema, body, &mut Plain::new(vec![3]));
        assert_eq!(next(&mut decoder, body), alone);
    }
    assert_eq!(decoder.builder().patched, bodies.len() - 1, "each but the first is patched");
    // Whole messages of another length, whose values are memoized.
    let longer = |kind| [tlv(4, &vec![0; usize::from(kind)]), body(kind, 7)].concat();
    for kind in [1, 20, 2, 40, 3, 60, 1] {
        let body = longer(kind).leak();
        let alone = decode::decode(&schema, body, &mut Plain::new(vec![3]));
        assert_eq!(next(&mut decoder, body), alone);
    }
}
