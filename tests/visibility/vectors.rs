//! The frozen records, which another implementation of the page on formats wrote.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::LogKey;
use confidant::store::{Batch, Key, MemoryStore, Store};
use confidant::visibility::FactBook;
use pollster::block_on;
use serde_json::Value;

use super::{at, policy};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/visibility/v1.json")).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    let digits = text(value).as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16);
    digits.chunks(2).map(|two| pair(two).unwrap()).collect()
}

/// The book of the vectors, with one more record in place of one of them.
async fn book(vectors: &Value, more: Option<&Value>) -> Result<FactBook, confidant::Error> {
    let store = Arc::new(MemoryStore::new());
    for record in vectors["records"].as_array().unwrap().iter().chain(more) {
        let tenant = text(&vectors["tenant"]);
        let key = Key::new(tenant, text(&record["collection"]), bytes(&record["path"]));
        let batch = Batch::new().put(key.unwrap(), bytes(&record["value"]));
        store.commit(batch).await.unwrap();
    }
    let key = LogKey::from_bytes(bytes(&vectors["key"]).try_into().unwrap());
    FactBook::open(store, key, text(&vectors["tenant"]), policy()).await
}

#[test]
fn interop_facts_read_as_they_were_written_elsewhere() {
    let vectors = vectors();
    let book = block_on(book(&vectors, None)).unwrap();
    let facts = book.facts().unwrap();
    for (name, expected) in [("allow", true), ("deny", false)] {
        for question in vectors[name].as_array().unwrap() {
            let action = facts.policy().action(text(&question["action"])).unwrap();
            let verdict = facts.verdict_by_id(
                question["who"].as_str(),
                action,
                text(&question["what"]),
                at(question["second"].as_i64().unwrap()),
            );
            assert_eq!(verdict.is_allow(), expected, "{question}");
        }
    }
    let site = facts.resource("site").unwrap();
    let version = &facts.versions(site)[0];
    assert_eq!(
        (version.number(), version.waived(), version.at()),
        (1, 3, at(16))
    );
    assert_eq!(version.rule_set(), "rules-1");
    assert_eq!(facts.source(facts.resource("fork").unwrap()), Some(site));
}

#[test]
fn interop_what_was_changed_is_rejected() {
    let vectors = vectors();
    let all = vectors["reject"].as_array().unwrap();
    assert!(all.len() >= 15);
    for record in all {
        let error = block_on(book(&vectors, Some(record))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{}", record["name"]);
    }
}
