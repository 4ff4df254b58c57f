//! Reading TOML into a tree.

use ::toml::Spanned;
use ::toml::de::{DeArray, DeTable, DeValue};

use super::MAX_DEPTH;
use super::node::{Node, Value};
use crate::policy::fault::FaultCode;

type Flaw = (FaultCode, usize);

/// Parses a text. All errors are returned, each with the byte where it begins.
pub(super) fn parse(text: &str) -> Result<Node, Vec<Flaw>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let flaw = |error: &::toml::de::Error| {
            // The parser has no codes; what it says of a repeated key stays the same.
            let code = if error.message().contains("duplicate key") {
                FaultCode::DuplicateKey
            } else {
                FaultCode::Syntax
            };
            (code, error.span().map_or(0, |span| span.start))
        };
        return Err(errors.iter().map(flaw).collect());
    }
    let at = table.span().start;
    table_node(table.get_ref(), at, at, 0).map_err(|flaw| vec![flaw])
}

fn table_node(table: &DeTable<'_>, key_at: usize, at: usize, depth: usize) -> Result<Node, Flaw> {
    if depth > MAX_DEPTH {
        return Err((FaultCode::TooDeep, at));
    }
    let mut entries = Vec::new();
    for (key, value) in table.iter() {
        let name = key.get_ref().as_ref().to_owned();
        entries.push((name, node(value, Some(key.span().start), depth + 1)?));
    }
    Ok(Node {
        key_at,
        at,
        value: Value::Table(entries),
    })
}

fn array_node(array: &DeArray<'_>, key_at: usize, at: usize, depth: usize) -> Result<Node, Flaw> {
    if depth > MAX_DEPTH {
        return Err((FaultCode::TooDeep, at));
    }
    let nodes = array.iter().map(|value| node(value, None, depth + 1));
    Ok(Node {
        key_at,
        at,
        value: Value::Array(nodes.collect::<Result<_, _>>()?),
    })
}

fn node(value: &Spanned<DeValue<'_>>, key_at: Option<usize>, depth: usize) -> Result<Node, Flaw> {
    let at = value.span().start;
    let key_at = key_at.unwrap_or(at);
    let plain = |value| Ok(Node { key_at, at, value });
    match value.get_ref() {
        DeValue::String(text) => plain(Value::Text(text.as_ref().to_owned())),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            plain(Value::Integer(
                number.map_err(|_| (FaultCode::NumberTooLarge, at))?,
            ))
        }
        DeValue::Float(number) => {
            let number = number.as_str().parse::<f64>().ok();
            let number = number.filter(|number| number.is_finite());
            plain(Value::Float(number.ok_or((FaultCode::NumberTooLarge, at))?))
        }
        DeValue::Boolean(value) => plain(Value::Bool(*value)),
        // A date may be written without quotes; its text is what counts.
        DeValue::Datetime(value) => plain(Value::Text(value.to_string())),
        DeValue::Array(array) => array_node(array, key_at, at, depth),
        DeValue::Table(table) => table_node(table, key_at, at, depth),
    }
}
