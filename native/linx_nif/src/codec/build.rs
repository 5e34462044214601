//! Terms out of bytes.

use rustler::{Atom, Binary, Encoder, Env, NewBinary, Term};

use linx_wire::decode::Build;
use linx_wire::locate::Step;
use linx_wire::scalar::Number;
use linx_wire::schema::{NameId, SetId, Slot};

use super::kept::{Kept, PATCHES};
use super::{Address, Default, Loaded, Shape, atoms};

/// Payloads to this size are copied; a larger one refers to its message.
pub(crate) const COPIED: usize = 64;

/// How many IP addresses are kept to be used again.
const ADDRESSES: usize = 64;

/// Builds the terms of one call.
pub(super) struct Terms<'a, 'l> {
    env: Env<'a>,
    loaded: &'l Loaded,
    input: Binary<'a>,
    nil: Term<'a>,
    /// By set, made at its first use.
    templates: Vec<Vec<Term<'a>>>,
    /// An IPv4 and an IPv6 address, made at their first use.
    addresses: [Option<Term<'a>>; 2],
    /// IP addresses, by a hash: those of one object, and gateways, are often the same.
    known: [Option<(&'a [u8], Term<'a>)>; ADDRESSES],
    kept: Kept<'a>,
    /// How much heap has been used.
    words: usize,
    /// How much may be used.
    limit: usize,
}

impl<'a, 'l> Terms<'a, 'l> {
    /// `input` is what all bytes are slices of.
    pub(super) fn new(env: Env<'a>, loaded: &'l Loaded, input: Binary<'a>) -> Self {
        let templates = vec![Vec::new(); loaded.shapes.len()];
        let nil = atoms::nil().to_term(env);
        Self {
            env,
            loaded,
            input,
            nil,
            templates,
            addresses: [None; 2],
            known: [None; ADDRESSES],
            kept: Kept::default(),
            words: 0,
            limit: usize::MAX,
        }
    }

    /// The same, for a caller that waits for no more than about so many words of heap.
    pub(super) fn limited_to(self, words: usize) -> Self {
        Self { limit: words, ..self }
    }

    /// About how many words of heap the terms took, those included that only led to others.
    pub(super) const fn words(&self) -> usize {
        self.words
    }

