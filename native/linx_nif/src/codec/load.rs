//! Loading of schemas.
//!
//! Elixir describes a schema by a term of this form:
//!
//!     {[set], template of Linx.IP, template of Linx.MAC, template of Linx.LinkAddress}
//!
//!     set     {name, template, [item], [{id, field, type}], [{field, set}], unknown | nil}
//!             template   an empty struct; its keys are the fields
//!             [item]     the header
//!             [{id, field, type}]   attributes, by attribute type
//!             [{field, set}]        inline sets, whose attributes sit at the level of this set
//!             unknown    the field that holds [{attribute type, payload}] of undeclared attributes
//!     item    {field, fixed} | bytes of padding
//!     fixed   scalar | {:enum, scalar, [{name, value}]} | {:flags, scalar, [{name, mask}]}
//!             | {:binary, size}
//!     scalar  :u8 | :u16 | :u32 | :u64 | :s8 | :s16 | :s32 | :s64 | :be16 | :be32 | :be64
//!             | :sbe16 | :sbe32 | :sbe64 | :ticks
//!     type    fixed | {:enum | :flags, :uint | :sint, [{name, value}]} | :string | :binary | :flag | :uint | :sint | :bitfield32
//!             | :ip | :mac | :link_address
//!             | :sockaddr         sockaddr_in, sockaddr_in6: {ip, port} | {ip, port, scope_id};
//!                                 a binary if the family is another one
//!             | :packet_hw        struct nfulnl_msg_packet_hw: a link-layer address
//!             | {:raw, nested?}   a binary, which Elixir converts
//!             | {:set, set, nested?}
//!             | {:dispatch, field | {:outer, field}, [{key, type}]}
//!                                 {:outer, field}: the field of that name of the nearest enclosing
//!                                 set that has one, a binary where there is none; an inline set is
//!                                 enclosed by the set that lists it
//!             | {:array, type, id | nil}   a nest of elements, all with the attribute type id, or
//!                                          with 1, 2, 3 and so on
//!             | {:indexed, type}           a nest of elements: [{number, value}]
//!             | {:attributes, set}         a nest of a set's attributes, without its header
//!             | {:patterns, id, id}        a nest of strings: names, and prefixes, which end in `*`
//!             | {:repeated, type}          an attribute that may occur many times
//!             | {:scalars, fixed}          values of a fixed width back to back
//!             | {:structs, set}            headers back to back
//!             | {:chain, set}              entries that begin with their own length
//!     key     a string, an integer, or a name of the selector's enum
//!
//! A `set` in a type is the index of a set in the list; the first set is the message itself. A
//! set comes after one that encloses it.

use std::collections::HashMap;

use rustler::types::map::MapIterator;
use rustler::types::tuple::get_tuple;
use rustler::{Atom, Binary, Decoder, Encoder, Term};

use linx_wire::scalar::Scalar;
use linx_wire::schema::{
    AttrDef, AttrSet, AttrType, FieldIndex, FixedType, HeaderField, InlineSet, Names, OuterField,
    Schema, SelectorField, SelectorKey,
};

use super::atoms;
use super::fault::schema_fault;
use super::loaded::{Address, Default, Loaded, Shape, Share};
use crate::term::u16_arg;

/// A result, or a fault as a term.
type Outcome<'a, T> = Result<T, Term<'a>>;

