//! Taking terms apart.

use std::borrow::Cow;
use std::cell::Cell;

use rustler::types::tuple::get_tuple;
use rustler::{Atom, Binary, Env, Term, TermType};

use linx_wire::codec::encode::ValueReader;
use linx_wire::schema::{FieldIndex, NameId, SetId};

use super::atoms;
use super::loaded::{Address, Loaded};

/// The most elements of lists, and bytes of one binary, that are read on a normal scheduler: they take
/// well below a millisecond.
const ELEMENTS: usize = 256;
const BYTES: usize = 16 * 1024;

/// Reads the structs of one call.
pub(super) struct TermReader<'a, 'l> {
    loaded: &'l Loaded,
    nil: Term<'a>,
    module: Term<'a>,
    /// How many elements of lists may still be read; 0 if the limit was exceeded, and the result is
    /// of no use.
    left: Cell<usize>,
    is_limited: bool,
}

impl<'a, 'l> TermReader<'a, 'l> {
    pub(super) fn new(env: Env<'a>, loaded: &'l Loaded) -> Self {
        let (nil, module) = (atoms::nil().to_term(env), atoms::module().to_term(env));
        Self { loaded, nil, module, left: Cell::new(usize::MAX), is_limited: false }
    }

    /// The same with the limits of a normal scheduler.
    pub(super) fn limited(self) -> Self {
        Self { left: Cell::new(ELEMENTS), is_limited: true, ..self }
    }

    /// Whether the limit was exceeded.
    pub(super) fn is_exhausted(&self) -> bool {
        self.left.get() == 0
    }

    /// How many elements of lists have been read.
    pub(super) fn elements(&self) -> usize {
        ELEMENTS.saturating_sub(self.left.get())
    }

    /// Takes elements off the limit. Returns whether they may be read.
    fn may_read(&self, elements: usize) -> bool {
        self.left.set(self.left.get().saturating_sub(elements));
        !self.is_exhausted()
    }

    /// The bytes, or none if they are too many to copy.
    fn within_limit(&self, bytes: &'a [u8]) -> &'a [u8] {
        if self.is_limited && bytes.len() > BYTES {
            self.left.set(0);
            return &[];
        }
        bytes
    }

    fn is_of(&self, term: Term<'a>, module: Atom) -> bool {
        term.map_get(self.module).is_ok_and(|value| is(value, module))
    }

    fn address(&self, term: Term<'a>, address: &Address) -> Option<&'a [u8]> {
        if !self.is_of(term, address.shape.module) {
            return None;
        }
        let bytes = term.map_get(atoms::bytes()).ok()?;
        self.text(bytes)
    }
}

impl<'a> ValueReader<'a> for TermReader<'a, '_> {
    type Term = Term<'a>;

    fn is_nil(&self, term: Term<'a>) -> bool {
        term.as_c_arg() == self.nil.as_c_arg()
    }

    fn boolean(&self, term: Term<'a>) -> Option<bool> {
        match () {
            () if is(term, atoms::yes()) => Some(true),
            () if is(term, atoms::no()) => Some(false),
            () => None,
        }
    }

    fn int(&self, term: Term<'a>) -> Option<i128> {
        if let Ok(value) = term.decode::<i64>() {
            return Some(value.into());
        }
        match term.decode::<u64>() {
            Ok(value) => Some(value.into()),
            Err(_) => (term.get_type() == TermType::Integer).then_some(i128::MAX),
        }
    }

    fn is_name(&self, term: Term<'a>, name: NameId) -> bool {
        self.loaded.names.get(name).is_some_and(|atom| is(term, *atom))
    }

    fn text(&self, term: Term<'a>) -> Option<&'a [u8]> {
        Binary::from_term(term).ok().map(|binary| self.within_limit(binary.as_slice()))
    }

    fn bytes(&self, term: Term<'a>) -> Option<Cow<'a, [u8]>> {
        if let Ok(binary) = Binary::from_term(term) {
            return Some(Cow::Borrowed(self.within_limit(binary.as_slice())));
        }
        // It may have any number of pieces.
        if self.is_limited {
            self.left.set(0);
            return Some(Cow::Borrowed(&[]));
        }
        Some(Cow::Borrowed(Binary::from_iolist(term).ok()?.as_slice()))
    }

    fn ip(&self, term: Term<'a>) -> Option<&'a [u8]> {
        self.address(term, &self.loaded.ip)
    }

    fn mac(&self, term: Term<'a>) -> Option<&'a [u8]> {
        self.address(term, &self.loaded.mac)
    }

    fn link_address(&self, term: Term<'a>) -> Option<&'a [u8]> {
        self.address(term, &self.loaded.link_address)
    }

    fn tuple(&self, term: Term<'a>) -> Option<Vec<Term<'a>>> {
        get_tuple(term).ok()
    }

    fn list(&self, term: Term<'a>) -> Option<Vec<Term<'a>>> {
        if self.is_limited {
            // Counting a long list takes long as well.
            let (mut counted, mut rest) = (0, term);
            while counted < ELEMENTS
                && let Ok((_, tail)) = rest.list_get_cell()
            {
                (counted, rest) = (counted + 1, tail);
            }
            if !self.may_read(counted) {
                return Some(Vec::new());
            }
        }
        // The length of an improper list is an error.
        term.list_length().ok()?;
        Some(term.into_list_iterator().ok()?.collect())
    }

    fn is_struct(&self, term: Term<'a>, set: SetId) -> bool {
        self.loaded.shapes.get(set).is_some_and(|shape| self.is_of(term, shape.module))
    }

    fn field(&self, term: Term<'a>, set: SetId, field: FieldIndex) -> Option<Term<'a>> {
        term.map_get(self.loaded.shapes.get(set)?.keys.get(field)?).ok()
    }
}

fn is(term: Term, atom: Atom) -> bool {
    term.as_c_arg() == atom.as_c_arg()
}
