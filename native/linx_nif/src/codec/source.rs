//! Terms taken apart.

use std::borrow::Cow;
use std::cell::Cell;

use rustler::types::tuple::get_tuple;
use rustler::{Atom, Binary, Env, Term, TermType};

use linx_wire::encode::Source;
use linx_wire::schema::{NameId, SetId, Slot};

use super::{Address, Loaded, atoms};

/// The longest value that a message shows whole.
const SHOWN: usize = 60;

/// How many elements of lists, and how many bytes at once, take well below a millisecond.
const ELEMENTS: usize = 256;
const BYTES: usize = 16 * 1024;

/// Reads the structs of one call.
pub(super) struct Structs<'a, 'l> {
    loaded: &'l Loaded,
    nil: Term<'a>,
    module: Term<'a>,
    /// How many elements of lists may still be read; 0 if it was too many, or if something else
    /// takes too long: then what was read is of no use.
    left: Cell<usize>,
    is_limited: bool,
}

impl<'a, 'l> Structs<'a, 'l> {
    pub(super) fn new(env: Env<'a>, loaded: &'l Loaded) -> Self {
        let (nil, module) = (atoms::nil().to_term(env), atoms::module().to_term(env));
        Self { loaded, nil, module, left: Cell::new(usize::MAX), is_limited: false }
    }

    /// The same, for a caller that waits for no more than a little.
    pub(super) fn limited(self) -> Self {
        Self { left: Cell::new(ELEMENTS), is_limited: true, ..self }
    }

    /// Whether it was too much to read, or turned out wrong, of which to tell takes as long as
    /// the value is large.
    pub(super) fn is_exhausted(&self) -> bool {
        self.left.get() == 0
    }

    /// How many elements of lists have been read.
    pub(super) fn elements(&self) -> usize {
        ELEMENTS.saturating_sub(self.left.get())
    }

    /// Whether so many elements may be read.
    fn may_read(&self, elements: usize) -> bool {
        self.left.set(self.left.get().saturating_sub(elements));
        !self.is_exhausted()
    }

    /// Bytes, unless they are too many to be copied.
    fn not_too_long(&self, bytes: &'a [u8]) -> &'a [u8] {
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

impl<'a> Source<'a> for Structs<'a, '_> {
    type Term = Term<'a>;

    fn is_nil(&self, term: Term<'a>) -> bool {
        term.as_c_arg() == self.nil.as_c_arg()
    }

    fn truth(&self, term: Term<'a>) -> Option<bool> {
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
        Binary::from_term(term).ok().map(|binary| self.not_too_long(binary.as_slice()))
    }

    fn bytes(&self, term: Term<'a>) -> Option<Cow<'a, [u8]>> {
        if let Ok(binary) = Binary::from_term(term) {
            return Some(Cow::Borrowed(self.not_too_long(binary.as_slice())));
        }
        // Its pieces may be any number.
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

    fn pair(&self, term: Term<'a>) -> Option<(Term<'a>, Term<'a>)> {
        match get_tuple(term).ok()?.as_slice() {
            &[left, right] => Some((left, right)),
            _ => None,
        }
    }

    fn list(&self, term: Term<'a>) -> Option<Vec<Term<'a>>> {
        if self.is_limited {
            // To count a long list takes long as well.
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

    fn field(&self, term: Term<'a>, set: SetId, slot: Slot) -> Option<Term<'a>> {
        term.map_get(self.loaded.shapes.get(set)?.keys.get(slot)?).ok()
    }

    fn show(&self, term: Term<'a>) -> String {
        if self.is_limited {
            self.left.set(0);
            return String::new();
        }
        let text = format!("{term:?}");
        match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }
}

fn is(term: Term, atom: Atom) -> bool {
    term.as_c_arg() == atom.as_c_arg()
}
