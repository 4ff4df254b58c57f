//! Compilation of a document to rules.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::document::{AllowEntry, Document, GroupEntry, RuleEntry, Target, TokenEntry};
use super::pattern::{Group, Pattern};
use super::rule::{ANCHOR_LEN, UserForm, UserRule};
use crate::Error;
use crate::error::RuleCause;
use crate::redact::builtin::families;
use crate::redact::custom::allow_list::{AllowList, is_rule_id};
use crate::redact::finding::{Kind, RuleId};
use crate::redact::text::Shape;

const MAX_DOCUMENT: usize = 4 << 20;
const MAX_RULES: usize = 2048;
const MAX_ALLOW_LISTS: usize = 256;
const MAX_DISABLED: usize = 4096;
const MAX_ANCHORS: usize = 64;
const MAX_LEN: usize = 8192;
const DEFAULT_LEN: usize = 256;
const MAX_EXAMPLES: usize = 64;
const MAX_EXAMPLE: usize = 16 << 10;
const MAX_WORDS: usize = 1024;

/// The checked contents of a document.
pub(super) struct Compiled {
    pub(super) rules: Vec<Arc<UserRule>>,
    pub(super) disabled: BTreeSet<&'static str>,
    pub(super) allow: Vec<AllowList>,
}

pub(super) fn compile(toml: &str) -> Result<Compiled, Error> {
    if toml.len() > MAX_DOCUMENT {
        return Err(Error::limit("size of a rule document", MAX_DOCUMENT as u64));
    }
    let document: Document = toml::from_str(toml).map_err(|error| {
        // The parser's message may quote the document.
        let what = "rule document is not TOML, or a field is unknown, missing or of the wrong type";
        let error_at = error.span().map(|span| span.start);
        let refused = Error::config(what);
        match error_at {
            Some(at) => refused.at_byte(at),
            None => refused,
        }
    })?;
    if document.version.unwrap_or(1) != 1 {
        return Err(Error::config("rule document has a version other than 1"));
    }
    let limits = [
        (
            "number of rules in a document",
            document.rules.len(),
            MAX_RULES,
        ),
        (
            "number of allow-lists in a document",
            document.allow.len(),
            MAX_ALLOW_LISTS,
        ),
        (
            "number of disabled rules in a document",
            document.disable.len(),
            MAX_DISABLED,
        ),
    ];
    for (what, number, limit) in limits {
        if number > limit {
            return Err(Error::limit(what, limit as u64));
        }
    }
    let mut disabled = BTreeSet::new();
    for id in &document.disable {
        let id = built_in(id).ok_or_else(|| {
            let unknown = Error::config("disabled rule is not a built-in rule");
            // An invalid id may contain anything, so the error must not quote it.
            if is_rule_id(id) {
                unknown.with_id(id)
            } else {
                unknown
            }
        })?;
        disabled.insert(id);
    }
    let mut ids = BTreeSet::new();
    let mut rules = Vec::with_capacity(document.rules.len());
    for (entry, number) in document.rules.into_iter().zip(1..) {
        if !is_rule_id(&entry.id) {
            let what = "must have an id of 1 to 48 lower-case letters, digits and dashes";
            return Err(RuleCause::Number { number, what }.into());
        }
        let id = entry.id.clone();
        let flawed = |what| Error::from(RuleCause::Rule { what }).with_id(&id);
        if !ids.insert(id.clone()) {
            return Err(flawed("has the id of another rule"));
        }
        let replaced = entry.replaces.as_deref() == Some(id.as_str());
        if RuleId::RESERVED.contains(&id.as_str()) || (built_in(&id).is_some() && !replaced) {
            return Err(flawed(
                "has the id of a built-in one that it does not replace",
            ));
        }
        let rule = compile_rule(entry).map_err(|flaw| match flaw.at {
            Some(at) => flawed(flaw.what).at_byte(at),
            None => flawed(flaw.what),
        })?;
        disabled.extend(rule.replaces);
        rules.push(Arc::new(rule));
    }
    let mut allow = Vec::with_capacity(document.allow.len());
    for (entry, number) in document.allow.into_iter().zip(1..) {
        let flawed = |what| Error::from(RuleCause::AllowNumber { number, what });
        allow.push(compile_allow(entry).map_err(flawed)?);
    }
    Ok(Compiled {
        rules,
        disabled,
        allow,
    })
}

/// Returns the built-in rule with this id.
pub(super) fn built_in(id: &str) -> Option<&'static str> {
    families::with_id(id).map(|rule| rule.id)
}

/// A fault in a rule, worded to follow "rule", and its offset in the shape or
/// pattern.
struct Flaw {
    what: &'static str,
    at: Option<usize>,
}

impl From<&'static str> for Flaw {
    fn from(what: &'static str) -> Self {
        Self { what, at: None }
    }
}

