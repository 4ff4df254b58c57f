//! The promises of five products: each is carried by a document in its product's manner.

use std::collections::BTreeSet;

use confidant::policy::{CoverageStatus, PolicyDoc, Promise, Requirements};
use confidant::time::Moment;

const PROMISES: &str = include_str!("../data/policies/promises.json");

const PRODUCTS: [(&str, &str, usize); 5] = [
    (
        "IC-",
        include_str!("../../examples/policies/infracodebase.toml"),
        91,
    ),
    (
        "SC-",
        include_str!("../../examples/policies/syncloud.toml"),
        29,
    ),
    (
        "CC-",
        include_str!("../../examples/policies/cloud-claude.toml"),
        62,
    ),
    (
        "AE-",
        include_str!("../../examples/policies/aegent.toml"),
        34,
    ),
    (
        "KR-",
        include_str!("../../examples/policies/kratys.toml"),
        30,
    ),
];

#[test]
fn every_promise_is_carried() {
    let promises = Promise::list_from_json(PROMISES).unwrap();
    let ids: BTreeSet<_> = promises
        .iter()
        .map(|promise| promise.id().clone())
        .collect();
    assert_eq!(ids.len(), 246);
    let now: Moment = "2026-06-01T00:00:00Z".parse().unwrap();
    let mut unmet = Vec::new();
    for (prefix, text, count) in PRODUCTS {
        // A placeholder that was left in does not compile: that is what this one is about.
        let own = promises
            .iter()
            .filter(|promise| promise.id().as_str().starts_with(prefix));
        let own: Vec<_> = own.cloned().collect();
        assert_eq!(own.len(), count, "{prefix}");
        let doc = PolicyDoc::from_toml(text).unwrap_or_else(|faults| panic!("{prefix}\n{faults}"));
        let requirements = Requirements::new().promises_of(own.clone());
        let policy = doc.compile_against(&requirements);
        let policy = policy.unwrap_or_else(|faults| panic!("{prefix}\n{faults}"));
        let coverage = policy.coverage(&own, &[], now);
        for row in coverage.rows() {
            assert!(!row.clauses().is_empty(), "{}", row.promise().id());
            if row.status() == CoverageStatus::NotEnforced {
                unmet.push(row.promise().id().as_str().to_owned());
            }
        }
    }
    // What a document can merely state, although it was promised to be enforced or
    // evaluated: how data travels, which another module has to see to.
    assert_eq!(unmet, UNMET);
}

/// Promises that nothing in this crate enforces.
const UNMET: [&str; 3] = ["IC-48", "SC-23", "AE-18"];
