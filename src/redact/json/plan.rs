//! The plan of a redaction: the edits of each key, string and number.

use std::collections::HashMap;

use serde_core::de::IgnoredAny;

use super::context::{Leaf, leaves};
use super::document::{Document, Node, Sort, Token};
use super::find::find;
use super::render::sorted;
use super::units::{ToRaw, escape};
use crate::Error;
use crate::redact::custom::JsonPaths;
use crate::redact::finding::Finding;
use crate::redact::redactor::{Edit, Form, Redactor, Rewriter, apply};
use crate::redact::text::part_of_str;

/// How many documents may stand inside of each other in strings. Each level doubles
/// the marks around its strings, so a text of any size has fewer.
const MAX_LEVELS: usize = 48;

/// The edits of one token. Their spans are ranges of the token's text.
pub(super) struct Plan {
    pub(super) token: usize,
    pub(super) edits: Vec<Edit>,
}

/// Returns the edits of a JSON text, in order and without overlaps.
pub(super) fn edits(
    redactor: &Redactor,
    text: &str,
    rewriter: &mut dyn Rewriter,
) -> Result<Vec<Edit>, Error> {
    let document = Document::parse(text)?;
    let plans = plans(redactor, &document, rewriter)?;
    Ok(all_in_text(text, &document, plans))
}

/// Returns the plans of the tokens that change, in the order of the tokens.
pub(super) fn plans(
    redactor: &Redactor,
    document: &Document<'_>,
    rewriter: &mut dyn Rewriter,
) -> Result<Vec<Plan>, Error> {
    let planner = Planner { redactor };
    planner.document(document, Leaf::default(), rewriter, 0)
}

/// Returns whether a string holds JSON of its own: an object, an array or a string.
pub(super) fn is_json(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t', '\r', '\n']).as_bytes();
    let framed = matches!(text, [b'{', .., b'}'] | [b'[', .., b']'] | [b'"', .., b'"']);
    framed && serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

struct Planner<'r> {
    redactor: &'r Redactor,
}

impl Planner<'_> {
    fn document(
        &self,
        document: &Document<'_>,
        outer: Leaf<'_>,
        rewriter: &mut dyn Rewriter,
        level: usize,
    ) -> Result<Vec<Plan>, Error> {
        let custom = self.redactor.custom();
        // Whoever writes a string would choose what is left alone in it.
        let none = JsonPaths::default();
        let paths = match level {
            0 => &*custom.json_paths,
            _ => &none,
        };
        let leaves = leaves(document, outer, custom.fields.as_deref(), paths);
        let mut by_token = vec![None; document.tokens.len()];
        for leaf in &leaves {
            if let Some(place) = by_token.get_mut(leaf.token) {
                *place = Some(leaf);
            }
        }
        // The strings that hold documents. Too deep a document is redacted as text.
        let mut inside = Vec::new();
        for (number, (token, leaf)) in document.tokens.iter().zip(&by_token).enumerate() {
            let nested = token.sort == Sort::String
                && level < MAX_LEVELS
                && !leaf.is_some_and(|leaf| leaf.exempt)
                && is_json(&token.text);
            if nested && let Ok(inner) = Document::parse(&token.text) {
                inside.push((number, inner));
            }
        }
        let is_inside = |number: usize| {
            let known = inside.binary_search_by_key(&number, |(number, _)| *number);
            known.is_ok()
        };
        let found = find(self.redactor, document, &leaves, &is_inside)?;
        let mut inside = inside.into_iter().peekable();
        let mut plans = Vec::new();
        debug_assert_eq!(found.len(), document.tokens.len(), "each token has its own");
        let tokens = document.tokens.iter().zip(by_token).zip(found);
        for (number, ((token, leaf), found)) in tokens.enumerate() {
            let inner = inside.next_if(|(inner, _)| *inner == number);
            let inner = inner.map(|(_, inner)| inner);
            let edits = match inner {
                Some(inner) => {
                    debug_assert!(leaf.is_some(), "each string has its place");
                    let outer = leaf.copied().unwrap_or_default();
                    let plans = self.document(&inner, outer, rewriter, level + 1)?;
                    all_in_text(&token.text, &inner, plans)
                }
                None => self.token(token, found, rewriter),
            };
            if !edits.is_empty() {
                plans.push(Plan {
                    token: number,
                    edits,
                });
            }
        }
        self.keep_keys_apart(document, &mut plans);
        Ok(plans)
    }

    fn token(
        &self,
        token: &Token<'_>,
        found: Vec<Finding>,
        rewriter: &mut dyn Rewriter,
    ) -> Vec<Edit> {
        let form = match token.sort {
            Sort::Key | Sort::String => Form::String,
            Sort::Number => Form::Number,
        };
        let edits = rewriter.edits(self.redactor, &token.text, found, form);
        let first = edits.iter().find_map(|edit| edit.finding.as_ref());
        let Some(first) = first.filter(|_| token.sort == Sort::String) else {
            return edits;
        };
        if !is_json(&apply(&token.text, &edits)) {
            return edits;
        }
        // The string was no JSON and must not become it by losing a value: a reader
        // would take it for another one.
        let mut whole = first.clone();
        (whole.start, whole.end) = (0, token.text.len());
        rewriter.edits(self.redactor, &token.text, vec![whole], form)
    }

    /// Adds a numeric suffix to keys that become equal to another key of their
    /// object.
    fn keep_keys_apart(&self, document: &Document<'_>, plans: &mut Vec<Plan>) {
        let is_key = |plan: &Plan| {
            let token = document.tokens.get(plan.token);
            token.is_some_and(|token| token.sort == Sort::Key)
        };
        if !plans.iter().any(is_key) {
            return;
        }
        let redacted: HashMap<usize, String> = plans
            .iter()
            .filter(|plan| is_key(plan))
            .map(|plan| (plan.token, apply(document.text(plan.token), &plan.edits)))
            .collect();
        let mut suffixes = HashMap::new();
        let mut open = vec![&document.root];
        while let Some(node) = open.pop() {
            match node {
                Node::Array(nodes) => open.extend(nodes),
                Node::Object(members) => {
                    open.extend(members.iter().map(|(_, node)| node));
                    suffix_members(
                        document,
                        &sorted(document, members),
                        &redacted,
                        &mut suffixes,
                    );
                }
                _ => {}
            }
        }
        for plan in plans {
            if let Some(count) = suffixes.get(&plan.token) {
                let end = document.text(plan.token).len();
                plan.edits.push(Edit {
                    span: end..end,
                    text: format!("#{count}"),
                    finding: None,
                });
            }
        }
    }
}

