//! The engine: from text to findings.

mod hit;
mod prefilter;

pub(crate) use hit::{Hit, Sink};

use super::finding::{Category, Finding, RuleId, Validation};
use super::rule::{Form, Rule};
use super::rules::FAMILIES;

/// The rules that are on, ready to scan.
pub(crate) struct Engine {
    rules: Vec<&'static Rule>,
}

impl Engine {
    pub(crate) fn new(categories: &[Category]) -> Self {
        let rules = FAMILIES.iter().copied().flatten();
        let rules = rules
            .filter(|rule| categories.contains(&rule.kind.category()))
            .collect();
        Self { rules }
    }

    pub(crate) fn scan(&self, text: &[u8], findings: &mut Vec<Finding>) {
        let mut at = 0;
        while at < text.len() {
            let Some((rule, end)) = self
                .rules
                .iter()
                .find_map(|rule| Some((*rule, matches(rule, text, at)?)))
            else {
                at += 1;
                continue;
            };
            findings.push(Finding {
                rule: RuleId::BuiltIn(rule.id),
                kind: rule.kind,
                start: at,
                end,
                confidence: 90,
                validation: Validation::Format,
                fingerprint: None,
            });
            at = end;
        }
    }
}

fn matches(rule: &Rule, text: &[u8], at: usize) -> Option<usize> {
    let Form::Token { prefixes, body } = &rule.form else {
        return None;
    };
    if at > 0 && text.get(at - 1).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let rest = text.get(at..)?;
    let prefix = prefixes
        .iter()
        .find(|prefix| rest.starts_with(prefix.as_bytes()))?;
    let end = body.end(text, at + prefix.len())?;
    let next = text.get(end).copied().unwrap_or(b' ');
    if next.is_ascii_alphanumeric() || body.last_set().contains(next) {
        return None;
    }
    Some(end)
}
