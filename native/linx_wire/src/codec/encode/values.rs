//! Values that are no sets: integers, text, bytes, addresses, arrays of them.

use std::borrow::Cow;

use super::{Encoder, Expected, LISTED_NAMES, Problem, ValueReader, type_error};
use crate::codec::sockaddr::SockAddr;
use crate::codec::{ETH_ALEN, MAX_ADDR_LEN, packet_hw};
use crate::scalar::Scalar;
use crate::schema::{AttrType, FixedType, Names};

type Written<T> = Result<(), Problem<T>>;

impl<'a, R: ValueReader<'a>> Encoder<'_, '_, R> {
    /// Writes a value of a type that refers to no other type.
    pub(super) fn value(&mut self, ty: &AttrType, term: R::Term) -> Written<R::Term> {
        match ty {
            AttrType::Fixed(ty) => self.fixed(ty, term),
            AttrType::FixedArray(ty) => {
                self.list(term)?.into_iter().try_for_each(|item| self.fixed(ty, item))
            }
            AttrType::String => self.string(term),
            AttrType::Flag => match self.reader.boolean(term) {
                Some(true) => Ok(()),
                _ => Err(type_error(Expected::Flag, term)),
            },
            AttrType::Uint => self.integer(term, self.int(term)?, Scalar::U32, Scalar::U64),
            AttrType::Sint => self.integer(term, self.int(term)?, Scalar::S32, Scalar::S64),
            AttrType::NamedInt(ty) => {
                let value = self.number(ty, term)?;
                match ty.scalar() {
                    Some(Scalar::S64) => self.integer(term, value, Scalar::S32, Scalar::S64),
                    _ => self.integer(term, value, Scalar::U32, Scalar::U64),
                }
            }
            AttrType::Bitfield32 => {
                let [value, selector] = self.elements(term, Expected::Bitfield32)?;
                self.scalar(Scalar::U32, value)?;
                self.scalar(Scalar::U32, selector)
            }
            AttrType::Ip => {
                let ip = self.ip(term).ok_or_else(|| type_error(Expected::Ip, term))?;
                self.out.extend_from_slice(ip);
                Ok(())
            }
            AttrType::Mac => {
                let mac = self.mac(term).ok_or_else(|| type_error(Expected::Mac, term))?;
                self.out.extend_from_slice(mac);
                Ok(())
            }
            AttrType::LinkAddress => {
                let address = self.link_address(term, MAX_ADDR_LEN);
                let address = address.ok_or_else(|| type_error(Expected::LinkAddress, term))?;
                self.out.extend_from_slice(address);
                Ok(())
            }
            AttrType::SockAddr => self.sockaddr(term),
            AttrType::PacketHw => {
                let address = self.link_address(term, packet_hw::MAX_LEN);
                let written = address.and_then(|bytes| packet_hw::write(&mut self.out, bytes));
                written.ok_or_else(|| type_error(Expected::PacketHw, term))
            }
            // All other types are in `Encoder::payload`.
            _ => {
                let bytes = self.bytes(term)?;
                self.out.extend_from_slice(&bytes);
                Ok(())
            }
        }
    }

    pub(super) fn fixed(&mut self, ty: &FixedType, term: R::Term) -> Written<R::Term> {
        match ty {
            FixedType::Bytes(size) => {
                let bytes = self.reader.bytes(term).filter(|bytes| bytes.len() == *size);
                let bytes = bytes.ok_or_else(|| type_error(Expected::BinaryOf(*size), term))?;
                self.out.extend_from_slice(&bytes);
                Ok(())
            }
            FixedType::Plain(scalar) | FixedType::Enum(scalar, _) | FixedType::Flags(scalar, _) => {
                let value = self.number(ty, term)?;
                self.write(*scalar, value, term)
            }
        }
    }

    /// The integer that a value stands for: itself, or by a name or a list of names.
    pub(super) fn number(&self, ty: &FixedType, term: R::Term) -> Result<i128, Problem<R::Term>> {
        if let Some(value) = self.reader.int(term) {
            return Ok(value);
        }
        match ty {
            FixedType::Plain(_) | FixedType::Bytes(_) => Err(type_error(Expected::Integer, term)),
            FixedType::Enum(_, names) => self.named(names, term),
            FixedType::Flags(_, names) => {
                let mut bits = 0;
                for item in self.list(term)? {
                    bits |= match self.reader.int(item) {
                        Some(value) => value,
                        None => self.named(names, item)?,
                    };
                }
                Ok(bits)
            }
        }
    }

    fn named(&self, names: &Names, term: R::Term) -> Result<i128, Problem<R::Term>> {
        let found = names.iter().find(|&(_, name)| self.reader.is_name(term, name));
        found.map(|(value, _)| value).ok_or_else(|| {
            let names = names.iter().map(|(_, name)| name).take(LISTED_NAMES).collect();
            type_error(Expected::IntegerOrName(names), term)
        })
    }

