//! The codec, with a schema that has one of each type.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail with it"
)]

mod delta;
mod faults;
mod headless;
mod paths;
mod properties;
mod schema;
mod sets;
mod types;
mod value;

use linx_wire::attr;
use linx_wire::codec::{decode, encode};

use schema::{ALL, fields, schema};
use value::{Plain, Value};

fn plain() -> Plain {
    Plain::new(fields())
}

fn encode_all(value: Value) -> Result<Vec<u8>, encode::Fault<Value>> {
    encode::encode(&schema(), value, &plain())
}

fn decode_all(bytes: &[u8]) -> Result<Value, decode::Fault> {
    decode::decode(&schema(), bytes, &mut plain())
}

fn tlv(id: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    attr::put(&mut out, id, payload).unwrap();
    out
}

/// The value of one field.
fn field(bytes: &[u8], field: usize) -> Value {
    match decode_all(bytes).unwrap() {
        Value::Struct(ALL, values) => values[field],
        other => panic!("not a struct: {other:?}"),
    }
}
