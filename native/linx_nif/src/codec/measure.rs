//! How much heap a large list takes, before it is made.
//!
//! A heap that has to grow while a list is made costs more than everything else. How large the
//! structs of a reply are is not known from its bytes: so some messages are decoded, spread over
//! the reply by bytes. An object counts for as many of the samples as it has a share in the bytes,
//! whatever the order and the mixture of small and large objects.

use linx_wire::decode::{Fault, Many};
use linx_wire::message::Messages;
use rustler::{Binary, Env};

use super::build::Terms;
use super::{Loaded, atoms};

/// How many places of the reply are looked at, and the step from one to the next: coprime, so
/// that the first few are spread over the whole as well.
const PLACES: usize = 64;
const STEP: usize = 37;

/// How many words of samples are enough; they are garbage.
const ENOUGH: usize = 256 * 1024;

/// The largest estimate, in words for each byte of the reply. An estimate that is too small costs
/// time: what has no room in the heap is made in pieces beside it.
const MOST: usize = 4;

/// Words of a list for each element.
const LIST: usize = 2;

/// How many bytes of messages a scheduler decodes at once: some ten milliseconds.
const SLICE: usize = 1 << 20;

/// About how many words of heap the structs of raw messages take, and the offsets at which slices
/// begin, the last one first.
pub(super) fn measure<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    input: Binary<'a>,
) -> Result<(usize, Vec<usize>), Fault> {
    let bytes = input.as_slice();
    let (mut cuts, mut places) = (vec![0], Vec::with_capacity(PLACES));
    let mut messages = Messages::new(bytes);
    loop {
        let offset = messages.offset();
        let Some(message) = messages.next() else { break };
        message?;
        if cuts.last().is_some_and(|last| offset >= last + SLICE) {
            cuts.push(offset);
        }
        // Each place is in the middle of its part of the bytes.
        let next = |places: &Vec<usize>| (2 * places.len() + 1) * bytes.len() / (2 * PLACES);
        while places.len() < PLACES && messages.offset() > next(&places) {
            places.push(offset);
        }
    }
    cuts.reverse();

    let mut terms = Terms::new(env, loaded, input);
    let mut many = Many::new(&loaded.schema, &mut terms);
    let mut term = atoms::nil().to_term(env);
    // Words for each 1024 bytes.
    let (mut sum, mut count) = (0, 0);
    // A large message may be at several places.
    let mut known: Vec<(usize, usize)> = Vec::with_capacity(PLACES);
    for at in 0..places.len() {
        let Some(&offset) = places.get(at * STEP % PLACES) else { continue };
        let share = match known.iter().find(|&&(known, _)| known == offset) {
            Some(&(_, share)) => share,
            None if many.build().words() > ENOUGH => break,
            None => {
                let next = Messages::starting_at(bytes, offset).next();
                let Some(Ok(message)) = next else { continue };
                let before = many.build().words();
                many.next(message.payload, &mut term)?;
                let words = many.build().words() - before + LIST;
                let share = words * 1024 / message.raw.len();
                known.push((offset, share));
                share
            }
        };
        sum += share;
        count += 1;
    }
    let mean = sum / count.max(1);
    let words = bytes.len().saturating_mul(mean) / 1024;
    Ok(((words + words / 8).min(bytes.len().saturating_mul(MOST)), cuts))
}