    fn fresh_ip(&mut self, bytes: &'a [u8]) -> Term<'a> {
        let which = usize::from(bytes.len() != 4);
        let address = &self.loaded.ip;
        let Some(like) = self.addresses.get(which).copied().flatten() else {
            let ip = self.address(address, bytes);
            if let Some(like) = self.addresses.get_mut(which) {
                *like = Some(ip);
            }
            return ip;
        };
        let bytes = self.bytes(bytes);
        self.put(like, atoms::bytes(), bytes, address.shape.keys.len())
    }

    fn address(&mut self, address: &Address, bytes: &'a [u8]) -> Term<'a> {
        let family = if bytes.len() == 4 { atoms::inet() } else { atoms::inet6() };
        let bytes = self.bytes(bytes);
        let values: Vec<_> = (0..address.shape.keys.len())
            .map(|at| match () {
                () if at == address.bytes => bytes,
                () if Some(at) == address.family => family.to_term(self.env),
                () => address.shape.module.to_term(self.env),
            })
            .collect();
        self.fresh(&address.shape, &values)
    }

    /// A struct of these values, made from one that is kept if there is one near enough.
    fn near(&mut self, set: SetId, values: &[Term<'a>]) -> Term<'a> {
        let place = self.kept.place(values);
        if let Some((like, patch)) = self.kept.near(place, values) {
            return self.patch(set, like, values, patch.slots());
        }
        let strukt = self.strukt(set, values);
        self.kept.keep(place, strukt, values);
        strukt
    }

    /// A struct of these values out of one that differs from it in these slots.
    fn patch(
        &mut self,
        set: SetId,
        before: Term<'a>,
        values: &[Term<'a>],
        slots: &[Slot],
    ) -> Term<'a> {
        let Some(shape) = self.loaded.shapes.get(set) else { return self.nil };
        slots.iter().fold(before, |strukt, slot| match (shape.keys.get(*slot), values.get(*slot)) {
            (Some(key), Some(value)) => self.put(strukt, *key, *value, values.len()),
            _ => strukt,
        })
    }

    /// A struct with keys of its own.
    fn fresh(&mut self, shape: &Shape, values: &[Term<'a>]) -> Term<'a> {
        self.words += 4 + 2 * values.len();
        // Keys are distinct and there is a value for each, or it could not fail.
        Term::map_from_arrays(self.env, &shape.keys, values).unwrap_or(self.nil)
    }

    /// A struct that shares its keys with another one.
    fn put(&mut self, strukt: Term<'a>, key: Atom, value: Term<'a>, width: usize) -> Term<'a> {
        self.words += 3 + width;
        // It has this key already, or it could not fail.
        strukt.map_put(key, value).unwrap_or(self.nil)
    }
}

impl<'a> Build<'a> for Terms<'a, '_> {
    type Term = Term<'a>;

    #[inline]
    fn is_exhausted(&self, values: usize) -> bool {
        self.words.saturating_add(2 * values) > self.limit
    }

    fn nil(&mut self) -> Term<'a> {
        self.nil
    }

    fn yes(&mut self) -> Term<'a> {
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

    fn bytes(&mut self, bytes: &'a [u8]) -> Term<'a> {
        self.words += 2 + bytes.len().min(COPIED).div_ceil(8);
        binary(self.env, self.input, bytes)
    }

    fn ip(&mut self, bytes: &'a [u8]) -> Term<'a> {
        let add = |hash: usize, byte: &u8| hash.wrapping_mul(31).wrapping_add(usize::from(*byte));
        let hash = bytes.iter().fold(0, add) % ADDRESSES;
        match self.known.get(hash) {
            Some(Some((known, ip))) if *known == bytes => *ip,
            _ => {
                let ip = self.fresh_ip(bytes);
                if let Some(known) = self.known.get_mut(hash) {
                    *known = Some((bytes, ip));
                }
                ip
            }
        }
    }

    fn mac(&mut self, bytes: &'a [u8]) -> Term<'a> {
        self.address(&self.loaded.mac, bytes)
    }

    fn link_address(&mut self, bytes: &'a [u8]) -> Term<'a> {
        self.address(&self.loaded.link_address, bytes)
    }

    fn pair(&mut self, left: Term<'a>, right: Term<'a>) -> Term<'a> {
        self.words += 3;
        (left, right).encode(self.env)
    }

    fn list(&mut self, items: &[Term<'a>]) -> Term<'a> {
        self.words += 2 * items.len();
        items.encode(self.env)
    }

    #[inline]
    fn template(&mut self, set: SetId, values: &mut Vec<Term<'a>>) {
        let Some(template) = self.templates.get_mut(set) else { return };
        if template.is_empty()
            && let Some(shape) = self.loaded.shapes.get(set)
        {
            template.extend(shape.defaults.iter().map(|default| default.term(self.env)));
        }
        values.extend_from_slice(template);
    }

    #[inline]
    fn strukt(&mut self, set: SetId, values: &[Term<'a>]) -> Term<'a> {
        match self.loaded.shapes.get(set) {
            Some(shape) => self.fresh(shape, values),
            None => self.nil,
        }
    }

    fn similar(&mut self, set: SetId, values: &[Term<'a>]) -> Term<'a> {
        self.kept.compare(values);
        self.near(set, values)
    }

    fn change(
        &mut self,
        set: SetId,
        before: Term<'a>,
        values: &[Term<'a>],
        slots: &[Slot],
    ) -> Term<'a> {
        self.kept.note(slots);
        if slots.len() <= PATCHES {
            self.patch(set, before, values, slots)
        } else {
            self.near(set, values)
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

/// A slice of `input` as a term.
pub(crate) fn binary<'a>(env: Env<'a>, input: Binary<'a>, bytes: &[u8]) -> Term<'a> {
    if bytes.len() > COPIED {
        let offset = bytes.as_ptr().addr().wrapping_sub(input.as_slice().as_ptr().addr());
        if let Ok(part) = input.make_subbinary(offset, bytes.len()) {
            return part.into();
        }
    }
    NewBinary::from_slice(env, bytes).into()
}

/// A path as field names, undeclared attributes as their numbers.
pub(super) fn path<'a>(env: Env<'a>, loaded: &Loaded, path: &[Step]) -> Vec<Term<'a>> {
    path.iter()
        .map(|step| match *step {
            Step::Field(set, slot) => {
                let atom: Option<&Atom> =
                    loaded.shapes.get(set).and_then(|shape| shape.keys.get(slot));
                atom.map_or_else(|| atoms::nil().to_term(env), |atom| atom.to_term(env))
            }
            Step::Element(at) => at.encode(env),
            Step::Unknown(id) => id.encode(env),
        })
        .collect()
}
