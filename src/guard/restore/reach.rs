//! Every text in the arguments of a call, wherever a tool may read one.

use std::collections::HashSet;
use std::fmt;

use serde_core::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

/// How deep JSON in strings of JSON is read.
const MAX_LEVELS: usize = 48;

/// Returns whether `holds` is true of every key and every string of a JSON text, and of those
/// in JSON that stands in a string.
///
/// It is false where a member stands twice in an object, since readers do not agree on which
/// of the two counts, and where something cannot be read.
pub(super) fn each_text(json: &str, holds: &dyn Fn(&str) -> bool) -> bool {
    let texts = Texts { holds, level: 0 };
    texts.document(json).is_ok()
}

/// The texts of one JSON value, which reads to nothing.
#[derive(Clone, Copy)]
struct Texts<'h> {
    holds: &'h dyn Fn(&str) -> bool,
    level: usize,
}

impl Texts<'_> {
    fn document(self, json: &str) -> Result<(), serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(json);
        self.deserialize(&mut reader)?;
        reader.end()
    }

    fn text<E: serde_core::de::Error>(self, text: &str) -> Result<(), E> {
        let refused = || E::custom("text does not hold");
        (self.holds)(text).then_some(()).ok_or_else(refused)?;
        let within = text.trim_matches([' ', '\t', '\r', '\n']);
        let is_framed = matches!(
            within.as_bytes(),
            [b'{', .., b'}'] | [b'[', .., b']'] | [b'"', .., b'"']
        );
        if !is_framed || serde_json::from_str::<IgnoredAny>(within).is_err() {
            return Ok(());
        }
        let nested = Self {
            level: self.level + 1,
            ..self
        };
        let is_read = nested.level <= MAX_LEVELS && nested.document(within).is_ok();
        is_read.then_some(()).ok_or_else(refused)
    }
}

impl<'de> DeserializeSeed<'de> for Texts<'_> {
    type Value = ();

    // The recursion is bounded by the nesting that the reader of JSON accepts.
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Texts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: serde_core::de::Error>(self, text: &str) -> Result<(), E> {
        self.text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        while values.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = members.next_key::<String>()? {
            self.text(&key)?;
            members.next_value_seed(self)?;
            if !keys.insert(key) {
                return Err(A::Error::custom("member stands twice"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_read_and_nothing_twice() {
        for (json, expected) in [
            (
                r#"{"a":"b","c":["d",{"e":1.5,"f":null,"g":-1,"h":true}]}"#,
                true,
            ),
            (r#"{"a":"evil"}"#, false),
            (r#"{"a":["\u0065vil"]}"#, false),
            (r#"{"evil":1}"#, false),
            (r#"{"a":1,"a":1}"#, false),
            (r#"{"a":1,"\u0061":1}"#, false),
            (r#"{"b":[{"a":1,"a":1}]}"#, false),
            (r#"{"a":"{\"b\":\"\\u0065vil\"}"}"#, false),
            (r#"{"a":" [\"{\\\"\\\\u0065vil\\\":1}\"] "}"#, false),
            (r#"{"a":"\"\\u0065vil\""}"#, false),
            (r#"{"a":"{\"b\":1,\"b\":1}"}"#, false),
            (r#"{"a":"{\"b\":1,\"c\":1}"}"#, true),
            (r#"{"a":"{not json}"}"#, true),
            (r#"{"a":"\ud800"}"#, false),
            (r#"{"a":"{\"b\":\"\\ud800\"}"}"#, false),
            (r#"{"a":1} {"b":2}"#, false),
        ] {
            let holds = |text: &str| text != "evil";
            assert_eq!(each_text(json, &holds), expected, "{json}");
        }
        let mut deep = String::from("\"x\"");
        for _ in 0..12 {
            deep = serde_json::to_string(&deep).unwrap();
        }
        assert!(each_text(&deep, &|_| true));
        assert!(!each_text(&deep, &|text| text != "x"));
    }
}