fn suffix_members(
    document: &Document<'_>,
    members: &[&(usize, Node)],
    redacted: &HashMap<usize, String>,
    suffixes: &mut HashMap<usize, usize>,
) {
    if !members.iter().any(|(key, _)| redacted.contains_key(key)) {
        return;
    }
    let plain = members
        .iter()
        .filter(|(key, _)| !redacted.contains_key(key));
    let mut known: std::collections::HashSet<String> = plain
        .map(|(key, _)| document.text(*key).to_owned())
        .collect();
    let mut next: HashMap<&str, usize> = HashMap::new();
    // Members with one name keep one name.
    let mut last: Option<(&str, Option<usize>)> = None;
    for (key, _) in members {
        let Some(name) = redacted.get(key) else {
            continue;
        };
        let original = document.text(*key);
        let count = match last {
            Some((same, count)) if same == original => count,
            _ if known.insert(name.clone()) => None,
            _ => {
                let count = next.entry(name).or_insert(1);
                loop {
                    *count += 1;
                    if known.insert(format!("{name}#{count}")) {
                        break;
                    }
                }
                Some(*count)
            }
        };
        last = Some((original, count));
        suffixes.extend(count.map(|count| (*key, count)));
    }
}

/// Converts the edits of all tokens to edits of the JSON text.
fn all_in_text(text: &str, document: &Document<'_>, plans: Vec<Plan>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for plan in plans {
        if let Some(token) = document.tokens.get(plan.token) {
            in_text(text, token, plan.edits, &mut edits);
        }
    }
    edits
}

/// Converts the edits of a token to edits of the JSON text.
pub(super) fn in_text(text: &str, token: &Token<'_>, edits: Vec<Edit>, out: &mut Vec<Edit>) {
    let raw = part_of_str(text, token.place.clone());
    let (start, plain) = (token.place.start, raw.len() == token.text.len());
    let (mut spans, mut findings) = (ToRaw::new(raw), ToRaw::new(raw));
    for mut edit in edits {
        let span = if plain {
            edit.span.clone()
        } else {
            spans.range(&edit.span)
        };
        if let Some(finding) = &mut edit.finding {
            let own = if plain {
                finding.span()
            } else {
                findings.range(&finding.span())
            };
            (finding.start, finding.end) = (start + own.start, start + own.end);
        }
        let mut written = String::with_capacity(edit.text.len() + 2);
        if token.sort == Sort::Number {
            written.push('"');
        }
        escape(&edit.text, &mut written);
        if token.sort == Sort::Number {
            written.push('"');
        }
        out.push(Edit {
            span: start + span.start..start + span.end,
            text: written,
            finding: edit.finding,
        });
    }
}
