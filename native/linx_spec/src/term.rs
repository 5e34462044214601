//! A document as an Erlang term, in the external term format.
//!
//!     node     {line, value}
//!     value    map of binaries to nodes | list of nodes | binary | integer | true | false | nil

use saphyr::{MarkedYaml, Scalar, YamlData};

/// A node that has no form as a term: its line, and the reason.
pub type Fault = (usize, String);

// Tags of https://www.erlang.org/doc/apps/erts/erl_ext_dist.html.
const VERSION: u8 = 131;
const SMALL_TUPLE: u8 = 104;
const MAP: u8 = 116;
const LIST: u8 = 108;
const NIL: u8 = 106;
const BINARY: u8 = 109;
const SMALL_BIG: u8 = 110;
const ATOM: u8 = 119;

/// The bytes of a document's term.
///
/// # Errors
///
/// A node that is neither a map with texts as keys, nor a list, nor a scalar.
pub fn of(document: &MarkedYaml<'_>) -> Result<Vec<u8>, Fault> {
    let mut bytes = vec![VERSION];
    node(document, &mut bytes)?;
    Ok(bytes)
}

fn node(node: &MarkedYaml<'_>, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    let line = node.span.start.line();
    bytes.extend([SMALL_TUPLE, 2]);
    integer(i64::try_from(line).unwrap_or(0), bytes);

    match &node.data {
        YamlData::Value(scalar) => value(scalar, line, bytes),
        YamlData::Sequence(elements) => {
            if !elements.is_empty() {
                bytes.push(LIST);
                length(elements.len(), line, bytes)?;
                for element in elements {
                    self::node(element, bytes)?;
                }
            }
            bytes.push(NIL);
            Ok(())
        }
        YamlData::Mapping(pairs) => {
            bytes.push(MAP);
            length(pairs.len(), line, bytes)?;
            for (key, of) in pairs {
                match &key.data {
                    YamlData::Value(Scalar::String(text)) => binary(text, line, bytes)?,
                    _ => return Err((key.span.start.line(), "a key is not a text".into())),
                }
                self::node(of, bytes)?;
            }
            Ok(())
        }
        YamlData::Tagged(_, inner) => Err((inner.span.start.line(), "a tag".into())),
        YamlData::Representation(..) | YamlData::Alias(_) | YamlData::BadValue => {
            Err((line, "not a value".into()))
        }
    }
}

fn value(scalar: &Scalar<'_>, line: usize, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    match scalar {
        Scalar::Null => atom("nil", bytes),
        Scalar::Boolean(true) => atom("true", bytes),
        Scalar::Boolean(false) => atom("false", bytes),
        Scalar::Integer(number) => integer(*number, bytes),
        Scalar::FloatingPoint(number) => return binary(&number.to_string(), line, bytes),
        Scalar::String(text) => return binary(text, line, bytes),
    }
    Ok(())
}

fn atom(name: &str, bytes: &mut Vec<u8>) {
    bytes.push(ATOM);
    bytes.push(u8::try_from(name.len()).unwrap_or(0));
    bytes.extend(name.as_bytes());
}

fn integer(number: i64, bytes: &mut Vec<u8>) {
    bytes.extend([SMALL_BIG, 8, u8::from(number < 0)]);
    bytes.extend(number.unsigned_abs().to_le_bytes());
}

fn binary(text: &str, line: usize, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    bytes.push(BINARY);
    length(text.len(), line, bytes)?;
    bytes.extend(text.as_bytes());
    Ok(())
}

fn length(length: usize, line: usize, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    let length = u32::try_from(length).map_err(|_| (line, "too long".to_string()))?;
    bytes.extend(length.to_be_bytes());
    Ok(())
}
