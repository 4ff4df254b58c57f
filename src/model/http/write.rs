//! JSON, written straight into the body of a request.

use std::io::Write;

use base64ct::{Base64, Encoding};

use crate::model::Json;

/// Writes JSON without building it first. Commas come by themselves; the caller pairs
/// what begins with what ends.
#[derive(Default)]
pub(in crate::model) struct JsonWriter {
    out: Vec<u8>,
    comma: bool,
}

impl JsonWriter {
    pub(in crate::model) fn with_capacity(capacity: usize) -> Self {
        Self {
            out: Vec::with_capacity(capacity),
            comma: false,
        }
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }

    fn open(&mut self, bracket: u8) -> &mut Self {
        self.separate();
        self.out.push(bracket);
        self.comma = false;
        self
    }

    fn close(&mut self, bracket: u8) -> &mut Self {
        self.out.push(bracket);
        self.comma = true;
        self
    }

    pub(in crate::model) fn begin_object(&mut self) -> &mut Self {
        self.open(b'{')
    }

    pub(in crate::model) fn end_object(&mut self) -> &mut Self {
        self.close(b'}')
    }

    pub(in crate::model) fn begin_array(&mut self) -> &mut Self {
        self.open(b'[')
    }

    pub(in crate::model) fn end_array(&mut self) -> &mut Self {
        self.close(b']')
    }

    /// Writes the name of a member, after which its value must follow.
    pub(in crate::model) fn key(&mut self, key: &str) -> &mut Self {
        self.separate();
        escape(&mut self.out, key);
        self.out.push(b':');
        self.comma = false;
        self
    }

    pub(in crate::model) fn string(&mut self, text: &str) -> &mut Self {
        self.separate();
        escape(&mut self.out, text);
        self
    }

    /// Writes the pieces as one string.
    pub(in crate::model) fn joined<'a>(
        &mut self,
        pieces: impl IntoIterator<Item = &'a str>,
    ) -> &mut Self {
        self.separate();
        self.out.push(b'"');
        for piece in pieces {
            let start = self.out.len();
            escape(&mut self.out, piece);
            self.out.remove(start);
            self.out.pop();
        }
        self.out.push(b'"');
        self
    }

    /// Writes text that is JSON already.
    pub(in crate::model) fn raw(&mut self, json: &str) -> &mut Self {
        self.separate();
        self.out.extend_from_slice(json.as_bytes());
        self
    }

    pub(in crate::model) fn json(&mut self, json: &Json) -> &mut Self {
        self.raw(json.as_str())
    }

    pub(in crate::model) fn bool(&mut self, value: bool) -> &mut Self {
        self.raw(if value { "true" } else { "false" })
    }

    pub(in crate::model) fn number(&mut self, value: impl Into<i128>) -> &mut Self {
        self.separate();
        let value: i128 = value.into();
        // Writing to memory does not fail.
        let _ = write!(self.out, "{value}");
        self
    }

    pub(in crate::model) fn float(&mut self, value: f64) -> &mut Self {
        self.separate();
        // What JSON has no form for becomes `null`, which every provider refuses.
        let _ = serde_json::to_writer(&mut self.out, &value);
        self
    }

    /// Writes a member whose value is a string.
    pub(in crate::model) fn member(&mut self, key: &str, text: &str) -> &mut Self {
        self.key(key).string(text)
    }

    /// Writes a member where there is a number.
    pub(in crate::model) fn maybe_float(&mut self, key: &str, value: Option<f64>) -> &mut Self {
        match value {
            Some(value) => self.key(key).float(value),
            None => self,
        }
    }

    /// Writes a member where there is a number.
    pub(in crate::model) fn maybe_number(
        &mut self,
        key: &str,
        value: Option<impl Into<i128>>,
    ) -> &mut Self {
        match value {
            Some(value) => self.key(key).number(value),
            None => self,
        }
    }

    /// Writes a member where there is a string.
    pub(in crate::model) fn maybe_string(&mut self, key: &str, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.member(key, text),
            None => self,
        }
    }

    pub(in crate::model) fn finish(self) -> Vec<u8> {
        self.out
    }
}

fn escape(out: &mut Vec<u8>, text: &str) {
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(out, text);
}

/// Bytes as base 64.
pub(in crate::model) fn base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_json() {
        let mut w = JsonWriter::default();
        w.begin_object();
        w.member("a\"", "b\n\u{1}é");
        w.key("list").begin_array();
        w.number(1).float(0.5).bool(true).raw("null");
        w.begin_object().end_object().begin_array().end_array();
        w.end_array();
        w.key("joined").joined(["data:", "\"", ";"]);
        w.maybe_float("no", None).maybe_string("yes", Some(""));
        w.key("nan").float(f64::NAN);
        w.end_object();
        assert_eq!(
            String::from_utf8(w.finish()).unwrap(),
            r#"{"a\"":"b\n\u0001é","list":[1,0.5,true,null,{},[]],"joined":"data:\";","yes":"","nan":null}"#
        );
    }
}
