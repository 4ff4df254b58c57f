//! Reading a document: text to a tree of values that know where they stand, and from
//! there to the types of the document.

mod deserialize;
mod json;
mod node;
mod toml;

pub(super) use deserialize::{Removed, read};
pub(super) use node::{Node, Path, Step, Value};

use super::fault::{Fault, FaultCode, Faults};
use super::position::Position;

/// Reads JSON as documents are read, for tests of what is written.
#[cfg(test)]
pub(super) fn json_value(text: &str) -> serde_json::Value {
    fn of(node: &Node) -> serde_json::Value {
        match &node.value {
            Value::Null | Value::Removed => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::Text(text) => text.as_str().into(),
            Value::Array(nodes) => nodes.iter().map(of).collect(),
            Value::Table(entries) => {
                let entries = entries.iter().map(|(key, node)| (key.clone(), of(node)));
                serde_json::Value::Object(entries.collect())
            }
        }
    }
    of(&json::parse(text).unwrap())
}

/// The most bytes of a document.
pub(super) const MAX_DOCUMENT: usize = 4 << 20;
/// The most arrays and tables around each other.
pub(super) const MAX_DEPTH: usize = 32;

/// The languages in which a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Json,
    Toml,
}

/// A document as a tree, with the places where its lines begin.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) root: Node,
    text: Box<str>,
    lines: Lines,
}

impl Source {
    /// Parses a text.
    pub(super) fn parse(text: &str, syntax: Syntax) -> Result<Self, Faults> {
        let lines = Lines::of(text);
        if text.len() > MAX_DOCUMENT {
            let fault = Fault::new(FaultCode::DocumentTooLong, Position::START);
            return Err(Faults::from(vec![fault]));
        }
        let parsed = match syntax {
            Syntax::Json => json::parse(text),
            Syntax::Toml => toml::parse(text),
        };
        match parsed {
            Ok(root) => Ok(Self {
                root,
                text: text.into(),
                lines,
            }),
            Err(mut flaws) => {
                flaws.sort_by_key(|(_, at)| *at);
                let faults = flaws
                    .into_iter()
                    .map(|(code, at)| Fault::new(code, lines.position(text, at)));
                Err(Faults::from(faults.collect::<Vec<_>>()))
            }
        }
    }

    /// Returns where a byte of the text stands.
    pub(super) fn position(&self, at: usize) -> Position {
        self.lines.position(&self.text, at)
    }

    /// Returns where the node at `path` stands: a value by itself, a table by its key.
    /// What is missing stands where the nearest table around it does.
    pub(super) fn position_of(&self, path: &Path) -> Position {
        let (node, found) = self.root.find(path);
        let by_itself = found && !matches!(node.value, Value::Table(_));
        self.position(if by_itself { node.at } else { node.key_at })
    }
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            starts: std::iter::once(0).chain(after).collect(),
        }
    }

    fn position(&self, text: &str, at: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or_default();
        let column = text.get(start..at).map_or(0, |text| text.chars().count());
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1),
        }
    }
}
