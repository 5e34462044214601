//! Terms that several NIFs take or return.

use rustler::{Binary, Decoder, Env, Error, NewBinary, NifResult, Resource, ResourceArc, Term};

use linx_socket::buffer_pool;

/// The longest binary that is copied; a longer one refers to the binary that it is a part of.
pub const COPIED: usize = 64;

/// An integer of 16 bits. The decoder of `u16` truncates integers that do not fit, as those of
/// `u8`, `i8` and `i16` do; those of wider integers do not.
pub fn u16_arg(term: Term) -> Option<u16> {
    term.decode::<i64>().ok()?.try_into().ok()
}

/// An argument of 16 bits.
pub struct U16(pub u16);

impl<'a> Decoder<'a> for U16 {
    fn decode(term: Term<'a>) -> NifResult<Self> {
        u16_arg(term).map(Self).ok_or(Error::BadArg)
    }
}

/// A binary, or the bytes of an iolist.
pub fn iodata(term: Term) -> Option<Binary> {
    Binary::from_term(term).or_else(|_| Binary::from_iolist(term)).ok()
}

/// A slice of `input` as a term.
pub fn slice<'a>(env: Env<'a>, input: Binary<'a>, bytes: &[u8]) -> Term<'a> {
    if bytes.len() > COPIED {
        let offset = bytes.as_ptr().addr().wrapping_sub(input.as_slice().as_ptr().addr());
        if let Ok(part) = input.make_subbinary(offset, bytes.len()) {
            return part.into();
        }
    }
    NewBinary::from_slice(env, bytes).into()
}

/// Owns the bytes of a reply that Erlang binaries refer to.
struct Bytes(Vec<u8>);

#[rustler::resource_impl]
impl Resource for Bytes {}

impl Drop for Bytes {
    fn drop(&mut self) {
        buffer_pool::release(std::mem::take(&mut self.0));
    }
}

/// A binary that owns these bytes, without a copy.
pub fn into_binary(env: Env, bytes: Vec<u8>) -> Binary {
    ResourceArc::new(Bytes(bytes)).make_binary(env, |bytes| &bytes.0)
}

/// Keeps a resource of each type for ever; see `sys.rs`.
pub fn keep_types() {
    std::mem::forget(ResourceArc::new(Bytes(Vec::new())));
}
