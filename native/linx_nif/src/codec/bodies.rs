//! Decoding of bodies that were received together.

use linx_wire::codec::decode::{self, Fault};
use linx_wire::codec::delta::DeltaDecoder;
use rustler::{Binary, Env, Term};

use super::atoms;
use super::builder::TermBuilder;
use super::loaded::Loaded;

/// From this number of bodies on it pays to prepare for similar ones.
const SIMILAR: usize = 4;

/// Decodes bodies of one schema, all of them slices of `input`, until about `limit` words of heap are
/// used. `put` takes each struct, in order, or `None` for a body that cannot be decoded. Returns the
/// words that were used.
pub fn decode_bodies<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    input: Binary<'a>,
    bodies: &[&'a [u8]],
    limit: usize,
    mut put: impl FnMut(Option<Term<'a>>),
) -> usize {
    if bodies.len() < SIMILAR {
        let mut terms = TermBuilder::single(env, loaded, Some(input)).limited_to(limit);
        for body in bodies {
            match decode::decode(&loaded.schema, body, &mut terms) {
                Err(Fault::Exhausted) => break,
                result => put(result.ok()),
            }
        }
        return terms.words();
    }
    let mut terms = TermBuilder::new(env, loaded, input).limited_to(limit);
    let mut decoder = DeltaDecoder::new(&loaded.schema, &mut terms);
    let mut term = atoms::nil().to_term(env);
    for body in bodies {
        // A struct that is patched is not limited.
        if decoder.builder().words() > limit {
            break;
        }
        match decoder.next(body, &mut term) {
            Err(Fault::Exhausted) => break,
            result => put(result.ok().map(|()| term)),
        }
    }
    terms.words()
}
