//! The canonical form of a document, which is what is scanned.
//!
//! Members are sorted by their names and stand one on each line, so that neither the
//! order of members nor blanks nor the choice of escapes changes what is found.

use std::ops::Range;

use zeroize::Zeroizing;

use super::document::{Document, Member, Node, Sort};
use super::units::escape;
use crate::redact::text::part_of_str;

/// The canonical form, and where the tokens stand in it.
pub(super) struct Rendered {
    pub(super) text: Zeroizing<String>,
    /// The numbers of the tokens with their places, in the order of the places.
    pub(super) places: Vec<(usize, Range<usize>)>,
}

/// How much of a long text with escapes the canonical form shows, which is enough for
/// what a name leads to. The whole text is scanned by itself.
const MOST_ESCAPED: usize = 512;

/// What stands for a string that is read apart.
const APART: &str = "{}";

/// Returns the canonical form of a document. It does not show the strings of which
/// `is_apart` says that they are documents of their own.
pub(super) fn render(document: &Document<'_>, is_apart: &dyn Fn(usize) -> bool) -> Rendered {
    let len = document.tokens.iter().map(|token| {
        if token.escaped {
            token.text.len().min(MOST_ESCAPED) * 9 / 8 + 8
        } else {
            token.text.len() + 8
        }
    });
    let mut renderer = Renderer {
        document,
        is_apart,
        out: Rendered {
            text: Zeroizing::new(String::with_capacity(len.sum())),
            places: Vec::with_capacity(document.tokens.len()),
        },
        repeated: Vec::new(),
    };
    renderer.node(&document.root);
    // Of members with one name, readers take the last. The others are read apart.
    while let Some((key, node)) = renderer.repeated.pop() {
        renderer.out.text.push_str("\n\n\n");
        renderer.member(key, node);
    }
    renderer.out
}

/// Returns the members of an object sorted by name, and in their order where names
/// are equal.
pub(super) fn sorted<'n>(document: &Document<'_>, members: &'n [Member]) -> Vec<&'n Member> {
    let mut sorted: Vec<_> = members.iter().collect();
    let by_name = |one: &&Member, other: &&Member| document.text(one.0).cmp(document.text(other.0));
    if !sorted.is_sorted_by(|one, other| by_name(one, other).is_le()) {
        sorted.sort_by(by_name);
    }
    sorted
}

struct Renderer<'d> {
    document: &'d Document<'d>,
    is_apart: &'d dyn Fn(usize) -> bool,
    out: Rendered,
    repeated: Vec<(usize, &'d Node)>,
}

impl<'d> Renderer<'d> {
    // The recursion is bounded by the nesting of the document.
    fn node(&mut self, node: &'d Node) {
        match node {
            Node::Word(word) => self.out.text.push_str(word),
            Node::Leaf(token) => self.token(*token),
            Node::Array(nodes) => {
                self.out.text.push('[');
                for (at, node) in nodes.iter().enumerate() {
                    self.out.text.push_str(if at == 0 { "\n" } else { ",\n" });
                    self.node(node);
                }
                self.out.text.push(']');
            }
            Node::Object(members) => {
                self.out.text.push_str("{\n");
                let mut sorted = sorted(self.document, members).into_iter().peekable();
                while let Some((key, node)) = sorted.next() {
                    let same = |next: &&(usize, Node)| {
                        self.document.text(next.0) == self.document.text(*key)
                    };
                    if sorted.peek().is_some_and(same) {
                        self.repeated.push((*key, node));
                        continue;
                    }
                    self.member(*key, node);
                }
                self.out.text.push('}');
            }
        }
    }

    fn member(&mut self, key: usize, node: &'d Node) {
        self.token(key);
        self.out.text.push_str(": ");
        self.node(node);
        self.out.text.push_str(",\n");
    }

    fn token(&mut self, number: usize) {
        let Some(token) = self.document.tokens.get(number) else {
            return;
        };
        let quoted = token.sort != Sort::Number;
        if quoted {
            self.out.text.push('"');
        }
        let start = self.out.text.len();
        if (self.is_apart)(number) {
            self.out.text.push_str(APART);
        } else if !token.escaped {
            self.out.text.push_str(&token.text);
        } else {
            escape(head(&token.text), &mut self.out.text);
        }
        self.out.places.push((number, start..self.out.text.len()));
        if quoted {
            self.out.text.push('"');
        }
    }
}

/// Returns the beginning of a long text, up to the last blank in it, if it has one.
fn head(text: &str) -> &str {
    let Some(near) = text.as_bytes().get(..MOST_ESCAPED) else {
        return text;
    };
    let blank = near.iter().rposition(u8::is_ascii_whitespace);
    let mut end = blank.unwrap_or(MOST_ESCAPED);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    part_of_str(text, ..end)
}
