//! A call of a tool whose arguments come in pieces.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use crate::model::Name;
use crate::model::decode::Str;

/// The deepest that an argument may stand.
const MAX_DEPTH: usize = 64;
/// The longest list among the arguments.
const MAX_ITEMS: usize = 65_536;

/// A piece of the arguments: one value, or more of a text, at a place.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PieceWire<'a> {
    #[serde(borrow)]
    json_path: Str<'a>,
    #[serde(borrow)]
    string_value: Option<Str<'a>>,
    number_value: Option<Number>,
    bool_value: Option<bool>,
    #[serde(borrow)]
    null_value: Option<&'a RawValue>,
}

/// A call that is not whole yet.
pub(super) struct Growing {
    id: Option<Name>,
    name: Name,
    arguments: Value,
    /// The signature of the part, if it has one.
    signature: Option<String>,
}

enum Step<'p> {
    Index(usize),
    Member(&'p str),
}

impl Growing {
    pub(super) fn new(id: Option<Name>, name: Name) -> Self {
        Self {
            id,
            name,
            arguments: Value::Object(Map::new()),
            signature: None,
        }
    }

    pub(super) const fn name(&self) -> &Name {
        &self.name
    }

    pub(super) const fn id(&self) -> Option<&Name> {
        self.id.as_ref()
    }

    pub(super) fn sign(&mut self, signature: &str) {
        self.signature = Some(signature.to_owned());
    }

    /// Takes arguments that come as one object.
    pub(super) fn set(&mut self, object: &RawValue) -> Option<()> {
        let members: Map<String, Value> = serde_json::from_str(object.get()).ok()?;
        self.arguments.as_object_mut()?.extend(members);
        Some(())
    }

    /// Takes a piece. `None` where it fits nowhere.
    pub(super) fn grow(&mut self, piece: &PieceWire<'_>) -> Option<()> {
        let steps = steps(&piece.json_path)?;
        if !matches!(steps.first(), Some(Step::Member(_))) {
            return None;
        }
        let mut place = &mut self.arguments;
        for step in steps {
            place = enter(place, &step)?;
        }
        let value = match piece {
            PieceWire {
                string_value: Some(more),
                ..
            } => {
                if let Value::String(known) = place {
                    known.push_str(more);
                    return Some(());
                }
                Value::from(&**more)
            }
            PieceWire {
                number_value: Some(number),
                ..
            } => Value::Number(number.clone()),
            PieceWire {
                bool_value: Some(value),
                ..
            } => Value::Bool(*value),
            PieceWire {
                null_value: Some(_),
                ..
            } => return place.is_null().then_some(()),
            // It says that a text begins, and nothing of it.
            _ if place.is_null() || place.is_string() => Value::from(""),
            _ => return None,
        };
        // What stands there stays: no piece replaces another.
        if !place.is_null() && *place != value {
            return None;
        }
        *place = value;
        Some(())
    }

    /// Returns the arguments as JSON.
    pub(super) fn arguments(&self) -> String {
        self.arguments.to_string()
    }

    /// Returns the part as it goes back, where it is signed.
    pub(super) fn item(&self) -> Option<Value> {
        let signature = self.signature.as_deref()?;
        let mut call = Map::new();
        if let Some(id) = &self.id {
            call.insert("id".into(), id.as_str().into());
        }
        call.insert("name".into(), self.name.as_str().into());
        call.insert("args".into(), self.arguments.clone());
        Some(serde_json::json!({ "functionCall": call, "thoughtSignature": signature }))
    }
}

/// Goes one step down, and makes the place where it is not there yet.
fn enter<'v>(value: &'v mut Value, step: &Step<'_>) -> Option<&'v mut Value> {
    match step {
        Step::Member(name) => {
            if value.is_null() {
                *value = Value::Object(Map::new());
            }
            let members = value.as_object_mut()?;
            Some(members.entry(*name).or_insert(Value::Null))
        }
        Step::Index(at) => {
            if value.is_null() {
                *value = Value::Array(Vec::new());
            }
            let items = value.as_array_mut()?;
            if *at == items.len() && *at < MAX_ITEMS {
                items.push(Value::Null);
            }
            items.get_mut(*at)
        }
    }
}

