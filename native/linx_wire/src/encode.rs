//! Encoding: a schema and a value make bytes.
//!
//! Header fields come first, then one attribute for each row whose value is
//! there, in the order of their declaration. Where values come from is the
//! [`Source`]'s business.

use std::borrow::Cow;
use std::collections::HashMap;

use thiserror::Error;

use crate::attr::{self, TooLong};
use crate::scalar::Scalar;
use crate::schema::{
    ETH_ALEN, Fixed, Key, Kind, MAX_ADDR_LEN, MAX_DEPTH, NameId, Names, Schema, Selector, Set,
    SetId, Slot,
};

/// Takes values apart. Each function answers `None` to a value of another type.
pub trait Source<'a> {
    /// A value.
    type Term: Copy;

    /// Whether there is no value.
    fn is_nil(&self, term: Self::Term) -> bool;
    /// A truth value.
    fn truth(&self, term: Self::Term) -> Option<bool>;
    /// An integer; one beyond any [`Scalar`] may be given as another such.
    fn int(&self, term: Self::Term) -> Option<i128>;
    /// Whether it is this name.
    fn is_name(&self, term: Self::Term, name: NameId) -> bool;
    /// Text.
    fn text(&self, term: Self::Term) -> Option<&'a [u8]>;
    /// Bytes, perhaps in pieces.
    fn bytes(&self, term: Self::Term) -> Option<Cow<'a, [u8]>>;
    /// The bytes of an IP address.
    fn ip(&self, term: Self::Term) -> Option<&'a [u8]>;
    /// The bytes of a hardware address of 6 bytes.
    fn mac(&self, term: Self::Term) -> Option<&'a [u8]>;
    /// The bytes of a link-layer address of another length.
    fn link_address(&self, term: Self::Term) -> Option<&'a [u8]>;
    /// Two values.
    fn pair(&self, term: Self::Term) -> Option<(Self::Term, Self::Term)>;
    /// Many values.
    fn list(&self, term: Self::Term) -> Option<Vec<Self::Term>>;
    /// Whether it is a struct of this set.
    fn is_struct(&self, term: Self::Term, set: SetId) -> bool;
    /// A field of such a struct.
    fn field(&self, term: Self::Term, set: SetId, slot: Slot) -> Option<Self::Term>;
    /// The value in words, for messages.
    fn show(&self, term: Self::Term) -> String;
}

/// A value that the schema cannot write.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{module}: cannot encode field :{field}: {problem}")]
pub struct Fault {
    /// The set.
    pub module: String,
    /// Its field.
    pub field: String,
    /// What is wrong with the field's value.
    pub problem: Problem,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// The type is wrong.
    #[error("{value} is not {expected}")]
    Type {
        /// What is due.
        expected: Cow<'static, str>,
        /// What is there.
        value: String,
    },
    /// An integer does not fit its width.
    #[error("{value} does not fit :{scalar}")]
    Range {
        /// What is there.
        value: String,
        /// The scalar it should be.
        scalar: &'static str,
    },
    /// A string with a NUL byte.
    #[error("a string must not contain a NUL byte")]
    Nul,
    /// No kind for the value of the field that decides.
    #[error("no codec registered for {value}, the value of :{on}")]
    NoCodec {
        /// The field that decides.
        on: String,
        /// Its value.
        value: String,
    },
    /// A payload beyond 16 bits.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// Sets within sets beyond [`MAX_DEPTH`].
    #[error("values are nested deeper than {MAX_DEPTH} levels")]
    Deep,
}

/// Encodes a value of the schema's first set.
///
/// # Errors
/// If a value has the wrong type or does not fit.
pub fn encode<'a, S: Source<'a>>(
    schema: &Schema,
    term: S::Term,
    source: &S,
) -> Result<Vec<u8>, Fault> {
    let mut encoder = Encoder { schema, source, out: Vec::with_capacity(256) };
    encoder.set(0, term, 0)?;
    Ok(encoder.out)
}

struct Encoder<'s, 'b, S> {
    schema: &'s Schema,
    source: &'b S,
    out: Vec<u8>,
}

/// The struct a row is written from.
#[derive(Clone, Copy)]
struct Level<'s, T> {
    set: &'s Set,
    id: SetId,
    term: T,
    depth: usize,
}

/// A problem, or a fault of a field further inside.
enum Stop {
    Here(Problem),
    Inside(Fault),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Here(problem)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Inside(fault)
    }
}

impl From<TooLong> for Stop {
    fn from(long: TooLong) -> Self {
        Self::Here(long.into())
    }
}