/// Builds the schema of a description.
pub(super) fn load(description: Term<'_>) -> Outcome<'_, Loaded> {
    let (described, ip, mac, link_address): (Vec<Term>, Term, Term, Term) = get(description)?;
    let mut shared = Shared::default();
    let (mut sets, mut shapes) = (Vec::new(), Vec::new());
    for term in described {
        let (set, shape) = load_set(term, &mut shared)?;
        sets.push(set);
        shapes.push(shape);
    }
    shared.resolve_outer(&mut sets, &shapes);

    let schema =
        Schema::new(sets).map_err(|error| schema_fault(description.get_env(), &shapes, error))?;
    let (ip, mac, link_address) = (address(ip)?, address(mac)?, address(link_address)?);
    let share = Share::default();
    Ok(Loaded { schema, shapes, names: shared.names, ip, mac, link_address, share })
}

/// What the sets of a schema have in common.
#[derive(std::default::Default)]
struct Shared {
    /// The names of all enums and flags, by `NameId`.
    names: Vec<Atom>,
    /// The enums of the fields of all sets so far, by field.
    enums: Vec<(Atom, Vec<(Atom, i128)>)>,
    /// The fields that types of inner sets depend on, by `OuterField`.
    outer: Vec<Atom>,
}

impl Shared {
    fn outer(&mut self, field: Atom) -> OuterField {
        self.outer.iter().position(|outer| *outer == field).unwrap_or_else(|| {
            self.outer.push(field);
            self.outer.len() - 1
        })
    }

    /// Gives each set its outer fields. A field that no set has selects no type: values are binaries then.
    fn resolve_outer(&self, sets: &mut [AttrSet], shapes: &[Shape]) {
        for (outer, field) in self.outer.iter().enumerate() {
            for (set, shape) in sets.iter_mut().zip(shapes) {
                let index = shape.keys.iter().position(|key| key == field);
                if let Some(index) = index.filter(|index| set.can_select(*index)) {
                    set.outer_fields.push((outer, index));
                }
            }
        }
    }
}

/// What the fields of a set have in common.
struct Context<'c> {
    shape: &'c Shape,
    /// The enums of the set's fields, for keys that are names.
    enums: HashMap<FieldIndex, Vec<(Atom, i128)>>,
    shared: &'c mut Shared,
}

fn load_set<'a>(term: Term<'a>, shared: &mut Shared) -> Outcome<'a, (AttrSet, Shape)> {
    let (_name, template, items, attrs, inline_sets, unknown): (
        Term,
        Term,
        Vec<Term>,
        Vec<Term>,
        Vec<Term>,
        Atom,
    ) = get(term)?;
    let shape = shape(template)?;
    let mut context = Context { shape: &shape, enums: HashMap::new(), shared };

    let mut set = AttrSet::default();
    for item in items {
        if let Ok(padding) = item.decode::<usize>() {
            set.size += padding;
        } else {
            let (field, ty): (Atom, Term) = get(item)?;
            let index = context.index(field, term)?;
            let ty = context.fixed(index, ty)?;
            let width = ty.width();
            set.header.push(HeaderField { index, offset: set.size, ty });
            set.size += width;
        }
    }
    for attr in attrs {
        let (id, field, ty): (Term, Atom, Term) = get(attr)?;
        let id = u16_arg(id).ok_or_else(|| invalid(id))?;
        let index = context.index(field, term)?;
        let ty = context.attr_type(index, ty)?;
        set.attrs.push(AttrDef::new(id, index, ty));
    }
    for inline in inline_sets {
        let (field, index): (Atom, usize) = get(inline)?;
        set.inline_sets.push(InlineSet::new(context.index(field, term)?, index));
    }
    if unknown != atoms::nil() {
        set.unknown = Some(context.index(unknown, term)?);
    }
    Ok((set, shape))
}