fn compile_rule(entry: RuleEntry) -> Result<UserRule, Flaw> {
    let kind = match entry.kind.as_deref() {
        None => Kind::Custom,
        Some(label) => label.parse().map_err(|_| "has an unknown kind")?,
    };
    let replaces = match entry.replaces.as_deref() {
        None => None,
        Some(id) => Some(built_in(id).ok_or("replaces an unknown built-in rule")?),
    };
    if !(1..=MAX_WORDS).contains(&entry.description.trim().len()) {
        return Err("must have a description of 1 to 1024 bytes".into());
    }
    let provider = entry.provider.as_deref();
    if provider.is_some_and(|name| !(1..=MAX_WORDS).contains(&name.trim().len())) {
        return Err("must have a provider of 1 to 1024 bytes, if any".into());
    }
    if entry
        .entropy
        .is_some_and(|least| !(0.0..=8.0).contains(&least))
    {
        return Err("has an entropy outside 0 to 8".into());
    }
    let default = if entry.token.is_some() { 90 } else { 80 };
    let confidence = u8::try_from(entry.confidence.unwrap_or(default))
        .ok()
        .filter(|&confidence| confidence <= 100)
        .ok_or("has a confidence above 100")?;
    let fits = |texts: &[String]| {
        texts.len() <= MAX_EXAMPLES && texts.iter().all(|text| text.len() <= MAX_EXAMPLE)
    };
    if !fits(&entry.examples) || !fits(&entry.counter_examples) {
        return Err(
            "must have at most 64 examples and 64 counter-examples, each of at most 16384 bytes"
                .into(),
        );
    }
    let form = match (&entry.token, &entry.pattern) {
        (Some(token), None) => compile_token(token, &entry)?,
        (None, Some(pattern)) => compile_pattern(pattern, &entry)?,
        _ => return Err("needs either a token or a pattern".into()),
    };
    Ok(UserRule {
        id: entry.id.into(),
        kind,
        description: entry.description.into(),
        provider: entry.provider.map(String::into_boxed_str),
        form,
        confidence,
        entropy: entry.entropy,
        replaces,
        examples: entry.examples,
        counter_examples: entry.counter_examples,
        conditions: None,
    })
}

fn compile_token(token: &TokenEntry, entry: &RuleEntry) -> Result<UserForm, Flaw> {
    if entry.keywords.is_some() || entry.group.is_some() || entry.max_len.is_some() {
        return Err("has a token and a field that requires a pattern".into());
    }
    if !are_anchors(&token.prefixes) {
        return Err("needs 1 to 64 prefixes of 3 to 64 bytes".into());
    }
    let body = Shape::try_parse(&token.body).map_err(|error| Flaw {
        what: error.what,
        at: Some(error.at),
    })?;
    if ANCHOR_LEN + body.max_len() > MAX_LEN {
        return Err("has a shape longer than 8128 bytes".into());
    }
    Ok(UserForm::Token {
        prefixes: bytes(&token.prefixes),
        body: Box::new(body),
    })
}

fn compile_pattern(pattern: &str, entry: &RuleEntry) -> Result<UserForm, Flaw> {
    let keywords = entry.keywords.as_deref().unwrap_or_default();
    if !are_anchors(keywords) {
        return Err("needs 1 to 64 keywords of 3 to 64 bytes".into());
    }
    let max_len = entry.max_len.map_or(DEFAULT_LEN, |len| len as usize);
    if !(1..=MAX_LEN).contains(&max_len) {
        return Err("has a max_len outside 1 to 8192".into());
    }
    let keywords = bytes(keywords);
    let group = entry.group.as_ref().map(|group| match group {
        GroupEntry::Name(name) => Group::Name(name),
        GroupEntry::Number(number) => Group::Number(*number as usize),
    });
    let pattern = Pattern::new(pattern, &keywords, group, max_len).map_err(|error| Flaw {
        what: error.what,
        at: error.at,
    })?;
    Ok(UserForm::Pattern { keywords, pattern })
}

fn compile_allow(entry: AllowEntry) -> Result<AllowList, &'static str> {
    let mut list = AllowList::builder(entry.reason);
    for value in entry.values {
        list = list.value(value);
    }
    for prefix in entry.prefixes {
        list = list.prefix(prefix);
    }
    for word in entry.stopwords {
        list = list.stopword(word);
    }
    for pattern in entry.patterns {
        list = match entry.target {
            Target::Line => list.line_pattern(pattern),
            Target::Value => list.value_pattern(pattern),
        };
    }
    for id in entry.rules {
        list = list.rule(id);
    }
    list.try_build()
}

fn are_anchors(words: &[String]) -> bool {
    let mut lens = words.iter().map(String::len);
    (1..=MAX_ANCHORS).contains(&words.len()) && lens.all(|len| (3..=ANCHOR_LEN).contains(&len))
}

fn bytes(words: &[String]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.clone().into_bytes()).collect()
}
