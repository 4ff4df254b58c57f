//! A single rule written by a user.

use std::sync::Arc;

use super::conditions::Conditions;
use super::pattern::Pattern;
use crate::redact::finding::Kind;
use crate::redact::text::Shape;

/// The greatest length of a keyword or prefix in bytes.
pub(super) const ANCHOR_LEN: usize = 64;

pub(crate) struct UserRule {
    pub(crate) id: Arc<str>,
    pub(crate) kind: Kind,
    pub(super) description: Box<str>,
    pub(super) provider: Option<Box<str>>,
    pub(super) form: UserForm,
    pub(super) confidence: u8,
    /// The least Shannon entropy of a value, in bits per byte.
    pub(super) entropy: Option<f64>,
    /// The built-in rule that it replaces.
    pub(super) replaces: Option<&'static str>,
    pub(super) examples: Vec<String>,
    pub(super) counter_examples: Vec<String>,
    /// The conditions of an imported rule beyond its form.
    pub(super) conditions: Option<Box<Conditions>>,
}

/// How a user's rule recognizes a value.
pub(super) enum UserForm {
    /// By the path of the file. The whole text is the value.
    File,
    /// A prefix, then the body, as in built-in rules.
    Token {
        prefixes: Vec<Vec<u8>>,
        body: Box<Shape>,
    },
    /// A regular expression, searched around its keywords, or everywhere if it has
    /// none.
    Pattern {
        keywords: Vec<Vec<u8>>,
        pattern: Pattern,
    },
}

impl UserRule {
    /// Returns the words of which one must occur for the rule to be tried.
    pub(super) fn anchors(&self) -> &[Vec<u8>] {
        match &self.form {
            UserForm::File => &[],
            UserForm::Token { prefixes, .. } => prefixes,
            UserForm::Pattern { keywords, .. } => keywords,
        }
    }

    /// Returns whether the pattern must run over the whole text.
    pub(super) fn is_unanchored(&self) -> bool {
        matches!(&self.form, UserForm::Pattern { keywords, .. } if keywords.is_empty())
    }

    /// Returns how many bytes before its anchor a match may begin.
    pub(super) fn lead(&self) -> usize {
        match &self.form {
            UserForm::File | UserForm::Token { .. } => 0,
            UserForm::Pattern { keywords, pattern } => {
                let shortest = keywords.iter().map(Vec::len).min();
                shortest.map_or(0, |shortest| pattern.reach.saturating_sub(shortest))
            }
        }
    }

    /// Returns the greatest length of a match in bytes.
    pub(super) fn len(&self) -> usize {
        match &self.form {
            UserForm::File => 0,
            UserForm::Token { prefixes, body } => {
                let longest = prefixes.iter().map(Vec::len).max().unwrap_or_default();
                longest + body.max_len()
            }
            UserForm::Pattern { pattern, .. } => pattern.len,
        }
    }

    /// Returns whether a value has the entropy that the rule requires.
    pub(super) fn is_random_enough(&self, value: &[u8]) -> bool {
        self.entropy.is_none_or(|least| entropy(value) >= least)
    }
}

/// Returns the Shannon entropy of the bytes, in bits per byte. Returns 0 for an empty
/// value.
pub(super) fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for &byte in value {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a value has far fewer than 2^52 bytes"
    )]
    let len = value.len() as f64;
    let used = counts.iter().filter(|&&count| count > 0);
    let bits = used.map(|&count| {
        let share = f64::from(count) / len;
        -share * share.log2()
    });
    bits.sum()
}