impl Context<'_> {
    fn index<'a>(&self, field: Atom, set: Term<'a>) -> Outcome<'a, FieldIndex> {
        let at = self.shape.keys.iter().position(|key| *key == field);
        at.ok_or_else(|| (atoms::no_field(), self.shape.module, field).encode(set.get_env()))
    }

    fn attr_type<'a>(&mut self, index: FieldIndex, term: Term<'a>) -> Outcome<'a, AttrType> {
        if term.is_atom() {
            return match tag(term).as_deref() {
                Some("string") => Ok(AttrType::String),
                Some("binary") => Ok(AttrType::Binary { nested: false }),
                Some("flag") => Ok(AttrType::Flag),
                Some("uint") => Ok(AttrType::Uint),
                Some("sint") => Ok(AttrType::Sint),
                Some("bitfield32") => Ok(AttrType::Bitfield32),
                Some("ip") => Ok(AttrType::Ip),
                Some("mac") => Ok(AttrType::Mac),
                Some("link_address") => Ok(AttrType::LinkAddress),
                Some("sockaddr") => Ok(AttrType::SockAddr),
                Some("packet_hw") => Ok(AttrType::PacketHw),
                _ => self.fixed(index, term).map(AttrType::Fixed),
            };
        }

        let parts = get_tuple(term).map_err(|_| invalid(term))?;
        let tag = parts.first().and_then(|first| tag(*first));
        match (tag.as_deref(), parts.as_slice()) {
            (Some("enum" | "flags"), [_, of, _])
                if matches!(self::tag(*of).as_deref(), Some("uint" | "sint")) =>
            {
                self.fixed(index, term).map(AttrType::NamedInt)
            }
            (Some("enum" | "flags" | "binary"), _) => self.fixed(index, term).map(AttrType::Fixed),
            (Some("raw"), [_, nested]) => Ok(AttrType::Binary { nested: get(*nested)? }),
            (Some("set"), [_, set, nested]) => {
                Ok(AttrType::Set { set: get(*set)?, nested: get(*nested)? })
            }
            (Some("dispatch"), [_, selector, table]) => {
                self.dispatch(index, *selector, get(*table)?, term)
            }
            (Some("array"), [_, of, id]) => {
                let id = if id.is_atom() {
                    None
                } else {
                    Some(u16_arg(*id).ok_or_else(|| invalid(*id))?)
                };
                Ok(AttrType::Array { of: Box::new(self.attr_type(index, *of)?), id })
            }
            (Some("indexed"), [_, of]) => {
                Ok(AttrType::Indexed(Box::new(self.attr_type(index, *of)?)))
            }
            (Some("attributes"), [_, set]) => Ok(AttrType::Attrs(get(*set)?)),
            (Some("patterns"), [_, name, prefix]) => {
                let id = |term: &Term<'a>| u16_arg(*term).ok_or_else(|| invalid(*term));
                Ok(AttrType::Patterns { name: id(name)?, prefix: id(prefix)? })
            }
            (Some("repeated"), [_, of]) => {
                Ok(AttrType::Repeated(Box::new(self.attr_type(index, *of)?)))
            }
            (Some("scalars"), [_, of]) => self.fixed(index, *of).map(AttrType::FixedArray),
            (Some("structs"), [_, set]) => Ok(AttrType::StructArray(get(*set)?)),
            (Some("chain"), [_, set]) => Ok(AttrType::LengthPrefixed(get(*set)?)),
            _ => Err(invalid(term)),
        }
    }

    fn dispatch<'a>(
        &mut self,
        index: FieldIndex,
        selector: Term<'a>,
        table: Vec<(Term<'a>, Term<'a>)>,
        term: Term<'a>,
    ) -> Outcome<'a, AttrType> {
        let (selector, enum_values) = if let Ok(field) = Atom::from_term(selector) {
            let own = self.index(field, term)?;
            let values = self.enums.get(&own).cloned().unwrap_or_default();
            (SelectorField::Own(own), values)
        } else {
            let (outer, field): (Term, Atom) = get(selector)?;
            if tag(outer).as_deref() != Some("outer") {
                return Err(invalid(selector));
            }
            let enums = self.shared.enums.iter().rev();
            let values = enums.filter(|(name, _)| *name == field).flat_map(|(_, values)| values);
            let values = values.copied().collect();
            (SelectorField::Outer(self.shared.outer(field)), values)
        };
        let mut types = HashMap::with_capacity(table.len());
        for (key, ty) in table {
            let ty = self.attr_type(index, ty)?;
            types.insert(selector_key(&enum_values, key)?, ty);
        }
        Ok(AttrType::Dispatch { selector, table: types })
    }

    fn fixed<'a>(&mut self, index: FieldIndex, term: Term<'a>) -> Outcome<'a, FixedType> {
        if term.is_atom() {
            return scalar(term).map(FixedType::Plain);
        }
        if let Ok((_binary, size)) = term.decode::<(Atom, usize)>() {
            return Ok(FixedType::Bytes(size));
        }
        let (names_of, of, listed): (Term, Term, Vec<(Atom, Term)>) = get(term)?;
        let scalar = match tag(of).as_deref() {
            Some("uint") => Scalar::U64,
            Some("sint") => Scalar::S64,
            _ => scalar(of)?,
        };
        let mut values = Vec::with_capacity(listed.len());
        let mut ids = Vec::with_capacity(listed.len());
        for (name, value) in listed {
            let value = int(value)?;
            values.push((name, value));
            ids.push((value, self.shared.names.len()));
            self.shared.names.push(name);
        }
        if let Some(field) = self.shape.keys.get(index) {
            self.shared.enums.push((*field, values.clone()));
        }
        self.enums.insert(index, values);
        let names = Names::new(ids);
        match tag(names_of).as_deref() {
            Some("enum") => Ok(FixedType::Enum(scalar, names)),
            Some("flags") => Ok(FixedType::Flags(scalar, names)),
            _ => Err(invalid(term)),
        }
    }
}

