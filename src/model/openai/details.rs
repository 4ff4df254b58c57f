//! Reasoning that goes back to OpenRouter, and to servers like it, as it came.

use std::collections::HashMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::model::Json;

/// Members that grow from piece to piece.
const GROWING: [&str; 2] = ["text", "summary"];
/// Kinds whose items come in pieces. The others come whole.
const IN_PIECES: [&str; 2] = ["reasoning.text", "reasoning.summary"];

/// The items of `reasoning_details`. One that arrives whole is kept byte for byte; the
/// pieces of one are put together as the server cut them.
#[derive(Default)]
pub(super) struct Details {
    items: Vec<Item>,
    /// The place of an item that comes in pieces, by its kind and the server's number.
    places: HashMap<(String, Option<u64>), usize>,
    is_signed: bool,
}

enum Item {
    Pieces(Map<String, Value>),
    Whole(Box<RawValue>),
}

impl Details {
    pub(super) const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns whether an item is signed or encrypted, so that it holds for this very
    /// answer.
    pub(super) const fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// Takes an item or a piece of one. `None` where it is not an object.
    pub(super) fn add(&mut self, raw: &RawValue) -> Option<()> {
        let piece: Map<String, Value> = serde_json::from_str(raw.get()).ok()?;
        let holds = |name| {
            let value = piece.get(name).and_then(Value::as_str);
            value.is_some_and(|text| !text.is_empty())
        };
        self.is_signed |= holds("signature") || holds("data");
        let kind = piece.get("type").and_then(Value::as_str);
        let kind = kind.unwrap_or_default().to_owned();
        let whole = Item::Whole(raw.to_owned());
        if !IN_PIECES.contains(&kind.as_str()) {
            self.items.push(whole);
            return Some(());
        }
        let number = piece.get("index").and_then(Value::as_u64);
        let place = (kind, number);
        let known = self.places.get(&place).copied();
        // Without a number, a piece belongs to the item right before it.
        let known = known.filter(|at| number.is_some() || at + 1 == self.items.len());
        match known.and_then(|at| self.items.get_mut(at)) {
            Some(item) => item.grow(piece),
            None => {
                self.places.insert(place, self.items.len());
                self.items.push(whole);
            }
        }
        Some(())
    }

    /// Returns the items as one list.
    pub(super) fn to_json(&self) -> Option<Json> {
        let mut text = String::from("[");
        for item in &self.items {
            if text.len() > 1 {
                text.push(',');
            }
            match item {
                Item::Whole(raw) => text.push_str(raw.get()),
                Item::Pieces(members) => text.push_str(&serde_json::to_string(members).ok()?),
            }
        }
        text.push(']');
        Json::parse(&text).ok()
    }
}

impl Item {
    /// Adds a piece: texts grow, and of everything else the last word counts.
    fn grow(&mut self, piece: Map<String, Value>) {
        if let Self::Whole(raw) = self {
            *self = Self::Pieces(serde_json::from_str(raw.get()).unwrap_or_default());
        }
        let Self::Pieces(members) = self else {
            return;
        };
        for (name, value) in piece {
            match (members.get_mut(&name), value) {
                (_, Value::Null) => {}
                (Some(Value::String(known)), Value::String(more))
                    if GROWING.contains(&name.as_str()) =>
                {
                    known.push_str(&more);
                }
                (_, value) => {
                    members.insert(name, value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_together(pieces: &[&str]) -> (String, bool) {
        let mut details = Details::default();
        for piece in pieces {
            let raw = RawValue::from_string((*piece).to_owned()).unwrap();
            details.add(&raw).unwrap();
        }
        let json = details.to_json().unwrap();
        (json.as_str().to_owned(), details.is_signed())
    }

    #[test]
    fn what_comes_whole_is_kept_byte_for_byte() {
        let item = r#"{ "type":"reasoning.text", "text":"a\u0062", "signature": "s1", "n": 1.50 }"#;
        let other = r#"{"type":"reasoning.encrypted","data":"x","index":0}"#;
        let all = put_together(&[item, other, other]);
        assert_eq!(all, (format!("[{item},{other},{other}]"), true));
    }

    #[test]
    fn pieces_are_put_together_by_kind_and_number() {
        let (json, is_signed) = put_together(&[
            r#"{"type":"reasoning.text","text":"a","index":0,"signature":null}"#,
            r#"{"type":"reasoning.summary","summary":"s","index":0}"#,
            r#"{"type":"reasoning.text","text":"x","index":1}"#,
            r#"{"type":"reasoning.text","text":"b","index":0}"#,
            r#"{"type":"reasoning.text","index":0,"signature":"s1"}"#,
        ]);
        let read: Value = serde_json::from_str(&json).unwrap();
        let expected = serde_json::json!([
            {"type": "reasoning.text", "text": "ab", "index": 0, "signature": "s1"},
            {"type": "reasoning.summary", "summary": "s", "index": 0},
            {"type": "reasoning.text", "text": "x", "index": 1},
        ]);
        assert_eq!((read, is_signed), (expected, true));
    }

    #[test]
    fn without_a_number_only_neighbours_belong_together() {
        let (json, is_signed) = put_together(&[
            r#"{"type":"reasoning.text","text":"a"}"#,
            r#"{"type":"reasoning.text","text":"b"}"#,
            r#"{"type":"reasoning.summary","summary":"s"}"#,
            r#"{"type":"reasoning.text","text":"c"}"#,
        ]);
        let read: Value = serde_json::from_str(&json).unwrap();
        let expected = serde_json::json!([
            {"type": "reasoning.text", "text": "ab"},
            {"type": "reasoning.summary", "summary": "s"},
            {"type": "reasoning.text", "text": "c"},
        ]);
        assert_eq!((read, is_signed), (expected, false));
    }
}
