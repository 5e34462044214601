//! Making of terms.

use rustler::codegen_runtime::ErlNifTerm;
use rustler::types::tuple::make_tuple;
use rustler::{Atom, Binary, Encoder, Env, NewBinary, Term};

use linx_wire::codec::WILDCARD;
use linx_wire::codec::decode::ValueBuilder;
use linx_wire::codec::path::Step;
use linx_wire::codec::pool::{Identify, Last, PATCHES, PayloadPool, StructPool};
use linx_wire::scalar::Number;
use linx_wire::schema::{FieldIndex, NameId, SetId};

use super::atoms;
use super::loaded::{Address, Default, Loaded, Shape};
use crate::term::{COPIED, slice};

/// The most keys of a map that is an array of values (`MAP_SMALL_MAP_LIMIT` of the VM). A larger one is a
/// tree of hashes: a put copies the path to the value, about so many words, and making one from all values
/// takes ten times as long as those puts that two structs of a list differ in.
const FLAT: usize = 32;
const PATH: usize = 32;

/// Identifies terms: the same immediate, or the same address.
struct TermWord;

impl<'a> Identify<Term<'a>> for TermWord {
    type Identity = ErlNifTerm;

    #[inline]
    fn identity(term: Term<'a>) -> ErlNifTerm {
        term.as_c_arg()
    }
}

/// Builds the terms of one call, of bytes that live for `'b`.
pub(super) struct TermBuilder<'a, 'b, 'l> {
    env: Env<'a>,
    loaded: &'l Loaded,
    /// The binary that long bytes are slices of, if there is one.
    input: Option<Binary<'a>>,
    nil: Term<'a>,
    /// The default values by set, made at the first use of the set; none for a single struct.
    templates: Vec<Vec<Term<'a>>>,
    /// The last struct by set; none for a single struct.
    last: Vec<Last<Term<'a>, TermWord>>,
    /// Fields of a wide struct that differ from those of the last one.
    changed: Vec<FieldIndex>,
    /// An IPv4, an IPv6 and two kinds of hardware addresses, which others share their keys with.
    addresses: [Option<Term<'a>>; 4],
    ips: PayloadPool<'b, Term<'a>>,
    pool: StructPool<Term<'a>, TermWord>,
    /// The words of heap used.
    words: usize,
    /// The words of structs that were equal to the last one, which cost time as well.
    spared: usize,
    /// The words of heap that may be used.
    limit: usize,
}

impl<'a, 'b, 'l> TermBuilder<'a, 'b, 'l> {
    /// `input`: the binary that all bytes are slices of.
    pub(super) fn new(env: Env<'a>, loaded: &'l Loaded, input: Binary<'a>) -> Self {
        let templates = vec![Vec::new(); loaded.shapes.len()];
        let last = std::iter::repeat_with(Last::default).take(loaded.shapes.len()).collect();
        Self { templates, last, ips: PayloadPool::new(), ..Self::single(env, loaded, Some(input)) }
    }

    /// The same for a single struct, for which it does not pay to prepare anything. Without an `input`
    /// all bytes are copied.
    pub(super) fn single(env: Env<'a>, loaded: &'l Loaded, input: Option<Binary<'a>>) -> Self {
        let nil = atoms::nil().to_term(env);
        Self {
            env,
            loaded,
            input,
            nil,
            templates: Vec::new(),
            last: Vec::new(),
            changed: Vec::new(),
            addresses: [None; 4],
            ips: PayloadPool::off(),
            pool: StructPool::default(),
            words: 0,
            spared: 0,
            limit: usize::MAX,
        }
    }

    /// The same with a limit of about this number of words of heap.
    pub(super) fn limited_to(self, words: usize) -> Self {
        Self { limit: words, ..self }
    }

    /// About how many words of heap the terms took, intermediate ones included.
    pub(super) const fn words(&self) -> usize {
        self.words
    }

