//! Values that are no sets and no lists.

use super::{Decoder, ValueBuilder};
use crate::codec::sockaddr::SockAddr;
use crate::codec::{ETH_ALEN, MAX_ADDR_LEN};
use crate::scalar::{Number, Scalar};
use crate::schema::{AttrType, FixedType, SelectorKey};

impl<'a, B: ValueBuilder<'a>> Decoder<'_, '_, 'a, B> {
    pub(in crate::codec) fn fixed(&mut self, ty: &FixedType, bytes: &'a [u8]) -> B::Term {
        let Some(scalar) = ty.scalar() else {
            return match bytes.get(..ty.width()) {
                Some(bytes) => self.builder.bytes(bytes),
                None => self.builder.nil(),
            };
        };
        self.named(ty, scalar, bytes)
    }

    /// An integer with names, in its long form or in 4 bytes.
    pub(super) fn named_int(&mut self, ty: &FixedType, payload: &[u8]) -> B::Term {
        let scalar = match (ty.scalar(), payload.len()) {
            (Some(Scalar::S64), ..8) => Scalar::S32,
            (_, ..8) => Scalar::U32,
            (long, _) => long.unwrap_or(Scalar::U64),
        };
        self.named(ty, scalar, payload)
    }

    #[inline]
    fn named(&mut self, ty: &FixedType, scalar: Scalar, bytes: &[u8]) -> B::Term {
        let number = scalar.read(bytes);
        match (ty, number) {
            (FixedType::Enum(_, names), Some(number)) => match names.of(number.into()) {
                Some(name) => self.builder.name(name),
                None => self.builder.number(number),
            },
            (FixedType::Flags(scalar, names), Some(number)) => {
                self.flags(names, number.bits(scalar.width()))
            }
            (_, number) => self.number_or_nil(number),
        }
    }

    pub(super) fn bitfield(&mut self, payload: &[u8]) -> B::Term {
        let value = Scalar::U32.read(payload);
        let selector = payload.get(4..).and_then(|rest| Scalar::U32.read(rest));
        match (value, selector) {
            (Some(value), Some(selector)) => {
                let pair = [self.builder.number(value), self.builder.number(selector)];
                self.builder.tuple(&pair)
            }
            _ => self.builder.nil(),
        }
    }

    /// A link-layer address; one of 6 bytes is a hardware address.
    #[inline]
    pub(super) fn link_address(&mut self, bytes: &'a [u8]) -> B::Term {
        match bytes.len() {
            ETH_ALEN => self.builder.mac(bytes),
            1..=MAX_ADDR_LEN => self.builder.link_address(bytes),
            _ => self.builder.nil(),
        }
    }

    /// A pair of address and port, or a triple with a scope id other than 0. An address of another
    /// family is bytes.
    pub(super) fn sockaddr(&mut self, payload: &'a [u8]) -> B::Term {
        let Some(SockAddr { ip, port, scope_id }) = SockAddr::read(payload) else {
            return self.builder.bytes(payload);
        };
        let ip = self.builder.ip(ip);
        let port = self.builder.number(Number::Unsigned(port.into()));
        if scope_id == 0 {
            return self.builder.tuple(&[ip, port]);
        }
        let scope_id = self.builder.number(Number::Unsigned(scope_id.into()));
        self.builder.tuple(&[ip, port, scope_id])
    }
}

/// A string without the NUL bytes at its end.
pub(super) fn text(payload: &[u8]) -> &[u8] {
    let end = payload.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    payload.get(..end).unwrap_or_default()
}

/// The value of a selector with this type and payload.
pub(in crate::codec) fn selector_key(ty: &AttrType, payload: &[u8]) -> Option<SelectorKey> {
    match ty {
        AttrType::String => Some(SelectorKey::Bytes(text(payload).to_vec())),
        AttrType::Binary { .. } => Some(SelectorKey::Bytes(payload.to_vec())),
        AttrType::Fixed(ty) => ty.scalar()?.read(payload).map(SelectorKey::from),
        AttrType::Uint | AttrType::Sint | AttrType::NamedInt(_) => {
            integer(ty, payload).map(SelectorKey::from)
        }
        _ => None,
    }
}

/// An integer of [`AttrType::Uint`], [`AttrType::Sint`] or [`AttrType::NamedInt`].
pub(super) fn integer(ty: &AttrType, payload: &[u8]) -> Option<Number> {
    let signed = match ty {
        AttrType::NamedInt(ty) => ty.scalar() == Some(Scalar::S64),
        ty => matches!(ty, AttrType::Sint),
    };
    let scalar = match (signed, payload.len() >= 8) {
        (true, false) => Scalar::S32,
        (true, true) => Scalar::S64,
        (false, false) => Scalar::U32,
        (false, true) => Scalar::U64,
    };
    scalar.read(payload)
}