impl<'s, 'a, S: Source<'a>> Encoder<'s, '_, S> {
    fn set(&mut self, id: SetId, term: S::Term, depth: usize) -> Result<(), Fault> {
        // `Schema::new` has checked every reference.
        let Some(set) = self.schema.set(id) else { return Ok(()) };
        let level = Level { set, id, term, depth };

        let start = self.out.len();
        for field in &set.header {
            self.out.resize(start + field.offset, 0);
            let written = self.get(level, field.slot).and_then(|value| {
                if self.source.is_nil(value) {
                    self.out.resize(self.out.len() + field.kind.width(), 0);
                    Ok(())
                } else {
                    self.fixed(&field.kind, value).map_err(Stop::from)
                }
            });
            Self::blame(level, field.slot, written)?;
        }
        self.out.resize(start + set.size, 0);

        self.rows(level)?;
        for group in &set.groups {
            let written = self.group(level, group.slot, group.set);
            Self::blame(level, group.slot, written)?;
        }
        if let Some(slot) = set.unknown {
            let written = self.unknown(level, slot);
            Self::blame(level, slot, written)?;
        }
        Ok(())
    }

    fn rows(&mut self, level: Level<'s, S::Term>) -> Result<(), Fault> {
        for row in &level.set.rows {
            let written = self.get(level, row.slot).and_then(|value| {
                if self.source.is_nil(value) {
                    return Ok(());
                }
                match &row.kind {
                    Kind::Repeated(of) => self
                        .list(value)?
                        .into_iter()
                        .try_for_each(|item| self.attribute(level, row.id, of, item)),
                    Kind::Flag if self.source.truth(value) == Some(false) => Ok(()),
                    kind => self.attribute(level, row.id, kind, value),
                }
            });
            Self::blame(level, row.slot, written)?;
        }
        Ok(())
    }

    fn group(&mut self, level: Level<'s, S::Term>, slot: Slot, id: SetId) -> Result<(), Stop> {
        let term = self.get(level, slot)?;
        let Some(set) = self.schema.set(id).filter(|_| !self.source.is_nil(term)) else {
            return Ok(());
        };
        self.expect_struct(id, set, term)?;
        Ok(self.rows(Level { set, id, term, depth: level.depth })?)
    }

    fn unknown(&mut self, level: Level<'s, S::Term>, slot: Slot) -> Result<(), Stop> {
        let term = self.get(level, slot)?;
        if self.source.is_nil(term) {
            return Ok(());
        }
        for item in self.list(term)? {
            let (kind, payload) = self
                .source
                .pair(item)
                .ok_or_else(|| self.wrong("a pair of type and payload", item))?;
            let value =
                self.source.int(kind).ok_or_else(|| self.wrong("an attribute type", kind))?;
            let id = u16::try_from(value)
                .map_err(|_| Problem::Range { value: self.source.show(kind), scalar: "u16" })?;
            let payload =
                self.source.bytes(payload).ok_or_else(|| self.wrong("a binary", payload))?;
            attr::put(&mut self.out, id, &payload)?;
        }
        Ok(())
    }

    /// Writes one attribute.
    fn attribute(
        &mut self,
        level: Level<'s, S::Term>,
        id: u16,
        kind: &'s Kind,
        term: S::Term,
    ) -> Result<(), Stop> {
        let kind = match kind {
            Kind::Dispatch { on, table } => self.chosen(level, *on, table)?,
            kind => kind,
        };
        let open = attr::open(&mut self.out, id | kind.flags());
        self.payload(level, kind, term)?;
        Ok(attr::close(&mut self.out, open)?)
    }

    fn payload(
        &mut self,
        level: Level<'s, S::Term>,
        kind: &'s Kind,
        term: S::Term,
    ) -> Result<(), Stop> {
        match kind {
            Kind::Fixed(kind) => self.fixed(kind, term)?,
            Kind::String => self.string(term)?,
            Kind::Binary { .. } => {
                let bytes = self.source.bytes(term).ok_or_else(|| self.wrong("a binary", term))?;
                self.out.extend_from_slice(&bytes);
            }
            Kind::Flag => {
                if self.source.truth(term) != Some(true) {
                    return Err(self.wrong("true, false or nil", term).into());
                }
            }
            Kind::Uint => self.integer(term, Scalar::U32, Scalar::U64)?,
            Kind::Sint => self.integer(term, Scalar::S32, Scalar::S64)?,
            Kind::Bitfield32 => {
                let expected = "a pair of value and selector";
                let (value, selector) =
                    self.source.pair(term).ok_or_else(|| self.wrong(expected, term))?;
                self.scalar(Scalar::U32, value)?;
                self.scalar(Scalar::U32, selector)?;
            }
            Kind::Ip => {
                let bytes = self
                    .source
                    .ip(term)
                    .filter(|bytes| matches!(bytes.len(), 4 | 16))
                    .ok_or_else(|| self.wrong("a %Linx.IP{} of 4 or 16 bytes", term))?;
                self.out.extend_from_slice(bytes);
            }
            Kind::Mac => {
                let bytes = self
                    .source
                    .mac(term)
                    .filter(|bytes| bytes.len() == ETH_ALEN)
                    .ok_or_else(|| self.wrong("a %Linx.MAC{} of 6 bytes", term))?;
                self.out.extend_from_slice(bytes);
            }
            Kind::LinkAddress => {
                let mac = self.source.mac(term).filter(|bytes| bytes.len() == ETH_ALEN);
                let bytes = mac
                    .or_else(|| self.source.link_address(term))
                    .filter(|bytes| matches!(bytes.len(), 1..=MAX_ADDR_LEN))
                    .ok_or_else(|| {
                        self.wrong("a %Linx.MAC{} or a %Linx.LinkAddress{} of 1 to 32 bytes", term)
                    })?;
                self.out.extend_from_slice(bytes);
            }
            Kind::Set { set, .. } => self.nested(*set, term, level.depth)?,
            Kind::Dispatch { on, table } => {
                let kind = self.chosen(level, *on, table)?;
                self.payload(level, kind, term)?;
            }
            Kind::Array { of, id } => {
                let items = self.list(term)?;
                let least = items.len().saturating_mul(attr::HEADER);
                if least > attr::MAX_PAYLOAD {
                    return Err(TooLong(least).into());
                }
                for (at, item) in (1..).zip(items) {
                    self.attribute(level, id.unwrap_or(at), of, item)?;
                }
            }
            Kind::Repeated(of) => self.payload(level, of, term)?,
            Kind::Scalars(scalar) => {
                for item in self.list(term)? {
                    self.scalar(*scalar, item)?;
                }
            }
            Kind::Structs(set) => {
                for item in self.list(term)? {
                    self.nested(*set, item, level.depth)?;
                }
            }
            Kind::Chain(set) => {
                for item in self.list(term)? {
                    self.entry(*set, item, level.depth)?;
                }
            }
        }
        Ok(())
    }

    fn nested(&mut self, id: SetId, term: S::Term, depth: usize) -> Result<(), Stop> {
        let Some(set) = self.schema.set(id) else { return Ok(()) };
        self.expect_struct(id, set, term)?;
        if depth == MAX_DEPTH {
            return Err(Problem::Deep.into());
        }
        Ok(self.set(id, term, depth + 1)?)
    }

    /// An entry of a chain: a set that begins with its own length.
    fn entry(&mut self, id: SetId, term: S::Term, depth: usize) -> Result<(), Stop> {
        let start = self.out.len();
        self.nested(id, term, depth)?;
        let size = self.out.len() - start;
        let len = u16::try_from(size).map_err(|_| TooLong(size))?;
        if let Some(slot) = self.out.get_mut(start..start + 2) {
            slot.copy_from_slice(&len.to_ne_bytes());
        }
        self.out.resize(start + size.next_multiple_of(4), 0);
        Ok(())
    }

    fn fixed(&mut self, kind: &Fixed, term: S::Term) -> Result<(), Problem> {
        match kind {
            Fixed::Bytes(size) => self.sized(*size, term),
            Fixed::Plain(scalar) | Fixed::Enum(scalar, _) | Fixed::Flags(scalar, _) => {
                let value = self.number(kind, term)?;
                self.write(*scalar, value, term)
            }
        }
    }

    fn sized(&mut self, size: usize, term: S::Term) -> Result<(), Problem> {
        let bytes = self.source.bytes(term).filter(|bytes| bytes.len() == size);
        let bytes = bytes.ok_or_else(|| self.wrong(format!("a binary of {size} bytes"), term))?;
        self.out.extend_from_slice(&bytes);
        Ok(())
    }

    /// The integer behind a value that may be a name or a list of names.
    fn number(&self, kind: &Fixed, term: S::Term) -> Result<i128, Problem> {
        if let Some(value) = self.source.int(term) {
            return Ok(value);
        }
        match kind {
            Fixed::Plain(_) | Fixed::Bytes(_) => Err(self.wrong("an integer", term)),
            Fixed::Enum(_, names) => self.named(names, term),
            Fixed::Flags(_, names) => {
                let mut bits = 0;
                for item in self.list(term)? {
                    bits |= match self.source.int(item) {
                        Some(value) => value,
                        None => self.named(names, item)?,
                    };
                }
                Ok(bits)
            }
        }
    }

    fn named(&self, names: &Names, term: S::Term) -> Result<i128, Problem> {
        let found = names.iter().find(|&(_, name)| self.source.is_name(term, name));
        found.map(|(value, _)| value).ok_or_else(|| {
            let known: Vec<_> = names
                .iter()
                .take(40)
                .filter_map(|(_, name)| self.schema.name(name))
                .map(|name| format!(":{name}"))
                .collect();
            self.wrong(format!("an integer or one of {}", known.join(", ")), term)
        })
    }

    fn string(&mut self, term: S::Term) -> Result<(), Problem> {
        let text = self.source.text(term).ok_or_else(|| self.wrong("a string", term))?;
        if text.contains(&0) {
            return Err(Problem::Nul);
        }
        self.out.extend_from_slice(text);
        self.out.push(0);
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar, term: S::Term) -> Result<(), Problem> {
        let value = self.source.int(term).ok_or_else(|| self.wrong("an integer", term))?;
        self.write(scalar, value, term)
    }

    fn integer(&mut self, term: S::Term, short: Scalar, long: Scalar) -> Result<(), Problem> {
        let value = self.source.int(term).ok_or_else(|| self.wrong("an integer", term))?;
        match short.write(&mut self.out, value) {
            Some(()) => Ok(()),
            None => self.write(long, value, term),
        }
    }

    /// Writes `value`, which is what `term` stands for.
    fn write(&mut self, scalar: Scalar, value: i128, term: S::Term) -> Result<(), Problem> {
        scalar
            .write(&mut self.out, value)
            .ok_or_else(|| Problem::Range { value: self.source.show(term), scalar: scalar.name() })
    }

    /// The kind that the value of field `on` asks for.
    fn chosen(
        &self,
        level: Level<'s, S::Term>,
        on: Slot,
        table: &'s HashMap<Key, Kind>,
    ) -> Result<&'s Kind, Stop> {
        let term = self.get(level, on)?;
        self.key(level.set.selector(on), term).and_then(|key| table.get(&key)).ok_or_else(|| {
            let on = level.set.field(on).to_owned();
            Problem::NoCodec { on, value: self.source.show(term) }.into()
        })
    }

    fn key(&self, selector: Option<Selector<'_>>, term: S::Term) -> Option<Key> {
        match selector? {
            Selector::Field(field) => self.number(&field.kind, term).ok().map(Key::Int),
            Selector::Row(_, row) => match &row.kind {
                Kind::Fixed(fixed) => self.number(fixed, term).ok().map(Key::Int),
                Kind::Uint | Kind::Sint => self.source.int(term).map(Key::Int),
                _ => self.source.text(term).map(|text| Key::Bytes(text.to_vec())),
            },
        }
    }

    fn get(&self, level: Level<'s, S::Term>, slot: Slot) -> Result<S::Term, Stop> {
        self.source.field(level.term, level.id, slot).ok_or_else(|| {
            let expected = format!("a struct with a field :{}", level.set.field(slot));
            self.wrong(expected, level.term).into()
        })
    }

    fn list(&self, term: S::Term) -> Result<Vec<S::Term>, Problem> {
        self.source.list(term).ok_or_else(|| self.wrong("a list", term))
    }

    fn expect_struct(&self, id: SetId, set: &Set, term: S::Term) -> Result<(), Problem> {
        if self.source.is_struct(term, id) {
            Ok(())
        } else {
            Err(self.wrong(format!("a %{}{{}}", set.name), term))
        }
    }

    fn wrong(&self, expected: impl Into<Cow<'static, str>>, term: S::Term) -> Problem {
        Problem::Type { expected: expected.into(), value: self.source.show(term) }
    }

    /// Names the field that a problem belongs to.
    fn blame(level: Level<'s, S::Term>, slot: Slot, result: Result<(), Stop>) -> Result<(), Fault> {
        result.map_err(|stop| match stop {
            Stop::Inside(fault) => fault,
            Stop::Here(problem) => Fault {
                module: level.set.name.clone(),
                field: level.set.field(slot).to_owned(),
                problem,
            },
        })
    }
}