    fn build_ip(&mut self, bytes: &'b [u8]) -> Term<'a> {
        self.build_address(usize::from(bytes.len() != 4), &self.loaded.ip, bytes)
    }

    /// An address, which shares its keys with the first one of its kind.
    fn build_address(&mut self, kind: usize, address: &Address, bytes: &'b [u8]) -> Term<'a> {
        if let Some(like) = self.addresses.get(kind).copied().flatten() {
            let bytes = self.bytes(bytes);
            return self.put(like, atoms::bytes(), bytes, address.shape.keys.len());
        }
        let built = self.address(address, bytes);
        if let Some(like) = self.addresses.get_mut(kind) {
            *like = Some(built);
        }
        built
    }

    fn address(&mut self, address: &Address, bytes: &'b [u8]) -> Term<'a> {
        let family = if bytes.len() == 4 { atoms::inet() } else { atoms::inet6() };
        let bytes = self.bytes(bytes);
        let values: Vec<_> = (0..address.shape.keys.len())
            .map(|at| match () {
                () if at == address.bytes => bytes,
                () if Some(at) == address.family => family.to_term(self.env),
                () => address.shape.module.to_term(self.env),
            })
            .collect();
        self.build_unshared(&address.shape, &values)
    }

    /// A struct of these values, patched from a pooled one that is near enough, if there is one.
    fn build_pooled(&mut self, set: SetId, values: &[Term<'a>]) -> Term<'a> {
        let bucket = self.pool.bucket(values);
        if let Some((like, patch)) = self.pool.nearest(bucket, values) {
            return self.patch_struct(set, like, values, patch.fields());
        }
        let term = self.build_alone(set, values);
        self.pool.add(bucket, term, values);
        term
    }

    /// A struct of these values, made from one that differs from it in these fields.
    fn patch_struct(
        &mut self,
        set: SetId,
        baseline: Term<'a>,
        values: &[Term<'a>],
        fields: &[FieldIndex],
    ) -> Term<'a> {
        let Some(shape) = self.loaded.shapes.get(set) else { return self.nil };
        fields.iter().fold(baseline, |base, field| {
            match (shape.keys.get(*field), values.get(*field)) {
                (Some(key), Some(value)) => self.put(base, *key, *value, values.len()),
                _ => base,
            }
        })
    }

    /// A struct of a set with its own key tuple.
    fn build_alone(&mut self, set: SetId, values: &[Term<'a>]) -> Term<'a> {
        match self.loaded.shapes.get(set) {
            Some(shape) => self.build_unshared(shape, values),
            None => self.nil,
        }
    }

    /// A struct with its own key tuple.
    fn build_unshared(&mut self, shape: &Shape, values: &[Term<'a>]) -> Term<'a> {
        self.words += 4 + 2 * values.len();
        // The keys are distinct and there is a value for each, so this does not fail.
        Term::map_from_arrays(self.env, &shape.keys, values).unwrap_or(self.nil)
    }

    /// A struct of more than [`FLAT`] fields, made from the last one of its set.
    fn build_wide(&mut self, set: SetId, shape: &Shape, values: &[Term<'a>]) -> Term<'a> {
        let mut changed = std::mem::take(&mut self.changed);
        let last = self.last.get(set).and_then(|last| last.differing(values, &mut changed));
        let term = match last {
            None => self.build_unshared(shape, values),
            Some(last) => changed.iter().fold(last, |base, field| {
                match (shape.keys.get(*field), values.get(*field)) {
                    (Some(key), Some(value)) => self.put(base, *key, *value, PATH),
                    _ => base,
                }
            }),
        };
        self.changed = changed;
        if let Some(last) = self.last.get_mut(set) {
            last.replace(term, values);
        }
        term
    }

    /// A struct that shares the key tuple of another one.
    fn put(&mut self, base: Term<'a>, key: Atom, value: Term<'a>, width: usize) -> Term<'a> {
        self.words += 3 + width;
        // The struct has this key, so this does not fail.
        base.map_put(key, value).unwrap_or(self.nil)
    }
}

impl<'a, 'b> ValueBuilder<'b> for TermBuilder<'a, 'b, '_> {
    type Term = Term<'a>;

    #[inline]
    fn is_exhausted(&self, values: usize) -> bool {
        (self.words + self.spared).saturating_add(2 * values) > self.limit
    }

    fn nil(&mut self) -> Term<'a> {
        self.nil
    }

    fn flag(&mut self) -> Term<'a> {
        atoms::yes().to_term(self.env)
    }

    #[inline]
    fn number(&mut self, number: Number) -> Term<'a> {
        match number {
            Number::Unsigned(value) => value.encode(self.env),
            Number::Signed(value) => value.encode(self.env),
        }
    }

    fn name(&mut self, name: NameId) -> Term<'a> {
        self.loaded.names.get(name).map_or(self.nil, |atom| atom.to_term(self.env))
    }

    fn bytes(&mut self, bytes: &'b [u8]) -> Term<'a> {
        self.words += 2 + bytes.len().min(COPIED).div_ceil(8);
        match self.input {
            Some(input) => slice(self.env, input, bytes),
            None => NewBinary::from_slice(self.env, bytes).into(),
        }
    }

    fn wildcard(&mut self, text: &'b [u8]) -> Term<'a> {
        self.words += 2 + text.len().div_ceil(8);
        NewBinary::from_slice(self.env, &[text, &[WILDCARD]].concat()).into()
    }

    fn ip(&mut self, bytes: &'b [u8]) -> Term<'a> {
        match self.ips.find(bytes) {
            None => self.build_ip(bytes),
            Some(Ok(ip)) => ip,
            Some(Err(bucket)) => {
                let ip = self.build_ip(bytes);
                self.ips.put(bucket, bytes, ip);
                ip
            }
        }
    }

    fn mac(&mut self, bytes: &'b [u8]) -> Term<'a> {
        self.build_address(2, &self.loaded.mac, bytes)
    }

    fn link_address(&mut self, bytes: &'b [u8]) -> Term<'a> {
        self.build_address(3, &self.loaded.link_address, bytes)
    }

    fn tuple(&mut self, elements: &[Term<'a>]) -> Term<'a> {
        self.words += 1 + elements.len();
        make_tuple(self.env, elements)
    }

    fn list(&mut self, items: &[Term<'a>]) -> Term<'a> {
        self.words += 2 * items.len();
        items.encode(self.env)
    }

    #[inline]
    fn push_defaults(&mut self, set: SetId, values: &mut Vec<Term<'a>>) {
        let Some(shape) = self.loaded.shapes.get(set) else { return };
        let defaults = || shape.defaults.iter().map(|default| default.term(self.env));
        let Some(template) = self.templates.get_mut(set) else {
            values.extend(defaults());
            return;
        };
        if template.is_empty() {
            template.extend(defaults());
        }
        values.extend_from_slice(template);
    }

    fn build_struct(&mut self, set: SetId, values: &[Term<'a>]) -> Term<'a> {
        let loaded = self.loaded;
        let Some(shape) = loaded.shapes.get(set) else { return self.nil };
        if values.len() > FLAT && !self.last.is_empty() {
            return self.build_wide(set, shape, values);
        }
        let Some(last) = self.last.get_mut(set).filter(|last| last.is_on()) else {
            return self.build_unshared(shape, values);
        };
        let term = match last.near(values) {
            Some((same, patch)) if patch.fields().is_empty() => {
                self.spared += values.len();
                return same;
            }
            Some((like, patch)) => self.patch_struct(set, like, values, patch.fields()),
            None => self.build_unshared(shape, values),
        };
        if let Some(last) = self.last.get_mut(set) {
            last.replace(term, values);
        }
        term
    }

    fn build_like(&mut self, set: SetId, values: &[Term<'a>]) -> Term<'a> {
        if self.pool.is_off() {
            return self.build_alone(set, values);
        }
        self.pool.learn(values);
        self.build_pooled(set, values)
    }

    fn patch(
        &mut self,
        set: SetId,
        baseline: Term<'a>,
        values: &[Term<'a>],
        fields: &[FieldIndex],
    ) -> Term<'a> {
        if fields.len() <= PATCHES {
            self.pool.record(fields);
            self.patch_struct(set, baseline, values, fields)
        } else if self.pool.is_off() {
            self.build_alone(set, values)
        } else {
            self.pool.record(fields);
            self.build_pooled(set, values)
        }
    }
}

impl Default {
    #[inline]
    fn term<'a>(&self, env: Env<'a>) -> Term<'a> {
        match self {
            Self::Atom(atom) => atom.to_term(env),
            Self::Int(int) => int.encode(env),
            Self::Empty => Term::list_new_empty(env),
            Self::Other(bytes) => match env.binary_to_term(bytes) {
                Some((term, _)) => term,
                None => atoms::nil().to_term(env),
            },
        }
    }
}

/// A path as field names, and integers for elements, numbered elements and undeclared attributes.
pub(super) fn path<'a>(env: Env<'a>, loaded: &Loaded, path: &[Step]) -> Vec<Term<'a>> {
    path.iter()
        .map(|step| match *step {
            Step::Field(set, field) => {
                let atom: Option<&Atom> =
                    loaded.shapes.get(set).and_then(|shape| shape.keys.get(field));
                atom.map_or_else(|| atoms::nil().to_term(env), |atom| atom.to_term(env))
            }
            Step::Element(at) => at.encode(env),
            Step::Number(id) => id.encode(env),
        })
        .collect()
}