    fn string(&mut self, term: R::Term) -> Written<R::Term> {
        let text = self.text(term)?;
        self.put_string(text)
    }

    /// Writes text and one NUL.
    pub(super) fn put_string(&mut self, text: &[u8]) -> Written<R::Term> {
        if text.contains(&0) {
            return Err(Problem::Nul);
        }
        self.out.extend_from_slice(text);
        self.out.push(0);
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar, term: R::Term) -> Written<R::Term> {
        let value = self.int(term)?;
        self.write(scalar, value, term)
    }

    /// Writes `value`, which `term` stands for, as short as it can be.
    fn integer(
        &mut self,
        term: R::Term,
        value: i128,
        short: Scalar,
        long: Scalar,
    ) -> Written<R::Term> {
        match short.write(&mut self.out, value) {
            Some(()) => Ok(()),
            None => self.write(long, value, term),
        }
    }

    /// Writes `value`, which `term` stands for.
    fn write(&mut self, scalar: Scalar, value: i128, term: R::Term) -> Written<R::Term> {
        let written = scalar.write(&mut self.out, value);
        written.ok_or(Problem::Range { value: term, scalar })
    }

    /// A pair of address and port, or a triple with a scope id. An address of another family is
    /// bytes.
    fn sockaddr(&mut self, term: R::Term) -> Written<R::Term> {
        if let Some(bytes) = self.reader.text(term) {
            self.out.extend_from_slice(bytes);
            return Ok(());
        }
        let wrong = || type_error(Expected::SockAddr, term);
        let elements = self.reader.tuple(term).ok_or_else(wrong)?;
        let (ip, port, scope_id) = match *elements.as_slice() {
            [ip, port] => (ip, port, 0),
            [ip, port, scope_id] => (ip, port, self.narrow(scope_id, Scalar::U32)?),
            _ => return Err(wrong()),
        };
        let ip = self.ip(ip).ok_or_else(wrong)?;
        let port = self.narrow(port, Scalar::U16)?;
        SockAddr { ip, port, scope_id }.write(&mut self.out).ok_or_else(wrong)
    }

    /// An integer that fits `scalar`, which has the width of `N`.
    fn narrow<N: TryFrom<i128>>(
        &self,
        term: R::Term,
        scalar: Scalar,
    ) -> Result<N, Problem<R::Term>> {
        self.int(term)?.try_into().map_err(|_| Problem::Range { value: term, scalar })
    }

    pub(super) fn u16(&self, term: R::Term, expected: Expected) -> Result<u16, Problem<R::Term>> {
        let value = self.reader.int(term).ok_or_else(|| type_error(expected, term))?;
        u16::try_from(value).map_err(|_| Problem::Range { value: term, scalar: Scalar::U16 })
    }

    fn int(&self, term: R::Term) -> Result<i128, Problem<R::Term>> {
        self.reader.int(term).ok_or_else(|| type_error(Expected::Integer, term))
    }

    pub(super) fn bytes(&self, term: R::Term) -> Result<Cow<'a, [u8]>, Problem<R::Term>> {
        self.reader.bytes(term).ok_or_else(|| type_error(Expected::Binary, term))
    }

    pub(super) fn text(&self, term: R::Term) -> Result<&'a [u8], Problem<R::Term>> {
        self.reader.text(term).ok_or_else(|| type_error(Expected::String, term))
    }

    fn ip(&self, term: R::Term) -> Option<&'a [u8]> {
        self.reader.ip(term).filter(|bytes| matches!(bytes.len(), 4 | 16))
    }

    fn mac(&self, term: R::Term) -> Option<&'a [u8]> {
        self.reader.mac(term).filter(|bytes| bytes.len() == ETH_ALEN)
    }

    /// The bytes of a link-layer address, `max` at most.
    fn link_address(&self, term: R::Term, max: usize) -> Option<&'a [u8]> {
        let bytes = self.mac(term).or_else(|| self.reader.link_address(term))?;
        (1..=max).contains(&bytes.len()).then_some(bytes)
    }

    pub(super) fn list(&self, term: R::Term) -> Result<Vec<R::Term>, Problem<R::Term>> {
        self.reader.list(term).ok_or_else(|| type_error(Expected::List, term))
    }

    /// The elements of a tuple of a known size.
    pub(super) fn elements<const N: usize>(
        &self,
        term: R::Term,
        expected: Expected,
    ) -> Result<[R::Term; N], Problem<R::Term>> {
        let elements = self.reader.tuple(term).and_then(|elements| elements.try_into().ok());
        elements.ok_or_else(|| type_error(expected, term))
    }
}
