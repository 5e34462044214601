//! A schema out of its description.
//!
//! The description is made by `Linx.Netlink.Codec.Engine`:
//!
//!     {[set], template of Linx.IP, of Linx.MAC, of Linx.LinkAddress}
//!     set    {name, template, [item], [{id, field, kind}], [{field, set}], unknown | nil}
//!     item   {field, fixed} | bytes of a pad
//!     fixed  scalar | {:enum | :flags, scalar, [{name, value}]} | {:binary, size}
//!     kind   fixed | :string | :binary | :flag | :uint | :sint | :bitfield32
//!            :ip | :mac | :link_address
//!            {:raw, nested?} | {:set, set, nested?} | {:dispatch, field, [{key, kind}]}
//!            {:array, kind, id | nil} | {:repeated, kind}
//!            {:scalars, scalar} | {:structs, set} | {:chain, set}
//!
//! A set is its index in the list.

use std::collections::HashMap;

use rustler::types::map::MapIterator;
use rustler::types::tuple::get_tuple;
use rustler::{Atom, Binary, Decoder, Term};

use linx_wire::scalar::Scalar;
use linx_wire::schema::{Field, Fixed, Group, Key, Kind, NameId, Names, Row, Schema, Set, Slot};

use crate::frame::short;

use super::{Address, Default, Loaded, Shape, atoms};

type Outcome<T> = Result<T, String>;

/// Builds the schema of a description.
pub(super) fn load(description: Term) -> Outcome<Loaded> {
    let (sets, ip, mac, link_address): (Vec<Term>, Term, Term, Term) = get(description)?;
    let mut names = AllNames::default();
    let mut shapes = Vec::with_capacity(sets.len());
    let mut described = Vec::with_capacity(sets.len());
    for term in sets {
        let (set, shape) = self::set(term, &mut names)?;
        described.push(set);
        shapes.push(shape);
    }

    let texts = names.atoms.iter().map(|(_, text)| text.clone()).collect();
    let schema = Schema::new(described, texts).map_err(|bad| bad.to_string())?;
    let names = names.atoms.into_iter().map(|(atom, _)| atom).collect();
    let (ip, mac, link_address) = (address(ip)?, address(mac)?, address(link_address)?);
    Ok(Loaded { schema, shapes, names, ip, mac, link_address })
}

/// The names of all enums and flags.
#[derive(std::default::Default)]
struct AllNames {
    atoms: Vec<(Atom, String)>,
}

impl AllNames {
    fn id(&mut self, atom: Atom, text: String) -> NameId {
        self.atoms.push((atom, text));
        self.atoms.len() - 1
    }
}

/// What a description of a set's fields needs to know.
struct Context<'c> {
    shape: &'c Shape,
    /// Names of the fields that are enums, for keys that are atoms.
    enums: HashMap<Slot, Vec<(Atom, i128)>>,
    names: &'c mut AllNames,
}

fn set(term: Term, names: &mut AllNames) -> Outcome<(Set, Shape)> {
    let (name, template, items, rows, groups, unknown): (
        String,
        Term,
        Vec<Term>,
        Vec<Term>,
        Vec<Term>,
        Atom,
    ) = get(term)?;
    let shape = shape(template)?;
    let mut context = Context { shape: &shape, enums: HashMap::new(), names };

    let mut set = Set::named(name);
    set.fields = shape.keys.iter().map(|key| text(*key, template)).collect();
    for item in items {
        if let Ok(pad) = item.decode::<usize>() {
            set.size += pad;
        } else {
            let (field, kind): (Atom, Term) = get(item)?;
            let slot = context.slot(field)?;
            let kind = context.fixed(slot, kind)?;
            let width = kind.width();
            set.header.push(Field { slot, offset: set.size, kind });
            set.size += width;
        }
    }
    for row in rows {
        let (id, field, kind): (Term, Atom, Term) = get(row)?;
        let id = short(id).ok_or_else(|| odd(id))?;
        let slot = context.slot(field)?;
        let kind = context.kind(slot, kind)?;
        set.rows.push(Row::new(id, slot, kind));
    }
    for group in groups {
        let (field, index): (Atom, usize) = get(group)?;
        set.groups.push(Group::new(context.slot(field)?, index));
    }
    if unknown != atoms::nil() {
        set.unknown = Some(context.slot(unknown)?);
    }
    Ok((set, shape))
}

