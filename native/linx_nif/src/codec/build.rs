//! Terms out of bytes.

use rustler::{Atom, Binary, Encoder, Env, NewBinary, Term};

use linx_wire::decode::Build;
use linx_wire::locate::Step;
use linx_wire::scalar::Number;
use linx_wire::schema::{NameId, SetId};

use super::{Address, Default, Loaded, Shape, atoms};

/// Payloads to this size are copied; a larger one refers to its message.
pub(crate) const COPIED: usize = 64;

/// Builds the terms of one call.
pub(super) struct Terms<'a, 'l> {
    env: Env<'a>,
    loaded: &'l Loaded,
    input: Binary<'a>,
    nil: Term<'a>,
}

impl<'a, 'l> Terms<'a, 'l> {
    /// `input` is what all bytes are slices of.
    pub(super) fn new(env: Env<'a>, loaded: &'l Loaded, input: Binary<'a>) -> Self {
        Self { env, loaded, input, nil: atoms::nil().to_term(env) }
    }

    fn address(&mut self, address: &Address, bytes: &'a [u8]) -> Term<'a> {
        let family = if bytes.len() == 4 { atoms::inet() } else { atoms::inet6() };
        let copied = binary(self.env, self.input, bytes);
        let mut values = [self.nil; 3];
        for (at, value) in values.iter_mut().enumerate() {
            *value = match () {
                () if at == address.bytes => copied,
                () if Some(at) == address.family => family.to_term(self.env),
                () => address.shape.module.to_term(self.env),
            };
        }
        let count = address.shape.keys.len();
        strukt(self.env, &address.shape, values.get(..count).unwrap_or_default())
    }
}

impl<'a> Build<'a> for Terms<'a, '_> {
    type Term = Term<'a>;

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
        binary(self.env, self.input, bytes)
    }

    fn ip(&mut self, bytes: &'a [u8]) -> Term<'a> {
        self.address(&self.loaded.ip, bytes)
    }

    fn mac(&mut self, bytes: &'a [u8]) -> Term<'a> {
        self.address(&self.loaded.mac, bytes)
    }

    fn pair(&mut self, left: Term<'a>, right: Term<'a>) -> Term<'a> {
        (left, right).encode(self.env)
    }

    fn list(&mut self, items: &[Term<'a>]) -> Term<'a> {
        items.encode(self.env)
    }

    #[inline]
    fn template(&mut self, set: SetId, values: &mut Vec<Term<'a>>) {
        if let Some(shape) = self.loaded.shapes.get(set) {
            values.extend(shape.defaults.iter().map(|default| default.term(self.env)));
        }
    }

    #[inline]
    fn strukt(&mut self, set: SetId, values: &[Term<'a>]) -> Term<'a> {
        self.loaded.shapes.get(set).map_or(self.nil, |shape| strukt(self.env, shape, values))
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

fn strukt<'a>(env: Env<'a>, shape: &Shape, values: &[Term<'a>]) -> Term<'a> {
    // Keys are distinct and there is a value for each, or it could not fail.
    Term::map_from_arrays(env, &shape.keys, values).unwrap_or_else(|_| atoms::nil().to_term(env))
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