fn selector_key<'a>(enum_values: &[(Atom, i128)], term: Term<'a>) -> Outcome<'a, SelectorKey> {
    if let Ok(bytes) = Binary::from_term(term) {
        return Ok(SelectorKey::Bytes(bytes.to_vec()));
    }
    if let Ok(int) = term.decode::<i64>() {
        return Ok(SelectorKey::Int(int.into()));
    }
    let atom = Atom::from_term(term).map_err(|_| invalid(term))?;
    let value = enum_values.iter().find(|(name, _)| *name == atom);
    value.map(|(_, value)| SelectorKey::Int(*value)).ok_or_else(|| invalid(term))
}

fn tag(term: Term) -> Option<String> {
    term.atom_to_string().ok()
}

fn scalar(term: Term<'_>) -> Outcome<'_, Scalar> {
    tag(term).and_then(|name| Scalar::of(&name)).ok_or_else(|| invalid(term))
}

fn int(term: Term<'_>) -> Outcome<'_, i128> {
    match term.decode::<i64>() {
        Ok(value) => Ok(value.into()),
        Err(_) => get::<u64>(term).map(i128::from),
    }
}

fn shape(template: Term<'_>) -> Outcome<'_, Shape> {
    let mut module = None;
    let mut keys = Vec::new();
    let mut defaults = Vec::new();
    for (key, value) in MapIterator::new(template).ok_or_else(|| invalid(template))? {
        let key = get::<Atom>(key)?;
        let default = default(value);
        if let (true, Default::Atom(atom)) = (key == atoms::module(), &default) {
            module = Some(*atom);
        }
        keys.push(key);
        defaults.push(default);
    }
    let module = module.ok_or_else(|| invalid(template))?;
    Ok(Shape { module, keys, defaults })
}

fn default(term: Term) -> Default {
    if let Ok(atom) = Atom::from_term(term) {
        Default::Atom(atom)
    } else if let Ok(int) = term.decode::<i64>() {
        Default::Int(int)
    } else if term.is_empty_list() {
        Default::Empty
    } else {
        Default::Other(term.to_binary().as_slice().to_vec())
    }
}

fn address(template: Term<'_>) -> Outcome<'_, Address> {
    let shape = shape(template)?;
    let at = |atom: Atom| shape.keys.iter().position(|key| *key == atom);
    let bytes = at(atoms::bytes()).ok_or_else(|| invalid(template))?;
    let family = at(atoms::family());
    Ok(Address { shape, bytes, family })
}

fn get<'a, T: Decoder<'a>>(term: Term<'a>) -> Outcome<'a, T> {
    term.decode().map_err(|_| invalid(term))
}

fn invalid(term: Term<'_>) -> Term<'_> {
    (atoms::description(), term).encode(term.get_env())
}
