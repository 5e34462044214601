//! An estimate of the heap that a large list takes, before it is made.
//!
//! Growing the heap while a list is made costs more than decoding. The size of the structs does not
//! follow from the bytes of a reply: so some messages are decoded as samples, spread evenly over the
//! bytes. An object is sampled in proportion to its share of the bytes, for any order and mixture of
//! small and large objects. Of large messages, of which a few make up the reply, none is decoded twice:
//! they are taken to be as those of the schema that were decoded last.

use linx_wire::codec::decode::Fault;
use linx_wire::codec::delta::DeltaDecoder;
use linx_wire::message::Messages;
use rustler::{Binary, Env};

use super::builder::TermBuilder;
use super::loaded::Loaded;
use super::{CELL, atoms};

/// The number of samples, and the step from one to the next: coprime, so that the first few samples
/// are spread over the whole reply as well.
const SAMPLES: usize = 64;
const STEP: usize = 37;

/// The share of the bytes that is decoded as samples, at most; the samples are garbage.
const SHARE: usize = 16;

/// The largest estimate, in words for each byte of the reply. Too small an estimate costs time only:
/// what the heap has no room for is decoded after it has been enlarged once more.
const MOST: usize = 4;

/// How many bytes of messages a dirty scheduler decodes at once: about ten milliseconds.
const SLICE: usize = 1 << 20;

/// An estimate of the words of heap that the structs of raw messages up to an offset take, and the
/// offsets at which slices begin, the last one first.
pub(super) fn measure<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    input: Binary<'a>,
    to: usize,
) -> Result<(usize, Vec<usize>), Fault> {
    let bytes = input.as_slice().get(..to).unwrap_or_default();
    let (mut cuts, mut samples) = (vec![0], Vec::with_capacity(SAMPLES));
    let mut messages = Messages::new(bytes);
    loop {
        let offset = messages.offset();
        let Some(message) = messages.next() else { break };
        message?;
        if cuts.last().is_some_and(|last| offset >= last + SLICE) {
            cuts.push(offset);
        }
        // Each sample is in the middle of its part of the bytes.
        let next = |samples: &Vec<usize>| (2 * samples.len() + 1) * bytes.len() / (2 * SAMPLES);
        while samples.len() < SAMPLES && messages.offset() > next(&samples) {
            samples.push(offset);
        }
    }
    cuts.reverse();

    let mut terms = TermBuilder::new(env, loaded, input);
    let mut decoder = DeltaDecoder::new(&loaded.schema, &mut terms);
    let mut term = atoms::nil().to_term(env);
    // Words for each 1024 bytes, and the bytes that were decoded.
    let (mut sum, mut count, mut size) = (0, 0, 0);
    // A large message may be several samples.
    let mut known: Vec<(usize, usize)> = Vec::with_capacity(SAMPLES);
    for at in 0..samples.len() {
        let Some(&offset) = samples.get(at * STEP % SAMPLES) else { continue };
        let earlier = known.iter().find(|&&(known, _)| known == offset);
        let share = if let Some(&(_, share)) = earlier {
            share
        } else {
            let next = Messages::starting_at(bytes, offset).next();
            let Some(Ok(message)) = next else { continue };
            size += message.raw.len();
            if size > bytes.len() / SHARE {
                break;
            }
            let before = decoder.builder().words();
            decoder.next(message.payload, &mut term)?;
            let words = decoder.builder().words() - before + CELL;
            let share = words * 1024 / message.raw.len();
            known.push((offset, share));
            share
        };
        sum += share;
        count += 1;
    }
    let mean = usize::checked_div(sum, count).unwrap_or_else(|| loaded.last_share());
    let words = bytes.len().saturating_mul(mean) / 1024;
    Ok(((words + words / 8).min(bytes.len().saturating_mul(MOST)), cuts))
}
