//! A JSON document: its keys, strings and numbers, and the tree that they form.

use std::borrow::Cow;
use std::ops::Range;

use serde_core::de::IgnoredAny;
use serde_json::Value;
use zeroize::Zeroize as _;

use super::units::{decode, needs_escape};
use crate::Error;
use crate::redact::text::{part, part_of_str};

/// The greatest nesting of objects and arrays, which is the limit of `serde_json`.
pub(super) const MAX_DEPTH: usize = 128;

/// The form of a token. `true`, `false` and `null` are no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Key,
    Number,
    String,
}

/// A key, string or number.
pub(super) struct Token<'t> {
    pub(super) sort: Sort,
    /// The number as written, or the decoded contents of the string.
    pub(super) text: Cow<'t, str>,
    /// The place in the JSON text, between the quotation marks.
    pub(super) place: Range<usize>,
    /// Whether the text has an escape in JSON.
    pub(super) escaped: bool,
}

/// A value of the document.
pub(super) enum Node {
    /// `true`, `false` or `null`.
    Word(&'static str),
    /// The number of a token.
    Leaf(usize),
    Array(Vec<Self>),
    /// The members, each with the number of the token of its key.
    Object(Vec<Member>),
}

pub(super) type Member = (usize, Node);

/// A document. Decoded copies of its strings are wiped when it is dropped.
pub(super) struct Document<'t> {
    pub(super) tokens: Vec<Token<'t>>,
    pub(super) root: Node,
}

impl<'t> Document<'t> {
    /// Reads a JSON text, which may have a byte order mark before it.
    pub(super) fn parse(text: &'t str) -> Result<Self, Error> {
        let document = text.strip_prefix('\u{feff}').unwrap_or(text);
        if let Err(error) = serde_json::from_str::<IgnoredAny>(document) {
            return Err(Error::config("JSON text is not well-formed").at_line(error.line()));
        }
        let mut reader = Reader {
            text,
            at: 0,
            tokens: Vec::new(),
            open: Vec::new(),
        };
        let root = reader.read()?;
        Ok(Self {
            tokens: reader.tokens,
            root,
        })
    }

    /// Reads a value. Its tokens are in the order of its members.
    pub(super) fn of_value(value: &'t Value) -> Result<Self, Error> {
        let mut tokens = Vec::new();
        let root = of_value(value, 0, &mut tokens)?;
        Ok(Self { tokens, root })
    }

    /// Returns the text of a token.
    pub(super) fn text(&self, token: usize) -> &str {
        self.tokens.get(token).map_or("", |token| &token.text)
    }

    /// Returns the text of a node that is a string.
    pub(super) fn string(&self, node: &Node) -> Option<&str> {
        let Node::Leaf(token) = node else { return None };
        let token = self.tokens.get(*token)?;
        (token.sort == Sort::String).then_some(&*token.text)
    }
}

impl Drop for Document<'_> {
    fn drop(&mut self) {
        for token in &mut self.tokens {
            if let Cow::Owned(text) = &mut token.text {
                text.zeroize();
            }
        }
    }
}

// The recursion ends at the limit of the nesting.
fn of_value<'t>(
    value: &'t Value,
    depth: usize,
    tokens: &mut Vec<Token<'t>>,
) -> Result<Node, Error> {
    let mut token = |sort, text: Cow<'t, str>| {
        tokens.push(Token {
            escaped: needs_escape(&text),
            sort,
            text,
            place: 0..0,
        });
        tokens.len() - 1
    };
    if matches!(value, Value::Array(_) | Value::Object(_)) && depth >= MAX_DEPTH {
        return Err(Error::limit("nesting of the JSON value", MAX_DEPTH as u64));
    }
    Ok(match value {
        Value::Null => Node::Word("null"),
        Value::Bool(true) => Node::Word("true"),
        Value::Bool(false) => Node::Word("false"),
        Value::Number(number) => Node::Leaf(token(Sort::Number, number.to_string().into())),
        Value::String(text) => Node::Leaf(token(Sort::String, text.as_str().into())),
        Value::Array(values) => {
            let values = values.iter();
            let nodes = values.map(|value| of_value(value, depth + 1, tokens));
            Node::Array(nodes.collect::<Result<_, _>>()?)
        }
        Value::Object(map) => {
            let mut members = Vec::with_capacity(map.len());
            for (key, value) in map {
                tokens.push(Token {
                    sort: Sort::Key,
                    text: key.as_str().into(),
                    place: 0..0,
                    escaped: needs_escape(key),
                });
                let key = tokens.len() - 1;
                members.push((key, of_value(value, depth + 1, tokens)?));
            }
            Node::Object(members)
        }
    })
}

