//! Pseudonyms: their types and errors.

use std::sync::Arc;

use confidant::pseudonym::{Aggregates, Pseudonym, PseudonymKey, RotatingKeys, SubjectKeys};
use confidant::store::MemoryStore;
use confidant::taxonomy::{Purpose, Subject};
use confidant::time::Period;

use super::{CANARY, assert_unseen, error, value};

#[test]
fn pseudonyms_and_their_keys_show_no_value() {
    let mut bytes = [7; 32];
    bytes[..20].copy_from_slice(CANARY.as_bytes());
    let key = PseudonymKey::from_bytes(bytes);
    let purpose = Purpose::new("abuse").unwrap();
    let subject = Subject::new(CANARY).unwrap();
    let store = Arc::new(MemoryStore::new());
    let mut aggregates = Aggregates::builder(2).build().unwrap();
    let made = key.subject(&purpose, CANARY, &subject);
    aggregates
        .release([made, key.session(&purpose, CANARY)])
        .unwrap();
    let rotating = RotatingKeys::new(Arc::clone(&store) as _, "acme", Period::days(1)).unwrap();
    assert_unseen(vec![
        value("Key", &key),
        value("Pseudonym", &made),
        value("Aggregates", &aggregates),
        value("RotatingKeys", &rotating),
        value("SubjectKeys", &SubjectKeys::new(store, key)),
        error("Pseudonym of other text", CANARY.parse::<Pseudonym>()),
    ]);
}
