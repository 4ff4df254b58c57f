//! The anchors of the built-in rules, for the table of their buckets and its tests.

use super::Anchor;
use super::tables::Tables;
use crate::redact::Category;
use crate::redact::builtin::{Rule, Selection, Structure, families};
use crate::redact::engine::Engine;
use crate::redact::engine::matchers::infix::Within;
use crate::redact::engine::matchers::personal::Personal;
use crate::redact::engine::matchers::tokens::Tokens;
use crate::redact::engine::scan::marks;
use crate::redact::finding::RuleRef;

/// Returns the anchors of both presets, and the number of those for secrets, which come
/// first.
pub(in crate::redact::engine) fn built_in() -> (Vec<Anchor>, usize) {
    let default = Selection::default();
    let mut with_personal = Selection::default();
    with_personal.category(Category::Personal);
    let mut anchors: Vec<Anchor> = Vec::new();
    let mut add = |selection| {
        let own = anchors_of(selection);
        let (tables, engine) = (Tables::new(&own), Engine::new(selection, |_| false));
        let engine = engine.prefilter.tables;
        let is_same = tables.keys == engine.keys && tables.exact == engine.exact;
        assert!(is_same, "the engine has other anchors");
        for anchor in own {
            if !anchors.contains(&anchor) {
                anchors.push(anchor);
            }
        }
        anchors.len()
    };
    let count = add(&default);
    assert!(add(&with_personal) > count);
    (anchors, count)
}

/// Returns the anchors of a selection, in the order in which an engine collects them.
fn anchors_of(selection: &Selection) -> Vec<Anchor> {
    let rules: Vec<(RuleRef, &'static Rule)> = families::all()
        .filter(|(_, rule)| selection.has(rule))
        .collect();
    let mut anchors = marks::anchors();
    anchors.extend_from_slice(Tokens::new(&rules).anchors());
    anchors.extend(Within::new(&rules).anchors());
    let personal = Personal::new(&rules, [None; Structure::COUNT], selection.is_strict());
    anchors.extend(personal.iter().flat_map(Personal::anchors));
    anchors
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::redact::engine::prefilter::buckets::SEARCHED;
    use crate::redact::engine::prefilter::group::{searched, sum};
    use crate::redact::engine::prefilter::tables::{BUCKETS, SETS};
    use crate::redact::engine::tests::corpus;

    fn texts(bytes: usize) -> [(&'static str, String); 3] {
        [
            ("code", corpus::code(bytes)),
            ("chat", corpus::chat(bytes)),
            ("log", corpus::log(bytes)),
        ]
    }

    #[test]
    fn every_built_in_anchor_has_its_bucket() {
        let (anchors, _) = built_in();
        let sums: BTreeMap<u32, Anchor> = anchors.iter().map(|own| (sum(own), *own)).collect();
        assert_eq!(sums.len(), anchors.len(), "two anchors have the same sum");
        assert!(SEARCHED.is_sorted_by(|one, next| one.0 < next.0));
        assert!(
            sums.into_keys().eq(SEARCHED.iter().map(|(sum, _)| *sum)),
            "prefilter/buckets.rs is out of date: see tools/src/buckets.rs"
        );
        assert!(anchors.iter().all(|own| searched(own) < Some(BUCKETS)));
    }

    /// Few places may pass, because each must be sifted. Ordinary text has few true
    /// anchors.
    #[test]
    fn buckets_let_little_through() {
        let tables = Tables::new(&anchors_of(&Selection::default()));
        for (kind, text) in texts(100_000) {
            let passes = |bytes: &&[u8]| {
                let buckets = |set: usize| {
                    bytes.iter().enumerate().fold(u8::MAX, |all, (at, byte)| {
                        let (low, high) = (usize::from(byte & 15), usize::from(byte >> 4));
                        all & tables.low[set][at][low] & tables.high[set][at][high]
                    })
                };
                (0..SETS).any(|set| buckets(set) != 0)
            };
            let passing = text.as_bytes().windows(4).filter(passes).count();
            assert!(passing * 100 < text.len() * 2, "{passing} places of {kind}");
        }
    }
}