/// The steps of a path such as `$.to[0].name` or `$['to'][0]`. `None` for one that names
/// more than one place, or is nested deeper than 64.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if steps.len() == MAX_DEPTH {
            return None;
        }
        let step;
        (step, rest) = match rest.strip_prefix('.') {
            Some(name) => {
                let end = name.find(['.', '[']).unwrap_or(name.len());
                let (name, rest) = name.split_at_checked(end)?;
                (member(name)?, rest)
            }
            None => bracket(rest.strip_prefix('[')?)?,
        };
        steps.push(step);
    }
    Some(steps)
}

fn member(name: &str) -> Option<Step<'_>> {
    let is_plain = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
    (!name.is_empty() && name.chars().all(is_plain)).then_some(Step::Member(name))
}

fn bracket(text: &str) -> Option<(Step<'_>, &str)> {
    let quote = text
        .chars()
        .next()
        .filter(|char| matches!(char, '\'' | '"'));
    match quote {
        Some(quote) => {
            let (name, rest) = text.get(1..)?.split_once(quote)?;
            // Escapes are not read.
            (!name.contains('\\')).then_some(())?;
            Some((Step::Member(name), rest.strip_prefix(']')?))
        }
        None => {
            let (index, rest) = text.split_once(']')?;
            let is_index = index.bytes().all(|byte| byte.is_ascii_digit());
            is_index.then_some(())?;
            Some((Step::Index(index.parse().ok()?), rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(pieces: &[&str]) -> Option<String> {
        let mut call = Growing::new(None, "send".into());
        for piece in pieces {
            call.grow(&serde_json::from_str(piece).unwrap())?;
        }
        Some(call.arguments())
    }

    #[test]
    fn pieces_stand_at_their_places() {
        let text = grown(&[
            r#"{"jsonPath":"$.to[0].name","stringValue":"An","willContinue":true}"#,
            r#"{"jsonPath":"$.to[0].name","stringValue":"n"}"#,
            r#"{"jsonPath":"$['to'][1][\"name\"]","stringValue":"Bob"}"#,
            r#"{"jsonPath":"$.count","numberValue":2}"#,
            r#"{"jsonPath":"$.now","boolValue":true}"#,
            r#"{"jsonPath":"$.cc","nullValue":"NULL_VALUE"}"#,
            r#"{"jsonPath":"$.note","willContinue":true}"#,
        ]);
        let read: Value = serde_json::from_str(&text.unwrap()).unwrap();
        let expected = serde_json::json!({
            "to": [{"name": "Ann"}, {"name": "Bob"}],
            "count": 2, "now": true, "cc": null, "note": "",
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn what_fits_nowhere_is_refused() {
        for pieces in [
            &[r#"{"jsonPath":"to","stringValue":"a"}"#][..],
            &[r#"{"jsonPath":"$","stringValue":"a"}"#],
            &[r#"{"jsonPath":"$[0]","stringValue":"a"}"#],
            &[r#"{"jsonPath":"$.","stringValue":"a"}"#],
            &[r#"{"jsonPath":"$..a","stringValue":"a"}"#],
            &[r#"{"jsonPath":"$.*","stringValue":"a"}"#],
            &[r#"{"jsonPath":"$.a[*]","stringValue":"a"}"#],
            &[r#"{"jsonPath":"$.a[-1]","stringValue":"a"}"#],
            &[r#"{"jsonPath":"$.a[]","stringValue":"a"}"#],
            &[r#"{"jsonPath":"$.a[1]","stringValue":"a"}"#],
            &[r#"{"jsonPath":"$.a[99999999999999999999]","stringValue":"a"}"#],
            &[r#"{"jsonPath":"$['a\\'b']","stringValue":"a"}"#],
            &[r#"{"jsonPath":"$['a","stringValue":"a"}"#],
            &[
                r#"{"jsonPath":"$.a","numberValue":1}"#,
                r#"{"jsonPath":"$.a","stringValue":"a"}"#,
            ],
            &[
                r#"{"jsonPath":"$.a","stringValue":"a"}"#,
                r#"{"jsonPath":"$.a.b","stringValue":"a"}"#,
            ],
            &[
                r#"{"jsonPath":"$.a.b","stringValue":"a"}"#,
                r#"{"jsonPath":"$.a","nullValue":"NULL_VALUE"}"#,
            ],
        ] {
            assert_eq!(grown(pieces), None, "{pieces:?}");
        }
        let deep = format!(r#"{{"jsonPath":"${}","boolValue":true}}"#, ".a".repeat(65));
        assert_eq!(grown(&[&deep]), None);
    }
}
