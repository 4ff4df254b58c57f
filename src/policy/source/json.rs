//! Reading JSON into a tree: RFC 8259, without duplicate keys.

use std::collections::BTreeSet;

use super::MAX_DEPTH;
use super::node::{Node, Value};
use crate::policy::fault::FaultCode;

type Flaw = (FaultCode, usize);

/// Parses a text. The first error in the syntax ends it; repeated keys are all
/// returned. Each error has the byte where it begins.
pub(super) fn parse(text: &str) -> Result<Node, Vec<Flaw>> {
    let mut parser = Parser {
        text,
        at: 0,
        repeated: Vec::new(),
    };
    let parsed = parser.document();
    match parsed {
        Ok(node) if parser.repeated.is_empty() => Ok(node),
        Ok(_) => Err(parser.repeated),
        Err(flaw) => {
            parser.repeated.push(flaw);
            Err(parser.repeated)
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    repeated: Vec<Flaw>,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Node, Flaw> {
        self.space();
        let node = self.value(None, 0)?;
        self.space();
        if self.at == self.text.len() {
            Ok(node)
        } else {
            Err(self.syntax())
        }
    }

    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    const fn syntax(&self) -> Flaw {
        (FaultCode::Syntax, self.at)
    }

    fn space(&mut self) {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += self.rest().iter().take_while(blank).count();
    }

    fn expect(&mut self, byte: u8) -> Result<(), Flaw> {
        if self.peek() != Some(byte) {
            return Err(self.syntax());
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, key_at: Option<usize>, depth: usize) -> Result<Node, Flaw> {
        let at = self.at;
        let value = match self.peek() {
            Some(b'{' | b'[') if depth > MAX_DEPTH => return Err((FaultCode::TooDeep, at)),
            Some(b'{') => Value::Table(self.table(depth)?),
            Some(b'[') => Value::Array(self.array(depth)?),
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Node {
            key_at: key_at.unwrap_or(at),
            at,
            value,
        })
    }

    fn table(&mut self, depth: usize) -> Result<Vec<(String, Node)>, Flaw> {
        let mut entries = Vec::new();
        let mut seen = BTreeSet::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(entries);
        }
        loop {
            let key_at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.syntax());
            }
            let key = self.string()?;
            self.space();
            self.expect(b':')?;
            self.space();
            let node = self.value(Some(key_at), depth + 1)?;
            if seen.insert(key.clone()) {
                entries.push((key, node));
            } else {
                self.repeated.push((FaultCode::DuplicateKey, key_at));
            }
            self.space();
            if self.peek() == Some(b'}') {
                self.at += 1;
                return Ok(entries);
            }
            self.expect(b',')?;
            self.space();
        }
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Node>, Flaw> {
        let mut nodes = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(nodes);
        }
        loop {
            nodes.push(self.value(None, depth + 1)?);
            self.space();
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(nodes);
            }
            self.expect(b',')?;
            self.space();
        }
    }

    /// Reads a string. Where it ends is found here, what it says by `serde_json`.
    fn string(&mut self) -> Result<String, Flaw> {
        let start = self.at;
        let mut escaped = false;
        let mut bytes = self.rest().iter().enumerate().skip(1);
        let end = bytes.find_map(|(at, byte)| match byte {
            _ if escaped => {
                escaped = false;
                None
            }
            b'\\' => {
                escaped = true;
                None
            }
            b'"' => Some(start + at + 1),
            _ => None,
        });
        let end = end.ok_or_else(|| self.syntax())?;
        let text = self.text.get(start..end).unwrap_or_default();
        let string = serde_json::from_str(text).map_err(|_| self.syntax())?;
        self.at = end;
        Ok(string)
    }

    fn number(&mut self) -> Result<Value, Flaw> {
        let start = self.at;
        let part = |byte: &&u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
        let len = self.rest().iter().take_while(part).count();
        let text = self.text.get(start..start + len).unwrap_or_default();
        let whole = !text.contains(['.', 'e', 'E']);
        let number: serde_json::Number =
            serde_json::from_str(text).map_err(|error| match error.classify() {
                serde_json::error::Category::Syntax if error.to_string().contains("range") => {
                    (FaultCode::NumberTooLarge, start)
                }
                _ => self.syntax(),
            })?;
        self.at += len;
        let value = if whole {
            number.as_i64().map(Value::Integer)
        } else {
            // Read by the standard library, which always takes the nearest double.
            let double = text.parse::<f64>().ok().filter(|double| double.is_finite());
            double.map(Value::Float)
        };
        value.ok_or((FaultCode::NumberTooLarge, start))
    }

    fn word(&mut self) -> Result<Value, Flaw> {
        for (word, value) in [
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("null", Value::Null),
        ] {
            if self.rest().starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.syntax())
    }
}
