//! A plain value, built and read the way the VM's terms are.

use std::borrow::Cow;

use linx_wire::decode::Build;
use linx_wire::encode::Source;
use linx_wire::scalar::Number;
use linx_wire::schema::{NameId, SetId, Slot};

/// What a term is. Leaked, since terms are copied freely and tests are short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    Nil,
    Truth(bool),
    Int(i128),
    Name(NameId),
    Bytes(&'static [u8]),
    Address(&'static [u8]),
    Pair(&'static (Value, Value)),
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

    pub fn pair(left: Self, right: Self) -> Self {
        Self::Pair(Box::leak(Box::new((left, right))))
    }

    pub fn list(items: Vec<Self>) -> Self {
        Self::List(items.leak())
    }

    pub fn strukt(set: SetId, values: Vec<Self>) -> Self {
        Self::Struct(set, values.leak())
    }
}

/// Builds and reads values.
pub struct Plain {
    /// The width of each set.
    pub width: Vec<usize>,
    /// How many values may wait to be put into a list or a struct.
    pub room: usize,
}

impl Plain {
    pub const fn new(width: Vec<usize>) -> Self {
        Self { width, room: usize::MAX }
    }
}

impl Build<'_> for Plain {
    type Term = Value;

    fn nil(&mut self) -> Value {
        Value::Nil
    }

    fn yes(&mut self) -> Value {
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

    fn ip(&mut self, bytes: &[u8]) -> Value {
        Value::address(bytes)
    }

    fn mac(&mut self, bytes: &[u8]) -> Value {
        Value::address(bytes)
    }

    fn link_address(&mut self, bytes: &[u8]) -> Value {
        Value::address(bytes)
    }

    fn pair(&mut self, left: Value, right: Value) -> Value {
        Value::pair(left, right)
    }

    fn list(&mut self, items: &[Value]) -> Value {
        Value::list(items.to_vec())
    }

    fn template(&mut self, set: SetId, values: &mut Vec<Value>) {
        values.extend(std::iter::repeat_n(Value::Nil, self.width[set]));
    }

    fn strukt(&mut self, set: SetId, values: &[Value]) -> Value {
        assert_eq!(values.len(), self.width[set], "a struct has as many values as slots");
        Value::strukt(set, values.to_vec())
    }

    fn is_exhausted(&self, values: usize) -> bool {
        values > self.room
    }

    fn change(&mut self, set: SetId, before: Value, values: &[Value], slots: &[Slot]) -> Value {
        let Value::Struct(_, old) = before else { panic!("a struct is changed") };
        let mut changed = old.to_vec();
        for &slot in slots {
            changed[slot] = values[slot];
        }
        assert_eq!(changed, values, "nothing but these values is new");
        Value::strukt(set, changed)
    }
}

impl Source<'static> for Plain {
    type Term = Value;

    fn is_nil(&self, term: Value) -> bool {
        term == Value::Nil
    }

    fn truth(&self, term: Value) -> Option<bool> {
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

    fn pair(&self, term: Value) -> Option<(Value, Value)> {
        if let Value::Pair(pair) = term { Some(*pair) } else { None }
    }

    fn list(&self, term: Value) -> Option<Vec<Value>> {
        if let Value::List(items) = term { Some(items.to_vec()) } else { None }
    }

    fn is_struct(&self, term: Value, set: SetId) -> bool {
        matches!(term, Value::Struct(other, _) if other == set)
    }

    fn field(&self, term: Value, set: SetId, slot: Slot) -> Option<Value> {
        match term {
            Value::Struct(other, values) if other == set => values.get(slot).copied(),
            _ => None,
        }
    }

    fn show(&self, term: Value) -> String {
        match term {
            Value::Int(int) => int.to_string(),
            other => format!("{other:?}"),
        }
    }
}
