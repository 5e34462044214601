//! A plain value, built and read like the terms of the VM.

use std::borrow::Cow;

use linx_wire::codec::decode::ValueBuilder;
use linx_wire::codec::encode::ValueReader;
use linx_wire::scalar::Number;
use linx_wire::schema::{FieldIndex, NameId, SetId};

/// A value. Its parts are leaked, since terms are copied freely and tests are short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    Nil,
    Truth(bool),
    Int(i128),
    Name(NameId),
    Bytes(&'static [u8]),
    Address(&'static [u8]),
    Tuple(&'static [Value]),
    List(&'static [Value]),
    Struct(SetId, &'static [Value]),
}

impl Value {
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec().leak())
    }

    pub fn address(bytes: &[u8]) -> Self {
        Self::Address(bytes.to_vec().leak())
    }

    pub fn tuple(elements: Vec<Self>) -> Self {
        Self::Tuple(elements.leak())
    }

    pub fn list(items: Vec<Self>) -> Self {
        Self::List(items.leak())
    }

    pub fn structure(set: SetId, values: Vec<Self>) -> Self {
        Self::Struct(set, values.leak())
    }
}

/// Builds and reads values.
pub struct Plain {
    /// The number of fields of each set.
    pub fields: Vec<usize>,
    /// How many values may wait to be put into a list or a struct.
    pub room: usize,
    /// How many structs were patched.
    pub patched: usize,
}

impl Plain {
    pub const fn new(fields: Vec<usize>) -> Self {
        Self { fields, room: usize::MAX, patched: 0 }
    }
}

impl ValueBuilder<'_> for Plain {
    type Term = Value;

    fn nil(&mut self) -> Value {
        Value::Nil
    }

    fn flag(&mut self) -> Value {
        Value::Truth(true)
    }

    fn number(&mut self, number: Number) -> Value {
        Value::Int(number.into())
    }

    fn name(&mut self, name: NameId) -> Value {
        Value::Name(name)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Value {
        Value::bytes(bytes)
    }

    fn wildcard(&mut self, text: &[u8]) -> Value {
        Value::bytes(&[text, b"*"].concat())
    }

    fn ip(&mut self, bytes: &[u8]) -> Value {
        Value::address(bytes)
    }

    fn mac(&mut self, bytes: &[u8]) -> Value {
        Value::address(bytes)
    }

    fn link_address(&mut self, bytes: &[u8]) -> Value {
        Value::address(bytes)
    }

    fn tuple(&mut self, elements: &[Value]) -> Value {
        Value::tuple(elements.to_vec())
    }

    fn list(&mut self, items: &[Value]) -> Value {
        Value::list(items.to_vec())
    }

    fn push_defaults(&mut self, set: SetId, values: &mut Vec<Value>) {
        values.extend(std::iter::repeat_n(Value::Nil, self.fields[set]));
    }

    fn build_struct(&mut self, set: SetId, values: &[Value]) -> Value {
        assert_eq!(values.len(), self.fields[set], "a struct has as many values as fields");
        Value::structure(set, values.to_vec())
    }

    fn is_exhausted(&self, values: usize) -> bool {
        values > self.room
    }

    fn patch(
        &mut self,
        set: SetId,
        baseline: Value,
        values: &[Value],
        fields: &[FieldIndex],
    ) -> Value {
        self.patched += 1;
        let Value::Struct(_, old) = baseline else { panic!("a struct is changed") };
        let mut changed = old.to_vec();
        for &field in fields {
            changed[field] = values[field];
        }
        assert_eq!(changed, values, "only these values differ");
        Value::structure(set, changed)
    }
}

impl ValueReader<'static> for Plain {
    type Term = Value;

    fn is_nil(&self, term: Value) -> bool {
        term == Value::Nil
    }

    fn boolean(&self, term: Value) -> Option<bool> {
        if let Value::Truth(truth) = term { Some(truth) } else { None }
    }

    fn int(&self, term: Value) -> Option<i128> {
        if let Value::Int(int) = term { Some(int) } else { None }
    }

    fn is_name(&self, term: Value, name: NameId) -> bool {
        term == Value::Name(name)
    }

    fn text(&self, term: Value) -> Option<&'static [u8]> {
        if let Value::Bytes(bytes) = term { Some(bytes) } else { None }
    }

    fn bytes(&self, term: Value) -> Option<Cow<'static, [u8]>> {
        self.text(term).map(Cow::Borrowed)
    }

    fn ip(&self, term: Value) -> Option<&'static [u8]> {
        if let Value::Address(bytes) = term { Some(bytes) } else { None }
    }

    fn mac(&self, term: Value) -> Option<&'static [u8]> {
        self.ip(term)
    }

    fn link_address(&self, term: Value) -> Option<&'static [u8]> {
        self.ip(term)
    }

    fn tuple(&self, term: Value) -> Option<Vec<Value>> {
        if let Value::Tuple(elements) = term { Some(elements.to_vec()) } else { None }
    }

    fn list(&self, term: Value) -> Option<Vec<Value>> {
        if let Value::List(items) = term { Some(items.to_vec()) } else { None }
    }

    fn is_struct(&self, term: Value, set: SetId) -> bool {
        matches!(term, Value::Struct(other, _) if other == set)
    }

    fn field(&self, term: Value, set: SetId, field: FieldIndex) -> Option<Value> {
        match term {
            Value::Struct(other, values) if other == set => values.get(field).copied(),
            _ => None,
        }
    }
}
