//! The catalogue of built-in rules, as a user of the crate sees it.

use std::collections::BTreeSet;

use confidant::redact::{BuiltInRule, Category, Redactor};

/// The README and the changelog speak of this many rules.
const AT_LEAST: usize = 2500;

#[test]
fn there_are_as_many_rules_as_promised() {
    let ids: BTreeSet<_> = BuiltInRule::all().map(BuiltInRule::id).collect();
    assert!(ids.len() >= AT_LEAST, "{} rules", ids.len());
    assert_eq!(ids.len(), BuiltInRule::all().count(), "an id is used twice");
}

#[test]
fn every_rule_says_what_it_is() {
    for rule in BuiltInRule::all() {
        let id = rule.id();
        assert!(!id.is_empty());
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(id.len() <= 48 && id.chars().all(plain), "{id}");
        assert!(!rule.provider().trim().is_empty(), "{id}");
        assert!(!rule.kind().label().is_empty(), "{id}");
        assert!(rule.source().starts_with("https://"), "{id}");
        assert!(!rule.examples().is_empty(), "{id}");
        for example in rule.examples() {
            assert!(example.contains('«') && example.contains('»'), "{id}");
        }
        assert!(format!("{rule:?}").contains(id));
    }
}

/// Switching a rule off by the id that the catalogue gives it leaves its own
/// example to others, or to nobody.
#[test]
fn every_rule_can_be_switched_off_by_its_id() {
    let all = Redactor::secrets_and_pii();
    let mut seen = 0;
    for rule in BuiltInRule::all().step_by(7) {
        let Some(example) = rule.examples().into_iter().next() else {
            continue;
        };
        let text = example.replace(['«', '»'], "");
        let reports = |redactor: &Redactor| {
            let found = redactor.scan(text.as_bytes());
            found.iter().any(|finding| finding.rule() == rule.id())
        };
        assert!(reports(&all), "{} does not find its example", rule.id());
        let without = Redactor::builder()
            .category(Category::Personal)
            .disable(rule.id())
            .build();
        assert!(!reports(&without), "{} is not off", rule.id());
        seen += 1;
    }
    assert!(seen >= AT_LEAST / 7, "{seen} rules were tried");
}
