//! Delta decoding of many messages of one schema, such as those of a dump.
//!
//! A message of a dump usually resembles an earlier one, the baseline. If both have attributes of
//! the same types and lengths, only those that differ are decoded, and the baseline's struct is
//! patched; otherwise the message is decoded as a whole. One baseline is kept for each of the last
//! [`BASELINES`] message lengths, since the objects of a dump may alternate between a few lengths.

use std::ops::Range;

use crate::attr::{Attrs, HEADER};
use crate::schema::{AttrSet, FieldIndex, Schema, SetId};

use super::decode::{Decoder, Fault, Level, ValueBuilder};

/// The set of a message.
const MESSAGE: SetId = 0;

/// How many baselines are kept.
const BASELINES: usize = 8;

/// The longest stretch that is compared word by word.
const SHORT: usize = 32;

/// Decodes values of a schema's first set, one after the other.
pub struct DeltaDecoder<'s, 'b, 'a, B: ValueBuilder<'a>> {
    decoder: Decoder<'s, 'b, 'a, B>,
    /// At most one for each length.
    baselines: Vec<Baseline<'a, B::Term>>,
    /// The index of the baseline that the next one replaces.
    oldest: usize,
    /// Columns of the current message's attributes that differ from the baseline's.
    changed_columns: Vec<usize>,
    /// Fields of the current message that differ from the baseline's.
    changed_fields: Vec<FieldIndex>,
}

/// A message, its value, and the decoder's state at level 0.
struct Baseline<'a, T> {
    body: &'a [u8],
    term: T,
    spans: Vec<AttrSpan>,
    seen: Vec<Option<&'a [u8]>>,
    values: Vec<T>,
}

/// The bytes of an attribute in a message.
struct AttrSpan {
    start: usize,
    end: usize,
    role: Role,
}

/// The role of an attribute in its set.
enum Role {
    /// The set has no definition for it.
    Unknown,
    /// The first attribute of this column.
    First(usize),
    /// A further attribute of a column.
    Further,
}

impl<'s, 'b, 'a, B: ValueBuilder<'a>> DeltaDecoder<'s, 'b, 'a, B> {
    /// A decoder without a baseline.
    pub fn new(schema: &'s Schema, builder: &'b mut B) -> Self {
        let mut decoder = Decoder::new(schema, builder);
        decoder.memo = vec![None; schema.attr_count()];
        let (changed_columns, changed_fields) = (Vec::new(), Vec::new());
        Self { decoder, baselines: Vec::new(), oldest: 0, changed_columns, changed_fields }
    }

    /// The builder of the values.
    #[must_use]
    pub const fn builder(&self) -> &B {
        self.decoder.builder
    }

    /// Decodes the next value into `value`, which is faster than returning it.
    ///
    /// # Errors
    /// If a length is inconsistent or sets nest too deep.
    pub fn next(&mut self, body: &'a [u8], value: &mut B::Term) -> Result<(), Fault> {
        let Some(set) = self.decoder.schema.set(MESSAGE) else {
            *value = self.decoder.builder.nil();
            return Ok(());
        };
        let same_length = |baseline: &Baseline<'a, _>| baseline.body.len() == body.len();
        let at = match self.baselines.iter().position(same_length) {
            Some(at) if self.decode_delta(at, set, body)? => at,
            unlike => {
                if let Some(at) = unlike {
                    self.baselines.swap_remove(at);
                }
                return self.decode_whole(set, body, value);
            }
        };
        if let Some(baseline) = self.baselines.get(at) {
            *value = baseline.term;
        }
        Ok(())
    }

    fn decode_whole(
        &mut self,
        set: &'s AttrSet,
        body: &'a [u8],
        value: &mut B::Term,
    ) -> Result<(), Fault> {
        self.decoder.seen.clear();
        self.decoder.values.clear();
        self.decoder.set_values(MESSAGE, set, body, None)?;
        *value = self.decoder.builder.build_like(MESSAGE, &self.decoder.values);
        if set.index.patchable {
            self.add_baseline(set, body, *value)?;
        }
        Ok(())
    }

    /// Makes the message that was decoded as a whole the baseline of its length.
    fn add_baseline(&mut self, set: &AttrSet, body: &'a [u8], term: B::Term) -> Result<(), Fault> {
        let spans = attr_spans(set, body)?;
        let seen = std::mem::take(&mut self.decoder.seen);
        let values = std::mem::take(&mut self.decoder.values);
        let baseline = Baseline { body, term, spans, seen, values };
        if self.baselines.len() < BASELINES {
            self.baselines.push(baseline);
        } else if let Some(oldest) = self.baselines.get_mut(self.oldest) {
            *oldest = baseline;
            self.oldest = (self.oldest + 1) % BASELINES;
        }
        Ok(())
    }

    /// Decodes a message that has the layout of a baseline, which it then replaces. Returns whether
    /// it has.
    fn decode_delta(&mut self, at: usize, set: &'s AttrSet, body: &'a [u8]) -> Result<bool, Fault> {
        let (decoder, columns, fields) =
            (&mut self.decoder, &mut self.changed_columns, &mut self.changed_fields);
        columns.clear();
        fields.clear();
        let Some(baseline) = self.baselines.get_mut(at) else { return Ok(false) };
        if !matches_layout(set, baseline, body, columns) {
            return Ok(false);
        }
        std::mem::swap(&mut decoder.seen, &mut baseline.seen);
        std::mem::swap(&mut decoder.values, &mut baseline.values);
        let result = decode_changes(decoder, set, baseline.body, body, columns, fields);
        if result.is_ok() {
            let values = &decoder.values;
            baseline.term = decoder.builder.patch(MESSAGE, baseline.term, values, fields);
            baseline.body = body;
        }
        std::mem::swap(&mut decoder.seen, &mut baseline.seen);
        std::mem::swap(&mut decoder.values, &mut baseline.values);
        if result.is_err() {
            // Some of its values are those of the new message.
            self.baselines.swap_remove(at);
        }
        result.map(|()| true)
    }
}

