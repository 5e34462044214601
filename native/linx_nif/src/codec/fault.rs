//! Faults of the codec as terms. `Linx.Netlink.Codec.NativeError` is their text.
//!
//!     fault     {:encode, module, field, problem}
//!               {:bad_length, :message | :attribute | :entry, offset, length, room} | :too_deep
//!               | :exhausted
//!               {:schema, module | nil, reason} | {:description, term} | {:no_field, module, field}
//!     problem   {:type, expected, value} | {:range, value, scalar} | :nul
//!               | {:no_type, field, value} | :no_selector | {:too_long, size} | :too_deep
//!     expected  :integer | {:integer, [name]} | :binary | {:binary, size} | :string | :flag | :list
//!               | :bitfield32 | :attribute | :attribute_type | :numbered | :attribute_number
//!               | :ip | :mac | :link_address | :sockaddr | {:struct, module} | {:field, field}

use linx_wire::attr::TooLong;
use linx_wire::codec::encode::{Expected, Problem};
use linx_wire::codec::{decode, encode};
use linx_wire::fault::{BadLength, Unit};
use linx_wire::schema::{FieldIndex, SchemaError, SetId};
use rustler::{Atom, Encoder, Env, Term};

use super::atoms;
use super::loaded::{Loaded, Shape};

/// A length that contradicts the bytes around it.
pub fn length_fault(env: Env<'_>, fault: BadLength) -> Term<'_> {
    let BadLength { unit, at, len, room } = fault;
    let unit = match unit {
        Unit::Message => atoms::message(),
        Unit::Attribute => atoms::attribute(),
        Unit::Entry => atoms::entry(),
    };
    (atoms::bad_length(), unit, at, len, room).encode(env)
}

/// A fault of decoding.
pub(super) fn decode_fault(env: Env<'_>, fault: decode::Fault) -> Term<'_> {
    match fault {
        decode::Fault::Length(fault) => length_fault(env, *fault),
        decode::Fault::TooDeep => atoms::too_deep().encode(env),
        decode::Fault::Exhausted => atoms::exhausted().encode(env),
    }
}

/// A fault of encoding.
pub(super) fn encode_fault<'a>(
    env: Env<'a>,
    loaded: &Loaded,
    fault: encode::Fault<Term<'a>>,
) -> Term<'a> {
    let problem = match fault.problem {
        Problem::Type { expected, value } => {
            (atoms::type_error(), expected_term(env, loaded, fault.set, expected), value)
                .encode(env)
        }
        Problem::Range { value, scalar } => {
            // The name of a scalar is an atom of `codec` blocks.
            let scalar = Atom::from_str(env, scalar.name()).unwrap_or_else(|_| atoms::nil());
            (atoms::range(), value, scalar).encode(env)
        }
        Problem::Nul => atoms::nul().encode(env),
        Problem::NoType { set, selector, value } => {
            (atoms::no_type(), loaded.key(set, selector), value).encode(env)
        }
        Problem::NoSelector => atoms::no_selector().encode(env),
        Problem::TooLong(TooLong(size)) => (atoms::too_long(), size).encode(env),
        Problem::TooDeep => atoms::too_deep().encode(env),
    };
    let (module, field) = (loaded.module(fault.set), loaded.key(fault.set, fault.field));
    (atoms::encode(), module, field, problem).encode(env)
}

fn expected_term<'a>(env: Env<'a>, loaded: &Loaded, set: SetId, expected: Expected) -> Term<'a> {
    let atom = match expected {
        Expected::IntegerOrName(names) => {
            let names: Vec<&Atom> = names.iter().filter_map(|id| loaded.names.get(*id)).collect();
            return (atoms::integer(), names).encode(env);
        }
        Expected::BinaryOf(size) => return (atoms::binary(), size).encode(env),
        Expected::Struct(set) => return (atoms::struct_of(), loaded.module(set)).encode(env),
        Expected::StructWithField(field) => {
            return (atoms::field(), loaded.key(set, field)).encode(env);
        }
        Expected::Integer => atoms::integer(),
        Expected::Binary => atoms::binary(),
        Expected::String => atoms::string(),
        Expected::Flag => atoms::flag(),
        Expected::List => atoms::list(),
        Expected::Bitfield32 => atoms::bitfield32(),
        Expected::Attribute => atoms::attribute(),
        Expected::AttributeType => atoms::attribute_type(),
        Expected::NumberedValue => atoms::numbered(),
        Expected::AttributeNumber => atoms::attribute_number(),
        Expected::Ip => atoms::ip(),
        Expected::Mac => atoms::mac(),
        Expected::LinkAddress => atoms::link_address(),
        Expected::SockAddr => atoms::sockaddr(),
        Expected::PacketHw => atoms::packet_hw(),
    };
    atom.encode(env)
}

/// A contradiction in a schema, whose sets have these shapes.
pub(super) fn schema_fault<'a>(env: Env<'a>, shapes: &[Shape], error: SchemaError) -> Term<'a> {
    let (set, reason) = match error {
        SchemaError::NoSet(set) => (set, atoms::no_set()),
        SchemaError::InlineSet(set) => (set, atoms::inline_set()),
        SchemaError::StructArray(set) => (set, atoms::struct_array()),
        SchemaError::LengthPrefixed(set) => (set, atoms::length_prefixed()),
        SchemaError::FixedArray(set) => (set, atoms::fixed_array()),
        SchemaError::Selector(set) => (set, atoms::selector()),
        SchemaError::TooManyAttrs(set) => (set, atoms::too_many_attrs()),
    };
    (atoms::schema(), shapes.get(set).map(|shape| shape.module), reason).encode(env)
}

impl Loaded {
    fn module(&self, set: SetId) -> Atom {
        self.shapes.get(set).map_or_else(atoms::nil, |shape| shape.module)
    }

    /// The name of a field.
    pub(super) fn key(&self, set: SetId, field: FieldIndex) -> Atom {
        let key = self.shapes.get(set).and_then(|shape| shape.keys.get(field));
        key.copied().unwrap_or_else(atoms::nil)
    }
}