impl Context<'_> {
    fn slot(&self, field: Atom) -> Outcome<Slot> {
        let at = self.shape.keys.iter().position(|key| *key == field);
        at.ok_or_else(|| format!("the struct has no field {field:?}"))
    }

    fn kind(&mut self, slot: Slot, term: Term) -> Outcome<Kind> {
        if term.is_atom() {
            let name = term.atom_to_string().map_err(|_| odd(term))?;
            return match name.as_str() {
                "string" => Ok(Kind::String),
                "binary" => Ok(Kind::Binary { nested: false }),
                "flag" => Ok(Kind::Flag),
                "uint" => Ok(Kind::Uint),
                "sint" => Ok(Kind::Sint),
                "bitfield32" => Ok(Kind::Bitfield32),
                "ip" => Ok(Kind::Ip),
                "mac" => Ok(Kind::Mac),
                "link_address" => Ok(Kind::LinkAddress),
                _ => self.fixed(slot, term).map(Kind::Fixed),
            };
        }

        let parts = get_tuple(term).map_err(|_| odd(term))?;
        let tag = parts.first().and_then(|tag| tag.atom_to_string().ok());
        match (tag.as_deref(), parts.as_slice()) {
            (Some("enum" | "flags"), _) => self.fixed(slot, term).map(Kind::Fixed),
            (Some("raw"), [_, nested]) => Ok(Kind::Binary { nested: get(*nested)? }),
            (Some("set"), [_, set, nested]) => {
                Ok(Kind::Set { set: get(*set)?, nested: get(*nested)? })
            }
            (Some("dispatch"), [_, on, table]) => self.dispatch(slot, get(*on)?, get(*table)?),
            (Some("array"), [_, of, id]) => {
                let id =
                    if id.is_atom() { None } else { Some(short(*id).ok_or_else(|| odd(*id))?) };
                Ok(Kind::Array { of: Box::new(self.kind(slot, *of)?), id })
            }
            (Some("repeated"), [_, of]) => Ok(Kind::Repeated(Box::new(self.kind(slot, *of)?))),
            (Some("scalars"), [_, of]) => scalar(*of).map(Kind::Scalars),
            (Some("structs"), [_, set]) => Ok(Kind::Structs(get(*set)?)),
            (Some("chain"), [_, set]) => Ok(Kind::Chain(get(*set)?)),
            _ => Err(odd(term)),
        }
    }

    fn dispatch(&mut self, slot: Slot, on: Atom, table: Vec<(Term, Term)>) -> Outcome<Kind> {
        let on = self.slot(on)?;
        let mut kinds = HashMap::with_capacity(table.len());
        for (key, kind) in table {
            let kind = self.kind(slot, kind)?;
            kinds.insert(self.key(on, key)?, kind);
        }
        Ok(Kind::Dispatch { on, table: kinds })
    }

    fn key(&self, on: Slot, term: Term) -> Outcome<Key> {
        if let Ok(bytes) = Binary::from_term(term) {
            return Ok(Key::Bytes(bytes.to_vec()));
        }
        if let Ok(int) = term.decode::<i64>() {
            return Ok(Key::Int(int.into()));
        }
        let atom = Atom::from_term(term).map_err(|_| odd(term))?;
        let names = self.enums.get(&on);
        let value = names.and_then(|names| names.iter().find(|(name, _)| *name == atom));
        value.map(|(_, value)| Key::Int(*value)).ok_or_else(|| odd(term))
    }

    fn fixed(&mut self, slot: Slot, term: Term) -> Outcome<Fixed> {
        if term.is_atom() {
            return scalar(term).map(Fixed::Plain);
        }
        if let Ok((_binary, size)) = term.decode::<(Atom, usize)>() {
            return Ok(Fixed::Bytes(size));
        }
        let (tag, of, listed): (Term, Term, Vec<(Atom, Term)>) = get(term)?;
        let scalar = scalar(of)?;
        let mut values = Vec::with_capacity(listed.len());
        let mut ids = Vec::with_capacity(listed.len());
        for (atom, value) in listed {
            let value = int(value)?;
            values.push((atom, value));
            ids.push((value, self.names.id(atom, text(atom, term))));
        }
        self.enums.insert(slot, values);
        let names = Names::new(ids);
        match tag.atom_to_string().as_deref() {
            Ok("enum") => Ok(Fixed::Enum(scalar, names)),
            Ok("flags") => Ok(Fixed::Flags(scalar, names)),
            _ => Err(odd(term)),
        }
    }
}

fn scalar(term: Term) -> Outcome<Scalar> {
    term.atom_to_string().ok().and_then(|name| Scalar::of(&name)).ok_or_else(|| odd(term))
}

fn int(term: Term) -> Outcome<i128> {
    match term.decode::<i64>() {
        Ok(value) => Ok(value.into()),
        Err(_) => get::<u64>(term).map(i128::from),
    }
}

fn shape(template: Term) -> Outcome<Shape> {
    let mut module = None;
    let mut keys = Vec::new();
    let mut defaults = Vec::new();
    for (key, value) in MapIterator::new(template).ok_or_else(|| odd(template))? {
        let key = get::<Atom>(key)?;
        let default = default(value);
        if let (true, Default::Atom(atom)) = (key == atoms::module(), &default) {
            module = Some(*atom);
        }
        keys.push(key);
        defaults.push(default);
    }
    let module = module.ok_or_else(|| odd(template))?;
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

fn address(template: Term) -> Outcome<Address> {
    let shape = shape(template)?;
    let at = |atom: Atom| shape.keys.iter().position(|key| *key == atom);
    let bytes = at(atoms::bytes()).ok_or_else(|| odd(template))?;
    let family = at(atoms::family());
    Ok(Address { shape, bytes, family })
}

fn get<'a, T: Decoder<'a>>(term: Term<'a>) -> Outcome<T> {
    term.decode().map_err(|_| odd(term))
}

fn text(atom: Atom, near: Term) -> String {
    atom.to_term(near.get_env()).atom_to_string().unwrap_or_else(|_| "?".to_owned())
}

fn odd(term: Term) -> String {
    format!("not part of a codec: {term:?}")
}