/// A reader of a text that is known to be JSON.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token<'t>>,
    open: Vec<Open>,
}

/// An array or object whose end has not been read.
enum Open {
    Array(Vec<Node>),
    /// The members, and the key of the next one if it has been read.
    Object(Vec<Member>, Option<usize>),
}

impl<'t> Reader<'t> {
    fn read(&mut self) -> Result<Node, Error> {
        let mut root = Node::Word("null");
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            let node = match byte {
                b'{' | b'[' => {
                    if self.open.len() >= MAX_DEPTH {
                        let limit = MAX_DEPTH as u64;
                        let error = Error::limit("nesting of the JSON text", limit);
                        return Err(error.at_byte(self.at));
                    }
                    self.at += 1;
                    self.open.push(match byte {
                        b'{' => Open::Object(Vec::new(), None),
                        _ => Open::Array(Vec::new()),
                    });
                    continue;
                }
                b'}' | b']' => {
                    self.at += 1;
                    match self.open.pop() {
                        Some(Open::Array(nodes)) => Node::Array(nodes),
                        Some(Open::Object(members, _)) => Node::Object(members),
                        None => continue,
                    }
                }
                b'"' => {
                    let token = self.string();
                    if let Some(Open::Object(_, key @ None)) = self.open.last_mut() {
                        *key = Some(token);
                        if let Some(token) = self.tokens.get_mut(token) {
                            token.sort = Sort::Key;
                        }
                        continue;
                    }
                    Node::Leaf(token)
                }
                b'-' | b'0'..=b'9' => Node::Leaf(self.number()),
                b't' => self.word("true"),
                b'f' => self.word("false"),
                b'n' => self.word("null"),
                _ => {
                    self.at += 1;
                    continue;
                }
            };
            match self.open.last_mut() {
                Some(Open::Array(nodes)) => nodes.push(node),
                Some(Open::Object(members, key)) => {
                    if let Some(key) = key.take() {
                        members.push((key, node));
                    }
                }
                None => root = node,
            }
        }
        Ok(root)
    }

    fn word(&mut self, word: &'static str) -> Node {
        self.at += word.len();
        Node::Word(word)
    }

    fn string(&mut self) -> usize {
        let start = self.at + 1;
        let rest = part(self.text.as_bytes(), start..);
        let mut escaped = false;
        let mut len = 0;
        loop {
            let found = part(rest, len..);
            match memchr::memchr2(b'"', b'\\', found) {
                Some(offset) if found.get(offset) == Some(&b'\\') => {
                    escaped = true;
                    len += offset + 2;
                }
                Some(offset) => {
                    len += offset;
                    break;
                }
                None => {
                    len = rest.len();
                    break;
                }
            }
        }
        let place = start..start + len.min(rest.len());
        self.at = place.end + 1;
        let raw = part_of_str(self.text, place.clone());
        let text = if escaped {
            Cow::Owned(decode(raw))
        } else {
            Cow::Borrowed(raw)
        };
        self.push(Sort::String, text, place)
    }

    fn number(&mut self) -> usize {
        let start = self.at;
        let rest = part_of_str(self.text, start..);
        let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        self.at += rest.bytes().take_while(|byte| part(byte)).count();
        let text = part_of_str(self.text, start..self.at);
        self.push(Sort::Number, Cow::Borrowed(text), start..self.at)
    }

    fn push(&mut self, sort: Sort, text: Cow<'t, str>, place: Range<usize>) -> usize {
        // Only what was escaped may have to be.
        let escaped = matches!(text, Cow::Owned(_)) && needs_escape(&text);
        self.tokens.push(Token {
            sort,
            text,
            place,
            escaped,
        });
        self.tokens.len() - 1
    }
}