/// Decodes the header fields and the attributes that differ from the baseline's.
fn decode_changes<'s, 'a, B: ValueBuilder<'a>>(
    decoder: &mut Decoder<'s, '_, 'a, B>,
    set: &'s AttrSet,
    baseline: &[u8],
    body: &'a [u8],
    changed_columns: &[usize],
    changed_fields: &mut Vec<FieldIndex>,
) -> Result<(), Fault> {
    let (header, chain) = body.split_at_checked(set.size).unwrap_or((body, &[]));
    if !is_same(baseline.get(..header.len()).unwrap_or_default(), header) {
        for field in &set.header {
            if baseline.get(field.range()) != header.get(field.range()) {
                let rest = header.get(field.offset..).unwrap_or_default();
                let value = decoder.fixed(&field.ty, rest);
                decoder.put(field.index, value);
                changed_fields.push(field.index);
            }
        }
    }
    let level = &Level { set, header, chain, seen: 0, columns: None, parent: None, depth: 0 };
    for &column in changed_columns {
        for at in set.index.attrs_by_column.get(column).into_iter().flatten() {
            if let Some(attr) = set.attrs.get(*at)
                && let Some(Some(payload)) = decoder.seen.get(attr.column).copied()
            {
                decoder.put_value(level, &attr.ty, payload, attr.field)?;
                changed_fields.push(attr.field);
            }
        }
    }
    for inline in &set.inline_sets {
        if changed_columns.iter().any(|column| inline.columns.contains(column)) {
            let value = decoder.inline_set(level, inline)?;
            decoder.put(inline.field, value);
            changed_fields.push(inline.field);
        }
    }
    Ok(())
}

/// Whether a body has the baseline's layout: the same attribute types and lengths, the same
/// selectors, the same further attributes. Collects the columns whose first attribute differs.
fn matches_layout<'a, T>(
    set: &AttrSet,
    baseline: &mut Baseline<'a, T>,
    body: &'a [u8],
    changed_columns: &mut Vec<usize>,
) -> bool {
    let same_selector =
        |range: &Range<usize>| baseline.body.get(range.clone()) == body.get(range.clone());
    if !set.index.selector_ranges.iter().all(same_selector) {
        return false;
    }
    for span in &baseline.spans {
        let (Some(old), Some(new)) =
            (baseline.body.get(span.start..span.end), body.get(span.start..span.end))
        else {
            return false;
        };
        if is_same(old, new) {
            continue;
        }
        match (old.split_first_chunk(), new.split_first_chunk::<HEADER>(), &span.role) {
            (Some((old, _)), Some((new, payload)), Role::First(column)) if old == new => {
                if let Some(first) = baseline.seen.get_mut(*column) {
                    *first = Some(payload);
                }
                changed_columns.push(*column);
            }
            (Some((old, _)), Some((new, _)), Role::Unknown) if old == new => {}
            _ => return false,
        }
    }
    body.len() >= set.size
}

/// The attributes of a body, with their roles.
fn attr_spans(set: &AttrSet, body: &[u8]) -> Result<Vec<AttrSpan>, Fault> {
    let mut spans = Vec::new();
    let mut is_known = vec![false; set.index.columns];
    let mut start = set.size;
    for attr in Attrs::new(body.get(set.size..).unwrap_or_default()) {
        let attr = attr?;
        let role = match set.index.column(attr.id()) {
            None => Role::Unknown,
            Some(column) => match is_known.get_mut(column) {
                Some(is_known @ false) => {
                    *is_known = true;
                    Role::First(column)
                }
                _ => Role::Further,
            },
        };
        let end = start + HEADER + attr.payload.len();
        spans.push(AttrSpan { start, end, role });
        start = end.next_multiple_of(4);
    }
    Ok(spans)
}

/// Whether two stretches are the same. Most of them are so short that calling `memcmp` takes longer
/// than comparing them word by word.
fn is_same(old: &[u8], new: &[u8]) -> bool {
    if old.len() > SHORT {
        return old == new;
    }
    let ((old, old_rest), (new, new_rest)) = (old.as_chunks::<4>(), new.as_chunks::<4>());
    old.len() == new.len()
        && old.iter().zip(new).all(|(old, new)| old == new)
        && old_rest.len() == new_rest.len()
        && (old_rest.is_empty() || old_rest == new_rest)
}
