//! The examples in a rule, run as its tests.

use std::ops::Range;
use std::sync::Arc;

use super::rule::UserRule;
use super::set::RuleSet;
use crate::Error;
use crate::error::RuleCause;
use crate::redact::engine::Sink;
use crate::redact::text::Window;

/// Runs the examples of one rule.
pub(super) fn check(rule: &Arc<UserRule>) -> Result<(), Error> {
    let alone = RuleSet::of(vec![rule.clone()])?;
    let failed = |cause: RuleCause| Error::from(cause).with_id(&rule.id);
    for (example, number) in rule.examples.iter().zip(1..) {
        let wrong = |what| failed(RuleCause::Example { number, what });
        let (text, spans) = marked(example).map_err(wrong)?;
        if found(&alone, &text) != spans {
            return Err(wrong("is not found as marked"));
        }
    }
    for (text, number) in rule.counter_examples.iter().zip(1..) {
        if !found(&alone, text).is_empty() {
            let what = "has a finding";
            return Err(failed(RuleCause::CounterExample { number, what }));
        }
    }
    Ok(())
}

fn found(set: &RuleSet, text: &str) -> Vec<Range<usize>> {
    let mut sink = Sink::default();
    set.find(&Window::whole(text.as_bytes()), 0, &mut sink);
    let mut spans: Vec<_> = sink.hits.iter().map(|hit| hit.start..hit.end).collect();
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    spans.dedup();
    spans
}

/// Returns an example without its marks, and the marked ranges.
fn marked(example: &str) -> Result<(String, Vec<Range<usize>>), &'static str> {
    let mut text = String::with_capacity(example.len());
    let mut spans = Vec::new();
    let mut open = None;
    for letter in example.chars() {
        match (letter, open) {
            ('«', None) => open = Some(text.len()),
            ('»', Some(start)) if start < text.len() => {
                spans.push(start..text.len());
                open = None;
            }
            ('«' | '»', _) => return Err("has unpaired `«` or `»`"),
            _ => text.push(letter),
        }
    }
    if open.is_some() || spans.is_empty() {
        return Err("has no secret between `«` and `»`");
    }
    Ok((text, spans))
}
